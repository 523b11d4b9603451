SELECT at, login, action,
    coalesce(detail -> 'new' ->> 'scope', detail -> 'old' ->> 'scope', '') AS scope,
    coalesce(detail -> 'new' ->> 'name', detail -> 'old' ->> 'name', '') AS name,
    (detail -> 'old' ->> 'value')::double precision AS before,
    (detail -> 'new' ->> 'value')::double precision AS after,
    coalesce(detail -> 'new' ->> 'reason', '') AS reason
FROM audit
WHERE action LIKE 'rule_limit.%%'
ORDER BY audit_id DESC
LIMIT %(limit)s
