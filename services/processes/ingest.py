"""Ingest as a process: the worker itself, and a beat beside it that tells how it does."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.ingest import Ingest
from services.loop import Pulse, run_periodically
from services.processes.opening import open_store
from services.settings import ShoreSettings

BEAT_S = 5.0


async def run(settings: ShoreSettings, stop: asyncio.Event) -> None:
    """Bring batches from the broker into the database until `stop`."""
    async with open_store(settings, "ingest", stop) as store:
        worker = Ingest(store, settings.broker, settings.broker.password(), settings.ingest)

        async def once(_at: datetime) -> Mapping[str, Any]:
            return worker.state()

        beating = asyncio.create_task(
            run_periodically(once, every_s=BEAT_S, pulse=Pulse(name="ingest"), heartbeats=store.heartbeats, stop=stop)
        )
        try:
            await worker.run(stop)
        finally:
            stop.set()
            await beating
