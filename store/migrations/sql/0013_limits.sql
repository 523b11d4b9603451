-- Limits that an operator changes: finite, with the reason, stamped by the database, read by the judges.

ALTER TABLE rule_limit ADD CONSTRAINT rule_limit_finite CHECK (value > '-Infinity' AND value < 'Infinity');
ALTER TABLE rule_limit ADD COLUMN reason text NOT NULL DEFAULT '' CHECK (length(reason) <= 200);
COMMENT ON COLUMN rule_limit.reason IS 'Why, in the words of who changed it';
COMMENT ON COLUMN rule_limit.name IS 'Limit by name, for example oxygen.yellow (cages/adjust.py)';
GRANT SELECT ON rule_limit TO huangyu_services;
ALTER POLICY access_select ON rule_limit USING ((SELECT access_has('administrator'))
    OR ((SELECT access_person()) IS NOT NULL AND (scope = '*' OR scope = ANY ((SELECT access_farms())::text[])
        OR scope IN (SELECT c.cage_id FROM cage c))));

CREATE FUNCTION rule_limit_stamp() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF access_person() IS NOT NULL THEN
        NEW.changed_by := (SELECT login FROM person WHERE person_id = access_person());
        NEW.changed_at := now();
    END IF;
    RETURN NEW;
END $$;
COMMENT ON FUNCTION rule_limit_stamp() IS 'Trigger: who changed a limit and when, whatever the statement says';
CREATE TRIGGER rule_limit_stamp BEFORE INSERT OR UPDATE ON rule_limit FOR EACH ROW EXECUTE FUNCTION rule_limit_stamp();

CREATE FUNCTION access_limit_places() RETURNS TABLE (place_id text, farm_id text, name_zh text, name_en text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT f.farm_id, NULL::text, f.name_zh, f.name_en FROM farm f WHERE access_has('administrator')
    UNION ALL
    SELECT c.cage_id, c.farm_id, c.name_zh, c.name_en FROM cage c WHERE access_has('administrator')
$$;
COMMENT ON FUNCTION access_limit_places() IS
    'Names of farms and cages for the administrator who sets their limits; nothing else of them is shown, nothing to others';
REVOKE ALL ON FUNCTION access_limit_places(), rule_limit_stamp() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION access_limit_places() TO huangyu_reader;
