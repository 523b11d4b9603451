"""Wind known ahead in the product: kept models carry it, a model for the other case is fitted anew."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from forecasting import api
from forecasting.model import engine, keeping
from forecasting.rules import load_rules
from forecasting.series.history import Hourly, read
from forecasting.series.winds import WIND
from services.forecast_grids import with_temperature_ahead, with_wind_ahead
from services.forecast_inputs import Place
from services.forecast_issue import issue

RULES = load_rules(Path(__file__).parents[3] / "config" / "rules" / "forecast.toml")
AT = datetime(2026, 8, 20, 6, 20, tzinfo=UTC)
GALE = np.full(60, 20.0)


@pytest.fixture(scope="module")
def windy() -> pd.DataFrame:
    """Return forty days of a sea that light winds raise."""
    random = np.random.default_rng(3)
    wind = np.abs(6 + 2.5 * np.sin(np.arange(960) / 17) + random.normal(0, 0.6, 960))
    hs = pd.Series(0.02 * wind**2 + 0.3).ewm(halflife=5).mean().to_numpy() * np.exp(random.normal(0, 0.04, 960))
    index = pd.date_range(end=AT.replace(minute=0) - timedelta(hours=1), periods=960, freq="h")
    return pd.DataFrame({"y": hs, WIND: wind}, index=index)


@pytest.fixture(scope="module")
def series(windy: pd.DataFrame) -> Hourly:
    return read(windy, 60, "wave")


def place_of(series: Hourly, quantity: str = "hs_m") -> Place:
    rule = RULES.rule_for(quantity)
    assert rule is not None
    return Place(
        place_id="c1", farm_id="f", point="wave", rule=rule, series=series, good_hours=len(series.y), lat_deg=27.8,
        lon_deg=121.2,
    )  # fmt: skip


def test_kept_model_speaks_of_the_wind_ahead_as_the_fitted_one_and_stays_small(series: Hourly) -> None:
    told = replace(series, future={WIND: GALE})
    model = engine.fit(told, "wave", 60, cases=engine.KEPT_CASES)
    raw = keeping.to_bytes(model)
    assert len(raw) <= 50_000
    again = engine.predict(keeping.from_bytes(raw), told, 48).quantiles([0.5])
    np.testing.assert_allclose(again, engine.predict(model, told, 48).quantiles([0.5]), rtol=0.02)


def test_a_gale_known_ahead_raises_the_chance_of_waves_that_the_past_never_saw(series: Hourly) -> None:
    calm = issue(place_of(series), RULES, AT, None, [])
    warned = issue(with_wind_ahead(place_of(series), GALE), RULES, AT, None, [])
    assert calm is not None
    assert warned is not None
    chance = [
        next(r.probability for r in one.risks if (r.limit_value, r.window_h) == (2.5, 24)) for one in (calm, warned)
    ]
    assert chance[0] < 0.1 < 0.5 < chance[1]


def test_model_fitted_without_the_wind_is_fitted_anew_when_wind_comes_and_kept_while_it_lasts(series: Hourly) -> None:
    plain, told = place_of(series), with_wind_ahead(place_of(series), GALE)
    first = issue(plain, RULES, AT, None, [])
    assert first is not None
    assert first.fitted is not None
    second = issue(told, RULES, AT, (AT, first.fitted), [])
    assert second is not None
    assert second.fitted is not None
    third = issue(told, RULES, AT, (AT, second.fitted), [])
    assert third is not None
    assert third.fitted is None


def test_only_waves_take_the_wind(series: Hourly) -> None:
    oxygen = place_of(series, "do_mg_l")
    assert with_wind_ahead(oxygen, GALE) is oxygen
    waves = place_of(series)
    assert with_wind_ahead(waves, None) is waves


@pytest.mark.parametrize("names", [("wind_mps", "WSPD"), ("风速", "wind_speed"), ("none", "wspd")])
def test_wind_may_have_one_name_in_the_past_and_another_ahead_or_no_past_at_all(
    windy: pd.DataFrame, names: tuple[str, str]
) -> None:
    past, ahead = names
    history = windy.rename(columns={WIND: past}) if past != "none" else windy[["y"]]
    index = pd.date_range(windy.index[-1] + timedelta(hours=1), periods=24, freq="h")
    gale = api.forecast(history, 24, [0.5], "wave", pd.DataFrame({ahead: GALE[:24]}, index=index))
    assert gale[-1, 0] > 1.5 * api.forecast(history, 24, [0.5], "wave")[-1, 0]


def test_forecast_from_five_days_is_near_the_last_value_and_wide(windy: pd.DataFrame) -> None:
    history = windy[["y"]].iloc[-120:]
    fan = api.forecast(history, 48, [0.1, 0.5, 0.9], "wave")
    assert fan[0, 1] == pytest.approx(history["y"].iloc[-1], rel=0.15)
    assert fan[-1, 2] / fan[-1, 0] > 1.5


def test_oxygen_takes_the_temperature_of_the_water_moved_to_its_own_reading_and_stays_small() -> None:
    hours = np.arange(1200)
    random = np.random.default_rng(2)
    temp = 26 + pd.Series(random.normal(0, 1.5, 1200)).ewm(halflife=12).mean().to_numpy() * 3
    y = 11.0 - 0.2 * temp + 0.4 * np.cos(2 * np.pi * hours / 24) + random.normal(0, 0.05, 1200)
    index = pd.date_range(end=AT.replace(minute=0) - timedelta(hours=1), periods=1200, freq="h")
    place = place_of(read(pd.DataFrame({"y": y, "water_temp_c": temp}, index=index), 60, "oxygen"), "do_mg_l")
    rising = np.linspace(20.0, 22.0, 60)
    told = with_temperature_ahead(place, rising)
    assert told.series is not None
    assert told.series.future["water_temp_c"][0] == pytest.approx(temp[-1])
    assert np.ptp(told.series.future["water_temp_c"]) == pytest.approx(2.0)
    cold = issue(with_temperature_ahead(place, rising[::-1]), RULES, AT, None, [])
    warm = issue(told, RULES, AT, None, [])
    assert cold is not None and warm is not None and warm.fitted is not None
    assert warm.deciles[40, 4] < cold.deciles[40, 4] - 0.2, "warmer water holds less"
    assert len(keeping.to_bytes(warm.fitted)) <= 50_000
    kept = issue(told, RULES, AT, (AT, warm.fitted), [])
    assert kept is not None and kept.fitted is None
    without = place_of(read(pd.DataFrame({"y": y}, index=index), 60, "oxygen"), "do_mg_l")
    assert with_temperature_ahead(without, rising) is without
