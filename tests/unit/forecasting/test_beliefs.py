"""What is believed of errors while the past is short, and that a forecast leans on it."""

import numpy as np
import pandas as pd
import pytest

from forecasting import api
from forecasting.model import analogs, beliefs
from forecasting.model.predictive import LEVELS
from forecasting.series.history import Kind

MEDIAN, UPPER = int(np.argmin(np.abs(LEVELS - 0.5))), int(np.argmin(np.abs(LEVELS - 0.9)))


def hours(count: int, end: str = "2026-08-20T05:00Z") -> pd.DatetimeIndex:
    return pd.date_range(end=end, periods=count, freq="h")


def restless(step: float, count: int = 200) -> np.ndarray:
    return np.cumsum(np.random.default_rng(4).normal(0, step, count))


@pytest.mark.parametrize("kind", ["wave", "wind", "oxygen"])
def test_believed_errors_grow_with_the_lead_and_lie_even_about_none(kind: Kind) -> None:
    table = beliefs.usual_errors(kind, restless(0.08), 48)
    assert np.allclose(table[MEDIAN], 0)
    assert np.allclose(table, -table[::-1])
    assert (np.diff(table[UPPER]) >= -1e-12).all()
    assert np.array_equal(beliefs.usual_errors(kind, restless(0.08), 12), table[:, :12])


def test_restless_waves_are_believed_harder_to_forecast_but_one_jump_is_no_unrest() -> None:
    calm, rough = (beliefs.usual_errors("wave", restless(step), 12)[UPPER, -1] for step in (0.04, 0.16))
    assert rough == pytest.approx(calm * 4**beliefs.UNREST_POWER, rel=0.05)
    jumped = restless(0.04)
    jumped[100:] += 5.0
    assert beliefs.usual_errors("wave", jumped, 12)[UPPER, -1] < 1.4 * calm


def test_a_series_of_one_value_or_of_holes_has_a_believed_error() -> None:
    level = np.full(60, np.nan)
    level[7] = 0.3
    for kind in ("wave", "wind", "oxygen"):
        assert np.isfinite(beliefs.usual_errors(kind, level, 24)).all()


def test_believed_errors_of_waves_swing_slowly_and_of_oxygen_faster() -> None:
    waves, oxygen = (beliefs.usual_order(kind, 12, 400) for kind in ("wave", "oxygen"))
    assert waves.shape == (400, 12)
    near = [np.corrcoef(order[:, 8], order[:, 11])[0, 1] for order in (waves, oxygen)]
    assert near[0] > 0.75 > 0.65 > near[1] > 0.3
    assert np.array_equal(waves, beliefs.usual_order("wave", 12, 400))


def test_two_days_of_rising_waves_are_not_forecast_to_rise_for_ever() -> None:
    rising = pd.DataFrame({"y": np.exp(np.linspace(-0.7, 0.9, 48))}, index=hours(48))
    fan = api.forecast(rising, 24, [0.1, 0.5, 0.9], "wave")
    assert 0.7 * rising["y"].iloc[-1] < fan[-1, 1] < 1.6 * rising["y"].iloc[-1]
    assert fan[-1, 2] / fan[-1, 0] > 1.5


def test_paths_of_a_short_past_hold_together_so_that_an_hour_beyond_is_no_chance_of_its_own() -> None:
    random = np.random.default_rng(2)
    calm = pd.DataFrame({"y": np.exp(0.6 + np.cumsum(random.normal(0, 0.03, 40)))}, index=hours(40))
    paths = np.log(api.paths(calm, 12, 400, "wave"))
    last = np.quantile(paths[:, -1], 0.9)
    assert (paths.max(axis=1) > last).mean() < 0.22


def test_thinned_library_keeps_the_cases_most_like_each_hour() -> None:
    random = np.random.default_rng(0)
    coordinates = random.normal(size=(2000, 3))
    book = analogs.Library(
        hours=np.arange(2000.0), coordinates=coordinates, scale=np.ones(3), error=coordinates, neighbours=20
    )
    places = np.array([[2.0, 0.0, 0.0], [-2.0, 0.0, 0.0]])
    small = book.thinned(80, places)
    assert len(small.hours) == 80
    for whole, kept in zip(
        analogs.most_alike(book, places, None), analogs.most_alike(small, places, None), strict=True
    ):
        assert set(small.hours[kept.cases]) == set(book.hours[whole.cases])
        assert np.allclose(np.sort(kept.weights), np.sort(whole.weights))


def test_alike_hours_next_to_a_tested_one_are_left_out() -> None:
    book = analogs.Library(
        hours=np.arange(500.0),
        coordinates=np.zeros((500, 1)),
        scale=np.ones(1),
        error=np.zeros((500, 1)),
        neighbours=40,
    )
    (alike,) = analogs.most_alike(book, np.zeros((1, 1)), np.array([250.0]))
    assert (np.abs(book.hours[alike.cases] - 250) >= analogs.APART_H).all()


def test_a_month_of_waves_has_not_met_all_weather_and_years_have() -> None:
    assert beliefs.unmet_weather("wave", 15) == pytest.approx(1.18, abs=0.01)
    assert beliefs.unmet_weather("wave", 730) < 1.01
    assert beliefs.unmet_weather("oxygen", 2) == 1.0
