"""One fit a day: which part of a history a model is fitted on, and the few models a process keeps."""

import hashlib
from collections import OrderedDict
from threading import Lock

import numpy as np

from forecasting.model.engine import MAX_SILENT_H, Model, fit, silent_hours
from forecasting.series.history import Hourly, Kind

DAY_H = 24
LEAST_H = 30 * DAY_H
"""A shorter history is used to its last hour: every day counts there and a fit costs little. [h]"""
KEPT = 32
"""Models a process keeps; least recently used ones go first."""
_models: OrderedDict[bytes, Model] = OrderedDict()
_lock = Lock()


def fitted_part(series: Hourly) -> Hourly:
    """Return the part of a history that a model is fitted on: up to the last midnight UTC, or all of a short one.

    So the 24 forecasts of a day share one fit, and the same history always gives the same forecast, whatever was
    asked before.
    """
    if len(series.y) < LEAST_H:
        return series
    past_midnight = int((series.time_h[-1] + 1) % DAY_H)
    part = series.head(len(series.y) - past_midnight)
    return Hourly(time_h=part.time_h, y=part.y, covariates=part.covariates, future=series.future)


def model_for(series: Hourly, kind: Kind, horizon: int) -> Model:
    """Return the model of a history for a horizon, fitted now or kept from an earlier call of the same day."""
    part = fitted_part(series)
    leads = horizon + min(max(silent_hours(series), 0), MAX_SILENT_H)
    key = _digest(part, kind, leads)
    with _lock:
        kept = _models.get(key)
        if kept is not None:
            _models.move_to_end(key)
            return kept
    model = fit(part, kind, leads)
    with _lock:
        _models[key] = model
        while len(_models) > KEPT:
            _models.popitem(last=False)
    return model


def _digest(series: Hourly, kind: Kind, leads: int) -> bytes:
    """Return a digest of everything a fit depends on."""
    names = ",".join([*series.covariates, "|", *sorted(series.future)])
    digest = hashlib.blake2b(f"{kind}/{leads}/{series.time_h[0]}/{names}".encode(), digest_size=16)
    digest.update(np.ascontiguousarray(series.y).tobytes())
    for column in series.covariates.values():
        digest.update(np.ascontiguousarray(column).tobytes())
    return digest.digest()
