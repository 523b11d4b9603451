"""The figures of ``huangyu status``: how fresh the data is and what waits."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from store.database import Executor


@dataclass(frozen=True, kw_only=True)
class Overview:
    """One row over the whole database; ages are the caller's to compute. Sizes in bytes, counts of rows."""

    newest_reading_at: datetime | None
    newest_position_at: datetime | None
    live_targets: int
    quarantined_24h: int
    given_up_24h: int
    open_alerts: int
    messages_waiting: int
    messages_dead: int
    database_bytes: int
    server_version: str


@dataclass(frozen=True, kw_only=True)
class GatewayState:
    """One gateway as last heard of; `detail` is its newest health record."""

    gateway_id: str
    state: str
    last_batch_at: datetime | None
    clock: int | None
    detail: Mapping[str, Any] | None


class Status:
    """Reads only; allowed to ``huangyu_services`` and ``huangyu_admin``."""

    def __init__(self, db: Executor) -> None:
        self._db = db

    async def overview(self, at: datetime) -> Overview:
        """Return the figures at a moment."""
        row = await self._db.one(Overview, "status/overview", at=at)
        assert row is not None
        return row

    async def gateways(self) -> list[GatewayState]:
        """Return every gateway, by id."""
        return list(await self._db.rows(GatewayState, "status/gateways"))

    async def probe_disk(self) -> None:
        """Write a few pages that nobody keeps; StoreUnavailableError where the volume has no room for them."""
        await self._db.execute("status/probe_disk")
