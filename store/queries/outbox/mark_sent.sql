-- Accepted by a provider, with its id of each part. A sender whose lease ran out meanwhile still says so: the message may then be sent twice.
with marked as (
    update message_outbox as message set
        state = case when message.state in ('delivered', 'failed') then message.state else 'sent' end,
        provider = sent.provider,
        sent_at = coalesce(message.sent_at, sent.at),
        possible_repeat = message.possible_repeat or message.lease_no is distinct from sent.lease_no,
        last_error = '',
        lease_no = null,
        lease_rank = null,
        lease_window = null,
        lease_until = null
    from unnest(
        %(ids)s::uuid[], %(lease_nos)s::bigint[], %(providers)s::text[], %(ats)s::timestamptz[]
    ) as sent (message_id, lease_no, provider, at)
    where message.message_id = sent.message_id
)
insert into message_part (provider, provider_id, message_id, part)
select provider, provider_id, message_id, part
from unnest(
    %(part_providers)s::text[], %(provider_ids)s::text[], %(part_ids)s::uuid[], %(parts)s::smallint[]
) as part (provider, provider_id, message_id, part)
on conflict do nothing
