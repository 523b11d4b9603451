"""Direct linear forecasts of all leads at once: one Gram matrix, one solve, errors from blocks left out.

They shrink towards an autoregression run forward.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting.series.columns import centre_and_spread
from forecasting.series.harmonics import Floats

PENALTIES = (30.0, 300.0, 3000.0, 30000.0)
"""Candidates, in units of standardised rows; chosen per six leads by the error on blocks left out."""
EMBARGO_H = 72
"""Rows this near to a block left out are not learned from either: their targets reach into it."""
SPELL_H = 48.0
"""Hours that fall alike: so much past counts as one case where a mean is judged. [h]"""
LEAST_VARIANCE = 1e-6
"""Keeps a series that never moved solvable: it is forecast to stay."""
KNOWN_SHARE = 0.3
"""Share of its future that has to be known for an hour to teach."""
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
        return self.offset + self.scaled(rows) @ self.slope

    def scaled(self, rows: Floats) -> Floats:
        """Return features in spreads about their centre, shape as `rows`."""
        return (rows - self.centre) / self.spread


@dataclass(frozen=True, kw_only=True)
class Fit:
    """A ridge with its honest errors.

    Parameters
    ----------
    origins
        Row numbers of the hours it learned from, shape ``(origin,)``.
    unseen
        Forecasts by models that had not seen that block of time, shape ``(origin, lead)``.
    error
        Truth minus `unseen`, NaN where the truth is unknown, same shape.
    """

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


def fit(rows: Floats, target: Floats, usable: NDArray[np.bool_], *, folds: int, anchor: Floats) -> Fit:
    """Return the ridge for all leads with its errors on blocks left out.

    Parameters
    ----------
    rows
        Features by hour, shape ``(time, feature)``.
    target
        Truth by hour and lead, NaN where unknown, shape ``(time, lead)``.
    usable
        Hours that may serve as origins, shape ``(time,)``.
    folds
        Blocks of time that are left out in turn.
    anchor
        What `iterated` says of the first features: the ridge learns what it misses and shrinks towards it, which is
        far steadier at long leads than shrinking towards their mean.
    """
    order = len(anchor) - 1
    course = anchor[0] + rows[:, :order] @ anchor[1:]
    missed = target - course
    origins = np.flatnonzero(usable & (np.isfinite(missed).mean(axis=1) > KNOWN_SHARE))
    known = np.isfinite(missed[origins])
    centre, spread = centre_and_spread(rows[origins])
    offset = _offset(missed, origins, known)
    if order:
        offset *= trust(len(origins))  # a few days rise or fall as a whole: their drift is no law
    still = order and len(origins) < STILL_HOURS
    cases = _Cases(
        scaled=(rows[origins] - centre) / spread,
        truth=np.where(known, missed[origins] - offset, 0.0),
        known=known,
        origins=origins,
        block=_blocks(origins, folds),
    )
    slope, truth, honest = _learned(cases, (10 * max(PENALTIES),) if still else PENALTIES)
    slope[:order] += anchor[1:] * spread[:order, None]
    middle = anchor[0] + centre[:order] @ anchor[1:]
    return Fit(
        model=Ridge(centre=centre, spread=spread, offset=offset + middle, slope=slope),
        origins=origins,
        unseen=honest + offset + course[origins],
        error=np.where(known, truth - honest, np.nan),
    )


def _offset(missed: Floats, origins: NDArray[np.int64], known: NDArray[np.bool_]) -> Floats:
    """Return the mean of each lead's known targets at the origins, that of all where a lead has none."""
    usual = float(np.nanmean(missed)) if known.any() else 0.0
    return np.array([missed[origins[k], lead].mean() if k.any() else usual for lead, k in enumerate(known.T)])


@dataclass(frozen=True, kw_only=True)
class _Cases:
    """What is learned from: standardised features ``(origin, feature)``, targets ``(origin, lead)`` with zero where
    not `known`, row numbers and blocks of time ``(origin,)``."""

    scaled: Floats
    truth: Floats
    known: NDArray[np.bool_]
    origins: NDArray[np.int64]
    block: NDArray[np.int64]


def _learned(cases: _Cases, penalties: tuple[float, ...]) -> tuple[Floats, Floats, Floats]:
    """Return the slope ``(feature, lead)`` by the best penalty of each lead, the targets without gaps, and what slopes
    that had not seen an origin's block say of it, ``(origin, lead)`` each."""
    inside = [cases.block == b for b in range(int(cases.block.max()) + 1)]
    grams = np.stack([cases.scaled[b].T @ cases.scaled[b] for b in inside])
    gram = grams.sum(axis=0)
    truth = _complete(cases, gram, penalties[len(penalties) // 2])
    sums = np.stack([cases.scaled[b].T @ truth[b] for b in inside])
    unseen = [_left_out(cases, truth, grams, sums, p) for p in penalties]
    choice = _choose(unseen, truth, cases.known)
    slopes = [np.linalg.solve(_damped(gram, p), sums.sum(axis=0)) for p in penalties]
    leads = np.arange(truth.shape[1])
    return np.stack(slopes)[choice, :, leads].T, truth, np.stack(unseen)[choice, :, leads].T


def _blocks(origins: NDArray[np.int64], folds: int) -> NDArray[np.int64]:
    """Return the block of time of each origin, equal counts."""
    return np.arange(len(origins)) * folds // max(1, len(origins))


def _damped(gram: Floats, penalty: float) -> Floats:
    return gram + penalty * np.eye(len(gram))


def _complete(cases: _Cases, gram: Floats, penalty: float) -> Floats:
    """Return targets with unknown ones set to the model's own forecast, so that one Gram matrix serves all leads."""
    completed = cases.truth
    for _ in range(0 if cases.known.all() else REFINEMENTS):
        slope = np.linalg.solve(_damped(gram, penalty), cases.scaled.T @ completed)
        completed = np.where(cases.known, cases.truth, cases.scaled @ slope)
    return completed


def _left_out(cases: _Cases, truth: Floats, grams: Floats, sums: Floats, penalty: float) -> Floats:
    """Return each origin's forecast by a model that saw neither its block nor the rows next to it."""
    scaled, origins = cases.scaled, cases.origins
    unseen = np.empty_like(truth)
    gram_all, sum_all = grams.sum(axis=0), sums.sum(axis=0)
    for block in range(len(grams)):
        inside = cases.block == block
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
