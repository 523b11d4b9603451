"""Streaming QARTOD tests in plain Python, one value at a time; equal to `ioos_qc.qartod` (a property test holds it).

Manual for Real-Time Quality Control of Dissolved Oxygen Observations, QARTOD / IOOS: gross range, rate of change,
spike, flat line, gap. Syntax is judged before a value exists: a reply of the wrong length or check sum is no value.
"""

from collections import deque
from dataclasses import dataclass

from core.profiles import EdgeTests
from core.qc import QcFlag, worst


def gross_range(
    value: float | None, low: float, high: float, suspect_low: float | None = None, suspect_high: float | None = None
) -> QcFlag:
    """Return FAIL outside [low, high], SUSPECT outside the narrower span, MISSING without a value."""
    if value is None:
        return QcFlag.MISSING
    if value < low or value > high:
        return QcFlag.FAIL
    if (suspect_low is not None and value < suspect_low) or (suspect_high is not None and value > suspect_high):
        return QcFlag.SUSPECT
    return QcFlag.GOOD


def time_gap(previous_s: float | None, now_s: float, limit_s: float) -> QcFlag:
    """Return FAIL when more than `limit_s` passed since the value before; UNKNOWN for the first value."""
    if previous_s is None:
        return QcFlag.UNKNOWN
    return QcFlag.FAIL if now_s - previous_s > limit_s else QcFlag.GOOD


class RateOfChange:
    """Flags a value SUSPECT when it moved faster than `limit_per_s` since the one before."""

    def __init__(self, limit_per_s: float) -> None:
        self._limit = limit_per_s
        self._last: tuple[float, float] | None = None

    def step(self, value: float | None, at_s: float) -> QcFlag:
        """Return the flag of this value; a missing neighbour passes it."""
        last, self._last = self._last, None if value is None else (value, at_s)
        if value is None:
            return QcFlag.MISSING
        if last is None or at_s == last[1]:
            return QcFlag.GOOD
        return QcFlag.SUSPECT if abs(value - last[0]) / abs(at_s - last[1]) > self._limit else QcFlag.GOOD


class Spike:
    """Judges the value before the newest one by its distance from the middle of its neighbours."""

    def __init__(self, suspect: float | None, fail: float | None) -> None:
        self._suspect, self._fail = suspect, fail
        self._before: list[float | None] = []

    def step(self, value: float | None) -> QcFlag | None:
        """Return the flag of the value given one step earlier, None when there was none."""
        window = [*self._before, value]
        self._before = window[-2:]
        if len(window) < 2:
            return None
        if len(window) == 2:
            return QcFlag.MISSING if window[0] is None else QcFlag.UNKNOWN
        return self._judge(window[0], window[1], window[2])

    def _judge(self, first: float | None, middle: float | None, last: float | None) -> QcFlag:
        if middle is None:
            return QcFlag.MISSING
        if first is None or last is None:
            return QcFlag.UNKNOWN
        distance = abs(middle - (first + last) / 2)
        if self._fail and distance > self._fail:
            return QcFlag.FAIL
        return QcFlag.SUSPECT if self._suspect and distance > self._suspect else QcFlag.GOOD


class FlatLine:
    """Flags a value that stayed within `tolerance` for too many intervals.

    Deviation from ``ioos_qc``: a window with a missing value is not judged. There it is judged by the values left in
    it, so that a single value after a dropout counts as a flat line.

    Parameters
    ----------
    interval_s
        The instrument's own interval: its cadence or the polling period, whichever is longer. [s]
    suspect_s, fail_s
        How long sameness is believed. [s]
    """

    def __init__(self, *, tolerance: float, suspect_s: float, fail_s: float, interval_s: float) -> None:
        self._tolerance = tolerance
        self._suspect, self._fail = int(int(suspect_s) / interval_s), int(int(fail_s) / interval_s)
        self._recent: deque[float | None] = deque(maxlen=max(self._suspect, self._fail) + 1)

    def step(self, value: float | None) -> QcFlag:
        """Return the flag of this value."""
        self._recent.append(value)
        if value is None:
            return QcFlag.MISSING
        if self._same(self._fail):
            return QcFlag.FAIL
        return QcFlag.SUSPECT if self._same(self._suspect) else QcFlag.GOOD

    def _same(self, count: int) -> bool:
        if len(self._recent) < count + 1:
            return False
        low = high = self._recent[-1]
        for index in range(-count - 1, 0):
            value = self._recent[index]
            if value is None or low is None or high is None:
                return False
            low, high = min(low, value), max(high, value)
            if high - low >= self._tolerance:
                return False
        return True


@dataclass(frozen=True, kw_only=True)
class Flagged:
    """The flag of the newest value, and of the one before where the spike test now knows more."""

    now: QcFlag
    before: QcFlag | None = None


class SeriesTests:
    """The tests of one series, as its profile asks for."""

    def __init__(self, edge: EdgeTests, interval_s: float) -> None:
        self._edge = edge
        self._rate = None if edge.rate_per_s is None else RateOfChange(edge.rate_per_s)
        spiky = edge.spike_suspect is not None or edge.spike_fail is not None
        self._spike = Spike(edge.spike_suspect, edge.spike_fail) if spiky else None
        self._flat = _flat_line(edge, interval_s)

    def step(self, value: float | None, at_s: float) -> Flagged:
        """Return the flags of this value and, where it became worse, of the one before."""
        flags = [QcFlag.MISSING if value is None else QcFlag.GOOD]
        if value is not None:
            flags.append(
                gross_range(value, float("-inf"), float("inf"), self._edge.suspect_low, self._edge.suspect_high)
            )
        if self._rate is not None:
            flags.append(self._rate.step(value, at_s))
        if self._flat is not None:
            flags.append(self._flat.step(value))
        before = None if self._spike is None else self._spike.step(value)
        return Flagged(now=worst(flags), before=before if before in (QcFlag.SUSPECT, QcFlag.FAIL) else None)


def _flat_line(edge: EdgeTests, interval_s: float) -> FlatLine | None:
    if edge.flat_tolerance is None or edge.flat_suspect_s is None or edge.flat_fail_s is None:
        return None
    return FlatLine(
        tolerance=edge.flat_tolerance, suspect_s=edge.flat_suspect_s, fail_s=edge.flat_fail_s, interval_s=interval_s
    )
