SELECT l.mmsi, l.lat / 600000.0::double precision AS lat_deg, l.lon / 600000.0::double precision AS lon_deg,
    nullif(l.sog, 1023) / 10.0::double precision AS sog_kn, nullif(l.cog, 3600) / 10.0::double precision AS cog_deg,
    nullif(l.heading, 511)::double precision AS heading_deg, l.observed_at,
    coalesce(v.class, CASE t.mmsi_class WHEN 'aton' THEN 'aton' WHEN 'coast' THEN 'base_station' WHEN 'sar_aircraft' THEN 'sar_aircraft'
        WHEN 'sart' THEN 'distress' WHEN 'mob' THEN 'distress' WHEN 'epirb' THEN 'distress' ELSE 'unknown' END) AS target_class,
    v.probability, p.name AS source, n.name
FROM target_latest l
JOIN target t USING (mmsi)
JOIN position_source p USING (source)
LEFT JOIN target_verdict v ON v.target_id = l.mmsi::text
LEFT JOIN LATERAL (
    SELECT s.name FROM target_static s WHERE s.mmsi = l.mmsi AND s.name IS NOT NULL ORDER BY s.last_seen_at DESC LIMIT 1
) n ON true
WHERE l.observed_at >= %(since)s::timestamptz AND (%(mmsi)s::bigint IS NULL OR l.mmsi = %(mmsi)s)
ORDER BY l.mmsi
