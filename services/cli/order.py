"""``huangyu order``: from shore to a gateway, a switch to be set or a configuration to be tried."""

import asyncio
import getpass
import json
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated

import typer

from core.downlink import config_problems
from core.errors import AppError, ConfigError
from services.settings import load_shore
from store.database import Database
from store.orders import SETTLED, OrderRow
from store.store import Store

app = typer.Typer(help="向网关下令。Orders to a gateway.", no_args_is_help=True)
Shore = Annotated[Path | None, typer.Option("--config", help="岸端配置。Shore settings.")]
Dsn = Annotated[str, typer.Option("--dsn", help="数据库。Database.", envvar="HUANGYU_DSN")]
AsJson = Annotated[bool, typer.Option("--json", help="机器可读。For machines.")]


@app.command()
def switch(
    gateway: Annotated[str, typer.Argument(help="网关编号。Gateway id.")],
    name: Annotated[str, typer.Argument(help="指令名, 如 aerator-dt01-c01。Name in the gateway's list of commands.")],
    value: Annotated[int, typer.Argument(min=0, max=65_535, help="值: 1 开 0 关。Value: 1 on, 0 off.")],
    config: Shore = None,
    dsn: Dsn = "",
    valid: Annotated[float, typer.Option("--valid", min=5.0, max=3600.0, help="有效秒数。Worthless after. [s]")] = 60.0,
    as_json: AsJson = False,
) -> None:
    """向网关下指令并等待结果, 每条只执行一次。Order a switch and wait for the answer; it is carried out once or not."""

    async def give(store: Store) -> str:
        return await store.orders.add_command(gateway, name, value, by=_by(), valid_s=valid)

    _give(config, dsn, gateway, give, wait_s=valid + 10.0, ends=("done",), as_json=as_json)


@app.command("config")
def configure(
    gateway: Annotated[str, typer.Argument(help="网关编号。Gateway id.")],
    file: Annotated[Path, typer.Argument(help="配置片段 (TOML)。Buses, units, inputs.")],
    config: Shore = None,
    dsn: Dsn = "",
    wait: Annotated[float, typer.Option("--wait", min=1.0, help="最多等多少秒。Longest wait. [s]")] = 120.0,
    as_json: AsJson = False,
) -> None:
    """下发新配置: 网关先试运行, 不健康就自动退回。Offer a config; the gateway tries it and rolls back by itself."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise ConfigError(f"{file}: cannot be read ({exc}).") from exc
    if problems := config_problems(text):
        raise ConfigError(*(f"{file}: {problem}" for problem in problems))

    async def give(store: Store) -> str:
        order_id = await store.orders.add_config(gateway, text, by=_by())
        if order_id is None:
            raise AppError(f"没有网关 {gateway} 的记录 / gateway {gateway} was never heard of; check its id.")
        return order_id

    _give(config, dsn, gateway, give, wait_s=wait, ends=("good",), as_json=as_json)


def _by() -> str:
    return f"cli:{getpass.getuser()}"


def _give(
    config: Path | None, dsn: str, gateway: str, give: Callable[[Store], Awaitable[str]], *, wait_s: float,
    ends: tuple[str, ...], as_json: bool,
) -> None:  # fmt: skip
    """Give an order, follow it until it is settled or the wait is over, and print what became of it."""
    where = dsn or load_shore(config).dsn()
    row = asyncio.run(_follow(where, give, wait_s, quiet=as_json))
    if as_json:
        typer.echo(json.dumps({"order": row.order_id, "gateway": gateway, "state": row.state, "reason": row.reason}))
    else:
        typer.echo(f"{gateway}: {STATES_ZH.get(row.state, row.state)} / {row.state} {row.reason}".rstrip())
    if row.state not in ends:
        raise typer.Exit(1)


STATES_ZH = {
    "waiting": "等待岸端发送 (入库服务或消息服务器未运行)", "sent": "已发出, 网关没有回答", "done": "已执行",
    "failed": "执行失败", "unknown": "结果不明, 请到现场查看", "refused": "网关拒绝", "expired": "过期未执行",
    "trial": "正在试运行", "good": "新配置已生效", "rolled_back": "新配置不健康, 已退回",
}  # fmt: skip


async def _follow(dsn: str, give: Callable[[Store], Awaitable[str]], wait_s: float, *, quiet: bool) -> OrderRow:
    async with Database.session(dsn, application="order") as db:
        store = Store(db)
        order_id, told = await give(store), ""
        until_s = time.monotonic() + wait_s
        while True:
            row = await store.orders.one(order_id)
            assert row is not None
            if row.state != told and not quiet and row.state not in SETTLED:
                typer.echo(f"{order_id}: {row.state} …", err=True)
            told = row.state
            if row.state in SETTLED or time.monotonic() >= until_s:
                return row
            await asyncio.sleep(0.5)
