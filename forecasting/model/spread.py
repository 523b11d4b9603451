"""How wide the error will be this time: a linear model of the logarithm of past errors, all leads at once."""

from dataclasses import dataclass

import numpy as np

from forecasting.series.columns import centre_and_spread, known_mean
from forecasting.series.harmonics import Floats

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
    centre, spread
        Of those features, shape ``(column,)``.
    slope
        Shape ``(column, lead)``.
    """

    columns: tuple[int, ...]
    centre: Floats
    spread: Floats
    slope: Floats

    def factor(self, rows: Floats) -> Floats:
        """Return how much wider than usual each row's errors are, shape ``(row, lead)``."""
        return np.exp(np.clip(self.scaled(rows) @ self.slope, -BOUND, BOUND))

    def scaled(self, rows: Floats) -> Floats:
        """Return the features it uses in spreads about their centre, shape ``(row, column)``."""
        return (rows[:, list(self.columns)] - self.centre) / self.spread


def fit(rows: Floats, error: Floats, columns: tuple[int, ...]) -> Spread:
    """Return the model of how wide errors are.

    Parameters
    ----------
    rows
        Features of past origins, shape ``(origin, feature)``.
    error
        Errors of forecasts that had not seen them, NaN where unknown, shape ``(origin, lead)``.
    columns
        Numbers of the features to use.
    """
    chosen = rows[:, list(columns)]
    centre, spread = centre_and_spread(chosen)
    usual = np.sqrt(known_mean(np.square(error)))
    size = np.log(np.abs(error) + FLOOR_SHARE * usual + 1e-12)
    target = np.where(np.isfinite(size), size - known_mean(size), 0.0)
    scaled = (chosen - centre) / spread
    gram = scaled.T @ scaled + PENALTY * np.eye(len(columns))
    slope = np.asarray(np.linalg.solve(gram, scaled.T @ target), dtype=np.float64)
    return Spread(columns=columns, centre=centre, spread=spread, slope=slope)
