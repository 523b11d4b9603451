"""The supervisor on real processes: start order, restart, clean stop, and no orphan after SIGKILL."""

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from core.errors import StartError
from services.backoff import Backoff
from services.supervisor import Part, Supervisor

SLEEPER = "import time; print('up', flush=True); time.sleep(600)"
WRITES_ITS_NAME_AT_THE_END = """
import pathlib, signal, sys, time
def end(*_):
    with open({log!r}, 'a') as file:
        file.write({name!r})
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
pathlib.Path({up!r}).touch()
time.sleep(600)
"""
DEAF = """
import pathlib, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
pathlib.Path({up!r}).touch()
time.sleep(600)
"""
QUICK = Backoff(first_s=0.01, most_s=0.05)


def python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


async def until(condition: object, limit_s: float = 20.0) -> None:
    deadline = time.monotonic() + limit_s
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline, "condition did not come true in time"
        await asyncio.sleep(0.02)


def status_of(folder: Path) -> dict[str, dict[str, object]]:
    return {row["name"]: row for row in json.loads((folder / "run" / "status.json").read_text())}


async def test_supervisor_killed_part_comes_back(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path, backoff=QUICK, rng=random.Random(1))
    await supervisor.start(Part(name="one", command=python(SLEEPER)))
    first = supervisor.states[0].pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    await until(lambda: supervisor.states[0].state == "running" and supervisor.states[0].pid != first)
    assert status_of(tmp_path)["one"]["restarts"] == 1
    assert status_of(tmp_path)["one"]["last_exit"] == "killed by SIGKILL"
    await supervisor.stop()
    assert status_of(tmp_path)["one"]["state"] == "stopped"


async def test_supervisor_stop_ends_parts_in_reverse_order(tmp_path: Path) -> None:
    log = tmp_path / "order"
    supervisor = Supervisor(tmp_path)
    for name in "abc":
        up = tmp_path / f"up-{name}"

        async def ready(path: Path = up) -> bool:
            return path.exists()

        await supervisor.start(
            Part(
                name=name,
                command=python(WRITES_ITS_NAME_AT_THE_END.format(log=str(log), name=name, up=str(up))),
                ready=ready,
            )
        )
    await supervisor.stop()
    assert log.read_text() == "cba"


async def test_supervisor_part_that_cannot_start_is_a_clear_error(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path)

    async def never() -> bool:
        return False

    with pytest.raises(StartError, match="port 502 is taken"):
        await supervisor.start(
            Part(name="bad", command=python("import sys; sys.exit('port 502 is taken')"), ready=never)
        )
    with pytest.raises(StartError, match="cannot run"):
        await supervisor.start(Part(name="none", command=("/nonexistent/program",)))
    await supervisor.stop()


async def test_supervisor_hanging_part_is_killed_at_stop(tmp_path: Path) -> None:
    up = tmp_path / "up"

    async def ready() -> bool:
        return up.exists()

    supervisor = Supervisor(tmp_path)
    await supervisor.start(Part(name="deaf", command=python(DEAF.format(up=str(up))), ready=ready, stop_s=0.2))
    pid = supervisor.states[0].pid
    await supervisor.stop()
    assert pid is not None
    assert not psutil.pid_exists(pid)


def test_supervisor_sigkilled_leaves_no_part_behind(tmp_path: Path) -> None:
    code = f"""
import asyncio, sys
from pathlib import Path
from services.supervisor import Part, Supervisor
async def main():
    supervisor = Supervisor(Path({str(tmp_path)!r}))
    for name in ("one", "two"):
        await supervisor.start(Part(name=name, command=(sys.executable, "-c", {SLEEPER!r})))
    print("ready", flush=True)
    await asyncio.sleep(600)
asyncio.run(main())
"""
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    assert parent.stdout.readline() == b"ready\n"
    pids = [int(str(row["pid"])) for row in status_of(tmp_path).values()]
    children = [psutil.Process(pid) for pid in pids]
    parent.kill()
    parent.wait()
    parent.stdout.close()
    _, alive = psutil.wait_procs(children, timeout=10)
    assert not alive


def test_backoff_grows_to_its_cap_with_bounded_jitter() -> None:
    backoff, rng = Backoff(first_s=1, factor=2, most_s=8, jitter=0.2), random.Random(4)
    delays = [backoff.delay_s(n, rng) for n in (1, 2, 3, 4, 5, 1000)]
    for delay, plain in zip(delays, (1, 2, 4, 8, 8, 8), strict=True):
        assert 0.8 * plain <= delay <= 1.2 * plain
