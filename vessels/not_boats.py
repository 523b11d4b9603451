"""What is no boat: aids to navigation, base stations, aircraft, distress devices, gear buoys; and boats' helpers.

Number and message types decide for stations; for gear buoys name, number, size and movement together (`gearbuoy`).
"""

from collections.abc import Mapping
from datetime import datetime

from core.mmsi import DISTRESS, MmsiClass
from core.position import PositionSource
from core.target import TargetClass
from vessels.answer import Answer, registered, unknown
from vessels.gearbuoy import is_buoy, points
from vessels.names import parse
from vessels.picture import Picture
from vessels.register import Register
from vessels.rules import Rules
from vessels.wording import say

_NAMED_AS_BUOY = frozenset({"name_battery", "name_net", "name_number"})
_SHIP_EQUIPMENT = frozenset({PositionSource.AIS_A, PositionSource.AIS_B})
_STEERAGE_KN = 3.0
_MOORED_NM = 0.5
"""Nothing fixed to the ground makes way, or leaves a circle of this size."""


def station(picture: Picture, rules: Rules) -> Answer | None:
    """Return what is no boat by number or message: aids, base stations, aircraft, distress devices."""
    kind, sources = picture.mmsi_class, picture.sources
    if picture.mmsi in rules.mmsi.fillers:
        kind = MmsiClass.UNIDENTIFIABLE
    if kind is MmsiClass.AMRD:
        return Answer(target_class=TargetClass.GEAR_BUOY, path="buoy", reason=say("amrd"))
    sent_by_base = PositionSource.AIS_BASE in sources and not sources & _SHIP_EQUIPMENT
    for found, target_class in (
        (kind in DISTRESS or PositionSource.AIS_SART in sources, TargetClass.DISTRESS),
        (_aid(picture, kind, rules), TargetClass.ATON),
        ((kind is MmsiClass.COAST and not _makes_way(picture)) or sent_by_base, TargetClass.BASE_STATION),
        (kind is MmsiClass.SAR_AIRCRAFT or PositionSource.AIS_SAR in sources, TargetClass.SAR_AIRCRAFT),
    ):
        if found:
            return Answer(target_class=target_class, path=target_class.value, reason=say(target_class.value))
    return None


def _aid(picture: Picture, kind: MmsiClass, rules: Rules) -> bool:
    """Return whether it is an aid to navigation: by message 21, or by number unless its name is a net buoy's."""
    if PositionSource.AIS_ATON in picture.sources or "21" in picture.statics.parts:
        return True
    return kind is MmsiClass.ATON and "name_battery" not in points(picture, rules)


def _makes_way(picture: Picture) -> bool:
    moved = picture.movement
    return (moved.sog_high_kn or 0.0) > _STEERAGE_KN and moved.extent_nm > _MOORED_NM


def helper(picture: Picture, register: Register, rules: Rules, at: datetime) -> Answer | None:
    """Return the answer for a craft of a parent ship (98…) or a handheld radio (8…), which have no papers of their own.

    One that bears a fishing boat's name, or stands in the register by its number, is judged as a boat.
    """
    kind = picture.mmsi_class
    if kind not in (MmsiClass.CRAFT, MmsiClass.HANDHELD) or picture.mmsi in rules.mmsi.fillers:
        return None
    if register.by_mmsi(picture.mmsi, at) or any(parse(str(said.value), rules.names) for said in picture.names):
        return None
    parent = picture.statics.usual("parent_mmsi")
    rows = register.by_mmsi(parent, at) if isinstance(parent, int) else ()
    if kind is MmsiClass.CRAFT and len(rows) == 1:
        return registered("craft", rows[0], name=rows[0].name_zh)
    return unknown("craft_of", parent=parent or "—") if kind is MmsiClass.CRAFT else unknown("handheld")


def buoy(picture: Picture, register: Register, rules: Rules, at: datetime) -> Answer | None:
    """Return the answer for a gear buoy that said what it is, or was heard for long enough to be told by its ways."""
    found = points(picture, rules)
    if register.by_mmsi(picture.mmsi, at) and not found.keys() & _NAMED_AS_BUOY:
        return None
    if not is_buoy(found, rules) or not (said_what_it_is(picture, found) or _unheard_buoy(picture, found, rules)):
        return None
    facts = "，".join(str(s.value) for s in picture.names[:1]) or str(picture.mmsi)
    return Answer(target_class=TargetClass.GEAR_BUOY, path="buoy", reason=say("buoy", facts=facts))


def said_what_it_is(picture: Picture, found: Mapping[str, float]) -> bool:
    """Return whether the name speaks of a buoy, or the size that goes with the name has been heard."""
    return bool(found.keys() & _NAMED_AS_BUOY or picture.statics.parts & {"5", "19", "24B"})


def _unheard_buoy(picture: Picture, found: Mapping[str, float], rules: Rules) -> bool:
    """Return whether number and movement alone make a buoy: only once its particulars had time to come."""
    return had_time(picture, rules) and sum(found.values()) >= rules.screening.buoy.threshold_unheard


def had_time(picture: Picture, rules: Rules) -> bool:
    """Return whether a target was heard for long enough that its name and size should have come."""
    bounds = rules.screening.silence_of_name
    return picture.movement.n >= bounds.reports and picture.movement.span_s >= bounds.span_s
