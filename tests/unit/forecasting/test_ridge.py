"""The autoregression run forward that linear forecasts shrink towards."""

import numpy as np

from forecasting.model import ridge


def series(hours: int = 3000, keep: float = 0.8) -> np.ndarray:
    random = np.random.default_rng(0)
    level = np.zeros(hours)
    for hour in range(1, hours):
        level[hour] = 0.4 + keep * level[hour - 1] + random.normal(0, 0.1)
    return level


def test_iterated_autoregression_fades_by_its_own_memory_towards_the_mean() -> None:
    level = series()
    forward = ridge.iterated(level, level[:, None], 48, still_h=200)
    assert forward.shape == (2, 48)
    assert np.abs(forward[1, :6] - 0.8 ** np.arange(1, 7)).max() < 0.05
    assert abs(forward[0, -1] - 2.0) < 0.05


def test_iterated_autoregression_of_a_constant_stays_there() -> None:
    level = np.full(200, 3.0)
    forward = ridge.iterated(level, np.column_stack([level, level]), 5, still_h=200)
    assert np.abs(forward[0] + 3.0 * forward[1:].sum(axis=0) - 3.0).max() < 1e-3


def test_ridge_of_pure_noise_falls_back_on_its_anchor() -> None:
    level = series()
    random = np.random.default_rng(1)
    rows = np.column_stack([level, random.normal(size=(len(level), 30))])
    anchor = ridge.iterated(level, rows[:, :1], 12, still_h=200)
    target = ridge.lead_targets(level, 12)
    fitted = ridge.fit(rows, target, np.ones(len(level), dtype=np.bool_), folds=4, anchor=anchor)
    expected = anchor[0] + level[-1:, None] * anchor[1]
    assert np.abs(fitted.model.predict(rows[-1:]) - expected).max() < 0.03


def test_iterated_autoregression_of_a_day_hardly_leaves_persistence_whatever_the_level() -> None:
    for offset in (0.0, 300.0):
        level = offset + series(30)
        lags = np.column_stack([level, np.r_[level[0], level[:-1]]])
        forward = ridge.iterated(level, lags, 12, still_h=4000)
        told = forward[0] + lags[-1] @ forward[1:]
        assert np.abs(told - level[-1]).max() < 0.25 * abs(level[-1] - level.mean()) + 0.01
