"""Services of a probe: what its readings mean after them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """One service; from a calibration to the next (or a new probe), true value = `gain` * reading + `offset_value`.

    Parameters
    ----------
    kind
        cleaned, calibrated or replaced.
    reference_value, reading_value
        What a reference instrument and the probe said side by side, in the quantity's unit.
    """

    cage_id: str
    point: str
    quantity: str
    at: datetime
    kind: str
    reference_value: float | None = None
    reading_value: float | None = None
    gain: float = 1.0
    offset_value: float = 0.0
    by_person: str = ""
    note: str = ""


def corrected(times_s: Array, values: Array, services: Sequence[Calibration]) -> Array:
    """Return the readings of one series with each correction applied from its time on ``(time,)``.

    Readings before the first stay as they are; a cleaning changes no correction, a new probe ends it. The stored
    readings are never changed. The database does the same in its view ``calibration_span``.
    """
    out = np.array(values, dtype=np.float64)
    ordered = sorted((s for s in services if s.kind != "cleaned"), key=lambda s: s.at)
    for number, service in enumerate(ordered):
        until = ordered[number + 1].at.timestamp() if number + 1 < len(ordered) else np.inf
        span = (times_s >= service.at.timestamp()) & (times_s < until)
        out[span] = service.gain * out[span] + service.offset_value
    return out


def by_two_points(low: tuple[float, float], high: tuple[float, float]) -> tuple[float, float]:
    """Return (gain, offset) from two (reading, reference) pairs, usually zero solution and saturated water."""
    if high[0] == low[0]:
        raise ValueError("the two readings must differ.")
    gain = (high[1] - low[1]) / (high[0] - low[0])
    return gain, low[1] - gain * low[0]
