"""The slow part of the cages' judge, every half hour: drift, health of probes, exposure, power, balance of lines."""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cages.advice import advise
from cages.calibration import Calibration
from cages.drift import Look, newest_looks
from cages.energy import EnergyBudget, energy_budget, judge_energy
from cages.exposure import judge_day
from cages.group import judge_group
from cages.health import ProbeHealth, judge_service, probe_health
from cages.limits import CageLimits
from cages.moorings import judge_balance
from cages.probes import RULE as DRIFT
from cages.probes import judge_drift
from cages.qc import GOOD
from cages.snapshot import CageSnapshot
from core.finding import Finding
from core.reading import SeriesKey
from services.judges import JudgeContext
from services.judges.cage_hours import Hours, hours_of
from store.farmlog import CageProfile

Array = NDArray[np.float64]
EVERY = timedelta(minutes=30)
DRIFT_D, WEEK_D, WEEK_H, TIDE_H, POWER_H = 90, 7, 168, 25, 120
SEA = ("do_mg_l", "water_temp_c", "salinity_psu", "pressure_hpa")
OTHERS = ("ph", "turbidity_ntu", "chlorophyll_ug_l", "current_mps", "tension_kn", "battery_v", "pv_w")


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What a pass over the history of the farms found."""

    looks: dict[SeriesKey, Look] = field(default_factory=dict)
    health: list[ProbeHealth] = field(default_factory=list)
    lowest_oxygen: dict[str, Array] = field(default_factory=dict)
    energy: dict[tuple[str, str], EnergyBudget] = field(default_factory=dict)
    line_means_kn: dict[str, dict[str, float]] = field(default_factory=dict)


class CareWatch:
    """Keeps what the last pass found; all of it can be made anew from the store."""

    def __init__(self) -> None:
        self._seen_at: datetime | None = None
        self._seen = Seen()
        self._store: Any = None

    async def judge(
        self, context: JudgeContext, limits: CageLimits, snapshots: Sequence[CageSnapshot],
        plates: Mapping[str, CageProfile],
    ) -> list[Finding]:  # fmt: skip
        """Return the findings of every farm, looking anew when the last look is old or of another store."""
        stale = self._seen_at is None or abs(context.at - self._seen_at) >= EVERY
        if stale or self._store is not context.store:
            self._seen = await _look(context, limits, snapshots, plates)
            self._seen_at, self._store = context.at, context.store
            await context.store.farmlog.save_health(self._seen.health)
        cages = {snapshot.cage: snapshot for snapshot in snapshots}
        found = [
            *_of_probes(self._seen, context, limits, cages),
            *_of_cages(self._seen, context, limits, cages),
        ]
        return advise(found, limits.advice)


async def _look(
    context: JudgeContext, limits: CageLimits, snapshots: Sequence[CageSnapshot], plates: Mapping[str, CageProfile]
) -> Seen:
    farms: dict[str, list[str]] = defaultdict(list)
    for snapshot in snapshots:
        farms[snapshot.farm].append(snapshot.cage)
    until = context.at.replace(minute=0, second=0, microsecond=0)
    services, seen = await context.store.farmlog.calibrations(), Seen()
    for cages in farms.values():
        sea = await hours_of(context.store, cages, SEA, until, DRIFT_D)
        others = await hours_of(context.store, cages, OTHERS, until, WEEK_D)
        # Seconds of arithmetic on a big farm: a distress call must not wait behind it.
        seen.looks.update(await asyncio.to_thread(drift_looks, sea, limits, services))
        for hours in (sea, others):
            seen.health.extend(_health(hours, key, seen.looks, services, limits, context.at) for key in hours.keys)
        trusted = {key for key in sea.of("do_mg_l") if key not in seen.looks or not seen.looks[key].active}
        seen.lowest_oxygen.update(_lowest_by_cage(sea, trusted))
        seen.energy.update(_energy(others, plates, limits))
        seen.line_means_kn.update({cage: _line_means(others, cage) for cage in cages})
    return seen


def drift_looks(sea: Hours, limits: CageLimits, services: Sequence[Calibration]) -> dict[SeriesKey, Look]:
    """Return the newest look at every oxygen probe of a farm; none where fewer than three can be compared."""
    keys = sea.of("do_mg_l")
    if len(keys) < 3:  # of two that disagree nobody can say which is wrong
        return {}
    values = np.stack([sea.column(sea.mean, key) for key in keys], axis=1)
    flags = judge_group(values, sea.times_s, limits.qc.hourly, sea.saturation())
    anew = [[s.at.timestamp() for s in _services_of(key, services) if s.kind != "cleaned"] for key in keys]
    looks = newest_looks(sea.times_s, np.where(flags == GOOD, values, np.nan), limits.qc.drift, anew)
    return {key: look for key, look in zip(keys, looks, strict=True) if look is not None}


def _services_of(key: SeriesKey, services: Sequence[Calibration]) -> list[Calibration]:
    return [s for s in services if (s.cage_id, s.point, s.quantity) == (key.cage, key.point, key.quantity)]


def _health(
    hours: Hours, key: SeriesKey, looks: Mapping[SeriesKey, Look], services: Sequence[Calibration], limits: CageLimits,
    at: datetime,
) -> ProbeHealth:  # fmt: skip
    count, good = (hours.column(table, key)[-WEEK_H:] for table in (hours.count, hours.good))
    return probe_health(key, count, good, looks.get(key), _services_of(key, services), limits.health.probe, at)


def _lowest_by_cage(sea: Hours, trusted: Collection[SeriesKey]) -> dict[str, Array]:
    """Return the lowest oxygen of each cage in each hour of the last week, NaN where no probe that is trusted was seen.

    A probe that drifts counts no hours against the fish: its own finding speaks.
    """
    lowest: dict[str, Array] = {}
    for key in trusted:
        column = sea.column(sea.mean, key)[-WEEK_H:]
        lowest[key.cage] = np.fmin(lowest[key.cage], column) if key.cage in lowest else column
    return lowest


def _energy(
    others: Hours, plates: Mapping[str, CageProfile], limits: CageLimits
) -> dict[tuple[str, str], EnergyBudget]:
    found = {}
    for key in others.of("battery_v"):
        plate = plates.get(key.cage)
        sun = next((others.column(others.mean, k) for k in others.of("pv_w", key.cage)), None)
        budget = energy_budget(
            others.column(others.mean, key)[-POWER_H:],
            np.full(POWER_H, np.nan) if sun is None else sun[-POWER_H:],
            None if plate is None else plate.battery_ah,
            None if plate is None else plate.load_w,
            limits.health.energy,
        )
        if budget is not None:
            found[key.cage, key.point] = budget
    return found


def _line_means(others: Hours, cage: str) -> dict[str, float]:
    """Return the mean tension of each line over a tidal day; only lines seen for most of it. [kN]"""
    means = {}
    for key in others.of("tension_kn", cage):
        values = others.column(others.mean, key)[-TIDE_H:]
        if np.isfinite(values).mean() >= 0.8:
            means[key.point] = float(np.nanmean(values))
    return means


def _of_probes(
    seen: Seen, context: JudgeContext, limits: CageLimits, cages: Mapping[str, CageSnapshot]
) -> list[Finding]:
    findings: list[Finding | None] = []
    for key, look in seen.looks.items():
        cage = cages.get(key.cage)
        if cage is not None and key in cage.windows:
            findings.append(
                judge_drift(
                    key, cage.name, cage.windows[key].depth_m, look, version=limits.qc.version,
                    clear_at=limits.qc.drift.clear_at, held=f"{DRIFT}:{key}" in context.open_keys,
                )
            )  # fmt: skip
    serviced = {row.quantity for row in limits.health.probe.service}
    for health in seen.health:
        cage, own = cages.get(health.cage_id), seen.looks.get(health.key)
        if cage is not None and health.quantity in serviced:
            findings.append(
                judge_service(
                    health, cage.name, limits.health.probe, limits.health.version,
                    drifting=own is not None and own.active, open_severity=context.open_severity,
                )
            )  # fmt: skip
    return [finding for finding in findings if finding is not None]


def _of_cages(
    seen: Seen, context: JudgeContext, limits: CageLimits, cages: Mapping[str, CageSnapshot]
) -> list[Finding]:
    at, held, rule = context.at, context.open_severity, limits.health
    findings = []
    for cage, lowest in seen.lowest_oxygen.items():
        if cage in cages and cages[cage].attributes.get("kind", "cage") == "cage":
            findings += judge_day(cages[cage], lowest, rule.exposure, rule.version, at=at, open_severity=held)
    for (cage, point), budget in seen.energy.items():
        if cage in cages:
            findings += judge_energy(
                cages[cage], point, budget, rule.energy, rule.version, at=at, open_severity=held
            )  # fmt: skip
    for cage, means in seen.line_means_kn.items():
        if cage in cages:
            findings += judge_balance(
                cages[cage], means, limits.croaker.structure.line, limits.croaker.version, at=at, open_severity=held
            )  # fmt: skip
    return findings
