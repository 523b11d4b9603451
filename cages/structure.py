"""Does the cage hold? Waves against the kind of cage, the load of current and waves, a cage out of its circle."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cages.gauge import Words, gauges, say
from cages.loads import Load
from cages.moorings import LineRule, judge_lines
from cages.snapshot import CageSnapshot
from core.finding import Finding, Severity

DAMAGE_CLASSES = ("slight", "severe", "loss")
DAMAGE, ADRIFT, DRAG = "cages.wave_damage", "cages.adrift", "cages.drag"


@dataclass(frozen=True, kw_only=True)
class Damage:
    """Hs from which a kind of cage suffers slight and severe damage, and is lost. [m]"""

    kind: str
    hs_m: tuple[float, float, float]

    def __post_init__(self) -> None:
        if list(self.hs_m) != sorted(self.hs_m):
            raise ValueError(f"waves of {self.kind} must rise from slight damage to loss.")


@dataclass(frozen=True, kw_only=True)
class Structure:
    """Limits of structure; see ``config/rules/croaker.toml``."""

    line: LineRule
    circle_factor: float
    damage: tuple[Damage, ...]


@dataclass(frozen=True, kw_only=True)
class Plate:
    """What is known of one cage's build; None takes the default of the rules."""

    kind: str = "hdpe_gravity"
    design_tension_kn: float | None = None
    volume_m3: float | None = None
    width_m: float | None = None
    anchor_lat_deg: float | None = None
    anchor_lon_deg: float | None = None
    circle_radius_m: float | None = None


def judge_structure(
    snapshot: CageSnapshot, plate: Plate, rule: Structure, version: str, *, hs_m: float | None, load: Load | None,
    at: datetime, open_severity: Mapping[str, Severity],
) -> list[Finding]:  # fmt: skip
    """Return what lines, waves, load and position say; nothing where there is no good live value."""
    design_kn = plate.design_tension_kn or rule.line.design_tension_kn
    return [
        *judge_lines(snapshot, design_kn, rule.line, version, at, open_severity),
        *_waves(snapshot, plate, rule, version, hs_m, at, open_severity),
        *_load(snapshot, plate, rule, version, load, at, open_severity),
        *_circle(snapshot, plate, rule, version, at, open_severity),
    ]


def damage_class(hs_m: float, kind: str, rule: Structure) -> int:
    """Return 0 none, 1 slight, 2 severe, 3 loss, by the table of the cage's kind."""
    table = next((row.hs_m for row in rule.damage if row.kind == kind), rule.damage[0].hs_m)
    return sum(hs_m >= limit for limit in table)


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
    )
    severity = (Severity.YELLOW, Severity.YELLOW, Severity.ORANGE, Severity.RED)[level]
    return [
        say(snapshot, rule=DAMAGE, version=version, about="", words=words, active=level > 0, severity=severity,
            observed_at=at, basis=f"Hs {hs_m:.2f} m against the table for {plate.kind}",
            values={"case": ("", *DAMAGE_CLASSES)[level], "hs_m": round(hs_m, 2)})
    ]  # fmt: skip


def _load(
    snapshot: CageSnapshot, plate: Plate, rule: Structure, version: str, load: Load | None, at: datetime,
    held: Mapping[str, Severity],
) -> list[Finding]:  # fmt: skip
    """Return a finding while the estimated pull of current and waves nears what the carrying lines are made for."""
    if load is None:
        return []
    made_for = (plate.design_tension_kn or rule.line.design_tension_kn) * rule.line.carrying_lines
    share, is_open = load.total_kn / made_for, f"{DRAG}:{snapshot.cage}" in held
    active = share > (rule.line.tension_clear_share if is_open else rule.line.tension_share)
    if not active and not is_open:
        return []
    words = Words(
        zh=f"{snapshot.name}水流和波浪拉力估计{load.total_kn:.0f} kN，为系泊承载的{100 * share:.0f}%",
        en=f"{snapshot.name}: current and waves pull about {load.total_kn:.0f} kN, {100 * share:.0f} % of what its moorings bear",  # noqa: E501
    )
    return [
        say(snapshot, rule=DRAG, version=version, about="", words=words, active=active, severity=Severity.YELLOW,
            observed_at=at, basis=f"current {load.current_kn:.1f} kN, waves {load.wave_kn:.1f} kN by estimate",
            values={"case": "overload", "load_kn": round(load.total_kn, 1), "current_kn": round(load.current_kn, 1),
                    "wave_kn": round(load.wave_kn, 1), "made_for_kn": round(made_for, 0)})
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
    )
    return [
        say(snapshot, rule=ADRIFT, version=version, about="", words=words, active=active, severity=Severity.RED,
            observed_at=lat[0].newest_at, basis="GPS against the watch circle", ref=lat[0].series,
            values={"case": "out", "away_m": round(away, 1), "radius_m": radius})
    ]  # fmt: skip
