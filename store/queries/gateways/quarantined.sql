select quarantine_id, received_at, last_at, n, gateway_id, topic, seq, reason, raw
from quarantine
where last_at >= %(since)s::timestamptz
order by quarantine_id desc
limit %(limit)s::int
