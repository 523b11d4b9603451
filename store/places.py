"""Farms, cages and which gateway serves which farm."""

from collections.abc import Collection
from dataclasses import asdict, dataclass

from store.database import Executor


@dataclass(frozen=True, kw_only=True)
class Farm:
    """A fish farm; `district_id` says whose regulators see it. [deg]"""

    farm_id: str
    name_zh: str
    district_id: str
    lat_deg: float
    lon_deg: float
    name_en: str = ""


@dataclass(frozen=True, kw_only=True)
class Cage:
    """A cage, platform or buoy; `farm_id` None when only a gateway has named it so far. [deg]"""

    cage_id: str
    farm_id: str | None
    kind: str = "cage"
    name_zh: str = ""
    name_en: str = ""
    lat_deg: float | None = None
    lon_deg: float | None = None


@dataclass(frozen=True, kw_only=True)
class PlacedCage(Cage):
    """A cage with its farm's district."""

    district_id: str | None = None


class Places:
    """Family of tables farm and cage."""

    def __init__(self, db: Executor) -> None:
        self._db = db

    async def farms(self) -> list[Farm]:
        """Return every farm, by id."""
        return await self._db.rows(Farm, "places/farms")

    async def cages(self, farm_ids: Collection[str] | None = None) -> list[PlacedCage]:
        """Return the cages of some farms, all where None, by id."""
        chosen = None if farm_ids is None else list(farm_ids)
        return await self._db.rows(PlacedCage, "places/cages", farm_ids=chosen)

    async def save_farm(self, farm: Farm) -> None:
        """Enter or correct a farm."""
        await self._db.execute("places/upsert_farm", **asdict(farm))

    async def save_cage(self, cage: Cage) -> None:
        """Enter or correct a cage; its farm must be there."""
        fields = {name: getattr(cage, name) for name in Cage.__dataclass_fields__}
        await self._db.execute("places/upsert_cage", **fields)

    async def save_gateway(self, gateway_id: str, farm_id: str | None, name_zh: str = "") -> None:
        """Enter a gateway and the farm that it serves."""
        await self._db.execute("places/upsert_gateway", gateway_id=gateway_id, farm_id=farm_id, name_zh=name_zh)
