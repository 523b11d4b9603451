"""Wind and sea along a boat's way: a grid in time and space, and official warnings laid over it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import numpy as np
import shapely

from vessels.fleet import Floats, Ints

BEAUFORT_UPPER_MPS = (
    0.2,
    1.5,
    3.3,
    5.4,
    7.9,
    10.7,
    13.8,
    17.1,
    20.7,
    24.4,
    28.4,
    32.6,
    36.9,
    41.4,
    46.1,
    50.9,
    56.0,
    61.2,
)
"""Upper bound of each Beaufort force 0..17, mean wind (GB/T 28591-2012). [m/s]"""


def wind_limit_mps(wind_class_bft: int) -> float:
    """Return the mean wind up to which a boat of a wind class may be out. [m/s]"""
    return BEAUFORT_UPPER_MPS[max(0, min(wind_class_bft, len(BEAUFORT_UPPER_MPS) - 1))]


def beaufort(wind_mps: float) -> int:
    """Return the Beaufort force of a mean wind."""
    return int(np.searchsorted(np.asarray(BEAUFORT_UPPER_MPS) + 0.05, wind_mps))


class Weather(Protocol):
    """Anything that knows wind and waves at places and times."""

    @property
    def source(self) -> str:
        """Return what it rests on, for people."""

    def sample(self, lat_deg: Floats, lon_deg: Floats, unix_s: Floats) -> tuple[Floats, Floats]:
        """Return (wind_mps, hs_m) element by element; NaN where it does not know."""


@dataclass(frozen=True, kw_only=True, eq=False)
class WeatherGrid:
    """Forecast fields of shape (time, lat, lon), linear between points, NaN outside.

    Parameters
    ----------
    unix_s, lat_deg, lon_deg
        Axes, ascending, at least two points each.
    wind_mps, hs_m
        Mean wind at 10 m and significant wave height. [m/s] [m]
    """

    unix_s: Floats
    lat_deg: Floats
    lon_deg: Floats
    wind_mps: Floats
    hs_m: Floats
    source: str = ""

    def sample(self, lat_deg: Floats, lon_deg: Floats, unix_s: Floats) -> tuple[Floats, Floats]:
        """Return (wind_mps, hs_m) element by element."""
        corners = [_bracket(axis, value) for axis, value in zip(self._axes, (unix_s, lat_deg, lon_deg), strict=True)]
        wind, hs = (np.zeros(np.broadcast_shapes(*(low.shape for low, _ in corners))) for _ in range(2))
        (t, ft), (y, fy), (x, fx) = corners
        for dt, wt in ((0, 1 - ft), (1, ft)):
            for dy, wy in ((0, 1 - fy), (1, fy)):
                for dx, wx in ((0, 1 - fx), (1, fx)):
                    weight = wt * wy * wx
                    wind += weight * self.wind_mps[t + dt, y + dy, x + dx]
                    hs += weight * self.hs_m[t + dt, y + dy, x + dx]
        return wind, hs

    @property
    def _axes(self) -> tuple[Floats, Floats, Floats]:
        return self.unix_s, self.lat_deg, self.lon_deg


def _bracket(axis: Floats, value: Floats) -> tuple[Ints, Floats]:
    """Return the index below each value and the part of the way to the next; the part is NaN outside the axis."""
    low = np.clip(np.searchsorted(axis, value, side="right") - 1, 0, len(axis) - 2)
    part = (value - axis[low]) / (axis[low + 1] - axis[low])
    return low, np.where((value >= axis[0]) & (value <= axis[-1]), part, np.nan)


@dataclass(frozen=True, kw_only=True)
class AreaWarning:
    """An official warning: inside its polygon, from onset to expiry, at least this much wind or sea.

    Parameters
    ----------
    polygons
        Rings of (lat_deg, lon_deg).
    wind_mps, hs_m
        What the warning announces; None where it says nothing of it.
    """

    identifier: str
    headline: str
    polygons: tuple[tuple[tuple[float, float], ...], ...]
    onset_at: datetime
    expires_at: datetime
    wind_mps: float | None = None
    hs_m: float | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class WarnedWeather:
    """A forecast (or none) raised to what official warnings announce."""

    below: WeatherGrid | None
    warnings: Sequence[AreaWarning]

    @property
    def source(self) -> str:
        """Return what the forecast below rests on, empty without one."""
        return "" if self.below is None else self.below.source

    def sample(self, lat_deg: Floats, lon_deg: Floats, unix_s: Floats) -> tuple[Floats, Floats]:
        """Return (wind_mps, hs_m): the larger of the forecast and of every warning in force there and then."""
        lat, lon, when = np.broadcast_arrays(lat_deg, lon_deg, unix_s)
        if self.below is None:
            wind, hs = np.full(lat.shape, np.nan), np.full(lat.shape, np.nan)
        else:
            wind, hs = (np.array(a) for a in self.below.sample(lat, lon, when))
        for warning in self.warnings:
            hit = (when >= warning.onset_at.timestamp()) & (when < warning.expires_at.timestamp())
            hit &= _inside(warning, lat, lon)
            if warning.wind_mps is not None:
                wind = np.where(hit, np.fmax(wind, warning.wind_mps), wind)
            if warning.hs_m is not None:
                hs = np.where(hit, np.fmax(hs, warning.hs_m), hs)
        return wind, hs


def _inside(warning: AreaWarning, lat: Floats, lon: Floats) -> np.ndarray:
    rings = [shapely.Polygon([(x, y) for y, x in ring]) for ring in warning.polygons if len(ring) >= 3]
    area = shapely.make_valid(shapely.union_all(rings))
    shapely.prepare(area)
    return np.asarray(shapely.intersects_xy(area, lon, lat))
