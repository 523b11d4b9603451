"""How wind raises waves and how they fall again: the least physics that a forecast of a storm must obey."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting.series.harmonics import Floats

DEVELOPED = 0.0246
"""Height of a fully developed sea over the square of the wind at 10 m. [s2/m] (Pierson and Moskowitz 1964,
doi:10.1029/JZ069i024p05181)"""
RATE = 0.01604
"""Height after t hours of steady wind U is ``RATE * U**1.255 * t**0.75`` metres: fetch law and duration law of the
Coastal Engineering Manual (USACE 2002, II-2, equations II-2-35 and II-2-36) with the drag of 10 m/s."""
WIND_POWER, TIME_POWER = 1.255, 0.75
LOWEST_M = 0.1
"""Where growth starts from, and what is left in a calm. [m]"""


@dataclass(frozen=True, kw_only=True)
class Basin:
    """A kind of water: the share of the developed sea its fetch allows, and how long swell lives on after the wind."""

    share: float
    decay_h: float


BASINS = (
    Basin(share=1.0, decay_h=30.0),
    Basin(share=0.6, decay_h=12.0),
    Basin(share=0.6, decay_h=60.0),
    Basin(share=0.3, decay_h=24.0),
)
"""Waters from open ocean to sheltered sound; a place is learned as a mixture of them (ours, not fitted)."""


EXPOSURE_H = 12
"""Hours before an origin over which the sea that was is held against the one that its wind could raise. [h]"""


def sheltered(height_m: Floats, wind_mps: Floats, origins: NDArray[np.int64]) -> Floats:
    """Return the log of how much more sea the wind before each origin could have raised than was there, by origin.

    A sound behind islands has more such unused wind than the open ocean, and the wind of the coming hours will raise
    less there too.

    Parameters
    ----------
    height_m, wind_mps
        By the hour without gaps, shape ``(time,)``.
    """
    window = np.minimum(origins + 1, EXPOSURE_H)

    def mean(values: Floats) -> Floats:
        total = np.concatenate([[0.0], np.cumsum(values)])
        result: Floats = (total[origins + 1] - total[origins + 1 - window]) / window
        return result

    possible = np.log(DEVELOPED * np.square(mean(wind_mps)) + LOWEST_M)
    unused: Floats = possible - mean(np.log(np.maximum(height_m, LOWEST_M)))
    return unused


def grown(start_m: Floats, wind_mps: Floats, basin: Basin) -> Floats:
    """Return wave height at each lead when the wind is known, shape ``(origin, lead)``. [m]

    Parameters
    ----------
    start_m
        Height at the origin, shape ``(origin,)``. [m]
    wind_mps
        Wind at each lead, shape ``(origin, lead)``. [m/s]
    """
    height = np.maximum(start_m, LOWEST_M)
    out = np.empty_like(wind_mps)
    wind = np.maximum(wind_mps, 0.5)
    push = TIME_POWER * (RATE * wind**WIND_POWER) ** (1 / TIME_POWER)
    limit = basin.share * DEVELOPED * wind**2 + LOWEST_M
    for lead in range(wind.shape[1]):
        top = limit[:, lead]
        up = push[:, lead] / np.cbrt(height) * np.maximum(1 - height / top, 0.0)
        down = np.maximum(height - top, 0.0) / basin.decay_h
        height = np.minimum(height + up, np.maximum(height, top)) - down
        out[:, lead] = height
    return out
