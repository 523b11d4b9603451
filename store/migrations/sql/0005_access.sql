-- People, their roles and scopes, their sessions, and the audit trail.
-- A session token travels as a setting of the transaction (huangyu.session); functions turn it into a scope,
-- policies and security-barrier views use the scope. No token, no rows.

CREATE TABLE person (
    person_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    login text NOT NULL UNIQUE CHECK (login ~ '^[a-z0-9][a-z0-9._@-]{1,63}$'),
    name_zh text NOT NULL CHECK (length(name_zh) BETWEEN 1 AND 60),
    phone text CHECK (phone ~ '^[0-9+ -]{3,20}$'),
    password_hash text,
    password_at timestamptz,
    must_change boolean NOT NULL DEFAULT false,
    oidc_subject text UNIQUE,
    locale text NOT NULL DEFAULT 'zh' CHECK (locale IN ('zh', 'en')),
    active boolean NOT NULL DEFAULT true,
    failed_count integer NOT NULL DEFAULT 0,
    locked_until timestamptz,
    created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE person IS 'Everyone who may sign in';
COMMENT ON COLUMN person.person_id IS 'Number used by the other tables';
COMMENT ON COLUMN person.login IS 'Sign-in name, lower case';
COMMENT ON COLUMN person.name_zh IS 'Name as shown on screens';
COMMENT ON COLUMN person.phone IS 'Phone number; masked on screens';
COMMENT ON COLUMN person.password_hash IS 'argon2id in PHC string format; NULL for people who come through OIDC only';
COMMENT ON COLUMN person.password_at IS 'When the password was set, UTC';
COMMENT ON COLUMN person.must_change IS 'A temporary password was set: the next sign-in asks for a new one';
COMMENT ON COLUMN person.oidc_subject IS 'issuer and subject of the identity provider, "iss|sub"';
COMMENT ON COLUMN person.locale IS 'Language of the screens: zh or en';
COMMENT ON COLUMN person.active IS 'False bars every session at once';
COMMENT ON COLUMN person.failed_count IS 'Wrong passwords since the last right one';
COMMENT ON COLUMN person.locked_until IS 'No sign-in before this instant, UTC';
COMMENT ON COLUMN person.created_at IS 'When the account was made, UTC';

CREATE TABLE person_role (
    person_id integer NOT NULL REFERENCES person ON DELETE CASCADE,
    role text NOT NULL CHECK (role IN ('farmer', 'regulator', 'technician', 'administrator')),
    PRIMARY KEY (person_id, role)
);
COMMENT ON TABLE person_role IS 'What a person may do';
COMMENT ON COLUMN person_role.person_id IS 'Whose role';
COMMENT ON COLUMN person_role.role IS 'farmer, regulator, technician or administrator (no business data)';

CREATE TABLE person_scope (
    person_id integer NOT NULL REFERENCES person ON DELETE CASCADE,
    kind text NOT NULL CHECK (kind IN ('farm', 'district', 'vessel')),
    id text NOT NULL CHECK (length(id) BETWEEN 1 AND 64),
    PRIMARY KEY (person_id, kind, id)
);
COMMENT ON TABLE person_scope IS 'Where a person may do it';
COMMENT ON COLUMN person_scope.person_id IS 'Whose scope';
COMMENT ON COLUMN person_scope.kind IS 'farm, district or vessel';
COMMENT ON COLUMN person_scope.id IS 'farm id, district id, or MMSI in digits';

CREATE TABLE session (
    token_sha256 bytea PRIMARY KEY CHECK (length(token_sha256) = 32),
    person_id integer NOT NULL REFERENCES person ON DELETE CASCADE,
    kind text NOT NULL DEFAULT 'web' CHECK (kind IN ('web', 'api')),
    label text NOT NULL DEFAULT '' CHECK (length(label) <= 60),
    created_at timestamptz NOT NULL DEFAULT now(),
    seen_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    idle_s integer NOT NULL CHECK (idle_s > 0),
    revoked_at timestamptz,
    agent text NOT NULL DEFAULT '' CHECK (length(agent) <= 200),
    address text NOT NULL DEFAULT '' CHECK (length(address) <= 64)
);
CREATE INDEX session_person ON session (person_id) WHERE revoked_at IS NULL;
COMMENT ON TABLE session IS 'Open and past sessions; only the hash of a token is kept';
COMMENT ON COLUMN session.token_sha256 IS 'SHA-256 of the opaque token in the cookie or the bearer header';
COMMENT ON COLUMN session.person_id IS 'Who signed in';
COMMENT ON COLUMN session.kind IS 'web (cookie) or api (bearer token)';
COMMENT ON COLUMN session.label IS 'What an API token is for';
COMMENT ON COLUMN session.created_at IS 'Sign-in, UTC';
COMMENT ON COLUMN session.seen_at IS 'Last use, UTC, to the minute';
COMMENT ON COLUMN session.expires_at IS 'End in any case, UTC';
COMMENT ON COLUMN session.idle_s IS 'Ends after this long unused (s)';
COMMENT ON COLUMN session.revoked_at IS 'Signed out or revoked, UTC';
COMMENT ON COLUMN session.agent IS 'Browser or client, shortened';
COMMENT ON COLUMN session.address IS 'Peer address at sign-in';

CREATE TABLE audit (
    audit_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    person_id integer,
    login text NOT NULL DEFAULT '',
    action text NOT NULL CHECK (length(action) BETWEEN 1 AND 80),
    object text NOT NULL DEFAULT '' CHECK (length(object) <= 200),
    detail jsonb NOT NULL DEFAULT '{}',
    prev_hash bytea NOT NULL,
    hash bytea NOT NULL
);
CREATE INDEX audit_at ON audit (at);
COMMENT ON TABLE audit IS 'Append-only, hash-chained record of who wrote or unmasked what';
COMMENT ON COLUMN audit.audit_id IS 'Order of the chain';
COMMENT ON COLUMN audit.at IS 'When, UTC';
COMMENT ON COLUMN audit.person_id IS 'Who; NULL for a failed sign-in or the system';
COMMENT ON COLUMN audit.login IS 'Sign-in name at that time';
COMMENT ON COLUMN audit.action IS 'What was done, "noun.verb"';
COMMENT ON COLUMN audit.object IS 'To what, "table:key"';
COMMENT ON COLUMN audit.detail IS 'Old and new values, without secrets';
COMMENT ON COLUMN audit.prev_hash IS 'Hash of the row before';
COMMENT ON COLUMN audit.hash IS 'SHA-256 over prev_hash and this row';

CREATE TABLE rule_limit (
    scope text NOT NULL CHECK (length(scope) BETWEEN 1 AND 64),
    name text NOT NULL CHECK (name ~ '^[a-z][a-z0-9_.]{1,79}$'),
    value double precision NOT NULL,
    unit text NOT NULL DEFAULT '',
    changed_by text NOT NULL DEFAULT '',
    changed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (scope, name)
);
COMMENT ON TABLE rule_limit IS 'Limits that an operator changed; whatever is absent holds as in config/rules';
COMMENT ON COLUMN rule_limit.scope IS 'farm id, cage id, or "*"';
COMMENT ON COLUMN rule_limit.name IS 'Key of the rule file, for example oxygen.warning_mg_l';
COMMENT ON COLUMN rule_limit.value IS 'The limit, in unit';
COMMENT ON COLUMN rule_limit.unit IS 'Unit of value';
COMMENT ON COLUMN rule_limit.changed_by IS 'Sign-in name';
COMMENT ON COLUMN rule_limit.changed_at IS 'When, UTC';

-- Scope of the running transaction ---------------------------------------------------------------------------------

CREATE FUNCTION access_person() RETURNS integer
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT s.person_id FROM session s JOIN person p USING (person_id)
    WHERE s.token_sha256 = sha256(convert_to(nullif(current_setting('huangyu.session', true), ''), 'UTF8'))
      AND s.revoked_at IS NULL AND s.expires_at > now()
      AND s.seen_at > now() - make_interval(secs => s.idle_s) AND p.active
$$;
COMMENT ON FUNCTION access_person() IS 'person_id of the live session named by the setting huangyu.session, else NULL';

CREATE FUNCTION access_has(wanted text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM person_role WHERE person_id = access_person() AND role = wanted)
$$;
COMMENT ON FUNCTION access_has(text) IS 'Whether the session''s person has a role';

CREATE FUNCTION access_farms() RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(array_agg(DISTINCT f.farm_id), '{}')
    FROM (SELECT access_person() AS person_id) me
    JOIN person_scope c ON c.person_id = me.person_id
    JOIN farm f ON (c.kind = 'farm' AND c.id = f.farm_id) OR (c.kind = 'district' AND c.id = f.district_id)
    WHERE EXISTS (SELECT FROM person_role r WHERE r.person_id = me.person_id
                  AND r.role IN ('farmer', 'regulator', 'technician'))
$$;
COMMENT ON FUNCTION access_farms() IS 'Farms in the session''s scope; none for an administrator';

CREATE FUNCTION access_districts() RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(array_agg(c.id), '{}')
    FROM (SELECT access_person() AS person_id) me
    JOIN person_scope c ON c.person_id = me.person_id AND c.kind = 'district'
    WHERE EXISTS (SELECT FROM person_role r WHERE r.person_id = me.person_id AND r.role = 'regulator')
$$;
COMMENT ON FUNCTION access_districts() IS 'Districts whose sea the session''s person oversees as a regulator';

CREATE FUNCTION access_sees_sea() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT cardinality(access_districts()) > 0
$$;
COMMENT ON FUNCTION access_sees_sea() IS 'Whether the session may see all targets, boats and findings';

CREATE FUNCTION access_vessels() RETURNS bigint[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(array_agg(c.id::bigint), '{}') FROM person_scope c
    WHERE c.person_id = access_person() AND c.kind = 'vessel' AND c.id ~ '^[0-9]{1,10}$'
$$;
COMMENT ON FUNCTION access_vessels() IS 'MMSIs of the person''s own boats';

-- Guarding a table in one line -------------------------------------------------------------------------------------

CREATE FUNCTION access_guard(guarded regclass, visible text, verbs text DEFAULT 'SELECT', writable text DEFAULT NULL)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE verb text;
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', guarded);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', guarded);
    EXECUTE format('REVOKE ALL ON %s FROM huangyu_reader', guarded);
    EXECUTE format('CREATE POLICY access_shore ON %s TO huangyu_ingest, huangyu_services, huangyu_admin, CURRENT_USER '
                   'USING (true) WITH CHECK (true)', guarded);
    FOREACH verb IN ARRAY string_to_array(replace(verbs, ' ', ''), ',') LOOP
        EXECUTE format('GRANT %s ON %s TO huangyu_reader', verb, guarded);
        IF verb = 'SELECT' THEN
            EXECUTE format('CREATE POLICY access_select ON %s FOR SELECT TO huangyu_reader USING (%s)', guarded, visible);
        ELSIF verb = 'INSERT' THEN
            EXECUTE format('CREATE POLICY access_insert ON %s FOR INSERT TO huangyu_reader WITH CHECK (%s)',
                           guarded, coalesce(writable, visible));
        ELSIF verb = 'UPDATE' THEN
            EXECUTE format('CREATE POLICY access_update ON %s FOR UPDATE TO huangyu_reader USING (%s) WITH CHECK (%s)',
                           guarded, coalesce(writable, visible), coalesce(writable, visible));
        ELSIF verb = 'DELETE' THEN
            EXECUTE format('CREATE POLICY access_delete ON %s FOR DELETE TO huangyu_reader USING (%s)',
                           guarded, coalesce(writable, visible));
        ELSE
            RAISE EXCEPTION 'access_guard: unknown verb %', verb;
        END IF;
    END LOOP;
END $$;
COMMENT ON FUNCTION access_guard(regclass, text, text, text) IS
    'Forces row-level security: shore roles see all, huangyu_reader what the condition allows, for the verbs given';

-- Audit ------------------------------------------------------------------------------------------------------------

CREATE FUNCTION audit_chain() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE before bytea;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('huangyu.audit'));
    SELECT hash INTO before FROM audit ORDER BY audit_id DESC LIMIT 1;
    NEW.prev_hash := coalesce(before, sha256('huangyu'));
    NEW.hash := audit_hash(NEW.prev_hash, NEW.at, NEW.login, NEW.action, NEW.object, NEW.detail);
    RETURN NEW;
END $$;
CREATE FUNCTION audit_hash(prev bytea, at timestamptz, login text, action text, object text, detail jsonb) RETURNS bytea
LANGUAGE sql IMMUTABLE AS $$
    SELECT sha256(prev || convert_to(concat_ws(chr(31), extract(epoch FROM at)::text, login, action, object, detail::text), 'UTF8'))
$$;
COMMENT ON FUNCTION audit_hash(bytea, timestamptz, text, text, text, jsonb) IS 'SHA-256 of one link of the audit chain';
CREATE TRIGGER audit_chain BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION audit_chain();

CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit trail is append-only';
END $$;
CREATE TRIGGER audit_keep BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_keep_all BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();

CREATE FUNCTION audit_write(action text, object text DEFAULT '', detail jsonb DEFAULT '{}') RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    INSERT INTO audit (person_id, login, action, object, detail, prev_hash, hash)
    SELECT me.id, coalesce((SELECT login FROM person WHERE person_id = me.id), ''), action, left(object, 200), detail, '', ''
    FROM (SELECT access_person() AS id) me
$$;
COMMENT ON FUNCTION audit_write(text, text, jsonb) IS 'Adds one link in the name of the session''s person';

CREATE FUNCTION audit_row() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    old_row jsonb := CASE WHEN TG_OP = 'INSERT' THEN NULL ELSE to_jsonb(OLD) - 'password_hash' - 'token_sha256' END;
    new_row jsonb := CASE WHEN TG_OP = 'DELETE' THEN NULL ELSE to_jsonb(NEW) - 'password_hash' - 'token_sha256' END;
    me integer := access_person();
BEGIN
    IF me IS NULL OR old_row IS NOT DISTINCT FROM new_row THEN
        RETURN NULL;  -- the shore's own work is in its own logs
    END IF;
    INSERT INTO audit (person_id, login, action, object, detail, prev_hash, hash)
    VALUES (me, (SELECT login FROM person WHERE person_id = me), TG_TABLE_NAME || '.' || lower(TG_OP),
            left(TG_TABLE_NAME || ':' || coalesce((coalesce(new_row, old_row) ->> TG_ARGV[0]), ''), 200),
            jsonb_strip_nulls(jsonb_build_object('old', old_row, 'new', new_row)), '', '');
    RETURN NULL;
END $$;
COMMENT ON FUNCTION audit_row() IS 'Trigger: old and new row into the audit trail when a signed-in person writes; argument = key column';

CREATE TRIGGER audit_row AFTER INSERT OR UPDATE OR DELETE ON person_role FOR EACH ROW EXECUTE FUNCTION audit_row('person_id');
CREATE TRIGGER audit_row AFTER INSERT OR UPDATE OR DELETE ON person_scope FOR EACH ROW EXECUTE FUNCTION audit_row('person_id');
CREATE TRIGGER audit_row AFTER INSERT OR DELETE ON person FOR EACH ROW EXECUTE FUNCTION audit_row('person_id');
CREATE TRIGGER audit_row_change AFTER UPDATE OF login, name_zh, phone, must_change, oidc_subject, locale, active, locked_until
    ON person FOR EACH ROW EXECUTE FUNCTION audit_row('person_id');
CREATE TRIGGER audit_row AFTER INSERT OR UPDATE OR DELETE ON rule_limit FOR EACH ROW EXECUTE FUNCTION audit_row('name');

-- Sign-in: what the dashboard may do before it has a session ---------------------------------------------------------

CREATE FUNCTION access_credentials(wanted text)
RETURNS TABLE (person_id integer, password_hash text, locked_until timestamptz, active boolean, must_change boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT person_id, password_hash, locked_until, active, must_change FROM person WHERE login = wanted
$$;
COMMENT ON FUNCTION access_credentials(text) IS 'What checking a password needs';

CREATE FUNCTION access_oidc(subject text) RETURNS integer
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT person_id FROM person WHERE oidc_subject = subject AND active
$$;
COMMENT ON FUNCTION access_oidc(text) IS 'Account of an identity provider''s subject ("iss|sub"), NULL when none was made';

CREATE FUNCTION access_failed(wanted text, tries integer, lock_s integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE person SET failed_count = failed_count + 1,
        locked_until = CASE WHEN failed_count + 1 >= tries THEN now() + make_interval(secs => lock_s) ELSE locked_until END
    WHERE login = wanted;
    INSERT INTO audit (login, action, object, prev_hash, hash) VALUES (left(wanted, 64), 'signin.failed', '', '', '');
END $$;
COMMENT ON FUNCTION access_failed(text, integer, integer) IS 'Counts a wrong password; locks the account for lock_s after so many tries';

CREATE FUNCTION access_open(who integer, token_hash bytea, session_kind text, lasts_s integer, idle integer,
                            client text, peer text, what text DEFAULT '')
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE person SET failed_count = 0, locked_until = NULL WHERE person_id = who AND active;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no active person %', who;
    END IF;
    INSERT INTO session (token_sha256, person_id, kind, expires_at, idle_s, agent, address, label)
    VALUES (token_hash, who, session_kind, now() + make_interval(secs => lasts_s), idle, left(client, 200), left(peer, 64), left(what, 60));
    INSERT INTO audit (person_id, login, action, object, prev_hash, hash)
    SELECT who, login, 'signin.' || session_kind, left(what, 60), '', '' FROM person WHERE person_id = who;
END $$;
COMMENT ON FUNCTION access_open(integer, bytea, text, integer, integer, text, text, text) IS 'Opens a session for a person whose identity was just proved';

CREATE FUNCTION access_me()
RETURNS TABLE (person_id integer, login text, name_zh text, locale text, must_change boolean, roles text[], kind text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE hashed bytea := sha256(convert_to(coalesce(current_setting('huangyu.session', true), ''), 'UTF8'));
BEGIN
    UPDATE session s SET seen_at = now()
    WHERE s.token_sha256 = hashed AND s.person_id = access_person() AND s.seen_at < now() - interval '1 minute';
    RETURN QUERY SELECT p.person_id, p.login, p.name_zh, p.locale, p.must_change,
        ARRAY(SELECT r.role FROM person_role r WHERE r.person_id = p.person_id ORDER BY 1), s.kind
    FROM person p JOIN session s ON s.token_sha256 = hashed WHERE p.person_id = access_person();
END $$;
COMMENT ON FUNCTION access_me() IS 'The session''s person, noting that the session is in use';

CREATE FUNCTION access_close(everywhere boolean DEFAULT false, who integer DEFAULT NULL) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    me integer := access_person();
    whose integer := coalesce(who, me);
    closed integer;
BEGIN
    IF whose IS DISTINCT FROM me AND NOT access_has('administrator') THEN
        RAISE EXCEPTION 'only an administrator may close another person''s sessions' USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM audit_write('signout', 'person:' || whose, jsonb_build_object('everywhere', everywhere));
    UPDATE session SET revoked_at = now() WHERE person_id = whose AND revoked_at IS NULL
        AND (everywhere OR whose <> me
             OR token_sha256 = sha256(convert_to(coalesce(current_setting('huangyu.session', true), ''), 'UTF8')));
    GET DIAGNOSTICS closed = ROW_COUNT;
    RETURN closed;
END $$;
COMMENT ON FUNCTION access_close(boolean, integer) IS 'Revokes this session, all of the person''s, or (administrator) another person''s';

CREATE FUNCTION access_password(new_hash text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE me integer := access_person();
BEGIN
    IF me IS NULL THEN
        RAISE EXCEPTION 'not signed in' USING ERRCODE = 'insufficient_privilege';
    END IF;
    UPDATE person SET password_hash = new_hash, password_at = now(), must_change = false WHERE person_id = me;
    PERFORM audit_write('password.change', 'person:' || me);
    UPDATE session SET revoked_at = now() WHERE person_id = me AND revoked_at IS NULL
        AND token_sha256 <> sha256(convert_to(coalesce(current_setting('huangyu.session', true), ''), 'UTF8'));
END $$;
COMMENT ON FUNCTION access_password(text) IS 'Sets the person''s own password and closes the other sessions';

CREATE FUNCTION access_locale(wanted text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE person SET locale = wanted WHERE person_id = access_person()
$$;
COMMENT ON FUNCTION access_locale(text) IS 'Sets the language of the person''s own screens';

CREATE FUNCTION access_idle(seconds integer) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE session SET idle_s = seconds WHERE person_id = access_person()
        AND token_sha256 = sha256(convert_to(current_setting('huangyu.session', true), 'UTF8'))
$$;
COMMENT ON FUNCTION access_idle(integer) IS 'How long this session may stay unused (s)';

-- The access tables themselves ---------------------------------------------------------------------------------------

SELECT access_guard('person', 'person_id = (SELECT access_person()) OR (SELECT access_has(''administrator''))',
                    'SELECT,INSERT,UPDATE', '(SELECT access_has(''administrator''))');
REVOKE SELECT ON person FROM huangyu_reader;
GRANT SELECT (person_id, login, name_zh, phone, password_at, must_change, oidc_subject, locale, active, failed_count,
              locked_until, created_at) ON person TO huangyu_reader;
SELECT access_guard('person_role', 'person_id = (SELECT access_person()) OR (SELECT access_has(''administrator''))',
                    'SELECT,INSERT,DELETE', '(SELECT access_has(''administrator''))');
SELECT access_guard('person_scope', 'person_id = (SELECT access_person()) OR (SELECT access_has(''administrator''))',
                    'SELECT,INSERT,DELETE', '(SELECT access_has(''administrator''))');
SELECT access_guard('session', 'person_id = (SELECT access_person()) OR (SELECT access_has(''administrator''))');
REVOKE SELECT ON session FROM huangyu_reader;
GRANT SELECT (person_id, kind, label, created_at, seen_at, expires_at, idle_s, revoked_at, agent, address) ON session TO huangyu_reader;
SELECT access_guard('audit', 'person_id = (SELECT access_person()) OR (SELECT access_has(''administrator'')) OR (SELECT access_sees_sea())');
REVOKE UPDATE, DELETE, TRUNCATE ON audit FROM huangyu_ingest, huangyu_services;
SELECT access_guard('rule_limit', '(SELECT access_person()) IS NOT NULL', 'SELECT,INSERT,UPDATE,DELETE',
                    '(SELECT access_has(''administrator''))');

REVOKE ALL ON FUNCTION access_person(), access_has(text), access_farms(), access_districts(), access_sees_sea(),
    access_vessels(), audit_write(text, text, jsonb), access_credentials(text), access_oidc(text),
    access_failed(text, integer, integer), access_open(integer, bytea, text, integer, integer, text, text, text),
    access_me(), access_close(boolean, integer), access_password(text), access_locale(text), access_idle(integer), access_guard(regclass, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION access_person(), access_has(text), access_farms(), access_districts(), access_sees_sea(),
    access_vessels(), audit_write(text, text, jsonb), access_credentials(text), access_oidc(text),
    access_failed(text, integer, integer), access_open(integer, bytea, text, integer, integer, text, text, text),
    access_me(), access_close(boolean, integer), access_password(text), access_locale(text), access_idle(integer) TO huangyu_reader, huangyu_services, huangyu_ingest;
