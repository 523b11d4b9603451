"""``huangyu gateway``: run, check, probe, adopt."""

import asyncio
import json
import logging
import signal
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from core.errors import ConfigError
from gateway.adopt import config_text, read_devices
from gateway.buses import bus_problems
from gateway.config import Loaded, load
from gateway.plan import plan
from gateway.probe import probe as probe_units
from gateway.probe import table_rows
from gateway.remote import run_managed

app = typer.Typer(help="边缘网关。The edge gateway.", no_args_is_help=True)
Config = Annotated[Path, typer.Option("--config", help="gateway.toml")]
AsJson = Annotated[bool, typer.Option("--json", help="机器可读。For machines.")]


def start_logging() -> None:
    """Log to stderr, one line a record, with the extra fields of each record."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Plain("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)


class _Plain(logging.Formatter):
    """Appends what a record carries as ``extra``."""

    _known = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}

    def format(self, record: logging.LogRecord) -> str:
        more = " ".join(f"{key}={value}" for key, value in vars(record).items() if key not in self._known)
        return f"{super().format(record)} {more}".rstrip()


@app.command()
def run(
    config: Config,
    spool: Annotated[Path | None, typer.Option("--spool", help="缓存文件。The spool file.")] = None,
) -> None:
    """采集并上报, 直到收到停止信号。Poll, spool and publish until told to stop."""
    start_logging()
    asyncio.run(_run(config, spool))


async def _run(config: Path, spool: Path | None) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await run_managed(config, spool, stop)


@app.command()
def check(config: Config, as_json: AsJson = False) -> None:
    """检查配置, 一次列出全部问题。Check the config and print every problem at once."""
    problems: list[str] = []
    loaded: Loaded | None = None
    try:
        loaded = load(config)
        problems += bus_problems(loaded)
    except ConfigError as exc:
        problems += exc.problems
    if as_json:
        typer.echo(json.dumps({"ok": not problems, "problems": problems}, ensure_ascii=False))
    else:
        for problem in problems:
            typer.echo(problem)
        if not problems and loaded is not None:
            typer.echo(_summary(loaded))
    if problems:
        raise typer.Exit(1)


def _summary(loaded: Loaded) -> str:
    config = loaded.config
    reads = sum(len(plan(loaded.profile_of(unit))) for unit in config.unit)
    return (
        f"{loaded.path}: 正确 / ok. {len(config.bus)} bus, {len(config.unit)} unit, {reads} reads a round, "
        f"{len(config.nmea)} nmea, {len(config.command)} command."
    )


@app.command()
def probe(config: Config, as_json: AsJson = False) -> None:
    """逐台查询仪器: 通不通、原始值、换算值、哪里不对。Ask every unit once and say what is wrong."""
    reports = asyncio.run(probe_units(load(config)))
    if as_json:
        typer.echo(json.dumps([report.record() for report in reports], ensure_ascii=False))
    else:
        table = Table("设备 unit", "寄存器 register", "原始 raw", "数值 value", "标记 flag", "问题 trouble")
        for row in table_rows(reports):
            table.add_row(*row, end_section=False)
        Console().print(table)
    if not all(report.reachable for report in reports):
        raise typer.Exit(1)


@app.command()
def adopt(
    devices: Annotated[Path, typer.Argument(help="devices.json")],
    gateway: Annotated[str, typer.Option("--gateway", help="网关编号。Gateway id.")],
    broker: Annotated[str, typer.Option("--broker", help="HOST:PORT")] = "127.0.0.1:1883",
    user: Annotated[str | None, typer.Option("--user", help="消息服务器用户名。Broker user.")] = None,
    profiles: Annotated[Path, typer.Option("--profiles", help="仪器档案目录。Profile folder.")] = Path("profiles"),
    period: Annotated[float, typer.Option("--period", help="轮询周期(秒)。Polling period. [s]")] = 10.0,
) -> None:
    """由设备清单生成网关配置。Print a gateway.toml for a bill of devices."""
    host, _, port = broker.rpartition(":")
    if not host or not port.isdigit():
        raise ConfigError(f"--broker {broker!r}: give HOST:PORT.")
    text = config_text(
        read_devices(devices), gateway=gateway, broker_host=host, broker_port=int(port), username=user,
        profiles=profiles, period_s=period,
    )  # fmt: skip
    typer.echo(text, nl=False)
