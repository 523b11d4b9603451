"""A typhoon on a track: its wind and pressure anywhere, after Holland (1980)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from firmware_sim.noise import Floats

AMBIENT_HPA = 1010.0
AIR_DENSITY = 1.15
"""[kg/m3]"""
KM_PER_DEG = 111.2
OUTER_KM, OUTER_FADE_KM = 250.0, 350.0
"""Where the outer fading begins and its length; ours. [km]"""
INFLOW_DEG = 20.0
"""Turn of the surface wind towards the centre, a usual value over the sea. [deg]"""


@dataclass(frozen=True, kw_only=True)
class StormFix:
    """Where the centre is at an hour after the anchor, and how strong: 10 m maximum wind, pressure, radius of it."""

    hour: float
    lat_deg: float
    lon_deg: float
    vmax_mps: float
    pmin_hpa: float
    rmax_km: float

    def __post_init__(self) -> None:
        if not (0 < self.vmax_mps < 120 and 850 <= self.pmin_hpa < AMBIENT_HPA and 1 < self.rmax_km < 300):
            raise ValueError("vmax_mps must be 0..120, pmin_hpa 850..1010, rmax_km 1..300.")


@dataclass(frozen=True, kw_only=True)
class Storm:
    """A storm's life as arrays over its fixes; before the first and after the last fix it does not exist."""

    times: Floats
    lat_deg: Floats
    lon_deg: Floats
    vmax_mps: Floats
    pmin_hpa: Floats
    rmax_km: Floats

    @classmethod
    def make(cls, fixes: Sequence[StormFix], anchor_s: float) -> "Storm":
        """Return the storm of a scenario whose hour 0 is `anchor_s`. [unix s]"""
        rows = sorted(fixes, key=lambda f: f.hour)
        return cls(
            times=np.array([anchor_s + f.hour * 3600.0 for f in rows]),
            lat_deg=np.array([f.lat_deg for f in rows]),
            lon_deg=np.array([f.lon_deg for f in rows]),
            vmax_mps=np.array([f.vmax_mps for f in rows]),
            pmin_hpa=np.array([f.pmin_hpa for f in rows]),
            rmax_km=np.array([f.rmax_km for f in rows]),
        )

    def centre(self, times: ArrayLike) -> tuple[Floats, Floats]:
        """Return (lat_deg, lon_deg) of the centre, held at the ends of the track."""
        t = np.asarray(times, dtype=np.float64)
        return np.interp(t, self.times, self.lat_deg), np.interp(t, self.times, self.lon_deg)

    def alive(self, times: ArrayLike) -> Floats:
        """Return 1 while the storm exists, easing in and out over six hours at the ends of its track."""
        t = np.asarray(times, dtype=np.float64)
        rise = np.clip((t - self.times[0]) / 21_600.0, 0.0, 1.0)
        return np.asarray(np.minimum(rise, np.clip((self.times[-1] - t) / 21_600.0, 0.0, 1.0)))

    def wind(self, lat_deg: ArrayLike, lon_deg: ArrayLike, times: ArrayLike) -> tuple[Floats, Floats, Floats, Floats]:
        """Return (east_mps, north_mps, pressure deficit in hPa, distance in km) at points and times that broadcast.

        Cyclostrophic Holland profile with ``B = e rho V^2 / dp`` held in 1..2.5, anticlockwise with inflow, plus half
        of the storm's own motion, faded with distance, which makes the right side the stronger one.
        """
        t = np.asarray(times, dtype=np.float64)
        lat, lon = np.asarray(lat_deg, dtype=np.float64), np.asarray(lon_deg, dtype=np.float64)
        lat0, lon0 = self.centre(t)
        vmax, rmax = np.interp(t, self.times, self.vmax_mps), np.interp(t, self.times, self.rmax_km)
        deficit = AMBIENT_HPA - np.interp(t, self.times, self.pmin_hpa)
        east_km = (lon - lon0) * KM_PER_DEG * np.cos(np.radians(lat))
        north_km = (lat - lat0) * KM_PER_DEG
        r_km = np.maximum(np.hypot(east_km, north_km), 1.0)
        b = np.clip(np.e * AIR_DENSITY * vmax**2 / (deficit * 100.0), 1.0, 2.5)
        ratio = (rmax / r_km) ** b
        # Holland's tail is too strong far out: beyond 250 km it is faded as outer winds are seen to fall.
        outer = np.exp(-np.maximum(r_km - OUTER_KM, 0.0) / OUTER_FADE_KM)
        speed = vmax * np.sqrt(ratio * np.exp(1.0 - ratio)) * outer * self.alive(t)
        turn = np.radians(90.0 + INFLOW_DEG)
        ue, un = east_km / r_km, north_km / r_km
        east = speed * (ue * np.cos(turn) - un * np.sin(turn))
        north = speed * (ue * np.sin(turn) + un * np.cos(turn))
        move_e, move_n = self._motion_mps(t)
        fade = 0.5 * speed / np.maximum(vmax, 1.0)
        return east + fade * move_e, north + fade * move_n, deficit * (1.0 - np.exp(-ratio)) * self.alive(t), r_km

    def _motion_mps(self, t: Floats) -> tuple[Floats, Floats]:
        lat0, lon0 = self.centre(t - 1800.0)
        lat1, lon1 = self.centre(t + 1800.0)
        metre = KM_PER_DEG * 1000.0
        return (lon1 - lon0) * metre * np.cos(np.radians(lat0)) / 3600.0, (lat1 - lat0) * metre / 3600.0
