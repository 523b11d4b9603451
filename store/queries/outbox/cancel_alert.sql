-- What was to be said of an alert and is not sent yet need not be said any more.
update message_outbox set state = 'cancelled'
where state = 'queued' and message_id in (
    select link.message_id
    from message_alert as link
    group by link.message_id
    having bool_and(link.alert_id = any(%(alert_ids)s::uuid[]))
) and message_id in (select message_id from message_alert where alert_id = any(%(alert_ids)s::uuid[]))
