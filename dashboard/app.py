"""The ASGI application: Streamlit's screens with our own routes and guards around them."""

from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Mount

from dashboard import state
from dashboard.frame import ENTRIES, preload
from dashboard.serving import apply_options
from dashboard.settings import DashboardSettings
from dashboard.web import assets, download, health, light, live, oidc, signin
from dashboard.web.api import create_api
from dashboard.web.guard import Guard
from dashboard.web.static import CompressedStatic
from store.scoped import ScopedPool

SCRIPT = Path(__file__).with_name("main_page.py")


def create_app(settings: DashboardSettings, dsn: str, *, more_routes: list[BaseRoute] | None = None) -> st.App:
    """Return the application; the pool opens at once and waits for the database by itself."""
    pool = ScopedPool(dsn)
    pool.open()
    state.configure(settings, pool, dsn)
    apply_options(settings)
    preload()
    routes: list[BaseRoute] = [
        *signin.routes(),
        *oidc.routes(),
        *assets.routes(),
        *health.routes(),
        *live.routes(),
        *light.routes(),
        *download.routes(),
        Mount("/api/v1", create_api(per_minute=settings.api_per_minute)),
        *(more_routes or []),
    ]
    return st.App(
        SCRIPT,
        routes=routes,
        middleware=[Middleware(Guard), Middleware(CompressedStatic, pages=[e.path for e in ENTRIES])],
    )
