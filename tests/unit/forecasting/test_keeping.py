"""Fitted models as bytes: small, faithful, and nothing but a StateError for bytes that are none."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.model import engine, keeping
from forecasting.model.engine import fit, predict
from forecasting.model.packing import PackError, packed, unpacked
from forecasting.series.history import Hourly, read

HOURS = 24 * 100


@pytest.fixture(scope="module")
def series() -> dict[str, Hourly]:
    """Return a hundred days of a tidal estuary's oxygen and of a sea with its wind."""
    random = np.random.default_rng(5)
    hour = np.arange(HOURS)
    index = pd.date_range("2026-01-01", periods=HOURS, freq="h", tz="UTC")
    red = pd.Series(random.normal(size=HOURS)).ewm(halflife=12).mean().to_numpy()
    oxygen = 6 + np.sin(2 * np.pi * hour / 24) + 0.5 * np.sin(2 * np.pi * hour / 12.42) + 2 * red
    wind = np.abs(7 + 12 * red)
    height = pd.Series(0.02 * wind**2 + 0.4).ewm(halflife=6).mean().to_numpy()
    extra = {name: random.normal(size=HOURS) for name in ("temp", "sal", "depth")}
    ahead = pd.DataFrame({"wind_mps": np.full(60, 9.0)}, index=index[-1] + pd.to_timedelta(np.arange(1, 61), unit="h"))
    return {
        "oxygen": read(pd.DataFrame({"y": oxygen, **extra}, index=index), 60, "oxygen"),
        "wave": read(pd.DataFrame({"y": height, "wind_mps": wind}, index=index), 60, "wave", ahead),
    }


@pytest.fixture(scope="module")
def small(series: dict[str, Hourly]) -> bytes:
    return keeping.to_bytes(fit(series["wave"].tail(300), "wave", 12, cases=20))


def test_both_models_of_a_cage_fit_into_fifty_kilobytes_and_forecast_as_fitted(series: dict[str, Hourly]) -> None:
    sizes = []
    for kind in ("oxygen", "wave"):
        model = fit(series[kind], kind, 60, cases=engine.KEPT_CASES)
        raw = keeping.to_bytes(model)
        sizes.append(len(raw))
        levels = [0.1, 0.5, 0.9]
        before, after = (predict(m, series[kind], 48).quantiles(levels) for m in (model, keeping.from_bytes(raw)))
        width = (before[:, 2] - before[:, 0])[:, None]
        assert (np.abs(after - before) / width).max() < 0.05, kind
    assert sum(sizes) <= 50_000


def test_a_kept_model_says_nearly_what_the_whole_one_says(series: dict[str, Hourly]) -> None:
    past = replace(series["oxygen"], future={})
    whole, small = (predict(fit(past, "oxygen", 60, cases=cases), past, 48) for cases in (None, engine.KEPT_CASES))
    width = np.diff(whole.quantiles([0.1, 0.9]), axis=1)[:, 0]
    assert np.abs(whole.quantiles([0.5]) - small.quantiles([0.5]))[:, 0].max() < 0.2 * width.max()


@given(st.binary(max_size=200))
def test_any_bytes_are_a_state_error(raw: bytes) -> None:
    for one in (raw, b"HYM1" + raw):
        with pytest.raises(keeping.StateError):
            keeping.from_bytes(one)


@given(st.data())
def test_a_kept_model_with_a_byte_changed_or_cut_is_a_state_error(small: bytes, data: st.DataObject) -> None:
    raw = bytearray(small)
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    for one in (bytes(raw), bytes(raw[: data.draw(st.integers(0, len(raw) - 1))])):
        with pytest.raises(keeping.StateError):
            keeping.from_bytes(one)


def test_a_packed_bomb_is_refused_before_it_is_unpacked() -> None:
    huge = packed({}, {"zeros": np.zeros(5_000_000, dtype=np.int8)})
    assert len(huge) < 10_000
    with pytest.raises(PackError):
        unpacked(huge)


def test_texts_and_arrays_come_back_as_they_were_packed() -> None:
    arrays = {"a": np.arange(6, dtype=np.int16).reshape(2, 3), "none": np.zeros((0, 4), dtype=np.float32)}
    texts, again = unpacked(packed({"name": "溶氧"}, arrays))
    assert texts == {"name": "溶氧"}
    assert again["a"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert again["none"].shape == (0, 4)
