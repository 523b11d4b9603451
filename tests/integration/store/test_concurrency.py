"""Several writers at once, late data, a database killed under load: exact counts, no deadlock, nothing lost."""

import asyncio
import os
import random
import signal
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from core import pack, topics
from core.pack import PackHead, Sentence
from core.qc import QcFlag
from core.reading import ClockState, Priority, Reading, SeriesKey
from core.topics import Stream
from services.ingest_commit import Committer
from services.ingest_decode import Parcel, parse
from services.ingest_settings import IngestSettings
from services.postgres import EmbeddedPostgres, PostgresSettings
from store import migrate
from store.database import Database
from store.errors import StoreUnavailableError
from store.store import Store

SEED = 20261123
NOW = datetime.now(UTC).replace(microsecond=0)
KEYS = [SeriesKey(cage=f"dt01-c{c:02}", point="d2", quantity=q) for c in range(1, 6) for q in ("do_mg_l", "ph")]
LINE = "!AIVDM,1,1,,A,15RTgt0PAso;90TKcjM8h6g208CQ,0*4A"


def parcels(count: int, gateway: str = "gw-dt01", first_s: int = 0) -> list[Parcel]:
    """Batches of 40 records, readings and sentences in turn, of one gateway."""
    head = PackHead(gateway=gateway, boot_id="b1", clock=ClockState.SYNCED, priority=Priority.READING)
    made = []
    for number in range(count):
        at = NOW - timedelta(days=1) + timedelta(seconds=first_s + 10 * number)
        stream = Stream.NMEA if number % 5 == 4 else Stream.READING
        items = [(40 * number + index, _item(stream, index, at)) for index in range(40)]
        topic = topics.up(gateway, stream)
        made.append(parse(topic, gateway, stream, pack.encode(head, items)))
    return made


def _item(stream: Stream, index: int, at: datetime) -> Reading | Sentence:
    if stream is Stream.NMEA:
        return Sentence(receiver="rx1", observed_at=at + timedelta(milliseconds=index), text=LINE)
    # Four ticks of ten series.
    when = at + timedelta(seconds=index // 10)
    return Reading(series=KEYS[index % 10], observed_at=when, value=float(index % 7), qc=QcFlag.GOOD)


async def commit_all(store: Store, batches: Sequence[Parcel], group: int) -> None:
    committer = Committer(store, IngestSettings())
    for first in range(0, len(batches), group):
        await committer.commit(batches[first : first + group], datetime.now(UTC))


def expected(batches: Sequence[Parcel]) -> dict[str, int]:
    named = [batch.readings for batch in batches if batch.readings]
    readings = {row for part in named for row in zip(part.name, part.observed_us.tolist(), strict=True)}
    lines = {(b.head.gateway, seq) for b in batches if b.sentences for seq in b.sentences.seq}
    return {"reading": len(readings), "nmea_raw": len(lines), "position": len(lines)}


def counted(dsn: str) -> dict[str, int]:
    with psycopg.connect(dsn) as connection:
        tables = ("reading", "nmea_raw", "position")
        return {t: connection.execute(f"select count(*) from {t}").fetchone()[0] for t in tables}


def wrong_hours(dsn: str) -> list[tuple[object, ...]]:
    """Roll-ups that differ from a recomputation from scratch."""
    with psycopg.connect(dsn) as connection:
        return connection.execute(
            """
            with fresh as (
                select date_trunc('hour', observed_at) as bucket_at, series_id, count(*)::int as n,
                    (count(*) filter (where qc in (1, 2)))::int as n_good,
                    min(value) filter (where qc in (1, 2)) as low, max(value) filter (where qc in (1, 2)) as high,
                    round(avg(value::float8) filter (where qc in (1, 2))::numeric, 9) as mean
                from reading group by 1, 2
            )
            select * from fresh f full join reading_hourly h using (series_id, bucket_at)
            where (f.n, f.n_good, f.low, f.high, f.mean) is distinct from
                (h.n, h.n_good, h.value_min, h.value_max, round(h.value_avg::numeric, 9))
            """
        ).fetchall()


async def test_four_ingesters_with_the_same_shuffled_batches_never_deadlock(database_dsn: str) -> None:
    print("seed", SEED)
    batches = parcels(60) + parcels(30, "gw-dt02", first_s=5)
    async with asyncio.TaskGroup() as group:
        for worker in range(4):
            shuffled = random.Random(SEED + worker).sample(batches, len(batches))
            group.create_task(_one_ingester(database_dsn, shuffled))
    assert counted(database_dsn) == expected(batches)
    with psycopg.connect(database_dsn) as connection:
        assert connection.execute("select pg_stat_force_next_flush()") is not None
        row = connection.execute("select deadlocks from pg_stat_database where datname = current_database()").fetchone()
        numbers = connection.execute("select sum(upper(r) - lower(r)) from gateway_seq, unnest(committed) r").fetchone()
    assert row == (0,)
    assert numbers == (90 * 40,)


async def _one_ingester(dsn: str, batches: Sequence[Parcel]) -> None:
    async with Database.session(dsn, application="ingester", lock_limit_s=60) as database:
        await commit_all(Store(database), batches, 3)


async def test_rollups_under_late_data_equal_a_recomputation(database_dsn: str) -> None:
    print("seed", SEED)
    rng = random.Random(SEED)
    rows = [
        Reading(series=rng.choice(KEYS), observed_at=NOW - timedelta(seconds=rng.randrange(200_000)),
                value=rng.uniform(0, 9), qc=rng.choice([QcFlag.GOOD, QcFlag.FAIL]))
        for _ in range(4000)
    ]  # fmt: skip
    async with (
        Database.session(database_dsn, application="a") as one,
        Database.session(database_dsn, application="b") as other,
    ):
        writers = [asyncio.create_task(_write(Store(db), rows[part::2])) for part, db in enumerate((one, other))]
        while not all(writer.done() for writer in writers):
            await asyncio.gather(Store(one).readings.refresh_rollups(37), Store(other).readings.refresh_rollups(37))
        await asyncio.gather(*writers)
        while await Store(one).readings.refresh_rollups():
            continue
    assert wrong_hours(database_dsn) == []


async def _write(store: Store, rows: Sequence[Reading]) -> None:
    for first in range(0, len(rows), 100):
        await store.readings.add(rows[first : first + 100], NOW)


async def test_partition_wanted_by_two_at_once_is_made_once(database_dsn: str) -> None:
    long_ago = NOW - timedelta(days=300)
    ensure = ("select ensure_partitions('reading', %s, %s)", (long_ago, long_ago))
    async with (
        await psycopg.AsyncConnection.connect(database_dsn) as one,
        await psycopg.AsyncConnection.connect(database_dsn) as other,
    ):
        assert await (await one.execute(*ensure)).fetchone() == (1,)
        waiting = asyncio.create_task(other.execute(*ensure))
        waits = "select count(*) from pg_locks where locktype = 'advisory' and not granted and pid = %s"
        async with asyncio.timeout(20):
            while await (await one.execute(waits, (other.info.backend_pid,))).fetchone() != (1,):
                await asyncio.sleep(0.01)
        await one.commit()
        assert await (await waiting).fetchone() == (0,)


@pytest.mark.timeout(180)
async def test_database_killed_under_load_loses_nothing_acknowledged(tmp_path: Path) -> None:
    batches = parcels(80)
    server = EmbeddedPostgres(PostgresSettings(home=tmp_path / "pg", port=None)).start()
    try:
        migrate.upgrade(server.dsn(), NOW, want="plain")
        fixed = PostgresSettings(home=tmp_path / "pg", port=server.port)
        async with Database.session(server.dsn(), application="ingest") as database:
            task = asyncio.create_task(_commit_through_kills(Store(database), batches))
            for _ in range(2):
                await asyncio.sleep(0.3)
                assert server.pid is not None
                os.kill(server.pid, signal.SIGKILL)
                server.stop()
                server = EmbeddedPostgres(fixed).start()
            retries = await task
        assert counted(server.dsn()) == expected(batches)
        assert retries > 0, "the kills hit no transaction: the load was over too soon"
    finally:
        server.stop()


async def _commit_through_kills(store: Store, batches: Sequence[Parcel]) -> int:
    committer, retries = Committer(store, IngestSettings()), 0
    for batch in batches:
        while True:
            try:
                await committer.commit([batch], datetime.now(UTC))
                break
            except StoreUnavailableError:
                retries += 1
                await asyncio.sleep(0.05)
    return retries
