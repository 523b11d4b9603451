SELECT floor(lat_deg * 10) / 10 AS south_deg, floor(lon_deg * 10) / 10 AS west_deg, count(DISTINCT mmsi)::integer AS n
FROM scope_position
WHERE observed_at > %(since)s::timestamptz AND observed_at <= %(until)s::timestamptz
GROUP BY 1, 2
ORDER BY 3 DESC
LIMIT 2000
