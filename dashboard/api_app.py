"""The read API alone, for programs: no screens, no forms, no cookies to lose; the same scope by bearer token."""

from starlette.applications import Starlette
from starlette.routing import Mount

from dashboard import state
from dashboard.settings import DashboardSettings
from dashboard.web import health
from dashboard.web.api import create_api
from store.scoped import ScopedPool


def create_api_app(settings: DashboardSettings, dsn: str) -> Starlette:
    """Return the application: ``/api/v1`` and ``/healthz``; every other path is not there."""
    pool = ScopedPool(dsn)
    pool.open()
    state.configure(settings, pool, dsn)
    return Starlette(routes=[*health.routes(), Mount("/api/v1", create_api(per_minute=settings.api_per_minute))])
