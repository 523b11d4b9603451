"""The limbs of the 三无 test: name and number, certificates, port of registry; and whether hull and particulars match.

三无 is no name and number, no valid certificates, no port of registry; by the Ministry's notice a boat with a borrowed
name or port, forged certificates, or particulars that differ is treated alike. A limb without facts is UNKNOWN.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta, timezone

from core.target import LimbState, TargetClass
from vessels.names import is_name, normalise, parse
from vessels.picture import NO_HULL_M, Picture
from vessels.register import Register, RegisterRow
from vessels.rules import Rules
from vessels.wording import DOCUMENTS, say

CHINA_TIME = timezone(timedelta(hours=8))
_NO_LIMBS = frozenset(
    {
        TargetClass.GEAR_BUOY, TargetClass.DISTRESS, TargetClass.ATON, TargetClass.BASE_STATION,
        TargetClass.SAR_AIRCRAFT, TargetClass.MERCHANT, TargetClass.FOREIGN,
    }
)  # fmt: skip
_OTHER_HULL = 1.8
"""Registered number and name, but this many times the tolerance off: another hull rather than a setting (ours)."""


@dataclass(frozen=True, kw_only=True)
class Limb:
    """How one limb stands and why."""

    state: LimbState
    reason_zh: str
    reason_en: str

    @property
    def reason(self) -> tuple[str, str]:
        """Return the reason in Chinese and English."""
        return self.reason_zh, self.reason_en


def _limb(state: LimbState, reason: tuple[str, str]) -> Limb:
    return Limb(state=state, reason_zh=reason[0], reason_en=reason[1])


def judge(
    picture: Picture, target_class: TargetClass, row: RegisterRow | None, register: Register, rules: Rules
) -> dict[str, Limb]:
    """Return the four limbs: name, certificate, port, match."""
    if target_class in _NO_LIMBS:
        silent = _limb(LimbState.UNKNOWN, ("不适用", "does not apply"))
        return dict.fromkeys(("name", "certificate", "port", "match"), silent)
    accused = target_class is TargetClass.UNREGISTERED
    borrowed = target_class is TargetClass.BORROWED_IDENTITY
    own = None if borrowed or target_class is TargetClass.UNIDENTIFIED else row
    return {
        "name": _name(picture, accused, own or row, rules),
        "certificate": _lent(row, "lent_documents") if borrowed and row else _certificate(picture, accused, own),
        "port": _lent(row, "lent_port") if borrowed and row else _port(accused, own, rules),
        "match": _match(picture, target_class, row, rules),
    }


def _name(picture: Picture, accused: bool, row: RegisterRow | None, rules: Rules) -> Limb:
    sent = picture.name
    if not is_name(sent, rules.names):
        if not picture.statics.has_name_message():
            return _limb(LimbState.UNKNOWN, say("name_unheard"))
        reason = say("filler_name", sent=sent) if sent else say("no_name", n=picture.movement.n)
        return _limb(LimbState.FAILED if accused or row is None else LimbState.UNKNOWN, reason)
    if row is None:
        return _limb(LimbState.FAILED if accused else LimbState.UNKNOWN, say("unknown_name", sent=sent))
    return _limb(LimbState.SATISFIED, say("name_good", sent=sent))


def _lent(row: RegisterRow, reason: str) -> Limb:
    """Return that what the register holds is the true boat's, not that of the one that goes by her name."""
    return _limb(LimbState.FAILED, say(reason, name=row.name_zh))


def _certificate(picture: Picture, accused: bool, row: RegisterRow | None) -> Limb:
    if row is None:
        return _limb(LimbState.FAILED if accused else LimbState.UNKNOWN, say("no_documents"))
    today = picture.last_at.astimezone(CHINA_TIME).date()
    wanted = ("registration", "inspection") if row.exempt_kind else ("registration", "inspection", "permit")
    expired = [(name, until) for name in wanted if (until := _until(row, name)) is not None and until < today]
    if expired:
        zh = "；".join(say("expired", document=DOCUMENTS[n][0], until=u)[0] for n, u in expired)
        en = "; ".join(say("expired", document=DOCUMENTS[n][1], until=u)[1] for n, u in expired)
        return _limb(LimbState.FAILED, (zh, en))
    missing = [name for name in wanted if _until(row, name) is None]
    if missing:
        zh = "；".join(say("no_document", document=DOCUMENTS[n][0])[0] for n in missing)
        en = "; ".join(say("no_document", document=DOCUMENTS[n][1])[1] for n in missing)
        return _limb(LimbState.UNKNOWN, (zh, en))
    return _limb(LimbState.SATISFIED, say("documents_good"))


def _until(row: RegisterRow, document: str) -> date | None:
    until = getattr(row, f"{document}_until")
    return until if isinstance(until, date) else None


def _port(accused: bool, row: RegisterRow | None, rules: Rules) -> Limb:
    if row is None:
        return _limb(LimbState.FAILED if accused else LimbState.UNKNOWN, say("no_port"))
    if not row.port:
        return _limb(LimbState.UNKNOWN, say("register_silent"))
    name = parse(row.name_zh, rules.names)
    if name is not None and name.places and not any(place in row.port or row.port in place for place in name.places):
        return _limb(LimbState.UNKNOWN, say("port_other", place=name.places[0], port=row.port))
    return _limb(LimbState.SATISFIED, say("port", port=row.port))


def _match(picture: Picture, target_class: TargetClass, row: RegisterRow | None, rules: Rules) -> Limb:
    conflicts = _conflicts(picture, row, rules)
    if target_class in (TargetClass.BORROWED_IDENTITY, TargetClass.SHARED_MMSI, TargetClass.SEVERAL_MMSI):
        conflicts = conflicts or [("与登记的本船不是同一身份", "not the identity of the registered boat")]
    if target_class is TargetClass.MISCONFIGURED:
        conflicts = conflicts or [("播发的 MMSI 与登记不符", "the number sent is not the registered one")]
    if conflicts:
        return _limb(LimbState.FAILED, ("；".join(zh for zh, _ in conflicts), "; ".join(en for _, en in conflicts)))
    if row is None or (picture.size_m is None and target_class is not TargetClass.REGISTERED):
        return _limb(LimbState.UNKNOWN, say("nothing_to_match"))
    return _limb(LimbState.SATISFIED, say("match"))


def _conflicts(picture: Picture, row: RegisterRow | None, rules: Rules) -> list[tuple[str, str]]:
    if row is None:
        return []
    found = list(size_conflicts(picture, row, rules))
    bounds = rules.screening.particulars
    if not row.exempt_kind and (picture.movement.sog_high_kn or 0.0) > bounds.hull_speed_kn:
        found.append(say("speed", share=0.05, limit=bounds.hull_speed_kn))
    return found


def size_conflicts(picture: Picture, row: RegisterRow, rules: Rules, scale: float = 1.0) -> Sequence[tuple[str, str]]:
    """Return how the size sent differs from the register by more than `scale` times the tolerance."""
    size, bounds = picture.size_m, rules.screening.particulars
    if size is None or max(size) <= NO_HULL_M:
        return []
    found = []
    if row.length_m and abs(size[0] - row.length_m) > scale * max(bounds.length_m, bounds.length_share * row.length_m):
        found.append(say("size", length=size[0], registered=row.length_m))
    if found and row.beam_m and abs(size[1] - row.beam_m) > scale * max(bounds.beam_m, bounds.beam_share * row.beam_m):
        found.append(say("beam", beam=size[1], registered=row.beam_m))
    return found


def another_hull(picture: Picture, row: RegisterRow, rules: Rules) -> bool:
    """Return whether a size is so far off that a slip in the setting does not explain it."""
    return bool(size_conflicts(picture, row, rules, _OTHER_HULL))


def same_text(one: str | None, other: str | None) -> bool:
    """Return whether two call signs or names are the same but for blanks and signs."""
    return bool(one and other) and normalise(one or "") == normalise(other or "")
