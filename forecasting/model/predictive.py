"""A forecast as a distribution: a table of quantiles by lead, and the order in which past errors moved together."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting.series.harmonics import Floats
from forecasting.series.history import Kind
from forecasting.series.scale import from_model

LEVELS: Floats = np.array([0.005, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.995])
"""Probabilities at which a distribution is kept; between them it is a straight line, outside it is held."""
LEAST_SAMPLE = 5
"""Errors of one lead below which the lead before it speaks for it."""
DECILES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


@dataclass(frozen=True, kw_only=True)
class Predictive:
    """The distribution of one series after its origin, on the model's scale.

    Parameters
    ----------
    table
        Quantiles at `LEVELS`, shape ``(level, lead)``, ascending.
    ranks
        Joint order of past errors, 0..1, shape ``(case, lead)``: each row is one past forecast's way of being wrong.
    """

    kind: Kind
    table: Floats
    ranks: NDArray[np.float32]

    @property
    def horizon(self) -> int:
        """Return the number of leads. [h]"""
        return int(self.table.shape[1])

    def quantiles(self, levels: Sequence[float] | Floats) -> Floats:
        """Return quantiles in the quantity's unit, shape ``(lead, level)``."""
        wanted = np.asarray(levels, dtype=np.float64)
        spread = np.stack([np.interp(wanted, LEVELS, column) for column in self.table.T])
        return from_model(spread, self.kind)

    def paths(self, count: int, random: np.random.Generator) -> Floats:
        """Return equally likely futures in the quantity's unit, shape ``(count, lead)``.

        The quantiles of the paths at each lead are those of the table; how leads go together is as past errors did
        (Schaake shuffle: Clark et al. 2004, doi:10.1175/1525-7541(2004)005<0243:TSSAMF>2.0.CO;2).
        """
        cases = len(self.ranks)
        chosen = random.permutation(cases)[:count] if cases >= count else random.integers(0, cases, count)
        jitter = random.uniform(-1e-6, 1e-6, (count, self.horizon))
        order = np.argsort(np.argsort(self.ranks[chosen] + jitter, axis=0), axis=0)
        where = (order + 0.5) / count
        values = np.column_stack(
            [np.interp(u, LEVELS, column) for u, column in zip(where.T, self.table.T, strict=True)]
        )
        return from_model(values, self.kind)


def quantile_table(sample: Floats) -> Floats:
    """Return quantiles at `LEVELS` of each column of a sample with NaN, shape ``(level, lead)``.

    A column with fewer than `LEAST_SAMPLE` known values takes the quantiles of the one before it: no error is known
    that late yet. The probability of a level is widened for the size of the sample (split conformal: Lei et al. 2018,
    doi:10.1080/01621459.2017.1307116).
    """
    out = np.zeros((len(LEVELS), sample.shape[1]))
    for lead, column in enumerate(sample.T):
        known = np.sort(column[np.isfinite(column)])
        if len(known) >= LEAST_SAMPLE or (len(known) and lead == 0):
            out[:, lead] = _conformal(known)
        elif lead:
            out[:, lead] = out[:, lead - 1]
    return out


def _conformal(ordered: Floats) -> Floats:
    """Return sample quantiles at plotting positions i / (n + 1), so that a new case falls below with that chance."""
    count = len(ordered)
    return np.interp(LEVELS * (count + 1) - 1, np.arange(count), ordered)


def joint_ranks(error: Floats, cases: int) -> NDArray[np.float32]:
    """Return the ranks 0..1 of up to `cases` whole error trajectories, evenly chosen, shape ``(case, lead)``."""
    return ranked(error[np.unique(np.linspace(0, len(error) - 1, min(cases, len(error))).astype(int))])


def ranked(sample: Floats) -> NDArray[np.float32]:
    """Return the ranks 0..1 within each column of a sample, shape as it is."""
    order = np.argsort(np.argsort(sample, axis=0, kind="stable"), axis=0)
    return ((order + 0.5) / max(1, len(sample))).astype(np.float32)
