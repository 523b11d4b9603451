# ruff: noqa: E501 - tables of examples
"""Who may see and change what, asked of the real database: every role, table and verb."""

import base64
import hashlib
import hmac
import itertools
import secrets
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from alerts.model import StepRefusedError
from dashboard.deciding import may_close, recognition_choices, step_of, waits_for_review
from store import reader, reader_cages, reader_desk, reader_fleet, reader_limits, totp
from store.access import (
    CodeNeededError,
    Person,
    PersonRow,
    SignInError,
    Visit,
    change_password,
    ensure_person,
    is_live,
    open_api_token,
    set_second,
    sign_in,
    whoami,
)
from store.alerts import AlertConflictError
from store.deciding import decide
from store.orders import OrderRow
from store.scoped import ForbiddenError, Scope, ScopedPool
from store.trips import report_row
from tests.fixtures.browser import Seeded
from tests.fixtures.rows import PASSWORD
from vessels.crew import TripReport

VISIT = Visit(lasts_s=3600, idle_farmer_s=3600, idle_officer_s=1800)
QUARANTINED = "insert into quarantine (received_at, last_at, reason, raw) values (now(), now(), 'bad', 'x')"
LOGINS = {"farmer": "farmer", "regulator": "officer", "technician": "tech", "administrator": "admin"}
NOBODY = ""

# Rows each role can read in the seeded database: 0 none, 1 some, 2 all.
READS: dict[str, dict[str, int]] = {
    #                    farmer regulator technician administrator
    table: dict(zip(LOGINS, counts, strict=True))
    for table, counts in {
        "farm": (1, 2, 2, 0), "cage": (1, 2, 2, 0), "series": (1, 2, 2, 0), "series_latest": (1, 2, 2, 0), "gateway": (1, 2, 2, 0),
        "scope_reading": (1, 2, 2, 0), "scope_reading_hourly": (1, 2, 2, 0), "scope_position": (1, 2, 0, 0),
        "target": (1, 2, 0, 0), "target_latest": (1, 2, 0, 0), "target_static": (1, 2, 0, 0), "target_verdict": (0, 2, 0, 0),
        "alert": (1, 2, 1, 0), "alert_event": (1, 2, 1, 0), "forecast_run": (1, 2, 2, 0), "forecast_quantile": (1, 2, 2, 0),
        "forecast_risk": (1, 2, 2, 0), "zone": (2, 2, 2, 2), "contact": (2, 2, 2, 2), "contact_channel": (0, 0, 0, 2), "contact_scope": (2, 2, 2, 2),
        "quarantine": (0, 0, 2, 0), "watch_list": (0, 2, 0, 0), "person": (1, 1, 1, 2), "person_role": (1, 1, 1, 2), "person_scope": (1, 1, 1, 2),
        "session": (1, 1, 1, 2), "audit": (1, 1, 1, 2), "campaign_order": (0, 1, 0, 2), "gateway_order": (1, 2, 2, 0), "grid_run": (2, 2, 2, 2), "grid_field": (2, 2, 2, 2),
    }.items()
}  # fmt: skip
VIEW_OF = {"scope_reading": "reading", "scope_reading_hourly": "reading_hourly", "scope_position": "position"}
# Verbs that huangyu_reader may try at all, with the roles whose try succeeds; every other verb is refused by right.
WRITES = {
    ("zone", "INSERT"): {"regulator"}, ("zone", "UPDATE"): {"regulator"}, ("zone", "DELETE"): {"regulator"},
    ("watch_list", "INSERT"): {"regulator"}, ("watch_list", "DELETE"): {"regulator"},
    ("person_role", "INSERT"): {"administrator"}, ("rule_limit", "INSERT"): {"administrator"}, ("contact", "UPDATE"): {"administrator"},
    ("person", "UPDATE"): {"administrator"},
}  # fmt: skip
STATEMENTS = {
    ("zone", "INSERT"): "insert into zone (zone_id, name_zh, purpose, geometry, source, version) values ('z', 'z', 'port', '{\"type\": \"Polygon\"}', 's', '1')",
    ("zone", "UPDATE"): "update zone set name_zh = 'x'", ("zone", "DELETE"): "delete from zone",
    ("watch_list", "INSERT"): "insert into watch_list (mmsi, reason_zh, added_by) values (9, 'r', 'me')", ("watch_list", "DELETE"): "delete from watch_list",
    ("person_role", "INSERT"): "insert into person_role select person_id, 'regulator' from person where login in ('tech', 'farmer2') on conflict do nothing",
    ("rule_limit", "INSERT"): "insert into rule_limit (scope, name, value) values ('*', 'oxygen.x', 1)",
    ("contact", "UPDATE"): "update contact set name_zh = 'x'", ("person", "UPDATE"): "update person set name_zh = 'x'",
}  # fmt: skip
REFUSED = ("farm", "cage", "series", "series_latest", "reading", "reading_hourly", "position", "target", "target_verdict", "forecast_run", "audit", "session",
           "alert_chain", "vessel_register", "nmea_raw", "detection", "evidence_bundle")  # fmt: skip


@pytest.fixture
def database_dsn(seeded: Seeded) -> str:
    """Return the owner's connection string of a seeded sea, with a few rows more."""
    with psycopg.connect(seeded.owner) as owner:
        owner.execute(QUARANTINED)
        owner.execute(
            "insert into campaign_order (district_id, name_zh, severity, text_zh, drill, ordered_by) "
            "values ('dongtou', 'a', 1, 'a', true, 'officer'), ('elsewhere', 'a', 1, 'a', true, 'x')"
        )
        owner.execute(
            "with run as (insert into grid_run (source, init_at, received_at) values ('x', now(), now()) returning grid_run_id) "
            'insert into grid_field (grid_run_id, quantity, lat_deg, lon_deg, lead_h, "values") '
            "select grid_run_id, 'hs_m', '{27}', '{121}', '{0}', '' from run"
        )
        owner.execute(
            "insert into gateway_order (gateway_id, kind, name, value, ordered_by, expires_at) select gateway_id, 'command', "
            "'aerator', 1, 'x', now() + interval '1 minute' from gateway"
        )
        owner.execute("insert into watch_list (mmsi, reason_zh, added_by) values (412300003, 'r', 'x')")
    return seeded.owner


@pytest.fixture
def pool(seeded: Seeded, database_dsn: str) -> Iterator[ScopedPool]:
    """Return connections as the dashboard has them."""
    opened = ScopedPool(seeded.reader)
    opened.open()
    yield opened
    opened.close()


def enter(pool: ScopedPool, login: str) -> str:
    return sign_in(pool, login, PASSWORD, VISIT, tries=5, lock_s=60)


def count(scope: Scope, table: str) -> int:
    column = {"person": "count(person_id)", "session": "count(person_id)"}.get(table, "count(*)")
    row = scope.connection.execute(f"select {column} from {table}").fetchone()
    assert row is not None
    return int(row[0])


def test_each_role_reads_exactly_its_rows(pool: ScopedPool, database_dsn: str) -> None:
    tokens = {role: enter(pool, login) for role, login in LOGINS.items()}
    with psycopg.connect(database_dsn) as owner:
        wrong = []
        for table, rights in READS.items():
            whole = owner.execute(f"select count(*) from {VIEW_OF.get(table, table)}").fetchone()
            assert whole is not None
            for role, right in rights.items():
                with pool.scope(tokens[role]) as scope:
                    seen = count(scope, table)
                fits = {0: seen == 0, 1: 0 < seen < whole[0], 2: 0 < seen == whole[0]}[right]
                if not fits:
                    wrong.append(
                        f"{role} sees {seen} of {whole[0]} in {table}, expected {('none', 'some', 'all')[right]}"
                    )
    assert wrong == []


def test_without_a_session_nothing_is_visible(pool: ScopedPool) -> None:
    for token in (NOBODY, "x" * 43, "' or 1=1 --"):
        for table in READS:
            with pool.scope(token) as scope:
                assert count(scope, table) == 0, table


def test_without_a_session_no_table_at_all_gives_a_row(pool: ScopedPool, database_dsn: str) -> None:
    with psycopg.connect(database_dsn) as owner:
        readable = owner.execute(
            "select c.relname from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v') "
            "and has_any_column_privilege('huangyu_reader', c.oid, 'select')"
        ).fetchall()
    with pool.scope(NOBODY) as scope:
        seen = {table for (table,) in readable if count(scope, table)}
    assert len(readable) > 60
    assert seen == {"position_source"}, "only the list of words for sources is everybody's"


@pytest.mark.parametrize("login", ["farmer", "farmer2"])
def test_a_farmer_sees_the_own_farm_only(pool: ScopedPool, login: str) -> None:
    own = {"farmer": "dt01", "farmer2": "dt02"}[login]
    now = datetime.now(UTC)
    with pool.scope(enter(pool, login)) as scope:
        assert {f.farm_id for f in reader.farms(scope)} == {own}
        assert {c.farm_id for c in reader.cages(scope)} == {own}
        assert {r.cage_id[:4] for r in reader.latest(scope)} == {own}
        assert {f.place_id[:4] for f in reader_cages.fans(scope, now=now)} == {own}
        assert {a.farm_id for a in reader.alerts(scope)} <= {own, None}


def test_series_of_another_farm_gives_no_reading(pool: ScopedPool) -> None:
    now = datetime.now(UTC)
    with pool.scope(enter(pool, "farmer2")) as scope:
        foreign = [r.series_id for r in reader.latest(scope)]
    with pool.scope(enter(pool, "farmer")) as scope:
        for hours, points in ((2, 100), (48, 10)):
            assert reader.buckets(scope, foreign, now - timedelta(hours=hours), now, points=points) == []
        assert reader.alert(scope, "not-a-uuid' or true") is None


def test_write_succeeds_for_its_roles_only(pool: ScopedPool) -> None:
    tokens = {role: enter(pool, login) for role, login in LOGINS.items()}
    for (table, verb), role in itertools.product(WRITES, LOGINS):
        try:
            with pool.scope(tokens[role]) as scope:
                touched = scope.connection.execute(STATEMENTS[table, verb]).rowcount
                raise _UndoError(touched)
        except _UndoError as undone:
            done = undone.args[0] > 0
        except (ForbiddenError, psycopg.errors.InsufficientPrivilege):
            done = False
        assert done is (role in WRITES[table, verb]), f"{verb} {table} as {role}"


class _UndoError(Exception):
    """Leaves the transaction without keeping it."""


def test_tables_that_no_screen_writes_refuse_every_verb(pool: ScopedPool) -> None:
    verbs = ("insert into {} default values", "update {} set ctid = ctid", "delete from {}", "truncate {}")
    allowed = []
    for role in ("officer", "admin"):
        token = enter(pool, role)
        for table in REFUSED:
            for verb in verbs:
                try:
                    with pool.scope(token) as scope:
                        scope.connection.execute(verb.format(table))  # type: ignore[arg-type]
                    allowed.append(f"{role}: {verb.format(table)}")
                except (ForbiddenError, psycopg.errors.FeatureNotSupported, psycopg.errors.SyntaxError):
                    continue
    assert allowed == []


def test_long_tables_are_closed_to_the_dashboard_itself(pool: ScopedPool) -> None:
    for table in ("reading", "reading_hourly", "position", "nmea_raw"):
        with pytest.raises(ForbiddenError), pool.scope(enter(pool, "officer")) as scope:
            scope.connection.execute(f"select 1 from {table} limit 1")


def test_secrets_are_closed_to_every_role(pool: ScopedPool) -> None:
    for query in (
        "select password_hash from person",
        "select token_sha256 from session",
        "select owner_phone from vessel_register",
        "select address from message_outbox",
    ):
        with pytest.raises(ForbiddenError), pool.scope(enter(pool, "admin")) as scope:
            scope.connection.execute(query)


def test_sign_in_locks_after_five_wrong_passwords_and_says_the_same_for_a_stranger(pool: ScopedPool) -> None:
    def refusal(login: str, password: str) -> str:
        with pytest.raises(SignInError) as refused:
            sign_in(pool, login, password, VISIT, tries=5, lock_s=60)
        return str(refused.value)

    first = refusal("farmer", "wrong-password")
    assert refusal("nobody-here", "wrong-password") == first
    for _ in range(4):
        refusal("farmer", "wrong-password")
    assert "锁定" in refusal("farmer", PASSWORD)
    assert whoami(pool, enter(pool, "officer")) is not None


def test_session_ends_at_once_when_revoked_barred_or_idle(pool: ScopedPool, database_dsn: str) -> None:
    for statement in (
        "update session set revoked_at = now()", "update session set seen_at = now() - interval '8 days'", "update session set expires_at = now()",
        "update person set active = false where login = 'farmer'",
    ):  # fmt: skip
        token = enter(pool, "farmer")
        assert whoami(pool, token) is not None
        with psycopg.connect(database_dsn) as owner:
            owner.execute(statement)  # type: ignore[call-overload]
        assert whoami(pool, token) is None, statement


def test_a_page_that_refreshes_by_itself_keeps_no_session_awake(pool: ScopedPool, database_dsn: str) -> None:
    token = enter(pool, "officer")
    with psycopg.connect(database_dsn, autocommit=True) as owner:
        owner.execute("update session set seen_at = now() - interval '29 minutes'")
        assert is_live(pool, token)
        untouched = owner.execute("select max(seen_at) < now() - interval '28 minutes' from session").fetchone()
        assert untouched == (True,) and whoami(pool, token) is not None
        assert owner.execute("select max(seen_at) > now() - interval '1 minute' from session").fetchone() == (True,)


def test_new_password_ends_the_other_sessions_and_the_old_one_no_longer_opens(pool: ScopedPool) -> None:
    mine, other = enter(pool, "farmer"), enter(pool, "farmer")
    with pytest.raises(SignInError):
        change_password(pool, mine, old="wrong", new="a-brand-new-word")
    change_password(pool, mine, old=PASSWORD, new="a-brand-new-word")
    assert whoami(pool, mine) is not None and whoami(pool, other) is None
    with pytest.raises(SignInError):
        enter(pool, "farmer")


def test_only_an_administrator_ends_sessions_of_others(pool: ScopedPool) -> None:
    victim = enter(pool, "officer")
    with pool.scope(enter(pool, "admin")) as scope:
        officer = next(p for p in scope.rows(PersonRow, "access/people") if p.login == "officer")
    with pytest.raises(ForbiddenError), pool.scope(enter(pool, "farmer")) as scope:
        scope.value("access/close", everywhere=True, person_id=officer.person_id)
    assert whoami(pool, victim) is not None
    with pool.scope(enter(pool, "admin")) as scope:
        scope.value("access/close", everywhere=True, person_id=officer.person_id)
    assert whoami(pool, victim) is None


def test_every_write_of_a_person_is_audited_and_a_changed_link_is_found(pool: ScopedPool, database_dsn: str) -> None:
    with pool.scope(enter(pool, "admin")) as scope:
        scope.connection.execute(STATEMENTS["rule_limit", "INSERT"])  # type: ignore[call-overload]
    with psycopg.connect(database_dsn) as owner:
        row = owner.execute("select login, object, detail from audit where action = 'rule_limit.insert'").fetchone()
        assert row is not None and row[0] == "admin" and row[2]["new"]["value"] == 1
        for statement in ("update audit set login = 'x'", "delete from audit", "truncate audit"):
            with pytest.raises(psycopg.errors.RaiseException), owner.transaction():
                owner.execute(statement)  # type: ignore[call-overload]
    with pool.scope(enter(pool, "admin")) as scope:
        assert scope.value("access/broken_links") is None
    with psycopg.connect(database_dsn) as owner:
        owner.execute("alter table audit disable trigger audit_keep")
        owner.execute("update audit set login = 'someone-else' where audit_id = 2")
    with pool.scope(enter(pool, "admin")) as scope:
        assert scope.value("access/broken_links") == 2


def test_phone_number_is_shown_to_the_handling_officer_only_and_audited(
    pool: ScopedPool, database_dsn: str, seeded: Seeded
) -> None:
    token = enter(pool, "officer")
    with pool.scope(token) as scope:
        alert = next(a for a in reader.alerts(scope) if a.subject_id == "dt01-c02")
    for login in ("officer", "farmer", "admin"):
        with pytest.raises(ForbiddenError), pool.scope(enter(pool, login)) as scope:
            reader.phones(scope, alert.alert_id)
    person = whoami(pool, token)
    assert person is not None
    decide(seeded.reader, token, alert.alert_id, step_of("take", person), version=alert.version)
    with pool.scope(token) as scope:
        assert [p.number for p in reader.phones(scope, alert.alert_id)] == ["19900000001"]
    with psycopg.connect(database_dsn) as owner:
        shown = owner.execute("select login, object from audit where action = 'phone.shown'").fetchall()
    assert shown == [("officer", f"alert:{alert.alert_id}")]


def test_two_officers_cannot_both_take_one_alert(pool: ScopedPool, database_dsn: str, seeded: Seeded) -> None:
    ensure_person(
        database_dsn,
        login="officer2",
        password=PASSWORD,
        name_zh="李值班",
        roles=("regulator",),
        districts=("dongtou",),
    )
    first, second = enter(pool, "officer"), enter(pool, "officer2")
    people = [_person(pool, token) for token in (first, second)]
    with pool.scope(first) as scope:
        alert = reader.alerts(scope)[0]
    decide(seeded.reader, first, alert.alert_id, step_of("take", people[0]), version=alert.version)
    with pytest.raises(AlertConflictError):
        decide(seeded.reader, second, alert.alert_id, step_of("take", people[1]), version=alert.version)
    with pool.scope(second) as scope:
        kept = reader.alert(scope, alert.alert_id)
        assert kept is not None and kept.assignee == "officer"
        assert [c.login for c in reader_desk.colleagues(scope)] == ["officer"]


def test_a_recognition_needs_a_second_officer(pool: ScopedPool, database_dsn: str, seeded: Seeded) -> None:
    ensure_person(
        database_dsn,
        login="officer2",
        password=PASSWORD,
        name_zh="李值班",
        roles=("regulator",),
        districts=("dongtou",),
    )
    first, second = enter(pool, "officer"), enter(pool, "officer2")
    proposer, reviewer = _person(pool, first), _person(pool, second)
    with pool.scope(first) as scope:
        suspect = next(a for a in reader.alerts(scope) if a.rule == "vessels.identity.unregistered")
    assert [c.name for c in recognition_choices(suspect, proposer)] == ["propose"]
    decide(
        seeded.reader,
        first,
        suspect.alert_id,
        step_of("propose", proposer, text="船名牌、证书、船籍港均无", result="三无"),
        version=suspect.version,
    )
    with pool.scope(first) as scope:
        waiting = reader.alert(scope, suspect.alert_id)
    assert waiting is not None and waits_for_review(waiting) and not may_close(waiting)
    assert recognition_choices(waiting, proposer) == []
    assert [c.name for c in recognition_choices(waiting, reviewer)] == ["confirm", "reject"]
    with pytest.raises(StepRefusedError, match="另一名"):
        decide(seeded.reader, first, suspect.alert_id, step_of("confirm", proposer), version=None)
    decide(seeded.reader, second, suspect.alert_id, step_of("confirm", reviewer), version=waiting.version)
    with pool.scope(second) as scope:
        done = reader.alert(scope, suspect.alert_id)
    assert done is not None and done.recognition is not None
    assert (done.recognition["state"], done.recognition["decided_by"]) == ("confirmed", "officer2")


def _person(pool: ScopedPool, token: str) -> Person:
    person = whoami(pool, token)
    assert person is not None
    return person


def test_an_alert_of_another_farm_cannot_be_moved(pool: ScopedPool, seeded: Seeded) -> None:
    with pool.scope(enter(pool, "farmer2")) as scope:
        foreign = next(a for a in reader.alerts(scope) if a.farm_id == "dt02")
    token = enter(pool, "farmer")
    with pytest.raises(Exception, match="No alert has the id"):
        decide(
            seeded.reader,
            token,
            foreign.alert_id,
            step_of("acknowledge", _person(pool, token)),
            version=None,
        )


def test_api_token_sees_the_same_and_is_kept_only_as_a_hash(pool: ScopedPool, database_dsn: str) -> None:
    web = enter(pool, "farmer")
    with pool.scope(web) as scope:
        token = open_api_token(scope, _person(pool, web), label="test")
    with pool.scope(token) as scope:
        assert {f.farm_id for f in reader.farms(scope)} == {"dt01"}
    with psycopg.connect(database_dsn) as owner:
        assert owner.execute(
            "select count(*) from session where encode(token_sha256, 'escape') like %s", (f"%{token}%",)
        ).fetchone() == (0,)


HOSTILE = ["'; drop table person; --", "%", "_", "\\", "\u202e", "a" * 40, "<script>alert(1)</script>", "0x00"]


def test_search_texts_are_only_ever_data(pool: ScopedPool) -> None:
    with pool.scope(enter(pool, "officer")) as scope:
        for text in HOSTILE:
            assert reader_desk.find_boats(scope, text) == []
            scope.dicts("access/trail", like=text, since=datetime.now(UTC) - timedelta(days=1), limit=10)
            reader.alerts(scope, subject_id=text)
        assert count(scope, "farm") == 2


def test_decision_tables_name_every_guarded_table(database_dsn: str) -> None:
    """A new table must be put under row-level security before the dashboard's role may touch it."""
    with psycopg.connect(database_dsn) as owner:
        open_tables: list[Any] = owner.execute(
            "select c.relname from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') "
            "and not (c.relrowsecurity and c.relforcerowsecurity) and has_table_privilege('huangyu_reader', c.oid, 'select') order by 1"
        ).fetchall()
    assert [name for (name,) in open_tables] == ["position_source"]


def test_farm_log_takes_entries_of_the_own_farm_only(pool: ScopedPool) -> None:
    entry = dict.fromkeys(("fish_count", "mean_weight_g")) | {
        "at": datetime.now(UTC),
        "kind": "feeding",
        "feed_kg": 25.0,
        "substance": "",
        "dose": "",
        "source_file": "",
    }
    with pool.scope(enter(pool, "farmer")) as scope:
        assert scope.execute("farmlog/add", cage_id="dt01-c01", note="<b>早上</b>", entered_by="farmer", **entry) == 1
        assert scope.execute("farmlog/add", cage_id="dt02-c01", note="", entered_by="farmer", **entry) == 0
        assert [e.feed_kg for e in reader_cages.log_entries(scope, "dt01-c01")] == [25.0]
    with pool.scope(enter(pool, "farmer2")) as scope:
        assert reader_cages.log_entries(scope, "dt01-c01") == []


def test_a_probe_service_is_entered_for_farms_in_scope_only(pool: ScopedPool) -> None:
    service = {"point": "d2", "quantity": "do_mg_l", "at": datetime.now(UTC), "kind": "calibrated", "reference_value": 7.1,
               "reading_value": 6.8, "gain": 1.0, "offset_value": 0.3, "by_person": "tech", "note": ""}  # fmt: skip
    with pool.scope(enter(pool, "tech")) as scope:
        assert scope.execute("farmlog/add_calibration", cage_id="dt01-c01", **service) == 1
        (kept,) = reader_cages.services_of(scope, "dt01-c01")
    assert (kept.kind, round(kept.offset_value, 3)) == ("calibrated", 0.3)
    with pool.scope(enter(pool, "farmer2")) as scope:
        assert scope.execute("farmlog/add_calibration", cage_id="dt01-c01", **service) == 0
        assert reader_cages.services_of(scope, "dt01-c01") == []


def test_contact_checks_and_trips_are_the_desks_own(pool: ScopedPool) -> None:
    called = {"mmsi": 412300006, "at": datetime.now(UTC), "by_login": "officer", "reached": False, "note": "无人应答"}
    trip = TripReport(
        mmsi=412300006, kind="departure", at=datetime.now(UTC), port="洞头中心渔港", persons=5, reporter="officer"
    )
    with pool.scope(enter(pool, "officer")) as scope:
        assert scope.execute("trips/add_contact", **called) == 1
        assert scope.execute("trips/add_report", **report_row(trip)) == 1
        (check,) = reader_desk.contact_checks(scope, called["at"] - timedelta(hours=1))
        assert (check.mmsi, check.reached, check.note) == (412300006, False, "无人应答")
        assert 412300006 in [t.mmsi for t in reader_desk.not_back(scope)]
    for login in ("farmer", "tech", "admin"):
        with pytest.raises(ForbiddenError), pool.scope(enter(pool, login)) as scope:
            scope.execute("trips/add_contact", **(called | {"at": datetime.now(UTC)}))
        with pytest.raises(ForbiddenError), pool.scope(enter(pool, login)) as scope:
            scope.execute("trips/add_report", **report_row(replace(trip, port="别处")) | {"report_id": "0" * 32})


def test_limits_are_the_administrators_to_set_and_each_farms_to_see(pool: ScopedPool, database_dsn: str) -> None:
    with pool.scope(enter(pool, "admin")) as scope:
        for place in ("*", "dt01", "dt02-c01"):
            reader_limits.save(scope, place, "oxygen.yellow", 4.5, unit="mg/L", reason="苗种")
        scope.connection.execute("update rule_limit set changed_by = 'somebody else' where scope = 'dt01'")
        assert {row.changed_by for row in reader_limits.changed(scope)} == {"admin"}
        assert {p.place_id for p in reader_limits.places(scope)} >= {"dt01", "dt02", "dt01-c01", "dt02-p01"}
        reader_limits.take_back(scope, "*", "oxygen.yellow")
        newest = reader_limits.history(scope)[0]
        assert (newest.scope, newest.before, newest.after) == ("*", 4.5, None)
    for login, seen in (("farmer", ["dt01"]), ("farmer2", ["dt02-c01"]), ("officer", ["dt01", "dt02-c01"])):
        with pool.scope(enter(pool, login)) as scope:
            assert sorted(row.scope for row in reader_limits.changed(scope)) == seen, login
            assert reader_limits.places(scope) == []
        with pytest.raises(ForbiddenError), pool.scope(enter(pool, login)) as scope:
            reader_limits.save(scope, "dt01", "oxygen.red", 2.5, unit="mg/L", reason="x")
    for value in ("NaN", "Infinity", "-Infinity"):
        with psycopg.connect(database_dsn) as owner, pytest.raises(psycopg.errors.CheckViolation):
            owner.execute(
                "insert into rule_limit (scope, name, value) values ('*', 'oxygen.red', %s::float8)", (value,)
            )


def test_a_temporary_formation_is_made_extended_and_dissolved_by_the_desk_only(
    pool: ScopedPool, database_dsn: str
) -> None:
    now = datetime.now(UTC)
    with pool.scope(enter(pool, "officer")) as scope:
        for hours in (6, 24):
            reader_fleet.make_group(
                scope, "东编组", [412300006, 412300007], now, now + timedelta(hours=hours), "officer"
            )
        (group,) = reader_fleet.groups(scope, now)
        assert (group.mmsis, group.valid_until) == ([412300006, 412300007], now + timedelta(hours=24))
    for login in ("farmer", "tech", "admin"):
        with pytest.raises(ForbiddenError), pool.scope(enter(pool, login)) as scope:
            reader_fleet.make_group(scope, "甲", [412300006], now, now + timedelta(hours=1), login)
        with pool.scope(enter(pool, login)) as scope:
            reader_fleet.dissolve(scope, "东编组")
            assert reader_fleet.groups(scope, now) == []
    with psycopg.connect(database_dsn) as owner:
        assert owner.execute("select count(*) from temporary_group").fetchone() == (2,)
    with pool.scope(enter(pool, "officer")) as scope:
        reader_fleet.dissolve(scope, "东编组")
        assert reader_fleet.groups(scope, now) == []
    with psycopg.connect(database_dsn) as owner:
        told = owner.execute(
            "select action from audit where object = 'temporary_group:东编组' order by audit_id"
        ).fetchall()
    assert [t for (t,) in told] == ["temporary_group.insert"] * 2 + ["temporary_group.update"] * 2 + [
        "temporary_group.delete"
    ] * 2


def test_an_order_to_call_is_the_own_districts_and_an_administrators_only_as_a_drill(pool: ScopedPool) -> None:
    order = {
        "district_id": "dongtou",
        "name_zh": "演练",
        "severity": 3,
        "text_zh": "演练通知",
        "text_en": "",
        "drill": True,
    }
    for login, changes, allowed in (
        ("officer", {"drill": False}, True),
        ("admin", {}, True),
        ("admin", {"drill": False}, False),
        ("officer", {"district_id": "yuhuan"}, False),
        ("officer", {"login": "admin"}, False),
        ("farmer", {}, False),
        ("tech", {}, False),
    ):
        given = order | {"login": login} | changes
        with pool.scope(enter(pool, login)) as scope:
            try:
                with scope.connection.transaction():
                    done = scope.execute("reader/order_campaign", **given) == 1
            except psycopg.errors.InsufficientPrivilege:
                done = False
        assert done is allowed, (login, changes)
    with pool.scope(enter(pool, "officer")) as scope:
        mine = reader_desk.orders(scope, datetime.now(UTC))
        assert sorted((o.ordered_by, o.drill, o.name_zh) for o in mine if o.name_zh == "演练") == [
            ("admin", True, "演练"),
            ("officer", False, "演练"),
        ]


def test_sessions_of_equal_rights_share_an_answer_and_others_never_do(pool: ScopedPool) -> None:
    rights = {}
    for login in ("farmer", "farmer2", "officer", "tech", "admin"):
        with pool.scope(enter(pool, login)) as scope:
            rights[login] = scope.value("access/rights")
    with pool.scope(enter(pool, "farmer")) as scope:
        assert scope.value("access/rights") == rights["farmer"]
    assert len(set(rights.values())) == 5
    with pool.scope("x" * 43) as scope:
        assert scope.value("access/rights") is None


def test_one_time_code_is_asked_for_taken_once_and_ended_by_an_administrator(pool: ScopedPool) -> None:
    secret = totp.new_secret()
    step = int(time.time()) // totp.STEP_S
    with pool.scope(enter(pool, "officer")) as scope:
        assert not set_second(scope, secret, code="000000" if totp.code_of(secret, step) != "000000" else "111111")
        assert set_second(scope, secret, code=totp.code_of(secret, step))

    def come(code: str) -> str:
        return sign_in(pool, "officer", PASSWORD, VISIT, tries=9, lock_s=60, code=code)

    for wrong in ("", "abcdef", totp.code_of(secret, step + 99)):
        with pytest.raises(CodeNeededError):
            come(wrong)
    right = totp.code_of(secret, int(time.time()) // totp.STEP_S)
    assert come(right)
    with pytest.raises(CodeNeededError):
        come(right)
    with pool.scope(enter(pool, "admin")) as scope:
        officer = next(p for p in scope.rows(PersonRow, "access/people") if p.login == "officer")
        with pytest.raises(psycopg.errors.InsufficientPrivilege), scope.connection.transaction():
            set_second(scope, secret, code=totp.code_of(secret, step), person_id=officer.person_id)
        assert set_second(scope, None, code="", person_id=officer.person_id)
    assert come("")
    with pytest.raises(ForbiddenError), pool.scope(enter(pool, "admin")) as scope:
        scope.connection.execute("select secret from person_second")


def order_switch(pool: ScopedPool, login: str, gateway_id: str, *, by: str | None = None) -> None:
    token = enter(pool, login)
    with pool.scope(token) as scope:
        scope.execute(
            "orders/add_command", gateway_id=gateway_id, name="aerator", value=1, by=by or login, valid_s=60.0,
            order_id=None,
        )  # fmt: skip


def test_only_the_own_farm_orders_a_switch_and_only_a_technician_a_config(pool: ScopedPool, database_dsn: str) -> None:
    order_switch(pool, "farmer", "gw-dt01")
    for login, gateway_id, by in (
        ("farmer2", "gw-dt01", None), ("officer", "gw-dt01", None), ("farmer", "gw-dt01", "officer"),
    ):  # fmt: skip
        with pytest.raises(ForbiddenError):
            order_switch(pool, login, gateway_id, by=by)
    for login, may in (("tech", True), ("farmer", False)):
        token = enter(pool, login)
        rows = -1
        try:
            with pool.scope(token) as scope:
                rows = scope.execute("orders/add_config", gateway_id="gw-dt01", body="[[bus]]", by=login)
        except ForbiddenError:
            rows = 0
        assert rows == int(may), login
    with pool.scope(enter(pool, "farmer2")) as scope:
        assert scope.rows(OrderRow, "orders/newest", gateway_id="gw-dt01", limit=9) == []
    with psycopg.connect(database_dsn) as owner:
        audited = owner.execute("select count(*) from audit where object like 'gateway_order:%'").fetchone()
    assert audited == (2,)


@pytest.mark.parametrize(
    ("at_s", "code"),
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (2000000000, "279037"),
     (20000000000, "353130")],
)  # fmt: skip
def test_one_time_code_of_the_database_equals_the_published_ones(at_s: int, code: str, database_dsn: str) -> None:
    """RFC 6238, appendix B (SHA-1), its last six digits."""
    secret = base64.b32encode(b"12345678901234567890").decode()
    with psycopg.connect(database_dsn) as connection:
        found = connection.execute("select one_time_code(%s, %s)", (secret, at_s // totp.STEP_S)).fetchone()
        assert found == (code,)
        key, message = secrets.token_bytes(at_s % 90), secrets.token_bytes(at_s % 200)
        row = connection.execute("select hmac_sha1(%s, %s), sha1_of(%s)", (key, message, message)).fetchone()
    assert row == (hmac.digest(key, message, "sha1"), hashlib.sha1(message, usedforsecurity=False).digest())


def test_reader_never_sees_a_secret_and_wrong_codes_lock_the_account(pool: ScopedPool, database_dsn: str) -> None:
    secret = totp.new_secret()
    with pool.scope(enter(pool, "officer")) as scope:
        assert set_second(scope, secret, code=totp.code_of(secret, int(time.time()) // totp.STEP_S))
        assert scope.value("access/has_second") is True
    with psycopg.connect(database_dsn) as owner:
        readable = owner.execute(
            "select p.oid::regprocedure::text from pg_proc p where p.pronamespace = 'public'::regnamespace"
            " and has_function_privilege('huangyu_reader', p.oid, 'execute')"
            " and p.prosrc ~* 'secret' and p.proname not in ('access_code', 'access_second_set')"
        ).fetchall()
    assert readable == []
    wrong = totp.code_of(secret, int(time.time()) // totp.STEP_S + 99)
    for _ in range(3):
        with pytest.raises(SignInError):
            sign_in(pool, "officer", PASSWORD, VISIT, tries=3, lock_s=60, code=wrong)
    right = totp.code_of(secret, int(time.time()) // totp.STEP_S)
    with pytest.raises(SignInError, match="locked"):
        sign_in(pool, "officer", PASSWORD, VISIT, tries=3, lock_s=60, code=right)
