"""How long fish have been in bad water: hours below each oxygen limit, degree hours, and the 16 hours of GB 11607."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from cages.gauge import Words, say
from cages.snapshot import CageSnapshot
from core.finding import Finding, Severity

Array = NDArray[np.float64]
RULE = "cages.exposure"


@dataclass(frozen=True, kw_only=True)
class ExposureRule:
    """Limits of the counters, see ``config/rules/health.toml``. [mg/L, h, degC]"""

    day_above_mg_l: float
    day_least_h: float
    clear_h: float
    deficit_below_mg_l: float
    hot_above_c: float
    cold_below_c: float
    least_known_h: float


@dataclass(frozen=True, kw_only=True)
class Exposure:
    """Counters over the hours given; an hour without a good reading counts for nothing but `unknown_h`.

    Parameters
    ----------
    hours_below
        Hours with oxygen below each limit, by limit in mg/L.
    deficit_mg_l_h
        Oxygen missing to the limit, summed. [mg/L h]
    hot_c_h, cold_c_h
        Degree hours above and below the temperature limits. [degC h]
    """

    hours_below: Mapping[float, float]
    deficit_mg_l_h: float
    hot_c_h: float
    cold_c_h: float
    known_h: float
    unknown_h: float


def exposure(oxygen_mg_l: Array, water_temp_c: Array, limits_mg_l: tuple[float, ...], rule: ExposureRule) -> Exposure:
    """Return the counters of hourly values ``(time,)``, the lowest point of each hour; NaN where not known."""
    known = ~np.isnan(oxygen_mg_l)
    oxygen = np.where(known, oxygen_mg_l, np.inf)
    warm = np.nan_to_num(water_temp_c, nan=rule.cold_below_c)
    seen = ~np.isnan(water_temp_c)
    return Exposure(
        hours_below={limit: float((oxygen < limit).sum()) for limit in limits_mg_l},
        deficit_mg_l_h=float(np.clip(rule.deficit_below_mg_l - oxygen, 0.0, None).sum()),
        hot_c_h=float(np.clip(warm - rule.hot_above_c, 0.0, None).sum()),
        cold_c_h=float((np.clip(rule.cold_below_c - warm, 0.0, None) * seen).sum()),
        known_h=float(known.sum()),
        unknown_h=float((~known).sum()),
    )


def judge_day(
    snapshot: CageSnapshot, oxygen_mg_l: Array, rule: ExposureRule, version: str, *, at: datetime,
    open_severity: Mapping[str, Severity],
) -> list[Finding]:  # fmt: skip
    """Return a finding while oxygen was above 5 mg/L for less than 16 of the last 24 hours (GB 11607-1989).

    Hours that nobody saw are taken as good: an unseen cage is the blind rule's, and no alarm may rest on silence.
    """
    last = oxygen_mg_l[-24:]
    held = f"{RULE}:{snapshot.cage}" in open_severity
    known, below = int((~np.isnan(last)).sum()), float((last <= rule.day_above_mg_l).sum())
    if known < rule.least_known_h:
        return []
    good_h = 24.0 - below
    active = good_h < (rule.clear_h if held else rule.day_least_h)
    if not active and not held:
        return []
    limit = rule.day_above_mg_l
    words = Words(
        zh=f"{snapshot.name}近24小时有{below:.0f}小时溶氧不高于{limit:g} mg/L" if active
        else f"{snapshot.name}近24小时溶氧已达标",
        en=f"{snapshot.name}: oxygen was {limit:g} mg/L or less for {below:.0f} of the last 24 h" if active
        else f"{snapshot.name}: the last 24 h were good again",
    )  # fmt: skip
    values: dict[str, float | str | None] = {
        "case": "day",
        "hours_below": below,
        "known_h": float(known),
        "limit_mg_l": limit,
    }
    return [
        say(snapshot, rule=RULE, version=version, about="", words=words, active=active, severity=Severity.BLUE,
            observed_at=at, basis=f"{known} hours seen of 24", values=values)
    ]  # fmt: skip
