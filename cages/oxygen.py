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
class Need:
    """How much every limit is raised for a stock, and the words that say why. [mg/L]"""

    add_mg_l: float = 0.0
    zh: str = ""
    en: str = ""


def need_of(rule: OxygenRule, *, weight_g: float | None, stocking_kg_m3: float | None) -> Need:
    """Return what fish of this weight, stocked like this, need beyond the limits of grown fish in a usual cage."""
    tender = weight_g is not None and weight_g < rule.tender_below_g
    dense = stocking_kg_m3 is not None and stocking_kg_m3 > rule.dense_above_kg_m3
    zh = "、".join(word for word, so in (("苗种", tender), ("密养", dense)) if so)
    en = ", ".join(word for word, so in (("juveniles", tender), ("crowded", dense)) if so)
    return Need(
        add_mg_l=tender * rule.tender_add_mg_l + dense * rule.dense_add_mg_l,
        zh=f"（{zh}）" if zh else "",
        en=f" ({en})" if en else "",
    )


@dataclass(frozen=True, kw_only=True)
class _Lowest:
    window: SeriesWindow
    do_mg_l: float
    samples: int


def judge_oxygen(
    snapshot: CageSnapshot, rule: OxygenRule, *, at: datetime, open_severity: Mapping[str, Severity],
    needs_more: Need | None = None,
) -> list[Finding]:  # fmt: skip
    """Return at most one finding on the cage's lowest oxygen.

    Parameters
    ----------
    snapshot
        The cage; every point with ``do_mg_l`` counts, the lowest decides.
    open_severity
        Severity of each open alert by key: a level once raised holds until the value is the margin above it.
    needs_more
        What raises every limit for this stock: tender fish, a crowded cage.

    Returns
    -------
    list of Finding
        ACTIVE while a level holds, CLEARED when an open alert's reason is over, nothing when there is no good sample
        (the blind rule speaks then) or nothing to say.
    """
    key = f"{RULE}:{snapshot.cage}"
    points = _points(snapshot, rule, at)
    if not points:
        return []
    lowest, held, need = points[0], open_severity.get(key), needs_more or Need()
    level = _level(lowest.do_mg_l - need.add_mg_l, rule, held)
    if level is None and held is None:
        return []
    limit = (level or rule.level[0]).below_mg_l + need.add_mg_l
    agree = sum(point.do_mg_l < limit for point in points)
    seen: dict[str, float | str | None] = {
        "case": "" if level is None else level.name_en,
        "probes": len(points),
        "probes_agree": agree,
    }
    return [_finding(snapshot, rule, key, lowest, level, at, limit, need, seen)]


def _points(snapshot: CageSnapshot, rule: OxygenRule, at: datetime) -> list[_Lowest]:
    """Return each point of the cage that has enough good samples, lowest oxygen first."""
    since = at - timedelta(seconds=rule.window_s)
    candidates = []
    for window in snapshot.of_quantity("do_mg_l"):
        values = window.good_values(since=since, until=at)
        if len(values) >= rule.least_samples:
            candidates.append(_Lowest(window=window, do_mg_l=median(values), samples=len(values)))
    return sorted(candidates, key=lambda c: c.do_mg_l)


def _level(do_mg_l: float, rule: OxygenRule, held: Severity | None) -> OxygenLevel | None:
    """Return the gravest level that holds; one at or below the held severity holds up to its margin."""
    found = None
    for level in rule.level:
        margin = rule.clear_margin_mg_l if held is not None and level.severity <= held else 0.0
        if do_mg_l < level.below_mg_l + margin:
            found = level
    return found


def _finding(
    snapshot: CageSnapshot, rule: OxygenRule, key: str, lowest: _Lowest, level: OxygenLevel | None, at: datetime,
    limit: float, need: Need, seen: Mapping[str, float | str | None],
) -> Finding:  # fmt: skip
    newest = lowest.window.newest
    point = lowest.window.key.point
    where_zh = f"{lowest.window.depth_m:g}米层" if lowest.window.depth_m is not None else point
    where_en = f"at {lowest.window.depth_m:g} m" if lowest.window.depth_m is not None else f"at {point}"
    value = lowest.do_mg_l
    if level is None:
        reason_zh = f"{snapshot.name}{where_zh}溶氧回升至{value:.1f} mg/L"
        reason_en = f"{snapshot.name}: oxygen {where_en} is back at {value:.1f} mg/L"
    else:
        # Inside the margin of an open level the value is near the limit, not below it: the sentence must stay true.
        zh, en = ("低于", "below") if value < limit else ("接近", "near")
        reason_zh = f"{snapshot.name}{where_zh}溶氧{value:.1f} mg/L，{zh}{limit:g}{need.zh}"
        reason_en = f"{snapshot.name}: oxygen {where_en} is {value:.1f} mg/L, {en} {limit:g}{need.en}"
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
        place=snapshot.place,
        evidence=(
            Evidence(
                kind="series",
                ref=str(lowest.window.key),
                text=f"median of {lowest.samples} good samples within {rule.window_s:g} s: {value:.2f} mg/L",
                observed_at=newest.observed_at if newest is not None else None,
            ),
        ),
        values={
            **seen,
            "do_mg_l": round(value, 2),
            "limit_mg_l": limit,
            "point": point,
            "depth_m": lowest.window.depth_m,
            "samples": lowest.samples,
        },
    )
