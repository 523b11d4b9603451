DELETE FROM rule_limit WHERE scope = %(scope)s AND name = %(name)s
