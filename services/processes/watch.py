"""The watch as a process: all judges every period, the distress judge at once when ingest has heard one."""

import asyncio
import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import psycopg

from alerts.rules import load as load_alert_rules
from services.alerting import AlertDesk
from services.judges import cages, forecasts, identity, safety, waves
from services.loop import Pulse, run_periodically
from services.processes.opening import open_store
from services.settings import ShoreSettings
from services.watch import NamedJudge, watch_once

log = logging.getLogger(__name__)

JUDGES = (
    NamedJudge(name="distress", judge=safety.distress_judge),
    NamedJudge(name="cages", judge=cages.judge),
    NamedJudge(name="waves", judge=waves.judge),
    NamedJudge(name="safety", judge=safety.judge),
    NamedJudge(name="identity", judge=identity.judge),
    NamedJudge(name="forecasts", judge=forecasts.judge),
)
"""Who looks at what, the most urgent first."""
DISTRESS_CHANNEL = "huangyu_distress"
_RECONNECT_S = 1.0


async def run(settings: ShoreSettings, stop: asyncio.Event) -> None:
    """Judge every `settings.watch.period_s`, and at once on a distress message, until `stop`."""
    async with open_store(settings, "watch", stop) as store:
        desk = AlertDesk(store, load_alert_rules(settings.watch.rules_dir))
        wake = asyncio.Event()
        listener = asyncio.create_task(_listen(settings.dsn(), wake))

        async def once(at: datetime) -> Mapping[str, Any]:
            return (await watch_once(store, desk, JUDGES, settings.watch.rules_dir, at)).detail()

        pulse = Pulse(name="watch", period_s=settings.watch.period_s)
        try:
            await run_periodically(once, pulse=pulse, heartbeats=store.heartbeats, stop=stop, wake=wake)
        finally:
            listener.cancel()


async def _listen(dsn: str, wake: asyncio.Event) -> None:
    """Set `wake` on each distress notification; a lost connection is made again."""
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
                await connection.execute(f"LISTEN {DISTRESS_CHANNEL}")
                async for _ in connection.notifies():
                    wake.set()
        except psycopg.Error as exc:
            log.info("not listening for distress", extra={"reason": str(exc)})
        await asyncio.sleep(_RECONNECT_S)
