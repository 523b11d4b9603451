"""From position reports to tracks: two boats on one number never end in one track, stray points are set aside.

One function, `Tracks.add`, serves the live stream and the recorded file, so both give the same answer. Input that comes
out of order passes `Reorder` first. After the segmenter of Global Fishing Watch (gpsdio-segment): a report joins the
track whose dead reckoning it fits, within the speed that a boat can make; a track ends after 24 h of silence.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from vessels.track import Track, dead_reckoning_nm, extend

APART_DEG = 0.05
"""Two tracks nearer than this (3 nmi) may be one boat heard through a network that stamps minutes late."""
TOGETHER_S = 3600.0
"""Tracks that overlap for less may be that too."""
NEIGHBOURHOOD_DEG = 10.0
"""Two boats on one number this far apart in latitude cannot be taken for each other: 24 h at 25 kn."""


@dataclass(frozen=True, kw_only=True)
class TrackLimits:
    """When a report may join a track; see ``config/rules/screening.toml``.

    Parameters
    ----------
    max_speed_kn
        Fastest that a boat is believed over hours.
    cruise_kn
        Believed over hours of a boat whose reports never showed more than about 7 kn.
    near_nm
        Position noise: always allowed between two reports.
    coarse_nm
        The same for type 27, whose positions have a tenth of a minute.
    stamp_s
        How wrong a receive time may be: satellites and networks stamp late.
    excess_kn
        Speed over the reported one that is believed within `settle_s`.
    settle_s
        Within this the reported speeds bind, after four times this only `max_speed_kn` does.
    close_s
        A track ends after this silence.
    duplicate_s
        The same report again within this is the same transmission heard twice.
    max_open
        Open tracks of one number; the one silent for longest ends first.
    shared_reports
        A number is taken as shared once two of its open tracks with so many reports ran at the same time; then, and
        between class A and class B equipment, no speed over the reported one is believed, after four times `settle_s`
        only the same place, and equipment of another class joins only within twice `settle_s`.
    """

    max_speed_kn: float = 25.0
    cruise_kn: float = 12.0
    near_nm: float = 0.12
    coarse_nm: float = 0.2
    stamp_s: float = 60.0
    excess_kn: float = 6.0
    settle_s: float = 1800.0
    close_s: float = 86_400.0
    duplicate_s: float = 3.0
    max_open: int = 32
    shared_reports: int = 3


class Tracks:
    """Open and ended tracks of many numbers.

    Parameters
    ----------
    keep_ended
        Keep ended tracks (a recorded file); a live stream drops them after handing them out.
    """

    def __init__(self, limits: TrackLimits | None = None, *, keep_ended: bool = True) -> None:
        self.limits = limits or TrackLimits()
        self.open: dict[int, list[Track]] = {}
        self.ended: dict[int, list[Track]] = {}
        self.duplicates = 0
        self.nowhere = 0
        self._numbers: dict[int, int] = {}
        self._keep = keep_ended

    def add(
        self, mmsi: int, at_s: float, lat: float, lon: float, sog: int = -1, cog: int = -1, heading: int = -1,
        status: int = -1, source: int = 0, line: int = -1, *, coarse: bool = False,
    ) -> Track | None:  # fmt: skip
        """Return the track that a report joined; None when it was set aside (heard twice, or at 0 N 0 E).

        Reports of one number must come in time order (`Reorder`). Units as in `Track`.
        """
        if -0.01 < lat < 0.01 and -0.01 < lon < 0.01:
            self.nowhere += 1
            return None
        tracks = self.open.get(mmsi)
        if tracks is None:
            tracks = self.open[mmsi] = []
        track = self._fitting(tracks, at_s, lat, lon, sog, cog, source, coarse) if tracks else None
        if track is _HEARD_TWICE:
            self.duplicates += 1
            return None
        if track is None:
            track = self._begin(tracks, mmsi, at_s, lat, lon, line)
        else:
            extend(track, at_s, lat, lon)
        track.sog, track.cog = sog, cog
        track.count(sog, heading, status, source, line)
        return track

    def _fitting(
        self, tracks: list[Track], at_s: float, lat: float, lon: float, sog: int, cog: int, source: int, coarse: bool
    ) -> Track | None:
        limits, best, best_miss = self.limits, None, math.inf
        shared = len(tracks) > 1 and _at_once(tracks, lat, limits.shared_reports)
        for track in tracks:
            elapsed_s = at_s - track.last_s
            if elapsed_s > limits.close_s:
                continue
            if (
                elapsed_s <= limits.duplicate_s
                and track.lat == lat
                and track.lon == lon
                and track.sog == sog
                and track.cog == cog
            ):
                return _HEARD_TWICE
            moved, missed = dead_reckoning_nm(track, at_s, lat, lon)
            other_kind = not (track.sources >> source & 1 or coarse)
            if other_kind and elapsed_s > 2 * limits.settle_s:
                continue
            speed_kn = self._speed_kn(track, sog, elapsed_s, shared or other_kind)
            stamp_nm = 0.1 * max(sog, track.sog, 0) * limits.stamp_s
            near_nm = limits.coarse_nm if coarse else limits.near_nm
            allowed = near_nm + (speed_kn * elapsed_s + stamp_nm) / 3600.0
            if moved <= allowed and missed < best_miss:
                best, best_miss = track, missed
        return best

    def _speed_kn(self, track: Track, sog: int, elapsed_s: float, strict: bool) -> float:
        """Return the greatest believable mean speed since a track's last report. [kn]"""
        limits = self.limits
        if sog < 0 or track.sog < 0:
            return limits.max_speed_kn
        reported = 0.1 * min(max(sog, track.sog), 500)
        bound = reported * 1.2 + limits.excess_kn
        if strict:
            return bound if elapsed_s <= limits.settle_s else reported if elapsed_s <= 4 * limits.settle_s else 0.0
        over = (elapsed_s - limits.settle_s) / (3 * limits.settle_s)
        most = min(limits.max_speed_kn, max(limits.cruise_kn, 0.13 * track.top + 3.0))
        if over <= 0 or bound >= most:
            return bound
        return bound + (most - bound) * min(1.0, over)

    def _begin(self, tracks: list[Track], mmsi: int, at_s: float, lat: float, lon: float, line: int) -> Track:
        self._end_silent(tracks, at_s)
        if len(tracks) >= self.limits.max_open:
            self._end(tracks, min(tracks, key=lambda t: t.last_s))
        number = self._numbers.get(mmsi, 0) + 1
        self._numbers[mmsi] = number
        track = Track(mmsi, number, at_s, lat, lon, line)
        tracks.append(track)
        return track

    def _end_silent(self, tracks: list[Track], at_s: float) -> None:
        for track in [t for t in tracks if at_s - t.last_s > self.limits.close_s]:
            self._end(tracks, track)

    def _end(self, tracks: list[Track], track: Track) -> None:
        track.ended = True
        tracks.remove(track)
        if self._keep:
            self.ended.setdefault(track.mmsi, []).append(track)

    def forget_silent(self, at_s: float) -> list[Track]:
        """End every track that has been silent too long and forget numbers without one; return what ended."""
        gone = []
        for mmsi, tracks in list(self.open.items()):
            if any(at_s - t.last_s > self.limits.close_s for t in tracks):
                before = set(map(id, tracks))
                silent = [t for t in tracks if at_s - t.last_s > self.limits.close_s]
                self._end_silent(tracks, at_s)
                gone += [t for t in silent if id(t) in before]
                if not tracks:
                    del self.open[mmsi]
                    self._numbers.pop(mmsi, None)
        return gone

    def of(self, mmsi: int) -> list[Track]:
        """Return the tracks of one number, ended ones first, in the order they began."""
        return sorted(self.ended.get(mmsi, []) + self.open.get(mmsi, []), key=lambda t: t.number)

    def numbers(self) -> list[int]:
        """Return every MMSI that has a track, in the order of its first report."""
        return list(self.ended | self.open)


def _at_once(tracks: list[Track], lat: float, reports: int) -> bool:
    """Return whether two tracks of one number, each of some length, ran at the same time in these waters."""
    long = [t for t in tracks if t.n >= reports and abs(t.lat - lat) < NEIGHBOURHOOD_DEG]
    return any(
        min(a.last_s, b.last_s) - max(a.first_s, b.first_s) > TOGETHER_S
        and abs(a.lat - b.lat) + abs(a.lon - b.lon) > APART_DEG
        for i, a in enumerate(long)
        for b in long[:i]
    )


_HEARD_TWICE = Track(0, 0, 0.0, 0.0, 0.0, -1)
"""What `_fitting` gives for a transmission that was heard before."""


@dataclass(frozen=True, kw_only=True)
class NoiseLimits:
    """What is a stray point and not a boat: a few reports beside a well-followed track of the same number."""

    few_reports: int = 3
    main_reports: int = 10
    main_ratio: float = 10.0


def strays(tracks: Iterable[Track], limits: NoiseLimits | None = None) -> set[int]:
    """Return the numbers of the tracks (of one MMSI) that are set aside as noise."""
    some = list(tracks)
    bound = limits or NoiseLimits()
    longest = max((t.n for t in some), default=0)
    if longest < bound.main_reports:
        return set()
    return {t.number for t in some if t.n <= bound.few_reports and t.n * bound.main_ratio <= longest}
