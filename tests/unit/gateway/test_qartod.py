"""Streaming tests against `ioos_qc`, value by value."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ioos_qc import qartod as oracle

from core.profiles import EdgeTests
from core.qc import QcFlag
from gateway.qartod import FlatLine, RateOfChange, SeriesTests, Spike, gross_range, time_gap

values = st.lists(
    st.one_of(st.none(), st.sampled_from([5.0, 5.005, 5.2]), st.floats(-50, 50).map(lambda v: round(v, 3))),
    min_size=3,
    max_size=40,
)


def filled(series: list[float | None]) -> list[float]:
    return [math.nan if value is None else value for value in series]


def flags(found: object) -> list[int]:
    return [int(flag) for flag in np.ma.filled(found, 9)]


@given(values)
def test_spike_equals_ioos(series: list[float | None]) -> None:
    test = Spike(2.0, 6.0)
    ours = [test.step(value) for value in series]
    theirs = flags(oracle.spike_test(inp=filled(series), suspect_threshold=2.0, fail_threshold=6.0))
    assert [None if f is None else int(f) for f in ours[1:]] == theirs[:-1]


@given(values)
def test_rate_of_change_equals_ioos(series: list[float | None]) -> None:
    test = RateOfChange(0.05)
    times = [1_700_000_000 + 10 * i for i in range(len(series))]
    ours = [int(test.step(value, at)) for value, at in zip(series, times, strict=True)]
    theirs = flags(
        oracle.rate_of_change_test(inp=filled(series), tinp=np.array(times, dtype="datetime64[s]"), threshold=0.05)
    )
    assert ours == theirs


@given(values, st.integers(1, 5), st.integers(1, 5))
@settings(max_examples=60)
def test_flat_line_equals_ioos_wherever_the_window_has_no_gap(
    series: list[float | None], suspect: int, more: int
) -> None:
    """The one deviation: ioos_qc judges a window by the values left in it, so one value after a dropout is "flat"."""
    test = FlatLine(tolerance=0.01, suspect_s=suspect * 60.0, fail_s=(suspect + more) * 60.0, interval_s=60.0)
    times = np.array([1_700_000_000 + 60 * i for i in range(len(series))], dtype="datetime64[s]")
    ours = [int(test.step(value)) for value in series]
    theirs = flags(
        oracle.flat_line_test(
            inp=filled(series), tinp=times, suspect_threshold=suspect * 60, fail_threshold=(suspect + more) * 60,
            tolerance=0.01,
        )
    )  # fmt: skip
    for index, (own, other) in enumerate(zip(ours, theirs, strict=True)):
        window = series[max(0, index - suspect - more) : index + 1]
        assert own == other or (None in window and own in (1, 3))


@given(values)
def test_gross_range_equals_ioos(series: list[float | None]) -> None:
    ours = [int(gross_range(value, -20, 20, -5, 8)) for value in series]
    assert ours == flags(oracle.gross_range_test(inp=filled(series), fail_span=(-20, 20), suspect_span=(-5, 8)))


@given(st.lists(st.integers(1, 20_000), min_size=2, max_size=20))
def test_time_gap_equals_ioos_after_the_first_value(steps: list[int]) -> None:
    times = np.cumsum(steps) + 1_700_000_000
    theirs = flags(oracle.time_gap_test(tinp=times.astype("datetime64[s]"), fail_span=2))
    ours = [int(time_gap(float(a), float(b), 7200.0)) for a, b in itertools.pairwise(times)]
    assert ours == theirs[1:]


def test_spike_of_the_published_vector() -> None:
    test = Spike(25, 50)
    found = [test.step(value) for value in [10, 12, 999.99, 13, 15, 40, 9, 9]]
    assert [int(f) for f in found[1:] if f is not None] == [2, 4, 4, 4, 1, 3, 1]


def test_flat_line_of_the_published_vector() -> None:
    series = [1, 2, 2.0001, 2, 2.0001, 2, 2.0001, 2, 4, 5, 3, 3.0001, 3.0005, 3.00001]
    test = FlatLine(tolerance=0.01, suspect_s=3000, fail_s=4800, interval_s=900)
    assert [int(test.step(v)) for v in series] == [1, 1, 1, 1, 3, 3, 4, 4, 1, 1, 1, 1, 1, 3]


def test_wave_summary_repeated_within_its_cadence_is_not_flat() -> None:
    tests = SeriesTests(EdgeTests(flat_tolerance=1e-4, flat_suspect_s=7200, flat_fail_s=14_400), interval_s=1200.0)
    assert all(tests.step(1.25, 1200.0 * i).now is QcFlag.GOOD for i in range(6))
    assert tests.step(1.25, 7200.0).now is QcFlag.SUSPECT


def test_series_tests_amend_the_value_before_a_spike_was_known() -> None:
    tests = SeriesTests(EdgeTests(spike_suspect=2.0, spike_fail=6.0), interval_s=1.0)
    found = [tests.step(value, float(i)) for i, value in enumerate([5.0, 15.0, 5.0])]
    assert [f.now for f in found] == [QcFlag.GOOD] * 3
    assert [f.before for f in found] == [None, None, QcFlag.FAIL]


@pytest.mark.parametrize("value", [None])
def test_missing_value_is_missing_in_every_test(value: None) -> None:
    tests = SeriesTests(EdgeTests(rate_per_s=1.0, flat_tolerance=0.1, flat_suspect_s=10, flat_fail_s=20), 1.0)
    assert tests.step(value, 0.0).now is QcFlag.MISSING
