-- Messages of these groups that wait for more, with the steps they tell of.
select
    message.message_id::text, message.contact_id, message.address, message.group_key, message.due_at,
    array_agg(link.alert_id::text order by link.alert_id, link.seq) as alert_ids,
    array_agg(link.seq order by link.alert_id, link.seq) as seqs
from message_outbox as message
join message_alert as link using (message_id)
where message.group_key = any(%(group_keys)s) and message.state = 'queued' and message.attempts = 0
group by message.message_id
