INSERT INTO service_heartbeat (name, host, pid, version, started_at, beat_at, state, period_s, detail)
VALUES (%(name)s, %(host)s, %(pid)s, %(version)s, %(started_at)s, %(beat_at)s, %(state)s, %(period_s)s, %(detail)s)
ON CONFLICT (name) DO UPDATE SET
    host = excluded.host, pid = excluded.pid, version = excluded.version, started_at = excluded.started_at,
    beat_at = excluded.beat_at, state = excluded.state, period_s = excluded.period_s, detail = excluded.detail
