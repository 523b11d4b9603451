SELECT scope, name, value, unit, reason, changed_by, changed_at FROM rule_limit ORDER BY name, scope
