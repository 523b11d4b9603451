SELECT access_locale(%(locale)s)
