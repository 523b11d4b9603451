"""Does the store lose, double or miscount anything: PostgreSQL killed under load, late data, four ingesters at once.

Kills: an ingest worker behind mosquitto works while the server is killed with SIGKILL in three ways in turn (postmaster
alone, every process at once, one backend). Every row that was acknowledged must be there at the end, once. Late data:
rows arrive in the order of their delays while two refreshers roll up; then every hour is compared with a recomputation
from the raw rows. Four ingesters: four processes commit the same batches, each in an order of its own.
"""

import asyncio
import multiprocessing
import os
import random
import signal
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import psycopg
from store_chaos_load import Load
from store_common import arguments, database, machine, mosquitto, report
from store_ingest import GATEWAY, Batch, reading_batches, sentence_batches

from core import topics
from core.pack import Sentence
from core.reading import Reading, SeriesKey
from core.units import QUANTITIES
from services.ingest_commit import Committer
from services.ingest_decode import parse
from services.ingest_settings import IngestSettings
from services.postgres import EmbeddedPostgres, PostgresSettings
from store import engine, migrate
from store.columns import ReadingColumns, unix_us
from store.database import Database
from store.errors import StoreUnavailableError
from store.store import Store

PARTS = ("kills", "late", "four")
KINDS = ("postmaster", "all", "backend")
LATE_SHARE, LATEST_S = 0.02, 3 * 86_400
SERIES, CADENCE_S, ROWS_A_BATCH = 600, 60, 20_000
WORKERS = 4
Key = tuple[str, int]


# -- kills -----------------------------------------------------------------------------------------------------


def kills(count: int, pause_s: float, seed: int) -> dict[str, Any]:
    """Kill the server `count` times under load; return what was acknowledged, lost and doubled."""
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="huangyu-bench-") as folder, mosquitto(Path(folder)) as port:
        home = Path(folder) / "pg"
        server = EmbeddedPostgres(PostgresSettings(home=home)).start()
        try:
            migrate.upgrade(server.dsn(), datetime.now(UTC), want="plain")
            fixed = PostgresSettings(home=home, port=server.port)
            load = Load(server.dsn(), port, seed)
            load.start()
            restarts: list[float] = []
            for number in range(count):
                _await_progress(load, rng.uniform(0.2, pause_s))
                began = time.perf_counter()
                server = _kill(server, KINDS[number % 3], fixed, rng)
                restarts.append(time.perf_counter() - began)
            _await_progress(load, 1.0)
            load.enough.set()
            load.join(120)
            if load.failure is not None or load.is_alive():
                raise SystemExit(f"The load did not end well: {load.failure or 'batches were never acknowledged'}")
            return {"kills": count, "longest_restart_s": round(max(restarts), 1)} | _audit(server.dsn(), load)
        finally:
            server.stop()


def _await_progress(load: Load, seconds: float) -> None:
    """Wait until rows were acknowledged again, and then `seconds` more: a kill always meets work."""
    mark, deadline = load.acknowledged, time.monotonic() + 90
    while load.acknowledged == mark:
        if time.monotonic() > deadline or not load.is_alive():
            raise SystemExit(f"Nothing was acknowledged for 90 s after a kill: {load.failure}")
        time.sleep(0.02)
    time.sleep(seconds)


def _kill(server: EmbeddedPostgres, kind: str, fixed: PostgresSettings, rng: random.Random) -> EmbeddedPostgres:
    assert server.pid is not None
    postmaster = psutil.Process(server.pid)
    children = postmaster.children(recursive=True)
    if kind == "backend":
        backends = [child for child in children if "huangyu" in " ".join(child.cmdline())] or children
        rng.choice(backends).send_signal(signal.SIGKILL)  # the postmaster ends all others and recovers
        return server
    postmaster.kill()
    for child in children if kind == "all" else ():
        try:
            child.kill()
        except psutil.NoSuchProcess:
            continue
    server.stop()
    return EmbeddedPostgres(fixed).start()


def _audit(dsn: str, load: Load) -> dict[str, Any]:
    """Compare what was acknowledged (in the end everything) with what is in the tables."""
    readings = {(str(i.series), unix_us(i.observed_at)) for _, i in load.items if isinstance(i, Reading)}
    lines = {seq for seq, item in load.items if isinstance(item, Sentence)}
    with psycopg.connect(dsn) as connection:
        found = connection.execute(
            "select concat_ws('.', cage_id, point, quantity), (extract(epoch from observed_at) * 1000000)::bigint"
            " from reading join series using (series_id)"
        ).fetchall()
        raw = [seq for (seq,) in connection.execute("select seq from nmea_raw")]
        (marked,) = _row(connection, "select sum(upper(r) - lower(r))::bigint from gateway_seq, unnest(committed) r")
        (positions,) = _row(connection, "select count(*) from position")
        (aside,) = _row(connection, "select count(*) from quarantine")
    lost = len(readings - set(found)) + len(lines - set(raw)) + max(0, len(lines) - positions)
    doubled = len(found) - len(set(found)) + len(raw) - len(set(raw)) + max(0, positions - len(lines))
    foreign = len(set(found) - readings) + len(set(raw) - lines) + aside + abs(marked - len(load.items))
    return {
        "acknowledged_rows": load.acknowledged, "batches_sent_again": load.resent, "lost": lost, "doubled": doubled,
        "unexplained": foreign,
    }  # fmt: skip


def _row(connection: psycopg.Connection[Any], statement: str) -> tuple[Any, ...]:
    row = connection.execute(statement.encode()).fetchone()
    assert row is not None
    return row


# -- late data -------------------------------------------------------------------------------------------------


async def late(dsn: str, rows: int, seed: int) -> dict[str, Any]:
    """Store rows in order of arrival, some days late, while hours are rolled up; return how many hours are wrong."""
    began = time.perf_counter()
    async with Database.session(dsn, application="one") as one, Database.session(dsn, application="other") as other:
        parts = await _late_batches(Store(one), rows, seed)
        writers = [asyncio.create_task(_write(Store(db), parts[n::2])) for n, db in enumerate((one, other))]
        while not all(writer.done() for writer in writers):
            await asyncio.gather(*(_refresh(Store(db)) for db in (one, other)))
            await asyncio.sleep(0.5)
        await asyncio.gather(*writers)
        while await Store(one).readings.refresh_rollups():
            continue
    spent_s = time.perf_counter() - began
    with psycopg.connect(dsn, autocommit=True, options="-c timezone=UTC") as connection:
        if engine.licensed(connection):
            while not engine.refresh(connection, datetime.now(UTC) - timedelta(days=400), datetime.now(UTC)):
                time.sleep(1)  # its own policy is at it
        stored, hours, wrong = _row(connection, RECOMPUTED)
    if stored != rows:
        raise SystemExit(f"{stored} of {rows} rows are in the table.")
    return {"late_rows": rows, "late_hours": hours, "late_wrong_hours": wrong, "late_spent_s": round(spent_s, 1)}


RECOMPUTED = """
with fresh as (
    select date_trunc('hour', observed_at) as bucket_at, series_id, count(*)::int as n,
        (count(*) filter (where qc in (1, 2)))::int as n_good,
        min(value) filter (where qc in (1, 2)) as low, max(value) filter (where qc in (1, 2)) as high,
        avg(value::float8) filter (where qc in (1, 2)) as mean
    from reading group by 1, 2
)
select sum(f.n)::bigint, count(*), count(*) filter (where (f.n, f.n_good, f.low, f.high) is distinct from
    (h.n, h.n_good, h.value_min, h.value_max) or (f.mean is null) <> (h.value_avg is null)
    or abs(f.mean - h.value_avg) > 1e-9)
from fresh f full join reading_hourly h using (series_id, bucket_at)
"""


async def _late_batches(store: Store, rows: int, seed: int) -> list[ReadingColumns]:
    quantities = sorted(QUANTITIES)[:6]
    keys = [SeriesKey(cage=f"dt01-c{n // 6:03}", point="d2", quantity=quantities[n % 6]) for n in range(SERIES)]
    numbers = np.array(list((await store.readings.ensure_series(keys)).values()), dtype=np.int32)
    rng = np.random.default_rng(seed)
    tick = np.arange(rows) // SERIES
    start_us = unix_us(datetime.now(UTC).replace(microsecond=0)) - (rows // SERIES + 1) * CADENCE_S * 1_000_000
    delay_s = np.where(rng.random(rows) < LATE_SHARE, rng.uniform(0, LATEST_S, rows), 0.0)
    order = np.argsort(tick * CADENCE_S + delay_s, kind="stable")
    flags = rng.choice(np.array([1, 3, 4, 9], dtype=np.int16), rows, p=[0.98, 0.01, 0.005, 0.005])
    whole = ReadingColumns(
        series_id=numbers[np.arange(rows) % SERIES], observed_us=start_us + tick * CADENCE_S * 1_000_000,
        value=np.where(flags == 9, np.nan, np.round(rng.normal(7, 1, rows), 2)).astype(np.float32), qc=flags,
        clock=np.ones(rows, dtype=np.int16),
    ).take(order)  # fmt: skip
    return [whole.take(np.arange(first, min(first + ROWS_A_BATCH, rows))) for first in range(0, rows, ROWS_A_BATCH)]


async def _write(store: Store, parts: Sequence[ReadingColumns]) -> None:
    for part in parts:
        while True:
            try:
                await store.readings.insert(part, datetime.now(UTC))
                break
            except StoreUnavailableError:
                await asyncio.sleep(0.1)


async def _refresh(store: Store) -> None:
    while await store.readings.refresh_rollups(5000):
        continue


# -- four ingesters --------------------------------------------------------------------------------------------


def four(dsn: str, made: list[Batch], seed: int) -> dict[str, Any]:
    """Commit the same batches from four processes, each in its own order; return deadlocks and wrong counts."""
    began = time.perf_counter()
    context = multiprocessing.get_context("spawn")
    with context.Pool(WORKERS) as pool:
        refused = pool.starmap(_one_ingester, [(dsn, made, seed + worker) for worker in range(WORKERS)])
    spent_s = time.perf_counter() - began
    records = sum(size for *_, size in made)
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("select pg_stat_force_next_flush()")
        (deadlocks,) = _row(connection, "select deadlocks from pg_stat_database where datname = current_database()")
        (stored,) = _row(connection, "select (select count(*) from reading) + (select count(*) from nmea_raw)")
        (marked,) = _row(connection, "select sum(upper(r) - lower(r))::bigint from gateway_seq, unnest(committed) r")
        (aside,) = _row(connection, "select count(*) from quarantine")
    return {
        "four_records": records, "four_deadlocks": deadlocks, "four_failures": sum(refused),
        "four_miscounted": abs(stored - records) + abs(marked - records) + aside, "four_spent_s": round(spent_s, 1),
    }  # fmt: skip


def _one_ingester(dsn: str, made: list[Batch], seed: int) -> int:
    return asyncio.run(_commit_shuffled(dsn, random.Random(seed).sample(made, len(made))))


async def _commit_shuffled(dsn: str, made: list[Batch]) -> int:
    """Commit the batches in groups of five; return how often the database refused."""
    refused = 0
    async with Database.session(dsn, application="ingester", lock_limit_s=60) as opened:
        committer = Committer(Store(opened), IngestSettings())
        for first in range(0, len(made), 5):
            group = [parse(topics.up(GATEWAY, s), GATEWAY, s, payload) for s, payload, _ in made[first : first + 5]]
            while True:
                try:
                    await committer.commit(group, datetime.now(UTC))
                    break
                except StoreUnavailableError:
                    refused += 1
    return refused


def shared_batches(records: int, seed: int) -> list[Batch]:
    """Return batches of readings and of sentences whose sequence numbers do not meet."""
    readings = reading_batches(records * 3 // 4, seed)
    return readings + sentence_batches(records // 4, seed, first_seq=records)


def main() -> None:
    options = arguments(__doc__ or "", PARTS)
    state = machine()
    count, pause_s, rows, records = (3, 0.5, 200_000, 20_000) if options.quick else (20, 2.0, 10_000_000, 400_000)
    wanted = (options.part,) if options.part else PARTS
    figures: dict[str, Any] = {}
    if "kills" in wanted and options.engine == "plain":
        figures |= kills(count, pause_s, options.seed)
        print(figures, flush=True)
    if "late" in wanted:
        with database(options.engine) as dsn:
            figures |= asyncio.run(late(dsn, rows, options.seed))
        print(figures, flush=True)
    if "four" in wanted:
        with database(options.engine) as dsn:
            figures |= four(dsn, shared_batches(records, options.seed), options.seed)
    method = (
        f"{count} SIGKILLs of postmaster, all processes or a backend under an ingest worker; {LATE_SHARE:.0%} of rows "
        f"up to 3 days late, two refreshers; {WORKERS} processes with the same batches; kills only on the own server"
    )
    report(figures, options, method, state)
    bad = [name for name in BAD if figures.get(name)]
    if bad:
        raise SystemExit(f"Not kept: {', '.join(bad)}.")


BAD = ("lost", "doubled", "unexplained", "late_wrong_hours", "four_deadlocks", "four_miscounted")

if __name__ == "__main__":
    os.nice(5)
    main()
