SELECT audit_id FROM (
    SELECT audit_id, hash, prev_hash, lag(hash, 1, sha256('huangyu')) OVER (ORDER BY audit_id) AS before,
        audit_hash(prev_hash, at, login, action, object, detail) AS computed
    FROM audit
) chain
WHERE prev_hash <> before OR hash <> computed
ORDER BY audit_id
