update message_outbox set state = 'replaced'
where message_id = any(%(ids)s::uuid[]) and state = 'queued'
