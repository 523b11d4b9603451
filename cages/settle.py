"""Final flags of a window of live samples: worse than the edge's where the shore knows more, never better."""

from dataclasses import replace

import numpy as np

from cages import qc
from cages.group import SeriesLimits
from cages.snapshot import CageSnapshot, Sample, SeriesWindow
from core.qc import QcFlag, worst


def settle(snapshot: CageSnapshot, quantity: str, limits: SeriesLimits) -> CageSnapshot:
    """Return the cage with a quantity's samples flagged anew: range, swapped words, spike settled one sample later."""
    mended = {
        window.key: replace(window, samples=_flagged(window, limits))
        for window in snapshot.of_quantity(quantity)
        if window.samples
    }
    return replace(snapshot, windows={**snapshot.windows, **mended})


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
