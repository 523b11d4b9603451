"""What the desk enters about boats together: temporary formations, in the scope of one session."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from store.scoped import Scope


@dataclass(frozen=True, kw_only=True)
class GroupRow:
    """A temporary formation (临时编组): its boats by number and by name."""

    group_id: str
    mmsis: list[int]
    boats: list[str]
    valid_from: datetime
    valid_until: datetime
    made_by: str


def groups(scope: Scope, at: datetime) -> list[GroupRow]:
    """Return the temporary formations that have not ended, the first to end first."""
    return scope.rows(GroupRow, "reader/groups", at=at)


def make_group(
    scope: Scope, group_id: str, mmsis: Sequence[int], valid_from: datetime, valid_until: datetime, by: str
) -> None:
    """Make or extend a formation: all boats or none, as the scope's transaction ends."""
    for mmsi in mmsis:
        scope.execute(
            "trips/make_group", group_id=group_id, mmsi=mmsi, valid_from=valid_from, valid_until=valid_until, made_by=by
        )


def dissolve(scope: Scope, group_id: str) -> None:
    """End a formation now; its boats belong to their own again."""
    scope.execute("reader/drop_group", group_id=group_id)
