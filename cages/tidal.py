"""How fast tide and daylight usually move a quantity: harmonics of its own recent past, carried one step forward."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

PERIODS_H = (12.4206, 12.0, 12.6583, 23.9345, 25.8193, 24.0, 6.2103)
"""M2, S2, N2, K1, O1, the day itself, and M4 (Doodson and Warburg 1941); the day is S1, forced by light. [h]"""
FIT_H = 15 * 24
"""Span that is fitted: a spring-neap cycle, so that M2 and S2 part. [h]"""
EVERY_H = 24
LEAST = 0.6
_RIDGE = 0.02


def tidal_rate(values: Array, times_s: Array) -> Array:
    """Return the usual change over the step that ends at each time, by the past only ``(time,)``. [1/s]

    NaN before there is a spring-neap cycle of past with `LEAST` of its values. Lines that a fortnight cannot part (N2
    from M2, K1 from the day) share their height by a ridge; only their sum is used.
    """
    rate = np.full(values.shape, np.nan)
    if values.size < 3:
        return rate
    step_s = float(np.median(np.diff(times_s)))
    span, every = int(FIT_H * 3600 / step_s), max(1, int(EVERY_H * 3600 / step_s))
    waves = _waves(times_s)
    for start in range(span, values.size, every):
        past = slice(start - span, start)
        there = ~np.isnan(values[past])
        if there.mean() < LEAST:
            continue
        ahead = slice(start, min(start + every, values.size))
        usual = waves[start - 1 : ahead.stop] @ _heights(waves[past][there], values[past][there])
        rate[ahead] = np.diff(usual) / np.diff(times_s[start - 1 : ahead.stop])
    return rate


def _waves(times_s: Array) -> Array:
    angle = 2 * np.pi * times_s[:, None] / (3600.0 * np.array(PERIODS_H))
    return np.concatenate([np.cos(angle), np.sin(angle)], axis=1)


def _heights(waves: Array, values: Array) -> Array:
    """Return the height of each wave, mean and slow trend taken out."""
    trend = np.linspace(-1.0, 1.0, len(values))
    columns = np.concatenate([np.ones((len(values), 1)), trend[:, None], waves], axis=1)
    ridge = np.eye(columns.shape[1]) * _RIDGE * len(values)
    ridge[:2, :2] = 0.0
    fitted: Array = np.linalg.solve(columns.T @ columns + ridge, columns.T @ values)
    return fitted[2:]
