"""The connection to the broker: publishes what the outbox wants, hears acknowledgements, commands and config.

A batch is handed over with QoS 1, but PUBACK proves nothing about the database: only the shore's acknowledgement
deletes. The connection is made again with exponential back-off and jitter, without end.
"""

import asyncio
import contextlib
import json
import logging
import random
import ssl
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any

import aiomqtt

from core import topics
from core.errors import ConfigError
from core.tasks import end_tasks
from core.topics import Stream
from gateway.config import BrokerSection, SendSection, password
from gateway.outbox import Outbox, Sent, Want
from gateway.spool import Row
from gateway.spooler import Spooler
from gateway.wire import encode, read_ack

_log = logging.getLogger(__name__)
BACKOFF_FIRST_S, BACKOFF_MOST_S = 0.5, 60.0
IDLE_S = 0.25
SEND_LIMIT_S = 15.0
"""Longest wait for PUBACK before the connection is held for dead. [s]"""

Handler = Callable[[str, bytes], Awaitable[None]]


@dataclass
class UplinkState:
    """What the metrics and the health record say of the connection."""

    connected: bool = False
    connects: int = 0
    batches: int = 0
    rows: int = 0
    last_ack_s: float | None = None
    shore_offset_s: float | None = None
    why_down: str = "not connected yet"


@dataclass(kw_only=True)
class Uplink:
    """One gateway's connection.

    `held` says whether unsynced rows of this boot wait for their clock. A `quiet` connection (a replay beside the
    running gateway) only sends batches and hears acknowledgements: no status, no commands, no config.
    """

    gateway: str
    broker: BrokerSection
    send: SendSection
    spooler: Spooler
    outbox: Outbox
    status: Callable[[], Mapping[str, Any]]
    held: Callable[[], bool]
    now_s: Callable[[], float]
    handlers: Mapping[str, Handler] = field(default_factory=dict)
    on_sent: Callable[[Stream, list[Row]], None] | None = None
    quiet: bool = False
    state: UplinkState = field(default_factory=UplinkState)
    unsaid: int = 0
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _replies: asyncio.Queue[tuple[str, bytes, bool]] = field(default_factory=asyncio.Queue)

    def wake(self) -> None:
        """Look for rows to send now instead of at the next idle tick."""
        self._wake.set()

    def reply(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Publish a small message (a command's result, the status) with QoS 1 when connected."""
        self._replies.put_nowait((topic, payload, retain))
        self.unsaid += 1
        self._wake.set()

    async def run(self) -> None:
        """Stay connected until cancelled."""
        rng, failures = random.Random(), 0
        while True:
            began = asyncio.get_running_loop().time()
            try:
                await self._session()
            except (aiomqtt.MqttError, OSError, TimeoutError, ssl.SSLError) as exc:
                self.state.why_down = str(exc) or type(exc).__name__
                _log.warning("broker connection lost", extra={"reason": self.state.why_down})
            self.state.connected = False
            failures = 1 if asyncio.get_running_loop().time() - began > BACKOFF_MOST_S else failures + 1
            ceiling = min(BACKOFF_MOST_S, BACKOFF_FIRST_S * 2 ** min(failures - 1, 10))
            await asyncio.sleep(ceiling * rng.uniform(0.5, 1.0))

    def _client(self) -> aiomqtt.Client:
        will = aiomqtt.Will(
            topics.status(self.gateway), _json({**self.status(), "state": "offline"}), qos=1, retain=True
        )
        version = aiomqtt.ProtocolVersion.V5 if self.broker.protocol == "5" else aiomqtt.ProtocolVersion.V311
        return aiomqtt.Client(
            self.broker.host,
            self.broker.port,
            identifier=f"{self.gateway}-replay" if self.quiet else self.gateway,
            username=self.broker.username,
            password=password(self.broker),
            protocol=version,
            clean_session=None if self.broker.protocol == "5" else True,
            keepalive=self.broker.keepalive_s,
            timeout=SEND_LIMIT_S,
            will=None if self.quiet else will,
            tls_context=_tls(self.broker),
            max_inflight_messages=self.send.window + 4,
        )

    async def _session(self) -> None:
        async with self._client() as client:
            client.pending_calls_threshold = 10 * self.send.window
            more = () if self.quiet else (topics.command(self.gateway, "+"), topics.config(self.gateway))
            for topic in (topics.ack(self.gateway), *more):
                await client.subscribe(topic, qos=1)
            self.outbox.reconnected()
            self.state.connected, self.state.connects = True, self.state.connects + 1
            _log.info("connected to the broker", extra={"host": self.broker.host, "port": self.broker.port})
            if not self.quiet:
                await client.publish(topics.status(self.gateway), _json({**self.status(), "state": "online"}), 1, True)
            await first_failure(self._listen(client), self._publish(client))

    async def _listen(self, client: aiomqtt.Client) -> None:
        ack = topics.ack(self.gateway)
        async for message in client.messages:
            topic, payload = str(message.topic), _bytes(message.payload)
            if topic == ack:
                self._acknowledge(payload)
                continue
            for start, handler in self.handlers.items():
                if topic.startswith(start):
                    await handler(topic, payload)

    def _acknowledge(self, payload: bytes) -> None:
        ranges, at = read_ack(payload)
        gone = self.outbox.acknowledged(ranges)
        if at is not None:
            self.state.shore_offset_s = at - self.now_s()
        if gone:
            self.state.last_ack_s = self.now_s()
            self.spooler.delete(gone)
            self._wake.set()

    async def _publish(self, client: aiomqtt.Client) -> None:
        sending: set[asyncio.Task[None]] = set()
        try:
            while True:
                for task in [task for task in sending if task.done()]:
                    sending.discard(task)
                    task.result()
                self._wake.clear()
                while not self._replies.empty():
                    topic, answer, retain = self._replies.get_nowait()
                    await client.publish(topic, answer, qos=1, retain=retain)
                    self.unsaid -= 1
                batch = await self._next_batch()
                if batch is None:
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(IDLE_S):
                            await self._wake.wait()
                    continue
                sending.add(asyncio.create_task(self._hand_over(client, *batch)))
        finally:
            await end_tasks(sending)

    async def _next_batch(self) -> tuple[Sent, bytes] | None:
        loop = asyncio.get_running_loop()
        for want in self.outbox.wants(loop.time()):
            rows, payload = await self.spooler.call(self._read, want)
            sent = self.outbox.took(want, [row.seq for row in rows], loop.time(), more=bool(rows))
            if sent is not None:
                self.state.batches += 1
                self.state.rows += len(rows)
                if self.on_sent is not None and want.live:
                    self.on_sent(want.stream, rows)
                return sent, payload
        return None

    def _read(self, want: Want) -> tuple[list[Row], bytes]:
        spool = self.spooler.spool
        rows = spool.rows(want.stream, want.low, want.high, self.send.batch_rows, hold_clock=self.held())
        if not rows:
            return [], b""
        if want.stream is Stream.HEALTH:
            for row in rows:
                spool.freeze_gap(row.seq)
        return rows, encode(self.gateway, want.stream, rows)

    async def _hand_over(self, client: aiomqtt.Client, sent: Sent, payload: bytes) -> None:
        await client.publish(topics.up(self.gateway, sent.stream), payload, qos=1)


async def first_failure(*works: Coroutine[Any, Any, None]) -> None:
    """Run all until one ends or fails, cancel the others, and raise what the first one raised."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await end_tasks(tasks)
    for task in done:
        task.result()


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _bytes(payload: object) -> bytes:
    return payload if isinstance(payload, bytes) else str(payload or "").encode()


def _tls(section: BrokerSection) -> ssl.SSLContext | None:
    if section.tls is None:
        return None
    try:
        context = ssl.create_default_context(cafile=section.tls.ca)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if section.tls.cert is not None and section.tls.key is not None:
            context.load_cert_chain(section.tls.cert, section.tls.key)
    except OSError as exc:
        raise ConfigError(f"[broker.tls]: the certificates cannot be loaded ({exc}): check ca, cert and key.") from exc
    return context
