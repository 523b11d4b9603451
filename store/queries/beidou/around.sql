select beidou_id, observed_at, lat_deg, lon_deg
from beidou_fix
where observed_at >= %(since)s::timestamptz and observed_at <= %(until)s::timestamptz
order by observed_at, beidou_id
