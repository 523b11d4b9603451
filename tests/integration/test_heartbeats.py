"""Heartbeats: one contract for the real family and the fake; the loop frame beats, fails, recovers and stops."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.backoff import Backoff
from services.loop import Pulse, run_periodically
from store.fake_heartbeats import FakeHeartbeats
from store.heartbeats import Heartbeat, Heartbeats
from store.store import Store

AT = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
BEAT = Heartbeat(
    name="watch", host="pi", pid=7, version="1", started_at=AT, beat_at=AT, state="running", period_s=5.0,
    detail={"findings": 2},
)  # fmt: skip


@pytest.fixture(params=["fake", "real"])
def heartbeats(request: pytest.FixtureRequest) -> Heartbeats | FakeHeartbeats:
    if request.param == "fake":
        return FakeHeartbeats()
    store: Store = request.getfixturevalue("store")
    return store.heartbeats


async def test_heartbeat_newest_of_each_service_is_kept(heartbeats: Heartbeats | FakeHeartbeats) -> None:
    later = replace(BEAT, beat_at=AT + timedelta(seconds=5), state="degraded", detail={"error": "x"})
    for beat in (replace(BEAT, name="sms"), BEAT, later):
        await heartbeats.beat(beat)
    assert await heartbeats.all() == [replace(BEAT, name="sms"), later]


async def test_loop_failing_pass_is_told_and_tried_again() -> None:
    kept, passes, stop = FakeHeartbeats(), [], asyncio.Event()
    states: list[str] = []

    async def once(at: datetime) -> Mapping[str, Any]:
        passes.append(at)
        if len(passes) == 1:
            raise ValueError("sensor table is odd")
        states.extend(beat.state for beat in await kept.all())
        stop.set()
        return {"done": 1}

    await run_periodically(
        once,
        every_s=0.01,
        pulse=Pulse(name="watch", period_s=0.01),
        heartbeats=kept,
        stop=stop,
        backoff=Backoff(first_s=0.01),
    )
    assert len(passes) == 2
    assert states == ["degraded"]
    (last,) = await kept.all()
    assert last.state == "stopped"


async def test_loop_wake_starts_a_pass_before_its_time() -> None:
    kept, stop, wake, passes = FakeHeartbeats(), asyncio.Event(), asyncio.Event(), []

    async def once(at: datetime) -> Mapping[str, Any]:
        passes.append(at)
        if len(passes) == 2:
            stop.set()
        return {}

    task = asyncio.create_task(
        run_periodically(once, every_s=600, pulse=Pulse(name="w", period_s=600), heartbeats=kept, stop=stop, wake=wake)
    )
    while not passes:
        await asyncio.sleep(0)
    wake.set()
    await asyncio.wait_for(task, 5)
    assert len(passes) == 2


async def test_loop_slow_passes_keep_beating_between() -> None:
    stop, beats = asyncio.Event(), []

    class Counting(FakeHeartbeats):
        async def beat(self, heartbeat: Heartbeat) -> None:
            beats.append(heartbeat.state)
            if len(beats) == 4:
                stop.set()

    async def once(at: datetime) -> Mapping[str, Any]:
        return {}

    pulse = Pulse(name="forecast", period_s=0.01)
    await asyncio.wait_for(run_periodically(once, every_s=600, pulse=pulse, heartbeats=Counting(), stop=stop), 5)
    assert beats[:4] == ["running"] * 4
