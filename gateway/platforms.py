"""A copy of live readings for a platform that exists already: ThingsBoard telemetry or InfluxDB line protocol.

The promise ends where there is no acknowledgement from a database: this copy is live only, held in a bounded queue,
and what a platform misses is counted, not sent again. The formatters are pure.
"""

import asyncio
import json
import logging
import os
import random
from collections import deque
from collections.abc import Sequence

import aiomqtt

from core.qc import QcFlag, usable
from gateway.config import PlatformKind, PlatformSection
from gateway.spool import Row

_log = logging.getLogger(__name__)
DEFAULT_TOPIC = {PlatformKind.THINGSBOARD: "v1/gateway/telemetry", PlatformKind.INFLUX: "huangyu/line"}
RETRY_FIRST_S, RETRY_MOST_S = 1.0, 60.0


def thingsboard(rows: Sequence[Row]) -> bytes:
    """Return ThingsBoard's gateway telemetry: device = ``{cage}.{point}``, one entry per instant.

    Only values that may be used are sent, since that format has no place for a quality flag.
    """
    devices: dict[str, dict[int, dict[str, float]]] = {}
    for row in rows:
        device, _, quantity = row.name.rpartition(".")
        if row.value is not None and usable(QcFlag(row.qc)):
            devices.setdefault(device, {}).setdefault(row.t_ms, {})[quantity] = row.value
    told = {
        device: [{"ts": at, "values": values} for at, values in sorted(times.items())]
        for device, times in devices.items()
    }
    return json.dumps(told, separators=(",", ":")).encode() if told else b""


def influx(rows: Sequence[Row]) -> bytes:
    """Return InfluxDB line protocol, times in ns: measurement = quantity, tags cage and point, fields value and qc."""
    lines = []
    for row in rows:
        cage, point, quantity = row.name.split(".")
        value = "" if row.value is None else f"value={row.value!r},"
        lines.append(
            f"{_escaped(quantity)},cage={_escaped(cage)},point={_escaped(point)} "
            f"{value}qc={row.qc}i {row.t_ms * 1_000_000}"
        )
    return "\n".join(lines).encode()


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace(",", "\\,").replace(" ", "\\ ").replace("=", "\\=")


FORMATS = {PlatformKind.THINGSBOARD: thingsboard, PlatformKind.INFLUX: influx}


class Platform:
    """One platform's connection and its bounded queue."""

    def __init__(self, section: PlatformSection) -> None:
        self._section = section
        self._queue: deque[bytes] = deque(maxlen=section.queue)
        self._wake = asyncio.Event()
        self.sent = 0
        self.dropped = 0

    def put(self, rows: Sequence[Row]) -> None:
        """Offer live readings; the oldest message goes when the queue is full."""
        payload = FORMATS[self._section.kind](rows)
        if payload:
            self.dropped += len(self._queue) == self._section.queue
            self._queue.append(payload)
            self._wake.set()

    async def run(self) -> None:
        """Stay connected and publish until cancelled."""
        rng, failures = random.Random(), 0
        while True:
            try:
                await self._session()
            except (aiomqtt.MqttError, OSError, TimeoutError) as exc:
                failures += 1
                _log.warning("platform lost", extra={"platform": str(self._section.kind), "reason": str(exc)})
            await asyncio.sleep(min(RETRY_MOST_S, RETRY_FIRST_S * 2 ** min(failures, 8)) * rng.uniform(0.5, 1.0))

    async def _session(self) -> None:
        s = self._section
        topic = s.topic or DEFAULT_TOPIC[s.kind]
        secret = os.environ.get(s.password_env)
        async with aiomqtt.Client(s.host, s.port, username=s.username, password=secret) as client:
            while True:
                while self._queue:
                    await client.publish(topic, self._queue[0], qos=1)
                    self._queue.popleft()
                    self.sent += 1
                self._wake.clear()
                await self._wake.wait()
