"""Model output statistics: what a cage's own buoy has taught about a numerical model's errors, by lead."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from forecasting.model.predictive import LEVELS, Predictive, quantile_table
from forecasting.series.harmonics import Floats
from forecasting.series.history import Kind
from forecasting.series.scale import to_model

BUCKET_H = 12
"""Leads that share one correction. [h]"""
PRIOR_CASES = 30.0
"""Pairs that weigh as much as what is believed before any: offset and slope of the model as published."""
PRIOR_SPREAD = 0.25
"""Spread of log height (or root wind) before any pair is known (ours, wide)."""
PRIOR_GROWTH_PER_H = 0.004
"""How that spread grows with lead (ours). [1/h]"""
PUBLISHED_LOW_SHARE = 0.92
"""ECMWF is low between 1.5 and 6.5 m at Chinese buoys: the belief before pairs exist, by some 8 % and at every height
(share: ours). [-]"""
LATEST_SHIFT_H = 3
"""The largest shift of time that is looked for: storms near the Yangtze mouth come 6-9 h later in models than at sea,
half of it is corrected at most. [h]"""
BLEND_H, BLEND_WIDTH_H = 12.0, 4.0
"""Lead at which the buoy's own statistics and the corrected model weigh the same, and how fast they change over: the
model has 27 % four hours before and 73 % four hours after (ours). [h]"""


@dataclass(frozen=True, kw_only=True)
class Correction:
    """A correction by bucket of leads, on the model's scale.

    Parameters
    ----------
    offset, slope
        Truth is ``offset + slope * forecast``, shape ``(bucket,)``.
    table
        Quantiles of what is left at `predictive.LEVELS`, shape ``(level, bucket)``.
    early_h
        Hours by which the model's course is moved earlier. [h]
    pairs
        Forecast and truth pairs it rests on, by bucket.
    """

    kind: Kind
    offset: Floats
    slope: Floats
    table: Floats
    early_h: int
    pairs: Floats

    def apply(
        self, forecast: Floats, ranks: NDArray[np.float32], *, age_h: int = 0, spread: Floats | None = None
    ) -> Predictive:
        """Return the distribution around a model's course by lead, in the quantity's unit, shape ``(lead,)``.

        Parameters
        ----------
        age_h
            How old the run is at the first lead: errors grow from its initial time, not from now. [h]
        spread
            Spread of an ensemble's members on the model's scale, shape ``(lead,)``: members that differ more than the
            errors that were seen widen the distribution; members that agree do not narrow it.
        """
        leads = len(forecast)
        bucket = np.minimum((max(0, age_h) + np.arange(leads)) // BUCKET_H, len(self.offset) - 1)
        course = np.concatenate([forecast[self.early_h :], np.full(min(self.early_h, leads), forecast[-1])])
        middle = self.offset[bucket] + self.slope[bucket] * to_model(course, self.kind)
        table = np.sort(middle + widened(self.table[:, bucket], spread), axis=0)
        return Predictive(kind=self.kind, table=table, ranks=ranks[:, :leads])


def widened(table: Floats, spread: Floats | None) -> Floats:
    """Return quantiles of errors, shape ``(level, lead)``, at least as wide as members differ, around their median."""
    if spread is None:
        return table
    low, middle, high = (np.array([np.interp(p, LEVELS, column) for column in table.T]) for p in (0.2, 0.5, 0.8))
    usual = np.maximum((high - low) / (2 * norm.ppf(0.8)), 1e-6)
    known = np.where(np.isfinite(spread[: table.shape[1]]), spread[: table.shape[1]], 0.0)
    wide: Floats = middle + (table - middle) * np.maximum(1.0, known / usual)
    return wide


def fit(forecast: Floats, truth: Floats, kind: Kind) -> Correction:
    """Return the correction learned from past runs.

    Parameters
    ----------
    forecast, truth
        Pairs in the quantity's unit, NaN where unknown, shape ``(run, lead)``.
    """
    buckets = -(-forecast.shape[1] // BUCKET_H)
    early = _early_shift(forecast, truth, kind)
    moved = np.concatenate([forecast[:, early:], np.full((len(forecast), early), np.nan)], axis=1)
    x, y = to_model(moved, kind), to_model(truth, kind)
    parts = [_one_bucket(x, y, kind, b) for b in range(buckets)]
    return Correction(
        kind=kind,
        offset=np.array([p[0] for p in parts]),
        slope=np.array([p[1] for p in parts]),
        table=np.column_stack([p[2] for p in parts]),
        early_h=early,
        pairs=np.array([p[3] for p in parts]),
    )


def _early_shift(forecast: Floats, truth: Floats, kind: Kind) -> int:
    """Return by how many hours the past forecasts came late, judged by squared error; 0 with few pairs."""
    if np.isfinite(forecast + truth).sum() < 5 * PRIOR_CASES:
        return 0
    x, y = to_model(forecast, kind), to_model(truth, kind)
    losses = []
    for shift in range(LATEST_SHIFT_H + 1):
        miss = x[:, shift:] - y[:, : x.shape[1] - shift]
        losses.append(float(np.nanmean(np.square(miss - np.nanmean(miss)))))
    best = int(np.argmin(losses))
    return best if losses[best] < 0.97 * losses[0] else 0


def _one_bucket(x: Floats, y: Floats, kind: Kind, bucket: int) -> tuple[float, float, Floats, float]:
    """Return offset, slope, spread and number of pairs of one bucket, drawn towards the published bias."""
    part = slice(bucket * BUCKET_H, (bucket + 1) * BUCKET_H)
    known = np.isfinite(x[:, part]) & np.isfinite(y[:, part])
    a, b = x[:, part][known], y[:, part][known]
    pairs = float(len(a))
    believed = -np.log(PUBLISHED_LOW_SHARE) if kind == "wave" else 0.0
    middle = float(a.mean()) if len(a) else 0.0
    weight = PRIOR_CASES
    spread_x = float(np.sum((a - middle) ** 2)) + weight * PRIOR_SPREAD**2
    joint = float(np.sum((a - middle) * (b - a)))
    slope = 1.0 + joint / spread_x
    bias = (float(np.sum(b - a)) + weight * believed) / (pairs + weight)
    offset = bias + (1.0 - slope) * middle
    left = b - offset - slope * a
    lead = (bucket + 0.5) * BUCKET_H
    prior = _normal_table() * (PRIOR_SPREAD + PRIOR_GROWTH_PER_H * lead)
    if pairs < 10:
        return offset, slope, prior, pairs
    seen = quantile_table(left[:, None])[:, 0]
    share = pairs / (pairs + weight)
    return offset, slope, share * seen + (1 - share) * prior, pairs


def _normal_table() -> Floats:
    table: Floats = norm.ppf(LEVELS)
    return table


def model_share(lead_h: Floats | NDArray[np.int64]) -> Floats:
    """Return the corrected model's share of a blend by lead, 0..1, shape as `lead_h`."""
    share: Floats = 1 / (1 + np.exp(-(lead_h - BLEND_H) / BLEND_WIDTH_H))
    return share


def blend(statistical: Predictive, corrected: Predictive) -> Predictive:
    """Return the buoy's own forecast handing over to the corrected model: half and half at `BLEND_H`, smooth by lead.

    The longer of the two gives the horizon; where only one speaks it speaks alone.
    """
    leads = max(statistical.horizon, corrected.horizon)
    both = min(statistical.horizon, corrected.horizon)
    share = model_share(np.arange(1, both + 1))
    longer = corrected if corrected.horizon >= statistical.horizon else statistical
    table = longer.table.copy()
    table[:, :both] = (1 - share) * statistical.table[:, :both] + share * corrected.table[:, :both]
    return Predictive(kind=statistical.kind, table=np.sort(table[:, :leads], axis=0), ranks=longer.ranks)
