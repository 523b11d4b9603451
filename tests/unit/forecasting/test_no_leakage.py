"""No forecast changes when the future does: histories, covariates, gaps, what is known ahead, and kept models."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting import api, backtest
from forecasting.model import fitting
from forecasting.series.features import SEASON_HOURS, design
from forecasting.series.history import KINDS, Hourly, Kind, read

HORIZON_H = 6
DECILES = list(backtest.LEVELS)
KIND = st.sampled_from(KINDS)
Change = Callable[[pd.DataFrame, np.random.Generator], pd.DataFrame]
CHANGES: dict[str, Change] = {
    "moved": lambda rows, random: rows + random.uniform(-3, 9, rows.shape[1]),
    "noise": lambda rows, random: rows + random.normal(0, 2, rows.shape),
    "unknown": lambda rows, random: rows * np.nan,
    "full of holes": lambda rows, random: rows.where(random.random(rows.shape) < 0.3),
    "beyond what can be": lambda rows, random: rows * 1e6,
    "backwards": lambda rows, random: pd.DataFrame(rows.to_numpy()[::-1], index=rows.index, columns=rows.columns),
}


def sea(hours: int, seed: int, gaps: float = 0.1) -> pd.DataFrame:
    """A tidal series with two covariates, all with holes."""
    random = np.random.default_rng(seed)
    t = np.arange(hours)
    wind = np.abs(8 + np.cumsum(random.normal(0, 0.7, hours)) * 0.3)
    y = (
        6
        + np.cos(2 * np.pi * t / 24)
        + 0.5 * np.cos(2 * np.pi * t / 12.42)
        + 0.05 * wind
        + random.normal(0, 0.1, hours)
    )
    index = pd.date_range("2026-05-01T03:00", periods=hours, freq="h", tz="UTC")
    table = pd.DataFrame({"y": y, "wind_mps": wind, "temp": 20 + np.sin(t / 9)}, index=index)
    return table.where(random.random(table.shape) > gaps)


def after(table: pd.DataFrame, row: int, how: str, columns: list[str]) -> pd.DataFrame:
    """Return the table with everything from a row on changed in some columns."""
    out = table.copy()
    out.iloc[row:, [table.columns.get_loc(c) for c in columns]] = CHANGES[how](
        table[columns].iloc[row:], np.random.default_rng(row)
    ).to_numpy()
    return out


@settings(max_examples=12, deadline=None)
@given(KIND, st.integers(200, 320), st.sampled_from(list(CHANGES)), st.booleans(), st.integers(0, 9))
def test_backtest_hands_nothing_of_the_future_on_but_what_is_known_ahead(
    kind: Kind, origin: int, how: str, ahead: bool, seed: int
) -> None:
    table = sea(400, seed)
    known = ("wind_mps",) if ahead else ()
    what = backtest.Plan(
        horizon_h=HORIZON_H, origins=(origin,), kind=kind, event_limit=5.0, event_below=True, known_ahead=known
    )
    hidden = [c for c in table.columns if c not in known]
    changed = after(after(table, origin, how, hidden), origin + HORIZON_H, how, list(table.columns))
    methods = {"huangyu": backtest.ours, **backtest.REFERENCES}
    one, two = (backtest.run_case(t, what, origin, methods) for t in (table, changed))
    for name in methods:
        assert np.array_equal(one.deciles[name], two.deciles[name]), name
    assert one.chances == two.chances


@settings(max_examples=20, deadline=None)
@given(KIND, st.integers(40, 900), st.sampled_from(list(CHANGES)), st.integers(0, 9))
def test_features_of_an_hour_rest_on_that_hour_and_earlier_ones(kind: Kind, row: int, how: str, seed: int) -> None:
    table = sea(1000, seed)
    # A hole that reaches over the hour is bridged from both its sides, so the hour itself is known here.
    table.iloc[row - 1] = 5.0
    one, two = (
        design(_whole(t), kind, seasonal=True) for t in (table, after(table, row, how, ["y", "wind_mps", "temp"]))
    )
    assert one.names == two.names
    assert np.allclose(one.rows[:row], two.rows[:row], rtol=0, atol=1e-9)


def _whole(table: pd.DataFrame) -> Hourly:
    """Return a table as `read` does, keeping columns that a change has emptied."""
    past = {name: table[name].to_numpy() for name in ("wind_mps", "temp")}
    return Hourly(time_h=np.arange(len(table), dtype=float), y=table["y"].to_numpy(), covariates=past, future={})


@settings(max_examples=8, deadline=None)
@given(KIND, st.integers(0, 23), st.integers(1, 12), st.sampled_from(list(CHANGES)))
def test_models_kept_of_later_hours_and_other_futures_change_nothing(
    kind: Kind, hour: int, later: int, how: str
) -> None:
    table, origin = sea(fitting.LEAST_H + 60, 1), fitting.LEAST_H + 20 + hour
    fitting._models.clear()
    first = api.paths(table.iloc[:origin], HORIZON_H, 20, kind)
    fitting._models.clear()
    # Changed from the second month on and from the origin on: a model kept of either must not serve the other.
    other = after(after(table, origin, how, ["y", "temp"]), fitting.LEAST_H - 100, "noise", ["y"])
    other.iloc[-1] = 5.0
    api.paths(other.iloc[: origin + later], HORIZON_H, 20, kind)
    api.forecast(other, HORIZON_H, DECILES, kind)
    assert np.array_equal(api.paths(table.iloc[:origin], HORIZON_H, 20, kind), first)


@pytest.mark.parametrize(
    "hours", [fitting.LEAST_H - 1, fitting.LEAST_H, fitting.LEAST_H + 1, fitting.LEAST_H + 23, SEASON_HOURS]
)
def test_model_is_fitted_up_to_the_last_midnight_before_the_origin(hours: int) -> None:
    series = read(sea(hours, 2, gaps=0.0), HORIZON_H, "oxygen")
    part = fitting.fitted_part(series)
    assert np.array_equal(part.y, series.y[: len(part.y)])
    assert len(series.y) - len(part.y) < 24
    if hours >= fitting.LEAST_H:
        assert (part.time_h[-1] + 1) % 24 == 0


@settings(max_examples=10, deadline=None)
@given(KIND, st.sampled_from(list(CHANGES)), st.integers(0, 3))
def test_future_tells_only_its_known_columns_within_the_horizon(kind: Kind, how: str, seed: int) -> None:
    table, origin = sea(300, seed), 250
    history, ahead = table.iloc[:origin], table[["wind_mps"]].iloc[origin : origin + HORIZON_H].fillna(8.0)
    # The truth, a column nobody measured before, hours already over, and hours after the horizon.
    more = table[["wind_mps", "y"]].iloc[origin - 40 :].assign(tide=3.0)
    more["wind_mps"] = CHANGES[how](more[["wind_mps"]], np.random.default_rng(seed))
    more.loc[ahead.index, "wind_mps"] = ahead["wind_mps"]
    one, two = (api.forecast(history, HORIZON_H, DECILES, kind, f) for f in (ahead, more))
    assert np.array_equal(one, two)


@settings(max_examples=15, deadline=None)
@given(st.integers(400, 1400), st.integers(0, 9))
def test_hours_before_the_last_one_do_not_change_when_finer_rows_go_on(row: int, seed: int) -> None:
    fine = sea(1500, seed)
    fine.index = pd.date_range("2026-05-01", periods=1500, freq="10min", tz="UTC")
    one, two = read(fine.iloc[:row], HORIZON_H, "oxygen"), read(fine, HORIZON_H, "oxygen")
    over = len(one.y) - 1
    assert one.time_h[-1] == two.time_h[over]
    assert np.array_equal(one.y[:over], two.y[:over], equal_nan=True)
    assert np.array_equal(one.covariates["temp"][:over], two.covariates["temp"][:over], equal_nan=True)
