select observed_at, gateway_id, seq, receiver, line
from nmea_raw
where observed_at >= %(since)s::timestamptz and observed_at < %(until)s::timestamptz
    and (%(gateway_id)s::text is null or gateway_id = %(gateway_id)s::text)
order by observed_at, gateway_id, seq
