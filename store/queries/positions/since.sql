select observed_at, mmsi, lat, lon, sog, cog, heading, rot, nav_status, source
from position
where observed_at >= %(since)s::timestamptz and observed_at < %(until)s::timestamptz
    and (%(mmsis)s::int[] is null or mmsi = any(%(mmsis)s::int[]))
order by mmsi, observed_at
