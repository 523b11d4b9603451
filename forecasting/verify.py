"""How good a forecast was: proper scores, coverage, events, and when a model is set aside."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting.series.harmonics import Floats


def pinball(truth: Floats, quantiles: Floats, levels: Floats) -> Floats:
    """Return the pinball loss of each quantile, shape as `quantiles` ``(..., level)``, in the quantity's unit."""
    miss = truth[..., None] - quantiles
    loss: Floats = np.maximum(levels * miss, (levels - 1) * miss)
    return loss


def covered(truth: Floats, lower: Floats, upper: Floats) -> Floats:
    """Return 1 where truth lies between the bounds, 0 where not, NaN where truth is unknown."""
    inside = (truth >= lower) & (truth <= upper)
    return np.where(np.isfinite(truth), inside.astype(np.float64), np.nan)


FINE: Floats = np.linspace(0.01, 0.99, 99)
"""Levels at which a fan of deciles is read for its ranked probability score."""


def crps_of_deciles(truth: float, deciles: Floats) -> float:
    """Return the continuous ranked probability score of a distribution given by its nine deciles.

    Twice the mean quantile loss over all levels (Laio and Tamea 2007, doi:10.5194/hess-11-1267-2007); between the
    deciles the quantiles are straight, beyond the outer ones they go on as steeply as the last step.
    """
    position = FINE * 10 - 1
    low = np.clip(position.astype(int), 0, 7)
    quantiles = deciles[low] + (position - low) * (deciles[low + 1] - deciles[low])
    return float(2 * pinball(np.array(truth), quantiles, FINE).mean())


def persistence_deciles(level: Floats, leads: int | Sequence[int], levels: Floats) -> Floats:
    """Return the reference of all skill: last value plus the quantiles of past changes, shape ``(lead, level)``.

    Parameters
    ----------
    leads
        The chosen leads, or how many from 1 on. [h]
    """
    chosen = range(1, leads + 1) if isinstance(leads, int) else leads
    last = level[np.flatnonzero(np.isfinite(level))[-1]]
    table = np.empty((len(chosen), len(levels)))
    for row, lead in enumerate(chosen):
        change = level[lead:] - level[:-lead]
        known = change[np.isfinite(change)]
        table[row] = last + (np.quantile(known, levels) if len(known) else 0.0)
    return table


@dataclass(frozen=True, kw_only=True)
class ReliabilityBin:
    """Forecast probabilities of one bin: how many, their mean, and how often the event came."""

    cases: int
    forecast: float
    observed: float


def reliability(probability: Floats, happened: NDArray[np.bool_], bins: int = 10) -> list[ReliabilityBin]:
    """Return the reliability of probabilities by equal bins; empty bins are left out."""
    slot = np.minimum((probability * bins).astype(int), bins - 1)
    return [
        ReliabilityBin(
            cases=int(inside.sum()), forecast=float(probability[inside].mean()), observed=float(happened[inside].mean())
        )
        for b in range(bins)
        if (inside := slot == b).any()
    ]


def skill(model: float, reference: float) -> float | None:
    """Return 1 - model / reference for losses where lower is better; None for a reference without loss."""
    return None if reference <= 0 else 1 - model / reference


def demoted(
    skill_now: float | None, cases: int, *, was: bool, least_cases: int, behind: float, recovered: float
) -> bool:
    """Return whether a model stays or goes behind persistence; between the two marks nothing changes."""
    if skill_now is None or cases < least_cases:
        return was
    return skill_now < behind if not was else skill_now < recovered
