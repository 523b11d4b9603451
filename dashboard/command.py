"""Start the dashboard from the command line."""

import dataclasses
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.errors import ConfigError
from core.settings import build, load_toml
from dashboard.settings import DashboardSettings

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

app = typer.Typer(add_completion=False)
api_app = typer.Typer(add_completion=False)
API_PORT = 8502
"""Beside the dashboard's own port, so that both run on one machine with no settings."""


def settings_of(config: Path | None) -> tuple[DashboardSettings, str]:
    """Return the dashboard's settings and the DSN from a shore settings file ('' when it names none)."""
    if config is None:
        return DashboardSettings(), ""
    table = load_toml(config)
    dsn = table.get("database", {}).get("dsn", "")
    return build(DashboardSettings, table.get("dashboard", {}), where=f"{config}: [dashboard]"), str(dsn)


@app.command()
def dashboard(
    dsn: Annotated[str, typer.Option(help="数据库。PostgreSQL DSN; also HUANGYU_DSN or [database] dsn.")] = "",
    config: Annotated[Path | None, typer.Option(help="岸端配置。Shore settings, TOML.")] = None,
    host: Annotated[str | None, typer.Option(help="监听地址。Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="端口，0 为任选。Port; 0 takes a free one.")] = None,
) -> None:
    """网页看板：养殖户手机页、值班台、接口。The web dashboard, light pages and the read API."""
    serve_dashboard(dsn, config, host, port)


def serve_dashboard(
    dsn: str, config: Path | None, host: str | None, port: int | None, *, more_routes: "list[BaseRoute] | None" = None
) -> None:
    """Serve the dashboard, with routes of others in it, until it is told to stop."""
    settings, wanted = _wanted(dsn, config, host, port)
    from dashboard.serving import bind, calm_collector, serve  # noqa: PLC0415 - heavy imports wait for the command

    listener = bind(settings.host, settings.port)
    from dashboard.app import create_app  # noqa: PLC0415

    application = create_app(settings, wanted, more_routes=more_routes)
    address = listener.getsockname()
    typer.echo(f"dashboard http://{address[0]}:{address[1]}")
    with calm_collector():
        serve(application, listener)


@api_app.command()
def api(
    dsn: Annotated[str, typer.Option(help="数据库。PostgreSQL DSN; also HUANGYU_DSN or [database] dsn.")] = "",
    config: Annotated[Path | None, typer.Option(help="岸端配置。Shore settings, TOML.")] = None,
    host: Annotated[str | None, typer.Option(help="监听地址。Address to listen on.")] = None,
    port: Annotated[int, typer.Option(help="端口，0 为任选。Port; 0 takes a free one.")] = API_PORT,
) -> None:
    """只读接口，不带网页：/api/v1，说明在 /api/v1/openapi.json。The read API alone, for programs with a token."""
    settings, wanted = _wanted(dsn, config, host, port)
    from dashboard.api_app import create_api_app  # noqa: PLC0415 - heavy imports wait for the command
    from dashboard.serving import bind, serve  # noqa: PLC0415

    listener = bind(settings.host, settings.port)
    address = listener.getsockname()
    typer.echo(f"api http://{address[0]}:{address[1]}/api/v1/openapi.json")
    serve(create_api_app(settings, wanted), listener)


def _wanted(dsn: str, config: Path | None, host: str | None, port: int | None) -> tuple[DashboardSettings, str]:
    """Return the settings with what the command line changes, and the DSN; ConfigError when no database is named."""
    settings, configured = settings_of(config)
    settings = dataclasses.replace(
        settings, host=settings.host if host is None else host, port=settings.port if port is None else port
    )
    found = dsn or os.environ.get("HUANGYU_DSN", "") or configured
    if not found:
        raise ConfigError(
            "没有指定数据库。No database: give --dsn, set HUANGYU_DSN, or write [database] dsn into the settings file."
        )
    return settings, found
