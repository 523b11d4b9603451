SELECT m.message_id::text AS message_id, m.contact_name, m.kind, m.text, m.state, m.created_at, m.sent_at, m.delivered_at, m.last_error, m.drill
FROM message_outbox m
WHERE m.message_id IN (SELECT x.message_id FROM message_alert x WHERE x.alert_id = %(alert_id)s::uuid)
ORDER BY m.created_at
LIMIT 200
