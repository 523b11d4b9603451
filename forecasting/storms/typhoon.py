"""Wind and waves of a typhoon where no grid covers it: parametric vortex, fetch-limited growth, ensemble of tracks."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from core.geo import EARTH_RADIUS_NM
from forecasting.series.harmonics import Floats
from forecasting.storms.tracks import KM_PER_NM, MPS_PER_KN, Passage, Track, TrackPoint, passage

AIR_KG_M3 = 1.15
"""Density of warm moist air near the sea. [kg/m3]"""
AMBIENT_HPA = 1010.0
"""Pressure outside a typhoon over the west Pacific in summer (Knaff and Zehr 2007, doi:10.1175/WAF965.1). [hPa]"""
TO_TEN_MINUTES = 0.93
"""From 1 min to 10 min mean wind at sea (Harper, Kepert and Ginger 2010, WMO/TD-1555, table 1.1)."""
INFLOW_DEG = 20.0
"""Angle by which surface wind turns inward (Zhang and Uhlhorn 2012, doi:10.1175/MWR-D-11-00339.1: 22.6). [deg]"""
FORCE_MPS = {6: 10.8, 7: 13.9, 8: 17.2, 9: 20.8, 10: 24.5, 11: 28.5, 12: 32.7}
"""Lower bounds of Beaufort forces (GB/T 28591-2012). [m/s]"""
MOTION_SHARE = 0.55
"""Share of a storm's motion in its surface wind (Lin and Chavas 2012)."""
USUAL_R17_KM = 237.0
"""Mean radius of 17 m/s of west Pacific storms, for agencies that give none: 2.13 degrees of latitude (Chan and Chan
2012, doi:10.1175/MWR-D-10-05062.1). [km]"""
GRAVITY = 9.81
"""Acceleration by gravity. [m/s2]"""
KM_PER_DEG = 111.195
"""Length of a degree of latitude on a sphere of 6,371 km. [km]"""
TRACK_ERROR_KM = {0: 20.0, 12: 45.0, 24: 75.0, 36: 105.0, 48: 140.0, 72: 220.0, 96: 320.0, 120: 430.0}
"""Mean position error of official west Pacific forecasts by lead, rounded (ours, after yearly reports). [h], [km]"""
WIND_ERROR_SHARE = 0.12
"""Spread of the forecast largest wind, as share of it (ours)."""


@dataclass(frozen=True, kw_only=True)
class LocalStorm:
    """A storm at one place by the hour, every array of shape ``(time,)``: wind is the 10 min mean at 10 m.

    Parameters
    ----------
    wind_dir_deg
        Direction that the wind comes from. [deg]
    """

    times: tuple[datetime, ...]
    wind_mps: Floats
    wind_dir_deg: Floats
    pressure_hpa: Floats
    hs_m: Floats
    tp_s: Floats
    distance_km: Floats

    def passage(self, force_bft: int) -> Passage:
        """Return when a Beaufort force arrives and departs."""
        return passage(self.times, self.wind_mps, self.distance_km, FORCE_MPS[force_bft])


def largest_wind_mps(point: TrackPoint) -> float:
    """Return the largest wind, from pressure where the agency gave no wind. [m/s]

    Atkinson and Holliday 1977 (doi:10.1175/1520-0493(1977)105<0421:TCMSLP>2.0.CO;2): 6.7 kn (1010 - p)^0.644.
    """
    if point.wind_mps is not None:
        return point.wind_mps
    if point.pressure_hpa is None:
        return 0.0
    return float(MPS_PER_KN * 6.7 * max(0.0, AMBIENT_HPA - point.pressure_hpa) ** 0.644)


def central_pressure_hpa(point: TrackPoint) -> float:
    """Return the central pressure, from wind where the agency gave none (inverse of `largest_wind_mps`). [hPa]"""
    if point.pressure_hpa is not None:
        return point.pressure_hpa
    return float(AMBIENT_HPA - (largest_wind_mps(point) / MPS_PER_KN / 6.7) ** (1 / 0.644))


def radius_of_largest_wind_km(point: TrackPoint) -> float:
    """Return the radius of the largest wind, from strength and latitude where not given. [km]

    Willoughby, Darling and Rahn 2006 (doi:10.1175/MWR3106.1), equation 7a: 46.4 exp(-0.0155 v + 0.0169 lat).
    """
    if point.rmw_km is not None:
        return max(5.0, point.rmw_km)
    return 46.4 * math.exp(-0.0155 * largest_wind_mps(point) + 0.0169 * abs(point.lat_deg))


def holland(point: TrackPoint, radius_km: Floats) -> tuple[Floats, Floats]:
    """Return wind and pressure at a radius of a storm that stands still. [m/s], [hPa]"""
    return profile(_strength([point]), radius_km)


@dataclass(frozen=True, kw_only=True)
class _Strength:
    """What shapes a vortex hour by hour, shape ``(time, 1)``: largest wind, pressure deficit, radii. [m/s] [Pa] [km]

    Parameters
    ----------
    edge, edge_mps
        A radius far from the centre, and the wind there. [km], [m/s]
    """

    largest: Floats
    deficit: Floats
    rmw: Floats
    edge: Floats
    edge_mps: Floats


def _strength(points: Sequence[TrackPoint]) -> _Strength:
    edges = [_edge(p) for p in points]
    return _Strength(
        largest=_hours([largest_wind_mps(p) for p in points]),
        deficit=np.maximum(1.0, AMBIENT_HPA - _hours([central_pressure_hpa(p) for p in points])) * 100,
        rmw=_hours([radius_of_largest_wind_km(p) for p in points]),
        edge=_hours([km for km, _ in edges]),
        edge_mps=_hours([mps for _, mps in edges]),
    )


def _edge(point: TrackPoint) -> tuple[float, float]:
    """Return a radius far from the centre and the wind there: an agency's circle, else the usual one. [km], [m/s]"""
    if point.r17_km is None and point.r14_km is not None:
        return point.r14_km, FORCE_MPS[7]
    return USUAL_R17_KM if point.r17_km is None else point.r17_km, FORCE_MPS[8]


def _hours(values: Sequence[float]) -> Floats:
    return np.asarray(values, dtype=np.float64)[:, None]


def profile(storm: _Strength, radius_km: Floats) -> tuple[Floats, Floats]:
    """Return wind and pressure of standing storms at radii that broadcast against ``(time, 1)``. [m/s], [hPa]

    Notes
    -----
    Holland 1980 (doi:10.1175/1520-0493(1980)108<1212:AAMOTW>2.0.CO;2) with the shape parameter that gives the
    storm its largest wind, held to 0.8..2.5; the outer profile is bent through the radius of force 7 or 8, given or
    usual, as Holland, Belanger and Fritz 2010 do (doi:10.1175/2010MWR3317.1).
    """
    largest, rmw, edge = storm.largest, storm.rmw, storm.edge
    shape = np.clip(largest**2 * math.e * AIR_KG_M3 / storm.deficit, 0.8, 2.5)
    ratio = (rmw / np.maximum(radius_km, 1.0)) ** shape
    pressure = AMBIENT_HPA - storm.deficit / 100 * (1 - np.exp(-ratio))
    bent = (edge > rmw) & (largest > storm.edge_mps)
    outer = np.where(bent, rmw / edge, 0.5) ** shape
    weaker = np.where(bent, storm.edge_mps / np.maximum(largest, 1.0), 1.0)
    bend = np.clip(np.log(weaker) / (np.log(outer) + 1 - outer), 0.3, 1.2)
    slope = np.where(bent, (bend - 0.5) / np.where(bent, edge - rmw, 1.0), 0.0)
    power = np.where(radius_km > rmw, 0.5 + slope * np.minimum(radius_km - rmw, 2 * (edge - rmw)), 0.5)
    wind: Floats = largest * (ratio * np.exp(1 - ratio)) ** power
    return (wind, pressure) if np.ndim(radius_km) > 1 else (wind[0], pressure[0])


def wind_circle_km(point: TrackPoint, force_bft: int) -> float | None:
    """Return the mean radius within which a storm brings a force (10 min mean), None where it is too weak. [km]"""
    radii = np.arange(5.0, 1500.0, 5.0)
    strong = np.flatnonzero(TO_TEN_MINUTES * holland(point, radii)[0] >= FORCE_MPS[force_bft])
    return float(radii[strong[-1]]) if len(strong) else None


def local_storm(track: Track, lat_deg: float, lon_deg: float, times: Sequence[datetime]) -> LocalStorm:
    """Return wind, pressure and waves of a storm at one place; hours outside the track are calm."""
    at = storm_over(track, np.array([lat_deg]), np.array([lon_deg]), times)
    columns = ("wind_mps", "wind_dir_deg", "pressure_hpa", "hs_m", "tp_s", "distance_km")
    return LocalStorm(times=at.times, **{name: getattr(at, name)[:, 0] for name in columns})


def storm_over(track: Track, lat_deg: Floats, lon_deg: Floats, times: Sequence[datetime]) -> LocalStorm:
    """Return the same at many places at once, every array of shape ``(time, place)``.

    Notes
    -----
    The largest wind of an agency is that of the stronger side. So `MOTION_SHARE` of the storm's own motion is taken off
    before the vortex is drawn, and added everywhere as a vector that fades away from the radius of the largest wind
    (Lin and Chavas 2012, doi:10.1029/2011JD017126, who also turn it by 20 degrees).
    """
    points = [track.at(at) for at in times]
    known = np.array([point is not None for point in points])
    there = [point or track.points[0] for point in points]
    motion = [_motion(track, at) if ok else (0.0, 0.0) for at, ok in zip(times, known, strict=True)]
    strength, moving = _strength(there), _hours([math.hypot(*m) for m in motion])
    lat, lon = (_hours([getattr(p, name) for p in there]) for name in ("lat_deg", "lon_deg"))
    east_km = ((lon_deg - lon + 180) % 360 - 180) * KM_PER_DEG * np.cos(np.radians((lat_deg + lat) / 2))
    around = _Around(east_km=east_km, north_km=(lat_deg - lat) * KM_PER_DEG, turns_left=lat >= 0)
    east, north, pressure = _surface_wind(strength, motion, around)
    calm = ~known[:, None] & np.ones_like(east, dtype=np.bool_)
    wind = np.where(calm, 0.0, np.hypot(east, north))
    distance = np.where(calm, math.inf, _great_circle_km(lat, lon, lat_deg, lon_deg))
    hs, tp = grown_waves(wind, equivalent_fetch_m(TO_TEN_MINUTES * strength.largest, moving, strength.rmw))
    return LocalStorm(
        times=tuple(times),
        wind_mps=wind,
        wind_dir_deg=np.where(calm, 0.0, np.degrees(np.arctan2(-east, -north)) % 360),
        pressure_hpa=np.where(calm, AMBIENT_HPA, pressure),
        hs_m=hs,
        tp_s=tp,
        distance_km=distance,
    )


@dataclass(frozen=True, kw_only=True)
class _Around:
    """Where places lie from the centre, shape ``(time, place)``, and whether the storm turns as in the north. [km]"""

    east_km: Floats
    north_km: Floats
    turns_left: NDArray[np.bool_]


def _surface_wind(
    storm: _Strength, motion: Sequence[tuple[float, float]], around: _Around
) -> tuple[Floats, Floats, Floats]:
    """Return the 10 min mean wind of moving storms, east and north, and pressure. [m/s], [hPa]"""
    east_mps, north_mps = (_hours([m[i] for m in motion]) for i in (0, 1))
    moving, radius = np.hypot(east_mps, north_mps), np.hypot(around.east_km, around.north_km)
    carried = np.minimum(MOTION_SHARE, storm.largest / np.maximum(moving, 1e-9))
    steady = replace(storm, largest=storm.largest - carried * moving / TO_TEN_MINUTES)
    still, pressure = profile(steady, radius)
    inward = np.where(around.turns_left, 1.0, -1.0) * (math.pi / 2 + math.radians(INFLOW_DEG))
    heading = np.arctan2(around.east_km, around.north_km) - inward
    share = carried * 2 * storm.rmw * radius / (storm.rmw**2 + radius**2)
    east = still * TO_TEN_MINUTES * np.sin(heading) + share * east_mps
    north = still * TO_TEN_MINUTES * np.cos(heading) + share * north_mps
    return east, north, pressure


def _great_circle_km(lat1: Floats, lon1: Floats, lat2: Floats, lon2: Floats) -> Floats:
    """Return haversine distances, as `core.geo.range_nm` for arrays. [km]"""
    p1, p2 = np.radians(lat1), np.radians(lat2)
    h = np.sin((p2 - p1) / 2) ** 2 + np.cos(p1) * np.cos(p2) * np.sin(np.radians(lon2 - lon1) / 2) ** 2
    far: Floats = 2 * EARTH_RADIUS_NM * KM_PER_NM * np.arcsin(np.minimum(1.0, np.sqrt(h)))
    return far


def _offset_km(point: TrackPoint, lat_deg: float, lon_deg: float) -> tuple[float, float]:
    """Return how far east and north of the centre a place lies. [km]"""
    turn = (lon_deg - point.lon_deg + 180) % 360 - 180
    middle = math.radians((lat_deg + point.lat_deg) / 2)
    return turn * KM_PER_DEG * math.cos(middle), (lat_deg - point.lat_deg) * KM_PER_DEG


def _motion(track: Track, at: datetime) -> tuple[float, float]:
    """Return the velocity of the centre around an instant, east and north. [m/s]"""
    before, after = track.at(at - timedelta(hours=3)), track.at(at + timedelta(hours=3))
    one, two = before or track.at(at), after or track.at(at)
    if one is None or two is None or one.at == two.at:
        return 0.0, 0.0
    east, north = _offset_km(one, two.lat_deg, two.lon_deg)
    seconds = (two.at - one.at).total_seconds()
    return east * 1000 / seconds, north * 1000 / seconds


def fetch_limited(wind_mps: Floats, fetch_m: Floats, depth_m: float | None = None) -> tuple[Floats, Floats]:
    """Return significant wave height and peak period of a sea grown over a fetch. [m], [s]

    Notes
    -----
    Young and Verhagen 1996 (doi:10.1016/S0378-3839(96)00006-3) with depth, their deep-water limit without;
    heights follow from energy, Hs = 4 sqrt(E).
    """
    speed = np.maximum(wind_mps, 0.1)
    fetch = GRAVITY * np.maximum(fetch_m, 1.0) / speed**2
    b1, b2 = 3.13e-3 * fetch**0.57, 5.215e-4 * fetch**0.73
    if depth_m is None:
        energy = 3.64e-3 * np.tanh(b1 / 1.0) ** 1.74
        frequency = 0.133 * np.tanh(b2 / 1.0) ** -0.37
    else:
        depth = GRAVITY * depth_m / speed**2
        a1, a2 = 0.493 * depth**0.75, 0.331 * depth**1.01
        energy = 3.64e-3 * (np.tanh(a1) * np.tanh(b1 / np.tanh(a1))) ** 1.74
        frequency = 0.133 * (np.tanh(a2) * np.tanh(b2 / np.tanh(a2))) ** -0.37
    hs = 4 * np.sqrt(energy) * speed**2 / GRAVITY
    tp = speed / (GRAVITY * frequency)
    return np.where(wind_mps > 0.1, hs, 0.0), np.where(wind_mps > 0.1, tp, 0.0)


def equivalent_fetch_m(largest_mps: Floats, moving_mps: Floats, rmw_km: Floats) -> Floats:
    """Return the fetch over which a steady wind would raise the highest sea of a moving storm. [m]

    Parameters
    ----------
    largest_mps, moving_mps
        Largest wind and speed of the centre. [m/s]

    Notes
    -----
    Young 1988 (doi:10.1061/(ASCE)0733-950X(1988)114:5(637)), as in Young 2017 (doi:10.3390/atmos8100194): fetch as a
    polynomial of the two speeds on a scale given by the radius; inputs are held to the storms it was fitted on.
    """
    wind, moving = np.clip(largest_mps, 20.0, 60.0), np.clip(moving_mps, 0.0, 15.0)
    scale_m = 22.5e3 * np.log10(np.clip(rmw_km, 15.0, 60.0) * 1000) - 70.8e3
    squares = -2.175e-3 * wind**2 + 1.506e-2 * wind * moving - 0.1223 * moving**2
    fetch: Floats = np.maximum(squares + 0.219 * wind + 0.6737 * moving + 0.798, 1.0) * scale_m
    return fetch


def grown_waves(wind_mps: Floats, fetch_m: Floats) -> tuple[Floats, Floats]:
    """Return waves of a passing storm at one place: sea grown by its wind, and swell that outlasts it. [m], [s]

    Notes
    -----
    The sea is that of the local wind over the storm's equivalent fetch, hour by hour. It falls off with an e-folding
    time of 9 h after the wind does (swell decay in shelf seas, ours).
    """
    sea, period = fetch_limited(wind_mps, fetch_m)
    hs, tp = sea.copy(), period.copy()
    keep = math.exp(-1 / 9.0)
    for hour in range(1, len(hs)):
        swell = hs[hour - 1] * keep > hs[hour]
        hs[hour] = np.where(swell, hs[hour - 1] * keep, hs[hour])
        tp[hour] = np.where(swell, tp[hour - 1], tp[hour])
    return hs, tp


def track_error_km(lead_h: float) -> float:
    """Return the mean position error at a lead. [km]"""
    leads = sorted(TRACK_ERROR_KM)
    return float(np.interp(max(0.0, lead_h), leads, [TRACK_ERROR_KM[h] for h in leads]))


def ensemble(track: Track, count: int, random: np.random.Generator) -> list[Track]:
    """Return equally likely tracks around a forecast one: position errors that grow with lead and hold together.

    The mean distance from the given track is `track_error_km`; along and across errors are independent, each one
    a single draw scaled by lead (errors of one forecast are nearly perfectly correlated over leads).
    """
    members = []
    for _ in range(count):
        draw = random.standard_normal(2)
        strength = math.exp(WIND_ERROR_SHARE * float(random.standard_normal()))
        members.append(replace(track, points=tuple(_moved(p, track.issued_at, draw, strength) for p in track.points)))
    return members


def _moved(point: TrackPoint, issued_at: datetime, draw: Floats, strength: float) -> TrackPoint:
    lead_h = (point.at - issued_at).total_seconds() / 3600
    if lead_h <= 0:
        return point
    # The mean length of a two-dimensional normal with spread s in each direction is s sqrt(pi / 2).
    spread = track_error_km(lead_h) / math.sqrt(math.pi / 2)
    fade = min(1.0, lead_h / 24)
    return replace(
        point,
        lat_deg=min(max(point.lat_deg + draw[0] * spread / KM_PER_DEG, -85.0), 85.0),
        lon_deg=point.lon_deg + draw[1] * spread / (KM_PER_DEG * math.cos(math.radians(point.lat_deg))),
        wind_mps=largest_wind_mps(point) * strength**fade,
        pressure_hpa=None,  # another strength has another pressure
    )


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """How likely a force reaches a place within some hours, and the middle of when it comes and goes.

    Times are None where no member brings it; departure also where most are not followed until it eases.
    """

    force_bft: int
    probability: float
    arrive_at: datetime | None
    depart_at: datetime | None


def arrival(members: Sequence[LocalStorm], force_bft: int, within_h: int | None = None) -> Arrival:
    """Return the arrival of a force over the members that begin it within `within_h` hours, the whole reach at None."""
    passages = [member.passage(force_bft) for member in members]
    latest = None if within_h is None else members[0].times[0] + timedelta(hours=within_h)
    hit = [p for p in passages if p.arrive_at is not None and (latest is None or p.arrive_at < latest)]
    starts = sorted(p.arrive_at for p in hit if p.arrive_at is not None)
    ends = sorted(p.depart_at for p in hit if p.depart_at is not None)
    middle = len(hit) // 2
    return Arrival(
        force_bft=force_bft,
        probability=len(hit) / max(1, len(passages)),
        arrive_at=starts[middle] if hit else None,
        depart_at=ends[middle] if middle < len(ends) else None,
    )
