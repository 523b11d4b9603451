"""One boat's way on one number, summed up in bounded memory."""

import math
from array import array

from core.geo import EARTH_RADIUS_NM

NM_PER_DEGREE = EARTH_RADIUS_NM * math.pi / 180
SPEED_EDGES_KN = (0.2, 0.5, 1.0, 2.0, 3.0, 4.0, 5.5, 8.0, 12.0, 16.0, 22.0, 30.0, 60.0)
"""Edges of the speed histogram: stopped, drifting, fishing (0.5 to 5.5 kn), under way, fast, no hull's, airborne."""
INTERVAL_EDGES_S = (4.0, 8.0, 15.0, 25.0, 45.0, 75.0, 105.0, 150.0, 240.0, 420.0, 900.0, 2400.0)
"""Edges of the interval histogram around class A (2 to 12 s, 3 min), class B (30 s, 3 min) and buoys (1 to 30 min)."""
_SPEED_OF_TENTHS = bytes(sum(tenths / 10 >= edge for edge in SPEED_EDGES_KN) for tenths in range(1024))
_BINS = len(SPEED_EDGES_KN) + 1
_INTERVAL_BINS = len(INTERVAL_EDGES_S) + 1
MAX_TOP_TENTHS = 400
"""A reported speed above this is a fault of the sender, not the boat's best speed."""


class Track:
    """One boat's way on one number, summed up in bounded memory. Speeds in tenths of a knot as sent, -1 for none."""

    __slots__ = (
        "cog",
        "distance_nm",
        "east_nm",
        "ended",
        "first_lat",
        "first_lon",
        "first_s",
        "headings",
        "intervals",
        "last_line",
        "last_s",
        "lat",
        "lon",
        "max_lat",
        "max_lon",
        "min_lat",
        "min_lon",
        "mmsi",
        "n",
        "north_nm",
        "number",
        "sog",
        "sources",
        "speeds",
        "start_line",
        "statuses",
        "top",
    )  # fmt: skip

    def __init__(self, mmsi: int, number: int, at_s: float, lat: float, lon: float, line: int) -> None:
        self.mmsi, self.number = mmsi, number
        self.first_s = self.last_s = at_s
        self.first_lat = self.lat = self.min_lat = self.max_lat = lat
        self.first_lon = self.lon = self.min_lon = self.max_lon = lon
        self.east_nm = self.north_nm = self.distance_nm = 0.0
        self.top = 0
        self.sog = self.cog = -1
        self.n = self.headings = self.sources = self.statuses = 0
        self.start_line = self.last_line = line
        self.speeds = array("I", bytes(4 * (_BINS + 1)))
        self.intervals = array("I", bytes(4 * _INTERVAL_BINS))
        self.ended = False

    @property
    def target_id(self) -> str:
        """Return the id of the target: the MMSI for its first track, then MMSI-2 and so on."""
        return str(self.mmsi) if self.number == 1 else f"{self.mmsi}-{self.number}"

    @property
    def span_s(self) -> float:
        """Return the time from first to last report. [s]"""
        return self.last_s - self.first_s

    def speed_share(self, low_kn: float, high_kn: float) -> float | None:
        """Return the share of reports with a speed in [low, high), edges of `SPEED_EDGES_KN`; None without speeds."""
        total = sum(self.speeds[:_BINS])
        if not total:
            return None
        bounds = (0.0, *SPEED_EDGES_KN)
        return sum(k for k, at in zip(self.speeds[:_BINS], bounds, strict=True) if low_kn <= at < high_kn) / total

    def speed_quantile(self, share: float) -> float | None:
        """Return the upper edge of the speed bin that holds this quantile; None without speeds. [kn]"""
        total = sum(self.speeds[:_BINS])
        if not total:
            return None
        reached = 0
        for count, edge in zip(self.speeds[:_BINS], (*SPEED_EDGES_KN, 102.2), strict=True):
            reached += count
            if reached >= share * total:
                return edge
        return 102.2

    def interval_median_s(self) -> float | None:
        """Return the median time between reports, as the middle of its histogram bin; None for one report. [s]"""
        total = sum(self.intervals)
        if not total:
            return None
        reached = 0
        bounds = (0.0, *INTERVAL_EDGES_S, 7200.0)
        for at, count in enumerate(self.intervals):
            reached += count
            if reached * 2 >= total:
                return (bounds[at] + bounds[at + 1]) / 2
        return None

    def count(self, sog: int, heading: int, status: int, source: int, line: int) -> None:
        """Note one more report of this track."""
        self.n += 1
        if self.top < sog <= MAX_TOP_TENTHS:
            self.top = sog
        self.speeds[_SPEED_OF_TENTHS[sog] if 0 <= sog < 1024 else _BINS] += 1
        if heading >= 0:
            self.headings += 1
        if status >= 0:
            self.statuses |= 1 << status
        self.sources |= 1 << source
        self.last_line = line


def dead_reckoning_nm(track: Track, at_s: float, lat: float, lon: float) -> tuple[float, float]:
    """Return (distance from the last report, distance from where it would be by now). [nmi]"""
    elapsed_h = (at_s - track.last_s) / 3600.0
    cos_lat = math.cos((lat + track.lat) * 0.008726646259971648)
    east = ((lon - track.lon + 540.0) % 360.0 - 180.0) * NM_PER_DEGREE * cos_lat
    north = (lat - track.lat) * NM_PER_DEGREE
    moved = math.sqrt(east * east + north * north)
    if track.sog < 5 or track.cog < 0 or elapsed_h > 0.5:
        return moved, moved
    way = track.sog * 0.1 * elapsed_h
    course = track.cog * 0.0017453292519943296
    east -= way * math.sin(course)
    north -= way * math.cos(course)
    return moved, math.sqrt(east * east + north * north)


def extend(track: Track, at_s: float, lat: float, lon: float) -> None:
    """Move a track on to its next report."""
    elapsed_s = at_s - track.last_s
    slot = 0
    for edge in INTERVAL_EDGES_S:
        if elapsed_s < edge:
            break
        slot += 1
    track.intervals[slot] += 1
    cos_lat = math.cos((lat + track.lat) * 0.008726646259971648)
    east = ((lon - track.lon + 540.0) % 360.0 - 180.0) * NM_PER_DEGREE * cos_lat
    north = (lat - track.lat) * NM_PER_DEGREE
    track.distance_nm += math.sqrt(east * east + north * north)
    track.east_nm += east
    track.north_nm += north
    track.last_s, track.lat, track.lon = at_s, lat, lon
    if lat < track.min_lat:
        track.min_lat = lat
    elif lat > track.max_lat:
        track.max_lat = lat
    if lon < track.min_lon:
        track.min_lon = lon
    elif lon > track.max_lon:
        track.max_lon = lon
