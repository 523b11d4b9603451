SELECT name, version, started_at, beat_at, state, period_s FROM service_heartbeat ORDER BY name
