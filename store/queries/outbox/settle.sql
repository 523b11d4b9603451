-- A message is delivered when every part is, and failed when one is.
update message_outbox as message set
    state = case when parts.failed then 'failed' else 'delivered' end,
    delivered_at = case when parts.failed then message.delivered_at else %(at)s::timestamptz end,
    last_error = case when parts.failed then 'undelivered' else message.last_error end
from (
    select
        message_id,
        bool_or(status in ('failed', 'expired')) as failed,
        bool_and(status = 'delivered') as delivered
    from message_part
    where message_id = any(%(ids)s::uuid[])
    group by message_id
) as parts
where message.message_id = parts.message_id and message.state = 'sent' and (parts.failed or parts.delivered)
