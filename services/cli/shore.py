"""``huangyu shore`` and its single loops ``ingest``, ``watch``, ``forecast``, ``sms``."""

import asyncio
import importlib
from pathlib import Path
from typing import Annotated

import typer

from services.demo_plan import console_script
from services.logs import log_to_stderr
from services.loop import stop_on_signals
from services.processes.opening import StoppedError
from services.settings import ShoreSettings, load_shore
from services.supervisor import Part, Supervisor

LOOPS = ("ingest", "watch", "forecast", "sms")
Config = Annotated[Path | None, typer.Option("--config", help="岸端设置文件。Shore settings (config/shore.toml).")]

app = typer.Typer(add_completion=False)
ingest = typer.Typer(add_completion=False)
watch = typer.Typer(add_completion=False)
forecast = typer.Typer(add_completion=False)
sms = typer.Typer(add_completion=False)


@ingest.command()
def run_ingest(config: Config = None) -> None:
    """把网关上报的数据入库，提交后才确认。MQTT to the database; acknowledges after COMMIT."""
    _run_loop("ingest", load_shore(config))


@watch.command()
def run_watch(config: Config = None) -> None:
    """按规则研判，产生和结束告警。Rules to alerts."""
    _run_loop("watch", load_shore(config))


@forecast.command()
def run_forecast(config: Config = None) -> None:
    """发布并检验溶氧、波浪预报。Issue and verify forecasts."""
    _run_loop("forecast", load_shore(config))


@sms.command()
def run_sms(config: Config = None) -> None:
    """发送待发短信。Send what waits in the outbox."""
    _run_loop("sms", load_shore(config))


@app.command()
def shore(
    config: Config = None,
    data: Annotated[Path, typer.Option(help="日志和状态所在目录。Folder of logs and state.")] = Path("huangyu-shore"),
) -> None:
    """运行岸端全部服务，谁退出就重启谁；Ctrl-C 停止。All loops under one supervisor; Ctrl-C stops them."""
    log_to_stderr()
    settings = load_shore(config)
    settings.dsn()
    asyncio.run(_supervise(config, data.absolute()))


async def _supervise(config: Path | None, data: Path) -> None:
    arguments = () if config is None else ("--config", str(config.absolute()))
    with stop_on_signals(asyncio.get_running_loop()) as stop:
        supervisor = Supervisor(data)
        try:
            for name in LOOPS:
                await supervisor.start(Part(name=name, command=(*console_script(), name, *arguments)))
            typer.echo(f"岸端服务已启动，日志在 {data / 'log'}。Shore services run; logs in {data / 'log'}.")
            await stop.wait()
        finally:
            await supervisor.stop()


def _run_loop(name: str, settings: ShoreSettings) -> None:
    log_to_stderr()
    settings.dsn()  # a missing database address is told before anything starts
    asyncio.run(_until_stopped(name, settings))


async def _until_stopped(name: str, settings: ShoreSettings) -> None:
    process = importlib.import_module(f"services.processes.{name}")
    with stop_on_signals(asyncio.get_running_loop()) as stop:
        try:
            await process.run(settings, stop)
        except StoppedError:
            return
