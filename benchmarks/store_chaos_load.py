"""The load of store_chaos: a gateway's edge and an ingest worker, in a thread of their own."""

import asyncio
import json
import random
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import aiomqtt
from store_ingest import GATEWAY, Batch, checksum, position_report

from core import pack, topics
from core.pack import PackHead, Sentence
from core.qc import QcFlag
from core.reading import ClockState, Priority, Reading, SeriesKey
from core.topics import Stream
from services.ingest import Ingest
from services.ingest_settings import IngestSettings
from services.settings import BrokerSettings
from store.database import Database
from store.store import Store

RECORDS_A_BATCH = 200
IN_FLIGHT = 20
RESEND_S = 3.0
HEAD = PackHead(gateway=GATEWAY, boot_id="b1", clock=ClockState.SYNCED, priority=Priority.READING)
KEYS = [
    SeriesKey(cage=f"dt01-c{cage:02}", point=f"d{depth}", quantity=quantity)
    for cage in range(1, 51) for depth in (2, 6) for quantity in ("do_mg_l", "ph")
]  # fmt: skip


class Load(threading.Thread):
    """Keeps 20 batches in flight until there is enough, then ends when every one is acknowledged.

    A batch is sent again only while it is not acknowledged, as a gateway does: what was acknowledged is never sent
    twice, so that a later copy cannot hide a loss.
    """

    def __init__(self, dsn: str, port: int, seed: int) -> None:
        super().__init__(name="load", daemon=True)
        self.enough = threading.Event()
        self.acknowledged = 0
        self.resent = 0
        self.items: list[tuple[int, Reading | Sentence]] = []
        self.failure: BaseException | None = None
        self._dsn, self._port, self._rng = dsn, port, random.Random(seed)
        self._open: dict[int, _Sent] = {}

    def run(self) -> None:
        try:
            asyncio.run(self._work())
        except Exception as exc:  # noqa: BLE001 - the main thread tells it
            self.failure = exc

    async def _work(self) -> None:
        broker = BrokerSettings(host="127.0.0.1", port=self._port, username="", client_id="chaos")
        stop = asyncio.Event()
        async with (
            Database.session(self._dsn, application="chaos") as opened,
            aiomqtt.Client("127.0.0.1", self._port) as edge,
        ):
            await edge.subscribe(topics.ack(GATEWAY), qos=1)
            worker = asyncio.create_task(Ingest(Store(opened), broker, "", IngestSettings()).run(stop))
            hearing = asyncio.create_task(self._hear(edge))
            fresh = self._batches()
            while (self._open or not self.enough.is_set()) and not worker.done():
                await self._send(edge, fresh)
                await asyncio.sleep(0.01)
            hearing.cancel()
            stop.set()
            await worker

    async def _send(self, edge: aiomqtt.Client, fresh: "Iterator[_Sent]") -> None:
        while len(self._open) < IN_FLIGHT and not self.enough.is_set():
            sent = next(fresh)
            self._open[sent.first] = sent
        now = time.monotonic()
        for sent in list(self._open.values()):
            if now - sent.at_s > RESEND_S:
                self.resent += sent.at_s > 0
                sent.at_s = now
                await edge.publish(topics.up(GATEWAY, sent.batch[0]), sent.batch[1], qos=1)

    async def _hear(self, edge: aiomqtt.Client) -> None:
        async for message in edge.messages:
            assert isinstance(message.payload, bytes)
            for low, high in json.loads(message.payload)["committed"]:
                for sent in list(self._open.values()):
                    before = len(sent.missing)
                    sent.missing.difference_update(range(max(low, sent.first), min(high, sent.last) + 1))
                    self.acknowledged += before - len(sent.missing)
                    if not sent.missing:
                        del self._open[sent.first]

    def _batches(self) -> "Iterator[_Sent]":
        """Yield three batches of readings and one of sentences in turn, one second later each time."""
        start = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)
        number = 0
        while True:
            stream = Stream.NMEA if number % 4 == 3 else Stream.READING
            at, first = start + timedelta(seconds=number), number * RECORDS_A_BATCH
            items = [(first + index, self._item(stream, index, at)) for index in range(RECORDS_A_BATCH)]
            self.items += items
            yield _Sent(first, (stream, pack.encode(HEAD, items), len(items)))
            number += 1

    def _item(self, stream: Stream, index: int, at: datetime) -> Reading | Sentence:
        if stream is Stream.READING:
            value = round(self._rng.uniform(4, 9), 2)
            return Reading(series=KEYS[index], observed_at=at, value=value, qc=QcFlag.GOOD)
        when = at + timedelta(milliseconds=index)
        lat_deg, lon_deg = self._rng.uniform(27, 28.5), self._rng.uniform(120.8, 122.5)
        body = position_report(412_300_000 + index, lat_deg, lon_deg, 50, self._rng.randrange(3600))
        return Sentence(receiver="rx1", observed_at=when, text=f"!{body}*{checksum(body):02X}")


class _Sent:
    """One batch on its way: what is not acknowledged of it, and when it was last sent."""

    def __init__(self, first: int, batch: Batch) -> None:
        self.first, self.last, self.batch = first, first + batch[2] - 1, batch
        self.missing = set(range(first, first + batch[2]))
        self.at_s = 0.0
