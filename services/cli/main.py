"""Entry of the command line: a table of subcommands, each imported only when it is used.

A gateway installs no numpy and no psycopg, so nothing here may import a subcommand's module early.
Exit codes: 0 done, 1 refused with a reason, 2 wrong usage.
"""

import importlib
import sys
from dataclasses import dataclass
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from core.errors import AppError


@dataclass(frozen=True, kw_only=True)
class Subcommand:
    """One row of ``huangyu --help``: where the Typer app is and what the row says."""

    name: str
    target: str
    help: str
    extra: str = "shore"


SUBCOMMANDS = (
    Subcommand(name="demo", target="services.cli.demo:app", help="一键启动。Everything on this machine."),
    Subcommand(name="simulate", target="services.cli.simulate:app", help="模拟设备。Simulated instruments and boats."),
    Subcommand(
        name="gateway", target="services.cli.gateway:app", help="边缘网关。Edge gateway: run, check, probe.",
        extra="gateway",
    ),
    Subcommand(name="shore", target="services.cli.shore:app", help="岸端全部服务。All shore loops."),
    Subcommand(name="ingest", target="services.cli.shore:ingest", help="入库。MQTT to the database."),
    Subcommand(name="watch", target="services.cli.shore:watch", help="研判。Rules to alerts."),
    Subcommand(name="forecast", target="services.cli.shore:forecast", help="预报。Oxygen and wave forecasts."),
    Subcommand(name="sms", target="services.cli.shore:sms", help="短信。Send the outbox."),
    Subcommand(
        name="dashboard", target="services.cli.dashboard:app", help="看板。The web dashboard.", extra="dashboard"
    ),
    Subcommand(name="api", target="services.cli.api:app", help="只读接口。The read API.", extra="dashboard"),
    Subcommand(name="db", target="services.cli.db:app", help="数据库。upgrade, check, dump, restore."),
    Subcommand(name="order", target="services.cli.order:app", help="向网关下令。Switch something, roll out a config."),
    Subcommand(name="farm", target="services.cli.farm:app", help="养殖日志。The farm's log."),
    Subcommand(name="register", target="services.cli.register:app", help="船舶登记。Vessel register."),
    Subcommand(name="beidou", target="services.cli.beidou:app", help="北斗船位。Import Beidou positions."),
    Subcommand(name="screen", target="services.cli.screen:app", help="离线甄别。Screen recorded traffic."),
    Subcommand(name="evidence", target="services.cli.evidence:app", help="证据包。Evidence bundles."),
    Subcommand(name="backtest", target="services.cli.backtest:app", help="预报回测。Backtest any CSV."),
    Subcommand(name="grid", target="services.cli.grid:app", help="数值预报导入。Import gridded forecasts."),
    Subcommand(name="safety", target="services.cli.safety:app", help="航行安全。Zones, trips, permits, inspection."),
    Subcommand(name="replay", target="services.cli.replay:app", help="回放。Replay recorded NMEA or readings."),
    Subcommand(name="export", target="services.cli.export:app", help="导出。NetCDF, Parquet, CSV, GeoJSON."),
    Subcommand(name="alert", target="services.cli.alert:app", help="告警。list, ack, close."),
    Subcommand(name="status", target="services.cli.status:app", help="运行状态。What runs and how it is."),
    Subcommand(name="doctor", target="services.cli.doctor:app", help="体检。What is wrong and what to do."),
)  # fmt: skip
_BY_NAME = {row.name: row for row in SUBCOMMANDS}


class _LazyGroup(TyperGroup):
    """A group that imports a subcommand when it is asked for by name."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names in the order of the table."""
        return [row.name for row in SUBCOMMANDS]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return the command of one row, imported now."""
        row = _BY_NAME.get(cmd_name)
        return None if row is None else _load(row)


def _load(row: Subcommand) -> Any:
    module, _, attribute = row.target.partition(":")
    try:
        target = getattr(importlib.import_module(module), attribute)
    except ModuleNotFoundError as exc:
        missing = exc.name or "a package"
        raise AppError(
            f"“huangyu {row.name}” 缺少软件包 {missing}，请运行 pip install 'huangyu[{row.extra}]' 后再试。"
            f"It needs {missing}, which is not installed: run  pip install 'huangyu[{row.extra}]'  and try again."
        ) from exc
    command = get_command(target)
    command.name = row.name
    return command


def _print_overview() -> None:
    width = max(len(row.name) for row in SUBCOMMANDS)
    lines = ["huangyu 黄鱼: 网箱与船舶守望。Watch over cages and boats.", ""]
    lines += [f"  {row.name.ljust(width)}  {row.help}" for row in SUBCOMMANDS]
    lines += ["", "huangyu 命令 --help 看用法。huangyu COMMAND --help shows its options."]
    typer.echo("\n".join(lines))


app = typer.Typer(cls=_LazyGroup, add_completion=False, no_args_is_help=False, pretty_exceptions_enable=False)


@app.callback(invoke_without_command=True)
def _root() -> None:
    """黄鱼: 深海网箱与渔船的守望者。Watch over cages and boats."""


def run() -> None:
    """Run the command line; an AppError becomes one clear text and exit code 1."""
    if sys.argv[1:] in ([], ["--help"], ["-h"]):
        _print_overview()
        return
    try:
        app()
    except AppError as exc:
        typer.echo(f"错误 / error: {exc}", err=True)
        raise SystemExit(1) from exc


if __name__ == "__main__":
    run()
