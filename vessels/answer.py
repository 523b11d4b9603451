"""One answer to "who is this": a class, the way that led to it, and the first reason."""

from dataclasses import dataclass

from core.target import TargetClass
from vessels.register import RegisterRow
from vessels.wording import say

SUSPICIONS = frozenset(
    {
        TargetClass.UNREGISTERED,
        TargetClass.BORROWED_IDENTITY,
        TargetClass.SEVERAL_MMSI,
        TargetClass.SHARED_MMSI,
    }
)
ACCUSED = SUSPICIONS | {TargetClass.MISCONFIGURED}


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A class, the way to it (a key of ``[probability]``), its first reason and further ones."""

    target_class: TargetClass
    path: str
    reason: tuple[str, str]
    row: RegisterRow | None = None
    more: tuple[tuple[str, str], ...] = ()


def unknown(reason: str, **figures: object) -> Answer:
    """Return that nothing is said yet, and why."""
    return Answer(target_class=TargetClass.UNKNOWN, path="unknown", reason=say(reason, **figures))


def accused(path: str, reason: tuple[str, str], *more: tuple[str, str]) -> Answer:
    """Return the suspicion that the register does not hold a boat."""
    return Answer(target_class=TargetClass.UNREGISTERED, path=path, reason=reason, more=more)


def registered(path: str, row: RegisterRow, **figures: object) -> Answer:
    """Return that a target is a boat of the register, or of the list of exempt boats."""
    if row.exempt_kind:
        reason = say("exempt", name=row.name_zh, kind=row.exempt_kind)
        return Answer(target_class=TargetClass.EXEMPT, path="exempt", reason=reason, row=row)
    return Answer(target_class=TargetClass.REGISTERED, path=path, reason=say(path, **figures), row=row)
