"""From whatever table of the past someone has to the one form all models read: hourly, UTC, gaps as NaN."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args

import numpy as np

from core.errors import AppError
from forecasting.harmonics import Floats
from forecasting.winds import with_wind

Kind = Literal["oxygen", "wave", "wind"]
KINDS: tuple[str, ...] = get_args(Kind)
EPOCH_NS = 946_684_800 * 10**9
"""2000-01-01T00:00Z in Unix nanoseconds: the origin of all phases."""
HOUR_NS = 3_600 * 10**9
MAX_HOURS = 3 * 8766
"""Of the known past at most three years are read: more costs time and the instrument has changed. [h]"""
MAX_SPAN_H = 45 * 8766
"""Records further back than this from the last row are not read. [h]"""
GAP_H = 240
"""Of a longer hole in the series this much is kept: joined records of storms years apart stay separate events. [h]"""
LEAST_SHARE = 0.2
"""A covariate known less often than this is not used."""
MIN_GOOD = 24
"""Below a day of good hours nothing can be learned: use forecasting.coldstart."""


class HistoryError(AppError):
    """The past that was handed in cannot be forecast from: the text says what to change."""


@dataclass(frozen=True, kw_only=True)
class Hourly:
    """One series on an hourly clock; only the middle of holes longer than `GAP_H` is left out.

    Parameters
    ----------
    time_h
        Hours since 2000-01-01 UTC, shape ``(time,)``; the last one is the origin of the forecast.
    y
        The quantity itself, NaN where unknown.
    covariates
        Other columns on the same clock.
    future
        Known-ahead values of covariates, each of shape ``(horizon,)``, for the hours after the origin.
    """

    time_h: Floats
    y: Floats
    covariates: Mapping[str, Floats]
    future: Mapping[str, Floats]

    def head(self, count: int) -> "Hourly":
        """Return the first `count` hours, without known-ahead values."""
        past = {name: column[:count] for name, column in self.covariates.items()}
        return Hourly(time_h=self.time_h[:count], y=self.y[:count], covariates=past, future={})

    def tail(self, count: int) -> "Hourly":
        """Return the last `count` hours with the known-ahead values."""
        past = {name: column[-count:] for name, column in self.covariates.items()}
        return Hourly(time_h=self.time_h[-count:], y=self.y[-count:], covariates=past, future=self.future)


def read(history: Any, horizon: int, kind: str, future: Any = None) -> Hourly:
    """Return a pandas table as `Hourly`.

    Rows may be unsorted, repeated or finer than an hour: they are averaged by hour; hours without a row are NaN.
    A time index without zone is taken as UTC. Infinite values, and wave or wind heights below zero, count as missing.

    Raises
    ------
    HistoryError
        No column ``y``, no time index, no good value, fewer than `MIN_GOOD` good hours, bad horizon or kind.
    """
    if kind not in KINDS:
        raise HistoryError(f"Kind {kind!r} is unknown: use one of {', '.join(KINDS)}.")
    if not 1 <= horizon <= 240:
        raise HistoryError(f"A horizon of {horizon} h is not possible: give 1 to 240 hours.")
    if "y" not in getattr(history, "columns", ()):
        raise HistoryError("The history has no column 'y': name the column that is to be forecast 'y'.")
    hour = _hours(history.index)
    if not len(hour):
        raise HistoryError("The history is empty: give at least a day of hourly values.")
    last = int(hour.max())
    first = max(int(hour.min()), last - MAX_SPAN_H + 1)
    columns = {str(name): _by_hour(history[name], hour, first, last) for name in history.columns}
    y = columns.pop("y")
    if kind != "oxygen":
        y[y < 0] = np.nan
    good = int(np.isfinite(y).sum())
    if good < MIN_GOOD:
        raise HistoryError(
            f"The history has {good} good hourly values, at least {MIN_GOOD} are needed: wait for more data."
        )
    rows = _without_long_holes(y)[-MAX_HOURS:]
    past = {name: column[rows] for name, column in with_wind(columns).items()}
    return Hourly(
        time_h=np.arange(first, last + 1, dtype=np.float64)[rows],
        y=y[rows],
        covariates={name: column for name, column in past.items() if np.isfinite(column).mean() > LEAST_SHARE},
        future=_future(future, last, horizon),
    )


def _without_long_holes(y: Floats) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return the row numbers that stay when the middle of every hole longer than `GAP_H` is taken out."""
    good = np.flatnonzero(np.isfinite(y))
    keep = np.ones(len(y), dtype=np.bool_)
    for hole in np.flatnonzero(np.diff(good) - 1 > GAP_H):
        keep[good[hole] + 1 + GAP_H // 2 : good[hole + 1] - GAP_H // 2] = False
    return np.flatnonzero(keep)


def _hours(index: Any) -> np.ndarray[Any, np.dtype[np.int64]]:
    if not hasattr(index, "tz"):
        raise HistoryError("The history needs a time index (pandas DatetimeIndex in UTC).")
    aware = index if index.tz is not None else index.tz_localize("UTC")
    nanoseconds = aware.tz_convert("UTC").as_unit("ns").asi8
    if len(index) and bool(index.isna().any()):
        raise HistoryError("The time index holds empty times (NaT): drop those rows.")
    return cast("np.ndarray[Any, np.dtype[np.int64]]", (nanoseconds - EPOCH_NS) // HOUR_NS)


def _by_hour(column: Any, hour: Any, first: int, last: int) -> Floats:
    """Return hourly means of one column between two hours; non-numbers and infinities are missing."""
    try:
        values = np.asarray(column, dtype=np.float64)
    except (TypeError, ValueError) as exc:
        raise HistoryError(f"Column {column.name!r} holds something that is not a number: {exc}") from exc
    keep = np.isfinite(values) & (hour >= first)
    slot, size = hour[keep] - first, last - first + 1
    count = np.bincount(slot, minlength=size)
    total = np.bincount(slot, weights=values[keep], minlength=size)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _future(future: Any, last: int, horizon: int) -> dict[str, Floats]:
    """Return each known-ahead column over the `horizon` hours after the origin; columns without values are left out."""
    if future is None or not len(future):
        return {}
    hour = _hours(future.index)
    columns = {
        str(n): _by_hour(future[n], hour, last + 1, max(last + horizon, int(hour.max())))[:horizon] for n in future
    }
    known = {name: column for name, column in columns.items() if name != "y" and np.isfinite(column).any()}
    return with_wind(known)


def fill_gaps(values: Floats) -> Floats:
    """Return the series with gaps bridged by straight lines, ends held; all-NaN becomes zeros."""
    good = np.flatnonzero(np.isfinite(values))
    if not len(good):
        return np.zeros_like(values)
    return np.interp(np.arange(len(values)), good, values[good])
