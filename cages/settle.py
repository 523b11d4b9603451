"""Final flags of a window of live samples: worse than the edge's where the shore knows more, never better."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from cages import qc
from cages.group import SeriesLimits
from cages.snapshot import CageSnapshot, Sample, SeriesWindow
from core.qc import QcFlag, worst
from core.units import QUANTITIES


@dataclass(frozen=True, kw_only=True)
class SiteRange:
    """What a quantity can be in the sea where the farms are, in its unit."""

    quantity: str
    low: float
    high: float

    def __post_init__(self) -> None:
        if self.quantity not in QUANTITIES or self.low >= self.high:
            raise ValueError(f"{self.quantity}: unknown quantity, or low is not below high.")


def settle(snapshot: CageSnapshot, quantity: str, limits: SeriesLimits) -> CageSnapshot:
    """Return the cage with a quantity's samples flagged anew: range, swapped words, spike settled one sample later."""
    mended = {
        window.key: replace(window, samples=_flagged(window, limits))
        for window in snapshot.of_quantity(quantity)
        if window.samples
    }
    return replace(snapshot, windows={**snapshot.windows, **mended})


def doubt(snapshot: CageSnapshot, site: Sequence[SiteRange]) -> CageSnapshot:
    """Return the cage with samples outside what this sea can be flagged SUSPECT (QARTOD range test, user span)."""
    mended = {}
    for span in site:
        for window in snapshot.of_quantity(span.quantity):
            if all(s.value is None or span.low <= s.value <= span.high for s in window.samples):
                continue
            samples = tuple(
                sample
                if sample.value is None or span.low <= sample.value <= span.high
                else replace(sample, qc=worst((sample.qc, QcFlag.SUSPECT)))
                for sample in window.samples
            )
            mended[window.key] = replace(window, samples=samples)
    return replace(snapshot, windows={**snapshot.windows, **mended}) if mended else snapshot


def _flagged(window: SeriesWindow, limits: SeriesLimits) -> tuple[Sample, ...]:
    values = np.array([np.nan if s.value is None else s.value for s in window.samples], dtype=np.float64)
    spikes = qc.spike(values, limits.spike_suspect, limits.spike_fail)
    spikes[spikes == qc.UNKNOWN] = qc.GOOD
    flags = qc.worst_of(qc.gross_range(values, (limits.fail_low, limits.fail_high)), qc.impossible_word(values), spikes)
    if (flags == qc.GOOD).all():
        return window.samples
    return tuple(
        sample if flag == qc.GOOD else replace(sample, qc=worst((sample.qc, QcFlag(int(flag)))))
        for sample, flag in zip(window.samples, flags, strict=True)
    )
