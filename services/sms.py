"""The sender: claims messages, hands each to a channel, keeps what came of it; receipts and replies come back here.

Messages of a claim are sent in order, one at a time, and each is marked before the next is sent. So a sender that is
killed leaves at most one message that may have gone out unmarked, and the outbox knows which. Several senders, in one
process or many, work on one outbox.
"""

import asyncio
import logging
import os
import secrets
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alerts.delivery import ErrorKind, RetryRules, after_failure, route
from alerts.policy import Policies
from alerts.rules import load as load_rules
from services.channels.base import Accepted, Channel, ChannelError, Outgoing
from services.channels.registry import open_channels
from services.replies import take_replies
from services.settings import SmsSettings
from store.errors import StoreUnavailableError
from store.outbox import Claimed, Failed, Sent

log = logging.getLogger(__name__)
Once = Callable[[datetime], Awaitable[Mapping[str, Any]]]
"""One pass of a loop, as `services.loop.run_periodically` calls it."""


@dataclass(frozen=True, kw_only=True)
class SenderRules:
    """How a sender works.

    Parameters
    ----------
    batch
        Messages claimed at once.
    lease_s
        How long a claim holds; longer than any send takes, shorter than people want to wait for another sender. [s]
    send_limit_s
        A send that takes longer counts as of unknown fate. [s]
    away_s
        How long a channel that was down is left alone. [s]
    retry
        Back-off per error class.
    """

    batch: int = 50
    lease_s: float = 60.0
    send_limit_s: float = 20.0
    away_s: float = 30.0
    retry: RetryRules = field(default_factory=RetryRules)


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
        problems = dict.fromkeys(self.away, "away")
        return {
            "sent": self.sent,
            "failed": self.failed,
            "dead": self.dead,
            "receipts": self.receipts,
            "replies": self.replies,
            "problems": problems,
        }


class Sender:
    """One worker on the outbox.

    Parameters
    ----------
    store
        A `store.store.Store` or the fake.
    channels
        Channels by name, in order of preference.
    policies
        Rules of alerts, for what a reply stops.
    worker
        Name in the outbox; made of host and process when empty.
    now
        The clock, for tests.
    """

    def __init__(
        self,
        store: Any,
        channels: Mapping[str, Channel],
        policies: Policies,
        *,
        rules: SenderRules | None = None,
        worker: str = "",
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._channels = dict(channels)
        self._policies = policies
        self._rules = rules or SenderRules()
        self._worker = worker or f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"
        self._now = now
        self._away: dict[str, float] = {}
        self._unmarked: list[Sent] = []
        self._kinds = sorted(set().union(*(channel.kinds for channel in self._channels.values())))

    async def once(self) -> Tally:
        """Do one pass: house-keeping, receipts and replies, then everything that is due."""
        tally = Tally()
        await self._flush()
        at = self._now()
        await self._store.outbox.release_expired(at, wait_s=self._rules.retry.unknown_wait_s)
        await self._store.outbox.expire(at)
        await self.collect(tally)
        while await self.send_batch(tally):
            await self.collect(tally)
        tally.away = tuple(self._absent())
        return tally

    async def collect(self, tally: Tally) -> None:
        """Keep the receipts and replies that came in, and match them."""
        for channel in self._channels.values():
            inbox = await channel.inbox()
            await self._store.outbox.keep_receipts(inbox.receipts)
            tally.receipts += len(inbox.receipts)
            tally.replies += await take_replies(self._store, self._policies, inbox.replies, self._now())
        await self._store.outbox.match_receipts(self._now())

    async def send_batch(self, tally: Tally) -> int:
        """Claim and send one batch; return how many messages were claimed."""
        rules = self._rules
        claimed = await self._store.outbox.claim(
            self._worker, self._kinds, at=self._now(), limit=rules.batch, lease_s=rules.lease_s, window=1
        )
        deadline = time.monotonic() + rules.lease_s - rules.send_limit_s
        for message in claimed:
            if time.monotonic() > deadline:
                break  # the rest goes back when the lease runs out, unsent and unmarked
            await self._send(message, tally)
        return len(claimed)

    async def _send(self, message: Claimed, tally: Tally) -> None:
        name = route(self._serving(message), message.tried, self._absent())
        if name is None:
            await self._fail(message, "", ChannelError(ErrorKind.SETUP, "no channel serves this address"), tally)
            return
        try:
            accepted = await self._hand_over(self._channels[name], message)
        except ChannelError as exc:
            if exc.kind is ErrorKind.DOWN:
                self._away[name] = time.monotonic() + self._rules.away_s
            await self._fail(message, name, exc, tally)
            return
        tally.sent += 1
        await self._mark(message, name, accepted)

    async def _hand_over(self, channel: Channel, message: Claimed) -> Accepted:
        try:
            return await asyncio.wait_for(channel.send(_outgoing(message)), self._rules.send_limit_s)
        except TimeoutError as exc:
            raise ChannelError(ErrorKind.UNKNOWN, f"{channel.name}: no answer in time") from exc

    async def _mark(self, message: Claimed, name: str, accepted: Accepted) -> None:
        self._unmarked.append(
            Sent(
                message_id=message.message_id,
                lease_no=message.lease_no,
                provider=name,
                provider_ids=accepted.provider_ids,
                at=self._now(),
            )
        )
        await self._flush()

    async def _flush(self) -> None:
        """Keep what was sent; while the database is away it stays in memory and nothing more is sent."""
        while self._unmarked:
            try:
                await self._store.outbox.mark_sent(self._unmarked)
            except StoreUnavailableError as exc:
                log.warning("sent, not yet marked", extra={"messages": len(self._unmarked), "reason": str(exc)})
                await asyncio.sleep(0.2)
            else:
                self._unmarked.clear()

    async def _fail(self, message: Claimed, name: str, error: ChannelError, tally: Tally) -> None:
        others = any(other not in (*message.tried, name) for other in self._serving(message))
        verdict = after_failure(
            error.kind,
            channel=name,
            others=others,
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

    def _serving(self, message: Claimed) -> Sequence[str]:
        """Return the channels for a message: by its address's kind; a drill never leaves by way of a phone number."""
        return [name for name, channel in self._channels.items() if message.kind in channel.kinds]

    def _absent(self) -> list[str]:
        now = time.monotonic()
        return [name for name, until in self._away.items() if until > now]


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


async def send_once(store: Any, channels: Mapping[str, Channel], policies: Policies, at: datetime) -> int:
    """Send everything that is due at `at`; return how many messages were accepted. For tests and single passes."""
    return (await Sender(store, channels, policies, now=lambda: at).once()).sent


@asynccontextmanager
async def opened(store: Any, settings: SmsSettings, rules_dir: Path) -> AsyncIterator[Once]:
    """Yield the pass of a sender with the channels of the settings, for `services.loop.run_periodically`."""
    policies = load_rules(rules_dir).policies
    async with open_channels(settings.channels, settings.options, drill=settings.drill) as channels:
        sender = Sender(store, channels, policies)

        async def once(at: datetime) -> Mapping[str, Any]:
            return (await sender.once()).detail()

        yield once
