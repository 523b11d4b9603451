"""From whatever table of the past someone has to the one form all models read: hourly, UTC, gaps as NaN."""

from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Integral
from typing import Any, Literal, cast, get_args

import numpy as np
from numpy.typing import NDArray

from core.errors import AppError
from forecasting.series.directions import with_vectors
from forecasting.series.harmonics import Floats
from forecasting.series.winds import WIND, with_wind

Kind = Literal["oxygen", "wave", "wind"]
KINDS: tuple[str, ...] = get_args(Kind)
EPOCH_S = 946_684_800
"""2000-01-01T00:00Z in Unix seconds: the origin of all phases. [s]"""
HOUR_S = 3_600
MAX_HORIZON_H = 240
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
POSSIBLE: dict[str, tuple[float, float, str]] = {
    "oxygen": (-1.0, 25.0, "mg/L"),
    "wave": (0.0, 30.0, "m"),
    "wind": (0.0, 90.0, "m/s"),
}
"""Least, largest and unit: others are missing, for probes spike, and buoys and files send 99 or 9999 for "nothing"."""
MISSING_CODES = 3
"""More different impossible values than this are no codes for "missing"."""
TO_TIME_INDEX = {"PeriodIndex": "table.to_timestamp()", "Index": "pandas.to_datetime(table.index, utc=True)"}
"""How an index of another kind becomes one of time, by the kind's name."""
LARGEST = 1e15
"""A covariate beyond this is a file's fill value (9.97e36 in NetCDF)."""


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
    A time index without zone is taken as UTC. Infinite values, values of ``y`` and of wind outside `POSSIBLE` and
    covariates beyond `LARGEST` (fill values of files) count as missing. Of the future, hours after the horizon and
    columns without a value are left out.

    Raises
    ------
    HistoryError
        No column ``y``, no time index, a column that holds no numbers or stands there twice, ``y`` in another unit,
        fewer than `MIN_GOOD` good hours, a future that does not reach into the horizon, bad horizon or kind.
    """
    _check_request(horizon, kind)
    _check_table(history, "history")
    if "y" not in history.columns:
        raise HistoryError("The history has no column 'y': name the column that is to be forecast 'y'.")
    hour = _hours(history.index, "history")
    if not len(hour):
        raise HistoryError("The history is empty: give at least a day of hourly values.")
    last = int(hour.max())
    first = max(int(hour.min()), last - MAX_SPAN_H + 1)
    columns = {name: _by_hour(values, hour, first, last) for name, values in _covariates(history).items()}
    y = _by_hour(_possible_y(_numbers(history["y"]), kind), hour, first, last)
    rows = _without_long_holes(y)[-MAX_HOURS:]
    good = int(np.isfinite(y[rows]).sum())
    if good < MIN_GOOD:
        raise HistoryError(
            f"The history has {good} good hourly values, at least {MIN_GOOD} are needed: wait for more data."
        )
    past = {name: column[rows] for name, column in columns.items()}
    return Hourly(
        time_h=np.arange(first, last + 1, dtype=np.float64)[rows],
        y=y[rows],
        covariates={name: column for name, column in past.items() if np.isfinite(column).mean() > LEAST_SHARE},
        future=_future(future, last, int(horizon)),
    )


def _check_request(horizon: int, kind: str) -> None:
    if kind not in KINDS:
        raise HistoryError(f"Kind {kind!r} is unknown: use one of {', '.join(KINDS)}.")
    if not isinstance(horizon, Integral) or not 1 <= horizon <= MAX_HORIZON_H:
        raise HistoryError(f"A horizon of {horizon!r} h is not possible: give a whole number, 1 to {MAX_HORIZON_H}.")


def _without_long_holes(y: Floats) -> NDArray[np.int64]:
    """Return the row numbers that stay when the middle of every hole longer than `GAP_H` is taken out.

    A silence up to the last row is such a hole, too.
    """
    good = np.append(np.flatnonzero(np.isfinite(y)), len(y))
    keep = np.ones(len(y), dtype=np.bool_)
    for hole in np.flatnonzero(np.diff(good) - 1 > GAP_H):
        keep[good[hole] + 1 + GAP_H // 2 : good[hole + 1] - GAP_H // 2] = False
    return np.flatnonzero(keep)


def _check_table(table: Any, what: str) -> None:
    """Refuse what is not a pandas DataFrame with every column once."""
    if not hasattr(table, "columns") or not hasattr(table, "index"):
        kind = type(table).__name__
        raise HistoryError(f"The {what} is a {kind}: give a pandas DataFrame with a time index and named columns.")
    if table.columns.nlevels > 1:
        raise HistoryError(f"The columns of the {what} have several levels: give each column one name.")
    if not table.columns.is_unique:
        name = table.columns[table.columns.duplicated()][0]
        raise HistoryError(f"The {what} holds column {name!r} more than once: keep one of them.")


def _hours(index: Any, what: str) -> NDArray[np.int64]:
    """Return whole hours since 2000-01-01 UTC of a time index in any zone and unit."""
    if not hasattr(index, "tz_localize"):
        name = type(index).__name__
        how = TO_TIME_INDEX.get(name, "table.set_index(pandas.to_datetime(table['time'], utc=True))")
        raise HistoryError(f"The {what} needs a time index (pandas DatetimeIndex), not a {name}: make it by {how}.")
    if bool(index.isna().any()):
        raise HistoryError(f"The time index of the {what} holds empty times (NaT): drop those rows.")
    aware = index if index.tz is not None else index.tz_localize("UTC")
    # Seconds, not nanoseconds: those end in the year 2262, and a false clock can say anything.
    seconds = aware.tz_convert("UTC").as_unit("s").asi8
    return cast("NDArray[np.int64]", (seconds - EPOCH_S) // HOUR_S)


def _numbers(column: Any) -> Floats:
    """Return a column as numbers, absent ones NaN; a column of anything else is refused."""
    if getattr(column.dtype, "kind", "O") in "cmM":
        raise HistoryError(f"Column {column.name!r} holds {column.dtype}, not numbers: leave it out or convert it.")
    try:
        plain = isinstance(column.dtype, np.dtype) and column.dtype.kind != "O"
        known = column if plain else column.astype(object).where(column.notna(), np.nan)
        return np.asarray(known, dtype=np.float64)
    except (TypeError, ValueError) as exc:
        raise HistoryError(
            f"Column {column.name!r} holds something that is not a number ({exc}): leave it out, "
            "or convert it by pandas.to_numeric(column, errors='coerce')."
        ) from exc


def _possible_y(values: Floats, kind: str) -> Floats:
    """Return the values that can be, the others as NaN; a column that must be in another unit is refused.

    Codes for "missing" are a few numbers over and over; another unit shows as many different ones.
    """
    low, high, unit = POSSIBLE[kind]
    outside = np.isfinite(values) & ((values < low) | (values > high))
    odd = values[outside]
    if len(odd) > np.isfinite(values).sum() / 2 and len(np.unique(odd)) > MISSING_CODES:
        raise HistoryError(
            f"Most values of 'y' lie outside {low:g} to {high:g} {unit} (their median is {np.median(odd):.6g}): "
            f"convert them to {unit}, or choose another kind than {kind!r}."
        )
    return np.where(outside, np.nan, values)


def _covariates(table: Any) -> dict[str, Floats]:
    """Return the other columns row by row: wind by its own name, NaN where none can be so; directions as vectors."""
    named = with_wind({str(name): _numbers(table[name]) for name in table.columns if name != "y"})
    if WIND in named:
        low, high, _ = POSSIBLE["wind"]
        wind = named[WIND]
        named[WIND] = np.where((wind >= low) & (wind <= high), wind, np.nan)
    return with_vectors(named)


def _by_hour(values: Floats, hour: NDArray[np.int64], first: int, last: int) -> Floats:
    """Return hourly means between two hours, both included; infinities and fill values are missing."""
    keep = (np.abs(values) < LARGEST) & (hour >= first) & (hour <= last)  # NaN compares as False
    slot, size = hour[keep] - first, last - first + 1
    count = np.bincount(slot, minlength=size)
    total = np.bincount(slot, weights=values[keep], minlength=size)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _future(future: Any, last: int, horizon: int) -> dict[str, Floats]:
    """Return each known-ahead column over the `horizon` hours after the origin; columns without values are left out."""
    if future is None:
        return {}
    _check_table(future, "future")
    if not len(future.columns) or not len(future):
        return {}
    hour = _hours(future.index, "future")
    if not ((hour > last) & (hour <= last + horizon)).any():
        raise HistoryError(
            "The future has no row within the horizon: its times must follow the last row of the history, hour by hour."
        )
    columns = {n: _by_hour(values, hour, last + 1, last + horizon) for n, values in _covariates(future).items()}
    return {name: column for name, column in columns.items() if np.isfinite(column).any()}


def fill_gaps(values: Floats) -> Floats:
    """Return the series with gaps bridged by straight lines, ends held; all-NaN becomes zeros."""
    good = np.flatnonzero(np.isfinite(values))
    if not len(good):
        return np.zeros_like(values)
    return np.interp(np.arange(len(values)), good, values[good])
