"""What the screens of this process share: settings and the connection pool."""

from dataclasses import dataclass

from core.errors import StartError
from dashboard.settings import DashboardSettings
from store.scoped import ScopedPool


@dataclass(frozen=True, kw_only=True)
class Shared:
    """The process's settings, pool, and the DSN for the rare write that needs its own connection."""

    settings: DashboardSettings
    pool: ScopedPool
    dsn: str = ""


_shared: list[Shared] = []


def configure(settings: DashboardSettings, pool: ScopedPool, dsn: str) -> None:
    """Set what every screen uses; called once before the server starts."""
    _shared[:] = [Shared(settings=settings, pool=pool, dsn=dsn)]


def shared() -> Shared:
    """Return the process's settings and pool."""
    if not _shared:
        raise StartError("The dashboard was not configured: start it with “huangyu dashboard”.")
    return _shared[0]
