SELECT access_second_set(%(secret)s, %(person_id)s)
