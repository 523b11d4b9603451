SELECT audit_write(%(action)s, %(object)s, %(detail)s)
