-- Positions in a box and a time span; the cells (0.1 degree) of the box come as an array for the b-tree.
select observed_at, mmsi, lat, lon, sog, cog, heading, rot, nav_status, source
from position
where cell = any(%(cells)s::int[])
    and observed_at >= %(since)s::timestamptz and observed_at < %(until)s::timestamptz
    and lat between %(lat_min)s::int and %(lat_max)s::int and lon between %(lon_min)s::int and %(lon_max)s::int
order by mmsi, observed_at
