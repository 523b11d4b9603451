-- When each person was last sent, or is about to be sent, something of these groups, and how gravely.
select contact_id, address, group_key, max(coalesce(sent_at, due_at)) as at, min(priority) as priority
from message_outbox
where group_key = any(%(group_keys)s)
    and created_at > %(since)s::timestamptz
    and state in ('leased', 'sent', 'delivered')
group by contact_id, address, group_key
