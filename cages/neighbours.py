"""What the other probes of a site say a probe should read: arrays ``(time, sensor)``, hourly or at the polling pace.

Probes of one site sit in the same water: tide and daylight move them together, a fault moves one. Each probe's standing
difference (depth, stocking, calibration) is learned from the past and taken out, then the median of the others speaks.
"""

import warnings

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Array = NDArray[np.float64]


def standing_offsets(values: Array, span: int, every: int) -> Array:
    """Return each probe's usual difference from the middle of all, ``(time, sensor)``, from the past only.

    Parameters
    ----------
    values
        ``(time, sensor)``, NaN where there is no usable value.
    span
        Rows of the past that count.
    every
        Rows between two looks; the offset holds from one look to the next.
    """
    difference = values - _median(values, axis=1)[:, None]
    padded = np.concatenate([np.full((span, values.shape[1]), np.nan), difference])[:-1]
    looks = sliding_window_view(padded, span, axis=0)[::every]
    learned = _median(looks, axis=2)
    held = np.repeat(learned, every, axis=0)[: len(values)]
    return np.where(np.isnan(held), 0.0, held)


def expected(values: Array, offsets: Array, least: int = 1) -> Array:
    """Return what each probe should read by the median of at least `least` others ``(time, sensor)``, else NaN."""
    level = values - offsets
    told = np.full(values.shape, np.nan)
    for sensor in range(values.shape[1]):
        others = np.delete(level, sensor, axis=1)
        enough = (~np.isnan(others)).sum(axis=1) >= least
        told[enough, sensor] = _median(others[enough], axis=1)
    return told + offsets


def trailing_median(values: Array, span: int) -> Array:
    """Return the median of the last `span` rows, this one included; NaN where fewer than a third are there."""
    padded = np.concatenate([np.full(span - 1, np.nan), values])
    windows = sliding_window_view(padded, span)
    middle = _median(windows, axis=1)
    return np.where((~np.isnan(windows)).sum(axis=1) >= span / 3, middle, np.nan)


def _median(values: Array, axis: int) -> Array:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # all NaN is an answer here: NaN
        return np.asarray(np.nanmedian(values, axis=axis), dtype=np.float64)
