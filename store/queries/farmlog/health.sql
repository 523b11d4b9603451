SELECT cage_id, point, quantity, computed_at, uptime_pct::double precision AS uptime_pct, dropouts,
    "offset"::double precision AS "offset", rate_per_day::double precision AS rate_per_day, drift_since, out_at, clean_at,
    calibrate_at
FROM probe_health
ORDER BY cage_id, point, quantity
