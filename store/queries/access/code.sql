SELECT access_code(%(person_id)s, %(code)s, %(tries)s, %(lock_s)s)
