select order_id, gateway_id, kind, name, value, version, body, ordered_by, ordered_at, expires_at, sent_at, state, reason, answered_at
from gateway_order
where gateway_id = %(gateway_id)s::text
order by ordered_at desc, order_id
limit %(limit)s::int
