"""Every revision brings a database in use to the newest schema: rows of before stay, and it equals a fresh one."""

from datetime import UTC, datetime

import psycopg
import pytest

from core.errors import StoreError
from store import health, migrate

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
TABLES = ("farm", "cage", "gateway", "series", "reading", "target", "position", "target_latest")


def counts(dsn: str) -> dict[str, int]:
    with psycopg.connect(dsn) as connection:
        return {table: connection.execute(f"select count(*) from {table}").fetchone()[0] for table in TABLES}  # type: ignore[index]


@pytest.mark.parametrize("revision", migrate.revisions())
def test_upgrade_from_any_revision_in_use_keeps_its_rows_and_ends_at_the_newest_schema(
    revision: str, empty_database_dsn: str
) -> None:
    migrate.upgrade(empty_database_dsn, NOW, want="plain", revision=revision)
    assert migrate.current_revision(empty_database_dsn) == revision
    with psycopg.connect(empty_database_dsn) as connection:
        connection.execute(IN_USE)
    before = counts(empty_database_dsn)
    assert before["reading"] == before["position"] == 100
    migrate.upgrade(empty_database_dsn, NOW)
    assert counts(empty_database_dsn) == before
    if revision != migrate.revisions()[0]:
        return  # the way from the first one runs through all the others
    with psycopg.connect(empty_database_dsn, autocommit=True, options="-c timezone=UTC") as connection:
        assert [fact.text for fact in health.compare(connection, empty_database_dsn, NOW) if not fact.ok] == []


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
