"""Do net and moorings hold? Line tension, a lost line, waves against the kind of cage, a cage out of its circle."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cages.gauge import Gauge, Words, gauges, say
from cages.snapshot import CageSnapshot
from core.finding import Finding, Severity

TENSION, BROKEN, DAMAGE, ADRIFT = "cages.tension", "cages.line_broken", "cages.wave_damage", "cages.adrift"


@dataclass(frozen=True, kw_only=True)
class Damage:
    """Hs from which a kind of cage suffers slight and severe damage, and is lost. [m]"""

    kind: str
    hs_m: tuple[float, float, float]


@dataclass(frozen=True, kw_only=True)
class Structure:
    """Limits of structure; see ``config/rules/croaker.toml``."""

    tension_share: float
    tension_clear_share: float
    broken_share: float
    broken_clear_share: float
    least_mean_kn: float
    design_tension_kn: float
    circle_factor: float
    damage: tuple[Damage, ...]


@dataclass(frozen=True, kw_only=True)
class Plate:
    """What is known of one cage's build; None takes the default of the rules."""

    kind: str = "hdpe_gravity"
    design_tension_kn: float | None = None
    anchor_lat_deg: float | None = None
    anchor_lon_deg: float | None = None
    circle_radius_m: float | None = None


def judge_structure(
    snapshot: CageSnapshot, plate: Plate, rule: Structure, version: str, *, hs_m: float | None,
    at: datetime, open_severity: Mapping[str, Severity],
) -> list[Finding]:  # fmt: skip
    """Return what the lines, the waves and the position say; nothing where there is no good live value."""
    lines = gauges(snapshot, "tension_kn", at)
    return [
        *_tension(snapshot, plate, lines, rule, version, open_severity),
        *_broken(snapshot, lines, rule, version, open_severity),
        *_waves(snapshot, plate, rule, version, hs_m, at, open_severity),
        *_circle(snapshot, plate, rule, version, at, open_severity),
    ]


def damage_class(hs_m: float, kind: str, rule: Structure) -> int:
    """Return 0 none, 1 slight, 2 severe, 3 loss, by the table of the cage's kind."""
    table = next((row.hs_m for row in rule.damage if row.kind == kind), rule.damage[0].hs_m)
    return sum(hs_m >= limit for limit in table)


def _tension(
    snapshot: CageSnapshot,
    plate: Plate,
    lines: list[Gauge],
    rule: Structure,
    version: str,
    held: Mapping[str, Severity],
) -> list[Finding]:
    design = plate.design_tension_kn or rule.design_tension_kn
    findings = []
    for line in lines:
        is_open = f"{TENSION}:{snapshot.cage}.{line.point}" in held
        share = line.value / design
        active = share > (rule.tension_clear_share if is_open else rule.tension_share)
        if active or is_open:
            words = Words(
                zh=f"{snapshot.name}{line.point}缆张力{line.value:.0f} kN，为设计值的{100 * share:.0f}%",
                en=f"{snapshot.name}: line {line.point} pulls {line.value:.0f} kN, {100 * share:.0f} % of its design",
                advice_zh="人员离开网箱，风浪过后检查缆绳和锚。",
                advice_en="Keep people off the cage; check lines and anchors after the sea has eased.",
            )
            findings.append(_of_line(snapshot, TENSION, version, line, words, active, Severity.ORANGE))
    return findings


def _broken(
    snapshot: CageSnapshot, lines: list[Gauge], rule: Structure, version: str, held: Mapping[str, Severity]
) -> list[Finding]:
    """Return each line that hangs slack while the others carry: broken, slipped, or its load cell dead.

    A lee line keeps its pretension, some kN; one far below a share of the others' mean has none left.
    """
    if len(lines) < 3:
        return []
    findings = []
    for line in lines:
        others = [other.value for other in lines if other is not line]
        mean = sum(others) / len(others)
        is_open = f"{BROKEN}:{snapshot.cage}.{line.point}" in held
        share = rule.broken_clear_share if is_open else rule.broken_share
        active = mean >= rule.least_mean_kn and line.value < share * mean
        cleared = is_open and not active and mean >= rule.least_mean_kn
        if active or cleared:
            words = Words(
                zh=f"{snapshot.name}{line.point}缆几乎不受力（{line.value:.1f} kN，其余平均{mean:.0f}），可能断缆"
                if active
                else f"{snapshot.name}{line.point}缆恢复受力",
                en=f"{snapshot.name}: line {line.point} carries almost nothing ({line.value:.1f} kN, the others {mean:.0f}): "  # noqa: E501
                "it may have parted"
                if active
                else f"{snapshot.name}: line {line.point} carries again",
                advice_zh="派船查看缆绳和网衣，防止逃鱼和移位。",
                advice_en="Send a boat to look at line and net: fish may escape, the cage may move.",
            )
            findings.append(_of_line(snapshot, BROKEN, version, line, words, active, Severity.ORANGE))
    return findings


def _waves(
    snapshot: CageSnapshot, plate: Plate, rule: Structure, version: str, hs_m: float | None, at: datetime,
    held: Mapping[str, Severity],
) -> list[Finding]:  # fmt: skip
    if hs_m is None:
        return []
    key = f"{DAMAGE}:{snapshot.cage}"
    level = damage_class(hs_m, plate.kind, rule)
    if key in held and level < 1 and damage_class(hs_m + 0.3, plate.kind, rule) >= 1:
        level = 1
    if level == 0 and key not in held:
        return []
    zh = ("不再", "可能轻微", "可能严重", "可能全部")[level]
    en = ("no", "slight", "severe", "total")[level]
    words = Words(
        zh=f"{snapshot.name}浪高{hs_m:.1f}米，{zh}受损" if level else f"{snapshot.name}浪高降至{hs_m:.1f}米",
        en=f"{snapshot.name}: waves {hs_m:.1f} m, {en} damage possible"
        if level
        else f"{snapshot.name}: waves are down to {hs_m:.1f} m",
        advice_zh="人员全部撤离，能下沉的网箱下沉，过后查网查缆。",
        advice_en="Take everybody off; submerge cages that can be; check nets and lines afterwards.",
    )
    severity = (Severity.YELLOW, Severity.YELLOW, Severity.ORANGE, Severity.RED)[level]
    return [
        say(snapshot, rule=DAMAGE, version=version, about="", words=words, active=level > 0, severity=severity,
            observed_at=at, basis=f"Hs {hs_m:.2f} m against the table for {plate.kind}", values={"hs_m": round(hs_m, 2)})  # noqa: E501
    ]  # fmt: skip


def _circle(
    snapshot: CageSnapshot, plate: Plate, rule: Structure, version: str, at: datetime, held: Mapping[str, Severity]
) -> list[Finding]:
    lat, lon = gauges(snapshot, "lat_deg", at), gauges(snapshot, "lon_deg", at)
    if not lat or not lon or plate.anchor_lat_deg is None or plate.anchor_lon_deg is None or not plate.circle_radius_m:
        return []
    north = (lat[0].value - plate.anchor_lat_deg) * 111_195.0
    east = (lon[0].value - plate.anchor_lon_deg) * 111_195.0 * math.cos(math.radians(plate.anchor_lat_deg))
    away, radius = math.hypot(north, east), plate.circle_radius_m * rule.circle_factor
    is_open = f"{ADRIFT}:{snapshot.cage}" in held
    active = away > (0.9 * radius if is_open else radius)
    if not active and not is_open:
        return []
    words = Words(
        zh=f"{snapshot.name}离系泊中心{away:.0f}米，活动半径{radius:.0f}米",
        en=f"{snapshot.name} is {away:.0f} m from the middle of its mooring, its circle is {radius:.0f} m",
        advice_zh="可能走锚或断缆，立即派船查看，通报附近船只。",
        advice_en="It may drag or have broken loose: send a boat now and warn boats near it.",
    )
    return [
        say(snapshot, rule=ADRIFT, version=version, about="", words=words, active=active, severity=Severity.RED,
            observed_at=lat[0].newest_at, basis="GPS against the watch circle", ref=lat[0].series,
            values={"away_m": round(away, 1), "radius_m": radius})
    ]  # fmt: skip


def _of_line(
    snapshot: CageSnapshot, rule: str, version: str, line: Gauge, words: Words, active: bool, severity: Severity
) -> Finding:
    return say(
        snapshot, rule=rule, version=version, about=f".{line.point}", words=words, active=active, severity=severity,
        observed_at=line.newest_at, basis=f"median of {line.samples} good samples: {line.value:.2f} kN", ref=line.series,  # noqa: E501
        values={"tension_kn": round(line.value, 2), "point": line.point},
    )  # fmt: skip
