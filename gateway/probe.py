"""What a technician sees: every unit asked once, each register raw and decoded, and what is wrong in words."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.profiles import Register
from gateway.buses import line_settings
from gateway.clock import Clock
from gateway.config import BusSection, Loaded, UnitSection
from gateway.decode import Decoded
from gateway.link import Line, Link
from gateway.modbus import Outcome, Reply
from gateway.poll import Instrument, poll, start_measurement, unread

_HINTS = {
    Outcome.DOWN: "check cable, power, address and port of the line",
    Outcome.TIMEOUT: "check unit address, baud rate, parity and the A/B wires",
    Outcome.BROKEN: "noise, wrong parity, or two units with one address",
}


@dataclass(frozen=True, kw_only=True)
class RegisterReport:
    """One register of one unit; `series` is empty for helpers that are not published."""

    key: str
    function: int
    address: int
    raw: float | str | None
    value: float | None
    unit: str
    flag: str
    series: str
    trouble: str


@dataclass(frozen=True, kw_only=True)
class UnitReport:
    """One unit: whether it answered, how fast, and its registers."""

    name: str
    bus: str
    where: str
    address: int
    profile: str
    reachable: bool
    latency_ms: float | None
    trouble: str
    registers: tuple[RegisterReport, ...]

    def record(self) -> dict[str, Any]:
        """Return the report as plain values for ``--json``."""
        own = {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "registers"}
        rows = [{name: getattr(row, name) for name in row.__dataclass_fields__} for row in self.registers]
        return own | {"registers": rows}


async def probe(loaded: Loaded) -> list[UnitReport]:
    """Return one report for every unit of the config; buses are asked at the same time."""
    found = await asyncio.gather(*(_probe_bus(loaded, bus) for bus in loaded.config.bus))
    return [report for reports in found for report in reports]


async def _probe_bus(loaded: Loaded, bus: BusSection) -> list[UnitReport]:
    link = Link(bus, line_settings(loaded, bus))
    line, clock = Line(link, bus.transport), Clock(loaded.config.clock)
    units = [unit for unit in loaded.config.unit if unit.bus == bus.name]
    try:
        return [await _probe_unit(loaded, bus, unit, link, line, clock) for unit in units]
    finally:
        link.close()


async def _probe_unit(
    loaded: Loaded, bus: BusSection, unit: UnitSection, link: Link, line: Line, clock: Clock
) -> UnitReport:
    profile = loaded.profile_of(unit)
    instrument = Instrument.build(unit, profile, bus.timeout_s, everything=True)
    refused = await start_measurement(instrument, line)
    if refused is None:
        await asyncio.sleep(profile.start.wait_s if profile.start else 0.0)
        polled = await poll(instrument, line, clock.instant, asyncio.get_running_loop().time)
    else:
        polled = unread(instrument, refused, clock.instant())
    rows = [_register(unit, r, polled.decoded.get(r.key), polled.failed.get(r.key)) for r in profile.registers]
    outcomes = {reply.outcome for reply in polled.failed.values()}
    hint = next((text for outcome, text in _HINTS.items() if outcome in outcomes), "")
    trouble = "" if polled.ok and not polled.reason else f"{polled.reason}{f'; {hint}' if hint else ''}"
    return UnitReport(
        name=unit.name, bus=bus.name, where=link.where(), address=unit.unit, profile=unit.profile, reachable=polled.ok,
        latency_ms=round(polled.latency_s * 1000, 1) if polled.ok else None, trouble=trouble, registers=tuple(rows),
    )  # fmt: skip


def _register(unit: UnitSection, register: Register, decoded: Decoded | None, failed: Reply | None) -> RegisterReport:
    series = f"{unit.cage}.{unit.point}.{register.quantity}" if register.quantity else ""
    return RegisterReport(
        key=register.key, function=register.function, address=register.address,
        raw=None if decoded is None else decoded.raw, value=None if decoded is None else decoded.value,
        unit=register.unit, flag="MISSING" if decoded is None else decoded.qc.name, series=series,
        trouble=(failed.reason if failed else "not read") if decoded is None else decoded.reason,
    )  # fmt: skip


def table_rows(reports: Sequence[UnitReport]) -> list[tuple[str, ...]]:
    """Return rows for a table: unit, register, raw, value, flag, trouble; one head row per unit."""
    rows: list[tuple[str, ...]] = []
    for unit in reports:
        state = f"{unit.latency_ms:g} ms" if unit.latency_ms is not None else "no answer"
        rows.append((unit.name, f"{unit.profile} @ {unit.where} #{unit.address}", "", "", state, unit.trouble))
        for row in unit.registers:
            raw = "" if row.raw is None else f"{row.raw:g}" if isinstance(row.raw, float) else row.raw
            value = "" if row.value is None else f"{row.value:g} {row.unit}".rstrip()
            rows.append(("", f"{row.key} (fc{row.function} {row.address})", raw, value, row.flag, row.trouble))
    return rows
