"""Which targets move side by side all the time: two numbers on one hull."""

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from vessels.rules import TogetherRules
from vessels.track import NM_PER_DEGREE, Track

EPOCH_S = 300.0
FRESH_S = 200.0
"""A last report older than this says nothing about where the target is now (class B sends every 30 s under way)."""
MOVING_TENTHS = 15
MAX_PAIRS = 200_000


@dataclass(slots=True)
class Pair:
    """How often two targets were seen side by side, how often of those under way, and how often at all."""

    together: int = 0
    moving: int = 0
    both: int = 0
    distance_nm: float = 0.0
    at_s: float = 0.0


class Companions:
    """Counts, every five minutes, which live targets lie within a boat's length of each other."""

    def __init__(self, rules: TogetherRules) -> None:
        self.rules = rules
        self.pairs: dict[tuple[str, str], Pair] = {}
        self.seen: dict[str, int] = defaultdict(int)
        self.next_s = -math.inf

    def due(self, at_s: float) -> bool:
        """Return whether an epoch has passed."""
        return at_s >= self.next_s

    def observe(self, tracks: Iterable[Track], at_s: float) -> None:
        """Note which of the live tracks are side by side now."""
        self.next_s = (math.floor(at_s / EPOCH_S) + 1) * EPOCH_S
        fresh = [t for t in tracks if at_s - t.last_s <= FRESH_S]
        for track in fresh:
            self.seen[track.target_id] += 1
        if len(fresh) < 2:
            return
        east, north = _where(fresh, at_s)
        for a, b in cKDTree(np.column_stack((east, north))).query_pairs(self.rules.near_nm):
            self._note(fresh[a], fresh[b], math.hypot(east[a] - east[b], north[a] - north[b]), at_s)
        here = {t.target_id for t in fresh}
        for (one, other), pair in self.pairs.items():
            pair.both += one in here and other in here
        if len(self.pairs) > MAX_PAIRS:
            self._forget(at_s)
        if len(self.seen) > 2 * len(here) + 1000:
            paired = {target for ids in self.pairs for target in ids}
            self.seen = defaultdict(int, {t: n for t, n in self.seen.items() if t in here or t in paired})

    def _note(self, one: Track, other: Track, distance_nm: float, at_s: float) -> None:
        if one.mmsi == other.mmsi:
            return
        ids = sorted((one.target_id, other.target_id))
        pair = self.pairs.get((ids[0], ids[1]))
        if pair is None:
            before = min(self.seen[ids[0]], self.seen[ids[1]]) - 1
            pair = self.pairs[ids[0], ids[1]] = Pair(both=max(before, 0))
        pair.together += 1
        pair.moving += one.sog >= MOVING_TENTHS and other.sog >= MOVING_TENTHS
        pair.distance_nm, pair.at_s = distance_nm, at_s

    def _forget(self, at_s: float) -> None:
        self.pairs = {ids: pair for ids, pair in self.pairs.items() if at_s - pair.at_s < 2 * EPOCH_S}

    def found(self) -> dict[str, list[tuple[str, Pair]]]:
        """Return, by target, the targets that were always at its side."""
        rules = self.rules
        return self._by_target(
            p for p in self.pairs.items() if p[1].together >= rules.epochs and p[1].moving >= rules.moving
        )

    def perhaps(self) -> dict[str, list[tuple[str, Pair]]]:
        """Return, by target, the targets at its side so far: too short a time to say one boat, enough to doubt two."""
        first = self.rules.doubt_epochs
        return self._by_target(p for p in self.pairs.items() if p[1].together >= first and p[1].moving >= 1)

    def _by_target(self, pairs: Iterable[tuple[tuple[str, str], Pair]]) -> dict[str, list[tuple[str, Pair]]]:
        found: dict[str, list[tuple[str, Pair]]] = defaultdict(list)
        for (one, other), pair in pairs:
            if pair.together >= self.rules.share * pair.both:
                found[one].append((other, pair))
                found[other].append((one, pair))
        return dict(found)


def _where(tracks: list[Track], at_s: float) -> tuple[np.ndarray, np.ndarray]:
    """Return where tracks are now by dead reckoning, on a plane. [nmi]"""
    lat = np.array([t.lat for t in tracks])
    lon = np.array([t.lon for t in tracks])
    knots = np.array([t.sog / 10 if t.sog > 0 and t.cog >= 0 else 0.0 for t in tracks])
    course = np.radians([t.cog / 10 if t.cog >= 0 else 0.0 for t in tracks])
    way = knots * (at_s - np.array([t.last_s for t in tracks])) / 3600.0
    east = lon * NM_PER_DEGREE * np.cos(np.radians(lat.mean())) + way * np.sin(course)
    return east, lat * NM_PER_DEGREE + way * np.cos(course)
