insert into message_receipt (provider, provider_id, status, at, received_at, error, raw)
select provider, provider_id, status, at, received_at, error, raw
from unnest(
    %(providers)s::text[], %(provider_ids)s::text[], %(statuses)s::text[], %(ats)s::timestamptz[],
    %(received_ats)s::timestamptz[], %(errors)s::text[], %(raws)s::jsonb[]
) as receipt (provider, provider_id, status, at, received_at, error, raw)
on conflict do nothing
