SELECT scope, name, value, unit, changed_by, changed_at FROM rule_limit ORDER BY scope, name
