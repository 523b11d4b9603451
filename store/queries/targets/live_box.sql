-- Newest positions in a box (AIS units), for the map: no particulars, no order.
select observed_at, mmsi, lat, lon, sog, cog, heading, rot, nav_status, source
from target_latest
where observed_at >= %(since)s::timestamptz
    and lat between %(lat_min)s::int and %(lat_max)s::int and lon between %(lon_min)s::int and %(lon_max)s::int
