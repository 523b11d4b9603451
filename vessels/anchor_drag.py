"""An anchored ship that moves towards a farm's moorings: her anchor drags.

Raised at the full limits, kept at a part of them (``drag_keep``): a ship that drags by fits and starts is one alarm.
"""

from collections.abc import Sequence

import numpy as np
import shapely

from core.finding import Condition, Evidence, Finding, Place, Severity, Subject, SubjectKind
from vessels.fleet import Fleet, Role, ranges_nm
from vessels.track_grid import Grid
from vessels.zones import Zone, ZoneIndex, ZoneRules

RULE = "vessels.anchor_drag"
ANCHORED, MOORED = 1, 5
"""Navigational status of ITU-R M.1371-5 table 45."""


def judge(fleet: Fleet, index: ZoneIndex, tracks: Grid, rules: ZoneRules, open_keys: frozenset[str]) -> list[Finding]:
    """Return a red finding for each vessel whose anchor drags near a farm, and its end when she lies or leaves."""
    farms = [i for i, z in enumerate(index.zones) if z.purpose == "cage_farm"]
    said = (fleet.nav_status == ANCHORED) | (fleet.nav_status == MOORED)
    rows = np.flatnonzero(said & (fleet.age_s <= rules.max_age_s) & (fleet.role != Role.NOT_A_BOAT))
    findings = []
    for row in map(int, rows):
        key = f"{RULE}:{fleet.mmsi[row]}"
        found = _drag(fleet, row, index, farms, tracks[:, row], rules, held=key in open_keys)
        if found is not None:
            findings.append(found)
        elif key in open_keys:
            findings.append(_end(key, fleet, row, rules))
    gone = {f"{RULE}:{fleet.mmsi[r]}": r for r in np.flatnonzero(~said & (fleet.age_s <= rules.max_age_s))}
    return findings + [_end(k, fleet, int(gone[k]), rules) for k in sorted(open_keys & gone.keys())]


def _drag(
    fleet: Fleet, row: int, index: ZoneIndex, farms: Sequence[int], track: Grid, rules: ZoneRules, *, held: bool
) -> Finding | None:
    """Return the finding of a ship beyond the limits; for a `held` alarm they are wider and she may rest meanwhile."""
    keep, slowest_kn = (rules.drag_keep, 0.0) if held else (1.0, rules.drag_min_kn)
    lying = np.isfinite(track[0]) & (track[2] <= rules.lay_kn)
    speed = fleet.sog_kn[row]
    if lying.sum() * 5.0 < rules.lay_min or not slowest_kn <= speed <= rules.drag_max_kn:
        return None
    lay = [float(np.median(track[i, lying].astype(np.float64))) for i in (0, 1)]
    here = fleet.lat_deg[[row]], fleet.lon_deg[[row]]
    moved_m = float(ranges_nm(np.array(lay[:1]), np.array(lay[1:]), *here)[0]) * 1852.0
    if moved_m <= keep * rules.drag_m + float(np.nan_to_num(fleet.length_m[row])):
        return None
    points = index.points(np.array([lay[0], here[0][0]]), np.array([lay[1], here[1][0]]))
    away = [(shapely.distance(points, index.shapes[f]), f) for f in farms]
    near = [(float(d[0]), float(d[1]), f) for d, f in away]
    nearest = min(near, key=lambda n: n[1], default=None)
    if nearest is None or nearest[1] * keep > rules.drag_near_m or nearest[1] >= nearest[0]:
        return None
    return _finding(fleet, row, index.zones[nearest[2]], moved_m, nearest[1], rules)


def _finding(fleet: Fleet, row: int, farm: Zone, moved_m: float, now_m: float, rules: ZoneRules) -> Finding:
    target = fleet.targets[row]
    hours = now_m / 1852.0 / max(float(fleet.sog_kn[row]), rules.drag_min_kn)
    return Finding(
        key=f"{RULE}:{target.mmsi}",
        rule=RULE,
        rule_version=rules.version,
        condition=Condition.ACTIVE,
        severity=Severity.RED,
        subject=Subject(kind=SubjectKind.TARGET, id=str(target.mmsi), name=target.title_zh),
        observed_at=target.observed_at,
        place=Place(lat_deg=target.lat_deg, lon_deg=target.lon_deg),
        reason_zh=f"疑似走锚，已移{moved_m:.0f}米，距{farm.name_zh}{now_m:.0f}米",
        reason_en=f"Anchor seems to drag: moved {moved_m:.0f} m, {now_m:.0f} m from {farm.name_en or farm.name_zh}",
        advice_zh="立即通知该船起锚或备车，通知养殖场人员",
        advice_en="Tell the ship to weigh or use engines at once, and tell the farm",
        evidence=(Evidence(kind="zone", ref=farm.zone_id, text=farm.name_zh),),
        values={
            "moved_m": round(moved_m),
            "range_m": round(now_m),
            "reaches_in_min": round(60.0 * hours),
            "farm_id": farm.farm_id,
        },
    )


def _end(key: str, fleet: Fleet, row: int, rules: ZoneRules) -> Finding:
    target = fleet.targets[row]
    return Finding(
        key=key,
        rule=RULE,
        rule_version=rules.version,
        condition=Condition.CLEARED,
        severity=Severity.RED,
        subject=Subject(kind=SubjectKind.TARGET, id=str(target.mmsi), name=target.title_zh),
        observed_at=target.observed_at,
        reason_zh="已稳住或起锚驶离",
        reason_en="Lies steady again or has weighed",
    )
