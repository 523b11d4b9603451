"""Zones with a purpose: kept as GeoJSON, given back as shapes."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import shapely

from store.database import Executor, jsonb
from vessels.zones import Zone


@dataclass(frozen=True, kw_only=True)
class ZoneRow:
    """A row of ``zone``; `geometry` is GeoJSON."""

    zone_id: str
    name_zh: str
    name_en: str
    purpose: str
    geometry: Mapping[str, Any]
    buffer_m: float
    farm_id: str | None
    valid_from: datetime | None
    valid_until: datetime | None
    source: str
    version: str


class Zones:
    """The table ``zone``."""

    def __init__(self, db: Executor) -> None:
        self._db = db

    async def all(self) -> list[Zone]:
        """Return every zone, also those not in force, by id."""
        return [zone_of(row) for row in await self._db.rows(ZoneRow, "zones/all")]

    async def save(self, zones: Iterable[Zone]) -> int:
        """Enter zones or replace those of the same id, all or none; return how many."""
        rows = [row_of(zone) for zone in zones]
        async with self._db.transaction() as tx:
            if rows:
                await tx.execute_many("zones/save", rows)
        return len(rows)

    async def withdraw(self, zone_id: str, at: datetime) -> bool:
        """End a zone at an instant; return whether there was one. Its findings clear at the next look."""
        return await self._db.execute("zones/withdraw", zone_id=zone_id, at=at) > 0


def zone_of(row: ZoneRow) -> Zone:
    """Return a row as a zone."""
    values = {name: getattr(row, name) for name in ZoneRow.__dataclass_fields__ if name != "geometry"}
    return Zone(**values, geometry=shapely.from_geojson(json.dumps(row.geometry)))


def row_of(zone: Zone) -> dict[str, object]:
    """Return a zone as parameters of ``zones/save``."""
    values = {name: getattr(zone, name) for name in ZoneRow.__dataclass_fields__ if name != "geometry"}
    return values | {"geometry": jsonb(json.loads(shapely.to_geojson(zone.geometry)))}
