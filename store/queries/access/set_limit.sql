INSERT INTO rule_limit (scope, name, value, unit, changed_by, changed_at)
VALUES (%(scope)s, %(name)s, %(value)s, %(unit)s, %(login)s, now())
ON CONFLICT (scope, name) DO UPDATE
SET value = excluded.value, unit = excluded.unit, changed_by = excluded.changed_by, changed_at = excluded.changed_at
