"""Times for a log without tag blocks: from the GPS sentences among its lines, else counted on from a start."""

import re
from datetime import UTC, datetime

import numpy as np

_CLOCK = re.compile(rb"\$..(?:RMC,(\d{6})[\d.]*,A,(?:[^,\r\n]*,){6}(\d{6})|ZDA,(\d{6})[\d.]*,(\d\d),(\d\d),(\d{4}))")
GUESSED_STEP_S = 0.1
"""Spacing of lines in a log that has no time at all: identities stay right, speeds between reports mean nothing."""


class LogClock:
    """Times for lines without a tag block: from GPS sentences of the same log, else counted on from a start."""

    def __init__(self, start: datetime) -> None:
        self._last_s = start.timestamp()
        self._known = False
        self.guessed = False

    def times(self, block: bytes, lines: int) -> np.ndarray:
        """Return a time for each line; tag blocks have precedence where they stand."""
        marks = _clock_marks(block)
        times = np.full(lines, np.nan)
        for line, at_s in marks:
            times[line] = at_s
        if marks and not self._known:
            self._last_s, self._known = marks[0][1], True
        filled = _filled(times, self._last_s)
        if not self._known:
            if b"\\" not in block:
                self.guessed = True
            filled = self._last_s + np.arange(lines) * GUESSED_STEP_S
        if lines:
            self._last_s = float(filled[-1]) + (0.0 if self._known else GUESSED_STEP_S)
        return filled


def _clock_marks(block: bytes) -> list[tuple[int, float]]:
    marks = []
    at, line = 0, 0
    for found in _CLOCK.finditer(block):
        line += block.count(b"\n", at, found.start())
        at = found.start()
        seconds = _clock_s(found)
        if seconds is not None:
            marks.append((line, seconds))
    return marks


def _clock_s(found: re.Match[bytes]) -> float | None:
    try:
        if found[1]:
            return datetime.strptime((found[2] + found[1]).decode(), "%d%m%y%H%M%S").replace(tzinfo=UTC).timestamp()
        text = (found[4] + found[5] + found[6] + found[3]).decode()
        return datetime.strptime(text, "%d%m%Y%H%M%S").replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None


def _filled(times: np.ndarray, before: float) -> np.ndarray:
    slot = np.where(np.isnan(times), -1, np.arange(len(times)))
    slot = np.maximum.accumulate(slot) if len(slot) else slot
    return np.where(slot >= 0, times[np.maximum(slot, 0)], before)
