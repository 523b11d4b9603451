"""The entry for others: a table of the past in, quantiles or joint paths of the future out."""

from collections.abc import Sequence
from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np

from forecasting.series.harmonics import Floats
from forecasting.series.history import HistoryError, Kind, read

if TYPE_CHECKING:
    from forecasting.model.predictive import Predictive

MOST_PATHS = 100_000
"""Two hundred serve every risk; more than this is a slip of the pen, and 200 MB."""


def forecast(
    history: Any, horizon: int, quantiles: Sequence[float], kind: Kind, future: Any = None, *, seed: int = 0
) -> Floats:
    """Return quantiles of the hours after the last row of the history, shape ``(horizon, len(quantiles))``.

    Parameters
    ----------
    history
        pandas DataFrame on an hourly UTC index with column ``y`` (oxygen mg/L, wave height m or wind m/s; NaN allowed)
        and any covariates. Unsorted, repeated and finer rows are averaged by hour; an index without zone is UTC; what
        cannot be (infinite, a wave of 99 m) counts as missing. A day of good hours is the least.
    horizon
        Hours ahead, 1 to 240. [h]
    quantiles
        Probabilities between 0 and 1, at least one; the answer's columns are in the order given.
    kind
        ``oxygen``, ``wave`` or ``wind``.
    future
        Covariates known ahead, same columns, index after the history. Columns and hours may be missing; hours after
        the horizon and columns that the history does not have are not used, but for wind ahead of waves.
    seed
        Which paths are drawn; quantiles are the same for every seed. A whole number from 0.

    Raises
    ------
    forecasting.series.history.HistoryError
        The table cannot be forecast from, or an argument is wrong; the text says why and what to do.
    """
    levels = _levels(quantiles)
    _check_seed(seed)
    return _predict(history, horizon, kind, future).quantiles(levels)


def paths(history: Any, horizon: int, n_paths: int, kind: Kind, future: Any = None, *, seed: int = 0) -> Floats:
    """Return equally likely joint futures, shape ``(n_paths, horizon)``; parameters as in `forecast`."""
    if not isinstance(n_paths, Integral) or n_paths is True or not 1 <= n_paths <= MOST_PATHS:
        raise HistoryError(f"{n_paths!r} paths are not possible: give a whole number, 1 to {MOST_PATHS}.")
    _check_seed(seed)
    return _predict(history, horizon, kind, future).paths(n_paths, np.random.default_rng(seed))


def _levels(quantiles: Sequence[float]) -> Floats:
    try:
        levels = np.asarray(list(quantiles), dtype=np.float64)
    except (TypeError, ValueError):
        levels = np.empty(0)
    if levels.ndim != 1 or not len(levels) or not ((levels > 0) & (levels < 1)).all():
        raise HistoryError(f"Quantiles {quantiles!r} are not possible: give a list of numbers above 0 and below 1.")
    return levels


def _check_seed(seed: int) -> None:
    if not isinstance(seed, Integral) or seed < 0:
        raise HistoryError(f"A seed of {seed!r} is not possible: give a whole number from 0.")


def _predict(history: Any, horizon: int, kind: Kind, future: Any) -> "Predictive":
    from forecasting.model import engine, fitting, thin  # noqa: PLC0415  (scipy.stats: half a second)

    series = read(history, horizon, kind, future)
    if thin.is_thin(fitting.fitted_part(series), kind, horizon):
        return thin.predict(series, kind, horizon)
    return engine.predict(fitting.model_for(series, kind, horizon), series, horizon)
