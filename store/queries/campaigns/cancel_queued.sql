update message_outbox set state = 'cancelled'
where campaign_id = %(campaign_id)s::uuid and state = 'queued'
