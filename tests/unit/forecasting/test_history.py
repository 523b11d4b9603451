"""Tables as strangers hand them in: read as what they mean, or refused with what to do; never a warning."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting import api
from forecasting.series.history import GAP_H, MIN_GOOD, POSSIBLE, HistoryError, Hourly, read
from forecasting.series.winds import WIND

HOURS = 120
DECILES = [0.1, 0.5, 0.9]
Change = Callable[[pd.DataFrame], Any]


def table(hours: int = HOURS) -> pd.DataFrame:
    t = np.arange(hours)
    index = pd.date_range("2026-05-01", periods=hours, freq="h", tz="UTC")
    return pd.DataFrame({"y": 6 + np.sin(t / 4), "temp": 20 + np.cos(t / 4)}, index=index)


def ahead(hours: int = 24, *, late_h: int = 1, name: str = WIND) -> pd.DataFrame:
    start = table().index[-1] + pd.Timedelta(hours=late_h)
    return pd.DataFrame({name: np.full(hours, 8.0)}, index=pd.date_range(start, periods=hours, freq="h"))


def same(one: Hourly, two: Hourly) -> bool:
    return np.array_equal(one.time_h, two.time_h) and np.allclose(one.y, two.y, equal_nan=True)


@pytest.mark.parametrize(
    ("case", "change"),
    [
        ("any order", lambda t: t.sample(frac=1, random_state=1)),
        ("every row twice", lambda t: pd.concat([t, t])),
        ("no time zone: UTC", lambda t: t.tz_localize(None)),
        ("another zone", lambda t: t.tz_convert("Asia/Shanghai")),
        ("a zone of half hours", lambda t: t.tz_convert("Asia/Kathmandu")),
        ("times in seconds", lambda t: t.set_index(t.index.as_unit("s"))),
        ("times in nanoseconds", lambda t: t.set_index(t.index.as_unit("ns"))),
        ("ten minutes", lambda t: t.loc[t.index.repeat(6)].set_index(t.index.repeat(6) + pd.to_timedelta(
            np.tile(np.arange(0, 60, 10), len(t)), unit="min"))),
        ("objects", lambda t: t.astype(object)),
        ("numbers in words", lambda t: t.assign(y=t["y"].map(repr))),
        ("single precision", lambda t: t.astype("float32")),
        ("nullable", lambda t: t.astype("Float64")),
    ],
)  # fmt: skip
def test_another_form_of_the_same_table_reads_the_same(case: str, change: Change) -> None:
    assert same(read(change(table()), 24, "oxygen"), read(table(), 24, "oxygen")), case


@pytest.mark.parametrize(
    ("kind", "value"),
    [("oxygen", np.inf), ("oxygen", 99.9), ("oxygen", -999.0), ("wave", -0.1), ("wave", 99.0), ("wind", 1e308),
     ("wind", -1.0), ("wave", None), ("oxygen", pd.NA)],
)  # fmt: skip
def test_value_that_cannot_be_is_missing(kind: str, value: object) -> None:
    rows = table().astype(object)
    rows.iloc[50:60, 0] = value
    assert np.flatnonzero(~np.isfinite(read(rows, 24, kind).y)).tolist() == list(range(50, 60))


def test_fill_value_of_a_file_and_impossible_wind_are_missing_in_covariates() -> None:
    rows = table().assign(wspd=8.0)
    rows.iloc[3, 1], rows.iloc[4, 2] = 9.96921e36, 99.0
    past = read(rows, 24, "wave", ahead().assign(**{WIND: [99.0, *[8.0] * 23]}))
    assert np.flatnonzero(np.isnan(past.covariates["temp"])).tolist() == [3]
    assert np.flatnonzero(np.isnan(past.covariates[WIND])).tolist() == [4]
    assert np.flatnonzero(np.isnan(past.future[WIND])).tolist() == [0]


def test_most_of_a_year_sent_as_ninety_nine_is_a_gap_and_no_other_unit() -> None:
    rows = table().assign(y=[1.5] * 40 + [99.0] * 80)
    assert np.isfinite(read(rows, 24, "wave").y).sum() == 40


@pytest.mark.parametrize(
    ("case", "change", "words"),
    [
        ("nothing", lambda t: None, "NoneType: give a pandas DataFrame"),
        ("one column", lambda t: t["y"], "Series: give a pandas DataFrame"),
        ("an array", lambda t: t.to_numpy(), "ndarray: give a pandas DataFrame"),
        ("no y", lambda t: t.rename(columns={"y": "do"}), "no column 'y'"),
        ("two of y", lambda t: pd.concat([t, t[["y"]]], axis=1), "'y' more than once"),
        ("two levels", lambda t: pd.concat({"y": t}, axis=1), "several levels"),
        ("no rows", lambda t: t.iloc[:0], "empty"),
        ("nothing known", lambda t: t.assign(y=np.nan), "0 good hourly values"),
        ("a few hours", lambda t: t.iloc[: MIN_GOOD - 1], "23 good hourly values"),
        ("numbers for times", lambda t: t.reset_index(drop=True), "not a RangeIndex: make it by table.set_index"),
        ("words for times", lambda t: t.set_index(t.index.astype(str)), r"make it by pandas\.to_datetime"),
        ("periods", lambda t: t.tz_localize(None).to_period("h"), r"make it by table\.to_timestamp"),
        ("no time in one row", lambda t: t.set_index(t.index.where(np.arange(len(t)) > 2)), "NaT"),
        ("words for numbers", lambda t: t.assign(y="high"), "not a number.*to_numeric"),
        ("a covariate in words", lambda t: t.assign(sky="clear"), "'sky' holds something that is not a number"),
        ("a covariate of times", lambda t: t.assign(seen=t.index), "'seen' holds datetime64"),
        ("complex", lambda t: t.assign(y=t["y"] * 1j), "'y' holds complex128"),
        ("percent of saturation", lambda t: t.assign(y=t["y"] * 12), "outside -1 to 25 mg/L .*convert"),
    ],
)
def test_history_that_cannot_be_used_is_refused_with_what_to_do(case: str, change: Change, words: str) -> None:
    with pytest.raises(HistoryError, match=words):
        read(change(table()), 24, "oxygen")
    assert case


@pytest.mark.parametrize(
    ("case", "future", "words"),
    [
        ("a mapping", {WIND: [1.0] * 24}, "future is a dict"),
        ("one column", ahead()[WIND], "future is a Series"),
        ("no times", ahead().reset_index(drop=True), "future needs a time index"),
        ("words", ahead().assign(**{WIND: "strong"}), "not a number"),
        ("over before the origin", ahead(late_h=-30), "no row within the horizon"),
        ("begins after the horizon", ahead(late_h=25), "no row within the horizon"),
        ("a column twice", pd.concat([ahead(), ahead()], axis=1), "more than once"),
    ],
)
def test_future_that_cannot_be_used_is_refused_with_what_to_do(case: str, future: Any, words: str) -> None:
    with pytest.raises(HistoryError, match=words):
        read(table(), 24, "wave", future)
    assert case


@pytest.mark.parametrize(
    ("case", "future", "known"),
    [
        ("none", None, 0),
        ("no rows", ahead().iloc[:0], 0),
        ("no values", ahead() * np.nan, 0),
        ("shorter", ahead(5), 5),
        ("longer", ahead(500), 24),
        ("any order, twice", pd.concat([ahead(), ahead()]).iloc[::-1], 24),
        ("with the past", ahead(70, late_h=-40), 24),
        ("every third hour", ahead().iloc[::3], 8),
        ("to the end of time", pd.concat([ahead(), ahead(1, late_h=10**7)]), 24),
    ],
)
def test_future_is_taken_as_far_as_it_reaches(case: str, future: Any, known: int) -> None:
    found = read(table(), 24, "wave", future).future
    assert sum(int(np.isfinite(column).sum()) for column in found.values()) == known, case


def test_middle_of_long_holes_is_left_out_and_the_origin_stays() -> None:
    rows = table()
    late = rows.set_index(rows.index + pd.Timedelta(days=3650))
    end = pd.DataFrame({"y": [np.nan]}, index=late.index[-1:] + pd.Timedelta(days=400))
    series = read(pd.concat([rows, late, end]), 24, "oxygen")
    assert len(series.y) == 2 * HOURS + 2 * GAP_H
    assert series.time_h[-1] == (end.index[0] - pd.Timestamp("2000-01-01", tz="UTC")) / pd.Timedelta(hours=1)
    assert (np.diff(series.time_h) >= 1).all()


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        ("horizon of 0", {"horizon": 0}), ("horizon of 241", {"horizon": 241}), ("horizon of 1.5", {"horizon": 1.5}),
        ("horizon of '48'", {"horizon": "48"}), ("horizon of None", {"horizon": None}),
        ("use one of oxygen, wave, wind", {"kind": "Oxygen"}), ("Kind None", {"kind": None}),
        ("seed of -1", {"seed": -1}), ("seed of None", {"seed": None}), ("seed of 1.5", {"seed": 1.5}),
    ],
)  # fmt: skip
def test_wrong_argument_is_refused_with_what_to_give(words: str, wrong: dict[str, Any]) -> None:
    right = {"history": table(), "horizon": 24, "kind": "oxygen"}
    with pytest.raises(HistoryError, match=words):
        api.forecast(**right | wrong, quantiles=DECILES)
    with pytest.raises(HistoryError, match=words):
        api.paths(**right | wrong, n_paths=5)


@pytest.mark.parametrize("wrong", [[], 0.5, None, [0.0], [0.1, 1.0], [np.nan], ["low"], [[0.1, 0.9]], [True]])
def test_wrong_quantiles_are_refused(wrong: Any) -> None:
    with pytest.raises(HistoryError, match="above 0 and below 1"):
        api.forecast(table(), 24, wrong, "oxygen")


@pytest.mark.parametrize("wrong", [0, -1, 1.5, None, "5", True, 10**12])
def test_wrong_number_of_paths_is_refused(wrong: Any) -> None:
    with pytest.raises(HistoryError, match="1 to 100000"):
        api.paths(table(), 24, wrong, "oxygen")


def test_quantiles_come_in_the_order_asked() -> None:
    up = api.forecast(table(), 6, [0.1, 0.5, 0.9], "oxygen")
    down = api.forecast(table(), 6, (q for q in (0.9, 0.5, 0.1)), "oxygen")  # type: ignore[arg-type]
    assert np.array_equal(up, down[:, ::-1])


@pytest.mark.parametrize("horizon", [1, 240])
@pytest.mark.parametrize("count", [1, 1000])
def test_paths_have_the_shape_asked(horizon: int, count: int) -> None:
    out = api.paths(table(), horizon, count, "wave")
    assert out.shape == (count, horizon)
    assert np.isfinite(out).all()


def thinned(t: pd.DataFrame, keep: Any) -> pd.DataFrame:
    return t.assign(y=t["y"].where(keep(np.arange(len(t)))))


@pytest.mark.parametrize("kind", ["oxygen", "wave", "wind"])
@pytest.mark.parametrize(
    ("case", "history"),
    [
        ("the least there may be", table(MIN_GOOD)),
        ("every sixth hour", table(800).iloc[::6]),
        ("once a day", table(24 * 40).iloc[::24]),
        ("a day, then silence", thinned(table(500), lambda h: h < 30)),
        ("now and then", thinned(table(500), lambda h: h % 13 == 0)),
        ("silent for three days", thinned(table(200), lambda h: h < 128)),
        ("constant", table(200).assign(y=5.0)),
        ("zero", table(200).assign(y=0.0)),
        ("tiny", table(200).assign(y=table(200)["y"] * 1e-300)),
        ("one jump at the end", table(200).assign(y=[1.0] * 199 + [9.0])),
        ("a covariate that overflows when squared", table(200).assign(temp=lambda t: t["temp"] * 1e200)),
    ],
)
def test_poor_history_gets_a_finite_ordered_forecast(case: str, history: pd.DataFrame, kind: Any) -> None:
    out = api.forecast(history, 24, DECILES, kind)
    assert out.shape == (24, 3), case
    assert np.isfinite(out).all(), case
    assert (np.diff(out, axis=1) >= 0).all(), case


def test_a_day_of_oxygen_is_forecast_wide_and_near_what_was_read() -> None:
    out = api.forecast(table(MIN_GOOD), 48, DECILES, "oxygen")
    assert 4.0 < out[0, 1] < 8.0
    assert (out[-1, 2] - out[-1, 0]) > 1.0
    assert (np.diff(out[:, 2] - out[:, 0]) >= -1e-9).all()


def test_silence_widens_a_forecast_from_little() -> None:
    fresh, silent = (api.forecast(t, 12, DECILES, "oxygen") for t in (table(30), thinned(table(60), lambda h: h < 30)))
    assert (silent[:, 2] - silent[:, 0])[0] > 1.5 * (fresh[:, 2] - fresh[:, 0])[0]


ANY = st.floats(width=64, allow_nan=True, allow_infinity=True)


@st.composite
def any_table(draw: st.DrawFn) -> pd.DataFrame:
    """Rows at any minute of some days, in any order, of values that may be anything."""
    rows = draw(st.integers(20, 160))
    random = np.random.default_rng(draw(st.integers(0, 99)))
    span = draw(st.sampled_from([0, 60, 9000, 60 * 24 * 400]))
    minutes = random.integers(0, span, rows) if span else 60 * random.permutation(rows)
    start = pd.Timestamp(draw(st.sampled_from(["1950-01-01", "1999-12-31T23:59", "2026-02-28", "2261-01-01"])))
    index = pd.DatetimeIndex(start + pd.to_timedelta(minutes, unit="min")).as_unit(draw(st.sampled_from(["s", "us"])))
    zone = draw(st.sampled_from([None, "UTC", "America/St_Johns"]))
    y = random.uniform(*draw(st.sampled_from([(0, 9), (-2, 9), (5, 5), (0, 200)])), rows)
    wild = draw(st.lists(ANY, max_size=8))
    y[: len(wild)] = wild
    other = np.where(random.random(rows) < draw(st.sampled_from([0.0, 0.5, 1.0])), random.choice([*wild, 1.0], rows), 9)
    aware = index.tz_localize("UTC").tz_convert(zone) if zone else index
    return pd.DataFrame({"y": y, "wind": other}, index=aware)


@settings(max_examples=60, deadline=None)
@given(any_table(), st.sampled_from(["oxygen", "wave", "wind"]), st.integers(1, 8))
def test_any_table_is_forecast_or_refused_in_words(history: pd.DataFrame, kind: Any, horizon: int) -> None:
    try:
        series = read(history, horizon, kind)
        out = api.forecast(history, horizon, DECILES, kind)
    except HistoryError as exc:
        assert str(exc)
        return
    low, high, _ = POSSIBLE[kind]
    assert (np.diff(series.time_h) >= 1).all()
    assert ((series.y >= low) & (series.y <= high) | np.isnan(series.y)).all()
    assert out.shape == (horizon, 3)
    assert np.isfinite(out).all()
    assert (np.diff(out, axis=1) >= 0).all()
