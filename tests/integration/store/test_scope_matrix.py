# ruff: noqa: E501 - statements of the seed
"""Every role of a person x every table and view x every verb, and whose rows: asked of the database by trying.

Two worlds stand in the database, the own one (farm ``dt0001`` of district ``d0001``, boat 412000001) and another
(``9999`` in every id). Each try runs as ``huangyu_reader`` with a session of the role and is undone. A table that
nobody decided on fails the test, as does one without a row of either world.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg import sql

PERSONS = ("farmer", "regulator", "technician", "administrator")
VERBS = ("select", "insert", "update", "delete")
OTHER = "9999"
WORLDS = ("0001", OTHER)
AT = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=3)
NO_OTHER = {"alembic_version", "alert_chain", "position_source"}
"""One row, or words that belong to nobody."""

# Four letters a role: select, insert, update, delete. - nothing, o the own world's rows only, * every row.
# Rows of the sea (targets, boats, plots, verdicts) have no district: they belong to every regulator.
# An insert that asks for the person's own login passes for the login that stands in the seeded row.
MATRIX = """
    table                   farmer  regul.  techn.  admin.
    alembic_version         ----    ----    ----    ----
    alert                   o-o-    o-o-    o-o-    ----
    alert_chain             *---    *---    *---    *---
    alert_event             oo--    oo--    oo--    ----
    audit                   ----    o---    ----    *---
    cage                    o---    o---    o---    ----
    cage_profile            ooo-    ooo-    ooo-    ----
    calibration             oo--    oo--    oo--    ----
    calibration_span        o---    o---    o---    ----
    campaign                o---    o---    o---    ----
    campaign_order          ----    oo--    ----    *---
    campaign_recipient      o---    o-o-    o---    ----
    cap_message             *---    *---    *---    *---
    contact                 o---    o---    o---    ****
    contact_channel         ----    ----    ----    ****
    contact_check           ----    **--    ----    ----
    contact_scope           o---    o---    o---    ****
    detection               ----    *---    ----    ----
    distress_activation     *---    *---    *---    *---
    duty_shift              ----    oooo    ----    ****
    evidence_bundle         ----    o---    ----    ----
    exempt_vessel           ----    ----    ----    ----
    farm                    o---    o---    o---    ----
    farm_log                oo--    oo--    oo--    ----
    finding                 ----    o---    ----    ----
    forecast_demotion       ----    o---    o---    ----
    forecast_path           ----    ----    ----    ----
    forecast_quantile       o---    o---    o---    ----
    forecast_risk           o---    o---    o---    ----
    forecast_run            o---    o---    o---    ----
    forecast_score          o---    o---    o---    ----
    forecast_state          ----    ----    ----    ----
    gateway                 o---    o---    o---    ----
    gateway_gap             o---    o---    o---    ----
    gateway_health          ----    ----    ----    ----
    gateway_health_latest   o---    o---    o---    ----
    gateway_order           o---    o---    o---    ----
    gateway_seq             ----    ----    ----    ----
    grid_field              *---    *---    *---    *---
    grid_run                *---    *---    *---    *---
    message_alert           oo--    oo--    oo--    ----
    message_outbox          oo--    oo--    oo--    ----
    message_part            ----    ----    ----    ----
    message_receipt         o---    o---    o---    ----
    message_reply           o---    o---    o---    ----
    nmea_raw                ----    ----    ----    ----
    person                  o---    o---    o---    ***-
    person_role             o---    o---    o---    **-*
    person_scope            o---    o---    o---    **-*
    person_second           ----    ----    ----    ----
    position                ----    ----    ----    ----
    position_degrees        ----    ----    ----    ----
    position_source         *---    *---    *---    *---
    probe_health            o---    o---    o---    ----
    quarantine              ----    ----    o---    ----
    radar_sart              ----    **--    ----    ----
    reading                 ----    ----    ----    ----
    reading_hourly          ----    ----    ----    ----
    register_import         ----    *---    ----    ----
    rollup_dirty            ----    ----    ----    ----
    rule_limit              o---    o---    o---    ****
    safety_text             ----    *---    ----    ----
    scope_nmea              ----    *---    ----    ----
    scope_position          o---    *---    ----    ----
    scope_reading           o---    o---    o---    ----
    scope_reading_hourly    o---    o---    o---    ----
    season_permit           o---    *---    ----    ----
    season_rule             *---    ****    *---    *---
    series                  o---    o---    o---    ----
    series_latest           o---    o---    o---    ----
    service_heartbeat       *---    *---    *---    *---
    session                 o---    o---    o---    *---
    storm_track             *---    *---    *---    *---
    target                  o---    *---    ----    ----
    target_latest           o---    *---    ----    ----
    target_particulars      ----    ----    ----    ----
    target_static           o---    *---    ----    ----
    target_verdict          ----    *---    ----    ----
    target_verdict_history  ----    *---    ----    ----
    temporary_group         ----    **--    ----    ----
    trip_report             o---    **--    ----    ----
    vessel_register         o---    *---    ----    ----
    vision_count            o---    o---    o---    ----
    watch_list              ----    ****    ----    ----
    zone                    *---    ****    *---    *---
"""

SEED = """
insert into farm (farm_id, name_zh, district_id, lat_deg, lon_deg) values ('dt{w}', 'f', 'd{w}', 27, 121);
insert into cage (cage_id, farm_id) values ('dt{w}-c1', 'dt{w}');
insert into gateway (gateway_id, farm_id) values ('gw{w}', 'dt{w}');
insert into gateway_seq (gateway_id, block) values ('gw{w}', 1);
insert into gateway_gap (gateway_id, stream, first_seq, last_seq, n, reason, received_at)
    values ('gw{w}', 'reading', 1, 1, 1, 'quota', {t});
insert into gateway_health (gateway_id, observed_at, kind, detail) values ('gw{w}', {t}, 'unit', '{{}}');
insert into gateway_health_latest (gateway_id, observed_at, received_at, kind, detail)
    values ('gw{w}', {t}, {t}, 'unit', '{{}}');
insert into gateway_order (order_id, gateway_id, kind, name, value, ordered_by, expires_at)
    values ({id}, 'gw{w}', 'command', 'aerator', 1, 'technician', now() + interval '1 min');
insert into quarantine (received_at, last_at, gateway_id, reason, raw) values ({t}, {t}, 'gw{w}', 'bad', 'x{w}');
insert into series (series_id, cage_id, point, quantity, unit) overriding system value
    values ({n}, 'dt{w}-c1', 'd2', 'do_mg_l', 'mg/L');
insert into reading (observed_at, series_id, value, qc) values ({t}, {n}, 7, 1);
insert into series_latest (series_id, observed_at, value, qc, received_at) values ({n}, {t}, 7, 1, {t});
insert into reading_hourly (bucket_at, series_id, n, n_good) values ({t}, {n}, 1, 1);
insert into rollup_dirty (bucket_at, series_id) values ({t}, {n});
insert into target (mmsi, mmsi_class, first_seen_at) values ({mmsi}, 'ship', {t});
insert into target_latest (mmsi, observed_at, lat, lon, source, received_at) values ({mmsi}, {t}, 1, 1, 1, {t});
insert into target_static (mmsi, digest, part, first_seen_at, last_seen_at)
    values ({mmsi}, decode(md5('x'), 'hex'), '5', {t}, {t});
insert into position (observed_at, mmsi, lat, lon, source) values ({t}, {mmsi}, 1, 1, 1);
insert into nmea_raw (observed_at, gateway_id, seq, receiver, line) values ({t}, 'gw{w}', 1, 'rx', '!AIVDM');
insert into safety_text (mmsi, observed_at, text, received_at) values ({mmsi}, {t}, 'x', {t});
insert into detection (detection_id, observed_at, source, lat_deg, lon_deg, uncertainty_m) overriding system value
    values ({n}, {t}, 'radar', 27, 121, 50);
insert into alert (alert_id, key, rule, rule_version, subject_kind, subject_id, severity, condition, handling,
    first_active_at, last_active_at, observed_at, raised_at, reason_zh, reason_en, farm_id, district_id, version)
    values ({id}, 'oxygen:dt{w}-c1', 'oxygen', '1', 'cage', 'dt{w}-c1', 3, 'active', 'raised', {t}, {t}, {t}, {t},
    'a', 'a', 'dt{w}', 'd{w}', 1);
insert into alert_event (alert_id, seq, at, actor, actor_name, step, from_handling, to_handling, prev_hash, hash)
    values ({id}, 1, {t}, 'system', 'system', 'raise', 'pending', 'raised', repeat('0', 64), repeat('a', 64));
insert into campaign (campaign_id, kind, name_zh, district_id, severity, started_at, started_by)
    values ({id}, 'storm', 'a', 'd{w}', 3, {t}, 'x');
insert into campaign_recipient (campaign_id, recipient_id, name_zh, farm_id) values ({id}, 'r{w}', 'a', 'dt{w}');
insert into campaign_order (order_id, district_id, name_zh, severity, text_zh, drill, ordered_by)
    values ({id}, 'd{w}', 'a', 3, 'a', true, 'regulator');
insert into cap_message (sender, identifier, sent_at, msg_type, status, scope, state, severity, source, xml, received_at)
    values ('s', 'i{w}', {t}, 'Alert', 'Actual', 'Public', 'active', 3, 'x', '<x/>', {t});
insert into contact (contact_id, name_zh, role, farm_id, district_id) values ('c{w}', 'a', 'farmer', 'dt{w}', 'd{w}');
insert into contact_channel (contact_id, kind, address) values ('c{w}', 'sms', '1');
insert into contact_scope (contact_id, kind, id) values ('c{w}', 'farm', 'dt{w}');
insert into contact_check (mmsi, at, by_login, reached) values ({mmsi}, {t}, 'x', true);
insert into duty_shift (district_id, contact_id, starts_at, ends_at) values ('d{w}', 'c{w}', {t}, {later});
insert into message_outbox (message_id, contact_id, kind, address, text, rule, notice, priority, segments, created_at,
    due_at, farm_id, district_id)
    values ({id}, 'c{w}', 'sms', '1', 'a', 'oxygen', 'raise', 1, 1, {t}, {t}, 'dt{w}', 'd{w}');
insert into message_alert (alert_id, seq, contact_id, address, message_id) values ({id}, 1, 'c{w}', '1', {id});
insert into message_part (provider, provider_id, message_id, part) values ('p', '{w}', {id}, 1);
insert into message_receipt (provider, provider_id, status, at, received_at, message_id)
    values ('p', '{w}', 'delivered', {t}, {t}, {id});
insert into message_reply (reply_id, provider, address, text, received_at, meaning, dedup, message_id)
    overriding system value values ({n}, 'p', '1', 'a', {t}, 'received', '{w}', {id});
insert into vessel_register (boat_id, version, valid_from, name_zh, mmsi, exempt_kind)
    values ('b{w}', 1, {t}, 'a', {mmsi}, 'farm');
insert into register_import (import_id, actor, file_sha256, n_rows, n_new, n_changed, n_removed, n_problems)
    overriding system value values ({n}, 'x', repeat('b', 64), 1, 1, 0, 0, 0);
insert into finding (finding_id, key, rule, rule_version, condition, severity, subject_kind, subject_id, observed_at,
    judged_at, reason_zh, reason_en) overriding system value
    values ({n}, 'k', 'oxygen', '1', 'active', 3, 'cage', 'dt{w}-c1', {t}, {t}, 'a', 'a');
insert into evidence_bundle (bundle_no, alert_id, made_at, actor, file_name, manifest_sha256, previous_sha256)
    values ({n}, {id}, {t}, 'x', 'x', repeat('a', 64), md5('{w}') || md5('b'));
insert into target_verdict (target_id, mmsi, class, probability, limbs, reasons_zh, reasons_en, rule_version,
    first_seen_at, last_seen_at, judged_at)
    values ('{mmsi}', {mmsi}, 'fishing', 0.5, '{{}}', '{{}}', '{{}}', '1', {t}, {t}, {t});
insert into target_verdict_history (target_id, judged_at, class, probability, rule_version, reason_zh, reason_en)
    values ('{mmsi}', {t}, 'fishing', 0.5, '1', 'a', 'a');
insert into watch_list (mmsi, reason_zh, added_by) values ({mmsi}, 'a', 'x');
insert into temporary_group (group_id, mmsi, valid_from, valid_until, made_by)
    values ('g{w}', {mmsi}, {t}, {later}, 'x');
insert into trip_report (report_id, mmsi, kind, at, reporter, source) values (md5('{w}'), {mmsi}, 'departure', {t}, 'x', 'form');
insert into season_rule (rule_id, name_zh, gears, lat_from_deg, lat_until_deg, closed_from, closed_until, source, version)
    values ('s{w}', 'a', '{{all}}', 26, 27, {t}, {later}, 'x', '1');
insert into season_permit (permit_id, mmsi, document_no, valid_from, valid_until, entered_by) overriding system value
    values ({n}, {mmsi}, 'd', {t}, {later}, 'x');
insert into zone (zone_id, name_zh, purpose, geometry, source, version)
    values ('z{w}', 'a', 'port', '{{"type": "Polygon"}}', 's', '1');
insert into distress_activation (device, started_at, last_at, is_test) values ('97000{w}', {t}, {t}, false);
insert into radar_sart (track, observed_at, lat_deg, lon_deg, reported_by) values ('t{w}', {t}, 27, 121, 'x');
insert into forecast_run (run_id, place_id, farm_id, quantity, issued_at, origin_at, horizon_h, model, model_version,
    status) overriding system value
    values ({n}, 'dt{w}-c1', 'dt{w}', 'do_mg_l', {t}, {t}, 48, 'm', '1', 'ok');
insert into forecast_quantile values ({n}, 1, {t}, 1, 2, 3, 4, 5, 6, 7, 8, 9);
insert into forecast_path (run_id, n_paths, "values") values ({n}, 1, '{{1}}');
insert into forecast_risk (run_id, limit_value, below, window_h, probability, expected_hours, worst_at)
    values ({n}, 5, true, 24, 0.5, 1, {t});
insert into forecast_score (run_id, model, lead_h, truth, pinball, error) values ({n}, 'm', 1, 1, 1, 1);
insert into forecast_demotion (quantity, place_id, demoted, decided_at, cases, reason_zh, reason_en)
    values ('do_mg_l', 'dt{w}-c1', true, {t}, 1, 'a', 'a');
insert into forecast_state (place_id, quantity, fitted_at, version, state) values ('dt{w}-c1', 'do_mg_l', {t}, '1', 'x');
insert into grid_run (grid_run_id, source, init_at, received_at) overriding system value values ({n}, 'x{w}', {t}, {t});
insert into grid_field (grid_run_id, quantity, lat_deg, lon_deg, lead_h, "values")
    values ({n}, 'hs_m', '{{27}}', '{{121}}', '{{0}}', 'x');
insert into storm_track (storm_id, source, issued_at, kind, points) values ('w{w}', 'x', {t}, 'forecast', '[]');
insert into cage_profile (cage_id, farm_id) values ('dt{w}-c1', 'dt{w}');
insert into farm_log (entry_id, cage_id, farm_id, at, kind, note, entered_by) overriding system value
    values ({n}, 'dt{w}-c1', 'dt{w}', {t}, 'note', 'x', 'farmer');
insert into calibration (calibration_id, cage_id, farm_id, point, quantity, at, kind, by_person) overriding system value
    values ({n}, 'dt{w}-c1', 'dt{w}', 'd2', 'do_mg_l', {t}, 'calibrated', 'farmer');
insert into probe_health (cage_id, point, quantity, computed_at) values ('dt{w}-c1', 'd2', 'do_mg_l', {t});
insert into vision_count (cage_id, farm_id, observed_at, camera) values ('dt{w}-c1', 'dt{w}', {t}, 'x');
insert into rule_limit (scope, name, value) values ('dt{w}', 'oxygen.x', 1);
insert into service_heartbeat (name, host, pid, version, started_at, beat_at, state, period_s)
    values ('s{w}', 'h', 1, '1', {t}, {t}, 'running', 5);
insert into person (person_id, login, name_zh) overriding system value values ({n} + 100000, 'p{w}', 'a');
insert into person_role (person_id, role) values ({n} + 100000, 'farmer');
insert into person_scope (person_id, kind, id) values ({n} + 100000, 'farm', 'dt{w}');
insert into person_second (person_id, secret) values ({n} + 100000, 'x');
insert into session (token_sha256, person_id, expires_at, idle_s)
    values (sha256('{w}'::bytea), {n} + 100000, {later}, 60);
insert into audit (audit_id, person_id, login, action, prev_hash, hash) overriding system value
    values ({n} + 100000, {n} + 100000, 'p{w}', 'x', '', '');
"""
PEOPLE = """
insert into person (login, name_zh) select r, 'a' from unnest(%(roles)s::text[]) r;
insert into person_role (person_id, role) select person_id, login from person where login = any(%(roles)s::text[]);
insert into person_scope (person_id, kind, id) select person_id, case login when 'farmer' then 'farm' else 'district' end,
    case login when 'farmer' then 'dt0001' else 'd0001' end from person where login in ('farmer', 'regulator', 'technician');
insert into person_scope (person_id, kind, id) select person_id, 'vessel', '412000001' from person where login = 'farmer';
insert into session (token_sha256, person_id, expires_at, idle_s)
    select sha256(convert_to(login, 'UTF8')), person_id, now() + interval '1 day', 86400 from person
    where login = any(%(roles)s::text[]);
"""
TABLES = """
select c.relname, c.relkind::text from pg_class c
where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm') and not c.relispartition
order by c.relname
"""
COLUMNS = """
select a.attname from pg_attribute a
where a.attrelid = %(table)s::regclass and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
    and (%(verb)s <> 'update' or a.attidentity <> 'a')
    and has_column_privilege('huangyu_reader', a.attrelid, a.attnum, %(verb)s)
order by a.attnum
"""
BOUND = """
select distinct c.table_name::text from information_schema.columns c
where c.table_schema = 'public' and c.column_name in ('farm_id', 'cage_id', 'district_id', 'place_id', 'gateway_id')
"""
PUBLIC = {"target_latest", "zone", "scope_nmea", "safety_text"}
"""The sea's rows name the gateway that heard them, zones the farm that lies in them: open to those who see the sea."""
WHOSE = sql.SQL(
    "case when regexp_replace(t::text, '(\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d[.\\d]*)|(\\\\x[0-9a-f]+)', '', 'g')"
    " ~ '9999' then '*' else 'o' end"
)
"""The world of a row by its text, times and bytes left out."""
Connection = psycopg.Connection[Any]


class Tries:
    """Tries of one table, each undone, as a person or as nobody."""

    def __init__(self, connection: Connection, table: str, kind: str) -> None:
        self.connection, self.name, self.table, self.kind = connection, table, sql.Identifier(table), kind
        # A scope's view shows nothing without a session, so its table is asked.
        self.worlds = {"o", "*"} if table.startswith("scope_") else self._labels(sql.SQL("true"))
        self._copies = {world: self._copy(world) for world in self.worlds}
        self.columns = {
            verb: [row[0] for row in connection.execute(COLUMNS, {"table": f'"{table}"', "verb": verb})]
            for verb in VERBS[:3]
        }
        found = connection.execute("select has_table_privilege('huangyu_reader', %s, 'delete')", (f'"{table}"',))
        self.may_delete = bool((found.fetchone() or (False,))[0])

    def cells(self, token: str) -> str:
        """Return the four letters of one person."""
        tries = (self._selected, self._inserted, self._updated, self._deleted)
        return "".join(self._letter(one(token)) for one in tries)

    def _letter(self, worlds: set[str]) -> str:
        if not worlds:
            return "-"
        return "*" if worlds >= self.worlds else "o" if worlds == {"o"} else "!"

    def _labels(self, condition: sql.Composable) -> set[str]:
        statement = sql.SQL("select distinct {} from {} t where {}").format(WHOSE, self.table, condition)
        return {row[0] for row in self.connection.execute(statement)}

    @contextmanager
    def _as(self, token: str) -> Iterator[None]:
        with self.connection.transaction(force_rollback=True):
            self.connection.execute("set local session_replication_role = replica")  # policies only: keys stay silent
            self.connection.execute("select set_config('huangyu.session', %s, true)", (token,))
            self.connection.execute("set local role huangyu_reader")
            yield

    def _selected(self, token: str) -> set[str]:
        if not self.columns["select"]:
            return set()
        names = sql.SQL(", ").join(map(sql.Identifier, self.columns["select"]))
        statement = sql.SQL("select distinct {} from (select {} from {}) t").format(WHOSE, names, self.table)
        with self._as(token):
            return {row[0] for row in self.connection.execute(statement)}

    def _inserted(self, token: str) -> set[str]:
        """Copies of rows: one that meets its own key was let through by right and policy."""
        if not self.columns["insert"] or self.kind == "v":
            return set()
        names = sql.SQL(", ").join(map(sql.Identifier, self.columns["insert"]))
        statement = sql.SQL(
            "insert into {0} ({1}) overriding system value select {1} from jsonb_populate_record(null::{0}, %s::jsonb)"
        ).format(self.table, names)
        return {world for world in self.worlds if self._passes(token, statement, (self._copies[world],))}

    def _copy(self, world: str) -> str:
        if self.kind == "v":
            return ""
        found = self.connection.execute(
            sql.SQL("select to_jsonb(t)::text from {} t where {} = %s limit 1").format(self.table, WHOSE), (world,)
        ).fetchone()
        assert found is not None
        return str(found[0])

    def _passes(self, token: str, statement: sql.Composed, parameters: tuple[object, ...]) -> bool:
        try:
            with self._as(token):
                self.connection.execute(statement, parameters)
        except psycopg.IntegrityError:
            return True
        except psycopg.errors.InsufficientPrivilege:
            return False
        return True

    def _updated(self, token: str) -> set[str]:
        """Every column that may be written is set in every row; one that makes two rows equal tells nothing."""
        touched: set[str] = set()
        for column in self.columns["update"] if self.kind != "v" else ():
            statement = sql.SQL("update {0} set {1} = (jsonb_populate_record(null::{0}, %s::jsonb)).{1}").format(
                self.table, sql.Identifier(column)
            )
            with suppress(psycopg.IntegrityError, psycopg.errors.InsufficientPrivilege), self._as(token):
                self.connection.execute(statement, (self._copies["o"],))
                self.connection.execute("set local role none")
                touched |= self._labels(sql.SQL("t.xmin = pg_current_xact_id()::xid"))
        return touched

    def _deleted(self, token: str) -> set[str]:
        if not self.may_delete or self.kind == "v":
            return set()
        left = self.worlds
        with suppress(psycopg.errors.InsufficientPrivilege), self._as(token):
            self.connection.execute(sql.SQL("delete from {}").format(self.table))
            self.connection.execute("set local role none")
            left = self._labels(sql.SQL("true"))
        return self.worlds - left


@pytest.fixture
def worlds(role_dsn: Callable[[str], str]) -> Iterator[Connection]:
    """Both worlds and a session of each role, seen by a superuser, whom no policy binds."""
    with psycopg.connect(role_dsn("huangyu_super"), autocommit=True) as connection:
        connection.execute("set session_replication_role = replica")  # no chain, no audit, no keys while seeding
        for table in ("reading", "position", "nmea_raw"):
            connection.execute("select ensure_partitions(%s::text::regclass, %s, %s)", (table, AT, AT))
        at, later = f"'{AT:%Y-%m-%d %H:%M}+00'", f"'{AT:%Y-%m-%d} 12:00+00'"
        for world in WORLDS:
            names = {"w": world, "n": int(world), "mmsi": f"41200{world}", "t": at, "later": later}
            names["id"] = f"'00000000-0000-0000-0000-00000000{world}'"
            connection.execute(SEED.format(**names).encode())
        for statement in PEOPLE.split(";")[:-1]:
            connection.execute(statement.encode(), {"roles": list(PERSONS)} if "%(" in statement else None)
        connection.execute("reset session_replication_role")
        yield connection


def decided() -> dict[str, tuple[str, ...]]:
    """Return the cells of every table of the matrix."""
    lines = [line.split() for line in MATRIX.strip().splitlines()[1:]]
    return {table: tuple(cells) for table, *cells in lines}


def observed(connection: Connection, tokens: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return the same of what the database lets through, asked by trying."""
    found = {}
    for table, kind in connection.execute(TABLES).fetchall():
        tries = Tries(connection, table, kind)
        assert tries.worlds == {"o", "*"} or table in NO_OTHER, f"{table}: seed a row of each world"
        found[table] = tuple(tries.cells(token) for token in tokens)
    return found


def test_every_role_does_with_every_table_and_its_rows_what_the_matrix_says(worlds: Connection) -> None:
    found, wanted = observed(worlds, PERSONS), decided()
    assert sorted(found.keys() - wanted.keys()) == [], "tables that nobody decided on"
    assert sorted(wanted.keys() - found.keys()) == [], "decisions on tables that are gone"
    assert {table: cells for table, cells in found.items() if cells != wanted[table]} == {}


def test_no_role_reaches_rows_of_another_district_where_a_district_or_farm_is_named(worlds: Connection) -> None:
    """The matrix itself is judged: whoever is not an administrator sees the whole of no table that names its farm."""
    bound = {table for (table,) in worlds.execute(BOUND).fetchall()}
    open_to = {
        table: cells for table, cells in decided().items()
        if table in bound - PUBLIC and any("*" in cell for cell in cells[:3])
    }  # fmt: skip
    assert open_to == {}


def test_without_a_live_session_nothing_is_read_or_written(worlds: Connection) -> None:
    found = observed(worlds, ("", "x' or true --"))
    assert {table for table, cells in found.items() if set(cells) != {"----"}} == {"position_source"}
