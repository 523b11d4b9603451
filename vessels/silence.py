"""Lost contact at sea: who is no longer heard though she should be, where she may have drifted, how many are aboard."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from core.finding import Condition, Evidence, Finding, Place, Severity, Subject, SubjectKind
from core.geo import destination
from vessels.fleet import Bools, Fleet, Floats, Role

RULE = "vessels.silence"
KN_PER_MPS = 3600.0 / 1852.0


@dataclass(frozen=True, kw_only=True)
class SilenceRules:
    """Limits of config/rules/silence.toml; each key is explained there with its source."""

    version: str
    source: str
    silent_min: float
    give_up_h: float
    coverage_needed: float
    port_nm: float
    leeway_low: float
    leeway_high: float
    leeway_spread_deg: float
    current_kn: float
    red_wind_mps: float
    fresh_min: float
    nearby_nm: float
    miss: float


@dataclass(frozen=True, kw_only=True)
class SearchArea:
    """Where a drifting boat may be: centre, radius, and a ring of (lat_deg, lon_deg) around both leeway limits."""

    centre: Place
    radius_nm: float
    ring: tuple[tuple[float, float], ...]


def search_area(
    last: Place, hours: float, wind_mps: float | None, wind_from_deg: float | None, rules: SilenceRules
) -> SearchArea:
    """Return where a boat that lost her engine at her last position may have drifted.

    Downwind by ``leeway_low`` to ``leeway_high`` of the wind within the spread, and by the tide in any direction;
    without wind, the tide alone.
    """
    tide_nm = rules.current_kn * hours
    if wind_mps is None or wind_from_deg is None:
        centre, radius_nm = last, max(1.0, tide_nm)
    else:
        run_nm = wind_mps * KN_PER_MPS * hours
        middle = (rules.leeway_low + rules.leeway_high) / 2 * run_nm
        lat, lon = destination(last.lat_deg, last.lon_deg, (wind_from_deg + 180.0) % 360.0, middle)
        centre = Place(lat_deg=lat, lon_deg=lon)
        along = (rules.leeway_high - rules.leeway_low) / 2 * run_nm
        across = rules.leeway_high * run_nm * math.sin(math.radians(rules.leeway_spread_deg))
        radius_nm = max(1.0, math.hypot(along, across) + tide_nm)
    ring = tuple(destination(centre.lat_deg, centre.lon_deg, float(c), radius_nm) for c in range(0, 360, 15))
    return SearchArea(centre=centre, radius_nm=radius_nm, ring=ring)


def heard_nearby(fleet: Fleet, rules: SilenceRules) -> Floats:
    """Return how likely a boat at each target's last place would be heard now, by who else is heard there.

    One other target heard lately within ``nearby_nm`` speaks for reception with 1 - ``miss`` ; each further one
    multiplies the doubt again. 0 where nobody else is heard: nothing can be said.
    """
    fresh = np.flatnonzero(fleet.age_s <= rules.fresh_min * 60.0)
    if not len(fresh):
        return np.zeros(len(fleet))
    near = cKDTree(fleet.plane_nm[fresh]).query_ball_point(fleet.plane_nm, rules.nearby_nm, return_length=True)
    others = np.asarray(near, dtype=np.float64) - (fleet.age_s <= rules.fresh_min * 60.0)
    return np.asarray(1.0 - rules.miss**others)


def judge(
    fleet: Fleet,
    in_port: Bools,
    coverage: Floats,
    wind: Mapping[int, tuple[float, float]],
    aboard: Mapping[int, int],
    rules: SilenceRules,
    open_keys: frozenset[str],
) -> list[Finding]:
    """Return a finding for each boat that fell silent at sea where the receiver hears, and its end when heard.

    Parameters
    ----------
    coverage
        Probability that a boat at her last place would be heard now, NaN where not known, shape (target,). Low or
        not known: nothing is said about the boat, the receiver has a finding of its own.
    wind
        (wind_mps, wind_from_deg) at the last place by MMSI, where a forecast knows it.
    """
    silent = fleet.age_s >= rules.silent_min * 60.0
    missed = silent & (fleet.age_s <= rules.give_up_h * 3600.0) & (fleet.role == Role.FISHING) & ~in_port
    findings = []
    for row in map(int, np.flatnonzero(missed & (coverage >= rules.coverage_needed))):
        findings.append(_lost(fleet, row, float(coverage[row]), wind, aboard, rules))  # noqa: PERF401
    said = {f.key for f in findings}
    return findings + [
        _rest(key, fleet, silent, rules) for key in sorted(open_keys - said) if key.startswith(f"{RULE}:")
    ]


def _lost(
    fleet: Fleet, row: int, coverage: float, wind: Mapping[int, tuple[float, float]], aboard: Mapping[int, int],
    rules: SilenceRules,
) -> Finding:  # fmt: skip
    target, hours = fleet.targets[row], float(fleet.age_s[row]) / 3600.0
    speed, direction = wind.get(target.mmsi, (None, None))
    last = Place(lat_deg=target.lat_deg, lon_deg=target.lon_deg)
    area = search_area(last, hours, speed, direction, rules)
    people = aboard.get(target.mmsi)
    crew_zh = f"，船上{people}人" if people is not None else "，人数未报"
    crew_en = f", {people} aboard" if people is not None else ", people aboard not reported"
    return Finding(
        key=f"{RULE}:{target.mmsi}",
        rule=RULE,
        rule_version=rules.version,
        condition=Condition.ACTIVE,
        severity=Severity.RED if (speed or 0.0) >= rules.red_wind_mps else Severity.ORANGE,
        subject=Subject(kind=SubjectKind.VESSEL, id=str(target.mmsi), name=target.title_zh),
        observed_at=target.observed_at,
        place=area.centre,
        probability=round(coverage, 2),
        reason_zh=f"失联{hours:.1f}小时，最后船位{last.lat_deg:.3f}N {last.lon_deg:.3f}E{crew_zh}",
        reason_en=f"Not heard for {hours:.1f} h, last at {last.lat_deg:.3f}N {last.lon_deg:.3f}E{crew_en}",
        advice_zh=f"电话、北斗、就近船只逐一联系；搜寻半径{area.radius_nm:.1f}海里",
        advice_en=f"Call by phone, Beidou and nearby boats; search radius {area.radius_nm:.1f} nmi",
        evidence=(
            Evidence(kind="position", text=f"MMSI {target.mmsi}", observed_at=target.observed_at),
            Evidence(kind="search_area", text="; ".join(f"{la:.4f},{lo:.4f}" for la, lo in area.ring)),
        ),
        values={
            "silent_h": round(hours, 2),
            "last_lat_deg": last.lat_deg,
            "last_lon_deg": last.lon_deg,
            "search_radius_nm": round(area.radius_nm, 2),
            "coverage": round(coverage, 2),
            "persons_aboard": people,
        },
    )


def _rest(key: str, fleet: Fleet, silent: Bools, rules: SilenceRules) -> Finding:
    """Return CLEARED for a boat that is heard again, UNKNOWN for one of which still nothing can be said."""
    number = key.removeprefix(f"{RULE}:")
    row = fleet.row_of.get(int(number))
    heard = row is not None and not silent[row]
    target = fleet.targets[row] if row is not None else None
    return Finding(
        key=key,
        rule=RULE,
        rule_version=rules.version,
        condition=Condition.CLEARED if heard else Condition.UNKNOWN,
        severity=Severity.ORANGE,
        subject=Subject(kind=SubjectKind.VESSEL, id=number, name=target.title_zh if target else ""),
        observed_at=target.observed_at if target else fleet.at,
        reason_zh="已恢复联系" if heard else "接收条件不明，无法判断",
        reason_en="Heard again" if heard else "Reception is not known: cannot judge",
    )
