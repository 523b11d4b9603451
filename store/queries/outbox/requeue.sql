update message_outbox set
    state = 'queued', due_at = %(at)s::timestamptz, expires_at = null, tried = '{}', last_error = '',
    possible_repeat = possible_repeat or state = 'failed'
where message_id = %(message_id)s::uuid and state in ('dead', 'failed', 'expired')
