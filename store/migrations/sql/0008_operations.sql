-- What keeps the services themselves observable.

CREATE TABLE service_heartbeat (
    name        text        PRIMARY KEY CHECK (name ~ '^[a-z][a-z0-9-]{0,62}$'),
    host        text        NOT NULL,
    pid         integer     NOT NULL CHECK (pid > 0),
    version     text        NOT NULL,
    started_at  timestamptz NOT NULL,
    beat_at     timestamptz NOT NULL,
    state       text        NOT NULL CHECK (state IN ('running', 'degraded', 'waiting', 'stopped')),
    period_s    real        NOT NULL CHECK (period_s > 0),
    detail      jsonb       NOT NULL DEFAULT '{}'
);
COMMENT ON TABLE service_heartbeat IS 'Newest sign of life of each shore service; one row a service.';
COMMENT ON COLUMN service_heartbeat.name IS 'Service: ingest, watch, forecast, sms, dashboard.';
COMMENT ON COLUMN service_heartbeat.host IS 'Machine it runs on.';
COMMENT ON COLUMN service_heartbeat.pid IS 'Process id on that machine.';
COMMENT ON COLUMN service_heartbeat.version IS 'Version of huangyu it runs.';
COMMENT ON COLUMN service_heartbeat.started_at IS 'Start of the process, UTC.';
COMMENT ON COLUMN service_heartbeat.beat_at IS 'Time of the newest beat, UTC; silent for three periods means trouble.';
COMMENT ON COLUMN service_heartbeat.state IS 'running, degraded (works with a notice), waiting (for the database or broker), stopped (by request).';
COMMENT ON COLUMN service_heartbeat.period_s IS 'How often it means to beat. [s]';
COMMENT ON COLUMN service_heartbeat.detail IS 'Figures of the service: counts, ages, last error.';

GRANT SELECT, INSERT, UPDATE ON service_heartbeat TO huangyu_ingest, huangyu_services;
GRANT SELECT ON service_heartbeat TO huangyu_reader;
GRANT ALL ON service_heartbeat TO huangyu_admin;
