update message_outbox set state = 'expired', last_error = 'not sent in time'
where state = 'queued' and expires_at <= %(at)s::timestamptz
