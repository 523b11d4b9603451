select mmsi::text as id, lat / 600000.0::float8 as lat_deg, lon / 600000.0::float8 as lon_deg
from target_latest
where observed_at > %(since)s::timestamptz
