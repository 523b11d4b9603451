"""One worker on the outbox: claims a batch, hands each message to a channel, keeps what came of it.

Messages of a batch are sent in order, one at a time, and each is marked before the next is sent. So a worker that is
killed leaves at most one message that may have gone out unmarked, and the outbox knows which. Any number of workers, in
one process or many, work on one outbox.
"""

import asyncio
import logging
import os
import secrets
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from alerts.delivery import ErrorKind, RetryRules, after_failure, route
from alerts.limits import Bucket, take
from services.channels.base import Accepted, Channel, ChannelError, Outgoing
from store.errors import StoreUnavailableError
from store.outbox import Claimed, Count, Failed, Sent

log = logging.getLogger(__name__)
DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class SenderRules:
    """How workers work; ``[sms.options.sender]``.

    Parameters
    ----------
    workers
        How many messages may be on their way at once; each is at most one possible repeat when the process is killed.
    batch
        Messages claimed at once.
    lease_s
        How long a claim holds; longer than any send takes, shorter than people want to wait for another worker. [s]
    send_limit_s
        A send that takes longer counts as of unknown fate. [s]
    away_s
        How long a channel that was down is left alone. [s]
    pass_s
        A pass ends after this time even if more is due, so that receipts and the heartbeat get their turn. [s]
    retry
        Back-off per error class.
    """

    workers: int = 4
    batch: int = 50
    lease_s: float = 60.0
    send_limit_s: float = 20.0
    away_s: float = 30.0
    pass_s: float = 10.0
    retry: RetryRules = field(default_factory=RetryRules)

    def __post_init__(self) -> None:
        if not 1 <= self.workers <= 64:
            raise ValueError("workers is not between 1 and 64.")
        if self.lease_s <= self.send_limit_s:
            raise ValueError("lease_s must be longer than send_limit_s.")


@dataclass(kw_only=True)
class Tally:
    """What one pass did, for the heartbeat."""

    sent: int = 0
    failed: int = 0
    dead: int = 0
    receipts: int = 0
    replies: int = 0
    away: tuple[str, ...] = ()

    def detail(self) -> dict[str, Any]:
        """Return the counts; channels that are away are problems."""
        return {
            "sent": self.sent,
            "failed": self.failed,
            "dead": self.dead,
            "receipts": self.receipts,
            "replies": self.replies,
            "problems": dict.fromkeys(self.away, "away"),
        }


class Marker:
    """Keeps what was sent; results that come while one write is under way share the next one.

    While the database is away results stay in memory, and their workers wait: nothing more is sent unmarked.
    """

    def __init__(self, store: Any) -> None:
        self._store = store
        self._waiting: list[tuple[Sent, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def mark(self, sent: Sent) -> None:
        """Return when the result is committed."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((sent, done))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        await asyncio.shield(done)

    async def _write(self) -> None:
        while self._waiting:
            batch = list(self._waiting)
            try:
                await self._store.outbox.mark_sent([sent for sent, _ in batch])
            except StoreUnavailableError as exc:
                log.warning("sent, not yet marked", extra={"messages": len(batch), "reason": str(exc)})
                await asyncio.sleep(0.2)
                continue
            del self._waiting[: len(batch)]
            for _, done in batch:
                done.set_result(None)


@dataclass(kw_only=True)
class Switchboard:
    """The channels by name in order of preference, which are away, and how fast each may go; shared by workers."""

    channels: dict[str, Channel]
    away_until_s: dict[str, float] = field(default_factory=dict)
    buckets: dict[str, Bucket] = field(default_factory=dict)

    def serving(self, kind: str) -> list[str]:
        """Return the channels that serve a kind of address."""
        return [name for name, channel in self.channels.items() if kind in channel.kinds]

    def away(self) -> list[str]:
        """Return the channels that were down a moment ago."""
        now = time.monotonic()
        return [name for name, until_s in self.away_until_s.items() if until_s > now]

    async def pace(self, name: str) -> None:
        """Wait for this message's turn under the channel's rate."""
        now_s, per_s = time.monotonic(), self.channels[name].limits.per_s
        bucket = self.buckets.get(name) or Bucket(tokens=max(1.0, per_s), at_s=now_s)
        self.buckets[name], wait_s = take(bucket, now_s, per_s)
        if wait_s > 0:
            await asyncio.sleep(wait_s)


class Sender:
    """One worker.

    Parameters
    ----------
    store
        A `store.store.Store` or the fake.
    board, marker
        Shared by the workers of a process.
    worker
        Name in the outbox; made of host and process when empty.
    now
        The clock, for tests.
    """

    def __init__(
        self,
        store: Any,
        board: Switchboard,
        marker: Marker,
        rules: SenderRules,
        *,
        worker: str = "",
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store, self._board, self._marker, self._rules = store, board, marker, rules
        self._worker = worker or f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"
        self._now = now
        self._kinds = sorted(set().union(*(channel.kinds for channel in board.channels.values())))
        self._counts: dict[tuple[str, str], Count] = {}

    async def send_batch(self, tally: Tally) -> int:
        """Claim and send one batch; return how many messages were claimed."""
        rules = self._rules
        deadline = time.monotonic() + rules.lease_s - rules.send_limit_s  # from before the claim: it may take long
        claimed: list[Claimed] = await self._store.outbox.claim(
            self._worker, self._kinds, at=self._now(), limit=rules.batch, lease_s=rules.lease_s, window=1
        )
        await self._count(claimed)
        for message in claimed:
            if time.monotonic() > deadline:
                break  # the rest goes back when the lease runs out, unsent and unmarked
            await self._send(message, tally)
        return len(claimed)

    async def _send(self, message: Claimed, tally: Tally) -> None:
        serving = self._board.serving(message.kind)
        name = route(serving, message.tried, self._board.away())
        try:
            if name is None:
                raise ChannelError(ErrorKind.SETUP, "no channel is left for this address")
            self._check_number(name, message)
            await self._board.pace(name)
            accepted = await self._hand_over(self._board.channels[name], message)
        except ChannelError as exc:
            if exc.kind is ErrorKind.DOWN and name is not None:
                self._board.away_until_s[name] = time.monotonic() + self._rules.away_s
            await self._fail(message, name or "", serving, exc, tally)
            return
        tally.sent += 1
        await self._marker.mark(
            Sent(
                message_id=message.message_id,
                lease_no=message.lease_no,
                provider=name,
                provider_ids=accepted.provider_ids,
                at=self._now(),
            )
        )

    async def _hand_over(self, channel: Channel, message: Claimed) -> Accepted:
        try:
            return await asyncio.wait_for(channel.send(_outgoing(message)), self._rules.send_limit_s)
        except TimeoutError as exc:
            raise ChannelError(ErrorKind.UNKNOWN, f"{channel.name}: no answer in time") from exc

    async def _fail(
        self, message: Claimed, name: str, serving: Sequence[str], error: ChannelError, tally: Tally
    ) -> None:
        verdict = after_failure(
            error.kind,
            channel=name,
            others=any(other not in (*message.tried, name) for other in serving),
            attempts=message.attempts,
            life_safety=message.life_safety,
            expires_at=message.expires_at,
            at=self._now(),
            rules=self._rules.retry,
            retry_after_s=error.retry_after_s,
        )
        tally.failed += 1
        tally.dead += verdict.dead
        log.warning(
            "message not taken", extra={"message_id": message.message_id, "channel": name, "kind": str(error.kind)}
        )
        await self._store.outbox.mark_failed(
            Failed(
                message_id=message.message_id,
                lease_no=message.lease_no,
                state="dead" if verdict.dead else "queued",
                error=f"{name}: {error.kind}: {error}",
                due_at=verdict.due_at,
                tried=verdict.drop,
                possible_repeat=verdict.possible_repeat,
            )
        )

    async def _count(self, claimed: Sequence[Claimed]) -> None:
        """Learn how many messages the batch's numbers had today from channels that limit that."""
        self._counts = {}
        for name, channel in self._board.channels.items():
            if claimed and channel.limits.number_per_day:
                addresses = sorted({message.address for message in claimed})
                counts: Mapping[str, Count] = await self._store.outbox.counts(addresses, name, self._now() - DAY)
                self._counts |= {(name, address): count for address, count in counts.items()}

    def _check_number(self, name: str, message: Claimed) -> None:
        limit, count = self._board.channels[name].limits.number_per_day, self._counts.get((name, message.address))
        if limit and count is not None and count.n >= limit:
            wait_s = (count.first_at + DAY - self._now()).total_seconds()
            raise ChannelError(ErrorKind.LIMIT, f"{name}: {limit} messages a day to one number", retry_after_s=wait_s)


def _outgoing(message: Claimed) -> Outgoing:
    return Outgoing(
        message_id=message.message_id,
        address=message.address,
        text=message.text,
        rule=message.rule,
        notice=message.notice,
        language=message.language,
        contact_name=message.contact_name,
        fields=message.fields,
        priority=message.priority,
        segments=message.segments,
        drill=message.drill,
        possible_repeat=message.possible_repeat,
    )
