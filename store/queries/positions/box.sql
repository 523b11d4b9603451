-- Positions in a box and a time span; cells (0.1 degree) of the box and whole hours lead into the index.
select observed_at, mmsi, lat, lon, sog, cog, heading, rot, nav_status, source
from position
where position_cell(lat, lon) = any(%(cells)s::int[])
    and date_bin('1 hour', observed_at, '2000-01-03 00:00+00'::timestamptz)
        between date_bin('1 hour', %(since)s::timestamptz, '2000-01-03 00:00+00'::timestamptz) and %(until)s::timestamptz
    and observed_at >= %(since)s::timestamptz and observed_at < %(until)s::timestamptz
    and lat between %(lat_min)s::int and %(lat_max)s::int and lon between %(lon_min)s::int and %(lon_max)s::int
order by mmsi, observed_at
