"""Schema check, partitions ahead, packing, archive, dump and restore, on each engine at hand."""

import difflib
import gzip
import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pyarrow.parquet as pq
import pytest
from psycopg.conninfo import make_conninfo
from typer.testing import CliRunner

from core.errors import StoreError
from core.position import Position, PositionSource
from core.qc import QcFlag
from core.reading import Reading, SeriesKey
from services import archive, dump_load, dumps
from services.archive import Retention, maintain
from services.cli.db import app
from services.postgres_roles import LOGINS
from store import engine, health, migrate
from store.database import Database
from store.picture import page
from store.store import Store

NOW = datetime.now(UTC).replace(microsecond=0)
OXYGEN = SeriesKey(cage="dt01-c01", point="d2", quantity="do_mg_l")
ENGINES = ["plain", pytest.param("timescaledb", marks=pytest.mark.timescale)]


@pytest.fixture(params=ENGINES)
def any_dsn(request: pytest.FixtureRequest) -> str:
    """A fresh, migrated database on each engine at hand."""
    dsn: str = request.getfixturevalue("database_dsn" if request.param == "plain" else "timescale_dsn")
    return dsn


@pytest.fixture
def beside(any_dsn: str) -> Iterator[Callable[[], str]]:
    """A function that makes an empty database on the same server."""
    made = []

    def make() -> str:
        name = f"beside_{len(made)}_{psycopg.conninfo.conninfo_to_dict(any_dsn)['dbname']}"
        with psycopg.connect(any_dsn, autocommit=True) as connection:
            connection.execute(f'create database "{name}" template template0')
        made.append(name)
        return make_conninfo(any_dsn, dbname=name)

    yield make
    with psycopg.connect(any_dsn, autocommit=True) as connection:
        for name in made:
            connection.execute(f'drop database "{name}"')


async def fill(dsn: str) -> None:
    """Readings and positions of 100, 50 and 0 days ago."""
    async with Database.session(dsn, application="fill") as database:
        store = Store(database)
        for days in (100, 50, 0):
            at = NOW - timedelta(days=days)
            rows = [
                Reading(series=OXYGEN, observed_at=at - timedelta(seconds=10 * n), value=7.0, qc=QcFlag.GOOD)
                for n in range(300)
            ]
            await store.readings.add([*rows, _missing(at)], NOW)
            await store.positions.add([_position(at - timedelta(seconds=n)) for n in range(200)], NOW)
        while await store.readings.refresh_rollups():
            continue


def _missing(at: datetime) -> Reading:
    return Reading(series=OXYGEN, observed_at=at + timedelta(seconds=5), value=None, qc=QcFlag.MISSING)


def _position(at: datetime) -> Position:
    return Position(mmsi=412000001, observed_at=at, lat_deg=27.8, lon_deg=121.2, source=PositionSource.AIS_B)


def count(dsn: str, table: str) -> int:
    with psycopg.connect(dsn) as connection:
        row = connection.execute(f"select count(*) from {table}").fetchone()
    assert row is not None
    return int(row[0])


def problems(dsn: str, *, upkeep: bool = True) -> list[str]:
    with psycopg.connect(dsn, autocommit=True, options="-c timezone=UTC") as connection:
        facts = health.facts(connection, dsn, NOW) if upkeep else []
        facts += health.compare(connection, dsn, NOW)
    return [fact.text for fact in facts if not fact.ok]


def test_check_of_fresh_database_finds_nothing_wrong(any_dsn: str) -> None:
    assert problems(any_dsn) == []


@pytest.mark.parametrize(
    ("damage", "found"),
    [
        ("alter table farm drop column name_en cascade", "column farm.name_en"),
        ("alter table series drop constraint series_point_check", "constraint series series_point_check"),
        ("drop index cage_farm", "cage_farm"),
        ("alter table farm add column extra integer", "column farm.extra integer"),
        ("revoke insert on reading from huangyu_ingest", "grant reading huangyu_ingest"),
        ("update alembic_version set version_num = '0001'", "run  huangyu db upgrade"),
    ],
)
def test_check_names_what_differs(damage: str, found: str, database_dsn: str) -> None:
    with psycopg.connect(database_dsn) as connection:
        connection.execute(damage)
    assert any(found in text for text in problems(database_dsn))


def test_check_says_when_partitions_run_out(database_dsn: str) -> None:
    with psycopg.connect(database_dsn, autocommit=True, options="-c timezone=UTC") as connection:
        facts = health.facts(connection, database_dsn, NOW + timedelta(days=30))
        assert [fact.name for fact in facts if not fact.ok] == ["partitions"]
        engine.prepare(connection, NOW + timedelta(days=30))
        assert all(fact.ok for fact in health.facts(connection, database_dsn, NOW + timedelta(days=30)))


async def test_upgrade_of_filled_database_again_changes_nothing(any_dsn: str) -> None:
    await fill(any_dsn)
    before = {table: count(any_dsn, table) for table in ("reading", "position", "reading_hourly", "series_latest")}
    migrate.upgrade(any_dsn, NOW)
    assert {table: count(any_dsn, table) for table in before} == before
    assert problems(any_dsn, upkeep=False) == []


async def test_maintain_packs_cold_pieces_and_answers_stay(any_dsn: str) -> None:
    await fill(any_dsn)
    async with Database.session(any_dsn, application="t") as database:
        store = Store(database)
        since, until = NOW - timedelta(days=120), NOW + timedelta(days=1)
        before = (await store.positions.since(since, until), await store.readings.between([1], since, until))
        done = maintain(any_dsn, NOW)
        assert (await store.positions.since(since, until), await store.readings.between([1], since, until)) == before
        with psycopg.connect(any_dsn, autocommit=True, options="-c timezone=UTC") as connection:
            cold = [p.packed for p in engine.pieces(connection) if p.until_at < NOW - engine.HOT]
            if engine.licensed(connection):
                assert all(cold), "packed here, or before by the extension's own policy"
            elif engine.packs(connection):
                assert all(cold) and done.packed
            else:
                assert not any(cold) and not done.packed, "the Apache edition has no columnstore"
        assert maintain(any_dsn, NOW) == archive.Done(packed=(), archived=())
        # Late data still goes into a packed piece, and comes back.
        late = _position(NOW - timedelta(days=100, hours=2))
        assert await store.positions.add([late], NOW) == 1
        assert late in await store.positions.since(since, until)
    assert problems(any_dsn) == []


async def test_maintain_archives_to_parquet_before_it_drops(any_dsn: str, tmp_path: Path) -> None:
    await fill(any_dsn)
    with psycopg.connect(any_dsn, autocommit=True, options="-c timezone=UTC") as connection:
        while engine.licensed(connection) and not engine.refresh(connection, NOW - timedelta(days=120), NOW):
            continue  # its own policy is at it
    hours = count(any_dsn, "reading_hourly")
    retention = Retention(folder=tmp_path, reading_days=60, position_days=80, nmea_raw_days=60)
    done = maintain(any_dsn, NOW, retention)
    assert len(done.archived) >= 2
    assert (count(any_dsn, "reading"), count(any_dsn, "position")) == (602, 400)
    assert maintain(any_dsn, NOW).archived == ()  # and its refresh must not empty the hours of what was dropped
    assert count(any_dsn, "reading_hourly") == hours
    readings = pq.read_table(tmp_path / "reading").to_pylist()
    assert len(readings) == 301
    assert sorted(r["qc"] for r in readings)[-1] == 9
    assert [r["value"] for r in readings].count(None) == 1
    assert all(r["observed_at"] < NOW - timedelta(days=60) for r in readings)
    assert len(pq.read_table(tmp_path / "position")) == 200


async def test_drop_of_piece_that_grew_meanwhile_is_left_alone(any_dsn: str) -> None:
    await fill(any_dsn)
    with psycopg.connect(any_dsn, autocommit=True, options="-c timezone=UTC") as connection:
        piece = next(p for p in engine.pieces(connection, "position") if p.size_bytes > 50_000)
        rows = connection.execute(
            "select count(*) from position where observed_at >= %s and observed_at < %s",
            (piece.from_at, piece.until_at),
        ).fetchone()
        assert rows is not None
        assert not engine.drop(connection, piece, rows[0] - 1)
        assert engine.drop(connection, piece, rows[0])


async def test_dump_restored_elsewhere_is_the_same_database(any_dsn: str, beside, tmp_path: Path) -> None:
    await fill(any_dsn)
    folder, target = tmp_path / "dump", beside()
    manifest = dumps.dump(any_dsn, folder, NOW)
    assert manifest.rows["reading"] == 903
    assert dump_load.restore(target, folder, NOW, want=manifest.engine) == manifest  # type: ignore[arg-type]
    assert problems(target, upkeep=False) == []
    assert dumps.dump(target, tmp_path / "again", NOW).tables == manifest.tables, "byte for byte the same rows"
    with pytest.raises(StoreError, match="not empty"):
        dump_load.restore(target, folder, NOW)
    with pytest.raises(StoreError, match="new folder"):
        dumps.dump(any_dsn, folder, NOW)


async def test_dump_keeps_the_hours_of_readings_long_dropped(any_dsn: str, beside, tmp_path: Path) -> None:
    await fill(any_dsn)
    with psycopg.connect(any_dsn, autocommit=True, options="-c timezone=UTC") as connection:
        while engine.licensed(connection) and not engine.refresh(connection, NOW - timedelta(days=120), NOW):
            continue  # its own policy is at it
    maintain(any_dsn, NOW, Retention(folder=tmp_path / "old", reading_days=60, position_days=80, nmea_raw_days=60))
    hours, target = count(any_dsn, "reading_hourly"), beside()
    manifest = dumps.dump(any_dsn, tmp_path / "dump", NOW)
    dump_load.restore(target, tmp_path / "dump", NOW, want=manifest.engine)  # type: ignore[arg-type]
    assert count(target, "reading_hourly") == hours


@pytest.mark.timescale
@pytest.mark.parametrize("there", ["timescaledb", "plain"])
async def test_dump_of_one_engine_restores_on_the_other_without_a_superuser(
    there: str, database_dsn: str, timescale_dsn: str, empty_database_dsn: str, tmp_path: Path
) -> None:
    source = database_dsn if there == "timescaledb" else timescale_dsn
    await fill(source)
    manifest = dumps.dump(source, tmp_path / "dump", NOW)
    if there == "plain":
        dump_load.restore(empty_database_dsn, tmp_path / "dump", NOW, want="plain")
        assert count(empty_database_dsn, "reading") == manifest.rows["reading"]
        return
    with owned_by_nobody_special(timescale_dsn) as target:
        dump_load.restore(target, tmp_path / "dump", NOW, want="timescaledb")
        assert count(target, "reading") == manifest.rows["reading"]
        assert count(target, "reading_hourly") == manifest.rows["reading_hourly"]


@contextmanager
def owned_by_nobody_special(dsn: str) -> Iterator[str]:
    """An empty database whose owner is no superuser, with the extension that the server's operator made for it."""
    name, password = f"owned_{secrets.token_hex(4)}", secrets.token_hex(8)
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(f"create role {name} login createrole password '{password}'")
        connection.execute(f"create database {name} owner {name} template template0")
        for role in LOGINS:
            connection.execute(f"grant {role} to {name} with admin option")
        with psycopg.connect(make_conninfo(dsn, dbname=name), autocommit=True) as own:
            own.execute("create extension timescaledb")
        yield make_conninfo(dsn, dbname=name, user=name, password=password)
        connection.execute(f"drop database {name} with (force)")
        connection.execute(f"drop role {name}")


def test_restore_of_damaged_or_foreign_dump_is_refused(
    database_dsn: str, empty_database_dsn: str, tmp_path: Path
) -> None:
    folder = tmp_path / "dump"
    dumps.dump(database_dsn, folder, NOW)
    with pytest.raises(StoreError, match="no whole dump"):
        dump_load.restore(empty_database_dsn, tmp_path, NOW)
    manifest = json.loads((folder / dumps.MANIFEST).read_text())
    (folder / dumps.MANIFEST).write_text(json.dumps(manifest | {"revision": "9999"}))
    with pytest.raises(StoreError, match="update huangyu"):
        dump_load.restore(empty_database_dsn, folder, NOW)
    (folder / dumps.MANIFEST).write_text(json.dumps(manifest))
    whole = (folder / "position_source.copy.gz").read_bytes()
    for damaged in (gzip.compress(b"9\tanother\n"), whole[:-9], b"not gzip", b""):
        (folder / "position_source.copy.gz").write_bytes(damaged)
        with pytest.raises(StoreError, match="damaged"):
            dump_load.restore(empty_database_dsn, folder, NOW)
    (folder / "position_source.copy.gz").write_bytes(whole)
    dump_load.restore(empty_database_dsn, folder, NOW, want="plain")


def test_db_command_upgrades_checks_and_dumps(empty_database_dsn: str, tmp_path: Path) -> None:
    run = CliRunner().invoke
    assert "run  huangyu db upgrade" in run(app, ["check", "--dsn", empty_database_dsn, "--json"]).output
    assert run(app, ["upgrade", "--dsn", empty_database_dsn, "--engine", "plain"]).exit_code == 0
    checked = run(app, ["check", "--dsn", empty_database_dsn, "--json"])
    assert checked.exit_code == 0, checked.output
    assert all(fact["ok"] for fact in json.loads(checked.output))
    assert run(app, ["maintain", "--dsn", empty_database_dsn]).exit_code == 0
    dumped = run(app, ["dump", str(tmp_path / "d"), "--dsn", empty_database_dsn, "--json"])
    assert json.loads(dumped.output)["revision"] == migrate.newest_revision()
    away = run(app, ["check", "--dsn", "host=127.0.0.1 port=9 connect_timeout=2"])
    assert isinstance(away.exception, StoreError)


def test_page_of_tables_in_the_docs_is_of_this_schema(database_dsn: str) -> None:
    path = Path(__file__).parents[3] / "docs" / "tables.md"
    with psycopg.connect(database_dsn) as connection:
        old, new = path.read_text(encoding="utf-8").splitlines(), page(connection).splitlines()
    differing = "\n".join(
        line for line in difflib.unified_diff(old, new, lineterm="", n=0) if line[:2] not in ("--", "++")
    )
    assert old == new, (
        "docs/tables.md is not of this schema. Make it anew from a database of this version: "
        f"huangyu db upgrade --dsn DSN && huangyu db picture docs/tables.md --dsn DSN\n{differing[:2000]}"
    )
