select mmsi, observed_at, text, addressee_mmsi, coalesce(gateway_id, '') as gateway_id, receiver, received_at
from safety_text
where observed_at >= %(since)s::timestamptz and observed_at < %(until)s::timestamptz
order by observed_at, mmsi
