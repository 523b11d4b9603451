"""How many days the battery of a buoy or platform still lasts, by what the sun brings and the instruments use."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from cages.gauge import Words, say
from cages.snapshot import CageSnapshot
from core.finding import Finding, Severity

Array = NDArray[np.float64]
RULE = "cages.power"
_LOCAL = timedelta(hours=8)


@dataclass(frozen=True, kw_only=True)
class EnergyRule:
    """Voltages of an empty and a full battery at rest, and when days left become a finding. [V, d]"""

    empty_v: float
    full_v: float
    volts_nominal: float
    warn_days: float
    clear_days: float
    farthest_days: float


@dataclass(frozen=True, kw_only=True)
class EnergyBudget:
    """State of charge [0-1], daily sun and load [Wh], and days until empty; None where not known, or not in sight."""

    charge: float
    sun_wh_day: float | None
    load_wh_day: float | None
    days_left: float | None


def energy_budget(
    battery_v: Array, pv_w: Array, battery_ah: float | None, load_w: float | None, rule: EnergyRule
) -> EnergyBudget | None:
    """Return the budget of the last days.

    Parameters
    ----------
    battery_v, pv_w
        Hourly means, NaN where not known ``(time,)``, whole days.
    battery_ah, load_w
        From the plate; without them the nightly minimum of the voltage is carried forward.

    Notes
    -----
    The charge is read from the lowest voltage of the last day, before the sun lifts it; under load it reads low, so
    days are rather too few than too many.
    """
    days = battery_v[len(battery_v) % 24 :].reshape(-1, 24)
    lowest = np.array([np.nanmin(day) if np.isfinite(day).sum() >= 12 else np.nan for day in days])
    if not lowest.size or np.isnan(lowest[-1]):
        return None
    charge = float(np.clip((lowest[-1] - rule.empty_v) / (rule.full_v - rule.empty_v), 0.0, 1.0))
    sun = 24.0 * float(np.nanmean(pv_w)) if np.isfinite(pv_w).sum() >= 24 else None
    load = None if load_w is None else 24.0 * load_w
    if battery_ah is not None and sun is not None and load is not None:
        drain, stored = load - sun, charge * battery_ah * rule.volts_nominal
        left = stored / drain if drain > 0 else None
    else:
        left = _by_trend(lowest, rule)
    near = None if left is None or left > rule.farthest_days else left
    return EnergyBudget(charge=charge, sun_wh_day=sun, load_wh_day=load, days_left=near)


def _by_trend(lowest_v: Array, rule: EnergyRule) -> float | None:
    known = np.flatnonzero(~np.isnan(lowest_v))
    if known.size < 3:
        return None
    slope = float(np.polyfit(known.astype(np.float64), lowest_v[known], 1)[0])
    if slope > -0.01:  # a hundredth of a volt a day is the reading's own noise
        return None
    return max(0.0, (float(lowest_v[-1]) - rule.empty_v) / -slope)


def judge_energy(
    snapshot: CageSnapshot, point: str, budget: EnergyBudget, rule: EnergyRule, version: str, *, at: datetime,
    open_severity: Mapping[str, Severity],
) -> list[Finding]:  # fmt: skip
    """Return a finding while the battery will be empty within days."""
    held = f"{RULE}:{snapshot.cage}.{point}.days" in open_severity
    left = budget.days_left
    active = left is not None and left < (rule.clear_days if held else rule.warn_days)
    if not active and not held:
        return []
    empty = None if left is None else at + timedelta(days=left) + _LOCAL
    words = Words(
        zh=f"{snapshot.name}电池剩约{100 * budget.charge:.0f}%，预计还能用{left or 0:.0f}天" if active
        else f"{snapshot.name}电量收支恢复平衡",
        en=f"{snapshot.name}: battery about {100 * budget.charge:.0f} %, some {left or 0:.0f} days left" if active
        else f"{snapshot.name}: sun and load are in balance again",
    )  # fmt: skip
    return [
        say(snapshot, rule=RULE, version=version, about=f".{point}.days", words=words, active=active,
            severity=Severity.YELLOW, observed_at=at,
            basis=f"sun {_wh(budget.sun_wh_day)}, load {_wh(budget.load_wh_day)} a day",
            values={"case": "days", "days_left": None if left is None else round(left, 1),
                    "charge": round(budget.charge, 2),
                    "due_day_zh": "" if empty is None else f"{empty.month}月{empty.day}日",
                    "due_day_en": "" if empty is None else f"{empty:%d %b}"})
    ]  # fmt: skip


def _wh(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.0f} Wh"
