"""Limits as the dashboard reads and changes them, in the scope of one session."""

from dataclasses import dataclass
from datetime import datetime

from store.limits import LimitRow
from store.scoped import Scope


@dataclass(frozen=True, kw_only=True)
class PlaceRow:
    """A place that may have limits of its own: a farm, or a cage with its farm."""

    place_id: str
    farm_id: str | None
    name_zh: str
    name_en: str


@dataclass(frozen=True, kw_only=True)
class LimitChange:
    """One link of the audit trail about a limit; `before` is None when it was new, `after` when it was taken back."""

    at: datetime
    login: str
    action: str
    scope: str
    name: str
    before: float | None
    after: float | None
    reason: str


def changed(scope: Scope) -> list[LimitRow]:
    """Return the changed limits of everybody, and of the farms and cages in this session's scope."""
    return scope.rows(LimitRow, "limits/all")


def places(scope: Scope) -> list[PlaceRow]:
    """Return every farm and cage by name, for an administrator; nothing for anybody else."""
    return scope.rows(PlaceRow, "limits/places")


def history(scope: Scope, *, limit: int = 100) -> list[LimitChange]:
    """Return who changed which limit when and why, newest first."""
    return scope.rows(LimitChange, "limits/history", limit=limit)


def save(scope: Scope, place: str, name: str, value: float, *, unit: str, reason: str) -> None:
    """Set a limit for a place; the database notes who and when."""
    scope.execute("limits/save", scope=place, name=name, value=value, unit=unit, reason=reason)


def take_back(scope: Scope, place: str, name: str) -> None:
    """Let the wider place's limit, or the rule file's, hold again."""
    scope.execute("limits/drop", scope=place, name=name)
