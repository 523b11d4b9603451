"""Who is this boat: the class of a target and the limbs of the 三无 test, each with its evidence.

The program suspects, people recognise: every class that accuses is worded 疑似 (suspected). Order of questions: is it a
boat at all; is it under another flag or a merchant; is it in the register under this number or this name; and only
then, would the register hold it if it were registered. What cannot be known stays UNKNOWN.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from rapidfuzz.distance import Levenshtein

from core.finding import Evidence
from core.mmsi import DISTRESS, MmsiClass, mid
from core.position import PositionSource
from core.target import LimbState, TargetClass
from vessels import limbs
from vessels.gearbuoy import is_buoy, points
from vessels.limbs import Limb
from vessels.names import is_name, parse
from vessels.picture import Elsewhere, Picture
from vessels.register import Register, RegisterRow
from vessels.rules import Rules
from vessels.wording import say

FISHING = 30
_NO_HULL_M = 3
"""A size up to this is a buoy's: fishers name their net buoys after the boat."""
_TIDE_KN = 3.0
"""Net buoys drift with the tide: 1.5 m/s in the channels between the islands (ours)."""
_MERCHANT_TYPES = frozenset((31, 32, *range(40, 50), *range(50, 60), *range(60, 100)))
"""Towing, high speed, pilots and other service craft, passenger, cargo, tanker, other (M.1371-5 table 53)."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a target is taken for, and why.

    Parameters
    ----------
    probability
        That the class is right, calibrated (``screening.toml`` and docs/vessels.md).
    path
        Name of the way that led here, a key of ``[probability]``.
    limbs
        ``name``, ``certificate``, ``port`` and ``match``.
    reasons_zh, reasons_en
        Sentences, the weightiest first.
    row
        Register row that the target was compared with.
    """

    target_id: str
    mmsi: int
    target_class: TargetClass
    probability: float
    path: str
    limbs: dict[str, Limb]
    reasons_zh: tuple[str, ...]
    reasons_en: tuple[str, ...]
    rule_version: str
    first_seen_at: datetime
    last_seen_at: datetime
    lat_deg: float
    lon_deg: float
    bbox: tuple[float, float, float, float]
    row: RegisterRow | None = None
    evidence: tuple[Evidence, ...] = ()
    name: str = ""
    facts: dict[str, float | str | None] = field(default_factory=dict)

    @property
    def is_suspicion(self) -> bool:
        """Return whether it accuses a boat, so that a person must look."""
        return self.target_class in SUSPICIONS


SUSPICIONS = frozenset(
    {
        TargetClass.UNREGISTERED,
        TargetClass.BORROWED_IDENTITY,
        TargetClass.SEVERAL_MMSI,
        TargetClass.SHARED_MMSI,
    }
)

_ACCUSED = SUSPICIONS | {TargetClass.MISCONFIGURED}


@dataclass(frozen=True, kw_only=True)
class _Answer:
    """A class, the way to it, and its first reason."""

    target_class: TargetClass
    path: str
    reason: tuple[str, str]
    row: RegisterRow | None = None
    more: tuple[tuple[str, str], ...] = ()


def judge(picture: Picture, register: Register, rules: Rules, at: datetime) -> Verdict:
    """Return what a target is taken for by what was heard of it and what the register said at the time."""
    answer = _station(picture, rules) or _buoy(picture, register, rules, at) or _boat(picture, register, rules, at)
    return _verdict(picture, _patient(answer, picture, register, at), register, rules)


def _boat(picture: Picture, register: Register, rules: Rules, at: datetime) -> _Answer:
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


def _station(picture: Picture, rules: Rules) -> _Answer | None:
    """Return what is no boat by number or message: aids, base stations, aircraft, distress devices."""
    kind, sources = picture.mmsi_class, picture.sources
    if picture.mmsi in rules.mmsi.fillers:
        kind = MmsiClass.UNIDENTIFIABLE
    if kind is MmsiClass.AMRD:
        return _Answer(target_class=TargetClass.GEAR_BUOY, path="buoy", reason=say("amrd"))
    for found, target_class in (
        (kind in DISTRESS or PositionSource.AIS_SART in sources, TargetClass.DISTRESS),
        (kind is MmsiClass.ATON or PositionSource.AIS_ATON in sources, TargetClass.ATON),
        (kind is MmsiClass.COAST or PositionSource.AIS_BASE in sources, TargetClass.BASE_STATION),
        (kind is MmsiClass.SAR_AIRCRAFT or PositionSource.AIS_SAR in sources, TargetClass.SAR_AIRCRAFT),
    ):
        if found:
            return _Answer(target_class=target_class, path=target_class.value, reason=say(target_class.value))
    return None


def _buoy(picture: Picture, register: Register, rules: Rules, at: datetime) -> _Answer | None:
    found = points(picture, rules)
    if register.by_mmsi(picture.mmsi, at) and not found.keys() & {"name_battery", "name_net", "name_number"}:
        return None
    if not is_buoy(found, rules) or (not _said_what_it_is(picture, found) and not _unheard_buoy(picture, found, rules)):
        return None
    facts = "，".join(str(s.value) for s in picture.names[:1]) or str(picture.mmsi)
    return _Answer(target_class=TargetClass.GEAR_BUOY, path="buoy", reason=say("buoy", facts=facts))


def _said_what_it_is(picture: Picture, found: Mapping[str, float]) -> bool:
    """Return whether the name speaks of a buoy, or the size that goes with the name has been heard."""
    named = found.keys() & {"name_battery", "name_net", "name_number"}
    return bool(named or picture.statics.parts & {"5", "19", "24B"})


def _unheard_buoy(picture: Picture, found: Mapping[str, float], rules: Rules) -> bool:
    """Return whether number and movement alone make a buoy: only once its particulars had time to come."""
    return _had_time(picture, rules) and sum(found.values()) >= rules.screening.buoy.threshold_unheard


def _had_time(picture: Picture, rules: Rules) -> bool:
    """Return whether a target was heard for long enough that its name and size should have come."""
    bounds = rules.screening.silence_of_name
    return picture.movement.n >= bounds.reports and picture.movement.span_s >= bounds.span_s


def _known_number(picture: Picture, register: Register, rules: Rules, at: datetime) -> _Answer | None:
    """Return the answer for a number that stands in the register."""
    rows = register.by_mmsi(picture.mmsi, at)
    if not rows:
        return None
    if len(rows) > 1:
        return _unknown("ambiguous", count=len(rows))
    row = rows[0]
    if shared := _shared_number(picture, rules, row):
        return shared
    if several := _companion(picture, register, at, row):
        return several
    sent = picture.name if is_name(picture.name, rules.names) else None
    if sent is None:
        return _registered("registered_unnamed", row, name=row.name_zh)
    if any(row in register.by_name(str(said.value), at) for said in picture.names):
        return _same_name(picture, row, rules)
    if any(near.row == row for near in register.near(sent, at, limit=50)):
        return _registered("registered_near_name", row, name=row.name_zh, sent=sent)
    reason = say("borrowed_number", name=row.name_zh, sent=sent)
    return _Answer(target_class=TargetClass.BORROWED_IDENTITY, path="borrowed_number", reason=reason, row=row)


def _same_name(picture: Picture, row: RegisterRow, rules: Rules) -> _Answer:
    """Return the answer for a registered number with its registered name: whose hull is it?"""
    wrong = limbs.size_conflicts(picture, row, rules)
    if wrong and limbs.another_hull(picture, row, rules):
        reason = say("borrowed_particulars", name=row.name_zh, detail="，".join(zh for zh, _ in wrong))
        english = say("borrowed_particulars", name=row.name_zh, detail=", ".join(en for _, en in wrong))[1]
        return _Answer(
            target_class=TargetClass.BORROWED_IDENTITY,
            path="borrowed_particulars",
            reason=(reason[0], english),
            row=row,
        )
    return _registered("registered", row, name=row.name_zh)


def _registered(path: str, row: RegisterRow, **figures: object) -> _Answer:
    if row.exempt_kind:
        reason = say("exempt", name=row.name_zh, kind=row.exempt_kind)
        return _Answer(target_class=TargetClass.EXEMPT, path="exempt", reason=reason, row=row)
    return _Answer(target_class=TargetClass.REGISTERED, path=path, reason=say(path, **figures), row=row)


def _shared_number(picture: Picture, rules: Rules, row: RegisterRow | None = None) -> _Answer | None:
    far = [s for s in picture.siblings if s.distance_nm >= rules.screening.apart.distance_nm]
    if not far or picture.movement.n < rules.screening.apart.reports:
        return None
    distance = max(s.distance_nm for s in far)
    reason = say("shared", count=len(far) + 1, distance=distance)
    return _Answer(target_class=TargetClass.SHARED_MMSI, path="shared", reason=reason, row=row)


def _known_name(picture: Picture, register: Register, rules: Rules, at: datetime) -> _Answer | None:
    """Return the answer for a name of the register on a number that is not its own."""
    found = [(str(s.value), register.by_name(str(s.value), at)) for s in picture.names]
    rows = next(((sent, rows) for sent, rows in found if rows), None)
    if rows is None:
        return None
    sent, candidates = rows
    if len(candidates) > 1:
        return _unknown("ambiguous", count=len(candidates))
    row = candidates[0]
    if twice := _seen_twice(picture.namesakes, row, rules):
        reason = say("borrowed_seen_twice", name=row.name_zh, distance=twice.distance_nm, other=twice.mmsi)
        return _Answer(target_class=TargetClass.BORROWED_IDENTITY, path="borrowed_seen_twice", reason=reason, row=row)
    if several := _companion(picture, register, at, row):
        return several
    if wrong := limbs.size_conflicts(picture, row, rules):
        detail_zh, detail_en = "，".join(zh for zh, _ in wrong), ", ".join(en for _, en in wrong)
        reason = (
            say("borrowed_particulars", name=row.name_zh, detail=detail_zh)[0],
            say("borrowed_particulars", name=row.name_zh, detail=detail_en)[1],
        )
        return _Answer(target_class=TargetClass.BORROWED_IDENTITY, path="borrowed_particulars", reason=reason, row=row)
    if slip := _slip(picture, row, rules):
        return _Answer(target_class=TargetClass.MISCONFIGURED, path="misconfigured", reason=slip, row=row)
    reason = say("borrowed_name", sent=sent, other=row.mmsi or "—")
    hull = picture.size_m is not None and max(picture.size_m) > _NO_HULL_M
    path = "borrowed_name" if hull else "borrowed_name_bare"
    return _Answer(target_class=TargetClass.BORROWED_IDENTITY, path=path, reason=reason, row=row)


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


def _companion(picture: Picture, register: Register, at: datetime, row: RegisterRow | None = None) -> _Answer | None:
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
        return _Answer(target_class=TargetClass.SEVERAL_MMSI, path="several", reason=reason, row=boat)
    return None


def _patient(answer: _Answer, picture: Picture, register: Register, at: datetime) -> _Answer:
    """Return the answer, or none yet for a number outside the register that may be no boat, or a boat's second device.

    Net buoys bear their boat's name, or letters of their owner, and often share a number: without a hull nobody is
    accused.
    """
    if answer.target_class not in _ACCUSED or register.by_mmsi(picture.mmsi, at):
        return answer
    if not _hull(picture):
        return _unknown("no_hull")
    if answer.target_class is not TargetClass.UNREGISTERED:
        return answer
    for other in (*picture.companions, *picture.beside):
        rows = register.by_mmsi(other.mmsi, at)
        if rows:
            return _unknown("beside", name=rows[0].name_zh, other=other.mmsi)
    return answer


def _hull(picture: Picture) -> bool:
    """Return whether anything speaks of a hull: its size; without one, a speed that no tide has, class A equipment.

    A buoy's size stands against any speed: hauled buoys ride home on a deck.
    """
    size, high_kn = picture.size_m, picture.movement.sog_high_kn
    if size is not None:
        return max(size) > _NO_HULL_M
    return (high_kn is not None and high_kn > _TIDE_KN) or PositionSource.AIS_A in picture.sources


def _other_flag(picture: Picture, rules: Rules) -> _Answer | None:
    code = mid(picture.mmsi)
    if picture.mmsi_class is not MmsiClass.SHIP or code is None or code in rules.mmsi.china:
        return None
    if picture.mmsi in rules.mmsi.fillers or code not in rules.mmsi.assigned:
        return None
    region = rules.mmsi.neighbours.get(str(code))
    reason = say("region", region=region) if region else say("foreign", mid=code)
    return _Answer(target_class=TargetClass.FOREIGN, path="foreign", reason=reason)


def _merchant(picture: Picture, rules: Rules) -> _Answer | None:
    kind = picture.ship_type
    if kind is None or kind not in _MERCHANT_TYPES or picture.mmsi_class is not MmsiClass.SHIP:
        return None
    if any(parse(str(s.value), rules.names) for s in picture.names):
        return None
    return _Answer(target_class=TargetClass.MERCHANT, path="merchant", reason=say("merchant", type=kind))


def _not_in_register(picture: Picture, register: Register, rules: Rules, at: datetime) -> _Answer:
    """Return the answer for a boat that the register has under neither number nor name."""
    if not picture.statics.has_name_message():
        return _unknown("name_unheard")
    sent = picture.name
    number = _number_reason(picture, rules)
    if not is_name(sent, rules.names):
        return _nameless(picture, rules, number)
    name = parse(sent or "", rules.names)
    near = register.near(sent or "", at)
    if near:
        reason = say("near_name", name=near[0].row.name_zh)
        return _Answer(target_class=TargetClass.UNIDENTIFIED, path="near_name", reason=reason, row=near[0].row)
    if name is not None and not register.covers(name):
        place = name.places[0] if name.places else name.province
        return _Answer(
            target_class=TargetClass.UNKNOWN, path="stranger", reason=say("stranger", sent=sent, place=place)
        )
    if name is not None:
        return _accused("unregistered_unknown_name", say("unknown_name", sent=sent), number)
    if picture.ship_type == FISHING:
        return _accused("unregistered_odd_name", say("odd_name", sent=sent), number)
    reason = say("unidentified", sent=sent)
    return _Answer(target_class=TargetClass.UNIDENTIFIED, path="unidentified", reason=reason)


def _nameless(picture: Picture, rules: Rules, number: tuple[str, str]) -> _Answer:
    """Return the answer for a boat that sends no name, or a factory setting."""
    found = points(picture, rules)
    if is_buoy(found, rules) and not _said_what_it_is(picture, found):
        return _unknown("not_enough")  # a buoy by its number, its size yet to come: not an accusation either
    if picture.name is None:
        return _accused("unregistered_no_name", say("no_name", n=picture.movement.n), number)
    return _accused("unregistered_filler", say("filler_name", sent=picture.name), number)


def _number_reason(picture: Picture, rules: Rules) -> tuple[str, str]:
    filler = picture.mmsi in rules.mmsi.fillers or picture.mmsi_class is MmsiClass.UNIDENTIFIABLE
    return say("filler_number" if filler else "unknown_number", mmsi=picture.mmsi)


def _accused(path: str, reason: tuple[str, str], *more: tuple[str, str]) -> _Answer:
    return _Answer(target_class=TargetClass.UNREGISTERED, path=path, reason=reason, more=more)


def _unknown(reason: str, **figures: object) -> _Answer:
    return _Answer(target_class=TargetClass.UNKNOWN, path="unknown", reason=say(reason, **figures))


def _verdict(picture: Picture, answer: _Answer, register: Register, rules: Rules) -> Verdict:
    judged = limbs.judge(picture, answer.target_class, answer.row, register, rules)
    reasons = [answer.reason, *answer.more]
    for limb in judged.values():
        if limb.state is LimbState.FAILED and limb.reason not in reasons:
            reasons.append(limb.reason)
    probability = rules.screening.probability[answer.path]
    if picture.movement.n < rules.screening.few_reports and answer.target_class in SUSPICIONS:
        probability = min(probability, rules.screening.few)
    if answer.path == "unregistered_no_name" and not _had_time(picture, rules):
        probability = min(probability, rules.screening.few)
    moved, size = picture.movement, picture.size_m
    return Verdict(
        target_id=picture.target_id, mmsi=picture.mmsi, target_class=answer.target_class, probability=probability,
        path=answer.path, limbs=judged, reasons_zh=tuple(zh for zh, _ in reasons),
        reasons_en=tuple(en for _, en in reasons), rule_version=rules.version, first_seen_at=picture.first_at,
        last_seen_at=picture.last_at, lat_deg=picture.lat_deg, lon_deg=picture.lon_deg, bbox=picture.bbox,
        row=answer.row, evidence=picture.evidence, name=picture.name or "",
        facts={
            "reports": moved.n, "span_s": round(moved.span_s), "sog_median_kn": moved.sog_median_kn,
            "sog_high_kn": moved.sog_high_kn, "interval_s": moved.interval_s,
            "length_m": size[0] if size else None, "beam_m": size[1] if size else None,
            "ship_type": picture.ship_type, "path": answer.path,
        },
    )  # fmt: skip
