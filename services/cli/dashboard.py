"""``huangyu dashboard``: the dashboard with the routes of alerts in it: receipts of providers, our CAP feed."""

import asyncio
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from core.errors import ConfigError, StoreError
from dashboard import command

app = typer.Typer(add_completion=False)
SERVICES_DSN = "HUANGYU_SERVICES_DSN"
"""DSN of huangyu_services for receipts and the feed: the dashboard's own role may neither write nor see them."""
RECEIPT_TOKENS = {"aliyun": "HUANGYU_RECEIPT_TOKEN_ALIYUN", "tencent": "HUANGYU_RECEIPT_TOKEN_TENCENT"}


@app.command()
def dashboard(
    dsn: Annotated[str, typer.Option(help="数据库。PostgreSQL DSN; also HUANGYU_DSN or [database] dsn.")] = "",
    config: Annotated[Path | None, typer.Option(help="岸端配置。Shore settings, TOML.")] = None,
    host: Annotated[str | None, typer.Option(help="监听地址。Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="端口，0 为任选。Port; 0 takes a free one.")] = None,
) -> None:
    """网页看板：养殖户手机页、值班台、接口、CAP 发布。The web dashboard, light pages, read API and CAP feed."""
    command.serve_dashboard(dsn, config, host, port, more_routes=alert_routes(os.environ, _rules_dir(config)))


def alert_routes(environment: Mapping[str, str], rules_dir: Path) -> list[Any]:
    """Return the routes of receipts and of the CAP feed; none without the DSN that they need."""
    dsn = environment.get(SERVICES_DSN, "")
    if not dsn:
        return []
    from alerts.cap import Sender  # noqa: PLC0415 - heavy imports wait for the command
    from alerts.rules import load  # noqa: PLC0415
    from services import cap_feed, receipts  # noqa: PLC0415

    if not (rules_dir / "alerts.toml").is_file():
        raise ConfigError(f"{rules_dir}/alerts.toml is missing: give [watch] rules_dir in the settings file.")
    lazy = _LazyStore(dsn)

    async def keep(rows: Any) -> None:
        await (await lazy.get()).outbox.keep_receipts(rows)

    tokens = {name: environment.get(variable, "") for name, variable in RECEIPT_TOKENS.items()}
    feed = cap_feed.routes(lazy.get, load(rules_dir).policies, Sender(), _is_officer, lambda: datetime.now(UTC))
    return [*receipts.routes(keep, tokens), *feed]


class _LazyStore:
    """A store that opens with the first request, in the loop that serves it, and again after a failure."""

    def __init__(self, dsn: str) -> None:
        self._dsn, self._opening = dsn, asyncio.Lock()
        self._store: Any = None

    async def get(self) -> Any:
        from store.database import Database  # noqa: PLC0415
        from store.store import Store  # noqa: PLC0415

        async with self._opening:
            if self._store is None:
                self._store = Store(await Database.open(self._dsn, application="web", connections=2, wait_s=3.0))
            return self._store


async def _is_officer(request: Any) -> bool:
    """Return whether the caller is signed in as somebody who may see what is Restricted: suspicions, other farms."""
    from anyio import to_thread  # noqa: PLC0415

    from dashboard.state import shared  # noqa: PLC0415
    from dashboard.web.cookies import token_of  # noqa: PLC0415
    from store.access import whoami  # noqa: PLC0415

    token = token_of(request)
    if not token:
        return False
    try:
        person = await to_thread.run_sync(whoami, shared().pool, token)
    except StoreError:
        return False
    return person is not None and person.has("regulator", "administrator")


def _rules_dir(config: Path | None) -> Path:
    from core.settings import load_toml  # noqa: PLC0415
    from services.settings import WatchSettings  # noqa: PLC0415

    table = {} if config is None else load_toml(config).get("watch", {})
    return Path(table.get("rules_dir", WatchSettings().rules_dir))
