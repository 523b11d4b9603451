"""Fit once a day, forecast every hour: the model of one series as a small frozen value."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting import ridge
from forecasting.features import SEASON_HOURS, design
from forecasting.harmonics import Floats
from forecasting.history import HistoryError, Hourly, Kind
from forecasting.predictive import Predictive, joint_ranks, quantile_table
from forecasting.scale import to_model

WARM_H = 72
"""Hours at the start of a history whose features lean on too little past."""
TAIL_H = 2160
"""Hours of the past that a forecast reads once the model is fitted (three memories of the longest mean). [h]"""
CASES = 200
"""Past error trajectories kept for the joint paths."""
MAX_SILENT_H = 48
"""Longer silence is forecast as if the last good value had just been read. [h]"""
MODEL_VERSION = "1"


@dataclass(frozen=True, kw_only=True)
class Model:
    """The fitted model of one series.

    Parameters
    ----------
    names
        Features it was fitted on; a forecast with other columns is refused.
    table
        Quantiles of its honest errors at `predictive.LEVELS`, shape ``(level, lead)``.
    ranks
        See `Predictive`.
    """

    kind: Kind
    seasonal: bool
    names: tuple[str, ...]
    linear: ridge.Ridge
    table: Floats
    ranks: NDArray[np.float32]

    @property
    def horizon(self) -> int:
        """Return the number of leads it was fitted for. [h]"""
        return int(self.table.shape[1])


def fit(series: Hourly, kind: Kind, horizon: int, *, seed: int = 0) -> Model:
    """Return the model of a series for leads 1..horizon."""
    seasonal = len(series.y) >= SEASON_HOURS
    features = design(series, kind, seasonal=seasonal)
    level = to_model(series.y, kind)
    usable = _usable(level)
    folds = int(np.clip(usable.sum() // 400, 3, 5))
    fitted = ridge.fit(features.rows, ridge.lead_targets(level, horizon), usable, folds=folds)
    return Model(
        kind=kind,
        seasonal=seasonal,
        names=features.names,
        linear=fitted.model,
        table=quantile_table(fitted.error),
        ranks=joint_ranks(fitted.error, CASES, np.random.default_rng(seed)),
    )


def _usable(level: Floats) -> NDArray[np.bool_]:
    """Return the hours that may be learned from: warmed up and with at least two good values in six hours."""
    good = np.convolve(np.isfinite(level), np.ones(6), "full")[: len(level)] >= 2
    good[: min(WARM_H, len(level) // 3)] = False
    return good


def silent_hours(series: Hourly) -> int:
    """Return for how many hours before the origin the series itself was silent. [h]"""
    return len(series.y) - 1 - int(np.flatnonzero(np.isfinite(series.y))[-1])


def predict(model: Model, series: Hourly, horizon: int) -> Predictive:
    """Return the distribution over the `horizon` hours after the origin.

    When the newest hours are missing, the forecast starts at the last good one and the first leads are dropped: the
    width is honest about the silence.
    """
    late = min(silent_hours(series), model.horizon - horizon)
    if late < 0:
        raise HistoryError(f"The model was fitted for {model.horizon} h, not {horizon} h: fit it again.")
    recent = series.head(len(series.y) - late)
    features = design(recent, model.kind, seasonal=model.seasonal)
    if features.names != model.names:
        raise HistoryError("The columns differ from those of the fitted model: fit it again.")
    centre = model.linear.predict(features.rows[-1:])[0]
    table = (centre + model.table)[:, late : late + horizon]
    return Predictive(kind=model.kind, table=np.sort(table, axis=0), ranks=model.ranks[:, late : late + horizon])
