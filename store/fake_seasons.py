"""Closed seasons and permits in memory."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from vessels.season import SeasonPermit, SeasonRule


class FakeSeasons:
    """`store.seasons.Seasons` on dictionaries."""

    def __init__(self) -> None:
        self._rules: dict[str, SeasonRule] = {}
        self._permits: dict[tuple[int, str], SeasonPermit] = {}

    async def rules(self) -> list[SeasonRule]:
        """Return the rules that the district entered."""
        return sorted(self._rules.values(), key=lambda r: (r.closed_from, r.rule_id))

    async def save_rules(self, rules: Iterable[SeasonRule]) -> int:
        """Enter or replace rules; return how many."""
        new = {r.rule_id: replace(r, source=r.source or "district", version=r.version or "1") for r in rules}
        self._rules |= new
        return len(new)

    async def permits(self, at: datetime) -> dict[int, list[SeasonPermit]]:
        """Return the permits that have not ended, by MMSI."""
        found: dict[int, list[SeasonPermit]] = {}
        for permit in sorted(self._permits.values(), key=lambda p: (p.mmsi, p.valid_from)):
            if permit.valid_until > at - timedelta(days=1):
                found.setdefault(permit.mmsi, []).append(permit)
        return found

    async def save_permit(self, permit: SeasonPermit, entered_by: str) -> None:
        """Enter or replace a permit."""
        self._permits[permit.mmsi, permit.document_no] = permit
