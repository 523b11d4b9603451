"""Readings and AIS positions a second through one ingest worker: MQTT batch in, committed rows and acknowledgement out.

The batches wait in a mosquitto queue (as after an outage); the clock runs from the worker's start to the last
acknowledgement, so the producers' own work is not in the figure. Also measured: decoding alone and storing alone.
"""

import asyncio
import json
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiomqtt
import numpy as np
from store_common import arguments, database, machine, mosquitto, report

from core import pack, topics
from core.pack import PackHead, Sentence
from core.qc import QcFlag
from core.reading import ClockState, Priority, Reading, SeriesKey
from core.topics import Stream
from services.ingest import Ingest
from services.ingest_commit import Committer
from services.ingest_decode import Parcel, parse
from services.ingest_settings import IngestSettings
from services.settings import BrokerSettings
from store.database import Database
from store.store import Store

GATEWAY = "gw-dt01"
SERIES = 600
READINGS_A_BATCH, SENTENCES_A_BATCH = 500, 500
Batch = tuple[Stream, bytes, int]


def reading_batches(count: int, seed: int) -> list[Batch]:
    """Readings of 600 series every 10 s, ending now; about 1 % flagged, a few missing."""
    rng = np.random.default_rng(seed)
    quantities = ("do_mg_l", "do_sat_pct", "water_temp_c", "salinity_psu", "ph", "turbidity_ntu")
    keys = [
        SeriesKey(cage=f"dt01-c{cage:02}", point=f"d{depth}", quantity=quantity)
        for cage in range(1, 51) for depth in (2, 6) for quantity in quantities
    ]  # fmt: skip
    ticks = -(-count // SERIES)
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=10 * ticks)
    values = np.round(rng.normal(7, 1, (ticks, SERIES)), 2)
    flags = rng.choice([1, 3, 9], (ticks, SERIES), p=[0.989, 0.01, 0.001])
    items = [
        Reading(
            series=keys[s], observed_at=start + timedelta(seconds=10 * t),
            value=None if flags[t, s] == 9 else float(values[t, s]), qc=QcFlag(int(flags[t, s])),
        )
        for t in range(ticks) for s in range(SERIES)
    ]  # fmt: skip
    return batches(items[:count], Stream.READING, READINGS_A_BATCH)


def batches(items: Sequence[Any], stream: Stream, size: int, first_seq: int = 0) -> list[Batch]:
    head = PackHead(gateway=GATEWAY, boot_id="b1", clock=ClockState.SYNCED, priority=Priority.READING)
    made = []
    for first in range(0, len(items), size):
        part = [(first_seq + first + offset, item) for offset, item in enumerate(items[first : first + size])]
        made.append((stream, pack.encode(head, part), len(part)))
    return made


def sentence_batches(count: int, seed: int, first_seq: int = 0) -> list[Batch]:
    """Type 1 reports of 2,000 boats with tag blocks, one static report in twenty."""
    rng = np.random.default_rng(seed)
    start = datetime.now(UTC) - timedelta(seconds=count // 200)
    mmsis = 412_300_000 + np.arange(2000)
    lat, lon = rng.uniform(27, 28.5, 2000), rng.uniform(120.8, 122.5, 2000)
    items = []
    for index in range(count):
        boat = index % 2000
        at = start + timedelta(milliseconds=5 * index)
        lat[boat] += 1e-4
        body = position_report(int(mmsis[boat]), lat[boat], lon[boat], int(rng.integers(0, 120)), index % 3600)
        tag = f"c:{int(at.timestamp() * 1000)},s:rx1"
        text = f"\\{tag}*{checksum(tag):02X}\\!{body}*{checksum(body):02X}"
        items.append(Sentence(receiver="rx1", observed_at=at, text=text))
    return batches(items, Stream.NMEA, SENTENCES_A_BATCH, first_seq)


def position_report(mmsi: int, lat_deg: float, lon_deg: float, sog: int, cog: int) -> str:
    """Return an AIVDM body of type 1, packed here so that the decoder under test is not its own witness."""
    fields = (
        (1, 6), (0, 2), (mmsi, 30), (0, 4), (-128 & 0xFF, 8), (sog, 10), (1, 1), (round(lon_deg * 600_000), 28),
        (round(lat_deg * 600_000), 27), (cog, 12), (511, 9), (60, 6), (0, 2), (0, 3), (0, 1), (0, 19),
    )  # fmt: skip
    bits = 0
    for value, width in fields:
        bits = (bits << width) | value
    sextets = ((bits >> shift) & 63 for shift in range(162, -1, -6))
    return "AIVDM,1,1,,A," + "".join(chr(v + 48 if v < 40 else v + 56) for v in sextets) + ",0"


def checksum(text: str) -> int:
    total = 0
    for character in text.encode():
        total ^= character
    return total


async def through_the_broker(dsn: str, port: int, made: list[Batch], client_id: str) -> float:
    """Return records a second from the worker's start to the last acknowledgement."""
    broker = BrokerSettings(host="127.0.0.1", port=port, username="", client_id=client_id)
    await queue_up(port, made, client_id)
    async with Database.session(dsn, application="bench") as opened:
        worker = Ingest(Store(opened), broker, "", IngestSettings(queue_messages=100_000))
        stop, total = asyncio.Event(), sum(size for *_, size in made)
        async with aiomqtt.Client("127.0.0.1", port) as edge:
            await edge.subscribe(topics.ack(GATEWAY), qos=1)
            began = time.perf_counter()
            task = asyncio.create_task(worker.run(stop))
            done = 0
            async for message in edge.messages:
                assert isinstance(message.payload, bytes)
                done += sum(last - first + 1 for first, last in json.loads(message.payload)["committed"])
                if done >= total:
                    break
            spent_s = time.perf_counter() - began
            stop.set()
            await task
        assert worker.state()["put_aside"] == 0, worker.state()
    return total / spent_s


async def queue_up(port: int, made: list[Batch], client_id: str) -> None:
    async with aiomqtt.Client("127.0.0.1", port, identifier=client_id, clean_session=False) as absent:
        await absent.subscribe(topics.ALL_UP, qos=1)
    async with aiomqtt.Client("127.0.0.1", port) as producer:
        for stream, payload, _ in made:
            await producer.publish(topics.up(GATEWAY, stream), payload, qos=1)


async def storing_alone(dsn: str, made: list[Batch], group: int) -> tuple[float, float]:
    """Return records a second of decoding alone and of preparing and committing alone."""
    began = time.perf_counter()
    parcels: list[Parcel] = [parse(topics.up(GATEWAY, s), GATEWAY, s, payload) for s, payload, _ in made]
    decode_s = time.perf_counter() - began
    total = sum(size for *_, size in made)
    async with Database.session(dsn, application="bench") as opened:
        committer = Committer(Store(opened), IngestSettings())
        began = time.perf_counter()
        for first in range(0, len(parcels), group):
            await committer.commit(parcels[first : first + group], datetime.now(UTC))
        commit_s = time.perf_counter() - began
    return total / decode_s, total / commit_s


async def main() -> None:
    options = arguments(__doc__ or "")
    state = machine()
    readings, sentences = (150_000, 50_000) if options.quick else (1_000_000, 300_000)
    figures: dict[str, Any] = {}
    reading_part = reading_batches(readings, options.seed)
    sentence_part = sentence_batches(sentences, options.seed)
    with tempfile.TemporaryDirectory() as folder, mosquitto(Path(folder)) as port:
        with database(options.engine) as dsn:
            figures["readings_per_s"] = round(await through_the_broker(dsn, port, reading_part, "bench-r"))
        with database(options.engine) as dsn:
            figures["positions_per_s"] = round(await through_the_broker(dsn, port, sentence_part, "bench-p"))
    for name, part in (("readings", reading_part), ("positions", sentence_part)):
        with database(options.engine) as dsn:
            decoded, stored = await storing_alone(dsn, part, 10)
            figures[f"{name}_decode_only_per_s"], figures[f"{name}_commit_only_per_s"] = round(decoded), round(stored)
    method = f"{readings} readings and {sentences} AIS reports queued in mosquitto, one worker, batches of 500, durable"
    report(figures, options, method, state)


if __name__ == "__main__":
    asyncio.run(main())
