insert into message_alert (alert_id, seq, contact_id, address, message_id)
values (%(alert_id)s::uuid, %(seq)s, %(contact_id)s, %(address)s, %(message_id)s::uuid)
