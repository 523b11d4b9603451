"""The forecast loop as a process: one pass over all cages each period, at once at the start."""

import asyncio
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from threadpoolctl import threadpool_limits

from services.forecast import forecast_once
from services.loop import Pulse, run_periodically
from services.processes.opening import open_store
from services.settings import ShoreSettings


async def run(settings: ShoreSettings, stop: asyncio.Event) -> None:
    """Issue and verify forecasts every `settings.forecast.period_s` until `stop`."""
    # Small matrices: a second thread of the linear algebra doubles what a fit costs and takes the other services' core.
    with threadpool_limits(limits=1):
        await _run(settings, stop)


async def _run(settings: ShoreSettings, stop: asyncio.Event) -> None:
    async with open_store(settings, "forecast", stop) as store:

        async def once(at: datetime) -> Mapping[str, Any]:
            report = await forecast_once(
                store,
                settings.watch.rules_dir,
                at,
                grid_folder=settings.forecast.grid_folder,
                grid_feed=settings.forecast.grid_feed,
            )
            return asdict(report) | {"problems": list(report.grid_problems)}

        every_s = settings.forecast.period_s
        await run_periodically(
            once, every_s=every_s, pulse=Pulse(name="forecast"), heartbeats=store.heartbeats, stop=stop
        )
