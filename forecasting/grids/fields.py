"""Wind and waves by place and time from a gridded forecast, interpolated; directions turn the short way round."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from forecasting.series.harmonics import Floats

SPREAD = ".spread"
"""Ending of the name of a quantity's spread over the members of an ensemble, on the model's scale."""
LONGEST_STEP_H = 12.0
"""Models write steps of up to 12 h; a longer one is a hole, and nobody knows the sea in it. [h]"""
DIRECTIONS = {"dp_deg", "wind_dir_deg", "current_dir_deg"}
"""Quantities that are angles: interpolated as unit vectors."""


@dataclass(frozen=True, kw_only=True)
class SeaField:
    """Fields of one run over one sea area.

    Parameters
    ----------
    init_at
        Initial time of the run.
    lat_deg, lon_deg, lead_h
        Axes, ascending; leads in hours after `init_at`.
    values
        By quantity (keys of core.units), shape ``(lead, lat, lon)``, NaN on land.
    notice_zh, notice_en
        What people must know (late, cut short, parametric); empty when all is well.
    """

    source: str
    init_at: datetime
    lat_deg: Floats
    lon_deg: Floats
    lead_h: Floats
    values: Mapping[str, Floats]
    notice_zh: str = ""
    notice_en: str = ""

    def at(
        self, lat_deg: float, lon_deg: float, valid_at: Sequence[datetime], *, only: str | None = None
    ) -> dict[str, Floats]:
        """Return every quantity at one place over times, each of shape ``(time,)``; NaN outside the grid or the run."""
        count = len(valid_at)
        return self.along(np.full(count, lat_deg), np.full(count, lon_deg), valid_at, only=only)

    def along(
        self, lat_deg: Floats, lon_deg: Floats, valid_at: Sequence[datetime] | Floats, *, only: str | None = None
    ) -> dict[str, Floats]:
        """Return every quantity, or one, along a route: the i-th place at the i-th time (datetimes or unix seconds)."""
        unix_s = valid_at if isinstance(valid_at, np.ndarray) else np.array([at.timestamp() for at in valid_at])
        lead = (unix_s - self.init_at.timestamp()) / 3600
        weights = [
            _corners(lead, self.lead_h, LONGEST_STEP_H),
            _corners(lat_deg, self.lat_deg),
            _corners(lon_deg, self.lon_deg),
        ]
        return {
            name: _interpolated(field, weights, turning=name in DIRECTIONS)
            for name, field in self.values.items()
            if only in (None, name)
        }


def _corners(
    wanted: Floats, axis: Floats, most: float = np.inf
) -> tuple["np.ndarray[tuple[int], np.dtype[np.int64]]", Floats]:
    """Return the lower corner's number and the share of the upper one; share NaN outside the axis.

    Also NaN between two neighbours that are further apart than `most`: steps of a run are missing there.
    """
    if len(axis) == 1:
        return np.zeros(len(wanted), dtype=np.int64), np.where(np.abs(wanted - axis[0]) < 1e-6, 0.0, np.nan)
    low = np.clip(np.searchsorted(axis, wanted, side="right") - 1, 0, len(axis) - 2)
    step = axis[low + 1] - axis[low]
    share = (wanted - axis[low]) / step
    on_axis = (np.abs(share) < 1e-9) | (np.abs(share - 1) < 1e-9)
    inside = (share >= -1e-9) & (share <= 1 + 1e-9) & ((step <= most) | on_axis)
    return low, np.where(inside, share, np.nan)


def _interpolated(
    field: Floats, weights: Sequence[tuple["np.ndarray[tuple[int], np.dtype[np.int64]]", Floats]], *, turning: bool
) -> Floats:
    """Return trilinear values; corners without a value (land) are left out and the others share their weight."""
    total = np.zeros(len(weights[0][1]), dtype=np.complex128)
    known = np.zeros(len(weights[0][1]))
    for corner in range(8):
        weight = np.ones(len(known))
        index = []
        for bit, ((low, share), size) in enumerate(zip(weights, field.shape, strict=True)):
            upper = corner >> bit & 1
            weight = weight * (share if upper else 1 - share)
            index.append(np.minimum(low + upper, size - 1))
        value = field[tuple(index)]
        here = np.isfinite(value) & (weight > 0)
        spoken = np.exp(1j * np.radians(value)) if turning else value.astype(np.complex128)
        total += np.where(here, weight * np.where(here, spoken, 0), 0)
        known += np.where(here, weight, 0)
    outside = ~np.isfinite(sum(share for _, share in weights))
    mean = np.where(known > 1e-9, total / np.maximum(known, 1e-9), np.nan)
    out = np.degrees(np.angle(mean)) % 360 if turning else mean.real
    return np.where(outside | (known <= 1e-9), np.nan, out)
