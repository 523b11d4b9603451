INSERT INTO probe_health (cage_id, point, quantity, computed_at, uptime_pct, dropouts, "offset", rate_per_day, drift_since, out_at,
    clean_at, calibrate_at)
SELECT c.cage_id, %(point)s, %(quantity)s, %(computed_at)s::timestamptz, %(uptime_pct)s::real, %(dropouts)s::int, %(offset)s::real,
    %(rate_per_day)s::real, %(drift_since)s::timestamptz, %(out_at)s::timestamptz, %(clean_at)s::timestamptz,
    %(calibrate_at)s::timestamptz
FROM cage AS c
WHERE c.cage_id = %(cage_id)s
ON CONFLICT (cage_id, point, quantity) DO UPDATE SET computed_at = excluded.computed_at, uptime_pct = excluded.uptime_pct,
    dropouts = excluded.dropouts, "offset" = excluded."offset", rate_per_day = excluded.rate_per_day,
    drift_since = excluded.drift_since, out_at = excluded.out_at, clean_at = excluded.clean_at,
    calibrate_at = excluded.calibrate_at
