select beidou_id, observed_at, lat_deg, lon_deg
from beidou_fix
where received_at > %(received_since)s::timestamptz and received_at <= %(received_until)s::timestamptz
    and observed_at >= %(observed_since)s::timestamptz
order by observed_at, beidou_id
