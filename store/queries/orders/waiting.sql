select order_id, gateway_id, kind, name, value, version, body, ordered_by, ordered_at, expires_at
from gateway_order
where state = 'waiting'
order by ordered_at, order_id
limit %(limit)s::int
