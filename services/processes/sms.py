"""The sender as a process: what is due in the outbox goes out, receipts and replies come in."""

import asyncio

from services.loop import Pulse, run_periodically
from services.processes.opening import open_store
from services.settings import ShoreSettings
from services.sms import opened


async def run(settings: ShoreSettings, stop: asyncio.Event) -> None:
    """Send every `settings.sms.period_s` until `stop`."""
    async with (
        open_store(settings, "sms", stop) as store,
        opened(store, settings.sms, settings.watch.rules_dir) as once,
    ):
        pulse = Pulse(name="sms", period_s=max(settings.sms.period_s, 1.0))
        await run_periodically(once, pulse=pulse, heartbeats=store.heartbeats, stop=stop)
