SELECT access_close(%(everywhere)s, %(person_id)s::integer)
