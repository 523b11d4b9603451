"""Who can reach people in distress first: boats, cages and rescue stations, with distance, bearing and time."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.finding import Place
from core.geo import bearing_deg, range_nm
from vessels.fleet import Fleet, Role, ranges_nm

ACTIVE_STATUS = 14
"""Navigational status of who is in distress (ITU-R M.1371-5 table 45)."""


@dataclass(frozen=True, kw_only=True)
class Station:
    """A rescue station: how fast its boat is and how to reach it."""

    id: str
    name_zh: str
    name_en: str
    lat_deg: float
    lon_deg: float
    speed_kn: float
    phone: str


@dataclass(frozen=True, kw_only=True)
class Reach:
    """How far help is looked for, and how fast it is taken to come. [nmi] [kn]"""

    helpers: int
    helper_range_nm: float
    helper_speed_kn: float
    cage_range_nm: float
    stations: tuple[Station, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Refuge:
    """A cage or platform that people at sea could reach or that could send a boat."""

    id: str
    name_zh: str
    name_en: str
    lat_deg: float
    lon_deg: float


@dataclass(frozen=True, kw_only=True)
class Helper:
    """Who is near: straight distance, bearing from the casualty, time at their speed."""

    name_zh: str
    name_en: str
    range_nm: float
    bearing_deg: float
    time_min: float
    kind: str


def helpers(place: Place, fleet: Fleet, refuges: Sequence[Refuge], rules: Reach) -> list[Helper]:
    """Return the nearest boats, cages and the nearest station, each with distance, bearing and time to reach.

    A boat's speed is its present one when it is under way, else ``helper_speed_kn``. Distances are straight.
    """
    found = _nearest_boats(place, fleet, rules)
    near = [_helper(place, r.name_zh, r.name_en, r.lat_deg, r.lon_deg, rules.helper_speed_kn, "cage") for r in refuges]
    found += sorted((h for h in near if h.range_nm <= rules.cage_range_nm), key=lambda h: h.range_nm)[:2]
    stations = [
        _helper(place, s.name_zh, s.name_en, s.lat_deg, s.lon_deg, s.speed_kn, "station") for s in rules.stations
    ]
    return found + sorted(stations, key=lambda h: h.time_min)[:1]


def _nearest_boats(place: Place, fleet: Fleet, rules: Reach) -> list[Helper]:
    if not len(fleet):
        return []
    here = np.full(len(fleet), place.lat_deg), np.full(len(fleet), place.lon_deg)
    far = ranges_nm(*here, fleet.lat_deg, fleet.lon_deg)
    speed = np.fmax(np.nan_to_num(fleet.sog_kn), rules.helper_speed_kn)
    usable = (fleet.role != Role.NOT_A_BOAT) & (far <= rules.helper_range_nm) & (fleet.nav_status != ACTIVE_STATUS)
    rows = np.flatnonzero(usable)
    rows = rows[np.argsort(far[rows] / speed[rows], kind="stable")][: rules.helpers]
    boats = ((fleet.targets[row], float(speed[row])) for row in rows)
    return [_helper(place, t.title_zh, t.title_en, t.lat_deg, t.lon_deg, kn, "boat") for t, kn in boats]


def _helper(
    place: Place, name_zh: str, name_en: str, lat_deg: float, lon_deg: float, speed_kn: float, kind: str
) -> Helper:
    far_nm = range_nm(place.lat_deg, place.lon_deg, lat_deg, lon_deg)
    return Helper(
        name_zh=name_zh,
        name_en=name_en,
        range_nm=far_nm,
        bearing_deg=bearing_deg(place.lat_deg, place.lon_deg, lat_deg, lon_deg),
        time_min=60.0 * far_nm / speed_kn,
        kind=kind,
    )
