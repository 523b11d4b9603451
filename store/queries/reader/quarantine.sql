SELECT quarantine_id, received_at, gateway_id, topic, reason, left(encode(raw, 'escape'), 120) AS excerpt
FROM quarantine
WHERE received_at >= %(since)s::timestamptz
ORDER BY quarantine_id DESC
LIMIT 100
