-- What was to be said of an alert and is not sent yet need not be said any more, where nothing else is said with it.
update message_outbox set state = 'cancelled'
where state = 'queued' and message_id in (
    select about.message_id
    from message_alert as about
    where about.alert_id = any(%(alert_ids)s::uuid[]) and not exists (
        select from message_alert as more
        where more.message_id = about.message_id and more.alert_id <> all(%(alert_ids)s::uuid[])
    )
)
