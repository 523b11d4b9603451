SELECT audit_id, at, login, action, object, detail
FROM audit
WHERE (%(like)s = '' OR action LIKE %(like)s || '%%' OR object LIKE %(like)s || '%%' OR login = %(like)s)
    AND at >= %(since)s
ORDER BY audit_id DESC
LIMIT %(limit)s
