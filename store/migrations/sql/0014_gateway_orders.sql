-- What people on shore ask of a gateway: a switch to be set now, or a configuration to be tried.

CREATE TABLE gateway_order (
    order_id text PRIMARY KEY DEFAULT gen_random_uuid()::text CHECK (order_id ~ '^[A-Za-z0-9-]{1,64}$'),
    gateway_id text NOT NULL REFERENCES gateway,
    kind text NOT NULL CHECK (kind IN ('command', 'config')),
    name text CHECK (length(name) BETWEEN 1 AND 200),
    value integer CHECK (value BETWEEN 0 AND 65535),
    version bigint CHECK (version > 0),
    body text CHECK (octet_length(body) <= 200000),
    ordered_by text NOT NULL CHECK (length(ordered_by) BETWEEN 1 AND 200),
    ordered_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    sent_at timestamptz,
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'done', 'failed', 'unknown', 'refused', 'expired',
        'trial', 'good', 'rolled_back')),
    reason text NOT NULL DEFAULT '',
    answered_at timestamptz,
    UNIQUE (gateway_id, version),
    CHECK ((kind = 'command') = (name IS NOT NULL AND value IS NOT NULL AND expires_at IS NOT NULL)),
    CHECK ((kind = 'config') = (version IS NOT NULL AND body IS NOT NULL)),
    CHECK (expires_at > ordered_at AND expires_at <= ordered_at + interval '1 hour')
);
CREATE INDEX gateway_order_waiting ON gateway_order (ordered_at) WHERE state = 'waiting';
CREATE INDEX gateway_order_newest ON gateway_order (gateway_id, ordered_at DESC);
COMMENT ON TABLE gateway_order IS 'A person''s order to a gateway; ingest sends it, the gateway''s health stream answers it';
COMMENT ON COLUMN gateway_order.order_id IS 'Id, also that of the command on the wire: sent twice it is carried out once';
COMMENT ON COLUMN gateway_order.gateway_id IS 'To whom';
COMMENT ON COLUMN gateway_order.kind IS 'command: a coil or register; config: a configuration to be tried';
COMMENT ON COLUMN gateway_order.name IS 'Command, as in the gateway''s own list';
COMMENT ON COLUMN gateway_order.value IS 'Value of the command: 0 off, 1 on for a coil';
COMMENT ON COLUMN gateway_order.version IS 'Version of the configuration, rising for each gateway';
COMMENT ON COLUMN gateway_order.body IS 'Configuration, TOML';
COMMENT ON COLUMN gateway_order.ordered_by IS 'Login of who ordered it';
COMMENT ON COLUMN gateway_order.ordered_at IS 'When, UTC';
COMMENT ON COLUMN gateway_order.expires_at IS 'After this a command is not carried out, UTC';
COMMENT ON COLUMN gateway_order.sent_at IS 'When the broker took it, UTC';
COMMENT ON COLUMN gateway_order.state IS 'waiting, sent; of a command done, failed, unknown, refused, expired; of a configuration trial, good, rolled_back, refused';
COMMENT ON COLUMN gateway_order.reason IS 'Why, in the gateway''s words';
COMMENT ON COLUMN gateway_order.answered_at IS 'Time of the newest answer by the gateway''s clock, UTC';

SELECT access_guard('gateway_order', 'gateway_id IN (SELECT g.gateway_id FROM gateway g)', 'SELECT,INSERT',
    $$state = 'waiting' AND sent_at IS NULL AND answered_at IS NULL AND reason = '' AND ordered_at = now()
    AND ordered_by = (SELECT p.login FROM person p WHERE p.person_id = (SELECT access_person()))
    AND gateway_id IN (SELECT g.gateway_id FROM gateway g)
    AND ((SELECT access_has('technician')) OR (kind = 'command' AND (SELECT access_has('farmer'))))$$);
GRANT SELECT, UPDATE (sent_at, state, reason, answered_at) ON gateway_order TO huangyu_ingest;
GRANT SELECT, INSERT ON gateway_order TO huangyu_services;
CREATE TRIGGER audit_row AFTER INSERT OR UPDATE OR DELETE ON gateway_order FOR EACH ROW EXECUTE FUNCTION audit_row('order_id');
