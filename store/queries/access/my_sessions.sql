SELECT kind, label, created_at, seen_at, expires_at, agent, address
FROM session
WHERE person_id = (SELECT access_person()) AND revoked_at IS NULL AND expires_at > now()
ORDER BY seen_at DESC
LIMIT 50
