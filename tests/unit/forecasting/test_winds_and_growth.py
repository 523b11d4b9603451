"""Wind under any name, and the sea that it raises."""

import numpy as np
import pandas as pd
import pytest

from forecasting import api
from forecasting.model.growth import BASINS, DEVELOPED, grown, sheltered
from forecasting.series.winds import GUST_FACTOR, WIND, with_wind

TEN = np.array([10.0])


@pytest.mark.parametrize(
    ("name", "mps"),
    [
        ("wind_mps", 10.0), ("WSPD", 10.0), ("wspd", 10.0), ("wind", 10.0), ("windspeed", 10.0), ("wind_speed", 10.0),
        ("Wind Speed (m/s)", 10.0), ("wind_speed_10m", 10.0), ("风速", 10.0), ("风速(m/s)", 10.0), ("wind_kn", 5.14444),
        ("wind_speed_km/h", 2.77778), ("gust", 10.0 / GUST_FACTOR), ("GST", 10.0 / GUST_FACTOR),
    ],
)  # fmt: skip
def test_speed_is_found_under_its_many_names_and_units(name: str, mps: float) -> None:
    found = with_wind({name: TEN})
    assert set(found) == {WIND}
    np.testing.assert_allclose(found[WIND], mps, rtol=1e-4)


def test_components_make_a_speed_and_stay() -> None:
    found = with_wind({"u10": np.array([3.0]), "v10": np.array([-4.0]), "tp": TEN})
    assert (found[WIND][0], set(found)) == (5.0, {"u10", "v10", "tp", WIND})


@pytest.mark.parametrize("name", ["wind_dir", "WDIR", "windwave_hs", "temp", "window", "u10", "风向"])
def test_what_is_no_speed_is_left_as_it_is(name: str) -> None:
    assert set(with_wind({name: TEN})) == {name}


def test_speed_goes_before_components_and_gusts() -> None:
    found = with_wind({"gust": TEN * 2, "u10": TEN, "v10": TEN, "wspd": TEN})
    assert found[WIND][0] == 10.0


def test_steady_wind_grows_the_sea_as_the_duration_law_says_and_no_further_than_developed() -> None:
    sea = grown(np.array([0.1]), np.full((1, 240), 20.0), BASINS[0])[0]
    assert sea[11] == pytest.approx(0.01604 * 20**1.255 * 12**0.75, rel=0.25)
    assert sea[-1] <= DEVELOPED * 20**2 + 0.11
    assert (np.diff(sea) > -1e-9).all()


def test_sea_falls_after_the_wind_and_never_below_a_calm() -> None:
    sea = grown(np.array([6.0]), np.zeros((1, 200)), BASINS[1])[0]
    assert sea[11] == pytest.approx(6.0 * np.exp(-1), rel=0.15)
    assert sea.min() > 0.0


def test_a_sound_behind_islands_leaves_wind_unused_and_swell_stands_above_what_the_wind_could_raise() -> None:
    wind = np.full(48, 12.0)
    developed = DEVELOPED * 12.0**2 + 0.1
    origins = np.array([20, 47])
    assert np.allclose(sheltered(np.full(48, developed), wind, origins), 0, atol=0.01)
    assert np.allclose(sheltered(np.full(48, developed / 3), wind, origins), np.log(3), atol=0.01)
    assert (sheltered(np.full(48, 3.0), np.full(48, 2.0), origins) < -1).all()
    assert np.isfinite(sheltered(np.full(3, 1.0), np.full(3, 5.0), np.array([0, 1, 2]))).all()


def test_the_same_gale_ahead_raises_less_where_the_past_wind_raised_little() -> None:
    index = pd.date_range("2026-08-01", periods=48, freq="h", tz="UTC")
    ahead = pd.DataFrame({"wind_mps": 18.0}, index=index[-1] + pd.to_timedelta(np.arange(1, 25), unit="h"))
    wobble = np.exp(0.03 * np.sin(np.arange(48)))
    told = []
    for height in (1.8, 0.5):
        past = pd.DataFrame({"y": height * wobble, "wind_mps": 9.0}, index=index)
        told.append(api.forecast(past, 24, [0.5], "wave", ahead)[-1, 0])
    assert told[0] > 1.5 * 1.8
    assert told[1] < 0.7 * told[0]
