"""How boats move: routes of straight legs with speeds, repeated in blocks, as functions of time without state."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike

from core.geo import M_PER_NM
from firmware_sim import tide
from firmware_sim.chart import Point
from firmware_sim.noise import Floats

UNDER_WAY, AT_ANCHOR, MOORED, FISHING, SART = 0, 1, 5, 7, 14
"""Navigational status, ITU-R M.1371-5 table 45."""


def distance_nm(a: Point, b: Point) -> float:
    """Return the distance on a flat plane, good to 0.1 % within this sea. [nmi]"""
    east = (b[1] - a[1]) * 60.0 * math.cos(math.radians((a[0] + b[0]) / 2))
    return math.hypot(east, (b[0] - a[0]) * 60.0)


def moved(a: Point, course_deg: float, nm: float) -> Point:
    """Return the point `nm` from `a` on a course, flat plane."""
    lat = a[0] + nm * math.cos(math.radians(course_deg)) / 60.0
    lon = a[1] + nm * math.sin(math.radians(course_deg)) / 60.0 / math.cos(math.radians((lat + a[0]) / 2))
    return lat, lon


def course(a: Point, b: Point) -> float:
    """Return the course from a to b, flat plane. [deg]"""
    east = (b[1] - a[1]) * math.cos(math.radians((a[0] + b[0]) / 2))
    return math.degrees(math.atan2(east, b[0] - a[0])) % 360.0


@dataclass(kw_only=True)
class Pen:
    """Draws a route: where it is, when, and what the boat does on the way."""

    at_s: float
    place: Point
    knots: list[tuple[float, float, float, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        if not self.knots:
            self.knots.append((self.at_s, *self.place, UNDER_WAY))

    def run(self, to: Point, kn: float, status: int = UNDER_WAY) -> "Pen":
        """Go straight to a point at a speed."""
        self.knots[-1] = (*self.knots[-1][:3], status)
        self.at_s += max(distance_nm(self.place, to) / max(kn, 0.05) * 3600.0, 1.0)
        self.place = to
        self.knots.append((self.at_s, *to, status))
        return self

    def follow(self, way: Sequence[Point], kn: float, status: int = UNDER_WAY) -> "Pen":
        """Go along points at a speed."""
        for to in way:
            self.run(to, kn, status)
        return self

    def stay(self, until_s: float, status: int = MOORED) -> "Pen":
        """Stay where it is until a time (no effect if that has passed)."""
        if until_s > self.at_s:
            self.knots[-1] = (*self.knots[-1][:3], status)
            self.at_s = until_s
            self.knots.append((until_s, *self.place, status))
        return self

    def legs(self) -> "Legs":
        """Return the route drawn so far."""
        rows = np.array(self.knots, dtype=np.float64)
        return Legs(times=rows[:, 0], lat_deg=rows[:, 1], lon_deg=rows[:, 2], status=rows[:, 3].astype(np.int64))


@dataclass(frozen=True, kw_only=True)
class Legs:
    """A drawn route: knots with the status of the leg that starts there; before and after it the boat lies still."""

    times: Floats
    lat_deg: Floats
    lon_deg: Floats
    status: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Fix:
    """Where a boat truly is at unix times, arrays `(n,)`."""

    lat_deg: Floats
    lon_deg: Floats
    sog_kn: Floats
    cog_deg: Floats
    status: np.ndarray


def _fix(legs: Legs, t: Floats) -> Fix:
    i = np.clip(np.searchsorted(legs.times, t, side="right") - 1, 0, max(legs.times.size - 2, 0))
    lat, lon = np.interp(t, legs.times, legs.lat_deg), np.interp(t, legs.times, legs.lon_deg)
    if legs.times.size < 2:
        return Fix(lat_deg=lat, lon_deg=lon, sog_kn=0 * t, cog_deg=0 * t, status=np.full(t.shape, legs.status[0]))
    span = legs.times[i + 1] - legs.times[i]
    north = (legs.lat_deg[i + 1] - legs.lat_deg[i]) * 60.0
    east = (legs.lon_deg[i + 1] - legs.lon_deg[i]) * 60.0 * np.cos(np.radians(lat))
    inside = (t >= legs.times[0]) & (t < legs.times[-1])
    speed = np.where(inside, np.hypot(east, north) / span * 3600.0, 0.0)
    return Fix(
        lat_deg=lat,
        lon_deg=lon,
        sog_kn=speed,
        cog_deg=np.degrees(np.arctan2(east, north)) % 360.0,
        status=np.where(t < legs.times[-1], legs.status[i], legs.status[-1]),
    )


@dataclass(frozen=True, kw_only=True)
class Detour:
    """A boat keeps aside of her way for a while: out to `nm` on a bearing, held there, and back at steady rates."""

    from_s: float
    out_s: float
    hold_s: float
    back_s: float
    bearing_deg: float
    nm: float

    def offset_nm(self, times: Floats) -> Floats:
        """Return how far aside she is at unix times. [nmi]"""
        return np.interp(times, self.knots_s(), (0.0, self.nm, self.nm, 0.0))

    def rate_kn(self, times: Floats) -> Floats:
        """Return how fast she moves aside, negative on the way back. [kn]"""
        start, out, held, back = self.knots_s()
        rate = np.where((times >= start) & (times < out), self.nm / self.out_s, 0.0)
        return (rate - np.where((times >= held) & (times < back), self.nm / self.back_s, 0.0)) * 3600.0

    def knots_s(self) -> tuple[float, float, float, float]:
        """Return when it begins, is out, turns back and is over. [unix s]"""
        out = self.from_s + self.out_s
        return self.from_s, out, out + self.hold_s, out + self.hold_s + self.back_s


def _aside(fix: Fix, t: Floats, detours: Sequence[Detour]) -> Fix:
    """Return a fix with detours laid over it; orders and blocks go on beneath."""
    if not any(((t >= d.knots_s()[0]) & (t < d.knots_s()[3])).any() for d in detours):
        return fix
    course_rad = np.radians(fix.cog_deg)
    east_kn, north_kn = fix.sog_kn * np.sin(course_rad), fix.sog_kn * np.cos(course_rad)
    east_nm, north_nm = np.zeros_like(t), np.zeros_like(t)
    for d in detours:
        east, north = math.sin(math.radians(d.bearing_deg)), math.cos(math.radians(d.bearing_deg))
        east_nm, north_nm = east_nm + d.offset_nm(t) * east, north_nm + d.offset_nm(t) * north
        east_kn, north_kn = east_kn + d.rate_kn(t) * east, north_kn + d.rate_kn(t) * north
    return Fix(
        lat_deg=fix.lat_deg + north_nm / 60.0,
        lon_deg=fix.lon_deg + east_nm / 60.0 / np.cos(np.radians(fix.lat_deg)),
        sog_kn=np.hypot(east_kn, north_kn),
        cog_deg=np.degrees(np.arctan2(east_kn, north_kn)) % 360.0,
        status=fix.status,
    )


Draw = Callable[[int, float], Legs]
"""(block number, start of the block in unix s) -> the route of that block."""


class Track:
    """A boat's whole motion: blocks of `period_s` from `origin_s`, and orders that replace them from a time on."""

    def __init__(self, draw: Draw, *, origin_s: float, period_s: float) -> None:
        self.origin_s, self.period_s = origin_s, period_s
        self.orders: list[tuple[float, Legs]] = []
        self.detours: list[Detour] = []
        self._block = lru_cache(maxsize=6)(lambda k: draw(k, origin_s + k * period_s))

    def order(self, from_s: float, legs: Legs) -> None:
        """From a time on the boat does this instead, for ever (a later order replaces it)."""
        self.orders.append((from_s, legs))
        self.orders.sort(key=lambda item: item[0])

    def at(self, times: ArrayLike) -> Fix:
        """Return the true position and motion at unix times `(n,)`. [s]"""
        t = np.atleast_1d(np.asarray(times, dtype=np.float64))
        return _aside(self._planned(t), t, self.detours) if self.detours else self._planned(t)

    def at_with(self, times: Floats, detour: Detour) -> Fix:
        """Return what `at` would with one more detour."""
        return _aside(self._planned(times), times, (*self.detours, detour))

    def _planned(self, t: Floats) -> Fix:
        """Return the position and motion without detours."""
        sources = np.floor((t - self.origin_s) / self.period_s).astype(np.int64)
        order = np.full(t.shape, -1)
        for n, (from_s, _) in enumerate(self.orders):
            order[t >= from_s] = n
        lat, lon, sog, cog = (np.empty(t.shape) for _ in range(4))
        status = np.empty(t.shape, dtype=np.int64)
        for n, k in {(int(a), int(b)) for a, b in zip(order, np.where(order >= 0, 0, sources), strict=True)}:
            mask = (order == n) & ((sources == k) | (order >= 0))
            fix = _fix(self.orders[n][1] if n >= 0 else self._block(k), t[mask])
            lat[mask], lon[mask], sog[mask], cog[mask] = fix.lat_deg, fix.lon_deg, fix.sog_kn, fix.cog_deg
            status[mask] = fix.status
        return Fix(lat_deg=lat, lon_deg=lon, sog_kn=sog, cog_deg=cog, status=status)

    def place(self, at_s: float) -> Point:
        """Return (lat_deg, lon_deg) at one time."""
        fix = self.at(at_s)
        return float(fix.lat_deg[0]), float(fix.lon_deg[0])


class Adrift(Track):
    """Something that the tide carries: a gear buoy on its net, a drifting boat, a raft.

    `hold` is the part of the tidal excursion it follows: 1 free, about 0.05 moored by its gear; `set_kn`, `set_deg` the
    steady drift; `until_s` ends nothing but the set.
    """

    def __init__(
        self,
        start: Point,
        *,
        origin_s: float,
        hold: float,
        set_kn: float = 0.0,
        set_deg: float = 0.0,
        set_h: float = 40.0,
    ) -> None:
        super().__init__(lambda k, at: Pen(at_s=at, place=start).legs(), origin_s=origin_s, period_s=1e9)
        self.start, self.hold, self.set_kn, self.set_deg, self.set_h = start, hold, set_kn, set_deg, set_h

    def at(self, times: ArrayLike) -> Fix:
        """Return the drifting position at unix times; orders (hauling aboard) come first."""
        t = np.atleast_1d(np.asarray(times, dtype=np.float64))
        fix = self._drifting(t)
        if not self.orders:
            return fix
        ordered = super().at(t)
        on = t >= self.orders[0][0]
        return Fix(
            lat_deg=np.where(on, ordered.lat_deg, fix.lat_deg),
            lon_deg=np.where(on, ordered.lon_deg, fix.lon_deg),
            sog_kn=np.where(on, ordered.sog_kn, fix.sog_kn),
            cog_deg=np.where(on, ordered.cog_deg, fix.cog_deg),
            status=np.where(on, ordered.status, fix.status),
        )

    def _offset_nm(self, t: Floats) -> tuple[Floats, Floats]:
        along = self.hold * tide.STREAM_S * (tide.level_m(t) - tide.level_m(self.origin_s)) / M_PER_NM
        # The set turns back after `set_h` hours, so that a long run never leaves the sea.
        hours = np.abs(((t - self.origin_s) / 3600.0 + self.set_h) % (4 * self.set_h) - 2 * self.set_h) - self.set_h
        flood, away = math.radians(tide.FLOOD_DEG), math.radians(self.set_deg)
        east = along * math.sin(flood) - self.set_kn * hours * math.sin(away)
        north = along * math.cos(flood) - self.set_kn * hours * math.cos(away)
        return east, north

    def _drifting(self, t: Floats) -> Fix:
        east, north = self._offset_nm(t)
        east2, north2 = self._offset_nm(t + 60.0)
        ve, vn = (east2 - east) * 60.0, (north2 - north) * 60.0
        return Fix(
            lat_deg=self.start[0] + north / 60.0,
            lon_deg=self.start[1] + east / 60.0 / math.cos(math.radians(self.start[0])),
            sog_kn=np.hypot(ve, vn),
            cog_deg=np.degrees(np.arctan2(ve, vn)) % 360.0,
            status=np.zeros(t.shape, dtype=np.int64),
        )
