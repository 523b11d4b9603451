delete from message_alert
where message_id = any(%(ids)s::uuid[])
