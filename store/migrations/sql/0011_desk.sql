-- What the desk orders and sees of the sea: storm calls and drills begun from a screen, gridded fields on the map.

CREATE TABLE campaign_order (
    order_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    district_id text NOT NULL,
    name_zh text NOT NULL CHECK (length(name_zh) BETWEEN 1 AND 40),
    severity smallint NOT NULL CHECK (severity BETWEEN 1 AND 4),
    text_zh text NOT NULL CHECK (length(text_zh) BETWEEN 1 AND 400),
    drill boolean NOT NULL,
    ordered_by text NOT NULL,
    ordered_at timestamptz NOT NULL DEFAULT now(),
    done_at timestamptz,
    outcome text NOT NULL DEFAULT ''
);
CREATE INDEX campaign_order_open ON campaign_order (ordered_at) WHERE done_at IS NULL;
COMMENT ON TABLE campaign_order IS 'A person''s order to call everyone of a district; the sender carries it out within seconds';
COMMENT ON COLUMN campaign_order.order_id IS 'Id';
COMMENT ON COLUMN campaign_order.district_id IS 'District to call';
COMMENT ON COLUMN campaign_order.name_zh IS 'Name of the campaign';
COMMENT ON COLUMN campaign_order.severity IS '1 blue to 4 red';
COMMENT ON COLUMN campaign_order.text_zh IS 'What people are told';
COMMENT ON COLUMN campaign_order.drill IS 'A drill: messages say so';
COMMENT ON COLUMN campaign_order.ordered_by IS 'Login of who ordered it';
COMMENT ON COLUMN campaign_order.ordered_at IS 'When, UTC; also the instant that makes the campaign''s id, so that an order carried out twice begins one campaign';
COMMENT ON COLUMN campaign_order.done_at IS 'When the sender took it, UTC';
COMMENT ON COLUMN campaign_order.outcome IS 'Empty when it began, else why not (Chinese, then English)';

SELECT access_guard('campaign_order', $$district_id = ANY ((SELECT access_districts())::text[]) OR (SELECT access_has('administrator'))$$,
    'SELECT,INSERT', $$done_at IS NULL AND outcome = ''
    AND ordered_by = (SELECT p.login FROM person p WHERE p.person_id = (SELECT access_person()))
    AND (district_id = ANY ((SELECT access_districts())::text[]) OR (drill AND (SELECT access_has('administrator'))))$$);
GRANT SELECT, UPDATE (done_at, outcome) ON campaign_order TO huangyu_services;
CREATE TRIGGER audit_row AFTER INSERT OR UPDATE OR DELETE ON campaign_order FOR EACH ROW EXECUTE FUNCTION audit_row('order_id');

SELECT access_guard('grid_field', '(SELECT access_person()) IS NOT NULL');
