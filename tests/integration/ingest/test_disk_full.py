"""No disk left under a table: ingest waits and says so, nothing is acknowledged or lost, and all is taken after.

The table's file is made a link to ``/dev/full``: every write then fails with the kernel's own ENOSPC, without root and
without a file system of its own.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiomqtt
import psycopg
import pytest

from core import pack, topics
from core.pack import PackHead
from core.qc import QcFlag
from core.reading import ClockState, Priority, Reading, SeriesKey
from core.topics import Stream
from services.ingest import Ingest
from services.ingest_settings import IngestSettings
from services.settings import BrokerSettings
from store.database import Database
from store.errors import StoreUnavailableError
from store.store import Store

GATEWAY = "gw-dt01"
HEAD = PackHead(gateway=GATEWAY, boot_id="b1", clock=ClockState.SYNCED, priority=Priority.READING)
OXYGEN = SeriesKey(cage="dt01-c01", point="d2", quantity="do_mg_l")
NOW = datetime.now(UTC).replace(microsecond=0)
LIMIT_S = 40


def reading(number: int) -> Reading:
    return Reading(series=OXYGEN, observed_at=NOW - timedelta(seconds=number), value=float(number), qc=QcFlag.GOOD)


@contextmanager
def full_disk(cluster: Path, dsn: str) -> Iterator[None]:
    """Let every write to the partitions that readings of now go to fail with "No space left on device"."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        found = connection.execute(
            "select relid::regclass::text, pg_relation_filepath(relid) from pg_partition_tree('reading') where isleaf"
        ).fetchall()
    files = [cluster / path for _, path in found]
    for file in files:
        assert file.stat().st_size == 0, "only an empty table's file can be a device"
        file.rename(file.with_suffix(".kept"))
        file.symlink_to("/dev/full")
    try:
        yield
    finally:
        for file in files:
            file.with_suffix(".kept").replace(file)
        with psycopg.connect(dsn, autocommit=True) as connection:
            for table, _ in found:  # makes every session open the file anew
                connection.execute(f"alter table {table} set (autovacuum_enabled = true)")


async def until(condition, what: str) -> None:
    deadline = asyncio.get_running_loop().time() + LIMIT_S
    while not condition():
        assert asyncio.get_running_loop().time() < deadline, f"waited {LIMIT_S} s for {what}"
        await asyncio.sleep(0.02)


async def test_store_without_disk_says_so_and_takes_the_same_rows_after(postgres_server, database_dsn: str) -> None:
    async with Database.session(database_dsn) as database:
        readings = Store(database).readings
        with (
            full_disk(postgres_server.cluster, database_dsn),
            pytest.raises(StoreUnavailableError, match="no disk left"),
        ):
            await readings.add([reading(1)], NOW)
        assert (await readings.add([reading(1)], NOW)).inserted == 1


@pytest.mark.timeout(120)
async def test_ingest_without_disk_waits_and_loses_nothing(
    postgres_server, mqtt_broker, database_dsn, role_dsn
) -> None:
    broker = BrokerSettings(
        host=mqtt_broker.host, port=mqtt_broker.port, username=mqtt_broker.username, client_id="full"
    )
    acknowledged = asyncio.Event()
    async with (
        Database.session(role_dsn("huangyu_ingest"), application="ingest") as database,
        aiomqtt.Client(
            mqtt_broker.host, mqtt_broker.port, username=mqtt_broker.gateway_username,
            password=mqtt_broker.gateway_password,
        ) as edge,
    ):  # fmt: skip
        worker, stop = Ingest(Store(database), broker, mqtt_broker.password, IngestSettings()), asyncio.Event()
        with full_disk(postgres_server.cluster, database_dsn):
            task = asyncio.create_task(worker.run(stop))
            await until(lambda: not worker.state()["problems"], "the worker to connect")
            await edge.subscribe(topics.ack(GATEWAY), qos=1)
            listening = asyncio.create_task(_first_ack(edge, acknowledged))
            batch = [(number, reading(number)) for number in range(1, 31)]
            await edge.publish(topics.up(GATEWAY, Stream.READING), pack.encode(HEAD, batch), qos=1)
            await until(lambda: "no disk left" in "".join(worker.state()["problems"]), "the trouble to be told")
            await asyncio.wait([task], timeout=1.5)  # several tries, each in vain
            assert not task.done()
            assert (worker.state()["batches"], worker.state()["put_aside"]) == (0, 0)
            assert not acknowledged.is_set()
        await asyncio.wait_for(acknowledged.wait(), LIMIT_S)
        await until(lambda: not worker.state()["problems"], "the trouble to be over")
        stop.set()
        await task
        listening.cancel()
    with psycopg.connect(database_dsn) as connection:
        kept = connection.execute("select count(*), sum(value)::float8 from reading").fetchone()
        assert kept == (30, sum(range(1, 31)))
        assert connection.execute("select count(*) from quarantine").fetchone() == (0,)


async def _first_ack(edge: aiomqtt.Client, acknowledged: asyncio.Event) -> None:
    async for _ in edge.messages:
        acknowledged.set()
