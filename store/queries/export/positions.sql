-- Positions of some targets in a time span, in degrees and knots.
select mmsi, observed_at, lat_deg, lon_deg, sog_kn, cog_deg, heading_deg, nav_status, source
from position_degrees
where observed_at >= %(since)s::timestamptz and observed_at < %(until)s::timestamptz
    and (%(mmsis)s::int[] is null or mmsi = any(%(mmsis)s::int[]))
order by mmsi, observed_at
