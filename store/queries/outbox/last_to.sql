-- The newest message that a phone was sent, which its reply most likely answers, with the alerts it tells of.
select
    message.message_id::text, message.campaign_id::text, message.contact_id, message.contact_name,
    coalesce(array_agg(link.alert_id::text) filter (where link.alert_id is not null), '{}') as alert_ids
from message_outbox as message
left join message_alert as link using (message_id)
where message.address = %(address)s and message.sent_at > %(since)s::timestamptz and message.kind = 'sms'
group by message.message_id
order by message.sent_at desc
limit 1
