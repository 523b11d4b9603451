"""Wake a loop when the database says that something is there, so that it need not poll fast."""

import asyncio
import logging
import random

import psycopg

from services.backoff import Backoff

log = logging.getLogger(__name__)
_AGAIN = Backoff(first_s=0.5, most_s=15.0)


async def listen(dsn: str, channel: str, wake: asyncio.Event, stop: asyncio.Event) -> None:
    """Set `wake` at each NOTIFY on `channel` until `stop`; a lost connection is made again."""
    failures, rng = 0, random.Random()
    while not stop.is_set():
        try:
            async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
                await connection.execute(psycopg.sql.SQL("listen {}").format(psycopg.sql.Identifier(channel)))
                failures = 0
                wake.set()  # what came while nobody listened
                await _relay(connection, wake, stop)
        except psycopg.Error as exc:
            failures += 1
            log.info("not listening", extra={"channel": channel, "reason": str(exc)})
            await asyncio.sleep(_AGAIN.delay_s(failures, rng))


async def _relay(
    connection: "psycopg.AsyncConnection[tuple[object, ...]]", wake: asyncio.Event, stop: asyncio.Event
) -> None:
    while not stop.is_set():
        async for _ in connection.notifies(timeout=1.0, stop_after=1):
            wake.set()
