"""That errors are given their true size: shares of members, the last remapping, spread by features, small samples."""

import numpy as np
import pytest
from scipy.stats import norm

from forecasting.model import analogs, calibration, ridge, spread
from forecasting.model.predictive import LEVELS, Predictive, quantile_table
from forecasting.series.columns import centre_and_spread, known_mean

TESTS, HORIZON = 400, 24
NORMAL = norm.ppf(LEVELS)
LEADS = calibration.tested_leads(HORIZON)


def errors(size: float = 1.0, tests: int = TESTS) -> np.ndarray:
    """Return errors of past cases at the tested leads."""
    return np.random.default_rng(7).normal(0, size, (tests, len(LEADS)))


def tables(size: float, tests: int = TESTS) -> np.ndarray:
    """Return what a member of one size says of each case, shape ``(test, level, tested lead)``."""
    return np.tile(size * NORMAL[None, :, None], (tests, 1, len(LEADS)))


@pytest.mark.parametrize(("first", "second", "share"), [(1.0, 4.0, 0.75), (4.0, 1.0, 0.25)])
def test_share_goes_to_the_member_that_was_right_but_never_all(first: float, second: float, share: float) -> None:
    found = calibration.shares(np.stack([tables(first), tables(second)]), errors(), HORIZON)
    assert found.shape == (HORIZON,)
    assert set(found) == {share}


def test_share_is_even_where_no_truth_is_known() -> None:
    unknown = np.full((TESTS, len(LEADS)), np.nan)
    assert set(calibration.shares(np.stack([tables(1.0), tables(4.0)]), unknown, HORIZON)) == {0.5}


@pytest.mark.parametrize("size", [0.5, 2.0])
def test_remapped_interval_of_a_member_of_the_wrong_size_holds_its_share_of_new_cases(size: float) -> None:
    remap = calibration.fit_remap(tables(size), errors(), HORIZON, spells=1e6)
    mapped = remap.apply(np.tile(size * NORMAL[:, None], (1, HORIZON)))
    low, high = (mapped[np.flatnonzero(level == LEVELS)[0]] for level in (0.1, 0.9))
    held = norm.cdf(high) - norm.cdf(low)
    raw = 2 * norm.cdf(size * norm.ppf(0.9)) - 1
    assert (np.abs(held - 0.8) < 0.4 * abs(raw - 0.8)).all()


def test_remap_from_few_spells_hardly_moves_and_without_truth_not_at_all() -> None:
    few = calibration.fit_remap(tables(0.5), errors(), HORIZON, spells=2.0).level
    many = calibration.fit_remap(tables(0.5), errors(), HORIZON, spells=400.0).level
    assert np.abs(few - LEVELS[:, None]).max() < 0.25 * np.abs(many - LEVELS[:, None]).max()
    none = calibration.fit_remap(tables(0.5), np.full((TESTS, len(LEADS)), np.nan), HORIZON, spells=400.0).level
    assert np.array_equal(none, np.tile(LEVELS[:, None], (1, HORIZON)))


@pytest.mark.parametrize("horizon", [1, 2, 12, 13, 48])
def test_every_lead_has_a_share_and_a_level_to_read(horizon: int) -> None:
    leads = calibration.tested_leads(horizon)
    came = np.random.default_rng(1).normal(size=(50, len(leads)))
    table = np.tile(NORMAL[None, :, None], (50, 1, len(leads)))
    assert calibration.shares(np.stack([table, table]), came, horizon).shape == (horizon,)
    level = calibration.fit_remap(table, came, horizon, spells=25.0).level
    assert level.shape == (len(LEVELS), horizon)
    assert (np.diff(level, axis=0) >= 0).all()


def test_spread_follows_the_feature_that_errors_grow_with_and_is_bounded() -> None:
    random = np.random.default_rng(2)
    rows = random.normal(size=(4000, 3))
    error = np.exp(0.7 * rows[:, 1:2]) * random.normal(size=(4000, 5))
    width = spread.fit(rows, error, (0, 1))
    low, high = width.factor(np.array([[0.0, -1.0, 9.0], [0.0, 1.0, -9.0]]))
    assert ((high / low > np.exp(0.7)) & (high / low <= np.exp(1.4))).all(), "half the true contrast at least"
    assert width.factor(np.array([[0.0, 50.0, 0.0]])).max() <= np.exp(spread.BOUND)


def test_spread_of_errors_that_are_all_unknown_or_zero_is_one() -> None:
    rows = np.random.default_rng(2).normal(size=(60, 2))
    for error in (np.full((60, 3), np.nan), np.zeros((60, 3))):
        assert np.allclose(spread.fit(rows, error, (0, 1)).factor(rows), 1)


def test_quantiles_of_a_small_sample_are_its_plotting_positions_and_late_leads_take_the_one_before() -> None:
    sample = np.column_stack([np.arange(1.0, 20.0), np.r_[1.0, np.full(18, np.nan)]])
    table = quantile_table(sample)
    assert table[LEVELS == 0.5, 0] == 10.0
    assert table[LEVELS == 0.9, 0] == 18.0  # the 18th of 19: one in ten new cases lies above
    assert np.array_equal(table[:, 1], table[:, 0])


def test_analogs_give_the_weighted_quantiles_of_their_errors_and_too_few_give_none() -> None:
    error = np.column_stack([np.arange(60.0), np.r_[np.arange(10.0), np.full(50, np.nan)]])
    book = analogs.Library(
        hours=np.arange(60.0), coordinates=np.zeros((60, 1)), scale=np.ones(1), error=error, neighbours=60
    )
    alike = analogs.Likeness(cases=np.arange(60), weights=np.r_[np.zeros(20), np.ones(40)])
    table = analogs.error_table(book, alike, np.full((len(LEVELS), 2), -1.0))
    assert table[LEVELS == 0.5, 0] == pytest.approx(39.5)
    assert (table[:, 1] == -1.0).all()


def test_condensed_slope_keeps_what_forecasts_use() -> None:
    random = np.random.default_rng(3)
    scaled, pattern = random.normal(size=(500, 6)), random.normal(size=(2, 24))
    slope = random.normal(size=(6, 2)) @ pattern + 1e-4 * random.normal(size=(6, 24))
    few = ridge.condensed(slope, scaled, 1e-3)
    assert np.linalg.matrix_rank(few, tol=1e-6) == 2
    lost = np.square(scaled @ (slope - few)).sum() / np.square(scaled @ slope).sum()
    assert lost <= 1e-3


def test_columns_that_never_move_are_divided_by_one_and_unknown_ones_count_as_zero() -> None:
    centre, wide = centre_and_spread(np.array([[1.0, 5.0], [3.0, 5.0]]))
    assert (centre.tolist(), wide.tolist()) == ([2.0, 5.0], [1.0, 1.0])
    assert known_mean(np.array([[1.0, np.nan], [np.nan, np.nan], [4.0, np.nan]])).tolist() == [2.5, 0.0]


def test_paths_are_ordered_as_past_errors_were() -> None:
    case = np.linspace(0.01, 0.99, 50, dtype=np.float32)
    table = np.tile(6 + NORMAL[:, None], (1, 2))
    for second, sign in ((case, 1), (case[::-1], -1)):
        predictive = Predictive(kind="oxygen", table=table, ranks=np.column_stack([case, second]))
        paths = predictive.paths(50, np.random.default_rng(0))
        assert sign * np.corrcoef(paths[:, 0], paths[:, 1])[0, 1] > 0.99
