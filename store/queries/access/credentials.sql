SELECT person_id, password_hash, locked_until, active, must_change FROM access_credentials(%(login)s)
