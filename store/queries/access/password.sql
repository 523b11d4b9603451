SELECT access_password(%(password_hash)s)
