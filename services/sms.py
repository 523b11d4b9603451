"""The sender's service: house-keeping of the outbox, workers that send, receipts and replies that come back."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from alerts.policy import Policies
from alerts.rules import load as load_rules
from core.settings import build
from services.beside import Beside
from services.campaign_orders import carry_out
from services.cap_in import CapInbox, CapSettings
from services.channels.base import Channel
from services.channels.registry import open_channels
from services.replies import take_replies
from services.sender import Marker, Sender, SenderRules, Switchboard, Tally
from services.settings import SmsSettings
from store.outbox import Receipt, Reply

log = logging.getLogger(__name__)
Once = Callable[[datetime], Awaitable[Mapping[str, Any]]]
"""One pass of a loop, as `services.loop.run_periodically` calls it."""
COLLECT_S = 0.5
"""How often receipts are collected while workers send. [s]"""


class SharedClock:
    """The database's time on this machine: leases and due times of senders on several hosts are counted alike."""

    def __init__(self, store: Any) -> None:
        self._store = store
        self._ahead = timedelta(0)

    async def look(self) -> None:
        """Compare with the database again; half the question's way is taken off."""
        asked_at = datetime.now(UTC)
        told_at = await self._store.outbox.clock()
        self._ahead = told_at - (asked_at + (datetime.now(UTC) - asked_at) / 2)

    def now(self) -> datetime:
        """Return the database's time, UTC, as of the last look."""
        return datetime.now(UTC) + self._ahead


class SmsService:
    """All workers of one process and what they share.

    Parameters
    ----------
    store
        A `store.store.Store` or the fake.
    channels
        Channels by name, in order of preference.
    policies
        Rules of alerts, for what a reply stops.
    now
        The clock, for tests; the database's where None.
    """

    def __init__(
        self,
        store: Any,
        channels: Mapping[str, Channel],
        policies: Policies,
        *,
        rules: SenderRules | None = None,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        self._store, self._policies = store, policies
        self._clock = None if now is not None else SharedClock(store)
        self._now = now or self._clock.now  # type: ignore[union-attr]
        self._rules = rules or SenderRules()
        self._board = Switchboard(channels=dict(channels))
        marker = Marker(store)
        self._receipts: list[Receipt] = []
        self._replies: list[Reply] = []
        self._senders = [
            Sender(store, self._board, marker, self._rules, now=self._now) for _ in range(self._rules.workers)
        ]

    async def once(self) -> Tally:
        """Do one pass: give back and expire, take receipts and replies, send what is due."""
        if self._clock is not None:
            await self._clock.look()
        tally, at = Tally(), self._now()
        await self._store.outbox.release_expired(at, wait_s=self._rules.retry.unknown_wait_s)
        await self._store.outbox.expire(at)
        await self.collect(tally)
        await self._send_all(tally)
        tally.away = tuple(self._board.away())
        return tally

    async def collect(self, tally: Tally) -> None:
        """Keep the receipts and replies that came in, and match them.

        Channels forget what they handed over: while the database is away it waits here.
        """
        for channel in self._board.channels.values():
            inbox = await channel.inbox()
            self._receipts += inbox.receipts
            self._replies += inbox.replies
        receipts = list(self._receipts)
        await self._store.outbox.keep_receipts(receipts)
        del self._receipts[: len(receipts)]
        tally.receipts += len(receipts)
        while self._replies:
            tally.replies += await take_replies(self._store, self._policies, self._replies[:1], self._now())
            del self._replies[:1]
        await self._store.outbox.match_receipts(self._now())

    async def _send_all(self, tally: Tally) -> None:
        until_s = time.monotonic() + self._rules.pass_s
        async with asyncio.TaskGroup() as group:
            workers = [group.create_task(_drain(sender, tally, until_s)) for sender in self._senders]
            while (await asyncio.wait(workers, timeout=COLLECT_S))[1]:
                await self.collect(tally)
        if tally.sent:
            await self.collect(tally)


async def _drain(sender: Sender, tally: Tally, until_s: float) -> None:
    while await sender.send_batch(tally) and time.monotonic() < until_s:
        pass


async def send_once(store: Any, channels: Mapping[str, Channel], policies: Policies, at: datetime) -> int:
    """Send everything that is due at `at`; return how many messages were accepted. For tests and single passes."""
    service = SmsService(store, channels, policies, rules=SenderRules(workers=1), now=lambda: at)
    return (await service.once()).sent


@asynccontextmanager
async def opened(store: Any, settings: SmsSettings, rules_dir: Path) -> AsyncIterator[Once]:
    """Yield the pass of a sender with the channels of the settings, for `services.loop.run_periodically`."""
    loaded = load_rules(rules_dir)
    rules = build(SenderRules, settings.options.get("sender", {}), where="sms.options.sender")
    warnings = build(CapSettings, settings.options.get("cap", {}), where="sms.options.cap")
    async with open_channels(settings.channels, settings.options, drill=settings.drill) as channels:
        service = SmsService(store, channels, loaded.policies, rules=rules)
        inbox = CapInbox(store, loaded.wording, warnings)
        calls = Beside("calls ordered at a screen", lambda at: carry_out(store, loaded.wording, at))
        looks = Beside("official warnings", inbox.once, period_s=warnings.period_s)

        async def once(at: datetime) -> Mapping[str, Any]:
            calls.begin(at)
            looks.begin(at)
            return (await service.once()).detail()

        try:
            yield once
        finally:
            await calls.end()
            await looks.end()
            await inbox.close()
