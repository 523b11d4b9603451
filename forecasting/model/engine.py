"""Fit once a day, forecast every hour: the model of one series as a small frozen value."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from forecasting.model import analogs, calibration, ridge, spread
from forecasting.model.beliefs import unmet_weather, usual_errors, usual_order
from forecasting.model.known_ahead import KnownAhead, fit_known_ahead
from forecasting.model.physics import highest_oxygen_mg_l
from forecasting.model.predictive import LEVELS, Predictive, joint_ranks, quantile_table
from forecasting.series.features import LAYOUTS, SEASON_HOURS, Design, design
from forecasting.series.harmonics import Floats
from forecasting.series.history import HistoryError, Hourly, Kind
from forecasting.series.scale import to_model

WARM_H = 72
"""Hours at the start of a history whose features lean on too little past."""
TAIL_H = 2160
"""Hours of the past that a forecast reads once the model is fitted (three memories of the longest mean). [h]"""
CASES = 200
"""Past error trajectories that order the joint paths."""
DAY_H = 24
KEPT_CASES = 160
"""Analogs kept with a model that has to stay small and lives for a day: those most like the hours of the day before."""
LOST = 3e-4
"""Share of the forecasts' variance that such a model may lose by fewer patterns over leads."""
MAX_SILENT_H = 48
"""Longer silence is forecast as if the last good value had just been read. [h]"""
TESTS = 400
"""Past origins, evenly spread, on which the members are weighed and the blend is calibrated."""
FOLDS, HOURS_A_FOLD = (3, 5), 400
"""Least and most blocks of time left out in turn, and how many usable hours make one more. [-], [h]"""
MODEL_VERSION = "6"
"""A kept model of another version is fitted anew: raise it whenever features or fields of `Model` change."""
SPREAD_FEATURES = ("lag0", "lag1", "lag24", "unrest24")
SPREAD_PREFIXES = ("mean", "year", "D1.", "M2.", "S2.")
"""Names and beginnings of names of the features that tell how wide errors will be."""


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
    believed
        How far its own past is to be believed, 0..1, see `ridge.trust`.
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
    believed: float
    ahead: KnownAhead | None = None

    @property
    def horizon(self) -> int:
        """Return the number of leads it was fitted for. [h]"""
        return int(self.table.shape[1])


def fit(series: Hourly, kind: Kind, horizon: int, *, cases: int | None = None) -> Model:
    """Return the model of a series for leads 1..horizon.

    Parameters
    ----------
    cases
        Keep at most this many analogs (a model that must stay small and is used for a day); None keeps all.
    """
    features = design(series, kind, seasonal=len(series.y) >= SEASON_HOURS)
    level = to_model(series.y, kind)
    fitted = _linear(kind, features, level, horizon)
    ahead, course, error = fit_known_ahead(series, kind, fitted, features.column("lag0"))
    error = error * unmet_weather(kind, len(fitted.origins) / ridge.SPELL_H)
    past = _Past(kind=kind, features=features, time_h=series.time_h, origins=fitted.origins, course=course, error=error)
    width = spread.fit(past.rows, error, _spread_columns(features))
    believed = ridge.trust(len(past.origins))
    seen = quantile_table(error / width.factor(past.rows))
    table = believed * seen + (1 - believed) * usual_errors(kind, level, horizon)
    book = analogs.library(kind, features, series.time_h, past.origins, course, error)
    share, remap = _weighed(past, width, table, book, believed)
    model = Model(
        kind=kind,
        seasonal=len(series.y) >= SEASON_HOURS,
        names=features.names,
        linear=fitted.model,
        width=width,
        table=table,
        book=book,
        share=share,
        remap=remap,
        believed=believed,
        ahead=ahead,
    )
    return model if cases is None else _small(model, past, cases)


@dataclass(frozen=True, kw_only=True)
class _Past:
    """Past origins with what the linear forecast said there without having seen them, and what it missed.

    Parameters
    ----------
    features, time_h
        Of every hour, also of those that teach nothing.
    origins
        Row numbers of the hours that taught, shape ``(origin,)``.
    course, error
        Forecast, and truth minus forecast (NaN where unknown) widened for weather unmet, on the model's scale, shape
        ``(origin, lead)``.
    """

    kind: Kind
    features: Design
    time_h: Floats
    origins: NDArray[np.int64]
    course: Floats
    error: Floats

    @property
    def rows(self) -> Floats:
        """Return the features of the origins, shape ``(origin, feature)``."""
        return self.features.rows[self.origins]


def _linear(kind: Kind, features: Design, level: Floats, horizon: int) -> ridge.Fit:
    """Return the linear member: a ridge that shrinks towards the autoregression run forward."""
    layout = LAYOUTS[kind]
    usable = usable_hours(level, kind)
    anchor = ridge.iterated(level, features.rows[:, : layout.anchor_lags], horizon, still_h=layout.still_h)
    folds = int(np.clip(usable.sum() // HOURS_A_FOLD, *FOLDS))
    return ridge.fit(features.rows, ridge.lead_targets(level, horizon), usable, folds=folds, anchor=anchor)


def _weighed(
    past: _Past, width: spread.Spread, table: Floats, book: analogs.Library, believed: float
) -> tuple[Floats, calibration.Remap]:
    """Return the linear member's share by lead and the calibration of the blend, both learned at past origins."""
    horizon = past.error.shape[1]
    tests = np.unique(np.linspace(0, len(past.origins) - 1, TESTS).astype(int))
    leads = calibration.tested_leads(horizon)
    origins = past.origins[tests]
    here = analogs.coordinates(past.kind, past.features, past.time_h, origins, past.course[tests])
    by_size = width.factor(past.features.rows[origins])[:, None, leads] * table[:, leads]
    by_likeness = _by_likeness(book.at(leads), here, past.time_h[origins], by_size)
    came = past.error[tests][:, leads]
    share = 1 - believed * (1 - calibration.shares(np.stack([by_size, by_likeness]), came, horizon))
    blend = share[leads] * by_size + (1 - share[leads]) * by_likeness
    return share, calibration.fit_remap(blend, came, horizon, len(past.origins) / ridge.SPELL_H)


def _small(model: Model, past: _Past, cases: int) -> Model:
    """Return a model that keeps few patterns over leads, and the analogs most like the day before."""
    linear, width, rows = model.linear, model.width, past.rows
    linear = replace(linear, slope=ridge.condensed(linear.slope, linear.scaled(rows), LOST))
    width = replace(width, slope=ridge.condensed(width.slope, width.scaled(rows), LOST))
    book = model.book.thinned(cases, _last_day(model.kind, past.features, past.time_h, linear))
    return replace(model, linear=linear, width=width, book=book)


def usable_hours(level: Floats, kind: Kind) -> NDArray[np.bool_]:
    """Return the hours that may be learned from: warmed up and with at least two good values in six hours.

    An hour whose own wave or wind is unknown teaches nothing: the line that bridges it leans on the hours after. Days
    of oxygen repeat themselves, and such hours still teach more than they give away.
    """
    good = np.convolve(np.isfinite(level), np.ones(6), "full")[: len(level)] >= 2
    if kind != "oxygen":
        good &= np.isfinite(level)
    good[: min(WARM_H, len(level) // 3)] = False
    return good


def _spread_columns(features: Design) -> tuple[int, ...]:
    """Return the numbers of the features that tell how wide errors will be."""
    return tuple(
        i
        for i, name in enumerate(features.names)
        if name in SPREAD_FEATURES or name.startswith(SPREAD_PREFIXES) or name.endswith(".now")
    )


def _by_likeness(book: analogs.Library, here: Floats, time_h: Floats, by_size: Floats) -> Floats:
    """Return what the analogs would have said of the error at some past hours, shape ``(test, level, lead)``."""
    alike = analogs.most_alike(book, here, time_h)
    return np.stack([analogs.error_table(book, like, size) for like, size in zip(alike, by_size, strict=True)])


def _last_day(kind: Kind, features: Design, time_h: Floats, linear: ridge.Ridge) -> Floats:
    """Return the coordinates of the last day's hours: those of the day to come will be much like them."""
    rows = np.arange(max(0, len(time_h) - DAY_H), len(time_h))
    return analogs.coordinates(kind, features, time_h, rows, linear.predict(features.rows[rows]))


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
    place = analogs.coordinates(model.kind, features, recent.time_h, last, centre)
    by_size = model.width.factor(here)[0] * model.table
    alike = analogs.most_alike(model.book, place, None)[0]
    by_likeness = analogs.error_table(model.book, alike, by_size)
    error = model.remap.apply(model.share * by_size + (1 - model.share) * by_likeness)
    table = (centre[0] + error + np.outer(norm.ppf(LEVELS), doubt))[:, late : late + horizon]
    if model.kind == "oxygen":
        table = np.minimum(table, highest_oxygen_mg_l(recent.covariates))
    ranks = _order(model, alike)[:, late : late + horizon]
    return Predictive(kind=model.kind, table=np.sort(table, axis=0), ranks=ranks)


def _order(model: Model, alike: analogs.Likeness) -> NDArray[np.float32]:
    """Return how the errors of all leads go together: as after alike hours, and as is believed while those are few."""
    seen = round(CASES * model.believed)
    own = joint_ranks(analogs.trajectories(model.book, alike), seen)
    return np.concatenate([own, usual_order(model.kind, model.horizon, CASES - seen)])
