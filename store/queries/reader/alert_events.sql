SELECT e.seq, e.at, e.actor, e.actor_name, e.step, e.from_handling, e.to_handling, e.note
FROM alert_event e
WHERE e.alert_id = %(alert_id)s::uuid
ORDER BY e.seq
