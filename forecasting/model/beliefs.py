"""What is believed of a forecast's errors before any were seen: how large they are and how they go together."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter
from scipy.stats import norm

from forecasting.model.predictive import LEVELS, ranked
from forecasting.series.harmonics import Floats
from forecasting.series.history import Kind

USUAL_UNREST = 0.08
"""Root mean square of hourly changes of log height at the public buoys tried (0.06 to 0.09; 0.17 in typhoons)."""
UNREST_POWER = 0.6
"""With that power of their unrest goes the error of persistence, from calm oceans to typhoon coasts."""
LEAST_UNREST, MOST_STEP = 0.03, 0.5
"""A still record is not believed to stay so; one jump of a gauge is no unrest."""
SETTLED_H = 36.0
"""The square of oxygen's own spread over so many hours is doubled: a day does not show how days differ. [h] (ours)"""


@dataclass(frozen=True, kw_only=True)
class Usual:
    """Errors of one kind of series as a process that starts at the origin and has memory and momentum.

    Parameters
    ----------
    spread
        Standard deviation at `SPREAD_LEAD_H`, on the model's scale; of oxygen, as a share of its own.
    memory_h
        How long an error lives. [h]
    momentum
        How much of an hour's change of the error goes on in the next, 0..1: seas build and fall, they do not jump.
    gauge
        Standard deviation of what the instrument adds, as a share of `spread`.
    unmet
        Spells of weather by which a past is short of what is still to come: errors on blocks left out are all of the
        weather that was.
    """

    spread: float
    memory_h: float
    momentum: float
    gauge: float
    unmet: float

    def growth(self, horizon: int) -> Floats:
        """Return the standard deviation by lead, shape ``(lead,)``."""
        leads = np.arange(max(horizon, SPREAD_LEAD_H))
        answer = lfilter([1.0], [1.0, -self.momentum], lfilter([1.0], [1.0, -self.keep], leads == 0))
        size = np.sqrt(np.cumsum(np.square(answer)))
        spread: Floats = self.spread * np.hypot(size[:horizon] / size[SPREAD_LEAD_H - 1], self.gauge)
        return spread

    def draw(self, horizon: int, cases: int) -> Floats:
        """Return errors of any size, shape ``(case, lead)``; always the same ones."""
        push = lfilter([1.0], [1.0, -self.momentum], np.random.default_rng(0).standard_normal((cases, horizon)))
        errors: Floats = lfilter([1.0], [1.0, -self.keep], push)
        return errors

    @property
    def keep(self) -> float:
        """Return the share of an error that lives on for an hour."""
        return float(np.exp(-1 / self.memory_h))


SPREAD_LEAD_H = 12
FIRST_SPELLS = 6.0
"""Of fewer spells than this a forecast leans on beliefs anyway, and those are wide enough."""
USUAL: dict[Kind, Usual] = {
    "wave": Usual(spread=0.3, memory_h=20.0, momentum=0.5, gauge=0.15, unmet=8.0),
    "wind": Usual(spread=0.5, memory_h=6.0, momentum=0.0, gauge=0.0, unmet=8.0),
    "oxygen": Usual(spread=1.0, memory_h=6.0, momentum=0.0, gauge=0.0, unmet=0.0),
}
"""Waves: errors of persistence and of our own forecasts at NDBC 41009, 44008, 46059 and Sydney; `unmet` from what 80 %
intervals of 10 to 100 days of past cover there (0.72 without, 0.77 with), oxygen needs none (0.80 to 0.87)."""


def unmet_weather(kind: Kind, spells: float) -> float:
    """Return by how much errors of so many spells are to be widened for weather that did not come yet."""
    return float(np.sqrt(1 + USUAL[kind].unmet / (spells + FIRST_SPELLS)))


def usual_errors(kind: Kind, level: Floats, horizon: int) -> Floats:
    """Return the errors believed before any were seen, by quantile and lead, shape ``(level, lead)``.

    Parameters
    ----------
    level
        What is known of the series on the model's scale, NaN where unknown: restless waves are harder to forecast,
        and oxygen differs so much from place to place that only its own spread is a measure.
    """
    errors: Floats = np.outer(norm.ppf(LEVELS), _size(kind, level) * USUAL[kind].growth(horizon))
    return errors


def _size(kind: Kind, level: Floats) -> float:
    """Return by how much a series differs from the usual one."""
    if kind == "oxygen":
        known = np.flatnonzero(np.isfinite(level))
        return float(level[known].std() * np.sqrt(1 + SETTLED_H / (known[-1] - known[0] + 1)))
    step = np.diff(level)
    step = np.clip(step[np.isfinite(step)], -MOST_STEP, MOST_STEP)
    if kind == "wind" or not len(step):
        return 1.0
    unrest = max(float(np.sqrt(np.square(step).mean())), LEAST_UNREST)
    return float((unrest / USUAL_UNREST) ** UNREST_POWER)


def usual_order(kind: Kind, horizon: int, cases: int) -> NDArray[np.float32]:
    """Return the ranks 0..1 of believed errors, shape ``(case, lead)``: neighbouring leads err alike, ever more so."""
    return ranked(USUAL[kind].draw(horizon, cases))
