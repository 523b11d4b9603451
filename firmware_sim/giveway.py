"""Boats keep clear of each other: detours laid over finished tracks, so that only what is planted really comes near.

The rules of the road in short (COLREG 1972): a ship keeps out of the way of a boat that is fishing (rule 18); a small
boat under way keeps clear of a ship (good seamanship, rule 2); action is early, plain, and to starboard where that does
(rules 8, 14, 15). When they act differs from skipper to skipper: the times below are ours.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from firmware_sim.cast import Actor
from firmware_sim.noise import Floats, generator
from firmware_sim.tracks import FISHING, Adrift, Detour, Fix

STEP_S = 30.0
"""Step at which distances are looked at. [s]"""
HOURS = (-1.0, 26.0)
"""Hours about the anchor in which boats keep clear."""
COMFORT_NM = 0.3
"""Nobody of his own will passes a ship nearer than this. [nmi]"""
SHIP_ACTS_S = (720.0, 1200.0)
"""A ship acts this long before the closest approach: standing orders commonly ask for 12 min or more. [s]"""
BOAT_ACTS_S = (480.0, 1080.0)
"""A small boat, which turns on the spot, acts later. [s]"""
AIM_NM = (0.45, 0.8)
"""How wide berth each one gives. [nmi]"""
BEARINGS = (90.0, -90.0, 135.0, -135.0, 180.0)
"""Where one goes, from the own course: to starboard, to port, also slower, or only slower. [deg]"""
WIDTHS_NM = (0.3, 0.45, 0.6, 0.8, 1.0, 1.3, 1.6)
HOLD_S, BACK_S = 180.0, 1500.0
ROUNDS = 4
SHIPS = ("merchant", "foreign")
BOATS = (
    "registered", "unregistered", "borrowed_identity", "several_mmsi", "shared_mmsi", "misconfigured", "unknown",
    "unidentified",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Meeting:
    """A ship and a boat that would come too near: their rows, when [unix s] and how near. [nmi]"""

    ship: int
    boat: int
    at_s: float
    nm: float


@dataclass(frozen=True, kw_only=True)
class Planted:
    """A danger that is meant to happen: the pair of target ids, and the time in which neither changes what it does."""

    pair: frozenset[str]
    from_s: float
    until_s: float


class Waters:
    """Where all ships and boats are, on a common flat plane; shape (target, time). [nmi]"""

    def __init__(self, actors: Sequence[Actor], times: Floats, planted: Sequence[Planted]) -> None:
        self.actors, self.times, self.planted = list(actors), times, planted
        self.origin = self.actors[0].track.at(times[:1]).lat_deg[0] if self.actors else 0.0
        shape = (len(self.actors), len(times))
        self.east, self.north, self.sog = np.empty(shape), np.empty(shape), np.empty(shape)
        for row in range(len(self.actors)):
            self.look(row)

    def look(self, row: int) -> None:
        """Take in the track of one target (again)."""
        fix = self.actors[row].track.at(self.times)
        self.east[row], self.north[row] = self.plane(fix)
        self.sog[row] = fix.sog_kn

    def plane(self, fix: Fix) -> tuple[Floats, Floats]:
        """Return (east, north) of a fix. [nmi]"""
        return fix.lon_deg * 60.0 * np.cos(np.radians(self.origin)), fix.lat_deg * 60.0


def keep_clear(actors: Sequence[Actor], planted: Iterable[Planted], seed: int, anchor_s: float) -> int:
    """Lay detours over the tracks of those who give way; return how many.

    The pair of a planted danger stays on its course through it; before and after, they are seafarers like others.
    """
    acting = [a for a in actors if a.label.target_class in (*SHIPS, *BOATS) and not isinstance(a.track, Adrift)]
    times = np.arange(anchor_s + HOURS[0] * 3600.0, anchor_s + HOURS[1] * 3600.0, STEP_S)
    waters, laid = Waters(acting, times, tuple(planted)), 0
    ships = [i for i, a in enumerate(acting) if a.label.target_class in SHIPS]
    boats = [i for i, a in enumerate(acting) if a.label.target_class in BOATS]
    for _ in range(ROUNDS):
        done = 0
        for meeting in sorted(_meetings(waters, ships, boats), key=lambda m: m.at_s):
            done += _give_way(waters, meeting, ships, boats, seed)
        laid += done
        if not done:
            break
    return laid


def _meetings(waters: Waters, ships: Sequence[int], boats: Sequence[int]) -> Iterator[Meeting]:
    rows = np.asarray(boats)
    # Single precision about the middle of the sea: a metre here, and half the work.
    east, north = (
        (part - part.mean()).astype(np.float32) if part.size else part for part in (waters.east, waters.north)
    )
    afloat = waters.sog > 0.3
    for ship in ships:
        apart2 = (east[rows] - east[ship]) ** 2 + (north[rows] - north[ship]) ** 2
        near = (apart2 < COMFORT_NM**2) & afloat[rows] & (waters.sog[ship] > 3.0)
        for k in np.flatnonzero(near.any(axis=1)):
            inside = np.flatnonzero(near[k])
            for part in np.split(inside, np.flatnonzero(np.diff(inside) > 60) + 1):
                i = part[apart2[k, part].argmin()]
                yield Meeting(ship=ship, boat=int(rows[k]), at_s=float(waters.times[i]), nm=float(apart2[k, i] ** 0.5))


def _meant(waters: Waters, meeting: Meeting) -> bool:
    """Return whether a meeting is a planted danger itself."""
    pair = frozenset((waters.actors[meeting.ship].id, waters.actors[meeting.boat].id))
    return any(p.pair == pair and p.from_s <= meeting.at_s <= p.until_s for p in waters.planted)


def _bound(waters: Waters, row: int, at_s: float, acts_s: float) -> bool:
    """Return whether a detour about a time would disturb a planted danger."""
    name = waters.actors[row].id
    return any(
        name in p.pair and p.from_s < at_s + HOLD_S + BACK_S and at_s - acts_s < p.until_s for p in waters.planted
    )


def _order(waters: Waters, meeting: Meeting) -> tuple[int, int]:
    """Return the rows of who gives way first and who does when the first cannot."""
    boat = waters.actors[meeting.boat].track
    fishing = int(boat.at([meeting.at_s]).status[0]) == FISHING
    return (meeting.ship, meeting.boat) if fishing else (meeting.boat, meeting.ship)


def _give_way(waters: Waters, meeting: Meeting, ships: Sequence[int], boats: Sequence[int], seed: int) -> int:
    """Let one of the two give way; return 1 when it did, 0 when nobody can or the meeting is over by now."""
    if _meant(waters, meeting):
        return 0
    rng = generator(seed, f"give way {waters.actors[meeting.boat].id} {meeting.at_s:.0f}")
    aim_nm = float(rng.uniform(*AIM_NM))
    for row in _order(waters, meeting):
        acts_s = float(rng.uniform(*(SHIP_ACTS_S if row == meeting.ship else BOAT_ACTS_S)))
        if _bound(waters, row, meeting.at_s, acts_s):
            continue
        detour = _best(waters, row, boats if row == meeting.ship else ships, (meeting.at_s, acts_s), aim_nm)
        if detour is not None:
            waters.actors[row].track.detours.append(detour)
            waters.look(row)
            return 1
    return 0


def _best(waters: Waters, row: int, others: Sequence[int], when_s: tuple[float, float], aim_nm: float) -> Detour | None:
    """Return the smallest detour that gives the room aimed at, else the one that gives most; None when none helps."""
    at_s, acts_s = when_s
    span = np.flatnonzero(np.abs(waters.times - at_s) <= acts_s + BACK_S)
    best, best_nm = None, _room_nm(waters, row, others, span, None)
    if best_nm >= COMFORT_NM:
        return None
    for detour in _choices(waters.actors[row], at_s, acts_s):
        if not _sailable(waters.actors[row], detour, waters.times[span]):
            continue
        room = _room_nm(waters, row, others, span, detour)
        if room > best_nm:
            best, best_nm = detour, room
        if room >= aim_nm:
            break
    return best


def _choices(actor: Actor, at_s: float, acts_s: float) -> Iterator[Detour]:
    heading = float(actor.track.at([at_s - 60.0]).cog_deg[0])
    for nm in WIDTHS_NM:
        for bearing in BEARINGS:
            yield Detour(
                from_s=at_s - acts_s,
                out_s=0.75 * acts_s,
                hold_s=0.25 * acts_s + HOLD_S,
                back_s=BACK_S,
                bearing_deg=(heading + bearing) % 360.0,
                nm=nm,
            )


def _sailable(actor: Actor, detour: Detour, times: Floats) -> bool:
    """Return whether the boat can do it: hardly faster than she goes anyhow, and never backwards."""
    before = actor.track.at(times)
    after = actor.track.at_with(times, detour)
    turned = np.abs((after.cog_deg - before.cog_deg + 180.0) % 360.0 - 180.0)
    fastest = max(float(before.sog_kn.max()) * 1.15, 4.0)
    return bool((after.sog_kn <= fastest).all() and (turned[after.sog_kn > 1.0] < 75.0).all())


def _room_nm(waters: Waters, row: int, others: Sequence[int], span: np.ndarray, detour: Detour | None) -> float:
    """Return how near any of the others comes during a span of steps while both move. [nmi]"""
    track, times = waters.actors[row].track, waters.times[span]
    fix = track.at(times) if detour is None else track.at_with(times, detour)
    east, north = waters.plane(fix)
    part = np.ix_(np.asarray(others), span)
    apart = np.hypot(waters.east[part] - east, waters.north[part] - north)
    moving = (waters.sog[part] > 0.3) & (fix.sog_kn > 0.3)
    return float(np.where(moving, apart, np.inf).min())
