"""From a distress device's first message to its alarm row, while a thousand other messages a second come in.

    python benchmarks/safety_distress.py [--quick] [--json] [--seed N]

Real parts on loopback: mosquitto, embedded PostgreSQL (durable), ``huangyu ingest`` and ``huangyu watch`` as processes.
Position reports of 2,000 boats arrive in packs of 100, ten a second; every two seconds a device never heard before
(AIS-SART, man overboard, EPIRB in turn) sends its first burst on the distress stream. The clock runs from the
publication of that burst to the moment the alarm's row is seen in the table `alert`, looked for every 20 ms.
"""

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiomqtt
import numpy as np
import psycopg
from store_common import arguments, database, machine, mosquitto, report
from store_ingest import checksum, position_report

from core import pack, topics
from core.pack import PackHead, Sentence
from core.reading import ClockState, Priority
from core.topics import Stream

GATEWAY = "gw-dt01"
BOATS, PACK, PACKS_PER_S = 2000, 100, 10
DEVICE_EVERY_S = 2.0
GIVE_UP_S = 30.0
HEAD = PackHead(gateway=GATEWAY, boot_id="b1", clock=ClockState.SYNCED, priority=Priority.DISTRESS)


class Traffic:
    """Seeded boats under way, and the running sequence number of the gateway they are heard by."""

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        self._lat, self._lon = self._rng.uniform(27, 28.5, BOATS), self._rng.uniform(120.8, 122.5, BOATS)
        self._next = 0
        self.seq = 0

    def numbered(self, sentence: Sentence) -> tuple[int, Sentence]:
        self.seq += 1
        return self.seq, sentence

    def boats(self, count: int) -> bytes:
        items = []
        for _ in range(count):
            boat = self._next = (self._next + 1) % BOATS
            self._lat[boat] += 1e-4
            body = position_report(
                412_300_000 + boat, self._lat[boat], self._lon[boat], int(self._rng.integers(0, 120)), 450
            )
            items.append(self.numbered(heard(body)))
        return pack.encode(HEAD, items)

    def device(self, mmsi: int) -> bytes:
        lat, lon = self._rng.uniform(27.2, 28.2), self._rng.uniform(121.4, 122.3)
        return pack.encode(HEAD, [self.numbered(heard(position_report(mmsi, lat, lon, 0, 3600)))])


def heard(body: str) -> Sentence:
    """Return a sentence with the tag block a gateway gives it, received now."""
    at = datetime.now(UTC)
    tag = f"c:{int(at.timestamp() * 1000)},s:rx1"
    text = f"\\{tag}*{checksum(tag):02X}\\!{body}*{checksum(body):02X}"
    return Sentence(receiver="rx1", observed_at=at - timedelta(milliseconds=1), text=text)


def device_number(index: int) -> int:
    return (970, 972, 974)[index % 3] * 1_000_000 + 100_000 + index


async def send_traffic(client: aiomqtt.Client, traffic: Traffic, stop: asyncio.Event) -> int:
    """Publish the boats' packs on a steady beat; return how many messages went out."""
    loop, sent = asyncio.get_running_loop(), 0
    due = loop.time()
    while not stop.is_set():
        await client.publish(topics.up(GATEWAY, Stream.NMEA), traffic.boats(PACK), qos=1)
        sent += PACK
        due += 1 / PACKS_PER_S
        await asyncio.sleep(max(0.0, due - loop.time()))
    return sent


async def alarm_after(connection: psycopg.AsyncConnection[Any], mmsi: int) -> float:
    """Return how long until an alert of this device stands in the table, inf when it does not. [s]"""
    began = time.perf_counter()
    while time.perf_counter() - began < GIVE_UP_S:
        found = await connection.execute("select 1 from alert where key like %s", (f"%:{mmsi}%",))
        if await found.fetchone():
            return time.perf_counter() - began
        await asyncio.sleep(0.02)
    return float("inf")


async def measure(dsn: str, port: int, seed: int, devices: int) -> tuple[list[float], float]:
    """Return the time to the alarm of each device [s], and the messages a second meanwhile."""
    traffic, stop = Traffic(seed), asyncio.Event()
    async with (
        await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection,
        aiomqtt.Client("127.0.0.1", port) as client,
    ):
        began = time.perf_counter()
        sending = asyncio.create_task(send_traffic(client, traffic, stop))
        await asyncio.sleep(10.0)  # the picture fills and both processes have started
        looking = []
        for index in range(devices):
            mmsi = device_number(index)
            await client.publish(topics.up(GATEWAY, Stream.DISTRESS), traffic.device(mmsi), qos=1)
            looking.append(asyncio.create_task(alarm_after(connection, mmsi)))
            await asyncio.sleep(DEVICE_EVERY_S)
        waits = await asyncio.gather(*looking)
        stop.set()
        return waits, await sending / (time.perf_counter() - began)


def shore(folder: Path, dsn: str, port: int, name: str) -> "subprocess.Popen[bytes]":
    settings = folder / "shore.toml"
    settings.write_text(f'[broker]\nhost = "127.0.0.1"\nport = {port}\nusername = ""\n', encoding="utf-8")
    with (folder / f"{name}.log").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "services.cli.main", name, "--config", str(settings)],
            env=os.environ | {"HUANGYU_DSN": dsn, "HUANGYU_DATA": str(folder)}, stdout=log, stderr=log,
        )  # fmt: skip


def main() -> None:
    options = arguments(__doc__ or "")
    state, devices = machine(), 10 if options.quick else 100
    with tempfile.TemporaryDirectory() as name, mosquitto(Path(name)) as port, database(options.engine) as dsn:
        parts = [shore(Path(name), dsn, port, part) for part in ("ingest", "watch")]
        try:
            waits, per_s = asyncio.run(measure(dsn, port, options.seed, devices))
        finally:
            for part in parts:
                part.terminate()
            for part in parts:
                part.wait(30)
        if float("inf") in waits:
            for part in ("ingest", "watch"):
                print((Path(name) / f"{part}.log").read_text(errors="replace")[-3000:], file=sys.stderr)
    figures = {
        "devices": devices,
        "unseen": waits.count(float("inf")),
        "distress_p50_s": round(statistics.median(waits), 3),
        "distress_p99_s": round(float(np.quantile(waits, 0.99, method="higher")), 3),
        "traffic_per_s": round(per_s),
    }
    report(figures, options, "publication of a device's first message to its alarm row, whole processes", state)


if __name__ == "__main__":
    main()
