SELECT access_failed(%(login)s, %(tries)s, %(lock_s)s)
