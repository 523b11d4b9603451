"""The slow part of the cages' judge: two months of hourly oxygen of each farm, every half hour."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from cages.drift import Look, differences, follow
from cages.group import judge_group
from cages.limits import CageLimits
from cages.probes import RULE, judge_drift
from cages.qc import GOOD
from cages.snapshot import CageSnapshot
from core.finding import Finding
from core.reading import SeriesKey
from services.judges import JudgeContext

EVERY = timedelta(minutes=30)
HISTORY_D = 60


class DriftWatch:
    """Keeps the looks of the last pass; all of it can be made anew from the store."""

    def __init__(self) -> None:
        self._looked_at: datetime | None = None
        self._looks: dict[SeriesKey, Look] = {}
        self._store: Any = None

    async def judge(
        self, context: JudgeContext, limits: CageLimits, snapshots: Sequence[CageSnapshot]
    ) -> list[Finding]:
        """Return the findings on every probe, looking anew when the last look is old or of another store."""
        stale = self._looked_at is None or abs(context.at - self._looked_at) >= EVERY
        if stale or self._store is not context.store:
            self._looks = await _look(context, limits, snapshots)
            self._looked_at, self._store = context.at, context.store
        cages = {snapshot.cage: snapshot for snapshot in snapshots}
        findings = []
        for key, look in self._looks.items():
            cage = cages.get(key.cage)
            if cage is None or key not in cage.windows:
                continue
            found = judge_drift(
                key,
                cage.name,
                cage.windows[key].depth_m,
                look,
                version=limits.qc.version,
                clear_at=limits.qc.drift.clear_at,
                held=f"{RULE}:{key}" in context.open_keys,
            )
            findings += [] if found is None else [found]
        return findings


async def _look(context: JudgeContext, limits: CageLimits, snapshots: Sequence[CageSnapshot]) -> dict[SeriesKey, Look]:
    farms: dict[str, list[str]] = defaultdict(list)
    for snapshot in snapshots:
        farms[snapshot.farm].append(snapshot.cage)
    until = context.at.replace(minute=0, second=0, microsecond=0)
    looks: dict[SeriesKey, Look] = {}
    for farm, cages in farms.items():
        series = await context.store.readings.series(cages, ["do_mg_l"])
        if farm and len(series) >= 3:  # of two that disagree nobody can say which is wrong
            looks |= await _look_farm(context, limits, series, until)
    return looks


async def _look_farm(
    context: JudgeContext, limits: CageLimits, series: Sequence[Any], until: datetime
) -> dict[SeriesKey, Look]:
    since = until - timedelta(days=HISTORY_D)
    column = {info.series_id: number for number, info in enumerate(series)}
    values = np.full((HISTORY_D * 24, len(series)), np.nan)
    for row in await context.store.readings.hourly(list(column), since, until):
        hour = int((row.bucket_at - since).total_seconds() // 3600)
        if 0 <= hour < len(values) and row.value_avg is not None and 2 * row.n_good >= row.n:
            values[hour, column[row.series_id]] = row.value_avg
    times_s = (since.timestamp() + 3600.0 * np.arange(len(values))).astype(np.float64)
    flags = judge_group(values, times_s, limits.qc.hourly)
    apart, level = differences(np.where(flags == GOOD, values, np.nan), limits.qc.drift)
    services = await context.store.farmlog.calibrations()
    looks = {}
    for number, info in enumerate(series):
        key = SeriesKey(cage=info.cage_id, point=info.point, quantity=info.quantity)
        anew = [
            s.at.timestamp()
            for s in services
            if (s.cage_id, s.point, s.quantity) == (key.cage, key.point, key.quantity) and s.kind != "cleaned"
        ]
        history = follow(times_s, apart[:, number], level[:, number], limits.qc.drift, serviced_s=anew)
        looks[key] = history[-1]
    return looks
