"""Every revision brings a database in use to the newest schema: rows of before stay, and it equals a fresh one."""

from datetime import UTC, datetime

import psycopg
import pytest

from core.errors import StoreError
from store import engine, health, migrate

NOW = datetime.now(UTC).replace(microsecond=0)
IN_USE = """
insert into farm (farm_id, name_zh, district_id, lat_deg, lon_deg) values ('dt01', '东沙渔场', 'dongtou', 27.8, 121.2);
insert into cage (cage_id, farm_id) values ('dt01-c01', 'dt01'), ('heard-of-only', null);
insert into gateway (gateway_id, farm_id) values ('gw-dt01', 'dt01');
insert into series (cage_id, point, quantity, unit, gateway_id)
values ('dt01-c01', 'd2', 'do_mg_l', 'mg/L', 'gw-dt01'), ('dt01-c01', 'd2', 'water_temp_c', 'Cel', null);
select ensure_partitions('reading', now() - interval '100 days', now() + interval '7 days');
select ensure_partitions('position', now() - interval '100 days', now() + interval '7 days');
insert into reading (observed_at, series_id, value, qc)
select now() - n * interval '1 day', 1 + n % 2, nullif(6.5, n % 10 * 6.5), case when n % 10 = 1 then 9 else 1 end
from generate_series(0, 99) n;
insert into target (mmsi, mmsi_class, first_seen_at) values (412300001, 'ship', now()), (0, 'malformed', now());
insert into position (observed_at, mmsi, lat, lon, source)
select now() - n * interval '1 hour', 412300001, 16700000, 72700000, 2 from generate_series(0, 99) n;
insert into target_latest (mmsi, observed_at, lat, lon, source, received_at)
values (412300001, now(), 16700000, 72700000, 2, now());
"""
"""What stands in the tables of the first revision after months of work; every later revision must keep it."""
IN_USE_SINCE = {
    "0002": """
insert into contact (contact_id, name_zh, role, farm_id) values ('c1', '林', 'farmer', 'dt01');
insert into contact_channel (contact_id, kind, address) values ('c1', 'sms', '13800000000');
insert into alert (alert_id, key, rule, rule_version, subject_kind, subject_id, severity, condition, handling,
    first_active_at, last_active_at, observed_at, raised_at, reason_zh, reason_en, farm_id, version)
values ('00000000-0000-0000-0000-000000000001', 'oxygen:dt01-c01', 'oxygen', '1', 'cage', 'dt01-c01', 3, 'active',
    'raised', now(), now(), now(), now(), '低氧', 'low oxygen', 'dt01', 1);
insert into alert_event (alert_id, seq, at, actor, actor_name, step, from_handling, to_handling, prev_hash, hash)
values ('00000000-0000-0000-0000-000000000001', 1, now(), 'system', 'system', 'raise', 'pending', 'raised',
    repeat('0', 64), repeat('a', 64));
insert into message_outbox (message_id, contact_id, kind, address, text, rule, notice, priority, segments, created_at,
    due_at) values ('00000000-0000-0000-0000-000000000002', 'c1', 'sms', '13800000000', '低氧', 'oxygen', 'raise', 1, 1,
    now(), now());
""",
    "0003": """
insert into forecast_run (place_id, farm_id, point, quantity, issued_at, origin_at, horizon_h, model, model_version,
    status) values ('dt01-c01', 'dt01', 'd2', 'do_mg_l', now(), now(), 48, 'analog', '1', 'ok');
insert into forecast_quantile select run_id, 1, now(), 1, 2, 3, 4, 5, 6, 7, 8, 9 from forecast_run;
""",
    "0004": """
insert into register_import (actor, file_sha256, n_rows, n_new, n_changed, n_removed, n_problems)
values ('officer', repeat('b', 64), 1, 1, 0, 0, 0);
insert into vessel_register (boat_id, version, valid_from, name_zh, mmsi) values ('b1', 1, now(), '浙洞渔1', 412300001);
insert into finding (key, rule, rule_version, condition, severity, subject_kind, subject_id, observed_at, judged_at,
    reason_zh, reason_en) values ('k', 'oxygen', '1', 'active', 3, 'cage', 'dt01-c01', now(), now(), '低氧', 'low');
""",
    "0005": "insert into person (login, name_zh, password_hash) values ('farmer', '林', 'x')",
    "0006": """
insert into farm_log (cage_id, farm_id, at, kind, fish_count, mean_weight_g)
values ('dt01-c01', 'dt01', now() - interval '90 days', 'stocking', 20000, 120);
insert into calibration (cage_id, point, quantity, at, kind, gain, offset_value)
values ('dt01-c01', 'd2', 'do_mg_l', now() - interval '9 days', 'calibrated', 1.02, -0.1);
""",
    "0007": """
insert into zone (zone_id, name_zh, purpose, geometry, source, version)
values ('port', '东沙港', 'port', '{"type": "Polygon"}', 's', '1');
""",
    "0010": """
insert into probe_health (cage_id, point, quantity, computed_at) values ('dt01-c01', 'd2', 'do_mg_l', now());
""",
    "0011": """
insert into campaign_order (district_id, name_zh, severity, text_zh, drill, ordered_by)
values ('dongtou', '台风', 4, '回港', false, 'officer');
""",
    "0020": """
insert into campaign_order (district_id, name_zh, severity, text_zh, text_en, drill, ordered_by)
values ('dongtou', '台风', 4, '回港', 'Return to port', false, 'officer');
""",
    "0014": """
insert into gateway_order (gateway_id, kind, name, value, ordered_by, expires_at)
values ('gw-dt01', 'command', 'aerator', 1, 'farmer', now() + interval '1 minute');
""",
}
"""Rows of the tables that later revisions brought, by the revision from which on they can stand there."""


def counts(dsn: str) -> dict[str, int]:
    """Return the rows of every table that holds any."""
    with psycopg.connect(dsn) as connection:
        tables = connection.execute(
            "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')"
            " and not relispartition and relname <> 'alembic_version'"
        ).fetchall()
        found = {name: connection.execute(f"select count(*) from {name}").fetchone() for (name,) in tables}
    return {name: row[0] for name, row in found.items() if row is not None and row[0]}


@pytest.mark.parametrize("kind", ["plain", pytest.param("timescaledb", marks=pytest.mark.timescale)])
def test_each_revision_keeps_the_rows_of_a_database_in_use_and_the_last_equals_a_fresh_one(
    kind: engine.Wanted, request: pytest.FixtureRequest
) -> None:
    """One database goes through all of them; at each the rows come in that can stand there from then on."""
    first, *later = migrate.revisions()
    dsn: str = request.getfixturevalue("empty_database_dsn" if kind == "plain" else "empty_timescale_dsn")
    migrate.upgrade(dsn, NOW, want=kind, revision=first)
    add_rows(dsn, IN_USE)
    with psycopg.connect(dsn, autocommit=True) as connection:
        for piece in engine.pieces(connection)[:6]:  # later revisions meet history that is packed
            engine.pack(connection, piece)
    for revision in later:
        before = counts(dsn)
        assert before["reading"] == before["position"] == 100
        migrate.upgrade(dsn, NOW, revision=revision)
        assert migrate.current_revision(dsn) == revision
        after = counts(dsn)
        assert {table: after.get(table, 0) for table in before} == before, revision
        add_rows(dsn, IN_USE_SINCE.get(revision, ""))
    migrate.upgrade(dsn, NOW)
    with psycopg.connect(dsn, autocommit=True, options="-c timezone=UTC") as connection:
        assert [fact.text for fact in health.compare(connection, dsn, NOW) if not fact.ok] == []


def add_rows(dsn: str, rows: str) -> None:
    with psycopg.connect(dsn) as connection:
        if rows:
            connection.execute(rows.encode())


def test_upgrade_that_fails_names_its_step_and_keeps_nothing_of_it(empty_database_dsn: str) -> None:
    first, second, *_ = migrate.revisions()
    migrate.upgrade(empty_database_dsn, NOW, want="plain", revision=first)
    with psycopg.connect(empty_database_dsn) as connection:
        connection.execute("create table alert (mine text)")  # in the way of the second revision
    with pytest.raises(StoreError, match="Nothing of the failed step was kept"):
        migrate.upgrade(empty_database_dsn, NOW)
    assert migrate.current_revision(empty_database_dsn) == first
    with psycopg.connect(empty_database_dsn) as connection:
        connection.execute("drop table alert")
    migrate.upgrade(empty_database_dsn, NOW, revision=second)
    assert migrate.current_revision(empty_database_dsn) == second
