"""Rolling-origin backtests of any hourly series: our forecast next to references, by lead, with events."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.errors import AppError
from forecasting import api
from forecasting.model.predictive import DECILES
from forecasting.series.harmonics import Floats
from forecasting.series.history import Kind, read
from forecasting.series.scale import from_model, to_model
from forecasting.verify import covered, persistence_deciles, pinball

LEVELS = np.array(DECILES)
PATHS = 200
SHOWN_LEADS_H = (1, 3, 6, 12, 24, 48)
EVENT_WINDOWS_H = (12, 24, 48)
Method = Callable[[Any, int, Kind, Any], Floats]


class BacktestError(AppError):
    """A series cannot be tested: the text says what is missing."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is tested: origins are row numbers of the first hour to be forecast. Hours throughout."""

    horizon_h: int
    origins: tuple[int, ...]
    kind: Kind
    event_limit: float
    event_below: bool
    known_ahead: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Case:
    """One origin: deciles of every method ``(lead, 9)``, event chances of our paths by window, and the truth."""

    origin: int
    truth: Floats
    deciles: Mapping[str, Floats]
    chances: Mapping[int, float]


def plan(table: Any, origins: int, horizon_h: int, kind: Kind, known_ahead: Sequence[str] = ()) -> Plan:
    """Return evenly spaced origins over the second half of an hourly table whose truth is mostly known.

    The event is the 10th percentile of the first half for oxygen, the 90th for waves and wind.
    """
    y = table["y"].to_numpy(dtype=np.float64)
    half = len(y) // 2
    if half < 30 * 24 or np.isfinite(y[:half]).sum() < 14 * 24:
        raise BacktestError("The file holds too little: at least 60 days, with two good weeks in the first half.")
    chosen: list[int] = []
    for start in np.linspace(half, len(y) - horizon_h - 1, origins).astype(int):
        found = next((o for o in range(start, len(y) - horizon_h) if _clean(y, o, horizon_h)), None)
        if found is not None and found not in chosen:
            chosen.append(found)
    if not chosen:
        raise BacktestError("No origin of the second half has its truth: the series has too many holes.")
    below = kind == "oxygen"
    limit = float(np.nanquantile(y[:half], 0.1 if below else 0.9))
    return Plan(
        horizon_h=horizon_h, origins=tuple(chosen), kind=kind, event_limit=limit, event_below=below,
        known_ahead=tuple(known_ahead),
    )  # fmt: skip


def _clean(y: Floats, origin: int, horizon_h: int) -> bool:
    """Return whether an origin was just measured and most of what follows is known."""
    recent, ahead = y[origin - 6 : origin], y[origin : origin + horizon_h]
    return bool(np.isfinite(y[origin - 1]) and np.isfinite(recent).mean() >= 0.5 and np.isfinite(ahead).mean() >= 0.5)


def ours(history: Any, horizon_h: int, kind: Kind, future: Any) -> Floats:
    """Return the deciles of `forecasting.api.forecast`."""
    return api.forecast(history, horizon_h, DECILES, kind, future)


def persistence(history: Any, horizon_h: int, kind: Kind, future: Any) -> Floats:
    """Return the last value with the spread of past changes by lead."""
    del future
    level = to_model(read(history, horizon_h, kind).y, kind)
    return from_model(persistence_deciles(level, horizon_h, LEVELS), kind)


def seasonal_naive(history: Any, horizon_h: int, kind: Kind, future: Any) -> Floats:
    """Return the value of the same hour a day before, with the spread of past day-to-day changes."""
    del future
    level = to_model(read(history, horizon_h, kind).y, kind)
    days = -(-np.arange(1, horizon_h + 1) // 24)
    last = level[-24:]
    good = np.flatnonzero(np.isfinite(last))
    filled = np.interp(np.arange(24), good, last[good]) if len(good) else np.full(24, np.nanmean(level))
    out = np.empty((horizon_h, len(LEVELS)))
    for lead, day in enumerate(days):
        change = level[24 * day :] - level[: -24 * day]
        known = change[np.isfinite(change)]
        out[lead] = filled[lead % 24] + np.quantile(known, LEVELS)
    return from_model(out, kind)


def climatology(history: Any, horizon_h: int, kind: Kind, future: Any) -> Floats:
    """Return the deciles of the same hour of day within 30 days of the same day of the year."""
    del future
    series = read(history, horizon_h, kind)
    level = to_model(series.y, kind)
    day = series.time_h / 24
    out = np.empty((horizon_h, len(LEVELS)))
    for lead in range(1, horizon_h + 1):
        at_h = series.time_h[-1] + lead
        apart = np.abs((day - at_h / 24 + 182.62) % 365.24 - 182.62)
        same = np.isfinite(level) & (apart <= 30) & ((series.time_h - at_h) % 24 == 0)
        sample = level[same] if same.sum() >= 10 else level[np.isfinite(level)]
        out[lead - 1] = np.quantile(sample, LEVELS)
    return from_model(out, kind)


REFERENCES: dict[str, Method] = {
    "persistence": persistence,
    "seasonal_naive": seasonal_naive,
    "climatology": climatology,
}


def run_case(table: Any, what: Plan, origin: int, methods: Mapping[str, Method]) -> Case:
    """Return one origin's forecasts; nothing at or after the origin is handed to a method but what is known ahead."""
    history = table.iloc[:origin]
    ahead = table.iloc[origin : origin + what.horizon_h]
    future = ahead[list(what.known_ahead)] if what.known_ahead else None
    paths = api.paths(history, what.horizon_h, PATHS, what.kind, future)
    deciles = {name: method(history, what.horizon_h, what.kind, future) for name, method in methods.items()}
    return Case(
        origin=origin,
        truth=ahead["y"].to_numpy(dtype=np.float64),
        deciles=deciles,
        chances={w: _chance(paths, what, w) for w in EVENT_WINDOWS_H if w <= what.horizon_h},
    )


def _chance(paths: Floats, what: Plan, window_h: int) -> float:
    seen = paths[:, :window_h]
    beyond = seen < what.event_limit if what.event_below else seen > what.event_limit
    return float(beyond.any(axis=1).mean())


def happened(truth: Floats, what: Plan, window_h: int) -> bool | None:
    """Return whether the event came within a window; None where gaps hide it."""
    seen = truth[:window_h]
    beyond = seen < what.event_limit if what.event_below else seen > what.event_limit
    if beyond.any():
        return True
    return False if np.isfinite(seen).mean() >= 0.8 else None


@dataclass(frozen=True, kw_only=True)
class Summary:
    """Scores over all origins: pinball by method and lead, coverage of the 80 % interval, Brier by window."""

    pinball: Mapping[str, float]
    pinball_by_lead: Mapping[str, Mapping[int, float]]
    coverage80: Mapping[str, Mapping[int, float]]
    brier: Mapping[int, float]
    events: Mapping[int, int]
    cases: int


def summarise(cases: Sequence[Case], what: Plan) -> Summary:
    """Return the scores of a backtest; leads with no truth are left out."""
    names = list(cases[0].deciles)
    truth = np.stack([case.truth for case in cases])
    tables = {name: np.stack([case.deciles[name] for case in cases]) for name in names}
    losses = {name: pinball(truth, table, LEVELS).mean(axis=-1) for name, table in tables.items()}
    inside = {name: covered(truth, table[..., 0], table[..., -1]) for name, table in tables.items()}
    leads = [lead for lead in SHOWN_LEADS_H if lead <= what.horizon_h]
    outcomes = {w: [(c.chances[w], happened(c.truth, what, w)) for c in cases] for w in cases[0].chances}
    known = {w: [(p, float(o)) for p, o in pairs if o is not None] for w, pairs in outcomes.items()}
    return Summary(
        pinball={name: float(np.nanmean(loss)) for name, loss in losses.items()},
        pinball_by_lead={n: {lead: _mean(loss[:, lead - 1]) for lead in leads} for n, loss in losses.items()},
        coverage80={n: {lead: _mean(cover[:, lead - 1]) for lead in leads} for n, cover in inside.items()},
        brier={w: float(np.mean([(p - o) ** 2 for p, o in pairs])) for w, pairs in known.items() if pairs},
        events={w: int(sum(o for _, o in pairs)) for w, pairs in known.items()},
        cases=len(cases),
    )


def _mean(values: Floats) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else float("nan")
