"""Array tests against vectors of ioos_qc and against ioos_qc itself on real oxygen."""

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cages import qc

warnings.filterwarnings("ignore", category=DeprecationWarning)
qartod = pytest.importorskip("ioos_qc.qartod")

DATA = Path(__file__).parents[2] / "data" / "oxygen" / "apalachicola_cat_point_hourly.csv.gz"
FRAME = pd.read_csv(DATA, parse_dates=["time"])
REAL = FRAME["y"].to_numpy()
TIMES = FRAME["time"].to_numpy()
TIMES_S = TIMES.astype("datetime64[s]").astype(np.float64)


def test_spike_equals_the_published_vector() -> None:
    values = np.array([10, 12, 999.99, 13, 15, 40, 9, 9], dtype=float)
    assert qc.spike(values, 25, 50).tolist() == [2, 4, 4, 4, 1, 3, 1, 2]


def test_flat_line_equals_the_published_vector() -> None:
    values = np.array([1, 2, 2.0001, 2, 2.0001, 2, 2.0001, 2, 4, 5, 3, 3.0001, 3.0005, 3.00001])
    times_s = np.arange(14) * 900.0
    flags = qc.flat_line(values, times_s, suspect_s=3000, fail_s=4800, tolerance=0.01)
    assert flags.tolist() == [1, 1, 1, 1, 3, 3, 4, 4, 1, 1, 1, 1, 1, 3]


def test_gross_range_equals_ioos_qc_on_real_oxygen() -> None:
    theirs = qartod.gross_range_test(REAL, fail_span=(0.5, 10), suspect_span=(2, 9))
    assert np.array_equal(qc.gross_range(REAL, (0.5, 10), (2, 9)), theirs)


@pytest.mark.parametrize(("suspect", "fail"), [(0.5, 1.0), (1.5, 2.5), (None, 2.0)])
def test_spike_equals_ioos_qc_on_real_oxygen_with_gaps(suspect: float | None, fail: float) -> None:
    theirs = qartod.spike_test(REAL, suspect_threshold=suspect, fail_threshold=fail)
    assert np.array_equal(qc.spike(REAL, suspect, fail), theirs)


def test_rate_of_change_equals_ioos_qc_on_real_oxygen() -> None:
    theirs = qartod.rate_of_change_test(REAL, TIMES, threshold=1.0 / 3600, fail_threshold=3.0 / 3600)
    assert np.array_equal(qc.rate_of_change(REAL, TIMES_S, 1.0 / 3600, 3.0 / 3600), theirs)


@pytest.mark.parametrize("tolerance", [0.01, 0.05, 0.3])
def test_flat_line_equals_ioos_qc_on_real_oxygen_with_gaps(tolerance: float) -> None:
    theirs = qartod.flat_line_test(REAL, TIMES, suspect_threshold=10800, fail_threshold=18000, tolerance=tolerance)
    ours = qc.flat_line(REAL, TIMES_S, suspect_s=10800, fail_s=18000, tolerance=tolerance)
    assert np.array_equal(ours, theirs)


def test_flat_line_of_whole_spans_leaves_one_with_a_gap_unjudged() -> None:
    values = np.array([5.0, 5.1, np.nan, 5.0, 5.3, 5.3, 5.3])
    flags = qc.flat_line(values, np.arange(7) * 60.0, suspect_s=120, fail_s=600, tolerance=0.01, whole_spans=True)
    assert flags.tolist() == [1, 1, 9, 1, 1, 1, 3]


@pytest.mark.parametrize("hours", [6, 25])
def test_attenuated_signal_equals_ioos_qc_on_real_oxygen_with_gaps(hours: int) -> None:
    theirs = qartod.attenuated_signal_test(
        REAL, TIMES, suspect_threshold=0.8, fail_threshold=0.3, test_period=hours * 3600, min_obs=4, check_type="range"
    )
    ours = qc.attenuated_signal(REAL, TIMES_S, suspect=0.8, fail=0.3, period_s=hours * 3600, least=4)
    assert np.array_equal(ours, theirs)


def test_time_gap_equals_ioos_qc_on_real_oxygen() -> None:
    whole = ~np.isnan(REAL)
    late = qc.time_gap(TIMES_S[whole], 7000) == qc.FAIL
    assert late.sum() == (np.diff(TIMES_S[whole]) > 7000).sum()
    assert late.sum() > 0


def test_impossible_word_finds_real_oxygen_with_its_words_swapped() -> None:
    whole = REAL[~np.isnan(REAL)].astype(">f4")
    swapped = whole.view(">u2").reshape(-1, 2)[:, ::-1].copy().view(">f4").ravel().astype(float)
    assert (qc.worst_of(qc.impossible_word(swapped), qc.gross_range(swapped, (0, 20))) == qc.FAIL).mean() > 0.98
    assert (qc.impossible_word(whole.astype(float)) == qc.GOOD).all()


def test_worst_flag_never_hides_behind_one_that_could_not_judge() -> None:
    one = np.array([1, 2, 3, 4, 9, 2], dtype=np.uint8)
    two = np.array([2, 2, 1, 3, 4, 1], dtype=np.uint8)
    assert qc.worst_of(one, two).tolist() == [1, 2, 3, 4, 9, 1]
