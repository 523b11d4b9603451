"""The sender as a process: what is due in the outbox goes out, receipts and replies come in."""

import asyncio

from services.listen import listen
from services.loop import Pulse, run_periodically
from services.processes.opening import open_store
from services.settings import ShoreSettings
from services.sms import opened

OUTBOX_CHANNEL = "huangyu_outbox"


async def run(settings: ShoreSettings, stop: asyncio.Event) -> None:
    """Send every `settings.sms.period_s` until `stop`."""
    async with (
        open_store(settings, "sms", stop) as store,
        opened(store, settings.sms, settings.watch.rules_dir) as once,
    ):
        wake = asyncio.Event()
        listener = asyncio.create_task(listen(settings.dsn(), OUTBOX_CHANNEL, wake, stop))
        pulse, every_s = Pulse(name="sms"), settings.sms.period_s
        try:
            await run_periodically(
                once, every_s=every_s, pulse=pulse, heartbeats=store.heartbeats, stop=stop, wake=wake
            )
        finally:
            listener.cancel()
