select
    count(*)::int as total,
    count(*) filter (where entry.address = '')::int as no_number,
    count(*) filter (where message.sent_at is not null)::int as told,
    count(*) filter (where message.state = 'delivered')::int as delivered,
    count(*) filter (where entry.answered_at is not null)::int as answered,
    count(*) filter (where entry.call_result = 'reached')::int as called,
    count(*) filter (where message.state in ('dead', 'failed', 'expired'))::int as dead,
    count(*) filter (where message.possible_repeat)::int as possible_repeats,
    count(*) filter (where entry.answered_at is null and entry.call_result <> 'reached')::int as left
from campaign_recipient as entry
left join message_outbox as message using (message_id)
where entry.campaign_id = %(campaign_id)s::uuid
