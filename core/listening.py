"""A TCP server that leaves nothing open behind it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from core.tasks import end_tasks

Conversation = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def listening(talk: Conversation, host: str, port: int, *, limit: int = 65_536) -> AsyncIterator[int]:
    """Yield the port of a server that holds one conversation a connection; at the end all of them are over.

    Parameters
    ----------
    talk
        Called with reader and writer of each connection; the connection is closed when it returns or raises OSError.
    limit
        Longest line that ``reader.readuntil`` takes. [byte]

    Raises
    ------
    OSError
        The port cannot be listened on.

    Notes
    -----
    ``asyncio.Server.close`` of Python 3.11 leaves the connections open that it took (``close_clients`` came with 3.13).
    """
    talks: set[asyncio.Task[None]] = set()

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await talk(reader, writer)
        except OSError:
            return  # the other side has gone
        finally:
            writer.close()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        held = asyncio.create_task(hold(reader, writer))
        talks.add(held)
        held.add_done_callback(talks.discard)
        # A task cancelled before its first step never reaches its `finally`.
        held.add_done_callback(lambda _: writer.close())

    server = await asyncio.start_server(connected, host, port, limit=limit)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()
        await asyncio.sleep(0)  # a connection taken in this turn is told to us in the next
        await asyncio.sleep(0)
        await end_tasks(talks)
        await asyncio.sleep(0)  # a closed transport lets go of its socket one turn later
