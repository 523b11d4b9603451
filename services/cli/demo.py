"""``huangyu demo``: everything on this machine with one command."""

import asyncio
import logging
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from services.demo import run_demo
from services.demo_plan import DemoOptions

app = typer.Typer(add_completion=False)


@app.command()
def demo(
    scenario: Annotated[str, typer.Option(help="场景 calm|hypoxia|typhoon|intruder|… 或 TOML 文件。")] = "hypoxia",
    data: Annotated[Path, typer.Option(help="数据目录，再次启动接着用。Data folder.")] = Path("huangyu-data"),
    seed: Annotated[int, typer.Option(help="随机种子。Seed of the simulated sea.")] = 1,
    days: Annotated[int, typer.Option(min=0, max=400, help="预填历史天数。Days of history to fill.")] = 30,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="看板端口，默认自动。Dashboard port.")] = None,
) -> None:
    """启动模拟设备、网关、数据库、岸端服务和看板；Ctrl-C 停止。Start everything; Ctrl-C stops it."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
    console = Console(highlight=False, soft_wrap=True)
    options = DemoOptions(data=data.absolute(), scenario=scenario, seed=seed, days=days, port=port)
    asyncio.run(run_demo(options, console.print))
