"""Fit once a day, forecast every hour: the model of one series as a small frozen value."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from forecasting import analogs, calibration, ridge, spread
from forecasting.features import LAYOUTS, SEASON_HOURS, Design, design
from forecasting.harmonics import Floats
from forecasting.history import HistoryError, Hourly, Kind
from forecasting.known_ahead import KnownAhead, fit_known_ahead
from forecasting.predictive import LEVELS, Predictive, joint_ranks, quantile_table
from forecasting.scale import to_model

WARM_H = 72
"""Hours at the start of a history whose features lean on too little past."""
TAIL_H = 2160
"""Hours of the past that a forecast reads once the model is fitted (three memories of the longest mean). [h]"""
CASES = 200
"""Past error trajectories that order the joint paths."""
KEPT_CASES = 280
"""Analogs kept with a model that has to stay small."""
MAX_SILENT_H = 48
"""Longer silence is forecast as if the last good value had just been read. [h]"""
TESTS = 400
"""Past origins, evenly spread, on which the members are weighed and the blend is calibrated."""
MODEL_VERSION = "5"
SPREAD_FEATURES = ("lag0", "lag1", "lag24", "unrest24")
SPREAD_PREFIXES = ("mean", "year", "D1.", "M2.", "S2.")


@dataclass(frozen=True, kw_only=True)
class Model:
    """The fitted model of one series: a linear forecast, its error by size and by likeness, their shares, calibration.

    Parameters
    ----------
    names
        Features it was fitted on; a forecast with other columns is refused.
    table
        Quantiles of the linear member's honest errors over `width`, at `predictive.LEVELS`, shape ``(level, lead)``.
    share
        Weight of the linear member, the rest is the analogs', shape ``(lead,)``.
    remap
        See `calibration.Remap`.
    """

    kind: Kind
    seasonal: bool
    names: tuple[str, ...]
    linear: ridge.Ridge
    width: spread.Spread
    table: Floats
    book: analogs.Library
    share: Floats
    remap: calibration.Remap
    ahead: KnownAhead | None = None

    @property
    def horizon(self) -> int:
        """Return the number of leads it was fitted for. [h]"""
        return int(self.table.shape[1])


def fit(series: Hourly, kind: Kind, horizon: int, *, seed: int = 0, cases: int | None = None) -> Model:
    """Return the model of a series for leads 1..horizon.

    Parameters
    ----------
    cases
        Keep at most this many analogs (a model that must stay small); None keeps all.
    """
    random = np.random.default_rng(seed)
    seasonal = len(series.y) >= SEASON_HOURS
    features = design(series, kind, seasonal=seasonal)
    level = to_model(series.y, kind)
    usable = usable_hours(level)
    folds = int(np.clip(usable.sum() // 400, 3, 5))
    anchor = ridge.iterated(level, features.rows[:, : LAYOUTS[kind].anchor_lags], horizon)
    fitted = ridge.fit(features.rows, ridge.lead_targets(level, horizon), usable, folds=folds, anchor=anchor)
    ahead, course, error = fit_known_ahead(series, kind, fitted, features.column("lag0"))
    rows = features.rows[fitted.origins]
    width = spread.fit(rows, error, _spread_columns(features))
    believed = ridge.trust(len(rows))
    table = believed * quantile_table(error / width.factor(rows)) + (1 - believed) * usual_errors(kind, level, horizon)
    book = analogs.library(kind, features, series.time_h, fitted.origins, course, error)
    if cases is not None:
        book = book.thinned(cases, random)
    tests = np.unique(np.linspace(0, len(fitted.origins) - 1, TESTS).astype(int))
    members = _tested(book, kind, features, series.time_h, fitted, course, width.factor(rows[tests]), table, tests)
    share = 1 - believed * (1 - calibration.shares(members, error[tests]))
    blended = share * members[0] + (1 - share) * members[1]
    return Model(
        kind=kind,
        seasonal=seasonal,
        names=features.names,
        linear=fitted.model,
        width=width,
        table=table,
        book=book,
        share=share,
        remap=calibration.fit_remap(blended, error[tests], len(rows) / ridge.SPELL_H),
        ahead=ahead,
    )


def usual_errors(kind: Kind, level: Floats, horizon: int) -> Floats:
    """Return the errors that are believed before any were seen, by quantile and lead, shape ``(level, lead)``.

    Waves and wind: as at the public buoys tried, whose spread in log height (root wind) rises to the same within two
    days. Oxygen differs too much from place to place: its own spread takes that place.
    """
    known = level[np.isfinite(level)]
    most = {"wave": 0.5, "wind": 0.5, "oxygen": float(known.std())}[kind]
    memory_h = {"wave": 14.0, "wind": 6.0, "oxygen": 8.0}[kind]
    lead = np.arange(1, horizon + 1)
    errors: Floats = np.outer(norm.ppf(LEVELS), most * np.sqrt(1 - np.exp(-2 * lead / memory_h)))
    return errors


def usable_hours(level: Floats) -> NDArray[np.bool_]:
    """Return the hours that may be learned from: warmed up and with at least two good values in six hours."""
    good = np.convolve(np.isfinite(level), np.ones(6), "full")[: len(level)] >= 2
    good[: min(WARM_H, len(level) // 3)] = False
    return good


def _spread_columns(features: Design) -> tuple[int, ...]:
    """Return the numbers of the features that tell how wide errors will be."""
    return tuple(
        i
        for i, name in enumerate(features.names)
        if name in SPREAD_FEATURES or name.startswith(SPREAD_PREFIXES) or name.endswith(".now")
    )


def _tested(
    book: analogs.Library,
    kind: Kind,
    features: Design,
    time_h: Floats,
    fitted: ridge.Fit,
    course: Floats,
    factor: Floats,
    table: Floats,
    tests: NDArray[np.int64],
) -> Floats:
    """Return what both members would have said of the error at some past origins, shape ``(2, test, level, lead)``."""
    origins = fitted.origins[tests]
    here = analogs.coordinates(kind, features, time_h, origins, course[tests])
    by_size = factor[:, None, :] * table
    by_likeness = [
        analogs.error_table(book, analogs.most_alike(book, row, float(time_h[o])), size)
        for row, o, size in zip(here, origins, by_size, strict=True)
    ]
    return np.stack([by_size, np.stack(by_likeness)])


def silent_hours(series: Hourly) -> int:
    """Return for how many hours before the origin the series itself was silent. [h]"""
    return len(series.y) - 1 - int(np.flatnonzero(np.isfinite(series.y))[-1])


def predict(model: Model, series: Hourly, horizon: int) -> Predictive:
    """Return the distribution over the `horizon` hours after the origin.

    When the newest hours are missing, the forecast starts at the last good one and the first leads are dropped: the
    width is honest about the silence.

    Raises
    ------
    HistoryError
        The model was fitted for fewer hours or other columns: fit it again.
    """
    late = min(silent_hours(series), model.horizon - horizon)
    if late < 0:
        raise HistoryError(f"The model was fitted for {model.horizon} h, not {horizon} h: fit it again.")
    recent = series.head(len(series.y) - late)
    features = design(recent, model.kind, seasonal=model.seasonal)
    if features.names != model.names:
        raise HistoryError("The columns differ from those of the fitted model: fit it again.")
    here = features.rows[-1:]
    centre = model.linear.predict(here)
    doubt = np.zeros(model.horizon)
    if model.ahead is not None:
        shift, doubt = model.ahead.correction(series, late, centre[0])
        centre = centre + shift
    last = np.array([len(recent.y) - 1])
    place = analogs.coordinates(model.kind, features, recent.time_h, last, centre)[0]
    by_size = model.width.factor(here)[0] * model.table
    alike = analogs.most_alike(model.book, place, None)
    by_likeness = analogs.error_table(model.book, alike, by_size)
    error = model.remap.apply(model.share * by_size + (1 - model.share) * by_likeness)
    table = (centre[0] + error + np.outer(norm.ppf(LEVELS), doubt))[:, late : late + horizon]
    ranks = joint_ranks(analogs.trajectories(model.book, alike), CASES)[:, late : late + horizon]
    return Predictive(kind=model.kind, table=np.sort(table, axis=0), ranks=ranks)
