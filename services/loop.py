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
from datetime import UTC, datetime
from typing import Any, Protocol

from core.errors import StoreError
from services.backoff import Backoff
from services.version import VERSION
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
    period_s: float
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
    pulse: Pulse,
    heartbeats: _Heartbeats,
    stop: asyncio.Event,
    wake: asyncio.Event | None = None,
    backoff: Backoff | None = None,
) -> None:
    """Call `once(now)` every period until `stop`; what it returns goes into the heartbeat.

    A pass that fails is logged with its traceback, counted, told in the heartbeat and tried again with back-off:
    this is the process's one place that catches everything. `wake` starts a pass before its time.
    """
    failures, rng = 0, random.Random()
    backoff = backoff or Backoff(first_s=min(1.0, pulse.period_s))
    while not stop.is_set():
        at = datetime.now(UTC)
        try:
            detail = dict(await once(at))
            failures = 0
            await pulse.beat(heartbeats, "degraded" if detail.get("problems") else "running", detail, at)
            wait_s = pulse.period_s
        except Exception as exc:
            failures += 1
            wait_s = backoff.delay_s(failures, rng)
            log.exception("pass failed", extra={"service": pulse.name, "failures": failures, "wait_s": wait_s})
            await pulse.beat(heartbeats, "degraded", {"error": str(exc)[:500], "failures": failures}, at)
        spent_s = (datetime.now(UTC) - at).total_seconds() if failures == 0 else 0.0
        await _pause(max(0.0, wait_s - spent_s), stop, wake)
    await pulse.beat(heartbeats, "stopped", {}, datetime.now(UTC))


async def _pause(seconds: float, stop: asyncio.Event, wake: asyncio.Event | None) -> None:
    waits = [asyncio.create_task(event.wait()) for event in (stop, wake) if event is not None]
    try:
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waits:
            task.cancel()
    if wake is not None:
        wake.clear()


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
