"""Means and spreads by column, where some values may be unknown and some columns may never move."""

import numpy as np

from forecasting.series.harmonics import Floats

LEAST_SPREAD = 1e-9
"""A column that varies less is constant: it is divided by one."""


def centre_and_spread(rows: Floats) -> tuple[Floats, Floats]:
    """Return mean and standard deviation of each column of rows without gaps, the latter 1 where nothing varies."""
    centre, spread = rows.mean(axis=0), rows.std(axis=0)
    spread[spread < LEAST_SPREAD] = 1.0
    return centre, spread


def known_mean(values: Floats) -> Floats:
    """Return the mean of the known values of each column, zero where none is known."""
    known = np.isfinite(values)
    total: Floats = np.where(known, values, 0.0).sum(axis=0)
    mean: Floats = total / np.maximum(known.sum(axis=0), 1)
    return mean
