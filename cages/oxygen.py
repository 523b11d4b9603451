"""Is there enough oxygen now? A level for each cage, with hysteresis, from good samples only."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from cages.limits import OxygenLevel, OxygenRule
from cages.snapshot import CageSnapshot, SeriesWindow
from core.finding import Condition, Evidence, Finding, Severity

RULE = "cages.oxygen"


@dataclass(frozen=True, kw_only=True)
class _Lowest:
    window: SeriesWindow
    do_mg_l: float
    samples: int


def judge_oxygen(
    snapshot: CageSnapshot, rule: OxygenRule, *, at: datetime, open_severity: Mapping[str, Severity]
) -> list[Finding]:
    """Return at most one finding on the cage's lowest oxygen.

    Parameters
    ----------
    snapshot
        The cage; every point with ``do_mg_l`` counts, the lowest decides.
    open_severity
        Severity of each open alert by key: a level once raised holds until the value is the margin above it.

    Returns
    -------
    list of Finding
        ACTIVE while a level holds, CLEARED when an open alert's reason is over, nothing when there is no good sample
        (the blind rule speaks then) or nothing to say.
    """
    key = f"{RULE}:{snapshot.cage}"
    lowest = _lowest(snapshot, rule, at)
    if lowest is None:
        return []
    held = open_severity.get(key)
    level = _level(lowest.do_mg_l, rule, held)
    if level is None and held is None:
        return []
    return [_finding(snapshot, rule, key, lowest, level, at)]


def _lowest(snapshot: CageSnapshot, rule: OxygenRule, at: datetime) -> _Lowest | None:
    since = at - timedelta(seconds=rule.window_s)
    candidates = []
    for window in snapshot.of_quantity("do_mg_l"):
        values = window.good_values(since=since, until=at)
        if len(values) >= rule.least_samples:
            candidates.append(_Lowest(window=window, do_mg_l=median(values), samples=len(values)))
    return min(candidates, key=lambda c: c.do_mg_l, default=None)


def _level(do_mg_l: float, rule: OxygenRule, held: Severity | None) -> OxygenLevel | None:
    """Return the gravest level that holds; one at or below the held severity holds up to its margin."""
    found = None
    for level in rule.level:
        margin = rule.clear_margin_mg_l if held is not None and level.severity <= held else 0.0
        if do_mg_l < level.below_mg_l + margin:
            found = level
    return found


def _finding(
    snapshot: CageSnapshot, rule: OxygenRule, key: str, lowest: _Lowest, level: OxygenLevel | None, at: datetime
) -> Finding:
    newest = lowest.window.newest
    point = lowest.window.key.point
    where_zh = f"{lowest.window.depth_m:g}米层" if lowest.window.depth_m is not None else point
    where_en = f"at {lowest.window.depth_m:g} m" if lowest.window.depth_m is not None else f"at {point}"
    value = lowest.do_mg_l
    if level is None:
        limit = rule.level[0].below_mg_l
        reason_zh = f"{snapshot.name}{where_zh}溶氧回升至{value:.1f} mg/L"
        reason_en = f"{snapshot.name}: oxygen {where_en} is back at {value:.1f} mg/L"
    else:
        limit = level.below_mg_l
        reason_zh = f"{snapshot.name}{where_zh}溶氧{value:.1f} mg/L，低于{limit:g}"
        reason_en = f"{snapshot.name}: oxygen {where_en} is {value:.1f} mg/L, below {limit:g}"
    return Finding(
        key=key,
        rule=RULE,
        rule_version=rule.version,
        condition=Condition.CLEARED if level is None else Condition.ACTIVE,
        severity=rule.level[0].severity if level is None else level.severity,
        subject=snapshot.subject,
        observed_at=newest.observed_at if newest is not None else at,
        reason_zh=reason_zh,
        reason_en=reason_en,
        advice_zh="" if level is None else level.advice_zh,
        advice_en="" if level is None else level.advice_en,
        place=snapshot.place,
        evidence=(
            Evidence(
                kind="series",
                ref=str(lowest.window.key),
                text=f"median of {lowest.samples} good samples within {rule.window_s:g} s: {value:.2f} mg/L",
                observed_at=newest.observed_at if newest is not None else None,
            ),
        ),
        values={"do_mg_l": round(value, 2), "limit_mg_l": limit, "point": point, "depth_m": lowest.window.depth_m},
    )
