"""A forecast from a past too thin to learn from: a day of hours, or a value now and then."""

import numpy as np

from forecasting.model.beliefs import usual_errors, usual_order
from forecasting.model.engine import CASES, MAX_SILENT_H, silent_hours, usable_hours
from forecasting.model.predictive import Predictive
from forecasting.model.ridge import KNOWN_SHARE
from forecasting.series.harmonics import Floats
from forecasting.series.history import Hourly, Kind
from forecasting.series.scale import to_model

LEAST_ORIGINS = 6
"""Fewer hours than this with a known past and a known future teach nothing that the last value and the mean do not know
(with six, a model leans on what is believed of its kind and is no worse; 30 and 48 hours of nine public series)."""
MEMORY_H = 24.0
"""How long the last value tells more than the mean of those before. [h] (ours)"""


def is_thin(series: Hourly, kind: Kind, horizon: int) -> bool:
    """Return whether fewer than `LEAST_ORIGINS` hours could teach a model of so many leads and the silence before."""
    level = to_model(series.y, kind)
    leads = horizon + min(silent_hours(series), MAX_SILENT_H)
    known = np.concatenate([[0], np.cumsum(np.isfinite(level))])
    hours = np.arange(1, len(level) + 1)
    ahead = known[np.minimum(hours + leads, len(level))] - known[hours]
    return int((usable_hours(level, kind) & (ahead > KNOWN_SHARE * leads)).sum()) < LEAST_ORIGINS


def predict(series: Hourly, kind: Kind, horizon: int) -> Predictive:
    """Return the last good value fading into the mean, as wide as such series usually are; silence widens it."""
    level = to_model(series.y, kind)
    good = np.flatnonzero(np.isfinite(level))
    silent = silent_hours(series)
    usual = float(level[good].mean())
    since_h = np.arange(1, horizon + 1) + silent
    centre: Floats = usual + (level[good[-1]] - usual) * np.exp(-since_h / MEMORY_H)
    errors = usual_errors(kind, level, horizon + silent)[:, silent:]
    return Predictive(kind=kind, table=centre + errors, ranks=usual_order(kind, horizon + silent, CASES)[:, silent:])
