"""From the broker to the database: gather batches, commit them together, acknowledge after COMMIT.

Three tasks share two short queues: receive (MQTT), prepare (group what has come), commit. Beside them the roll-ups are
kept current and people's orders go down to the gateways. While one group is in its
transaction the next is decoded. Nothing is acknowledged before COMMIT, so a crash anywhere costs only a resend.
"""

import asyncio
import json
import logging
import random
import ssl
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

import aiomqtt

from core import topics
from core.errors import DecodeError, StoreError
from core.tasks import end_tasks
from services.backoff import Backoff
from services.ingest_commit import Committer, Tally
from services.ingest_decode import Parcel, parse
from services.ingest_settings import IngestSettings
from services.loop import trouble_detail
from services.orders import send_waiting
from services.settings import BrokerSettings
from store.gateways import Quarantined, ranges_of
from store.store import Store

log = logging.getLogger(__name__)
_STATES = ("online", "offline")


@dataclass(kw_only=True)
class _Group:
    """What one transaction takes: batches, unreadable payloads, births and last wills."""

    parcels: list[Parcel] = field(default_factory=list)
    unreadable: list[Quarantined] = field(default_factory=list)
    states: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)

    @property
    def rows(self) -> int:
        return sum(parcel.rows for parcel in self.parcels) + len(self.unreadable) + len(self.states)


class Ingest:
    """One ingest worker; several may share a subscription."""

    def __init__(self, store: Store, broker: BrokerSettings, password: str, settings: IngestSettings) -> None:
        self._store = store
        self._broker = broker
        self._password = password
        self._settings = settings
        self._committer = Committer(store, settings)
        self._messages: asyncio.Queue[aiomqtt.Message] = asyncio.Queue(settings.queue_messages)
        self._groups: asyncio.Queue[_Group] = asyncio.Queue(1)
        self._client: aiomqtt.Client | None = None
        self._tally = Tally()
        self._refused = 0
        self._problem = ""
        self._trouble: dict[str, str] = {}
        self._last_commit_at: datetime | None = None

    def state(self) -> dict[str, Any]:
        """Return counters and troubles for the heartbeat; ``problems`` is empty when all is well."""
        problems = [self._problem] if self._problem else []
        if self._client is None:
            problems.append("no connection to the MQTT broker")
        return asdict(self._tally) | {
            "refused_messages": self._refused,
            "waiting_messages": self._messages.qsize(),
            "last_commit_at": self._last_commit_at.isoformat() if self._last_commit_at else None,
            "problems": problems,
            **self._trouble,
        }

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop`; then finish the transaction at hand. An unforeseen error ends it with that error."""
        tasks = [
            asyncio.create_task(self._receive(), name="receive"),
            asyncio.create_task(self._prepare(), name="prepare"),
            asyncio.create_task(self._commit(), name="commit"),
            asyncio.create_task(self._roll_up(), name="roll-up"),
            asyncio.create_task(self._order(), name="orders"),
        ]
        stopped = asyncio.create_task(stop.wait())
        try:
            done, _ = await asyncio.wait([*tasks, stopped], return_when=asyncio.FIRST_COMPLETED)
            for task in done - {stopped}:
                task.result()
        finally:
            await end_tasks((*tasks, stopped))

    # -- receive -----------------------------------------------------------------------------------------

    async def _receive(self) -> None:
        backoff, failures, rng = Backoff(first_s=0.2, most_s=10.0), 0, random.Random()
        while True:
            try:
                async with self._connection() as client:
                    await client.subscribe(self._subscription(), qos=1)
                    await client.subscribe(topics.ALL_STATUS, qos=1)
                    self._client, failures = client, 0
                    async for message in client.messages:
                        self._accept(message)
            except aiomqtt.MqttError as exc:
                failures += 1
                log.warning("MQTT broker is away", extra={"reason": str(exc), "failures": failures})
            finally:
                self._client = None
            await asyncio.sleep(backoff.delay_s(max(1, failures), rng))

    def _subscription(self) -> str:
        return f"$share/{self._broker.share}/{topics.ALL_UP}" if self._broker.share else topics.ALL_UP

    def _connection(self) -> aiomqtt.Client:
        """Return a client with a persistent session: the broker keeps what comes while this worker restarts."""
        tls = None
        if self._broker.tls_ca is not None:
            tls = ssl.create_default_context(cafile=str(self._broker.tls_ca))
            if self._broker.tls_cert is not None:
                tls.load_cert_chain(self._broker.tls_cert, self._broker.tls_key)
        return aiomqtt.Client(
            self._broker.host, self._broker.port, username=self._broker.username, password=self._password,
            identifier=self._broker.client_id, clean_session=False, tls_context=tls, keepalive=30,
        )  # fmt: skip

    def _accept(self, message: aiomqtt.Message) -> None:
        try:
            self._messages.put_nowait(message)
        except asyncio.QueueFull:
            self._refused += 1  # not acknowledged: its gateway sends it again

    # -- prepare -----------------------------------------------------------------------------------------

    async def _prepare(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            group = _Group()
            self._sort(await self._messages.get(), group)
            deadline = loop.time() + self._settings.linger_s
            while group.rows < self._settings.batch_rows:
                try:
                    message = self._messages.get_nowait()
                except asyncio.QueueEmpty:
                    left_s = deadline - loop.time()
                    if left_s <= 0:
                        break
                    try:
                        message = await asyncio.wait_for(self._messages.get(), left_s)
                    except TimeoutError:
                        break
                self._sort(message, group)
                await asyncio.sleep(0)  # lets the transaction at hand and the socket go on
            await self._groups.put(group)

    def _sort(self, message: aiomqtt.Message, group: _Group) -> None:
        topic = str(message.topic)
        payload = message.payload if isinstance(message.payload, bytes) else str(message.payload or "").encode()
        gateway: str | None = None
        try:
            if topic.endswith("/status"):
                gateway = topics.parse_gateway(topic)
                group.states.append((gateway, *_status(payload)))
                return
            gateway, stream = topics.parse_up(topic)
            group.parcels.append(parse(topic, gateway, stream, payload))
        except DecodeError as exc:
            group.unreadable.append(
                Quarantined(gateway_id=gateway, topic=topic.replace("\x00", ""), seq=None, reason=str(exc), raw=payload)
            )

    # -- commit ------------------------------------------------------------------------------------------

    async def _commit(self) -> None:
        backoff, rng = Backoff(first_s=0.2, most_s=15.0), random.Random()
        while True:
            group = await self._groups.get()
            failures = 0
            while True:
                try:
                    await self._commit_group(group)
                except StoreError as exc:
                    failures += 1
                    self._problem, self._trouble = str(exc), trouble_detail(exc)
                    log.warning("not committed, trying again", extra={"reason": str(exc), "failures": failures})
                    await asyncio.sleep(backoff.delay_s(failures, rng))
                else:
                    self._problem, self._trouble = "", {}
                    break

    async def _commit_group(self, group: _Group) -> None:
        at = datetime.now(UTC)
        if group.unreadable:
            await self._committer.put_aside(group.unreadable, at)
            self._tally.put_aside += len(group.unreadable)
            group.unreadable.clear()
        if group.parcels:
            safe, tally = await self._committer.commit(group.parcels, at)
            self._tally.add(tally)
            self._last_commit_at = at
            group.parcels.clear()
            await self._acknowledge(safe, at)
        for gateway, state, status in group.states:
            await self._store.gateways.set_state(gateway, state, at, status)
        group.states.clear()

    async def _acknowledge(self, parcels: Sequence[Parcel], at: datetime) -> None:
        """Tell each gateway what is safe; one that misses it sends again and is told again."""
        numbers: dict[str, list[int]] = {}
        for parcel in parcels:
            numbers.setdefault(parcel.head.gateway, []).extend(parcel.seqs)
        for gateway, seqs in numbers.items():
            text = json.dumps({"committed": ranges_of(seqs), "at": at.timestamp()}, separators=(",", ":"))
            client = self._client
            if client is None:
                return
            try:
                await client.publish(topics.ack(gateway), text, qos=1)
            except aiomqtt.MqttError as exc:
                log.warning("acknowledgement not sent", extra={"gateway": gateway, "reason": str(exc)})

    async def _roll_up(self) -> None:
        """Keep the hourly roll-ups current; a failure is told and tried again."""
        while True:
            try:
                while await self._store.readings.refresh_rollups():
                    continue  # more marks than one transaction takes
            except StoreError as exc:
                log.warning("roll-ups not refreshed", extra={"reason": str(exc)})
            await asyncio.sleep(self._settings.rollup_period_s)

    async def _order(self) -> None:
        """Send what people ordered of the gateways; without a broker or database the orders wait."""
        while True:
            client = self._client
            if client is not None:
                try:
                    await send_waiting(self._store, partial(_publish, client), datetime.now(UTC))
                except (StoreError, aiomqtt.MqttError) as exc:
                    log.warning("orders wait", extra={"reason": str(exc)})
            await asyncio.sleep(self._settings.order_period_s)


async def _publish(client: aiomqtt.Client, topic: str, payload: bytes, retained: bool) -> None:
    await client.publish(topic, payload, qos=1, retain=retained)


def _status(payload: bytes) -> tuple[str, dict[str, Any]]:
    """Return (state, status) of a birth or last will; DecodeError when it is neither."""
    try:
        status = json.loads(payload)
        state = status["state"]
    except (ValueError, TypeError, KeyError, RecursionError) as exc:
        raise DecodeError(f"Status message is not a JSON object with a state ({exc}): check the gateway.") from exc
    if state not in _STATES:
        raise DecodeError(f"Status {str(state)[:40]!r} is neither online nor offline: check the gateway.")
    if "\\u0000" in json.dumps(status) or "NaN" in json.dumps(status) or "Infinity" in json.dumps(status):
        raise DecodeError("Status message holds what a database cannot keep: check the gateway.")
    return str(state), status
