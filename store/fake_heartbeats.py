"""The family of heartbeats in memory."""

from store.heartbeats import Heartbeat


class FakeHeartbeats:
    """Same methods as `store.heartbeats.Heartbeats`."""

    def __init__(self) -> None:
        self._rows: dict[str, Heartbeat] = {}

    async def beat(self, heartbeat: Heartbeat) -> None:
        """Keep the newest beat of a service."""
        self._rows[heartbeat.name] = heartbeat

    async def all(self) -> list[Heartbeat]:
        """Return the newest beat of every service, by name."""
        return [self._rows[name] for name in sorted(self._rows)]
