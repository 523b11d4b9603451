"""Which boat: by its number, its name, its company, else by what is missing."""

from collections.abc import Iterable
from datetime import datetime

from rapidfuzz.distance import Levenshtein

from core.mmsi import MmsiClass, mid
from core.target import TargetClass
from vessels import limbs
from vessels.answer import Answer, accused, registered, unknown
from vessels.gearbuoy import is_buoy, points
from vessels.names import is_name, parse
from vessels.not_boats import said_what_it_is
from vessels.picture import NO_HULL_M, Elsewhere, Picture
from vessels.register import Register, RegisterRow
from vessels.rules import Rules
from vessels.wording import say

FISHING = 30
_MERCHANT_TYPES = frozenset((31, 32, 33, 34, 35, *range(40, 100)))
"""Towing, dredging, diving, military, high speed, pilots and other service craft, passenger, cargo, tanker, other
(M.1371-5 table 53)."""


def boat(picture: Picture, register: Register, rules: Rules, at: datetime) -> Answer:
    """Return the answer for what is taken for a boat: by its number, its name, its company, else by what is missing."""
    return (
        _known_number(picture, register, rules, at)
        or _shared_number(picture, rules)
        or _known_name(picture, register, rules, at)
        or _companion(picture, register, at)
        or _other_flag(picture, rules)
        or _merchant(picture, rules)
        or _not_in_register(picture, register, rules, at)
    )


def _known_number(picture: Picture, register: Register, rules: Rules, at: datetime) -> Answer | None:
    """Return the answer for a number that stands in the register."""
    rows = register.by_mmsi(picture.mmsi, at)
    if not rows:
        return None
    if len(rows) > 1:
        return unknown("ambiguous", count=len(rows))
    row = rows[0]
    if shared := _shared_number(picture, rules, row):
        return shared
    if several := _companion(picture, register, at, row):
        return several
    sent = picture.name if is_name(picture.name, rules.names) else None
    if sent is None:
        return registered("registered_unnamed", row, name=row.name_zh)
    if any(row in register.by_name(str(said.value), at) for said in picture.names):
        return _same_name(picture, row, rules)
    if any(near.row == row for near in register.near(sent, at, limit=50)):
        return registered("registered_near_name", row, name=row.name_zh, sent=sent)
    reason = say("borrowed_number", name=row.name_zh, sent=sent)
    return Answer(target_class=TargetClass.BORROWED_IDENTITY, path="borrowed_number", reason=reason, row=row)


def _same_name(picture: Picture, row: RegisterRow, rules: Rules) -> Answer:
    """Return the answer for a registered number with its registered name: whose hull is it?"""
    wrong = limbs.size_conflicts(picture, row, rules)
    if wrong and limbs.another_hull(picture, row, rules):
        reason = say("borrowed_particulars", name=row.name_zh, detail="，".join(zh for zh, _ in wrong))
        english = say("borrowed_particulars", name=row.name_zh, detail=", ".join(en for _, en in wrong))[1]
        return Answer(
            target_class=TargetClass.BORROWED_IDENTITY,
            path="borrowed_particulars",
            reason=(reason[0], english),
            row=row,
        )
    return registered("registered", row, name=row.name_zh)


def _shared_number(picture: Picture, rules: Rules, row: RegisterRow | None = None) -> Answer | None:
    far = [s for s in picture.siblings if s.distance_nm >= rules.screening.apart.distance_nm]
    if not far or picture.movement.n < rules.screening.apart.reports:
        return None
    distance = max(s.distance_nm for s in far)
    reason = say("shared", count=len(far) + 1, distance=distance)
    return Answer(target_class=TargetClass.SHARED_MMSI, path="shared", reason=reason, row=row)


def _known_name(picture: Picture, register: Register, rules: Rules, at: datetime) -> Answer | None:
    """Return the answer for a name of the register on a number that is not its own."""
    found = [(str(s.value), register.by_name(str(s.value), at)) for s in picture.names]
    rows = next(((sent, rows) for sent, rows in found if rows), None)
    if rows is None:
        return None
    sent, candidates = rows
    if len(candidates) > 1:
        return unknown("ambiguous", count=len(candidates))
    row = candidates[0]
    if twice := _seen_twice(picture.namesakes, row, rules):
        reason = say("borrowed_seen_twice", name=row.name_zh, distance=twice.distance_nm, other=twice.mmsi)
        return Answer(target_class=TargetClass.BORROWED_IDENTITY, path="borrowed_seen_twice", reason=reason, row=row)
    if several := _companion(picture, register, at, row):
        return several
    if wrong := limbs.size_conflicts(picture, row, rules):
        detail_zh, detail_en = "，".join(zh for zh, _ in wrong), ", ".join(en for _, en in wrong)
        reason = (
            say("borrowed_particulars", name=row.name_zh, detail=detail_zh)[0],
            say("borrowed_particulars", name=row.name_zh, detail=detail_en)[1],
        )
        return Answer(target_class=TargetClass.BORROWED_IDENTITY, path="borrowed_particulars", reason=reason, row=row)
    if slip := _slip(picture, row, rules):
        return Answer(target_class=TargetClass.MISCONFIGURED, path="misconfigured", reason=slip, row=row)
    reason = say("borrowed_name", sent=sent, other=row.mmsi or "—")
    hull = picture.size_m is not None and max(picture.size_m) > NO_HULL_M
    path = "borrowed_name" if hull else "borrowed_name_bare"
    return Answer(target_class=TargetClass.BORROWED_IDENTITY, path=path, reason=reason, row=row)


def _seen_twice(namesakes: Iterable[Elsewhere], row: RegisterRow, rules: Rules) -> Elsewhere | None:
    far = [n for n in namesakes if n.mmsi in row.numbers and n.distance_nm >= rules.screening.apart.distance_nm]
    return max(far, key=lambda n: n.distance_nm, default=None)


def _slip(picture: Picture, row: RegisterRow, rules: Rules) -> tuple[str, str] | None:
    """Return why the number is a setting gone wrong rather than a borrowed name."""
    kind = picture.mmsi_class
    if picture.mmsi in rules.mmsi.fillers or kind is not MmsiClass.SHIP:
        return say("misconfigured_filler", mmsi=picture.mmsi, name=row.name_zh)
    if row.mmsi is not None and Levenshtein.distance(str(picture.mmsi), str(row.mmsi)) <= 2:
        return say("misconfigured_slip", name=row.name_zh, other=row.mmsi)
    if mid(picture.mmsi) not in rules.mmsi.china:
        return say("misconfigured_foreign", name=row.name_zh)
    return None


def _companion(picture: Picture, register: Register, at: datetime, row: RegisterRow | None = None) -> Answer | None:
    """Return the answer for a number always side by side with another, unless the register gives both to one boat."""
    for other in picture.companions:
        rows = register.by_mmsi(other.mmsi, at)
        if row is not None and other.mmsi in row.numbers:
            continue
        if row is not None and rows and rows[0] != row:
            continue
        if row is None and not rows:
            continue
        reason = say("several", other=other.mmsi)
        boat = row or (rows[0] if rows else None)
        return Answer(target_class=TargetClass.SEVERAL_MMSI, path="several", reason=reason, row=boat)
    return None


def _other_flag(picture: Picture, rules: Rules) -> Answer | None:
    code = mid(picture.mmsi)
    if picture.mmsi_class is not MmsiClass.SHIP or code is None or code in rules.mmsi.china:
        return None
    if picture.mmsi in rules.mmsi.fillers or code not in rules.mmsi.assigned:
        return None
    region = rules.mmsi.neighbours.get(str(code))
    reason = say("region", region=region) if region else say("foreign", mid=code)
    return Answer(target_class=TargetClass.FOREIGN, path="foreign", reason=reason)


def _merchant(picture: Picture, rules: Rules) -> Answer | None:
    kind = picture.ship_type
    if kind is None or kind not in _MERCHANT_TYPES or picture.mmsi_class is not MmsiClass.SHIP:
        return None
    if any(parse(str(s.value), rules.names) for s in picture.names):
        return None
    return Answer(target_class=TargetClass.MERCHANT, path="merchant", reason=say("merchant", type=kind))


def _not_in_register(picture: Picture, register: Register, rules: Rules, at: datetime) -> Answer:
    """Return the answer for a boat that the register has under neither number nor name."""
    if not picture.statics.has_name_message():
        return unknown("name_unheard")
    sent = picture.name
    number = _number_reason(picture, rules)
    if not is_name(sent, rules.names):
        return _nameless(picture, rules, number)
    name = parse(sent or "", rules.names)
    near = register.near(sent or "", at)
    if near:
        reason = say("near_name", name=near[0].row.name_zh)
        return Answer(target_class=TargetClass.UNIDENTIFIED, path="near_name", reason=reason, row=near[0].row)
    if name is not None and not register.covers(name):
        place = name.places[0] if name.places else name.province
        return Answer(target_class=TargetClass.UNKNOWN, path="stranger", reason=say("stranger", sent=sent, place=place))
    if name is not None:
        return accused("unregistered_unknown_name", say("unknown_name", sent=sent), number)
    if picture.ship_type == FISHING:
        return accused("unregistered_odd_name", say("odd_name", sent=sent), number)
    reason = say("unidentified", sent=sent)
    return Answer(target_class=TargetClass.UNIDENTIFIED, path="unidentified", reason=reason)


def _nameless(picture: Picture, rules: Rules, number: tuple[str, str]) -> Answer:
    """Return the answer for a boat that sends no name, or a factory setting."""
    found = points(picture, rules)
    if is_buoy(found, rules) and not said_what_it_is(picture, found):
        return unknown("not_enough")  # a buoy by its number, its size yet to come: not an accusation either
    if picture.name is None:
        return accused("unregistered_no_name", say("no_name", n=picture.movement.n), number)
    return accused("unregistered_filler", say("filler_name", sent=picture.name), number)


def _number_reason(picture: Picture, rules: Rules) -> tuple[str, str]:
    filler = picture.mmsi in rules.mmsi.fillers or picture.mmsi_class is MmsiClass.UNIDENTIFIABLE
    return say("filler_number" if filler else "unknown_number", mmsi=picture.mmsi)
