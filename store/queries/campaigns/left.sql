-- Who neither answered nor was reached by phone, the worst first: no number, undelivered, told, delivered.
select
    entry.recipient_id, entry.name_zh, entry.address, entry.mmsi, entry.farm_id,
    coalesce(message.state, 'no_number') as state, message.sent_at, message.delivered_at, entry.called_at,
    entry.called_by, entry.call_result, entry.note
from campaign_recipient as entry
left join message_outbox as message using (message_id)
where entry.campaign_id = %(campaign_id)s::uuid
    and entry.answered_at is null
    and entry.call_result <> 'reached'
order by
    array_position(array['no_number', 'dead', 'failed', 'expired', 'queued', 'leased', 'sent'],
        coalesce(message.state, 'no_number')) nulls last,
    entry.name_zh, entry.recipient_id
