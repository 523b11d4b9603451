"""The entry for others: a table of the past in, quantiles or joint paths of the future out."""

from collections.abc import Sequence
from typing import Any, Literal, cast

import numpy as np

from forecasting.harmonics import Floats

Kind = Literal["oxygen", "wave", "wind"]


def forecast(
    history: Any, horizon: int, quantiles: Sequence[float], kind: Kind, future: Any = None, *, seed: int = 0
) -> Floats:
    """Return quantiles of the hours after the last row of the history, shape ``(horizon, len(quantiles))``.

    Parameters
    ----------
    history
        pandas DataFrame on an hourly UTC index with column ``y`` (oxygen mg/L, wave height m or wind m/s; NaN allowed)
        and any covariates. Unsorted, repeated and finer rows are averaged by hour; an index without zone is UTC.
    horizon
        Hours ahead, 1 to 240. [h]
    quantiles
        Probabilities between 0 and 1.
    kind
        ``oxygen``, ``wave`` or ``wind``.
    future
        Covariates known ahead, same columns, index after the history.
    seed
        Same seed, same answer.

    Raises
    ------
    forecasting.history.HistoryError
        The table cannot be forecast from; the text says why and what to do.
    """
    return cast(Floats, _predict(history, horizon, kind, future, seed).quantiles(quantiles))


def paths(history: Any, horizon: int, n_paths: int, kind: Kind, future: Any = None, *, seed: int = 0) -> Floats:
    """Return equally likely joint futures, shape ``(n_paths, horizon)``; parameters as in `forecast`."""
    return cast(Floats, _predict(history, horizon, kind, future, seed).paths(n_paths, np.random.default_rng(seed)))


def _predict(history: Any, horizon: int, kind: Kind, future: Any, seed: int) -> Any:
    from forecasting.engine import predict  # noqa: PLC0415  (keeps the import of this module light)
    from forecasting.fitting import model_for  # noqa: PLC0415
    from forecasting.history import read  # noqa: PLC0415

    series = read(history, horizon, kind, future)
    return predict(model_for(series, kind, horizon, seed), series, horizon)
