"""Directions in degrees become vectors before anything averages or fits them."""

import numpy as np
import pandas as pd
import pytest

from forecasting.series.directions import with_vectors
from forecasting.series.history import read
from forecasting.series.winds import WIND


@pytest.mark.parametrize("name", ["dir", "MWD", "wave_dir", "mdir_degT", "VMDR", "波向", "Dir (deg)"])
def test_wave_direction_becomes_a_vector_of_length_one(name: str) -> None:
    found = with_vectors({name: np.array([0.0, 90.0, 225.0])})
    assert set(found) == {f"{name}.north", f"{name}.east"}
    assert np.allclose(found[f"{name}.north"], [1, 0, -np.sqrt(0.5)])
    assert np.allclose(found[f"{name}.east"], [0, 1, -np.sqrt(0.5)])


@pytest.mark.parametrize("name", ["wdir", "WD", "wind_dir", "Wind Direction (degrees)", "风向"])
def test_wind_direction_carries_the_winds_force(name: str) -> None:
    found = with_vectors({WIND: np.array([10.0, 4.0]), name: np.array([180.0, 270.0])})
    assert np.allclose(found[f"{name}.north"], [-10, 0])
    assert np.allclose(found[f"{name}.east"], [0, -4])


def test_what_is_no_angle_is_unknown_and_other_columns_stay() -> None:
    found = with_vectors({"dir": np.array([999.0, np.inf, np.nan]), "tide": np.array([1.0, 2.0, 3.0])})
    assert np.isnan(found["dir.north"]).all()
    assert found["tide"].tolist() == [1.0, 2.0, 3.0]


def test_half_hours_on_both_sides_of_north_average_to_north_not_to_south() -> None:
    index = pd.date_range("2026-01-01", periods=96, freq="30min", tz="UTC")
    table = pd.DataFrame(
        {"y": 1.0 + np.arange(96) % 5 / 9, "dir": np.where(np.arange(96) % 2, 2.0, 358.0)}, index=index
    )
    series = read(table, 12, "wave")
    assert (series.covariates["dir.north"] > 0.99).all()
    assert (np.abs(series.covariates["dir.east"]) < 1e-9).all()


def test_direction_ahead_meets_the_direction_of_the_past() -> None:
    index = pd.date_range("2026-01-01", periods=60, freq="h", tz="UTC")
    table = pd.DataFrame({"y": np.arange(60) % 7 / 9 + 1, "wdir": 90.0, "wspd": 8.0}, index=index)
    ahead = pd.DataFrame({"wdir": 180.0, "wspd": 5.0}, index=index[-1] + pd.to_timedelta(np.arange(1, 13), unit="h"))
    series = read(table, 12, "wave", ahead)
    assert set(series.future) == set(series.covariates) == {WIND, "wdir.north", "wdir.east"}
    assert np.allclose(series.future["wdir.north"], -5)
