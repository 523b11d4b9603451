"""Direct linear forecasts of all leads at once: one Gram matrix, one solve, errors from blocks left out.

They shrink towards an autoregression run forward.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting.harmonics import Floats

PENALTIES = (30.0, 300.0, 3000.0, 30000.0)
"""Candidates, in units of standardised rows; chosen per six leads by the error on blocks left out."""
EMBARGO_H = 72
"""Rows this near to a block left out are not learned from either: their targets reach into it."""
SPELL_H = 48.0
"""Hours that fall alike: so much past counts as one case where a mean is judged. [h]"""
LEAST_VARIANCE = 1e-6
"""Keeps a series that never moved solvable: it is forecast to stay."""
STILL_HOURS = 480
"""Below so many hours an anchored forecast stays at its anchor: blocks left out are too few to choose a penalty. [h]"""
SPELLS = 10.0
"""Spells of the past that weigh as much as what is believed before any."""
REFINEMENTS = 2
"""Passes in which unknown targets take the model's own value; two reach the exact solution within 0.1 %."""


@dataclass(frozen=True, kw_only=True)
class Ridge:
    """A fitted linear map from features to all leads.

    Parameters
    ----------
    centre, spread
        Of the features, shape ``(feature,)``.
    offset
        Mean of each lead's target, shape ``(lead,)``.
    slope
        Shape ``(feature, lead)``.
    """

    centre: Floats
    spread: Floats
    offset: Floats
    slope: Floats

    def predict(self, rows: Floats) -> Floats:
        """Return forecasts, shape ``(row, lead)``."""
        return self.offset + ((rows - self.centre) / self.spread) @ self.slope


@dataclass(frozen=True, kw_only=True)
class Fit:
    """A ridge with its honest errors: `origins` are row numbers, `unseen` is ``(origin, lead)`` forecasts by models
    that had not seen that block of time, `error` is truth minus that (NaN where the truth is unknown)."""

    model: Ridge
    origins: NDArray[np.int64]
    unseen: Floats
    error: Floats


def condensed(slope: Floats, scaled: Floats, lost: float) -> Floats:
    """Return a slope of fewer independent columns whose forecasts lose at most a share of their variance.

    Neighbouring leads are forecast much alike, so few patterns over leads say nearly all.

    Parameters
    ----------
    slope
        Shape ``(feature, lead)``.
    scaled
        Features that forecasts are made from, shape ``(row, feature)``.
    """
    told = scaled @ slope
    size, patterns = np.linalg.eigh(told.T @ told)
    keep = np.cumsum(size) > lost * size.sum()  # ascending: the smallest go first
    best = patterns[:, keep]
    few: Floats = slope @ best @ best.T
    return few


def trust(hours: int) -> float:
    """Return how far the mean of so many hours is to be believed, 0..1."""
    return hours / SPELL_H / (hours / SPELL_H + SPELLS)


def lead_targets(level: Floats, horizon: int) -> Floats:
    """Return ``target[t, h-1] = level[t+h]``, NaN past the end, shape ``(time, horizon)``."""
    padded = np.concatenate([level, np.full(horizon, np.nan)])
    return np.lib.stride_tricks.sliding_window_view(padded[1:], horizon)[: len(level)].copy()


def iterated(level: Floats, lags: Floats, horizon: int, *, still_h: float) -> Floats:
    """Return the autoregression on the given lags run forward, shape ``(1 + lag, lead)``; drawn towards persistence.

    The first row is the constant. Without lags it is zero everywhere.

    Parameters
    ----------
    level
        The series, NaN where unknown, shape ``(time,)``.
    lags
        Its values at lags 0, 1, 2..., gaps bridged, shape ``(time, lag)``.
    still_h
        Belief in persistence before any hour is seen, in hours of the series' own variance; fades as `trust` grows. [h]
    """
    order = lags.shape[1]
    forward = np.zeros((1 + order, horizon))
    rows = np.flatnonzero(np.isfinite(level[1:]) & np.isfinite(level[:-1]))
    if not order or not len(rows):
        return forward
    middle, variance = float(level[rows].mean()), float(level[rows].var())
    x = np.column_stack([np.ones(len(rows)), lags[rows] - middle])
    hours = still_h * (1 - trust(len(rows)))
    belief = hours * np.diag([1.0, *np.full(order, variance + LEAST_VARIANCE)])
    step = np.linalg.solve(x.T @ x + belief, x.T @ (level[rows + 1] - middle) + belief[1])
    step[0] += middle * (1 - step[1:].sum())
    past = np.eye(1 + order)[1:]  # each lag as a combination of the constant and today's lags
    for lead in range(horizon):
        ahead = step[1:] @ past
        ahead[0] += step[0]
        forward[:, lead] = ahead
        past = np.vstack([ahead, past[:-1]])
    return forward


def fit(
    rows: Floats,
    target: Floats,
    usable: NDArray[np.bool_],
    *,
    folds: int,
    anchor: Floats,
    penalties: tuple[float, ...] = PENALTIES,
) -> Fit:
    """Return the ridge for all leads with its errors on blocks left out.

    Parameters
    ----------
    rows
        Features by hour, shape ``(time, feature)``.
    target
        Truth by hour and lead, NaN where unknown, shape ``(time, lead)``.
    usable
        Hours that may serve as origins, shape ``(time,)``.
    anchor
        What `iterated` says of the first features: the ridge learns what it misses and shrinks towards it, which is
        far steadier at long leads than shrinking towards their mean.
    """
    order = len(anchor) - 1
    course = anchor[0] + rows[:, :order] @ anchor[1:]
    target = target - course
    origins = np.flatnonzero(usable & (np.isfinite(target).mean(axis=1) > 0.3))
    known = np.isfinite(target[origins])
    centre = rows[origins].mean(axis=0)
    spread = rows[origins].std(axis=0)
    spread[spread < 1e-9] = 1.0
    scaled = (rows[origins] - centre) / spread
    usual = float(np.nanmean(target)) if known.any() else 0.0
    offset = np.array([target[origins[k], h].mean() if k.any() else usual for h, k in enumerate(known.T)])
    if order and len(origins) < STILL_HOURS:
        penalties = (10 * max(penalties),)
    if order:
        offset *= trust(len(origins))  # a few days rise or fall as a whole: their drift is no law
    truth = np.where(known, target[origins] - offset, 0.0)
    blocks = _blocks(origins, folds)
    grams = np.stack([scaled[blocks == b].T @ scaled[blocks == b] for b in range(folds)])
    truth = _complete(scaled, truth, known, grams.sum(axis=0), penalties[len(penalties) // 2])
    sums = np.stack([scaled[blocks == b].T @ truth[blocks == b] for b in range(folds)])
    unseen = [_left_out(scaled, truth, origins, blocks, grams, sums, p) for p in penalties]
    choice = _choose(unseen, truth, known)
    slopes = [np.linalg.solve(_damped(grams.sum(axis=0), p), sums.sum(axis=0)) for p in penalties]
    best = np.arange(truth.shape[1])
    slope = np.stack(slopes)[choice, :, best].T
    honest = np.stack(unseen)[choice, :, best].T
    slope[:order] += anchor[1:] * spread[:order, None]
    middle = anchor[0] + centre[:order] @ anchor[1:]
    return Fit(
        model=Ridge(centre=centre, spread=spread, offset=offset + middle, slope=slope),
        origins=origins,
        unseen=honest + offset + course[origins],
        error=np.where(known, truth - honest, np.nan),
    )


def _blocks(origins: NDArray[np.int64], folds: int) -> NDArray[np.int64]:
    """Return the block of time of each origin, equal counts."""
    return np.arange(len(origins)) * folds // max(1, len(origins))


def _damped(gram: Floats, penalty: float) -> Floats:
    return gram + penalty * np.eye(len(gram))


def _complete(scaled: Floats, truth: Floats, known: NDArray[np.bool_], gram: Floats, penalty: float) -> Floats:
    """Return targets with unknown ones set to the model's own forecast, so that one Gram matrix serves all leads."""
    if known.all():
        return truth
    completed = truth
    for _ in range(REFINEMENTS):
        slope = np.linalg.solve(_damped(gram, penalty), scaled.T @ completed)
        completed = np.where(known, truth, scaled @ slope)
    return completed


def _left_out(
    scaled: Floats,
    truth: Floats,
    origins: NDArray[np.int64],
    blocks: NDArray[np.int64],
    grams: Floats,
    sums: Floats,
    penalty: float,
) -> Floats:
    """Return each origin's forecast by a model that saw neither its block nor the rows next to it."""
    unseen = np.empty_like(truth)
    gram_all, sum_all = grams.sum(axis=0), sums.sum(axis=0)
    for block in range(len(grams)):
        inside = blocks == block
        first, last = origins[inside][0], origins[inside][-1]
        edge = ~inside & (origins > first - EMBARGO_H) & (origins < last + EMBARGO_H)
        gram = gram_all - grams[block] - scaled[edge].T @ scaled[edge]
        total = sum_all - sums[block] - scaled[edge].T @ truth[edge]
        unseen[inside] = scaled[inside] @ np.linalg.solve(_damped(gram, penalty), total)
    return unseen


def _choose(unseen: list[Floats], truth: Floats, known: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the number of the best penalty for each lead, decided by groups of six leads."""
    miss = np.stack([np.where(known, np.abs(truth - u), 0).sum(axis=0) for u in unseen])
    leads = truth.shape[1]
    group = np.arange(leads) // 6
    by_group = np.stack([miss[:, group == g].sum(axis=1) for g in range(group[-1] + 1)], axis=1)
    best: NDArray[np.int64] = by_group.argmin(axis=0)
    return best[group]
