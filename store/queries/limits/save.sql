INSERT INTO rule_limit (scope, name, value, unit, reason) VALUES (%(scope)s, %(name)s, %(value)s, %(unit)s, %(reason)s)
ON CONFLICT (scope, name) DO UPDATE SET value = excluded.value, unit = excluded.unit, reason = excluded.reason
