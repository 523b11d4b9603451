"""The watch as a process: all judges every period; beside them, in a thread of its own, the one for distress.

A full pass over many boats takes seconds of computing on a small machine. A distress message must not wait for it, so
its judge has its own loop, its own connections, and is woken by the database's notification.
"""

import asyncio
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from alerts.rules import load as load_alert_rules
from services.alerting import UNSEEN_AFTER, AlertDesk
from services.judges import beidou, cages, detections, forecasts, identity, safety, waves
from services.listen import listen
from services.loop import Pulse, run_periodically
from services.processes.opening import StoppedError, open_store
from services.settings import ShoreSettings
from services.watch import NamedJudge, watch_once

JUDGES = (
    NamedJudge(name="cages", judge=cages.judge),
    NamedJudge(name="waves", judge=waves.judge),
    NamedJudge(name="safety", judge=safety.judge),
    NamedJudge(name="identity", judge=identity.judge),
    NamedJudge(name="detections", judge=detections.judge),
    NamedJudge(name="beidou", judge=beidou.judge),
    NamedJudge(name="forecasts", judge=forecasts.judge),
)
"""Who looks at what in a full pass."""
DISTRESS = (NamedJudge(name="distress", judge=safety.distress_judge),)
DISTRESS_CHANNEL = "huangyu_distress"
SWITCH_S = 0.0005
"""How long the full pass may keep the interpreter from the distress loop: with Python's 5 ms each of its hundred
answers from the database waits that long while the pass computes. [s]"""


async def run(settings: ShoreSettings, stop: asyncio.Event) -> None:
    """Judge every `settings.watch.period_s`, distress at once, until `stop`."""
    with _beside(settings):
        await _judge_periodically(settings, stop, "watch", JUDGES, wake=None)


async def _judge_periodically(
    settings: ShoreSettings,
    stop: asyncio.Event,
    name: str,
    judges: tuple[NamedJudge, ...],
    *,
    wake: asyncio.Event | None,
) -> None:
    rules_dir = settings.watch.rules_dir
    async with open_store(settings, name, stop) as store:
        unseen = max(UNSEEN_AFTER, timedelta(seconds=3 * settings.watch.period_s))
        desk = AlertDesk(store, load_alert_rules(rules_dir), drill=settings.sms.drill, unseen=unseen)

        async def once(at: datetime) -> Mapping[str, Any]:
            return (await watch_once(store, desk, judges, rules_dir, at)).detail()

        every_s = settings.watch.period_s
        await run_periodically(
            once, every_s=every_s, pulse=Pulse(name=name), heartbeats=store.heartbeats, stop=stop, wake=wake
        )


async def _watch_for_distress(settings: ShoreSettings, stop: asyncio.Event) -> None:
    wake = asyncio.Event()
    listener = asyncio.create_task(listen(settings.dsn(), DISTRESS_CHANNEL, wake, stop))
    try:
        await _judge_periodically(settings, stop, "distress", DISTRESS, wake=wake)
    except StoppedError:
        return
    finally:
        listener.cancel()


@contextmanager
def _beside(settings: ShoreSettings) -> Iterator[None]:
    """Run the distress loop in a thread until the block ends."""
    sys.setswitchinterval(SWITCH_S)
    loop, stop = asyncio.new_event_loop(), asyncio.Event()
    thread = threading.Thread(target=loop.run_until_complete, args=(_watch_for_distress(settings, stop),), daemon=True)
    thread.start()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(timeout=20)
