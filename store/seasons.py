"""Closed seasons that a district entered, and special permits of single boats."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from store.database import Executor
from vessels.season import SeasonPermit, SeasonRule


@dataclass(frozen=True, kw_only=True)
class RuleRow:
    """A row of ``season_rule``."""

    rule_id: str
    name_zh: str
    gears: list[str]
    lat_from_deg: float
    lat_until_deg: float
    closed_from: datetime
    closed_until: datetime
    except_gears: list[str]
    source: str
    version: str


class Seasons:
    """The tables ``season_rule`` and ``season_permit``."""

    def __init__(self, db: Executor) -> None:
        self._db = db

    async def rules(self) -> list[SeasonRule]:
        """Return the rules that the district entered; none: the rule file's hold."""
        rows = await self._db.rows(RuleRow, "seasons/rules")
        return [_rule(row) for row in rows]

    async def save_rules(self, rules: Iterable[SeasonRule]) -> int:
        """Enter rules or replace those of the same id, all or none; return how many."""
        rows = [rule_row(rule) for rule in rules]
        async with self._db.transaction() as tx:
            if rows:
                await tx.execute_many("seasons/save_rule", rows)
        return len(rows)

    async def permits(self, at: datetime) -> dict[int, list[SeasonPermit]]:
        """Return the permits that have not ended, by MMSI."""
        found: dict[int, list[SeasonPermit]] = {}
        for permit in await self._db.rows(SeasonPermit, "seasons/permits", at=at):
            found.setdefault(permit.mmsi, []).append(permit)
        return found

    async def save_permit(self, permit: SeasonPermit, entered_by: str) -> None:
        """Enter a permit or replace the one of the same boat and number."""
        await self._db.execute(
            "seasons/save_permit",
            mmsi=permit.mmsi,
            document_no=permit.document_no,
            gear=permit.gear,
            valid_from=permit.valid_from,
            valid_until=permit.valid_until,
            entered_by=entered_by,
        )


def _rule(row: RuleRow) -> SeasonRule:
    values = {name: getattr(row, name) for name in RuleRow.__dataclass_fields__}
    return SeasonRule(**values | {"gears": tuple(row.gears), "except_gears": tuple(row.except_gears)})


def rule_row(rule: SeasonRule) -> dict[str, object]:
    """Return a rule as parameters of ``seasons/save_rule``."""
    values = {name: getattr(rule, name) for name in RuleRow.__dataclass_fields__}
    named = {"source": rule.source or "district", "version": rule.version or "1"}
    return values | named | {"gears": list(rule.gears), "except_gears": list(rule.except_gears)}
