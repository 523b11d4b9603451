"""The public entry: shapes, determinism, no look at the future, damaged and unusual histories."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from forecasting import api
from forecasting.verify import pinball

DECILES = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]
DATA = Path(__file__).parents[2] / "data"


def tidal(hours: int = 1200, seed: int = 0) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    t = np.arange(hours)
    noise = np.zeros(hours)
    for h in range(1, hours):
        noise[h] = 0.9 * noise[h - 1] + random.normal(0, 0.1)
    y = 6 + np.cos(2 * np.pi * t / 24) + 0.5 * np.cos(2 * np.pi * t / 12.4206) + noise
    index = pd.date_range("2026-05-01", periods=hours, freq="h", tz="UTC")
    return pd.DataFrame({"y": y, "temp": 20 + np.sin(2 * np.pi * t / 24)}, index=index)


def real_oxygen() -> pd.DataFrame:
    raw = pd.read_csv(DATA / "oxygen" / "apalachicola_cat_point_hourly.csv.gz")
    index = pd.DatetimeIndex(pd.to_datetime(raw.pop("time"), utc=True))
    return raw.set_index(index)


def test_forecast_of_a_tidal_series_has_ordered_quantiles_near_the_truth() -> None:
    table = tidal()
    out = api.forecast(table.iloc[:1100], 48, DECILES, "oxygen")
    assert out.shape == (48, 9)
    assert (np.diff(out, axis=1) >= 0).all()
    assert np.abs(out[:, 4] - table["y"].to_numpy()[1100:1148]).mean() < 0.55


def test_paths_have_the_quantiles_of_the_forecast() -> None:
    history = tidal().iloc[:1100]
    paths = api.paths(history, 48, 400, "oxygen")
    assert paths.shape == (400, 48)
    levels = np.quantile(paths, DECILES, axis=0).T
    assert np.abs(levels - api.forecast(history, 48, DECILES, "oxygen")).max() < 0.05


def test_paths_move_together_from_hour_to_hour() -> None:
    paths = api.paths(tidal().iloc[:1100], 48, 200, "oxygen")
    steps = [np.corrcoef(paths[:, h], paths[:, h + 1])[0, 1] for h in range(12, 40)]
    assert np.median(steps) > 0.6


def test_same_seed_gives_the_same_answer_whatever_was_asked_before() -> None:
    table = tidal()
    first = api.paths(table.iloc[:1000], 24, 50, "oxygen", seed=3)
    api.paths(table.iloc[:1007], 24, 50, "oxygen", seed=3)
    api.forecast(table.iloc[:900], 24, DECILES, "oxygen")
    assert np.array_equal(api.paths(table.iloc[:1000], 24, 50, "oxygen", seed=3), first)


def test_wind_known_ahead_changes_and_betters_the_waves() -> None:
    random = np.random.default_rng(5)
    wind = 8 + np.zeros(2400)
    for h in range(1, 2400):
        wind[h] = 8 + 0.97 * (wind[h - 1] - 8) + random.normal(0, 0.9)
    wind = np.clip(wind, 0.5, None)
    hs = pd.Series(0.02 * wind**2 + 0.3).ewm(halflife=4).mean().to_numpy() * np.exp(random.normal(0, 0.03, 2400))
    index = pd.date_range("2026-05-01", periods=2400, freq="h", tz="UTC")
    table = pd.DataFrame({"y": hs, "wind_mps": wind}, index=index)
    blind, seeing = [], []
    for origin in range(1900, 2340, 110):
        truth = hs[origin : origin + 48]
        history, future = table.iloc[:origin], table[["wind_mps"]].iloc[origin : origin + 48]
        blind.append(pinball(truth, api.forecast(history, 48, DECILES, "wave"), np.array(DECILES)).mean())
        seeing.append(pinball(truth, api.forecast(history, 48, DECILES, "wave", future), np.array(DECILES)).mean())
    assert np.mean(seeing) < 0.75 * np.mean(blind)


def test_constant_series_stays_where_it_is() -> None:
    table = tidal(400).assign(y=5.0)[["y"]]
    out = api.forecast(table, 24, DECILES, "oxygen")
    assert np.allclose(out, 5.0, atol=0.01)


def test_two_days_of_history_are_enough_for_a_wide_forecast() -> None:
    out = api.forecast(tidal(48), 48, DECILES, "oxygen")
    assert np.isfinite(out).all()


def test_silence_before_the_origin_widens_the_forecast() -> None:
    table = tidal()
    silent = table.copy()
    silent.iloc[-24:, 0] = np.nan
    fresh, late = (api.forecast(t, 12, [0.1, 0.9], "oxygen") for t in (table, silent))
    assert (late[:, 1] - late[:, 0]).mean() > (fresh[:, 1] - fresh[:, 0]).mean()


def damaged(table: pd.DataFrame, how: str) -> pd.DataFrame:
    out = table.copy()
    random = np.random.default_rng(1)
    if how == "30 % missing":
        out.loc[random.random(len(out)) < 0.3, "y"] = np.nan
    elif how == "a hole of three days":
        out.iloc[-30 - 72 : -30, 0] = np.nan
    elif how == "every other hour":
        out.iloc[1::2, :] = np.nan
    return out


def test_damaged_real_history_costs_at_most_a_tenth() -> None:
    table = real_oxygen()[["y", "temp"]]
    losses: dict[str, list[float]] = {"": [], "30 % missing": [], "a hole of three days": [], "every other hour": []}
    for origin in range(9000, 17000, 1700):
        truth = table["y"].to_numpy()[origin : origin + 48]
        if np.isfinite(truth).mean() < 0.5 or not np.isfinite(table["y"].iloc[origin - 3 : origin]).all():
            continue
        for how, found in losses.items():
            history = damaged(table.iloc[origin - 1500 : origin], how)
            out = api.forecast(history, 48, DECILES, "oxygen")
            found.append(float(np.nanmean(pinball(truth, out, np.array(DECILES)))))
    assert len(losses[""]) >= 4
    assert all(np.mean(found) <= 1.10 * np.mean(losses[""]) for found in losses.values())


def test_import_of_the_entry_is_light() -> None:
    heavy = ("pandas", "xarray", "lightgbm", "statsmodels", "sklearn")
    code = f"import sys, forecasting.api; print([m for m in {heavy} if m in sys.modules])"
    root = Path(__file__).parents[3]
    out = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True).stdout
    assert out.strip() == "[]"
