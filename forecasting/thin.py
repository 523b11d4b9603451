"""A forecast from a past too thin to learn from: a day of hours, or a value now and then."""

import numpy as np

from forecasting.coldstart import correlated_ranks
from forecasting.engine import MAX_SILENT_H, silent_hours, usable_hours, usual_errors
from forecasting.harmonics import Floats
from forecasting.history import Hourly, Kind
from forecasting.predictive import Predictive
from forecasting.scale import to_model

LEAST_ORIGINS = 36
"""Fewer hours than this with a known past and a known future teach a model less than the last value and the mean know
(pinball over 48 h with 60 and with 100 hours of the three public series)."""
KNOWN_SHARE = 0.3
"""Share of its future that has to be known for an hour to teach (as in `ridge.fit`)."""
MEMORY_H = 24.0
"""How long the last value tells more than the mean of those before. [h] (ours)"""
SETTLED_H = 36.0
"""The spread of oxygen over so many hours has to be doubled in square: a day does not show how days differ. [h] (ours)
"""


def is_thin(series: Hourly, kind: Kind, horizon: int) -> bool:
    """Return whether fewer than `LEAST_ORIGINS` hours could teach a model of so many leads and the silence before."""
    level = to_model(series.y, kind)
    leads = horizon + min(silent_hours(series), MAX_SILENT_H)
    known = np.concatenate([[0], np.cumsum(np.isfinite(level))])
    hours = np.arange(1, len(level) + 1)
    ahead = known[np.minimum(hours + leads, len(level))] - known[hours]
    return int((usable_hours(level) & (ahead > KNOWN_SHARE * leads)).sum()) < LEAST_ORIGINS


def predict(series: Hourly, kind: Kind, horizon: int, random: np.random.Generator) -> Predictive:
    """Return the last good value fading into the mean, as wide as such series usually are; silence widens it."""
    level = to_model(series.y, kind)
    good = np.flatnonzero(np.isfinite(level))
    silent = silent_hours(series)
    usual = float(level[good].mean())
    since_h = np.arange(1, horizon + 1) + silent
    centre: Floats = usual + (level[good[-1]] - usual) * np.exp(-since_h / MEMORY_H)
    errors = usual_errors(kind, level, horizon + silent)[:, silent:]
    if kind == "oxygen":  # for the others the usual spread is that of other waters, not of these few hours
        errors = errors * np.sqrt(1 + SETTLED_H / (good[-1] - good[0] + 1))
    return Predictive(kind=kind, table=centre + errors, ranks=correlated_ranks(horizon, random))
