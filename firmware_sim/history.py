"""Past days of the same sea, as the readings the gateway would have sent; joins the live values without a seam."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np

from core.qc import QcFlag
from core.reading import Reading, SeriesKey
from firmware_sim.farm import DEFAULT_BUSES, Unit
from firmware_sim.instruments import INSTRUMENTS
from firmware_sim.measure import measured
from firmware_sim.scenario import Scenario
from firmware_sim.sea import Sea

CHUNK_ROWS = 144


def units() -> list[Unit]:
    """Return every measuring unit of the default farm (relays are not measurements)."""
    return [unit for bus in DEFAULT_BUSES for unit in bus.units if unit.profile != "generic-relay"]


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

    Times are whole multiples of `step_s`; the last is before `until`. All are flagged GOOD: faults are live only.
    """
    sea = Sea(scenario, seed, anchor)
    end_s = (until or sea.anchor).timestamp()
    first = np.ceil((end_s - days * 86_400.0) / step_s) * step_s
    times = np.arange(first, end_s, step_s)
    wanted = [key for key, _ in series_bill(cages)]
    for start in range(0, times.size, CHUNK_ROWS):
        yield from _chunk(sea, times[start : start + CHUNK_ROWS], wanted)


def _chunk(sea: Sea, times: np.ndarray, wanted: Sequence[SeriesKey]) -> Iterator[Reading]:
    columns: dict[SeriesKey, np.ndarray] = {}
    for unit in units():
        if not any(key.cage == unit.cage and key.point == unit.point for key in wanted):
            continue
        for quantity, values in measured(sea, unit, times).items():
            key = SeriesKey(cage=unit.cage, point=unit.point, quantity=quantity)
            if quantity != "wind_dir_deg" or unit.profile != "vaisala-wxt530" or not _has_wind(unit):
                columns[key] = values
    for i, at_s in enumerate(times):
        at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=float(at_s))
        for key in wanted:
            yield Reading(series=key, observed_at=at, value=float(columns[key][i]), qc=QcFlag.GOOD)
