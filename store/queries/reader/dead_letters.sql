SELECT message_id::text AS message_id, contact_name, kind, text, state, created_at, sent_at, delivered_at, last_error, drill
FROM message_outbox
WHERE state IN ('dead', 'failed', 'expired') AND created_at >= %(since)s::timestamptz
ORDER BY created_at DESC
LIMIT 100
