"""The frame of every shore loop: a beat, a period, one place that catches what goes wrong, a clean stop."""

import asyncio
import contextlib
import logging
import os
import random
import signal
import socket
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from core.errors import StoreError
from services.backoff import Backoff
from services.version import VERSION
from store.errors import StoreUnavailableError
from store.heartbeats import Heartbeat

log = logging.getLogger(__name__)


class _Heartbeats(Protocol):
    async def beat(self, heartbeat: Heartbeat) -> None: ...


@dataclass(kw_only=True)
class Pulse:
    """Writes the beats of one service; a database that is away never stops the service.

    Parameters
    ----------
    name
        Service, as in ``service_heartbeat.name``.
    period_s
        How often it means to beat. [s]
    """

    name: str
    period_s: float = 10.0
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    async def beat(self, heartbeats: _Heartbeats, state: str, detail: Mapping[str, Any], at: datetime) -> None:
        """Keep one beat; a database that is away is only logged."""
        heartbeat = Heartbeat(
            name=self.name,
            host=socket.gethostname(),
            pid=os.getpid(),
            version=VERSION,
            started_at=self.started_at,
            beat_at=at,
            state=state,
            period_s=self.period_s,
            detail=detail,
        )
        try:
            await heartbeats.beat(heartbeat)
        except StoreError as exc:
            log.warning("heartbeat not kept", extra={"service": self.name, "reason": str(exc)})


async def run_periodically(
    once: Callable[[datetime], Awaitable[Mapping[str, Any]]],
    *,
    every_s: float,
    pulse: Pulse,
    heartbeats: _Heartbeats,
    stop: asyncio.Event,
    wake: asyncio.Event | None = None,
    backoff: Backoff | None = None,
) -> None:
    """Call `once(now)` every `every_s` until `stop`; what it returns goes into the heartbeat.

    A pass that fails is logged with its traceback, counted, told in the heartbeat and tried again with back-off:
    this is the process's one place that catches everything. `wake` starts a pass before its time. Between two
    passes the last beat is repeated every ``pulse.period_s``, so that a slow loop is not taken for a dead one.
    """
    failures, rng = 0, random.Random()
    backoff = backoff or Backoff(first_s=min(1.0, every_s))
    while not stop.is_set():
        at = datetime.now(UTC)
        try:
            detail = dict(await once(at))
            failures, wait_s = 0, every_s - (datetime.now(UTC) - at).total_seconds()
            state = "degraded" if detail.get("problems") else "running"
        except Exception as exc:
            failures += 1
            wait_s = backoff.delay_s(failures, rng)
            log.exception("pass failed", extra={"service": pulse.name, "failures": failures, "wait_s": wait_s})
            state, detail = "degraded", {"error": str(exc)[:500], "failures": failures} | trouble_detail(exc)
        next_at = datetime.now(UTC) + timedelta(seconds=max(0.0, wait_s))
        woken = False
        while not woken and not stop.is_set():
            now = datetime.now(UTC)
            await pulse.beat(heartbeats, state, detail, now)
            left_s = (next_at - now).total_seconds()
            woken = await _pause(min(max(0.0, left_s), pulse.period_s), stop, wake) or left_s <= pulse.period_s
    await pulse.beat(heartbeats, "stopped", {}, datetime.now(UTC))


def trouble_detail(exc: BaseException) -> dict[str, str]:
    """Return which trouble of the database an error is, for a heartbeat; nothing for any other error."""
    return {"trouble": exc.trouble.value} if isinstance(exc, StoreUnavailableError) else {}


async def _pause(seconds: float, stop: asyncio.Event, wake: asyncio.Event | None) -> bool:
    """Wait until the time is over, or an event is set; return whether `wake` was (it is cleared)."""
    waits = [asyncio.create_task(event.wait()) for event in (stop, wake) if event is not None]
    try:
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waits:
            task.cancel()
    if wake is None or not wake.is_set():
        return False
    wake.clear()
    return True


@contextlib.contextmanager
def stop_on_signals(loop: asyncio.AbstractEventLoop) -> Iterator[asyncio.Event]:
    """Yield an event that SIGTERM and SIGINT set: the loop ends after the pass it is in."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    try:
        yield stop
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
