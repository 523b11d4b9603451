"""A job beside the sending: one run at a time, at its period, and its faults stay its own."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from services.beside import Beside

AT = datetime(2026, 11, 27, tzinfo=UTC)


async def test_fault_stays_in_its_run_and_the_next_run_tries_again(caplog: pytest.LogCaptureFixture) -> None:
    ran: list[datetime] = []

    async def broken(at: datetime) -> None:
        ran.append(at)
        raise RuntimeError("a fault nobody thought of")

    job = Beside("orders", broken)
    for minute in range(3):
        job.begin(AT + timedelta(minutes=minute))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    await job.end()
    assert len(ran) == 3
    assert caplog.text.count("orders: failed") == 3


async def test_slow_run_is_not_joined_by_a_second_and_ends_with_its_service() -> None:
    began, ended = [], []

    async def slow(at: datetime) -> None:
        began.append(at)
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(at)

    job = Beside("orders", slow)
    for _ in range(3):
        job.begin(AT)
        await asyncio.sleep(0)
    await job.end()
    assert (began, ended) == ([AT], [AT])


async def test_runs_begin_a_period_apart_also_when_the_clock_goes_back() -> None:
    ran: list[datetime] = []

    async def quick(at: datetime) -> None:
        ran.append(at)

    job = Beside("orders", quick, period_s=60.0)
    for at in (AT, AT + timedelta(seconds=59), AT + timedelta(seconds=60), AT - timedelta(hours=1)):
        job.begin(at)
        await asyncio.sleep(0)
    await job.end()
    assert ran == [AT, AT + timedelta(seconds=60), AT - timedelta(hours=1)]
