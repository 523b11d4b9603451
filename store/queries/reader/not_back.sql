SELECT * FROM (
    SELECT DISTINCT ON (t.mmsi) t.mmsi::bigint AS mmsi, t.kind, t.at, t.port, t.persons,
        (SELECT r.name_zh FROM vessel_register r WHERE r.mmsi = t.mmsi AND r.valid_until IS NULL LIMIT 1) AS name_zh,
        (SELECT l.observed_at FROM target_latest l WHERE l.mmsi = t.mmsi) AS heard_at
    FROM trip_report t
    WHERE t.at > now() - interval '60 days'
    ORDER BY t.mmsi, t.at DESC
) newest
WHERE kind = 'departure'
ORDER BY at
LIMIT 500
