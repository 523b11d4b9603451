"""Is the water what the fish bear? Limits by quantity and life stage, and the growth index with its five grades."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from cages.gauge import Gauge, Words, gauges, say
from cages.snapshot import CageSnapshot
from core.finding import Finding, Severity
from core.units import QUANTITIES

RULE = "cages.condition"
GROWTH_RULE = "cages.growth"


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A life stage: fish lighter than `below_g`, the current they can swim against for hours, the most stock.

    Units are in the names. [g, m/s, kg/m3]
    """

    name_zh: str
    name_en: str
    below_g: float
    current_limit_mps: float
    most_kg_m3: float


@dataclass(frozen=True, kw_only=True)
class Limit:
    """The span of one quantity that the fish bear, in its unit; the way back is `hysteresis` inside it."""

    quantity: str
    hysteresis: float
    severity: Severity
    low: float | None = None
    high: float | None = None

    def __post_init__(self) -> None:
        if self.quantity not in QUANTITIES:
            raise ValueError(f"unknown quantity {self.quantity!r}.")
        if self.low is None and self.high is None:
            raise ValueError("needs low or high.")
        if self.hysteresis <= 0:
            raise ValueError("hysteresis must be above zero.")
        if self.low is not None and self.high is not None and self.high - self.low <= 2 * self.hysteresis:
            raise ValueError(f"{self.quantity}: low must be below high by more than twice the hysteresis.")


@dataclass(frozen=True, kw_only=True)
class Growth:
    """Suitability curves (value, score) of the growth index, weights, and where each grade begins."""

    weights: tuple[float, float, float]
    temperature: tuple[tuple[float, float], ...]
    salinity: tuple[tuple[float, float], ...]
    oxygen: tuple[tuple[float, float], ...]
    grades_zh: tuple[str, ...]
    grades_en: tuple[str, ...]
    grade_from: tuple[float, ...]
    alarm_below: float
    clear_above: float

    def __post_init__(self) -> None:
        if abs(sum(self.weights) - 1.0) > 1e-9:
            raise ValueError("weights must add up to 1.")
        if not len(self.grades_zh) == len(self.grades_en) == len(self.grade_from):
            raise ValueError("each grade needs both names and its beginning.")


def growth_index(water_temp_c: float, salinity_psu: float, do_mg_l: float, rule: Growth) -> float:
    """Return the weighted suitability of the water for growth. [0-1]

    An unbearable quantity is not made good by the others: the index is never above twice the worst score.
    """
    scores = [
        _score(value, curve)
        for value, curve in (
            (water_temp_c, rule.temperature),
            (salinity_psu, rule.salinity),
            (do_mg_l, rule.oxygen),
        )
    ]
    weighted = sum(w * s for w, s in zip(rule.weights, scores, strict=True))
    return min(weighted, 2.0 * min(scores))


def grade(index: float, rule: Growth) -> tuple[str, str]:
    """Return the grade's name in Chinese and English."""
    number = max(i for i, start in enumerate(rule.grade_from) if index >= start or i == 0)
    return rule.grades_zh[number], rule.grades_en[number]


def stage_of(weight_g: float | None, stages: tuple[Stage, ...]) -> Stage:
    """Return the life stage by mean weight; the tenderest where the weight is not known."""
    return next((s for s in stages if weight_g is not None and weight_g < s.below_g), stages[0])


def judge_limits(
    snapshot: CageSnapshot,
    limits: tuple[Limit, ...],
    version: str,
    *,
    at: datetime,
    open_severity: Mapping[str, Severity],
) -> list[Finding]:
    """Return a finding for each quantity whose worst live reading is outside what the fish bear, or is back inside."""
    findings = []
    for limit in limits:
        read = gauges(snapshot, limit.quantity, at)
        held = f"{RULE}:{snapshot.cage}.{limit.quantity}" in open_severity
        if read:
            findings += _judge_limit(snapshot, limit, version, read, held=held)
    return findings


def judge_growth(
    snapshot: CageSnapshot, rule: Growth, version: str, *, at: datetime, open_severity: Mapping[str, Severity]
) -> list[Finding]:
    """Return a finding while the growth index is 危险 or 极度危险; nothing when one of the three is not known."""
    read = [gauges(snapshot, quantity, at) for quantity in ("water_temp_c", "salinity_psu", "do_mg_l")]
    if not all(read):
        return []
    temperature, salinity = (float(np.median([g.value for g in each])) for each in read[:2])
    oxygen = min(g.value for g in read[2])
    index = growth_index(temperature, salinity, oxygen, rule)
    held = f"{GROWTH_RULE}:{snapshot.cage}" in open_severity
    active = index < (rule.clear_above if held else rule.alarm_below)
    if not active and not held:
        return []
    zh, en = grade(index, rule)
    words = Words(
        zh=f"{snapshot.name}生长指数{index:.2f}，{zh}",
        en=f"{snapshot.name}: growth index {index:.2f}, {en}",
    )
    return [
        say(
            snapshot, rule=GROWTH_RULE, version=version, about="", words=words, active=active, severity=Severity.BLUE,
            observed_at=min(g.newest_at for each in read for g in each), basis="temperature, salinity, lowest oxygen",
            values={"case": "poor", "index": round(index, 3), "water_temp_c": round(temperature, 1),
                    "salinity_psu": round(salinity, 1), "do_mg_l": round(oxygen, 2)},
        )
    ]  # fmt: skip


def _score(value: float, curve: tuple[tuple[float, float], ...]) -> float:
    return float(np.interp(value, [p[0] for p in curve], [p[1] for p in curve]))


def _judge_limit(snapshot: CageSnapshot, limit: Limit, version: str, read: list[Gauge], *, held: bool) -> list[Finding]:
    inward = limit.hysteresis if held else 0.0
    lowest, highest = min(read, key=lambda g: g.value), max(read, key=lambda g: g.value)
    quantity = QUANTITIES[limit.quantity]
    if limit.low is not None and lowest.value < limit.low + inward:
        side, worst, bound = "低于", lowest, limit.low
    elif limit.high is not None and highest.value > limit.high - inward:
        side, worst, bound = "高于", highest, limit.high
    elif held:
        side, worst, bound = "", lowest if limit.high is None else highest, limit.high or limit.low or 0.0
    else:
        return []
    shown = f"{worst.value:.{quantity.decimals}f}{' ' if quantity.symbol else ''}{quantity.symbol}"
    if side:
        # Inside the hysteresis the value is near the limit, no longer beyond it: the sentence must stay true.
        beyond = worst.value < bound if side == "低于" else worst.value > bound
        zh = f"{quantity.zh}{shown}，{side if beyond else '接近'}{bound:g}"
        en = f"{quantity.en} {shown}, {('below' if side == '低于' else 'above') if beyond else 'near'} {bound:g}"
    else:
        zh, en = f"{quantity.zh}恢复到{shown}", f"{quantity.en} is back at {shown}"
    return [
        say(
            snapshot, rule=RULE, version=version, about=f".{limit.quantity}", active=bool(side),
            words=Words(zh=f"{snapshot.name}{zh}", en=f"{snapshot.name}: {en}"),
            severity=limit.severity, observed_at=worst.newest_at, ref=worst.series,
            basis=f"median of {worst.samples} good samples: {worst.value:.3g}",
            values={
                "case": f"{limit.quantity}.{'low' if side == '低于' else 'high'}",
                limit.quantity: round(worst.value, 3), "limit": bound, "point": worst.point, "samples": worst.samples,
            },
        )
    ]  # fmt: skip
