"""``huangyu replay``: recorded NMEA, position tracks or readings through a gateway's own path."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress as Bar
from rich.progress import SpinnerColumn, TextColumn

from core.errors import ConfigError
from gateway.config import load
from gateway.replay import Progress, Stamp, replay

app = typer.Typer(help="回放。Replay recordings through a gateway.")


@app.command()
def run(
    files: Annotated[list[Path], typer.Argument(help="NMEA 日志、JSON 航迹或读数 CSV, 可为 .gz。")],
    config: Annotated[Path, typer.Option("--config", help="gateway.toml")],
    spool: Annotated[Path, typer.Option("--spool", help="回放专用缓存文件。A spool file of its own.")],
    receiver: Annotated[str, typer.Option("--receiver", help="接收机名。Receiver name.")] = "replay",
    speed: Annotated[str, typer.Option("--speed", help="倍速或 max。A multiple, or max.")] = "max",
    stamp: Annotated[
        Stamp, typer.Option("--stamp", help="时间: 原始、平移到现在、当前。Original, shifted to now, or now.")
    ] = Stamp.ORIGINAL,
    wait_s: Annotated[float, typer.Option("--wait", help="等岸端确认(秒)。Wait for the shore. [s]")] = 60.0,
) -> None:
    """回放记录, 直到岸端全部入库。Replay, and end when the shore has committed everything."""
    pace = _pace(speed)
    loaded = load(config)
    with Bar(SpinnerColumn(), TextColumn("{task.description}"), transient=True) as bar:
        task = bar.add_task("…")

        def show(progress: Progress) -> None:
            bar.update(task, description=f"read {progress.read}, accepted {progress.accepted}, wait {progress.waiting}")

        done = asyncio.run(
            replay(
                loaded, files, spool=spool, receiver=receiver, speed=pace, stamp=stamp, limit_s=wait_s, on_progress=show
            )
        )
    typer.echo(f"已读 {done.read}, 入库 {done.accepted}. Read {done.read} records, {done.accepted} committed on shore.")


def _pace(speed: str) -> float | None:
    if speed == "max":
        return None
    try:
        pace = float(speed)
    except ValueError:
        pace = 0.0
    if not pace > 0:
        raise ConfigError(f"--speed {speed!r}: give a number above 0, or max.")
    return pace
