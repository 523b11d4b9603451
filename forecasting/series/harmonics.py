"""True periods of tide, day and year, and the filters that follow them; times are hours since 2000-01-01 UTC."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

Floats = NDArray[np.float64]

PERIOD_H = {
    "M2": 12.4206012,
    "S2": 12.0,
    "N2": 12.65834751,
    "K1": 23.93447213,
    "O1": 25.81934171,
    "M4": 6.210300601,
    "D1": 24.0,
    "D3": 8.0,
}
"""Periods of the tide's constituents and of the solar day and its overtones. [h] (IHO list of constituents)"""
YEAR_H = 8765.8128
"""Tropical year. [h]"""


def waves(time_h: Floats, names: Iterable[str]) -> Floats:
    """Return cosine and sine of each named period at each time, shape ``(time, 2 * names)``."""
    columns = []
    for name in names:
        phase = 2 * np.pi * time_h / PERIOD_H[name]
        columns += [np.cos(phase), np.sin(phase)]
    return np.column_stack(columns) if columns else np.empty((len(time_h), 0))


def smooth(values: Floats, memory_h: float) -> Floats:
    """Return the exponentially weighted mean of hourly values up to and with each hour, shape ``(time,)``."""
    keep = float(np.exp(-1 / memory_h))
    mean: Floats = lfilter([1 - keep], [1, -keep], values, zi=[values[0] * keep])[0]
    return mean


def demodulate(values: Floats, period_h: float, memory_h: float) -> NDArray[np.complex128]:
    """Return the recent amplitude of one period as a complex number in the phase frame of each hour.

    The real part is the in-phase part *now*, so a linear model can turn it forward by any lead.
    """
    keep = np.exp(-1 / memory_h)
    turn = keep * np.exp(2j * np.pi / period_h)
    amplitude: NDArray[np.complex128] = lfilter([1 - keep], [1, -turn], values.astype(np.complex128))
    return amplitude
