SELECT w.mmsi::bigint AS mmsi, w.reason_zh, w.reason_en, w.points, w.added_by, w.added_at, w.until,
    (SELECT r.name_zh FROM vessel_register r WHERE r.mmsi = w.mmsi AND r.valid_until IS NULL LIMIT 1) AS name_zh
FROM watch_list w
WHERE w.until IS NULL OR w.until > now()
ORDER BY w.points DESC, w.added_at
