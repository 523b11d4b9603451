SELECT p.observed_at, p.lat_deg, p.lon_deg, p.sog_kn, p.cog_deg
FROM scope_position p
WHERE p.mmsi = %(mmsi)s AND p.observed_at >= %(since)s::timestamptz AND p.observed_at <= %(until)s::timestamptz
ORDER BY p.observed_at
LIMIT 20000
