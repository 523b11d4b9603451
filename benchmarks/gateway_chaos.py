"""Nothing accepted is lost, nothing twice, nothing under a wrong name: seeded chaos over real processes.

Gateway, broker (no persistence), ingest and PostgreSQL are killed with SIGKILL in random order; the line to the broker
is cut (network namespace with root, a proxy otherwise), swallowed (half open) and refused; the spool's disk is filled;
the gateway's clock steps; an RTU line answers late, short or not at all. What was accepted is written by a trigger
inside the accepting transaction, so the audit (gateway_audit.py) knows row by row what must be in the database.

    benchmarks/gateway_chaos.py [--quick] [--json] [--seconds 120] [--seed N] [--broker amqtt|mosquitto]
"""

import argparse
import asyncio
import contextlib
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from gateway_audit import audit, failed
from gateway_rig import ROOT, Namespace, Rig, load, machine, rig
from pyais import encode_dict

from core.listening import listening
from tests.fixtures.instruments import Fate, Unit, modbus_tcp, rtu_pty

UNITS_TCP, UNITS_RTU = (1, 2, 3, 4, 5, 6), (11, 12)
PERIOD_S = 0.2
CLOCK_SHIM = """
import os, time
_real, _path = time.time, os.environ.get("HUANGYU_CHAOS_CLOCK", "")
def _shifted():
    try:
        with open(_path) as file:
            return _real() + float(file.read() or 0)
    except (OSError, ValueError):
        return _real()
if _path:
    time.time = _shifted
"""


class Sea:
    """Load cells that say who they are: unit * 100,000 N and a running count below."""

    def __init__(self) -> None:
        self.units = {n: Unit(address=n) for n in (*UNITS_TCP, *UNITS_RTU)}
        self.count = 0

    def tick(self) -> None:
        self.count = (self.count + 7) % 99_000
        for number, unit in self.units.items():
            newton = number * 100_000 + self.count
            unit.registers[3, 0], unit.registers[3, 1] = newton >> 16, newton & 0xFFFF

    async def run(self) -> None:
        while True:
            self.tick()
            await asyncio.sleep(0.05)


async def feed(writer: asyncio.StreamWriter) -> None:
    """Twenty AIS position reports a second, each a different number."""
    count = 0
    with contextlib.suppress(OSError):
        while True:
            count += 1
            fields = {"type": 18, "mmsi": 412_000_000 + count % 900_000, "lat": 27.8, "lon": 121.2, "speed": 6.0}
            for line in encode_dict(fields, talker_id="AI", sentence_type="VDM"):  # type: ignore[arg-type]
                writer.write(line.encode() + b"\r\n")
            await writer.drain()
            await asyncio.sleep(0.05)


def late(rng: random.Random) -> Callable[[int], Fate]:
    def fate(_: int) -> Fate:
        roll = rng.random()
        if roll < 0.75:
            return Fate()
        if roll < 0.9:
            return Fate(delay_s=rng.uniform(0.05, 0.6))
        if roll < 0.95:
            return Fate(drop=True)
        return Fate(mangle=lambda frame: frame[: rng.randrange(1, len(frame))])

    return fate


def config_text(host: str, port: int, device: int, line: str, ais: int, *, measuring: bool) -> str:
    head = f"""
[gateway]
id = "gw-dt01"
profiles = "{ROOT}/config/profiles"
[broker]
host = "{host}"
port = {port}
username = "gw-dt01"
keepalive_s = 4
[spool]
quota_mb = 40.0
ballast_mb = 1.0
[send]
ack_timeout_s = 3.0
[ais]
class_b_s = 0.0
"""
    if not measuring:
        return head
    rows = [f'[[bus]]\nname = "tcp"\ntransport = "tcp"\nhost = "{host}"\nport = {device}\n']
    rows += [
        f'[[bus]]\nname = "line"\ntransport = "rtu"\npath = "{line}"\nbaud = 115200\ntimeout_s = 0.25\nmax_load = 1.0\n'
    ]
    for number in (*UNITS_TCP, *UNITS_RTU):
        bus, period = ("tcp", PERIOD_S) if number in UNITS_TCP else ("line", 1.0)
        rows.append(
            f'[[unit]]\nname = "u{number}"\nbus = "{bus}"\nunit = {number}\nprofile = "generic-int32"\n'
            f'cage = "dt01-c{number:02d}"\npoint = "m1"\nperiod_s = {period}\n'
        )
    rows.append(f'[[nmea]]\nname = "rx1"\ntransport = "tcp"\nhost = "{host}"\nport = {ais}\n')
    return head + "\n".join(rows)


class Chaos:
    """The dice. Every action heals itself before the next one of its kind."""

    def __init__(self, here: Rig, rng: random.Random, clock: Path, small_disk: bool) -> None:
        self.here, self.rng, self.clock = here, rng, clock
        self.small_disk = small_disk
        self.done: dict[str, int] = {}

    def note(self, what: str) -> None:
        self.done[what] = self.done.get(what, 0) + 1

    async def run(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        kills = [self.kill_gateway, self.kill_broker, self.kill_ingest, self.kill_database]
        actions = [*kills, self.partition, self.swallow, self.step_clock, self.fill_disk]
        weights = [4, 3, 4, 1, 2, 2, 1, 1 if self.small_disk else 0]
        first = [*actions[:7], *([self.fill_disk] if self.small_disk else [])]
        self.rng.shuffle(first)
        while loop.time() < until:
            action = first.pop() if first else self.rng.choices(actions, weights)[0]
            await action()
            await asyncio.sleep(self.rng.uniform(0.2, 1.5))

    async def _again(self, name: str) -> None:
        await asyncio.sleep(self.rng.uniform(0.05, 1.0))
        self.here.restart(name)

    async def kill_gateway(self) -> None:
        self.here.parts["gateway"].end(signal.SIGKILL)
        self.note("kills_gateway")
        await self._again("gateway")

    async def kill_broker(self) -> None:
        self.here.parts["broker"].end(signal.SIGKILL)
        self.note("kills_broker")
        await self._again("broker")

    async def kill_ingest(self) -> None:
        self.here.parts["ingest"].end(signal.SIGKILL)
        self.note("kills_ingest")
        await self._again("ingest")

    async def kill_database(self) -> None:
        await asyncio.to_thread(self.here.kill_database)
        self.note("kills_database")
        await self._again("database")

    async def partition(self) -> None:
        self.note("partitions")
        if self.here.namespace is not None:
            self.here.namespace.plug("down")
            await asyncio.sleep(self.rng.uniform(1.0, 4.0))
            self.here.namespace.plug("up")
        else:
            self.here.proxy.mode = "refuse"
            self.here.proxy.cut()
            await asyncio.sleep(self.rng.uniform(1.0, 4.0))
            self.here.proxy.mode = "pass"

    async def swallow(self) -> None:
        self.note("half_open")
        self.here.proxy.mode = "swallow"
        await asyncio.sleep(self.rng.uniform(1.0, 5.0))
        self.here.proxy.mode = "pass"
        self.here.proxy.cut()

    async def step_clock(self) -> None:
        self.note("clock_steps")
        self.clock.write_text(str(self.rng.choice([-90.0, -3.0, 3.0, 90.0, 0.0])))

    async def fill_disk(self) -> None:
        self.note("full_disks")
        filler = self.here.spool.parent / "filler"
        with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
            while True:
                file.write(b"\0" * 65536)
        await asyncio.sleep(self.rng.uniform(2.0, 4.0))
        filler.unlink(missing_ok=True)


def mounted(folder: Path) -> bool:
    """Put a small disk of its own under the spool; only root may."""
    if os.geteuid() != 0:
        return False
    command = ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(folder)]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def rows_left(spool: Path) -> int:
    with contextlib.closing(sqlite3.connect(f"file:{spool}?mode=ro", uri=True, timeout=1)) as db:
        return sum(db.execute(f"select count(*) from {s}").fetchone()[0] for s in ("reading", "nmea", "health"))


async def run(options: argparse.Namespace) -> dict[str, Any]:
    rng = random.Random(options.seed)
    sea = Sea()
    sea.tick()
    folder = Path(tempfile.mkdtemp(prefix="huangyu-chaos-"))
    clock, shim = folder / "clock", folder / "shim"
    shim.mkdir()
    (shim / "sitecustomize.py").write_text(CLOCK_SHIM)
    clock.write_text("0")
    (folder / "spool").mkdir()
    small_disk = mounted(folder / "spool")
    env = {"PYTHONPATH": str(shim), "HUANGYU_CHAOS_CLOCK": str(clock)}
    ports: dict[str, Any] = {}
    tasks: list[asyncio.Task[Any]] = [asyncio.create_task(sea.run())]

    def text(host: str, port: int, measuring: bool = True) -> str:
        return config_text(host, port, ports["tcp"], ports["line"], ports["ais"], measuring=measuring)

    net = Namespace.made()
    host = net.host if net else "127.0.0.1"
    try:
        async with (
            listening(lambda reader, writer: feed(writer), host, 0) as ports["ais"],
            modbus_tcp({n: sea.units[n] for n in UNITS_TCP}, host=host) as (port, _),
            rtu_pty({n: sea.units[n] for n in UNITS_RTU}, late(rng)) as (path, _line),
        ):
            ports |= {"tcp": port, "line": path}
            async with rig(folder, broker=options.broker, gateway_toml=text, net=net, env=env) as here:
                await asyncio.sleep(3.0)
                chaos = Chaos(here, rng, clock, small_disk)
                await chaos.run(options.seconds)
                await heal(here, text)
                found = await asyncio.to_thread(audit, here.spool, here.dsn["huangyu_admin"])
                found["partition_by"] = "network namespace" if here.namespace else "proxy"
    finally:
        if net is not None:
            net.remove()
        for task in tasks:
            task.cancel()
        if small_disk:
            subprocess.run(["umount", str(folder / "spool")], check=False)
    if not failed(found):
        shutil.rmtree(folder, ignore_errors=True)
    kills = sum(n for name, n in chaos.done.items() if name.startswith("kills_"))
    return {"kills": kills, **chaos.done, **found}


async def heal(here: Rig, text: Callable[..., str]) -> None:
    """Everything up again; the gateway measures no more and sends what it has."""
    here.proxy.mode = "pass"
    for name in ("database", "broker", "ingest"):
        if not here.parts[name].alive():
            here.restart(name)
    here.parts["gateway"].end(signal.SIGTERM)
    (here.folder / "gateway.toml").write_text(text(here.host, here.proxy_port, measuring=False))
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        here.restart("gateway")
        await asyncio.sleep(4.0)
        for name in ("database", "broker", "ingest"):
            if not here.parts[name].alive():
                here.restart(name)
        here.parts["gateway"].end(signal.SIGTERM)
        left = rows_left(here.spool)
        if left <= 2:  # the boot and status records of the last run itself
            return
    raise TimeoutError(f"{rows_left(here.spool)} rows were not acknowledged after all was up again")


async def until_told(work: Coroutine[Any, Any, dict[str, Any]]) -> dict[str, Any]:
    """Return what the work returns; SIGTERM ends it with everything it started."""
    task = asyncio.ensure_future(work)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await task


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="about 45 s in all")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--broker", choices=["amqtt", "mosquitto"], default="amqtt")
    options = parser.parse_args()
    if options.quick:
        options.seconds = 25.0
    options.seed = options.seed if options.seed is not None else random.SystemRandom().randrange(10**6)
    print(f"seed {options.seed}", file=sys.stderr, flush=True)
    before = load()
    result = asyncio.run(until_told(run(options)))
    result |= {
        "seconds": options.seconds, "broker": options.broker, "seed": options.seed, "machine": machine(),
        "load_before": before,
        "method": "SIGKILL of four processes, partition, half open, full disk, clock steps; audit by trigger",
    }  # fmt: skip
    print(json.dumps(result) if options.json else "\n".join(f"{k}: {v}" for k, v in result.items()))
    if failed(result):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
