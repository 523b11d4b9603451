-- What the dashboard's role sees of every table: row-level security on the small ones, views with the session's
-- scope over the long ones (TimescaleDB refuses row-level security there). huangyu_reader gets nothing else.

-- Places and gateways ------------------------------------------------------------------------------------------------
SELECT access_guard('farm', 'farm_id = ANY ((SELECT access_farms())::text[])');
SELECT access_guard('cage', 'farm_id = ANY ((SELECT access_farms())::text[])');
SELECT access_guard('gateway', 'farm_id = ANY ((SELECT access_farms())::text[]) OR (farm_id IS NULL AND (SELECT access_has(''technician'')))');
SELECT access_guard('gateway_gap', 'gateway_id IN (SELECT g.gateway_id FROM gateway g)');
SELECT access_guard('gateway_health_latest', 'gateway_id IN (SELECT g.gateway_id FROM gateway g)');
SELECT access_guard('quarantine', '(SELECT access_has(''technician''))');
SELECT access_guard('series', 'cage_id IN (SELECT c.cage_id FROM cage c)');
SELECT access_guard('series_latest', 'series_id IN (SELECT s.series_id FROM series s)');
SELECT access_guard('service_heartbeat', '(SELECT access_person()) IS NOT NULL');

-- Targets: the sea belongs to regulators; a farmer sees the own boats --------------------------------------------------
SELECT access_guard('target', '(SELECT access_sees_sea()) OR mmsi = ANY ((SELECT access_vessels())::bigint[])');
SELECT access_guard('target_latest', '(SELECT access_sees_sea()) OR mmsi = ANY ((SELECT access_vessels())::bigint[])');
SELECT access_guard('target_static', '(SELECT access_sees_sea()) OR mmsi = ANY ((SELECT access_vessels())::bigint[])');
SELECT access_guard('safety_text', '(SELECT access_sees_sea())');
GRANT SELECT ON position_source TO huangyu_reader;

-- Long tables: views -----------------------------------------------------------------------------------------------
CREATE FUNCTION access_series() RETURNS SETOF integer
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT s.series_id FROM series s JOIN cage c USING (cage_id) WHERE c.farm_id = ANY ((SELECT access_farms())::text[])
$$;
COMMENT ON FUNCTION access_series() IS 'Series in the session''s scope';
REVOKE ALL ON FUNCTION access_series() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION access_series() TO huangyu_reader;

CREATE VIEW scope_reading WITH (security_barrier) AS
SELECT r.observed_at, r.series_id, r.value, r.qc FROM reading r WHERE r.series_id IN (SELECT access_series());
COMMENT ON VIEW scope_reading IS 'reading, of the series in the session''s scope';
CREATE VIEW scope_reading_hourly WITH (security_barrier) AS
SELECT h.bucket_at, h.series_id, h.n, h.n_good, h.value_min, h.value_max, h.value_avg
FROM reading_hourly h WHERE h.series_id IN (SELECT access_series());
COMMENT ON VIEW scope_reading_hourly IS 'reading_hourly, of the series in the session''s scope';
CREATE VIEW scope_position WITH (security_barrier) AS
SELECT p.observed_at, p.mmsi, p.lat / 600000.0::double precision AS lat_deg, p.lon / 600000.0::double precision AS lon_deg,
    nullif(p.sog, 1023) / 10.0::double precision AS sog_kn, nullif(p.cog, 3600) / 10.0::double precision AS cog_deg,
    p.source
FROM position p
WHERE (SELECT access_sees_sea()) OR p.mmsi = ANY ((SELECT access_vessels())::bigint[]);
COMMENT ON VIEW scope_position IS 'position in degrees and knots, of the targets in the session''s scope';
CREATE VIEW scope_nmea WITH (security_barrier) AS
SELECT n.observed_at, n.gateway_id, n.seq, n.receiver, n.line FROM nmea_raw n WHERE (SELECT access_sees_sea());
COMMENT ON VIEW scope_nmea IS 'nmea_raw, for regulators';
GRANT SELECT ON scope_reading, scope_reading_hourly, scope_position, scope_nmea TO huangyu_reader;

-- Alerts -------------------------------------------------------------------------------------------------------------
SELECT access_guard('alert', $$farm_id = ANY ((SELECT access_farms())::text[])
    OR district_id = ANY ((SELECT access_districts())::text[])
    OR (farm_id IS NULL AND district_id IS NULL AND (SELECT access_sees_sea()))
    OR (subject_kind IN ('target', 'vessel') AND subject_id = ANY ((SELECT access_vessels())::text[]))$$, 'SELECT,UPDATE');
SELECT access_guard('alert_event', 'alert_id IN (SELECT a.alert_id FROM alert a)', 'SELECT,INSERT');
SELECT access_guard('alert_chain', '(SELECT access_person()) IS NOT NULL');
SELECT access_guard('campaign', 'district_id = ANY ((SELECT access_districts())::text[]) OR (SELECT access_has(''farmer''))');
SELECT access_guard('campaign_recipient', $$farm_id = ANY ((SELECT access_farms())::text[]) OR (SELECT access_sees_sea())
    OR mmsi = ANY ((SELECT access_vessels())::bigint[])$$, 'SELECT,UPDATE');
SELECT access_guard('message_outbox', $$farm_id = ANY ((SELECT access_farms())::text[])
    OR district_id = ANY ((SELECT access_districts())::text[]) OR (SELECT access_has('technician'))$$, 'SELECT,INSERT');
SELECT access_guard('message_alert', 'alert_id IN (SELECT a.alert_id FROM alert a)', 'SELECT,INSERT');
SELECT access_guard('message_receipt', 'message_id IN (SELECT m.message_id FROM message_outbox m)');
SELECT access_guard('message_reply', 'message_id IN (SELECT m.message_id FROM message_outbox m)');
SELECT access_guard('cap_message', '(SELECT access_person()) IS NOT NULL');

-- Contacts: names by scope, numbers only for the administrator (or through access_phone, which is audited) ---------------
SELECT access_guard('contact', $$farm_id = ANY ((SELECT access_farms())::text[])
    OR district_id = ANY ((SELECT access_districts())::text[]) OR (SELECT access_has('administrator'))$$,
    'SELECT,INSERT,UPDATE,DELETE', '(SELECT access_has(''administrator''))');
SELECT access_guard('contact_channel', '(SELECT access_has(''administrator''))', 'SELECT,INSERT,UPDATE,DELETE');
SELECT access_guard('contact_scope', 'contact_id IN (SELECT c.contact_id FROM contact c)', 'SELECT,INSERT,UPDATE,DELETE',
    '(SELECT access_has(''administrator''))');
SELECT access_guard('duty_shift', $$district_id = ANY ((SELECT access_districts())::text[]) OR (SELECT access_has('administrator'))$$,
    'SELECT,INSERT,UPDATE,DELETE');
CREATE TRIGGER audit_row AFTER INSERT OR UPDATE OR DELETE ON contact FOR EACH ROW EXECUTE FUNCTION audit_row('contact_id');
CREATE TRIGGER audit_row AFTER INSERT OR UPDATE OR DELETE ON contact_scope FOR EACH ROW EXECUTE FUNCTION audit_row('contact_id');
CREATE TRIGGER audit_row AFTER INSERT OR UPDATE OR DELETE ON duty_shift FOR EACH ROW EXECUTE FUNCTION audit_row('contact_id');
REVOKE SELECT ON message_outbox, campaign_recipient, message_reply FROM huangyu_reader;
GRANT SELECT (message_id, campaign_id, contact_id, contact_name, kind, language, text, rule, notice, priority, segments, drill,
    life_safety, farm_id, district_id, created_at, due_at, expires_at, state, attempts, possible_repeat, provider, sent_at,
    delivered_at, last_error) ON message_outbox TO huangyu_reader;
GRANT SELECT (campaign_id, recipient_id, name_zh, mmsi, farm_id, message_id, answered_at, called_at, called_by, call_result, note)
    ON campaign_recipient TO huangyu_reader;
GRANT SELECT (reply_id, provider, text, received_at, meaning, message_id) ON message_reply TO huangyu_reader;
REVOKE UPDATE ON campaign_recipient FROM huangyu_reader;
GRANT UPDATE (called_at, called_by, call_result, note) ON campaign_recipient TO huangyu_reader;

CREATE FUNCTION access_mask(number text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN length(number) >= 8 THEN left(number, 3) || '****' || right(number, 4) ELSE repeat('*', coalesce(length(number), 0)) END
$$;
COMMENT ON FUNCTION access_mask(text) IS 'Phone number with its middle hidden: 138****1234';
CREATE FUNCTION access_phone(handled uuid) RETURNS TABLE (who text, role text, number text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    a alert%ROWTYPE;
    me text := (SELECT login FROM person WHERE person_id = access_person());
BEGIN
    SELECT * INTO a FROM alert WHERE alert_id = handled;
    IF NOT FOUND OR me IS NULL OR NOT access_sees_sea() OR a.assignee IS DISTINCT FROM me
       OR NOT (a.farm_id = ANY (access_farms()) OR a.district_id = ANY (access_districts()) OR (a.farm_id IS NULL AND a.district_id IS NULL))
       OR a.handling IN ('closed', 'retracted', 'expired', 'merged') THEN
        RAISE EXCEPTION 'numbers are shown only to the officer who handles the open alert' USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM audit_write('phone.shown', 'alert:' || handled);
    RETURN QUERY
        SELECT c.name_zh, c.role, ch.address FROM contact c JOIN contact_channel ch USING (contact_id)
        WHERE ch.kind IN ('sms', 'recorder') AND c.contact_id IN (
            SELECT s.contact_id FROM contact_scope s WHERE (s.kind = 'farm' AND s.id = a.farm_id) OR (s.kind = 'cage' AND s.id = a.subject_id)
                OR (s.kind = 'vessel' AND s.id = a.subject_id))
        UNION
        SELECT coalesce(r.owner, r.name_zh), 'owner', r.owner_phone FROM vessel_register r
        WHERE r.valid_until IS NULL AND r.owner_phone IS NOT NULL AND a.subject_kind IN ('target', 'vessel') AND r.mmsi::text = a.subject_id;
END $$;
COMMENT ON FUNCTION access_phone(uuid) IS 'Numbers of the people of an alert, for the officer who handles it; every use is audited';
REVOKE ALL ON FUNCTION access_phone(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION access_phone(uuid), access_mask(text) TO huangyu_reader;

-- Vessels ------------------------------------------------------------------------------------------------------------
SELECT access_guard('register_import', '(SELECT access_sees_sea())');
SELECT access_guard('vessel_register', '(SELECT access_sees_sea()) OR mmsi = ANY ((SELECT access_vessels())::bigint[])');
REVOKE SELECT ON vessel_register FROM huangyu_reader;
GRANT SELECT (boat_id, version, valid_from, valid_until, import_id, name_zh, name_pinyin, mmsi, extra_mmsi, call_sign, certificate_no,
    registration_until, inspection_no, inspection_until, permit_no, permit_until, port, gear, vessel_type, length_m, beam_m, tonnage_gt,
    power_kw, wind_class_bft, hs_limit_m, min_crew, max_persons, beidou_id, group_name, owner, exempt_kind) ON vessel_register TO huangyu_reader;
SELECT access_guard('target_verdict', '(SELECT access_sees_sea())');
SELECT access_guard('target_verdict_history', '(SELECT access_sees_sea())');
SELECT access_guard('finding', '(SELECT access_sees_sea())');
SELECT access_guard('detection', '(SELECT access_sees_sea())');
SELECT access_guard('evidence_bundle', '(SELECT access_sees_sea())');

-- Zones and seasons: everybody signed in reads them, regulators change them --------------------------------------------
GRANT INSERT, UPDATE, DELETE ON zone, season_rule TO huangyu_reader;
CREATE POLICY access_insert ON zone FOR INSERT TO huangyu_reader WITH CHECK ((SELECT access_sees_sea()));
CREATE POLICY access_update ON zone FOR UPDATE TO huangyu_reader USING ((SELECT access_sees_sea())) WITH CHECK ((SELECT access_sees_sea()));
CREATE POLICY access_delete ON zone FOR DELETE TO huangyu_reader USING ((SELECT access_sees_sea()));
CREATE POLICY access_insert ON season_rule FOR INSERT TO huangyu_reader WITH CHECK ((SELECT access_sees_sea()));
CREATE POLICY access_update ON season_rule FOR UPDATE TO huangyu_reader USING ((SELECT access_sees_sea())) WITH CHECK ((SELECT access_sees_sea()));
CREATE POLICY access_delete ON season_rule FOR DELETE TO huangyu_reader USING ((SELECT access_sees_sea()));
CREATE TRIGGER audit_row AFTER INSERT OR UPDATE OR DELETE ON zone FOR EACH ROW EXECUTE FUNCTION audit_row('zone_id');
CREATE TRIGGER audit_row AFTER INSERT OR UPDATE OR DELETE ON season_rule FOR EACH ROW EXECUTE FUNCTION audit_row('rule_id');
CREATE TRIGGER audit_row AFTER INSERT OR UPDATE OR DELETE ON watch_list FOR EACH ROW EXECUTE FUNCTION audit_row('mmsi');
CREATE TRIGGER audit_row AFTER INSERT OR UPDATE OR DELETE ON contact_check FOR EACH ROW EXECUTE FUNCTION audit_row('mmsi');

-- Forecasts ----------------------------------------------------------------------------------------------------------
SELECT access_guard('forecast_run', $$farm_id = ANY ((SELECT access_farms())::text[])
    OR (farm_id IS NULL AND ((SELECT access_sees_sea()) OR place_id IN (SELECT 'mmsi:' || v FROM unnest((SELECT access_vessels())::bigint[]) AS u (v))))$$);
SELECT access_guard('forecast_quantile', 'run_id IN (SELECT r.run_id FROM forecast_run r)');
SELECT access_guard('forecast_risk', 'run_id IN (SELECT r.run_id FROM forecast_run r)');
SELECT access_guard('forecast_score', 'run_id IN (SELECT r.run_id FROM forecast_run r)');
SELECT access_guard('forecast_demotion', $$(SELECT access_has('technician')) OR (SELECT access_sees_sea())$$);
SELECT access_guard('grid_run', '(SELECT access_person()) IS NOT NULL');
SELECT access_guard('storm_track', '(SELECT access_person()) IS NOT NULL');

CREATE FUNCTION access_colleagues() RETURNS TABLE (login text, name_zh text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT DISTINCT p.login, p.name_zh FROM person p JOIN person_role r USING (person_id) JOIN person_scope s USING (person_id)
    WHERE p.active AND r.role = 'regulator' AND s.kind = 'district' AND s.id = ANY (access_districts()) AND p.person_id <> access_person()
    ORDER BY 2
$$;
COMMENT ON FUNCTION access_colleagues() IS 'Other duty officers of the session''s districts: to whom an alert may be handed over';
REVOKE ALL ON FUNCTION access_colleagues() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION access_colleagues() TO huangyu_reader;
