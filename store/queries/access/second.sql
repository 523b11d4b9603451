SELECT access_second(%(person_id)s)
