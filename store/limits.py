"""Limits that an operator changed, with who and when."""

from dataclasses import dataclass
from datetime import datetime

from cages.adjust import Change
from store.database import Executor


@dataclass(frozen=True, kw_only=True)
class LimitRow:
    """A row of ``rule_limit``: `scope` is ``*``, a farm's id or a cage's id."""

    scope: str
    name: str
    value: float
    unit: str
    reason: str
    changed_by: str
    changed_at: datetime

    @property
    def change(self) -> Change:
        """Return the change itself."""
        return Change(place=self.scope, name=self.name, value=self.value)


class Limits:
    """The table ``rule_limit``, read by the judges; people change it on the dashboard under their own rights."""

    def __init__(self, db: Executor) -> None:
        self._db = db

    async def all(self) -> list[LimitRow]:
        """Return every changed limit."""
        return list(await self._db.rows(LimitRow, "limits/all"))
