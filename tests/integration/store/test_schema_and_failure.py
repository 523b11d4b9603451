"""Comments on every table, nonsense kept out, and what callers see when the database is in trouble."""

import asyncio
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from core.qc import QcFlag
from core.reading import Reading, SeriesKey
from store.database import Database, sorted_errors
from store.errors import StoreConflictError, StoreUnavailableError
from store.store import Store

NOW = datetime.now(UTC).replace(microsecond=0)


def test_every_table_view_and_column_has_a_comment(database_dsn: str) -> None:
    with psycopg.connect(database_dsn) as connection:
        bare = connection.execute(
            """
            select c.relname || coalesce('.' || a.attname, '')
            from pg_class c
                left join lateral (
                    select attname, attnum from pg_attribute
                    where attrelid = c.oid and attnum >= 0 and not attisdropped and c.relkind in ('r', 'p')
                    union all select null, 0
                ) a on true
            where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v') and not c.relispartition
                and c.relname <> 'alembic_version' and col_description(c.oid, a.attnum) is null
                and not (a.attnum = 0 and obj_description(c.oid, 'pg_class') is not null)
            order by 1
            """
        ).fetchall()
    assert not bare, "comment on table or column, with its unit, in its migration: " + ", ".join(n for (n,) in bare)


@pytest.mark.parametrize(
    "statement",
    [
        "insert into farm values ('DT 01', 'x', '', 'dongtou', 27, 121)",
        "insert into farm values ('dt01', 'x', '', 'dongtou', 97, 121)",
        "insert into cage (cage_id, farm_id) values ('c', 'nobody')",
        "insert into cage (cage_id, kind) values ('c', 'boat')",
        "insert into series (cage_id, point, quantity, unit) values ('nobody', 'd2', 'do_mg_l', 'mg/L')",
        "insert into reading values (now(), 1, 7, 5)",
        "insert into position (observed_at, mmsi, lat, lon, source) values (now(), 1, 54000001, 0, 1)",
        "insert into position (observed_at, mmsi, lat, lon, source, cog) values (now(), 1, 0, 0, 1, 3601)",
        "insert into position (observed_at, mmsi, lat, lon, source, sog) values (now(), 1, 0, 0, 1, 1030)",
        "insert into position (observed_at, mmsi, lat, lon, source, sog) values (now(), 1, 0, 0, 3, 10230)",
        "insert into gateway (gateway_id, clock) values ('gw', 3)",
        "insert into gateway_gap values ('nobody', 'nmea', 5, 9, 1, 'quota', null, null, now())",
        "insert into target_latest (mmsi, observed_at, lat, lon, source, received_at) values (1, now(), 0, 0, 1, now())"
        " -- without its target",
    ],
)
def test_nonsense_is_kept_out_by_the_schema(statement: str, database_dsn: str) -> None:
    with psycopg.connect(database_dsn) as connection, pytest.raises(psycopg.errors.IntegrityError):
        connection.execute(statement)


async def test_database_of_several_hosts_uses_the_one_that_answers(database_dsn: str) -> None:
    parts = {key: str(value) for key, value in conninfo_to_dict(database_dsn).items()}
    dsn = make_conninfo(**{**parts, "host": "127.0.0.1,127.0.0.1", "port": f"9,{parts['port']}"})
    async with Database.session(dsn, application="failover") as database:
        assert await Store(database).places.farms() == []


async def test_database_away_is_unavailable_within_the_wait() -> None:
    with pytest.raises(StoreUnavailableError):
        await Database.open("host=127.0.0.1 port=9 dbname=x user=y", wait_s=1)


async def test_pool_exhausted_is_unavailable_and_recovers(database_dsn: str) -> None:
    async with Database.session(database_dsn, connections=1, wait_s=0.2) as database:
        async with database.transaction():
            with pytest.raises(StoreUnavailableError, match="No free database connection"):
                await Store(database).places.farms()
        assert await Store(database).places.farms() == []


async def test_lock_held_by_another_is_unavailable_after_the_limit(database_dsn: str) -> None:
    async with (
        await psycopg.AsyncConnection.connect(database_dsn) as other,
        Database.session(database_dsn, lock_limit_s=0.2) as database,
    ):
        await other.execute("lock table farm")
        with pytest.raises(StoreUnavailableError):
            await Store(database).places.farms()


async def test_statement_over_its_limit_is_unavailable(database_dsn: str) -> None:
    async with Database.session(database_dsn, statement_limit_s=0.1) as database, database.transaction() as tx:
        with pytest.raises(StoreUnavailableError), sorted_errors():
            await tx.connection.execute("select pg_sleep(5)")


@pytest.mark.parametrize("code", ["53100", "53200", "57P03", "58030", "XX000", "XX001", "XX002"])
async def test_trouble_of_the_server_is_unavailable_never_the_rows_fault(code: str, database_dsn: str) -> None:
    async with Database.session(database_dsn) as database, database.transaction() as tx:
        with pytest.raises(StoreUnavailableError), sorted_errors():
            await tx.connection.execute(f"do $$ begin raise exception 'trouble' using errcode = '{code}'; end $$")


async def test_sessions_ended_by_a_restart_cost_one_failure_at_most(database_dsn: str) -> None:
    key = SeriesKey(cage="c1", point="d2", quantity="do_mg_l")
    reading = Reading(series=key, observed_at=NOW - timedelta(hours=1), value=7.0, qc=QcFlag.GOOD)
    async with Database.session(database_dsn, connections=2, application="victim") as database:
        store, failures = Store(database), 0
        await store.readings.add([reading], NOW)
        async with await psycopg.AsyncConnection.connect(database_dsn, autocommit=True) as killer:
            await killer.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'huangyu-victim'"
            )
        for _ in range(4):
            try:
                await store.readings.latest()
            except StoreUnavailableError:
                failures += 1
                await asyncio.sleep(0)
        assert failures <= 1
        assert len(await store.readings.latest()) == 1


async def test_transaction_that_fails_leaves_nothing_behind(database_dsn: str) -> None:
    key = SeriesKey(cage="c1", point="d2", quantity="do_mg_l")
    async with Database.session(database_dsn) as database:
        store = Store(database)
        with pytest.raises(StoreConflictError):
            async with store.transaction() as tx:
                reading = Reading(series=key, observed_at=NOW - timedelta(days=300), value=7.0, qc=QcFlag.GOOD)
                await tx.readings.add([reading], NOW)
                await tx.places.save_gateway("gw-x", "no-such-farm")
        assert await store.readings.series() == []
        # The partition made in that transaction is gone too; the store must not believe that it is there.
        await store.readings.add([reading], NOW)
        assert len(await store.readings.latest()) == 1
