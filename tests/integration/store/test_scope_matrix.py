"""Every role of a person x every table and view x every verb, and whose rows: asked of the database by trying.

Two worlds stand in the database, the own one (farm ``dt0001`` of district ``d0001``, boat 412000001) and another
(``9999`` in every id). Each try runs as ``huangyu_reader`` with a session of the role and is undone. A table that
nobody decided on fails the test, as does one without a row of either world.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
import pytest
from psycopg import sql

from tests.fixtures.worlds import PERSONS, two_worlds

VERBS = ("select", "insert", "update", "delete")
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
    beidou_fix              ----    *---    ----    ----
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
    forecast_demotion       o---    o---    o---    ----
    forecast_event          o---    o---    o---    ----
    forecast_onset          o---    o---    o---    ----
    forecast_path           ----    ----    ----    ----
    forecast_quantile       o---    o---    o---    ----
    forecast_risk           o---    o---    o---    ----
    forecast_run            o---    o---    o---    ----
    forecast_score          o---    o---    o---    ----
    forecast_skill          o---    o---    o---    ----
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
    temporary_group         ----    ****    ----    ----
    trip_report             o---    **--    ----    ----
    vessel_register         o---    *---    ----    ----
    vision_count            o---    o---    o---    ----
    watch_list              ----    ****    ----    ----
    zone                    *---    ****    *---    *---
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
    with two_worlds(role_dsn("huangyu_super")) as connection:
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
