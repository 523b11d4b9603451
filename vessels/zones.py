"""Zones with a purpose: who is inside, since when, and whether that matters."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from functools import cached_property

import numpy as np
import shapely
from scipy.spatial import cKDTree

from core.finding import Condition, Evidence, Finding, Place, Severity, Subject, SubjectKind
from core.target import TargetClass
from vessels.fleet import Bools, Fleet, Floats, Ints, Role
from vessels.track_grid import Grid, trailing_minutes

RULE = "vessels.zone"
M_PER_DEG = 60 * 1852.0
CHINA = timezone(timedelta(hours=8))
QUIET_PURPOSES = frozenset({"port", "shelter"})
FARM_TYPES = ("养殖", "渔养")
"""Vessel types of the register that work at cages."""


@dataclass(frozen=True, kw_only=True)
class Zone:
    """A polygon (or border line) with a purpose, longitude first as in GeoJSON.

    Parameters
    ----------
    buffer_m
        Distance around the geometry that counts as inside. [m]
    """

    zone_id: str
    name_zh: str
    purpose: str
    geometry: shapely.Geometry
    name_en: str = ""
    buffer_m: float = 0.0
    farm_id: str | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    source: str = ""
    version: str = ""

    def in_force(self, at: datetime) -> bool:
        """Return whether the zone holds at an instant: from its first (inclusive) to its last (exclusive)."""
        return (self.valid_from is None or self.valid_from <= at) and (
            self.valid_until is None or at < self.valid_until
        )


@dataclass(frozen=True, kw_only=True)
class Purpose:
    """What a purpose asks of boats; keys as in config/rules/zones.toml."""

    purpose: str
    who: str
    severity: str
    zh: str
    en: str
    advice_zh: str
    advice_en: str
    stay_min: float = 0.0
    night_entry: bool = False
    night_severity: str = "orange"
    slow_kn: float = 0.0
    near_m: float = 0.0
    near_zh: str = ""
    near_en: str = ""

    def __post_init__(self) -> None:
        if self.who not in ("all", "fishing", "strangers"):
            raise ValueError(f"{self.purpose}: who must be all, fishing or strangers.")
        for word in (self.severity, self.night_severity):
            if word.upper() not in Severity.__members__:
                raise ValueError(f"{self.purpose}: severity {word!r} is not blue, yellow, orange or red.")


@dataclass(frozen=True, kw_only=True)
class ZoneRules:
    """Limits of config/rules/zones.toml; each key is explained there with its source."""

    version: str
    source: str
    exit_m: float
    max_age_s: float
    night_from_h: int
    night_until_h: int
    loiter_kn: float
    merchant_within_nm: float
    merchant_kn: float
    drag_m: float
    drag_near_m: float
    drag_min_kn: float
    drag_max_kn: float
    drag_keep: float = 0.5
    lay_min: float
    lay_kn: float
    purposes: tuple[Purpose, ...]

    @cached_property
    def by_purpose(self) -> dict[str, Purpose]:
        """Return the purposes by name."""
        return {p.purpose: p for p in self.purposes}


class ZoneIndex:
    """Zones in force on one flat plane in metres, with a tree, so that a whole fleet is placed at once."""

    def __init__(self, zones: Sequence[Zone], at: datetime, rules: ZoneRules) -> None:
        self.zones = tuple(z for z in zones if z.in_force(at))
        lats = [shapely.get_coordinates(z.geometry)[:, 1].mean() for z in self.zones]
        self._cos = float(np.cos(np.radians(np.mean(lats)))) if lats else 1.0
        self.shapes = [self._flat(z) for z in self.zones]
        near = [rules.by_purpose[z.purpose].near_m if z.purpose in rules.by_purpose else 0.0 for z in self.zones]
        outer = [max(rules.exit_m, n) for n in near]
        grown = [shapely.buffer(s, m) for s, m in zip(self.shapes, outer, strict=True)]
        self._tree = shapely.STRtree(np.array(grown, dtype=object))

    def _flat(self, zone: Zone) -> shapely.Geometry:
        scale = np.array([M_PER_DEG * self._cos, M_PER_DEG])
        flat = shapely.transform(zone.geometry, lambda c: c * scale)
        return shapely.buffer(flat, zone.buffer_m) if zone.buffer_m > 0 else flat

    def points(self, lat_deg: Floats, lon_deg: Floats) -> np.ndarray:
        """Return shapely points on the plane. [m]"""
        return np.asarray(shapely.points(np.asarray(lon_deg) * M_PER_DEG * self._cos, np.asarray(lat_deg) * M_PER_DEG))

    def near(self, lat_deg: Floats, lon_deg: Floats) -> tuple[Ints, Ints, Floats]:
        """Return (target rows, zone rows, distance outside the zone in m) of all pairs within the outer limits."""
        points = self.points(lat_deg, lon_deg)
        target, zone = self._tree.query(points, predicate="intersects")
        shapes = np.array(self.shapes, dtype=object)
        away = shapely.distance(points[target], shapes[zone]) if len(target) else np.empty(0)
        return target, zone, np.asarray(away, dtype=np.float64)

    def inside(self, zone: int, lat_deg: Floats, lon_deg: Floats) -> Bools:
        """Return which points lie inside one zone (its buffer included)."""
        return np.asarray(shapely.intersects(self.points(lat_deg, lon_deg), self.shapes[zone]))

    def quiet(self, lat_deg: Floats, lon_deg: Floats) -> Bools:
        """Return which points lie in a port or shelter: no collision is judged there."""
        target, zone, away = self.near(lat_deg, lon_deg)
        found = np.zeros(len(lat_deg), dtype=np.bool_)
        ports = np.array([z.purpose in QUIET_PURPOSES for z in self.zones], dtype=np.bool_)
        if len(target):
            found[target[(away <= 0) & ports[zone]]] = True
        return found


def is_night(at: datetime, rules: ZoneRules) -> bool:
    """Return whether it is night by the rules' local hours."""
    hour = at.astimezone(CHINA).hour
    return hour >= rules.night_from_h or hour < rules.night_until_h


def judge(fleet: Fleet, index: ZoneIndex, tracks: Grid, rules: ZoneRules, open_keys: frozenset[str]) -> list[Finding]:
    """Return a finding for each boat that is where it should not be, and the end of each that left.

    Parameters
    ----------
    tracks
        Last hours of the fleet's tracks, for how long a boat has stayed.
    """
    rows, zones, away = index.near(fleet.lat_deg, fleet.lon_deg)
    fresh = fleet.age_s[rows] <= rules.max_age_s
    merchants = _merchant_near(fleet, rules)
    findings, held = [], set()
    for row, zone, far in zip(rows[fresh], zones[fresh], away[fresh], strict=True):
        key = f"{RULE}:{fleet.mmsi[row]}-{index.zones[zone].zone_id}"
        found = _judge_one(fleet, int(row), index, int(zone), float(far), tracks, rules, key in open_keys, merchants)
        if found is not None:
            held.add(key)
            findings.append(found)
    return findings + [f for key in sorted(open_keys - held) if (f := _ended(key, fleet, index, rules)) is not None]


def _merchant_near(fleet: Fleet, rules: ZoneRules) -> Bools:
    """Return which targets have a merchant under way within ``merchant_within_nm``."""
    moving = np.flatnonzero((fleet.role == Role.MERCHANT) & (fleet.sog_kn >= rules.merchant_kn))
    if not len(moving):
        return np.zeros(len(fleet), dtype=np.bool_)
    away, _ = cKDTree(fleet.plane_nm[moving]).query(fleet.plane_nm, distance_upper_bound=rules.merchant_within_nm)
    return np.asarray(np.isfinite(away))


def _concerned(fleet: Fleet, row: int, who: str) -> bool:
    target, role = fleet.targets[row], fleet.role[row]
    if role == Role.NOT_A_BOAT:
        return False
    if who == "all":
        return True
    if who == "fishing":
        return bool(role == Role.FISHING) and target.kind is not TargetClass.EXEMPT
    kind = (target.register.vessel_type if target.register else None) or ""
    return target.kind is not TargetClass.EXEMPT and not any(word in kind for word in FARM_TYPES)


def _judge_one(
    fleet: Fleet, row: int, index: ZoneIndex, zone: int, away_m: float, tracks: Grid, rules: ZoneRules, is_open: bool,
    merchants: Bools,
) -> Finding | None:  # fmt: skip
    place = index.zones[zone]
    purpose = rules.by_purpose.get(place.purpose)
    if purpose is None or not _concerned(fleet, row, purpose.who):
        return None
    speed = fleet.sog_kn[row]
    slow = not purpose.slow_kn or not speed > purpose.slow_kn
    inside = away_m <= 0 or (is_open and away_m <= rules.exit_m)
    if inside and slow:
        return _inside(fleet, row, index, zone, tracks, rules, purpose, is_open)
    if purpose.near_m and away_m <= purpose.near_m and slow and merchants[row]:
        return _finding(fleet, row, place, purpose, rules, Severity.BLUE, 0.0, near=True)
    return None


def _inside(
    fleet: Fleet, row: int, index: ZoneIndex, zone: int, tracks: Grid, rules: ZoneRules, purpose: Purpose, is_open: bool
) -> Finding | None:
    night = purpose.night_entry and is_night(fleet.at, rules)
    minutes = _stayed_min(index, zone, tracks[:, row], rules, slow=bool(purpose.stay_min))
    if not night and not is_open and minutes < purpose.stay_min:
        return None
    severity = Severity[(purpose.night_severity if night else purpose.severity).upper()]
    return _finding(fleet, row, index.zones[zone], purpose, rules, severity, minutes, near=False)


def _stayed_min(index: ZoneIndex, zone: int, track: Grid, rules: ZoneRules, *, slow: bool) -> float:
    """Return how long one track has been inside (and, if asked, loitering) up to now. [min]"""
    heard = np.isfinite(track[0])
    so = np.zeros(len(heard), dtype=np.bool_)
    so[heard] = index.inside(zone, track[0, heard].astype(np.float64), track[1, heard].astype(np.float64))
    if slow:
        so &= ~(track[2] > rules.loiter_kn)
    return float(trailing_minutes(so[None], heard[None])[0])


def _finding(
    fleet: Fleet, row: int, place: Zone, purpose: Purpose, rules: ZoneRules, severity: Severity, minutes: float, *,
    near: bool,
) -> Finding:  # fmt: skip
    target = fleet.targets[row]
    zh, en = (purpose.near_zh, purpose.near_en) if near else (purpose.zh, purpose.en)
    stay_zh = f"，已{minutes:.0f}分钟" if minutes >= 10 else ""
    stay_en = f" for {minutes:.0f} min" if minutes >= 10 else ""
    return Finding(
        key=f"{RULE}:{target.mmsi}-{place.zone_id}",
        rule=RULE,
        rule_version=rules.version,
        condition=Condition.ACTIVE,
        severity=severity,
        subject=Subject(kind=SubjectKind.TARGET, id=str(target.mmsi), name=target.title_zh),
        observed_at=target.observed_at,
        place=Place(lat_deg=target.lat_deg, lon_deg=target.lon_deg),
        reason_zh=f"{zh}（{place.name_zh}）{stay_zh}",
        reason_en=f"{target.title_en} {en} ({place.name_en or place.name_zh}){stay_en}",
        advice_zh=purpose.advice_zh,
        advice_en=purpose.advice_en,
        evidence=(
            Evidence(kind="zone", ref=place.zone_id, text=f"{place.name_zh} {place.source} {place.version}".strip()),
            Evidence(kind="position", text=f"MMSI {target.mmsi}", observed_at=target.observed_at),
        ),
        values={
            "zone": place.zone_id,
            "purpose": place.purpose,
            "stay_min": round(minutes),
            "sog_kn": target.sog_kn,
            "level": 1.0 if near else 2.0,
            "farm_id": place.farm_id,
        },
    )


def _ended(key: str, fleet: Fleet, index: ZoneIndex, rules: ZoneRules) -> Finding | None:
    """Return the end of a finding: the boat left, or the zone is no longer; UNKNOWN when she is not heard."""
    if not key.startswith(f"{RULE}:"):
        return None
    number, _, zone_id = key.removeprefix(f"{RULE}:").partition("-")
    row = fleet.row_of.get(int(number))
    in_force = any(z.zone_id == zone_id for z in index.zones)
    heard = row is not None and fleet.age_s[row] <= rules.max_age_s
    target = fleet.targets[row] if row is not None else None
    finding = Finding(
        key=key,
        rule=RULE,
        rule_version=rules.version,
        condition=Condition.CLEARED,
        severity=Severity.YELLOW,
        subject=Subject(kind=SubjectKind.TARGET, id=number, name=target.title_zh if target else ""),
        observed_at=target.observed_at if target else fleet.at,
        reason_zh="已离开该区域" if in_force else "该区域已失效",
        reason_en="Has left the zone" if in_force else "The zone is no longer in force",
    )
    if heard or not in_force:
        return finding
    return replace(finding, condition=Condition.UNKNOWN, reason_zh="暂无新船位", reason_en="No new position")
