"""The watch as a process: all judges every period, the distress judge at once when ingest has heard one."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from alerts.rules import load as load_alert_rules
from services.alerting import AlertDesk
from services.judges import cages, forecasts, identity, safety, waves
from services.listen import listen
from services.loop import Pulse, run_periodically
from services.processes.opening import open_store
from services.settings import ShoreSettings
from services.watch import NamedJudge, watch_once

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


async def run(settings: ShoreSettings, stop: asyncio.Event) -> None:
    """Judge every `settings.watch.period_s`, and at once on a distress message, until `stop`."""
    async with open_store(settings, "watch", stop) as store:
        desk = AlertDesk(store, load_alert_rules(settings.watch.rules_dir), drill=settings.sms.drill)
        wake = asyncio.Event()
        listener = asyncio.create_task(listen(settings.dsn(), DISTRESS_CHANNEL, wake, stop))

        async def once(at: datetime) -> Mapping[str, Any]:
            return (await watch_once(store, desk, JUDGES, settings.watch.rules_dir, at)).detail()

        pulse, every_s = Pulse(name="watch"), settings.watch.period_s
        try:
            await run_periodically(
                once, every_s=every_s, pulse=pulse, heartbeats=store.heartbeats, stop=stop, wake=wake
            )
        finally:
            listener.cancel()
