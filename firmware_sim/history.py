"""Past days of the same sea, as the readings the gateway would have sent; joins the live values without a seam."""

import math
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np

from core.qc import QcFlag
from core.reading import Reading, SeriesKey
from firmware_sim.farm import DEFAULT_BUSES, Unit
from firmware_sim.faults import Fault, bend, from_settings
from firmware_sim.instruments import INSTRUMENTS
from firmware_sim.measure import measured
from firmware_sim.noise import Floats
from firmware_sim.scenario import Scenario
from firmware_sim.sea import Sea

CHUNK_ROWS = 144
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _wired() -> list[tuple[str, Unit]]:
    return [(bus.name, unit) for bus in DEFAULT_BUSES for unit in bus.units if unit.profile != "generic-relay"]


def units() -> list[Unit]:
    """Return every measuring unit of the default farm (relays are not measurements)."""
    return [unit for _, unit in _wired()]


def series_bill(cages: Sequence[str] | None = None) -> list[tuple[SeriesKey, float | None]]:
    """Return (series, depth in m or None) of everything the default farm measures."""
    return [
        (SeriesKey(cage=unit.cage, point=unit.point, quantity=quantity), _depth(unit))
        for unit in units()
        if cages is None or unit.cage in cages
        for quantity in INSTRUMENTS[unit.profile].quantities
        if quantity != "wind_dir_deg" or unit.profile != "vaisala-wxt530" or not _has_wind(unit)
    ]


def _has_wind(unit: Unit) -> bool:
    """Return whether another unit of the same point shows the wind direction too: the anemometer's is kept."""
    return any(u.cage == unit.cage and u.point == unit.point and u.profile == "vaisala-wm80" for u in units())


def _depth(unit: Unit) -> float | None:
    return unit.depth_m if unit.point[:1] == "d" and unit.point[1:].isdigit() else None


def history(
    scenario: str | Scenario = "calm",
    seed: int = 1,
    anchor: datetime | None = None,
    *,
    days: float = 30.0,
    step_s: float = 600.0,
    until: datetime | None = None,
    cages: Sequence[str] | None = None,
) -> Iterator[Reading]:
    """Yield the readings of `days` up to `until` (default: the anchor), by time, then series as in `series_bill`.

    Times are whole multiples of `step_s`; the last is before `until`. Faults of values that the scenario has begun by
    then are in them (a probe that fouls since days ago); readings are flagged GOOD, or MISSING where there is none.
    """
    sea = Sea(scenario, seed, anchor)
    end_s = (until or sea.anchor).timestamp()
    first = np.ceil((end_s - days * 86_400.0) / step_s) * step_s
    times = np.arange(first, end_s, step_s)
    wanted = [key for key, _ in series_bill(cages)]
    faults = from_settings(sea.scenario.faults, sea.anchor_s)
    for start in range(0, times.size, CHUNK_ROWS):
        yield from _chunk(sea, times[start : start + CHUNK_ROWS], wanted, faults)


def _chunk(sea: Sea, times: Floats, wanted: Sequence[SeriesKey], faults: Sequence[Fault]) -> Iterator[Reading]:
    columns: dict[SeriesKey, Floats] = {}
    for bus, unit in _wired():
        if not any(key.cage == unit.cage and key.point == unit.point for key in wanted):
            continue
        mine = [fault for fault in faults if fault.hits(unit, bus)]
        for quantity, values in bend(mine, sea, unit, times, measured(sea, unit, times)).items():
            if quantity != "wind_dir_deg" or unit.profile != "vaisala-wxt530" or not _has_wind(unit):
                columns[SeriesKey(cage=unit.cage, point=unit.point, quantity=quantity)] = values
    for i, at_s in enumerate(times):
        at = _EPOCH + timedelta(seconds=float(at_s))
        for key in wanted:
            value = float(columns[key][i])
            if math.isnan(value):
                yield Reading(series=key, observed_at=at, value=None, qc=QcFlag.MISSING)
            else:
                yield Reading(series=key, observed_at=at, value=value, qc=QcFlag.GOOD)
