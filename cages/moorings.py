"""Do the moorings hold? Tension against design, a line that parted or slipped, lines that share unevenly."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from cages.gauge import Gauge, Words, gauge, gauges, say
from cages.snapshot import CageSnapshot
from core.finding import Finding, Severity

TENSION, BROKEN, UNEVEN = "cages.tension", "cages.line_broken", "cages.asymmetry"
SUDDEN_S = 90.0
"""The newest span of a line that is held against the minutes before it. [s]"""


@dataclass(frozen=True, kw_only=True)
class LineRule:
    """Limits of mooring lines; see ``[structure.line]`` of ``config/rules/croaker.toml``."""

    tension_share: float
    tension_clear_share: float
    broken_share: float
    broken_clear_share: float
    sudden_share: float
    uneven_factor: float
    uneven_clear_factor: float
    least_mean_kn: float
    design_tension_kn: float
    carrying_lines: float


def judge_lines(
    snapshot: CageSnapshot, design_kn: float, rule: LineRule, version: str, at: datetime, held: Mapping[str, Severity]
) -> list[Finding]:
    """Return what the live tensions say; nothing without a good live value."""
    lines = gauges(snapshot, "tension_kn", at)
    return [
        *_tension(snapshot, design_kn, lines, rule, version, held),
        *_broken(snapshot, lines, rule, version, at, held),
    ]


def judge_balance(
    snapshot: CageSnapshot, means_kn: Mapping[str, float], rule: LineRule, version: str, *, at: datetime,
    open_severity: Mapping[str, Severity],
) -> list[Finding]:  # fmt: skip
    """Return each line that carries far more or less than the others over a tidal day.

    Parameters
    ----------
    means_kn
        Mean tension of each line over the last 25 h, by point: both streams of two tides are in it, so that sound
        moorings share evenly. [kN]
    """
    findings = []
    for point, mean_kn in means_kn.items() if len(means_kn) >= 3 else ():
        others = median(value for name, value in means_kn.items() if name != point)
        is_open = f"{UNEVEN}:{snapshot.cage}.{point}" in open_severity
        factor = rule.uneven_clear_factor if is_open else rule.uneven_factor
        active = others >= rule.least_mean_kn and not others / factor <= mean_kn <= others * factor
        if active or (is_open and others >= rule.least_mean_kn):
            findings.append(_uneven(snapshot, version, point, mean_kn, others, at, active=active))
    return findings


def _uneven(
    snapshot: CageSnapshot, version: str, point: str, mean_kn: float, others_kn: float, at: datetime, *, active: bool
) -> Finding:
    words = Words(
        zh=f"{snapshot.name}{point}缆一天平均{mean_kn:.1f} kN，其余{others_kn:.1f}，受力不均"
        if active
        else f"{snapshot.name}{point}缆受力已均匀",
        en=f"{snapshot.name}: line {point} carries {mean_kn:.1f} kN over a day, the others {others_kn:.1f}: uneven"
        if active
        else f"{snapshot.name}: line {point} shares evenly again",
    )
    return say(
        snapshot, rule=UNEVEN, version=version, about=f".{point}", words=words, active=active, severity=Severity.BLUE,
        observed_at=at, basis="means of 25 h", values={"case": "uneven", "mean_kn": round(mean_kn, 2), "point": point},
    )  # fmt: skip


def _tension(
    snapshot: CageSnapshot, design_kn: float, lines: list[Gauge], rule: LineRule, version: str,
    held: Mapping[str, Severity],
) -> list[Finding]:  # fmt: skip
    findings = []
    for line in lines:
        is_open = f"{TENSION}:{snapshot.cage}.{line.point}" in held
        share = line.value / design_kn
        active = share > (rule.tension_clear_share if is_open else rule.tension_share)
        if active or is_open:
            words = Words(
                zh=f"{snapshot.name}{line.point}缆张力{line.value:.0f} kN，为设计值的{100 * share:.0f}%",
                en=f"{snapshot.name}: line {line.point} pulls {line.value:.0f} kN, {100 * share:.0f} % of its design",
            )
            findings.append(_of_line(snapshot, TENSION, "high", version, line, words, active))
    return findings


def _broken(
    snapshot: CageSnapshot, lines: Sequence[Gauge], rule: LineRule, version: str, at: datetime,
    held: Mapping[str, Severity],
) -> list[Finding]:  # fmt: skip
    """Return each line that hangs slack while the others carry, or lost its pull at once while the others kept theirs.

    A lee line keeps its pretension, some kN; one far below a share of the others' mean has none left.
    """
    findings = []
    for line in lines if len(lines) > 1 else ():
        others = [other.value for other in lines if other is not line]
        mean = sum(others) / len(others)
        is_open = f"{BROKEN}:{snapshot.cage}.{line.point}" in held
        share = rule.broken_clear_share if is_open else rule.broken_share
        slack = len(lines) >= 3 and mean >= rule.least_mean_kn and line.value < share * mean
        lost = _lost_at_once(snapshot, line.point, rule, at)
        if slack or lost is not None or (is_open and mean >= rule.least_mean_kn):
            findings.append(_line_finding(snapshot, version, line, mean, slack=slack, lost=lost))
    return findings


def _lost_at_once(snapshot: CageSnapshot, point: str, rule: LineRule, at: datetime) -> tuple[float, float] | None:
    """Return what a line carried minutes ago and carries now, if it has lost most of it and no other line has. [kN]"""
    fallen: dict[str, tuple[float, float]] = {}
    for window in snapshot.of_quantity("tension_kn"):
        now = gauge(window, at, span_s=SUDDEN_S)
        before = gauge(window, at - timedelta(seconds=SUDDEN_S))
        if now is not None and before is not None and before.samples >= 3 and before.value > 0:
            fallen[window.key.point] = (before.value, now.value / before.value)
    own = fallen.pop(point, None)
    if own is None or own[0] < rule.least_mean_kn or own[1] > rule.sudden_share or not fallen:
        return None
    others_kept = median(share for _, share in fallen.values()) > 2 * rule.sudden_share
    return (own[0], own[0] * own[1]) if others_kept else None


def _line_finding(
    snapshot: CageSnapshot, version: str, line: Gauge, mean_kn: float, *, slack: bool, lost: tuple[float, float] | None
) -> Finding:
    where_zh, where_en = f"{snapshot.name}{line.point}缆", f"{snapshot.name}: line {line.point}"
    if lost is not None:
        zh = f"{where_zh}张力由{lost[0]:.1f}骤降到{lost[1]:.1f} kN，可能断缆或破网"
        en = f"{where_en} fell from {lost[0]:.1f} to {lost[1]:.1f} kN at once: it may have parted, or the net torn"
    elif slack:
        zh = f"{where_zh}几乎不受力（{line.value:.1f} kN，其余平均{mean_kn:.0f}），可能断缆"
        en = f"{where_en} carries almost nothing ({line.value:.1f} kN, the others {mean_kn:.0f}): it may have parted"
    else:
        zh, en = f"{where_zh}恢复受力", f"{where_en} carries again"
    case = "sudden" if lost is not None else "slack"
    active = slack or lost is not None
    return _of_line(snapshot, BROKEN, case, version, line, Words(zh=zh, en=en), active)


def _of_line(
    snapshot: CageSnapshot, rule: str, case: str, version: str, line: Gauge, words: Words, active: bool
) -> Finding:
    return say(
        snapshot, rule=rule, version=version, about=f".{line.point}", words=words, active=active,
        severity=Severity.ORANGE, observed_at=line.newest_at, ref=line.series,
        basis=f"median of {line.samples} good samples: {line.value:.2f} kN",
        values={"case": case, "tension_kn": round(line.value, 2), "point": line.point, "samples": line.samples},
    )  # fmt: skip
