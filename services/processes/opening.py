"""How a process gets its store: it waits for a database that is away instead of ending."""

import asyncio
import logging
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from core.errors import StoreError
from services.backoff import Backoff
from services.settings import ShoreSettings
from store.database import Database
from store.store import Store

log = logging.getLogger(__name__)
_BACKOFF = Backoff(first_s=0.5, most_s=15.0)


class StoppedError(Exception):
    """The process was told to stop before its database answered."""


@asynccontextmanager
async def open_store(settings: ShoreSettings, name: str, stop: asyncio.Event) -> AsyncIterator[Store]:
    """Yield the store of the settings' database.

    Raises
    ------
    StoppedError
        When `stop` was set while the database was still away.
    """
    database = await _open(settings.dsn(), name, stop)
    try:
        yield Store(database)
    finally:
        await database.close()


async def _open(dsn: str, name: str, stop: asyncio.Event) -> Database:
    failures, rng = 0, random.Random()
    while not stop.is_set():
        try:
            return await Database.open(dsn, application=name)
        except StoreError as exc:
            failures += 1
            wait_s = _BACKOFF.delay_s(failures, rng)
            log.warning("waiting for the database", extra={"reason": str(exc), "wait_s": round(wait_s, 1)})
            await asyncio.wait([asyncio.create_task(stop.wait())], timeout=wait_s)
    raise StoppedError
