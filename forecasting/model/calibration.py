"""Shares of the members by past skill, and the last correction that makes 80 % mean 80 %."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting.model.predictive import LEVELS
from forecasting.series.columns import known_mean
from forecasting.series.harmonics import Floats
from forecasting.verify import pinball

SHARES = np.array([0.25, 0.4, 0.5, 0.6, 0.75])
"""Candidate shares of the first member: never all or nothing, the past is too short to tell that well."""
GROUP_H = 12
"""Leads that share one decision. [h]"""
FAITH = 60
"""Past cases that weigh as much as the belief that the distribution is right as it is."""


def _losses(table: Floats, truth: Floats) -> Floats:
    """Return the mean pinball loss over levels, shape ``(test, lead)``; NaN where truth is unknown."""
    loss: Floats = pinball(truth, np.moveaxis(table, 1, -1), LEVELS).mean(axis=-1)
    return loss


def tested_leads(horizon: int) -> NDArray[np.int64]:
    """Return the columns on which groups of leads are tested: neighbours err alike, every third is enough."""
    return np.arange(min(1, horizon - 1), horizon, 3)


def shares(members: Floats, error: Floats, horizon: int) -> Floats:
    """Return the share of the first of two members by lead, chosen by groups of `GROUP_H` leads, shape ``(lead,)``.

    Parameters
    ----------
    members
        Tables of both at past origins, shape ``(2, test, level, tested lead)``.
    error
        What came, shape ``(test, tested lead)``.
    """
    loss = np.stack([known_mean(_losses(s * members[0] + (1 - s) * members[1], error)) for s in SHARES])
    out = np.full(horizon, 0.5)
    for first, tested in _groups(horizon):
        group = loss[:, tested].mean(axis=1)
        out[first : first + GROUP_H] = SHARES[int(group.argmin())] if group.any() else 0.5
    return out


def _groups(horizon: int) -> list[tuple[int, NDArray[np.bool_]]]:
    """Return the first lead of each group and which tested leads lie in it; one without any takes the last."""
    group = tested_leads(horizon) // GROUP_H
    return [(first, group == min(first // GROUP_H, group[-1])) for first in range(0, horizon, GROUP_H)]


@dataclass(frozen=True, kw_only=True)
class Remap:
    """Which level of a table to read for each wanted level, by lead, shape ``(level, lead)``."""

    level: Floats

    def apply(self, table: Floats) -> Floats:
        """Return a table read at the corrected levels."""
        columns = [np.interp(read, LEVELS, column) for read, column in zip(self.level.T, table.T, strict=True)]
        return np.column_stack(columns)


def fit_remap(table: Floats, error: Floats, horizon: int, spells: float) -> Remap:
    """Return the correction learned from past cases, drawn towards none when they are few.

    Where truth fell below the level p in a share q of the past cases, the level to read for q is p (isotonic by
    construction; Kuleshov et al. 2018, arXiv:1807.00263). Cases of a group of leads are counted together, but weigh
    only as many as there are origins, since leads of one origin fall alike.

    Parameters
    ----------
    table
        Blend at past origins, shape ``(test, level, tested lead)``.
    error
        What came, shape ``(test, tested lead)``.
    spells
        How many of the cases are worth counting as different weather.
    """
    out = np.tile(LEVELS[:, None], (1, horizon))
    for first, tested in _groups(horizon):
        known = np.isfinite(error[:, tested])
        if known.sum() < 20:
            continue
        below = (error[:, None, tested] < table[:, :, tested]) & known[:, None, :]
        share = below.sum(axis=(0, 2)) / known.sum()
        trust = min(spells, len(error)) / (min(spells, len(error)) + FAITH)
        seen = np.maximum.accumulate(trust * share + (1 - trust) * LEVELS)
        seen += np.arange(len(seen)) * 1e-9
        out[:, first : first + GROUP_H] = np.interp(LEVELS, seen, LEVELS)[:, None]
    return Remap(level=out)
