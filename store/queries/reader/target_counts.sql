SELECT coalesce(v.class, CASE t.mmsi_class WHEN 'aton' THEN 'aton' WHEN 'coast' THEN 'base_station' WHEN 'sar_aircraft' THEN 'sar_aircraft'
        WHEN 'sart' THEN 'distress' WHEN 'mob' THEN 'distress' WHEN 'epirb' THEN 'distress' ELSE 'unknown' END) AS target_class,
    count(*)::integer AS n
FROM target_latest l
JOIN target t USING (mmsi)
LEFT JOIN target_verdict v ON v.target_id = l.mmsi::text
WHERE l.observed_at >= %(since)s::timestamptz
GROUP BY 1
