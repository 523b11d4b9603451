select observed_at, mmsi, lat, lon, sog, cog, heading, rot, nav_status, source
from position
where mmsi = %(mmsi)s::int and observed_at >= %(since)s::timestamptz and observed_at < %(until)s::timestamptz
order by observed_at
