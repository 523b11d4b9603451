SELECT access_has_second()
