update gateway g
set boot_id = t.boot_id, clock = t.clock, last_batch_at = greatest(g.last_batch_at, %(received_at)s::timestamptz),
    state = 'online', state_at = coalesce(g.state_at, %(received_at)s::timestamptz)
from unnest(%(gateway_id)s::text[], %(boot_id)s::text[], %(clock)s::smallint[]) as t (gateway_id, boot_id, clock)
where g.gateway_id = t.gateway_id
