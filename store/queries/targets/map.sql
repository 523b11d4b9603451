-- Newest positions of all targets heard since a time, figures only: for the map layer.
select mmsi, lat, lon, sog, cog, heading, nav_status, source, (extract(epoch from observed_at))::bigint as observed_s
from target_latest
where observed_at >= %(since)s::timestamptz
