-- A second factor of a local account: the shared secret of its one-time codes (RFC 6238), readable by two functions only.

CREATE TABLE person_second (
    person_id integer PRIMARY KEY REFERENCES person ON DELETE CASCADE,
    secret text NOT NULL,
    last_step bigint NOT NULL DEFAULT 0,
    set_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE person_second IS 'One-time codes of a local account; no role reads it, only access_second';
COMMENT ON COLUMN person_second.person_id IS 'Whose';
COMMENT ON COLUMN person_second.secret IS 'Shared secret, Base32';
COMMENT ON COLUMN person_second.last_step IS 'Newest 30-second step whose code was used: none is taken twice';
COMMENT ON COLUMN person_second.set_at IS 'When it was switched on, UTC';
REVOKE ALL ON person_second FROM huangyu_reader, huangyu_services, huangyu_ingest;

CREATE FUNCTION access_second(who integer) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT secret FROM person_second WHERE person_id = who
$$;
COMMENT ON FUNCTION access_second(integer) IS 'Secret of an account''s one-time codes, NULL when it has none';

CREATE FUNCTION access_second_used(who integer, step bigint) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE person_second SET last_step = step WHERE person_id = who AND last_step < step RETURNING true
$$;
COMMENT ON FUNCTION access_second_used(integer, bigint) IS 'Notes that the code of a step was used; NULL when that or a later one was used before';

CREATE FUNCTION access_second_set(new_secret text, who integer DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    me integer := access_person();
    whose integer := coalesce(who, me);
BEGIN
    IF me IS NULL OR (whose <> me AND NOT (new_secret IS NULL AND access_has('administrator'))) THEN
        RAISE EXCEPTION 'only the own second factor may be set; an administrator may take one away' USING ERRCODE = 'insufficient_privilege';
    END IF;
    DELETE FROM person_second WHERE person_id = whose;
    IF new_secret IS NOT NULL THEN
        INSERT INTO person_second (person_id, secret) VALUES (whose, new_secret);
    END IF;
    PERFORM audit_write(CASE WHEN new_secret IS NULL THEN 'second.off' ELSE 'second.on' END, 'person:' || whose);
END $$;
COMMENT ON FUNCTION access_second_set(text, integer) IS 'Switches one-time codes of the own account on (secret) or off (NULL); an administrator may switch another''s off';

REVOKE ALL ON FUNCTION access_second(integer), access_second_used(integer, bigint), access_second_set(text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION access_second(integer), access_second_used(integer, bigint), access_second_set(text, integer) TO huangyu_reader;
