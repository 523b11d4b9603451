"""`store.places.Places` in memory."""

from collections.abc import Collection

from store.errors import StoreConflictError
from store.places import Cage, Farm, PlacedCage


class FakePlaces:
    """Farms, cages and gateways in dictionaries; shared by the other fakes of the sea."""

    def __init__(self) -> None:
        self.farm_rows: dict[str, Farm] = {}
        self.cage_rows: dict[str, Cage] = {}
        self.gateway_farms: dict[str, str | None] = {}
        self.gateway_names: dict[str, str] = {}

    async def farms(self) -> list[Farm]:
        """Return every farm, by id."""
        return [self.farm_rows[key] for key in sorted(self.farm_rows)]

    async def cages(self, farm_ids: Collection[str] | None = None) -> list[PlacedCage]:
        """Return the cages of some farms, all where None, by id."""
        chosen = (self.cage_rows[key] for key in sorted(self.cage_rows))
        return [self._placed(cage) for cage in chosen if farm_ids is None or cage.farm_id in farm_ids]

    async def save_farm(self, farm: Farm) -> None:
        """Enter or correct a farm."""
        self.farm_rows[farm.farm_id] = farm

    async def save_cage(self, cage: Cage) -> None:
        """Enter or correct a cage; its farm must be there."""
        self._require_farm(cage.farm_id)
        self.cage_rows[cage.cage_id] = cage

    async def save_gateway(self, gateway_id: str, farm_id: str | None, name_zh: str = "") -> None:
        """Enter a gateway and the farm that it serves."""
        self._require_farm(farm_id)
        self.gateway_farms[gateway_id], self.gateway_names[gateway_id] = farm_id, name_zh

    def ensure_cage(self, cage_id: str, gateway_id: str | None) -> None:
        """Make a cage that a gateway named."""
        farm_id = self.gateway_farms.get(gateway_id or "")
        self.cage_rows.setdefault(cage_id, Cage(cage_id=cage_id, farm_id=farm_id))

    def farm_of(self, cage_id: str) -> str | None:
        """Return a cage's farm."""
        return self.cage_rows[cage_id].farm_id

    def _require_farm(self, farm_id: str | None) -> None:
        if farm_id is not None and farm_id not in self.farm_rows:
            raise StoreConflictError(f"The database refused a row: farm {farm_id} is not there.")

    def _placed(self, cage: Cage) -> PlacedCage:
        farm = self.farm_rows.get(cage.farm_id or "")
        fields = {name: getattr(cage, name) for name in Cage.__dataclass_fields__}
        return PlacedCage(**fields, district_id=farm.district_id if farm else None)
