"""Whom nobody accuses yet: what may be a net buoy, a boat's second device, an aircraft, or was never placed.

Net buoys bear their boat's name, or letters of their owner, and often share a number: without a hull nobody is accused.
"""

from datetime import datetime

from core.position import PositionSource
from core.target import TargetClass
from vessels.answer import ACCUSED, Answer, unknown
from vessels.picture import NO_HULL_M, Picture
from vessels.register import Register
from vessels.rules import Rules

_TIDE_KN = 3.0
"""Net buoys drift with the tide: 1.5 m/s in the channels between the islands (ours)."""
_AIRBORNE_KN = 60.0
"""No boat keeps this up; aircraft on search, and faults of the sender, do."""


def patient(answer: Answer, picture: Picture, register: Register, rules: Rules, at: datetime) -> Answer:
    """Return the answer, or that it is too early to accuse."""
    if answer.target_class is TargetClass.FOREIGN and _sends_no_size(picture) and not hull(picture, rules):
        return unknown("no_hull")  # net buoys bear the numbers of any country
    if answer.target_class not in ACCUSED:
        return answer
    if not picture.is_placed:
        return unknown("unplaced", n=picture.statics.n)
    if register.by_mmsi(picture.mmsi, at):
        return answer
    if not hull(picture, rules):
        return unknown("no_hull")
    if answer.target_class is not TargetClass.UNREGISTERED:
        return answer
    return _stranger(picture, register, rules, at) or answer


def _sends_no_size(picture: Picture) -> bool:
    """Return whether the message with the size was heard, from class B equipment, and the size was empty."""
    return picture.is_placed and picture.class_b and bool(picture.statics.parts & {"5", "19", "24B"})


def _stranger(picture: Picture, register: Register, rules: Rules, at: datetime) -> Answer | None:
    """Return why a boat that the register does not hold is not accused all the same."""
    if not len(register):
        return unknown("no_register")
    if (picture.movement.sog_median_kn or 0.0) >= _AIRBORNE_KN:
        return unknown("airborne", limit=_AIRBORNE_KN)
    size, largest = picture.size_m, rules.screening.particulars.largest_m
    if size is not None and max(size) > largest:
        return unknown("too_large", length=max(size), limit=largest)
    for other in (*picture.companions, *picture.beside):
        rows = register.by_mmsi(other.mmsi, at)
        if rows:
            return unknown("beside", name=rows[0].name_zh, other=other.mmsi)
    return None


def hull(picture: Picture, rules: Rules) -> bool:
    """Return whether anything speaks of a hull: its size; without one, a speed that no tide has, class A equipment.

    A buoy's size stands against any speed: hauled buoys ride home on a deck. So does its beat: class B equipment under
    way reports every 30 s, a buoy keeps to the minutes that it was set to.
    """
    size, moved = picture.size_m, picture.movement
    if size is not None:
        return max(size) > NO_HULL_M
    if PositionSource.AIS_A in picture.sources:
        return True
    beat_s = moved.interval_s or 0.0
    return (moved.sog_high_kn or 0.0) > _TIDE_KN and beat_s < rules.screening.buoy.beat_s
