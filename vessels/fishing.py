"""What a boat is doing, by its track: in port, stopped, fishing, under way; and with which gear, as a probability."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from scipy.spatial import cKDTree

from vessels.cpa import relative_plane_nm
from vessels.fleet import Bools, Fleet, Floats, to_plane_nm
from vessels.track_grid import BIN_S, Grid, trailing_minutes

M_PER_NM = 1852.0
GEAR_WINDOW_BINS = 24
"""Two hours of track tell the gear."""


class Activity(IntEnum):
    """State of a boat; UNKNOWN where the track is too short."""

    UNKNOWN = 0
    PORT = 1
    STOPPED = 2
    FISHING = 3
    UNDER_WAY = 4


@dataclass(frozen=True, kw_only=True)
class GearPattern:
    """How a gear shows in a track: (mean, spread) of speed, of its variation and of straightness."""

    name: str
    speed_kn: tuple[float, float]
    variation_kn: tuple[float, float]
    straightness: tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class FishingRules:
    """Limits of config/rules/fishing.toml; each key is explained there with its source."""

    version: str
    source: str
    speed_from_kn: float
    speed_until_kn: float
    sustained_min: float
    ended_min: float
    stopped_kn: float
    moving_kn: float
    cage_m: float
    port_enter_m: float
    port_leave_m: float
    loiter_kn: float
    gears: tuple[GearPattern, ...]


@dataclass(frozen=True, kw_only=True)
class Places:
    """Points that decide activity, (n, 2) lat and lon each: registered cages, ports and shelters. [deg]"""

    cages: Floats
    ports: Floats


@dataclass(frozen=True, kw_only=True)
class Doing:
    """Activity of each target, columns of shape (target,).

    Parameters
    ----------
    fishing_min
        How long the fishing band has been held up to now. [min]
    idle_min
        How long it has been left up to now. [min]
    """

    state: np.ndarray
    fishing_min: Floats
    idle_min: Floats

    def fishing(self, rules: FishingRules) -> Bools:
        """Return who is fishing now."""
        return np.asarray(self.state == Activity.FISHING)


def watch(fleet: Fleet, grid: Grid, places: Places, rules: FishingRules) -> Doing:
    """Return what every target of the fleet is doing, from its last hours.

    The band 0.5-5.5 kn held for ``sustained_min`` is fishing, unless near a registered cage or in port; a boat that
    came into a port's 3 km stays in port until she is 4 km off.
    """
    speed = _speed(grid)
    heard = np.isfinite(speed)
    port = _in_port(grid, places.ports, rules)
    band = (speed >= rules.speed_from_kn) & (speed <= rules.speed_until_kn)
    band &= ~port & ~_within(grid, places.cages, rules.cage_m)
    fishing_min = trailing_minutes(band, heard)
    idle_min = trailing_minutes(heard & ~band, heard)
    now = _latest(speed)
    state = np.full(len(fleet), Activity.UNDER_WAY, dtype=np.int64)
    state[now <= rules.stopped_kn] = Activity.STOPPED
    state[fishing_min >= rules.sustained_min] = Activity.FISHING
    state[_latest_flag(port, heard)] = Activity.PORT
    state[heard.sum(axis=1) < 2] = Activity.UNKNOWN
    return Doing(state=state, fishing_min=fishing_min, idle_min=idle_min)


def _speed(grid: Grid) -> Floats:
    """Return the speed in each bin as reported, else by the way from the bin before. [kn]"""
    lat, lon, sog = (grid[i].astype(np.float64) for i in range(3))
    east, north = relative_plane_nm(lat[:, :-1], lon[:, :-1], lat[:, 1:], lon[:, 1:])
    made = np.full_like(sog, np.nan)
    made[:, 1:] = np.hypot(east, north) / (BIN_S / 3600.0)
    return np.asarray(np.where(np.isfinite(sog), sog, made), dtype=np.float64)


def _latest(values: Floats) -> Floats:
    """Return the newest finite value of each row, NaN where none."""
    heard = np.isfinite(values)
    last = values.shape[1] - 1 - heard[:, ::-1].argmax(axis=1)
    return np.where(heard.any(axis=1), values[np.arange(len(values)), last], np.nan)


def _latest_flag(flags: Bools, heard: Bools) -> Bools:
    last = flags.shape[1] - 1 - heard[:, ::-1].argmax(axis=1)
    return np.asarray(flags[np.arange(len(flags)), last] & heard.any(axis=1))


def _distance_m(grid: Grid, points: Floats, limit_m: float) -> Floats:
    """Return the distance from each fix to the nearest point, inf beyond `limit_m`. [m]"""
    lat, lon = grid[0].astype(np.float64), grid[1].astype(np.float64)
    found = np.full(lat.shape, np.inf)
    if not len(points):
        return found
    # Most fixes of a wide sea are far from every point: a box sorts them out before the tree is asked.
    margin_deg = limit_m / M_PER_NM / 60.0
    low, high = points.min(axis=0) - margin_deg, points.max(axis=0) + margin_deg
    wider = margin_deg / max(0.05, float(np.cos(np.radians(points[:, 0]).max())))
    near = (lat >= low[0]) & (lat <= high[0]) & (lon >= low[1] - wider) & (lon <= high[1] + wider)
    if not near.any():
        return found
    origin = float(points[:, 0].mean()), float(points[:, 1].mean())
    tree = cKDTree(to_plane_nm(points[:, 0], points[:, 1], *origin))
    away, _ = tree.query(to_plane_nm(lat[near], lon[near], *origin), distance_upper_bound=limit_m / M_PER_NM)
    found[near] = away * M_PER_NM
    return found


def _within(grid: Grid, points: Floats, limit_m: float) -> Bools:
    return np.asarray(_distance_m(grid, points, limit_m * 1.001) <= limit_m)


def _in_port(grid: Grid, ports: Floats, rules: FishingRules) -> Bools:
    """Return for each bin whether the boat is in port, with 3 km in and 4 km out."""
    away = _distance_m(grid, ports, rules.port_leave_m * 1.001)
    heard = np.isfinite(grid[0])
    inside, near = away <= rules.port_enter_m, away <= rules.port_leave_m
    port = np.zeros(away.shape, dtype=np.bool_)
    # A track that begins between both limits near a port began in it.
    before = np.ones(len(away), dtype=np.bool_)
    for column in range(away.shape[1]):
        before = np.where(heard[:, column], inside[:, column] | (before & near[:, column]), before)
        port[:, column] = before & heard[:, column]
    return port


def guess_gear(grid: Grid, rules: FishingRules) -> Floats:
    """Return (target, gear) probabilities from the last two hours; all equal where the track says nothing."""
    recent = grid[:, :, -GEAR_WINDOW_BINS:]
    speed = _speed(recent)
    speed = np.where((speed >= rules.speed_from_kn) & (speed <= 9.0), speed, np.nan)
    count = np.isfinite(speed).sum(axis=1)
    mean = np.nansum(speed, axis=1) / np.maximum(count, 1)
    spread = np.sqrt(np.nansum((speed - mean[:, None]) ** 2, axis=1) / np.maximum(count, 1))
    straight = _straightness(recent)
    score = np.stack([_log_fit(g, mean, spread, straight) for g in rules.gears], axis=1)
    score[count < 6] = 0.0
    weight = np.exp(score - score.max(axis=1, keepdims=True))
    return np.asarray(weight / weight.sum(axis=1, keepdims=True))


def _straightness(grid: Grid) -> Floats:
    """Return way made good over way run between heard fixes, 0..1."""
    lat, lon = grid[0].astype(np.float64), grid[1].astype(np.float64)
    east, north = relative_plane_nm(lat[:, :-1], lon[:, :-1], lat[:, 1:], lon[:, 1:])
    run = np.nansum(np.hypot(east, north), axis=1)
    made = np.hypot(np.nansum(east, axis=1), np.nansum(north, axis=1))
    return np.where(run > 0, made / np.where(run > 0, run, 1.0), 0.0)


def _log_fit(gear: GearPattern, mean: Floats, spread: Floats, straight: Floats) -> Floats:
    total = np.zeros(len(mean))
    for value, (middle, width) in (
        (mean, gear.speed_kn),
        (spread, gear.variation_kn),
        (straight, gear.straightness),
    ):
        total -= ((value - middle) / width) ** 2 / 2 + np.log(width)
    return total
