"""Live reports put back into the order of time."""

import heapq
import math
from collections.abc import Iterator

Report = tuple[float, int, float, float, int, int, int, int, int, int, bool]
"""(time_s, mmsi, lat, lon, sog, cog, heading, status, source, line, coarse): sorts by time, then number, then place."""


class Reorder:
    """Gives reports in time order although they come late by up to `hold_s`; later ones are counted and dropped.

    Equal reports in any order give equal output, so that the answer does not depend on the order of arrival.
    """

    def __init__(self, hold_s: float) -> None:
        self.hold_s = hold_s
        self.late = 0
        self._heap: list[Report] = []
        self._newest_s = -math.inf
        self._released_s = -math.inf

    def push(self, report: Report) -> Iterator[Report]:
        """Take one report; yield those that are old enough to be in their final order."""
        if report[0] < self._released_s:
            self.late += 1
            return
        heapq.heappush(self._heap, report)
        self._newest_s = max(self._newest_s, report[0])
        yield from self._release(self._newest_s - self.hold_s)

    def flush(self) -> Iterator[Report]:
        """Yield everything that is held."""
        yield from self._release(math.inf)

    def _release(self, until_s: float) -> Iterator[Report]:
        while self._heap and self._heap[0][0] <= until_s:
            report = heapq.heappop(self._heap)
            self._released_s = max(self._released_s, report[0])
            yield report
