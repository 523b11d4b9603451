"""Zones in memory."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from vessels.zones import Zone


class FakeZones:
    """`store.zones.Zones` on a dictionary."""

    def __init__(self) -> None:
        self._zones: dict[str, Zone] = {}

    async def all(self) -> list[Zone]:
        """Return every zone, by id."""
        return [self._zones[key] for key in sorted(self._zones)]

    async def save(self, zones: Iterable[Zone]) -> int:
        """Enter or replace zones; return how many."""
        new = {zone.zone_id: zone for zone in zones}
        self._zones |= new
        return len(new)

    async def withdraw(self, zone_id: str, at: datetime) -> bool:
        """End a zone at an instant; return whether there was one."""
        zone = self._zones.get(zone_id)
        if zone is None:
            return False
        self._zones[zone_id] = replace(zone, valid_until=at)
        return True
