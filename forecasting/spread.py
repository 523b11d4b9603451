"""How wide the error will be this time: a linear model of the logarithm of past errors, all leads at once."""

from dataclasses import dataclass

import numpy as np

from forecasting.harmonics import Floats

PENALTY = 300.0
"""Ridge penalty in units of standardised rows: spread is learned from far noisier targets than level."""
FLOOR_SHARE = 0.1
"""Errors are counted as at least this share of their standard deviation, so that a lucky hit is not minus infinity."""
BOUND = 1.2
"""The spread is never taken more than exp(1.2) = 3.3 times above or below its usual value."""


@dataclass(frozen=True, kw_only=True)
class Spread:
    """A fitted map from features to the relative width of the error.

    Parameters
    ----------
    columns
        Which features it uses, by number.
    slope
        Shape ``(column, lead)``.
    """

    columns: tuple[int, ...]
    centre: Floats
    spread: Floats
    slope: Floats

    def factor(self, rows: Floats) -> Floats:
        """Return how much wider than usual each row's errors are, shape ``(row, lead)``."""
        scaled = (rows[:, list(self.columns)] - self.centre) / self.spread
        return np.exp(np.clip(scaled @ self.slope, -BOUND, BOUND))


def fit(rows: Floats, error: Floats, columns: tuple[int, ...]) -> Spread:
    """Return the spread model of honest errors ``(origin, lead)`` at the rows of their origins."""
    chosen = rows[:, list(columns)]
    centre, spread = chosen.mean(axis=0), chosen.std(axis=0)
    spread[spread < 1e-9] = 1.0
    usual = np.sqrt(_known_mean(np.square(error)))
    size = np.log(np.abs(error) + FLOOR_SHARE * usual + 1e-12)
    target = np.where(np.isfinite(size), size - _known_mean(size), 0.0)
    scaled = (chosen - centre) / spread
    gram = scaled.T @ scaled + PENALTY * np.eye(len(columns))
    return Spread(columns=columns, centre=centre, spread=spread, slope=np.linalg.solve(gram, scaled.T @ target))


def _known_mean(values: Floats) -> Floats:
    """Return the mean of the known values of each column, zero where none is known."""
    known = np.isfinite(values)
    total: Floats = np.where(known, values, 0.0).sum(axis=0)
    mean: Floats = total / np.maximum(known.sum(axis=0), 1)
    return mean
