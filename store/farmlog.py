"""The farm's own records: log of the fish, plates of the cages, services of the probes."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from cages.calibration import Calibration
from cages.farmlog import LogEntry, LogKind, Stock, stock_of
from cages.health import ProbeHealth
from store.database import Executor


@dataclass(frozen=True, kw_only=True)
class CageProfile:
    """Plate of a cage; None takes the default of the rule files. Units stand in the names."""

    cage_id: str
    kind: str = "hdpe_gravity"
    volume_m3: float | None = None
    width_m: float | None = None
    solidity: float | None = None
    net_cleaned_at: datetime | None = None
    aerator_kw: float | None = None
    design_tension_kn: float | None = None
    anchor_lat_deg: float | None = None
    anchor_lon_deg: float | None = None
    circle_radius_m: float | None = None
    battery_ah: float | None = None
    load_w: float | None = None


class FarmLog:
    """Tables `farm_log`, `cage_profile`, `calibration`, `probe_health`."""

    def __init__(self, db: Executor) -> None:
        self._db = db

    async def add(self, entries: Sequence[LogEntry], *, by: str, source_file: str = "") -> int:
        """Enter rows, all or none; one that is already there is not entered again. Return how many are new."""
        async with self._db.transaction() as tx:
            before = int(str(await tx.value("farmlog/count")))
            rows = [{**asdict(entry), "kind": entry.kind.value} for entry in entries]
            if rows:
                named = [row | {"entered_by": by, "source_file": source_file} for row in rows]
                await tx.execute_many("farmlog/add", named)
            return int(str(await tx.value("farmlog/count"))) - before

    async def entries(self, cages: Sequence[str] | None, *, until: datetime) -> list[LogEntry]:
        """Return the rows that count, oldest first; `cages` None for all."""
        wanted = None if cages is None else list(cages)
        rows = await self._db.rows(LogEntry, "farmlog/entries", cages=wanted, until=until)
        return [replace(row, kind=LogKind(row.kind)) for row in rows]

    async def stock(self, *, until: datetime) -> dict[str, Stock]:
        """Return the fish in each cage by its log."""
        return stock_of(await self.entries(None, until=until))

    async def withdraw(self, entry_id: int, *, by: str, at: datetime) -> bool:
        """Take a wrong row back; return whether it counted till now."""
        return await self._db.execute("farmlog/withdraw", entry_id=entry_id, by=by, at=at) > 0

    async def save_profile(self, profile: CageProfile) -> bool:
        """Enter or change the plate of a cage; return False when there is no such cage."""
        return await self._db.execute("farmlog/save_profile", **asdict(profile)) > 0

    async def profiles(self) -> dict[str, CageProfile]:
        """Return the plates, by cage."""
        return {row.cage_id: row for row in await self._db.rows(CageProfile, "farmlog/profiles")}

    async def add_calibration(self, service: Calibration) -> bool:
        """Enter a service of a probe; return False when there is no such cage."""
        return await self._db.execute("farmlog/add_calibration", **asdict(service)) > 0

    async def calibrations(self) -> list[Calibration]:
        """Return every service, oldest first."""
        return await self._db.rows(Calibration, "farmlog/calibrations")

    async def save_health(self, found: Sequence[ProbeHealth]) -> None:
        """Keep the newest health of probes, one row a series."""
        if found:
            async with self._db.transaction() as tx:
                await tx.execute_many("farmlog/save_health", [asdict(row) for row in sorted(found, key=_series_of)])

    async def health(self) -> list[ProbeHealth]:
        """Return the newest health of every probe, by cage, point and quantity."""
        return await self._db.rows(ProbeHealth, "farmlog/health")


def _series_of(row: ProbeHealth) -> tuple[str, str, str]:
    return row.cage_id, row.point, row.quantity
