SELECT name, host, pid, version, started_at, beat_at, state, period_s, detail
FROM service_heartbeat
ORDER BY name
