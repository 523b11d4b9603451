"""How much oxygen water can hold, and that no forecast says more."""

import numpy as np
import pandas as pd
import pytest

from forecasting import api
from forecasting.model.physics import MOST_SATURATION, highest_oxygen_mg_l, saturation_mg_l
from forecasting.series.scale import HIGHEST_OXYGEN_MG_L


def test_bound_is_that_of_the_coldest_and_freshest_late_water() -> None:
    temp, salt = np.r_[4.0, np.full(60, 28.0), np.nan, 27.0], np.r_[0.0, np.full(60, 30.0), 29.0, np.nan]
    full = saturation_mg_l(np.array([27.0]), np.array([29.0]))[0]
    for names in (("temp", "sal"), ("water_temp_c", "salinity_psu"), ("水温", "盐度")):
        assert highest_oxygen_mg_l(dict(zip(names, (temp, salt), strict=True))) == pytest.approx(MOST_SATURATION * full)


@pytest.mark.parametrize("columns", [{}, {"temp": np.full(50, np.nan)}, {"sal": np.full(50, 30.0)}])
def test_without_a_temperature_the_bound_of_any_sea_stands(columns: dict[str, np.ndarray]) -> None:
    assert highest_oxygen_mg_l(columns) == HIGHEST_OXYGEN_MG_L


def test_forecast_of_a_wild_bloom_stays_below_what_warm_water_can_hold() -> None:
    index = pd.date_range("2026-07-01", periods=400, freq="h", tz="UTC")
    swing = 9 + 8 * np.sin(2 * np.pi * np.arange(400) / 24) + np.random.default_rng(1).normal(0, 3, 400)
    table = pd.DataFrame({"y": np.clip(swing, 0, 25), "temp": 30.0, "sal": 32.0}, index=index)
    most = MOST_SATURATION * saturation_mg_l(np.array([30.0]), np.array([32.0]))[0]
    assert most < table["y"].max()
    for told in (api.forecast(table, 24, [0.02, 0.5, 0.98], "oxygen"), api.paths(table, 24, 200, "oxygen")):
        assert told.max() <= most + 1e-6
