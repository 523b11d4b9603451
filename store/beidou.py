"""Positions of Beidou terminals."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from store.database import Executor
from vessels.beidou import BeidouFix


@dataclass(frozen=True, kw_only=True)
class _Row:
    beidou_id: str
    observed_at: datetime
    lat_deg: float
    lon_deg: float


class Beidou:
    """Family of table beidou_fix."""

    def __init__(self, db: Executor) -> None:
        self._db = db

    async def add(self, fixes: Sequence[BeidouFix], received_at: datetime) -> int:
        """Store fixes and return how many were new; repeats are harmless."""
        if not fixes:
            return 0
        return await self._db.execute(
            "beidou/insert", beidou_id=[fix.beidou_id for fix in fixes],
            observed_at=[datetime.fromtimestamp(fix.at_s, UTC) for fix in fixes],
            lat_deg=[fix.lat_deg for fix in fixes], lon_deg=[fix.lon_deg for fix in fixes], received_at=received_at,
        )  # fmt: skip

    async def received(self, since: datetime, until: datetime, observed_since: datetime) -> list[BeidouFix]:
        """Return the fixes that reached the shore in ``(since, until]`` and are not older than a time, by time."""
        rows = await self._db.rows(
            _Row, "beidou/received", received_since=since, received_until=until, observed_since=observed_since
        )
        return [
            BeidouFix(beidou_id=r.beidou_id, at_s=r.observed_at.timestamp(), lat_deg=r.lat_deg, lon_deg=r.lon_deg)
            for r in rows
        ]

    async def around(self, since: datetime, until: datetime) -> list[BeidouFix]:
        """Return the fixes that were made in ``[since, until]``, by time."""
        rows = await self._db.rows(_Row, "beidou/around", since=since, until=until)
        return [
            BeidouFix(beidou_id=r.beidou_id, at_s=r.observed_at.timestamp(), lat_deg=r.lat_deg, lon_deg=r.lon_deg)
            for r in rows
        ]
