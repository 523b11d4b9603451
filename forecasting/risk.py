"""What a forecast means for people: the chance of crossing a limit, when it starts, how long it lasts."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting.series.harmonics import Floats


@dataclass(frozen=True, kw_only=True)
class EventRisk:
    """One limit within one window, from joint paths; leads count hours after the origin, the first is 1.

    Parameters
    ----------
    probability
        Chance that the limit is crossed in the window, 0..1.
    expected_hours
        Mean number of hours beyond the limit over all paths. [h]
    worst_lead_h
        Lead at which most paths are beyond the limit; at no crossing, the lead of the most extreme median. [h]
    onset_p10_h, onset_p50_h, onset_p90_h
        When crossing paths cross first; None when none does. [h]
    """

    limit: float
    below: bool
    window_h: int
    probability: float
    expected_hours: float
    worst_lead_h: int
    onset_p10_h: float | None
    onset_p50_h: float | None
    onset_p90_h: float | None


def event_risks(paths: Floats, limit: float, *, below: bool, windows_h: Sequence[int]) -> list[EventRisk]:
    """Return for each window the risk that a path goes below (or above) a limit within it.

    Parameters
    ----------
    paths
        Equally likely futures, shape ``(path, lead)``, in the limit's unit.
    windows_h
        Hours from the origin on, each at least 1. [h]
    """
    beyond = paths < limit if below else paths > limit
    onset = np.sort(beyond.argmax(axis=1)[beyond.any(axis=1)] + 1)
    share = beyond.mean(axis=0)
    out = []
    for window_h in windows_h:
        seen = max(1, window_h)
        begun = onset[: int(np.searchsorted(onset, seen, side="right"))]
        early, half, late = (_quantile(begun, q) for q in (0.1, 0.5, 0.9))
        out.append(
            EventRisk(
                limit=limit,
                below=below,
                window_h=window_h,
                probability=len(begun) / len(paths),
                expected_hours=float(share[:seen].sum()),
                worst_lead_h=1 + (int(share[:seen].argmax()) if len(begun) else _extreme(paths[:, :seen], below)),
                onset_p10_h=early,
                onset_p50_h=half,
                onset_p90_h=late,
            )
        )
    return out


def _extreme(paths: Floats, below: bool) -> int:
    """Return the column in which the median is nearest to danger."""
    middle = np.median(paths, axis=0)
    return int(middle.argmin() if below else middle.argmax())


def _quantile(ordered: NDArray[np.int64], share: float) -> float | None:
    """Return a quantile of ordered numbers, straight between neighbours; None of none."""
    if not len(ordered):
        return None
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return float(ordered[low] + (place - low) * (ordered[high] - ordered[low]))


@dataclass(frozen=True, kw_only=True)
class CostLoss:
    """What a false alarm costs against what a missed event loses; any one money unit.

    Parameters
    ----------
    cost
        Of acting once: aerators, crew, harvest put off.
    loss
        That acting avoids when the event comes.
    keep
        An alarm stays until the probability falls below this share of the raising threshold, 0..1.
    """

    cost: float
    loss: float
    keep: float = 0.7

    def __post_init__(self) -> None:
        if not 0 < self.cost < self.loss:
            raise ValueError("cost must be above zero and below loss: else acting never pays.")
        if not 0 < self.keep <= 1:
            raise ValueError("keep must be above 0 and at most 1.")

    @property
    def threshold(self) -> float:
        """Return the probability from which acting pays: cost over loss.

        Murphy 1977, doi:10.1175/1520-0493(1977)105<0803:TVOCCA>2.0.CO;2.
        """
        return self.cost / self.loss

    def acts(self, probability: float, *, acting: bool) -> bool:
        """Return whether to act now, given whether we act already (hysteresis)."""
        return probability >= self.threshold * (self.keep if acting else 1.0)
