select gateway_id, stream, first_seq, last_seq, n, reason, observed_from, observed_until, received_at
from gateway_gap
where received_at >= %(since)s::timestamptz and (%(gateway_id)s::text is null or gateway_id = %(gateway_id)s::text)
order by gateway_id, first_seq
