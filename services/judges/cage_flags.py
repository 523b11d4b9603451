"""Final quality flags of oxygen, written back over the edge's: worse where the shore knows more, never better."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cages import qc
from cages.group import SeriesLimits, judge_group
from cages.saturation import ATMOSPHERE_HPA, saturation_mg_l
from cages.snapshot import CageSnapshot
from core.qc import QcFlag, worst
from services.judges import JudgeContext
from store.readings import ReadingRow

Array = NDArray[np.float64]
EVERY = timedelta(seconds=60)
SPAN, LONG_SPAN = timedelta(minutes=200), timedelta(hours=26)
"""History that is judged each minute (three hours of flat line), and each half hour (a day's backlog of a gateway)."""
LONG_EVERY = timedelta(minutes=30)
STEP_S = 60.0
WATER = ("water_temp_c", "salinity_psu", "pressure_hpa")


class FlagWriter:
    """Remembers when it last judged; what it judged stands in the database."""

    def __init__(self) -> None:
        self._judged_at: datetime | None = None
        self._long_at: datetime | None = None
        self._store: Any = None

    async def settle(self, context: JudgeContext, limits: SeriesLimits, snapshots: Sequence[CageSnapshot]) -> int:
        """Judge the last hours of every farm's oxygen, if a minute has passed; return how many flags changed."""
        if self._store is not context.store:
            self._judged_at = self._long_at = None
        if self._judged_at is not None and abs(context.at - self._judged_at) < EVERY:
            return 0
        long = self._long_at is None or abs(context.at - self._long_at) >= LONG_EVERY
        self._store, self._judged_at = context.store, context.at
        self._long_at = context.at if long else self._long_at
        farms: dict[str, list[str]] = defaultdict(list)
        for snapshot in snapshots:
            farms[snapshot.farm].append(snapshot.cage)
        since = context.at - (LONG_SPAN if long else SPAN)
        return sum([await _settle_farm(context.store, limits, cages, since, context.at) for cages in farms.values()])


async def _settle_farm(store: Any, limits: SeriesLimits, cages: Sequence[str], since: datetime, until: datetime) -> int:
    oxygen = [info.series_id for info in await store.readings.series(cages, ["do_mg_l"])]
    if not oxygen:
        return 0
    around = {info.series_id: info.quantity for info in await store.readings.series(cages, WATER)}
    rows: dict[int, list[ReadingRow]] = defaultdict(list)
    for row in await store.readings.between([*oxygen, *around], since, until):
        rows[row.series_id].append(row)
    minutes = int((until - since).total_seconds() // STEP_S) + 1
    times_s = (since.timestamp() + STEP_S * np.arange(minutes)).astype(np.float64)
    table = np.stack([_per_minute(rows[number], since, minutes) for number in oxygen], axis=1)
    flags = judge_group(table, times_s, limits, _saturation(rows, around, since, minutes))
    changed: list[ReadingRow] = []
    for number, series_id in enumerate(oxygen):
        changed += final_flags(rows[series_id], flags[:, number], since, limits)
    settled: int = await store.readings.amend_qc(changed)
    return settled


def final_flags(
    rows: Sequence[ReadingRow], by_minute: qc.Flags, since: datetime, limits: SeriesLimits
) -> list[ReadingRow]:
    """Return the readings of a series whose flag gets worse: by its minute's, and by its own range, words and spike.

    A value that the group holds for FAIL is FAIL; a missing value stays as it is.
    """
    if not rows:
        return []
    values = np.array([np.nan if row.value is None else row.value for row in rows], dtype=np.float64)
    spikes = qc.spike(values, limits.spike_suspect, limits.spike_fail)
    own = qc.worst_of(
        qc.gross_range(values, (limits.fail_low, limits.fail_high)), qc.impossible_word(values),
        np.where(spikes == qc.UNKNOWN, qc.GOOD, spikes).astype(np.uint8),
    )  # fmt: skip
    changed = []
    for row, flag in zip(rows, own, strict=True):
        minute = by_minute[_minute(row.observed_at, since)]
        shore = [QcFlag(int(f)) for f in (flag, minute) if f in (qc.SUSPECT, qc.FAIL)]
        final = worst((QcFlag(row.qc), *shore))
        if row.value is not None and final is not QcFlag(row.qc):
            changed.append(ReadingRow(series_id=row.series_id, observed_at=row.observed_at, value=row.value, qc=final))
    return changed


def _minute(at: datetime, since: datetime) -> int:
    return int((at - since).total_seconds() // STEP_S)


def _per_minute(rows: Sequence[ReadingRow], since: datetime, minutes: int) -> Array:
    """Return the median of the usable readings of each minute, NaN where there are none; a failed one is not usable."""
    cells: dict[int, list[float]] = defaultdict(list)
    for row in rows:
        if row.value is not None and row.qc not in (QcFlag.FAIL, QcFlag.MISSING):
            cells[_minute(row.observed_at, since)].append(row.value)
    out = np.full(minutes, np.nan)
    for minute, values in cells.items():
        out[minute] = float(np.median(values))
    return out


def _saturation(
    rows: Mapping[int, list[ReadingRow]], around: Mapping[int, str], since: datetime, minutes: int
) -> Array | None:
    """Return oxygen at saturation minute by minute, each quantity held until its next reading; None where not known."""
    found = {}
    for quantity in WATER:
        columns = [_per_minute(rows[number], since, minutes) for number, name in around.items() if name == quantity]
        if columns:
            found[quantity] = _held(np.fmax.reduce(np.stack(columns), axis=0))
    if "water_temp_c" not in found or "salinity_psu" not in found:
        return None
    pressure = np.nan_to_num(found.get("pressure_hpa", np.full(minutes, np.nan)), nan=ATMOSPHERE_HPA)
    return saturation_mg_l(found["water_temp_c"], found["salinity_psu"], pressure)


def _held(values: Array) -> Array:
    known = np.maximum.accumulate(np.where(np.isnan(values), -1, np.arange(values.size)))
    held: Array = np.where(known >= 0, values[known], np.nan)
    return held
