"""Tracks of tropical cyclones: position and strength between points, and who is hit when (files: track_files)."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import numpy as np

from core.geo import range_nm
from forecasting.series.harmonics import Floats

TrackKind = Literal["best", "forecast"]
KM_PER_NM = 1.852
MPS_PER_KN = 0.514444


@dataclass(frozen=True, kw_only=True)
class TrackPoint:
    """Where and how strong a storm is at one instant; absent figures are None.

    Parameters
    ----------
    wind_mps
        Largest sustained wind as the agency averages it (China and ATCF's JTWC differ: 2 min and 1 min). [m/s]
    pressure_hpa
        Central pressure. [hPa]
    rmw_km, r14_km, r17_km
        Radius of the largest wind, and mean radii of 13.9 m/s (force 7; the circle of China's agency) and of 17 m/s
        (force 8; other agencies' 34 kn circle). [km]
    """

    at: datetime
    lat_deg: float
    lon_deg: float
    wind_mps: float | None = None
    pressure_hpa: float | None = None
    rmw_km: float | None = None
    r17_km: float | None = None
    r14_km: float | None = None


@dataclass(frozen=True, kw_only=True)
class Track:
    """One storm as one agency sees it at one time, points in order of time."""

    storm_id: str
    source: str
    issued_at: datetime
    kind: TrackKind
    points: tuple[TrackPoint, ...]
    name_zh: str = ""
    name_en: str = ""

    @property
    def called_zh(self) -> str:
        """Return what people call the storm in Chinese: its name, else its number."""
        return self.name_zh or self.name_en or self.storm_id

    @property
    def called_en(self) -> str:
        """Return what people call the storm in English: its name, else its number."""
        return self.name_en or self.storm_id

    @property
    def has_strength(self) -> bool:
        """Return whether wind or pressure is known anywhere: without either the storm would seem to bring nothing."""
        return any(point.wind_mps is not None or point.pressure_hpa is not None for point in self.points)

    def at(self, instant: datetime) -> TrackPoint | None:
        """Return the storm at an instant between its points, None outside them."""
        if not self.points or not self.points[0].at <= instant <= self.points[-1].at:
            return None
        after = bisect_left(self.points, instant, key=lambda point: point.at)
        if after == 0 or self.points[after].at == instant:
            return self.points[after]
        one, two = self.points[after - 1], self.points[after]
        return _between(one, two, (instant - one.at) / (two.at - one.at))


def _between(one: TrackPoint, two: TrackPoint, share: float) -> TrackPoint:
    def mix(a: float | None, b: float | None) -> float | None:
        return a + share * (b - a) if a is not None and b is not None else (a if b is None else b)

    turn = (two.lon_deg - one.lon_deg + 180) % 360 - 180
    return TrackPoint(
        at=one.at + share * (two.at - one.at),
        lat_deg=one.lat_deg + share * (two.lat_deg - one.lat_deg),
        lon_deg=(one.lon_deg + share * turn + 180) % 360 - 180,
        wind_mps=mix(one.wind_mps, two.wind_mps),
        pressure_hpa=mix(one.pressure_hpa, two.pressure_hpa),
        rmw_km=mix(one.rmw_km, two.rmw_km),
        r17_km=mix(one.r17_km, two.r17_km),
        r14_km=mix(one.r14_km, two.r14_km),
    )


@dataclass(frozen=True, kw_only=True)
class Passage:
    """How a storm passes one place; times None when the force is never reached.

    Parameters
    ----------
    closest_km, closest_at
        Nearest approach of the centre. [km]
    strongest_mps
        Largest wind at the place, 10 min mean at 10 m over sea. [m/s]
    arrive_at, depart_at
        First and last hour of that force or more; departure None where the storm is not followed until it eases.
    """

    closest_km: float
    closest_at: datetime
    strongest_mps: float
    arrive_at: datetime | None
    depart_at: datetime | None


def distance_km(point: TrackPoint, lat_deg: float, lon_deg: float) -> float:
    """Return the great-circle distance from the centre. [km]"""
    return range_nm(point.lat_deg, point.lon_deg, lat_deg, lon_deg) * KM_PER_NM


def passage(times: Sequence[datetime], wind_mps: Floats, distances_km: Floats, force_mps: float) -> Passage:
    """Return arrival, departure and nearest approach from hourly wind and distance at a place."""
    strong = np.flatnonzero(wind_mps >= force_mps)
    nearest = int(distances_km.argmin())
    after = int(strong[-1]) + 1 if len(strong) else len(times)
    eased = after < len(times) and bool(np.isfinite(distances_km[after]))
    return Passage(
        closest_km=float(distances_km[nearest]),
        closest_at=times[nearest],
        strongest_mps=float(wind_mps.max()),
        arrive_at=times[int(strong[0])] if len(strong) else None,
        depart_at=times[after - 1] if eased else None,
    )
