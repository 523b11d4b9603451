"""The running simulator: every device behind its socket or pseudo-terminal, one process, one event loop, clean stop."""

import asyncio
import contextlib
import json
import logging
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.errors import StartError
from core.tasks import end_tasks
from firmware_sim import chart, nwp, truth
from firmware_sim.buses import PtyBus, TcpBus, Wire
from firmware_sim.control import ControlServer
from firmware_sim.device import Device
from firmware_sim.farm import BENCH_BUS, DEFAULT_BUSES, Bus
from firmware_sim.faults import Fault, from_settings
from firmware_sim.feed import NmeaFeed
from firmware_sim.scenario import Scenario
from firmware_sim.sea import Sea
from firmware_sim.traffic import Traffic, build_traffic

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class SimulatorSettings:
    """What one run needs; paths None = that output is not wanted, `port_base` 0 = free ports."""

    scenario: Scenario
    seed: int
    anchor: datetime
    devices: Path
    run_dir: Path
    host: str = "127.0.0.1"
    port_base: int = 0
    truth: Path | None = None
    grids: Path | None = None
    register: Path | None = None
    duration_s: float = 0.0
    bench: bool = False


class Simulator:
    """All servers of one run; `start` returns the bill of devices, `stop` leaves nothing behind."""

    def __init__(self, settings: SimulatorSettings, clock: Callable[[], float] = time.time) -> None:
        self.settings, self.clock = settings, clock
        self.sea = Sea(settings.scenario, settings.seed, settings.anchor)
        self.traffic: Traffic = build_traffic(settings.scenario, settings.seed, settings.anchor)
        self.faults: list[Fault] = from_settings(settings.scenario.faults, self.sea.anchor_s)
        self.wires: dict[str, Wire] = {}
        self.buses: dict[str, TcpBus | PtyBus] = {}
        self.feeds: dict[str, NmeaFeed] = {}
        self.control = ControlServer(self)
        self._port = settings.port_base
        self._tasks: set[asyncio.Task[None]] = set()

    # ------------------------------------------------------------------ start and stop

    async def start(self) -> dict[str, Any]:
        """Open everything, write the files that were asked for and return the bill."""
        try:
            modbus = [row for bus in self._buses() for row in await self._open(bus)]
            nmea_rows = [await self._open_feed(receiver) for receiver in (*chart.RECEIVERS, chart.RADAR)]
            control_port = await self.control.start(self.settings.host, self._next_port())
            bill = self._bill(modbus, nmea_rows, control_port)
            self._write_files(bill)
        except BaseException:
            await self.stop()
            raise
        self._task(self._pump())
        if self.settings.grids is not None:
            self._task(nwp.keep_writing(self.sea, self.settings.grids, self.clock))
        return bill

    async def stop(self) -> None:
        """Close every port and terminal, end the tasks, remove the bill."""
        await end_tasks(self._tasks)
        for bus in self.buses.values():
            await bus.stop()
        for feed in self.feeds.values():
            await feed.stop()
        await self.control.stop()
        self.settings.devices.unlink(missing_ok=True)

    def _task(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("a task of the simulator ended", exc_info=task.exception())

    def _buses(self) -> tuple[Bus, ...]:
        return (*DEFAULT_BUSES, BENCH_BUS) if self.settings.bench or self.settings.scenario.bench else DEFAULT_BUSES

    def _next_port(self) -> int:
        if not self.settings.port_base:
            return 0
        self._port += 1
        return self._port - 1

    async def _open(self, bus: Bus) -> list[dict[str, Any]]:
        devices = [Device(unit=unit, bus=bus.name, sea=self.sea, faults=self.faults) for unit in bus.units]
        for device, other in zip(devices, devices[1:] + devices[:1], strict=True):
            device.neighbour = other
        wire = self.wires[bus.name] = Wire(bus.name, devices, self.clock)
        place: dict[str, Any] = {"host": None, "port": None, "path": None, "baud": bus.baud}
        if bus.transport == "rtu":
            pty = self.buses[bus.name] = PtyBus(wire, self.settings.run_dir / bus.name, bus.baud)
            place["path"] = str(pty.start())
        else:
            tcp = self.buses[bus.name] = TcpBus(wire, rtu=bus.transport == "rtu_over_tcp")
            place |= {"host": self.settings.host, "port": await tcp.start(self.settings.host, self._next_port())}
        return [
            {
                "name": unit.name,
                "transport": bus.transport,
                **place,
                "unit": unit.number,
                "profile": unit.profile,
                "cage": unit.cage,
                "point": unit.point,
                "bus": bus.name,
                "skip": _skip(unit.profile),
                "commands": COMMANDS.get(unit.profile, {}),
            }
            for unit in bus.units
        ]

    async def _open_feed(self, receiver: chart.Receiver) -> dict[str, Any]:
        feed = self.feeds[receiver.name] = NmeaFeed(receiver.name)
        port = await feed.start(self.settings.host, self._next_port())
        return {
            "name": receiver.name,
            "transport": "tcp",
            "host": self.settings.host,
            "port": port,
            "lat_deg": receiver.lat_deg,
            "lon_deg": receiver.lon_deg,
        }

    # ------------------------------------------------------------------ files

    def _bill(self, modbus: list[dict[str, Any]], nmea_rows: list[dict[str, Any]], control_port: int) -> dict[str, Any]:
        settings = self.settings
        return {
            "scenario": settings.scenario.name,
            "seed": settings.seed,
            "anchor": self.sea.anchor.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            "pid": os.getpid(),
            "modbus": modbus,
            "nmea": nmea_rows,
            "control": {"host": settings.host, "port": control_port},
            "register": str(settings.register) if settings.register else None,
            "grids": str(settings.grids) if settings.grids else None,
            "truth": str(settings.truth) if settings.truth else None,
        }

    def _write_files(self, bill: dict[str, Any]) -> None:
        try:
            if self.settings.register is not None:
                self.settings.register.parent.mkdir(parents=True, exist_ok=True)
                self.traffic.write_register(self.settings.register)
            if self.settings.truth is not None:
                truth.write(self.settings.truth, self.sea, self.traffic, self.faults)
            if self.settings.grids is not None:
                self.settings.grids.mkdir(parents=True, exist_ok=True)
            write_atomically(self.settings.devices, json.dumps(bill, ensure_ascii=False, indent=1) + "\n")
        except OSError as exc:
            raise StartError(
                f"Cannot write {exc.filename} ({exc.strerror}): choose a folder that can be written and has room."
            ) from exc

    # ------------------------------------------------------------------ live traffic

    async def _pump(self) -> None:
        """Put the traffic out as time passes: windows of five seconds made ahead, lines sent when they are due."""
        upto = float(int(self.clock()))
        while True:
            lines = self.traffic.window(upto, upto + 5.0)
            upto += 5.0
            for line in lines:
                wait = line.at_s - self.clock()
                if wait > 0.02:
                    await asyncio.sleep(wait)
                self.feeds[line.receiver].put(line.text)
            await asyncio.sleep(max(upto - self.clock(), 0.0))
            if self.clock() - upto > 30.0:
                # The machine slept: go on from now, a receiver has no backlog.
                upto = float(int(self.clock()))


COMMANDS = {"generic-relay": {"aerator": 0, "feeder": 1, "lamp": 2}}
"""What may be switched on a unit: coil by action."""


def _skip(profile: str) -> list[str]:
    """Return quantities of a unit that another unit of the same point measures better: the anemometer has the wind."""
    return ["wind_dir_deg"] if profile == "vaisala-wxt530" else []


def write_atomically(path: Path, text: str) -> None:
    """Write a file so that a reader sees all of it or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)


async def run(settings: SimulatorSettings, started: Callable[[dict[str, Any]], None] | None = None) -> None:
    """Run until SIGTERM, SIGINT or `duration_s`; `started` is told the bill once everything listens."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    simulator = Simulator(settings)
    bill = await simulator.start()
    try:
        if started is not None:
            started(bill)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), settings.duration_s or None)
    finally:
        await simulator.stop()
