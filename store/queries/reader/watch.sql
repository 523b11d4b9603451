INSERT INTO watch_list (mmsi, reason_zh, points, added_by, until)
VALUES (%(mmsi)s, %(reason)s, %(points)s, %(login)s, %(until)s::timestamptz)
ON CONFLICT (mmsi) DO UPDATE SET reason_zh = excluded.reason_zh, points = excluded.points, added_by = excluded.added_by, added_at = now(),
    until = excluded.until
