"""The loop of one Modbus bus: the schedule says who, `poll` asks, the readings go to the spool."""

import asyncio
import logging
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from core.profiles import Serial
from core.reading import ClockState, Reading
from core.topics import Stream
from gateway.clock import Clock
from gateway.config import BusSection, Loaded, Transport, UnitSection
from gateway.link import Line, Link
from gateway.modbus import Outcome, Reply, Request
from gateway.plan import Load, overload, poll_s
from gateway.poll import Instrument, Poll, poll, readings, start_measurement, unread
from gateway.schedule import Turn, after_turn, choose, first_turns, wake_s
from gateway.spool import Item

_log = logging.getLogger(__name__)


def line_settings(loaded: Loaded, bus: BusSection) -> Serial:
    """Return the serial settings of a bus: its own, else those its first instrument leaves the factory with."""
    factory = next((loaded.profile_of(u).serial for u in loaded.config.unit if u.bus == bus.name), Serial())
    return Serial(
        baud=bus.baud or factory.baud, parity=bus.parity or factory.parity, stop_bits=bus.stop_bits or factory.stop_bits
    )


def bus_problems(loaded: Loaded) -> list[str]:
    """Return why polling cannot work as configured, with the numbers; empty when all fits."""
    problems = []
    for bus in loaded.config.bus:
        if bus.transport is Transport.TCP:
            continue
        line = line_settings(loaded, bus)
        loads = [
            Load(unit=u.name, poll_s=poll_s(loaded.profile_of(u), line), period_s=u.period_s)
            for u in loaded.config.unit
            if u.bus == bus.name
        ]
        said = overload(bus.name, loads, bus.max_load)
        if said:
            problems.append(f"{loaded.path}: {said}")
    return problems


@dataclass
class UnitHealth:
    """How a unit has been: what the health record and the metrics say."""

    unit: UnitSection
    state: str = "starting"
    reason: str = ""
    latency_s: float = 0.0
    last_ok_s: float | None = None
    polls: int = 0
    failures: int = 0
    missed: int = 0

    def report(self) -> dict[str, object]:
        """Return the health record."""
        return {
            "name": self.unit.name, "cage": self.unit.cage, "point": self.unit.point, "profile": self.unit.profile,
            "state": self.state, "reason": self.reason, "latency_ms": round(self.latency_s * 1000, 1),
            "last_ok": self.last_ok_s, "polls": self.polls, "failures": self.failures, "missed": self.missed,
        }  # fmt: skip


def to_item(reading: Reading, clock: ClockState) -> Item:
    """Return a reading as the spool takes it."""
    return Item(
        stream=Stream.READING,
        name=str(reading.series),
        t_ms=round(reading.observed_at.timestamp() * 1000),
        clock=clock,
        value=reading.value,
        qc=int(reading.qc),
    )


@dataclass
class BusRunner:
    """One bus with its units. `put` takes what was read, `on_change` a unit whose state changed."""

    loaded: Loaded
    bus: BusSection
    clock: Clock
    put: Callable[[Sequence[Item]], None]
    on_change: Callable[[UnitHealth], None]
    health: dict[str, UnitHealth] = field(default_factory=dict)
    _busy: asyncio.Lock = field(default_factory=asyncio.Lock)
    _started: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._units = {u.name: u for u in self.loaded.config.unit if u.bus == self.bus.name}
        self._instruments = {
            name: Instrument.build(unit, self.loaded.profile_of(unit), self.bus.timeout_s)
            for name, unit in self._units.items()
        }
        self.health = {name: UnitHealth(unit=unit) for name, unit in self._units.items()}
        self._link = Link(self.bus, line_settings(self.loaded, self.bus))
        self._line: Line | None = None
        self._rng = random.Random()

    async def run(self) -> None:
        """Poll for ever."""
        loop = asyncio.get_running_loop()
        turns = {t.unit: t for t in first_turns([(u.name, u.period_s) for u in self._units.values()], loop.time())}
        try:
            while turns:
                turn = choose(list(turns.values()), loop.time())
                if turn is None:
                    await asyncio.sleep(max(0.0, wake_s(list(turns.values())) - loop.time()))
                    continue
                turns[turn.unit] = await self._serve(turn, list(turns.values()))
        finally:
            self._link.close()

    async def _serve(self, turn: Turn, turns: list[Turn]) -> Turn:
        loop, instrument = asyncio.get_running_loop(), self._instruments[turn.unit]
        started_s = loop.time()
        refused: Reply | None = None
        if instrument.profile.start is not None and turn.unit not in self._started:
            refused = await self._start_measurement(instrument)
            if refused is None:
                self._started.add(turn.unit)
                return replace(turn, due_s=started_s + instrument.profile.start.wait_s)
        self._started.discard(turn.unit)
        polled = await self._poll(instrument) if refused is None else unread(instrument, refused, self.clock.instant())
        found = readings(instrument, polled, loop.time())
        if found and (polled.ok or not turn.breaker.tripped):
            self.put([to_item(reading, polled.clock) for reading in found])
        done = after_turn(turn, turns, ok=polled.ok, started_s=started_s, ended_s=loop.time(), rng=self._rng)
        self._note(instrument, polled, done)
        return done

    async def _poll(self, instrument: Instrument) -> Poll:
        async with self._busy:
            return await poll(instrument, self._open_line(), self.clock.instant, asyncio.get_running_loop().time)

    def _open_line(self) -> Line:
        if self._line is None:
            self._line = Line(self._link, self.bus.transport)
        return self._line

    async def _start_measurement(self, instrument: Instrument) -> Reply | None:
        async with self._busy:
            return await start_measurement(instrument, self._open_line())

    def _note(self, instrument: Instrument, polled: Poll, turn: Turn) -> None:
        health = self.health[instrument.unit.name]
        before = health.state
        health.polls += 1
        health.failures += not polled.ok
        health.missed = turn.missed
        health.latency_s = polled.latency_s
        if polled.ok:
            health.last_ok_s = round(polled.observed_at.timestamp(), 3)
        health.state = "ok" if polled.ok else "open" if turn.breaker.tripped else "failing"
        health.reason = polled.reason
        if health.state != before:
            if health.state == "open":
                _log.warning("unit does not answer", extra={"unit": instrument.unit.name, "reason": health.reason})
            self.on_change(health)

    async def write(
        self, unit: UnitSection, function: int, address: int, value: int, *, not_after_s: float
    ) -> tuple[str, str]:
        """Write one coil or register once and read it back; returns the state and why.

        The state is done, failed, unknown, or expired: after `not_after_s` (loop time) nothing is sent, however long
        the line was busy with others.
        """
        line, instrument = self._open_line(), self._instruments[unit.name]
        async with self._busy:
            request = Request(unit=unit.unit, function=function, address=address, value=value)
            wrote = await line.read(request, instrument.timeout_s, instrument.fence(), not_after_s=not_after_s)
            if wrote.outcome is Outcome.LATE:
                return "expired", wrote.reason
            if wrote.outcome in (Outcome.EXCEPTION, Outcome.DOWN):
                return "failed", f"write: {wrote.reason}"
            back = Request(unit=unit.unit, function=1 if function == 5 else 3, address=address, count=1)
            read = await line.read(back, instrument.timeout_s, instrument.fence())
        if read.outcome is not Outcome.OK:
            return "unknown", f"written, but not read back: {read.reason}"
        if read.words[0] == value:
            return "done", ""
        return "failed", f"reads back {read.words[0]}" + (f" after {wrote.reason}" if wrote.reason else "")
