"""How each target really moves: the last minutes of its track against the one course that it reports."""

from dataclasses import dataclass

import numpy as np

from vessels.cpa import relative_plane_nm, velocity_kn
from vessels.fleet import Bools, Fleet, Floats, Ints

KEPT = 12
"""Fixes kept for each target."""
MIN_GAP_S = 20.0
"""Fixes nearer in time than this are not kept: class A reports every 2-10 s would fill the memory. [s]"""
WINDOW_S = 420.0
"""Age of the oldest fix that still speaks about now. [s]"""
MIN_SPAN_S = 90.0
MIN_FIXES = 4
STEADY_TURN_DEG_MIN = 4.0
"""A steady turn is at least this fast; slower is a ship that keeps her course badly. [deg/min]"""
MAX_TURN_DEG_MIN = 90.0
AGREES_DEG, AGREES_KN = 6.0, 0.5
"""A report nearer to the mean track than this is the same motion, told with the noise of the instrument: AIS course and
speed scatter by about 2 deg and 0.1 kn (one sigma), the slope of seven minutes of fixes by a tenth of that."""
SCATTER_DEG = 20.0
"""Course scatter about a straight trend above which one reported course means nothing. [deg]"""


@dataclass(frozen=True, kw_only=True)
class Motion:
    """Velocity of each target by two looks, shape (target,).

    Parameters
    ----------
    east_kn, north_kn
        Best velocity: by the track where the report agrees with it or the course wanders, else as reported: a ship
        that has just altered course. [kn]
    track_east_kn, track_north_kn
        Mean velocity over the last minutes of the track; equal to the first pair where the track is too short.
    turn_deg_min
        Believed rate of turn, 0 where there is no steady turn.
    """

    east_kn: Floats
    north_kn: Floats
    track_east_kn: Floats
    track_north_kn: Floats
    turn_deg_min: Floats

    @property
    def speed_kn(self) -> Floats:
        """Return the best speed. [kn]"""
        return np.hypot(self.east_kn, self.north_kn)

    @property
    def course_deg(self) -> Floats:
        """Return the best course, 0..360. [deg]"""
        return np.degrees(np.arctan2(self.east_kn, self.north_kn)) % 360.0


class RecentTracks:
    """The last fixes of every target in columns (target, KEPT), newest last; bounded memory, oldest forgotten."""

    def __init__(self, capacity: int = 1024) -> None:
        self._rows: dict[int, int] = {}
        self._data = np.full((5, capacity, KEPT), np.nan)

    def __len__(self) -> int:
        return len(self._rows)

    def push(
        self, mmsi: Ints, unix_s: Floats, lat_deg: Floats, lon_deg: Floats, sog_kn: Floats, cog_deg: Floats
    ) -> None:
        """Take in fixes of any number of targets; repeats and fixes out of order are passed over."""
        order = np.argsort(unix_s, kind="stable")
        rows = np.fromiter((self._row(int(m)) for m in mmsi[order]), np.int64, len(order))
        values = np.stack((unix_s, lat_deg, lon_deg, sog_kn, cog_deg))[:, order]
        while len(rows):
            _, first = np.unique(rows, return_index=True)
            self._push_distinct(rows[first], values[:, first])
            later = np.ones(len(rows), dtype=bool)
            later[first] = False
            rows, values = rows[later], values[:, later]

    def push_fleet(self, fleet: Fleet) -> None:
        """Take in the newest fix of a whole fleet."""
        unix_s = fleet.at.timestamp() - fleet.age_s
        self.push(fleet.mmsi, unix_s, fleet.lat_deg, fleet.lon_deg, fleet.sog_kn, fleet.cog_deg)

    def _push_distinct(self, rows: Ints, values: Floats) -> None:
        last = self._data[0, rows, -1]
        new = ~(values[0] < last + MIN_GAP_S)
        rows, values = rows[new], values[:, new]
        self._data[:, rows, :-1] = self._data[:, rows, 1:]
        self._data[:, rows, -1] = values

    def _row(self, mmsi: int) -> int:
        row = self._rows.get(mmsi)
        if row is None:
            row = self._rows[mmsi] = len(self._rows)
            if row >= self._data.shape[1]:
                self._data = np.concatenate((self._data, np.full_like(self._data, np.nan)), axis=1)
        return row

    def forget_before(self, unix_s: float) -> None:
        """Drop targets not heard since `unix_s`, so that memory follows the live sea."""
        kept = {m: r for m, r in self._rows.items() if self._data[0, r, -1] >= unix_s}
        if len(kept) < len(self._rows):
            data = np.full_like(self._data, np.nan)
            data[:, : len(kept)] = self._data[:, list(kept.values())]
            self._data, self._rows = data, {m: i for i, m in enumerate(kept)}

    def of(self, mmsi: Ints) -> Floats:
        """Return (5, target, KEPT): unix time, lat, lon, speed, course of the kept fixes; NaN where none."""
        rows = np.fromiter((self._rows.get(int(m), -1) for m in mmsi), np.int64, len(mmsi))
        found = self._data[:, rows]
        found[:, rows < 0] = np.nan
        return found


def estimate(fleet: Fleet, tracks: RecentTracks) -> Motion:
    """Return how every target of the fleet moves, by its report and by its recent track.

    A target that wanders (trawling, drifting) or keeps her course is given her mean velocity; a steady turn is kept as
    a turn; for those that left their mean track, and those with a short one, the reported speed and course stand.
    """
    fixes = tracks.of(fleet.mmsi)
    fresh = fixes[0] >= (fleet.at.timestamp() - fleet.age_s - WINDOW_S)[:, None]
    fixes = np.where(fresh[None], fixes, np.nan)
    reported_east, reported_north = velocity_kn(fleet.sog_kn, fleet.cog_deg)
    track_east, track_north, known = _mean_velocity(fixes)
    rate, scatter = _course_trend(fixes)
    turning = known & (np.abs(rate) >= STEADY_TURN_DEG_MIN) & (scatter < SCATTER_DEG) & (fleet.sog_kn > 2.0)
    silent = np.isnan(fleet.sog_kn) | (np.isnan(fleet.cog_deg) & (fleet.sog_kn > 0.5))
    wandering = known & ((~turning & (scatter >= SCATTER_DEG)) | silent)
    steady = known & ~turning & _agrees(reported_east, reported_north, track_east, track_north)
    by_track = wandering | steady
    return Motion(
        east_kn=np.where(by_track, track_east, reported_east),
        north_kn=np.where(by_track, track_north, reported_north),
        track_east_kn=np.where(known & ~turning, track_east, reported_east),
        track_north_kn=np.where(known & ~turning, track_north, reported_north),
        turn_deg_min=np.where(turning, np.clip(rate, -MAX_TURN_DEG_MIN, MAX_TURN_DEG_MIN), 0.0),
    )


def _agrees(east_kn: Floats, north_kn: Floats, track_east_kn: Floats, track_north_kn: Floats) -> Bools:
    """Return whether a report differs from the mean track no more than instruments scatter."""
    told, kept = np.hypot(east_kn, north_kn), np.hypot(track_east_kn, track_north_kn)
    across_kn = np.abs(east_kn * track_north_kn - north_kn * track_east_kn) / np.maximum(kept, 1e-9)
    same_way = across_kn <= told * np.sin(np.radians(AGREES_DEG))
    onward = east_kn * track_east_kn + north_kn * track_north_kn > 0
    return np.asarray(same_way & onward & (np.abs(told - kept) <= AGREES_KN))


def _mean_velocity(fixes: Floats) -> tuple[Floats, Floats, Bools]:
    """Return the least-squares (east_kn, north_kn) of each track and whether it is long enough to speak."""
    unix_s, lat, lon = fixes[0], fixes[1], fixes[2]
    count = np.isfinite(unix_s).sum(axis=1)
    east, north = relative_plane_nm(lat[:, -1:], lon[:, -1:], lat, lon)
    hours = (unix_s - unix_s[:, -1:]) / 3600.0
    span_s = -np.nan_to_num(np.where(np.isfinite(hours), hours, np.inf).min(axis=1), posinf=0.0) * 3600.0
    known = (count >= MIN_FIXES) & (span_s >= MIN_SPAN_S)
    return _slope(hours, east, known), _slope(hours, north, known), known


def _course_trend(fixes: Floats) -> tuple[Floats, Floats]:
    """Return the rate of the course by its trend [deg/min] and the scatter about that trend [deg]."""
    minutes = (fixes[0] - fixes[0][:, -1:]) / 60.0
    turn = _unwrapped_deg(fixes[4])
    usable = np.isfinite(minutes) & np.isfinite(turn)
    known = usable.sum(axis=1) >= MIN_FIXES
    rate = _slope(np.where(usable, minutes, np.nan), turn, known)
    middle_t, middle_c = _mean(minutes, usable), _mean(turn, usable)
    residual = turn - (middle_c[:, None] + rate[:, None] * (minutes - middle_t[:, None]))
    scatter = np.sqrt(_mean(np.nan_to_num(residual) ** 2, usable))
    return rate, np.where(known, scatter, 0.0)


def _unwrapped_deg(course: Floats) -> Floats:
    """Return courses as one running angle, relative to the newest; NaN stays NaN."""
    step = (np.diff(course, axis=1) + 180.0) % 360.0 - 180.0
    angle = np.concatenate((np.zeros((len(course), 1)), np.nan_to_num(step).cumsum(axis=1)), axis=1)
    return np.where(np.isnan(course), np.nan, angle - angle[:, -1:])


def _slope(x: Floats, y: Floats, known: Bools) -> Floats:
    usable = np.isfinite(x) & np.isfinite(y)
    dx = np.where(usable, x - _mean(x, usable)[:, None], 0.0)
    dy = np.where(usable, y - _mean(y, usable)[:, None], 0.0)
    spread = (dx * dx).sum(axis=1)
    return np.where(known & (spread > 0), (dx * dy).sum(axis=1) / np.where(spread > 0, spread, 1.0), 0.0)


def _mean(values: Floats, usable: Bools) -> Floats:
    count = usable.sum(axis=1)
    return np.asarray(np.where(usable, values, 0.0).sum(axis=1) / np.maximum(count, 1))
