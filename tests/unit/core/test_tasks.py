"""Tasks that forget a cancellation still end, and a server leaves no connection open."""

import asyncio
import gc

import pytest

from core.listening import listening
from core.tasks import end_tasks


async def test_end_tasks_cancels_again_what_forgot_the_first_time() -> None:
    forgotten = 0

    async def forgetful() -> None:
        nonlocal forgotten
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                forgotten += 1
                if forgotten > 1:
                    raise

    task = asyncio.create_task(forgetful())
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        await end_tasks([task])
    assert task.cancelled()
    assert forgotten == 2


async def test_end_tasks_leaves_an_error_in_its_task() -> None:
    async def broken() -> None:
        raise ValueError("mine")

    task = asyncio.create_task(broken())
    await asyncio.wait([task])
    await end_tasks([task])
    with pytest.raises(ValueError, match="mine"):
        task.result()


@pytest.mark.parametrize("turns", range(6), ids=lambda turns: f"{turns} turns after the connection")
async def test_listening_ends_in_any_turn_with_every_connection_closed(turns: int) -> None:
    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with listening(hang, "127.0.0.1", 0) as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(turns):
            await asyncio.sleep(0)
        writer.close()
    gc.collect()  # a transport left open would warn here


async def test_listening_far_end_that_resets_ends_its_conversation_only() -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(10):
            writer.write(data)
            await writer.drain()

    async with listening(echo, "127.0.0.1", 0) as port:
        _, first = await asyncio.open_connection("127.0.0.1", port)
        first.transport.abort()
        reader, second = await asyncio.open_connection("127.0.0.1", port)
        second.write(b"there")
        assert await reader.readexactly(5) == b"there"
        second.close()
