"""The tide around the Dongtou islands: water level and the current that goes with it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from firmware_sim.noise import Floats

EPOCH_2000 = 946_684_800.0
"""2000-01-01T00:00Z, the phase origin of the constituents. [unix s]"""


@dataclass(frozen=True, kw_only=True)
class Constituent:
    """One tidal line: speed [deg/h], amplitude [m], phase lag at 2000-01-01T00:00Z [deg]."""

    name: str
    speed_deg_h: float
    amplitude_m: float
    phase_deg: float


# Speeds: IHO list of harmonic constituents. Amplitudes: ours, chosen for the stated character (semidiurnal, mean range
# about 4 m, springs above 5 m); phases: ours. Not a tide table.
DONGTOU = (
    Constituent(name="M2", speed_deg_h=28.9841042, amplitude_m=1.82, phase_deg=248.0),
    Constituent(name="S2", speed_deg_h=30.0000000, amplitude_m=0.66, phase_deg=288.0),
    Constituent(name="N2", speed_deg_h=28.4397295, amplitude_m=0.33, phase_deg=231.0),
    Constituent(name="K2", speed_deg_h=30.0821373, amplitude_m=0.18, phase_deg=284.0),
    Constituent(name="K1", speed_deg_h=15.0410686, amplitude_m=0.27, phase_deg=213.0),
    Constituent(name="O1", speed_deg_h=13.9430356, amplitude_m=0.21, phase_deg=176.0),
    Constituent(name="M4", speed_deg_h=57.9682084, amplitude_m=0.06, phase_deg=310.0),
)
_SPEED = np.radians([c.speed_deg_h for c in DONGTOU]) / 3600.0
_AMPLITUDE = np.array([c.amplitude_m for c in DONGTOU])
_PHASE = np.radians([c.phase_deg for c in DONGTOU])
STREAM_S = 1900.0
"""Current over the rate of rise: gives about 0.45 m/s at mean tide, the 0.3-0.5 m/s of a good cage site. [s]"""
FLOOD_DEG = 290.0
"""Direction of the flood at the farm, into the bay; ebb is the opposite. [deg, towards]"""


def level_m(times: ArrayLike) -> Floats:
    """Return the water level over mean sea level at unix times. [m]"""
    t = np.atleast_1d(np.asarray(times, dtype=np.float64)) - EPOCH_2000
    return np.asarray((_AMPLITUDE * np.cos(t[:, None] * _SPEED - _PHASE)).sum(axis=1))


def rise_mps(times: ArrayLike) -> Floats:
    """Return the rate at which the level rises. [m/s]"""
    t = np.atleast_1d(np.asarray(times, dtype=np.float64)) - EPOCH_2000
    return np.asarray((-_AMPLITUDE * _SPEED * np.sin(t[:, None] * _SPEED - _PHASE)).sum(axis=1))


def stream_mps(times: ArrayLike) -> Floats:
    """Return the tidal stream along the flood direction, negative on the ebb; slack near high and low water. [m/s]"""
    return np.asarray(STREAM_S * rise_mps(times))
