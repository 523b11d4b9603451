"""The farm's records in memory."""

from collections.abc import Sequence
from datetime import datetime

from cages.calibration import Calibration
from cages.farmlog import LogEntry, Stock, stock_of
from cages.health import ProbeHealth
from store.farmlog import CageProfile


class FakeFarmLog:
    """`store.farmlog.FarmLog` on lists; `places` says which cages there are."""

    def __init__(self, places: object) -> None:
        self._places = places
        self._entries: list[LogEntry | None] = []
        self._profiles: dict[str, CageProfile] = {}
        self._services: list[Calibration] = []
        self._health: dict[tuple[str, str, str], ProbeHealth] = {}

    async def _known(self) -> set[str]:
        return {cage.cage_id for cage in await self._places.cages()}  # type: ignore[attr-defined]

    async def add(self, entries: Sequence[LogEntry], *, by: str, source_file: str = "") -> int:
        """Enter rows that are not there yet; return how many."""
        known, new = await self._known(), 0
        for entry in entries:
            if entry.cage_id in known and entry not in self._entries:
                self._entries.append(entry)
                new += 1
        return new

    async def entries(self, cages: Sequence[str] | None, *, until: datetime) -> list[LogEntry]:
        """Return the rows that count, oldest first."""
        there = [e for e in self._entries if e is not None and e.at <= until and (cages is None or e.cage_id in cages)]
        return sorted(there, key=lambda e: e.at)

    async def stock(self, *, until: datetime) -> dict[str, Stock]:
        """Return the fish in each cage by its log."""
        return stock_of(await self.entries(None, until=until))

    async def withdraw(self, entry_id: int, *, by: str, at: datetime) -> bool:
        """Take a row back, by its running number from 1."""
        if not 1 <= entry_id <= len(self._entries) or self._entries[entry_id - 1] is None:
            return False
        self._entries[entry_id - 1] = None
        return True

    async def save_profile(self, profile: CageProfile) -> bool:
        """Enter or change the plate of a cage."""
        if profile.cage_id not in await self._known():
            return False
        self._profiles[profile.cage_id] = profile
        return True

    async def profiles(self) -> dict[str, CageProfile]:
        """Return the plates, by cage."""
        return dict(sorted(self._profiles.items()))

    async def add_calibration(self, service: Calibration) -> bool:
        """Enter a service of a probe."""
        if service.cage_id not in await self._known():
            return False
        self._services.append(service)
        return True

    async def calibrations(self) -> list[Calibration]:
        """Return every service, oldest first."""
        return sorted(self._services, key=lambda s: s.at)

    async def save_health(self, found: Sequence[ProbeHealth]) -> None:
        """Keep the newest health of probes, one row a series."""
        known = await self._known()
        for row in found:
            if row.cage_id in known:
                self._health[row.cage_id, row.point, row.quantity] = row

    async def health(self) -> list[ProbeHealth]:
        """Return the newest health of every probe, by cage, point and quantity."""
        return [self._health[key] for key in sorted(self._health)]
