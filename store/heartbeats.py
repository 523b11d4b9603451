"""Signs of life of the shore services."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from store.database import Executor, jsonb

SILENT_PERIODS = 3
"""A service that missed this many beats counts as silent."""


@dataclass(frozen=True, kw_only=True)
class Heartbeat:
    """Newest beat of one service; `state` is running, degraded, waiting or stopped."""

    name: str
    host: str
    pid: int
    version: str
    started_at: datetime
    beat_at: datetime
    state: str
    period_s: float
    detail: Mapping[str, Any] = field(default_factory=dict)

    def silent_s(self, at: datetime) -> float | None:
        """Return how long the service has been silent, None while it beats in time or was stopped. [s]"""
        age_s = (at - self.beat_at).total_seconds()
        return age_s if self.state != "stopped" and age_s > SILENT_PERIODS * self.period_s else None


class Heartbeats:
    """The table ``service_heartbeat``."""

    def __init__(self, db: Executor) -> None:
        self._db = db

    async def beat(self, heartbeat: Heartbeat) -> None:
        """Keep the newest beat of a service."""
        row = {name: getattr(heartbeat, name) for name in heartbeat.__dataclass_fields__}
        await self._db.execute("heartbeats/beat", **(row | {"detail": jsonb(dict(heartbeat.detail))}))

    async def all(self) -> list[Heartbeat]:
        """Return the newest beat of every service, by name."""
        return list(await self._db.rows(Heartbeat, "heartbeats/all"))
