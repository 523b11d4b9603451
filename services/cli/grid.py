"""``huangyu grid import FILE``: take a gridded forecast in by hand; ``huangyu grid list`` shows what is there."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from core.errors import ConfigError
from services.grids import import_grid, load_grid_rules
from services.settings import load_shore
from store.database import Database
from store.forecast_rows import GridRunRow
from store.store import Store

app = typer.Typer(add_completion=False, no_args_is_help=True, help="数值预报导入。Gridded forecasts.")
Config = Annotated[Path | None, typer.Option("--config", help="岸端设置文件。Shore settings (config/shore.toml).")]
AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON。Print JSON.")]


@app.command("import")
def import_(
    files: Annotated[list[Path], typer.Argument(help="NetCDF、GRIB 或 Zarr 文件。NetCDF, GRIB or Zarr runs.")],
    source: Annotated[str | None, typer.Option(help="来源名称，例如 ecmwf。Whose run.")] = None,
    init: Annotated[str | None, typer.Option(help="起报时间 ISO 8601，文件里没有时给出。Initial time.")] = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """导入数值预报文件。Take gridded forecast files in; the same run again replaces it."""
    start = None if init is None else _instant(init)
    _show(asyncio.run(_import(files, source, start, config)), as_json=as_json)


@app.command("list")
def list_(config: Config = None, as_json: AsJson = False) -> None:
    """列出最近的数值预报。Runs of the last three days."""
    _show(asyncio.run(_list(config)), as_json=as_json)


def _instant(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError as exc:
        raise ConfigError(f"--init {text!r} is not a time; write it as 2026-08-20T00:00Z.") from exc
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


async def _import(
    files: list[Path], source: str | None, init: datetime | None, config: Path | None
) -> list[GridRunRow]:
    settings = load_shore(config)
    rules = load_grid_rules(settings.watch.rules_dir)
    async with Database.session(settings.dsn(), application="grid") as database:
        store = Store(database)
        return [await import_grid(store, path, rules, datetime.now(UTC), source=source, init_at=init) for path in files]


async def _list(config: Path | None) -> list[GridRunRow]:
    settings = load_shore(config)
    async with Database.session(settings.dsn(), application="grid") as database:
        return await Store(database).forecasts.grid_runs(datetime.now(UTC), timedelta(days=3))


def _show(runs: list[GridRunRow], *, as_json: bool) -> None:
    if as_json:
        rows = [
            {"run": r.grid_run_id, "source": r.source, "init_at": r.init_at.isoformat(), "notice": r.notice_en}
            for r in runs
        ]
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    table = Table("编号 run", "来源 source", "起报 init", "收到 received", "提示 notice")
    for run in runs:
        table.add_row(
            str(run.grid_run_id),
            run.source,
            f"{run.init_at:%Y-%m-%d %H:%MZ}",
            f"{run.received_at:%m-%d %H:%MZ}",
            run.notice_zh,
        )
    Console().print(table)
