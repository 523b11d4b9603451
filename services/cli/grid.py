"""``huangyu grid``: ``import`` takes runs in, ``list`` shows them, ``track`` takes storms, ``at`` asks of a place."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, cast

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from core.errors import ConfigError
from forecasting.position import PlaceForecast
from forecasting.storms.track_files import Form
from services.cli.grid_place import Asked, forecast_at, show_place
from services.grids import import_grid, load_grid_rules
from services.settings import load_shore
from services.storms import import_tracks
from store.database import Database
from store.forecast_rows import GridRunRow, TrackRow
from store.store import Store

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="数值预报和台风路径。Gridded forecasts, storm tracks."
)
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


@app.command("track")
def track(
    files: Annotated[list[Path], typer.Argument(help="台风路径文件 CSV、ATCF 或 JSON。Storm tracks.")],
    form: Annotated[str | None, typer.Option(help="csv、atcf 或 json，文件名看不出时给出。Form of the file.")] = None,
    source: Annotated[str | None, typer.Option(help="发布单位，例如 nmc。Agency.")] = None,
    issued: Annotated[str | None, typer.Option(help="发布时间 ISO 8601，文件里没有时给出。Time of issue.")] = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """导入台风路径。Take storm tracks in; the same issue again replaces it."""
    if form not in (None, "csv", "atcf", "json"):
        raise ConfigError(f"--form {form!r} is not csv, atcf or json.")
    at = None if issued is None else _instant(issued, "--issued")
    _show_tracks(asyncio.run(_import_tracks(files, cast(Form | None, form), source, at, config)), as_json=as_json)


@app.command("at")
def at(
    lat: Annotated[float | None, typer.Option(min=-90, max=90, help="纬度。Latitude.")] = None,
    lon: Annotated[float | None, typer.Option(min=-180, max=180, help="经度。Longitude.")] = None,
    zone: Annotated[str | None, typer.Option(help="区域编号，逐时取最重的一处。Zone: its worst point counts.")] = None,
    mmsi: Annotated[int | None, typer.Option(help="船舶 MMSI，按最近船位。Boat, where she was last.")] = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """任一处未来五天的浪和风。Waves and wind at a point, in a zone or at a boat."""
    if [lat is not None and lon is not None, zone is not None, mmsi is not None].count(True) != 1:
        raise ConfigError("只给一处。Give one place: --lat and --lon, --zone ID, or --mmsi NUMBER.")
    made = asyncio.run(_at(Asked(lat_deg=lat, lon_deg=lon, zone=zone, mmsi=mmsi), config))
    if not made:
        raise ConfigError(
            "这里没有数值预报，也没有台风路径。No gridded forecast and no storm track reaches this place: "
            "import one, huangyu grid import FILE."
        )
    show_place(made, as_json=as_json)


async def _at(asked: Asked, config: Path | None) -> list[PlaceForecast]:
    settings = load_shore(config)
    async with Database.session(settings.dsn(), application="grid") as database:
        return await forecast_at(Store(database), settings.watch.rules_dir, datetime.now(UTC), asked)


@app.command("list")
def list_(config: Config = None, as_json: AsJson = False) -> None:
    """列出最近的数值预报。Runs of the last three days."""
    _show(asyncio.run(_list(config)), as_json=as_json)


def _instant(text: str, option: str = "--init") -> datetime:
    try:
        at = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError as exc:
        raise ConfigError(f"时间格式不对。{option} {text!r} is not a time; write it as 2026-08-20T00:00Z.") from exc
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


async def _import(
    files: list[Path], source: str | None, init: datetime | None, config: Path | None
) -> list[GridRunRow]:
    settings = load_shore(config)
    rules = load_grid_rules(settings.watch.rules_dir)
    async with Database.session(settings.dsn(), application="grid") as database:
        store = Store(database)
        return [await import_grid(store, path, rules, datetime.now(UTC), source=source, init_at=init) for path in files]


async def _import_tracks(
    files: list[Path], form: Form | None, source: str | None, issued_at: datetime | None, config: Path | None
) -> list[TrackRow]:
    settings = load_shore(config)
    async with Database.session(settings.dsn(), application="grid") as database:
        store = Store(database)
        return [
            row
            for path in files
            for row in await import_tracks(store, path, form=form, source=source, issued_at=issued_at)
        ]


def _show_tracks(tracks: list[TrackRow], *, as_json: bool) -> None:
    if as_json:
        rows = [
            {"storm": t.storm_id, "source": t.source, "kind": t.kind, "issued_at": t.issued_at.isoformat(),
             "points": len(t.points)}
            for t in tracks
        ]  # fmt: skip
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    table = Table("台风 storm", "来源 source", "类别 kind", "发布 issued", "点数 points")
    for one in tracks:
        kind = {"best": "最佳路径 best", "forecast": "预报 forecast"}[one.kind]
        name = f"{one.storm_id} {one.name_zh or one.name_en}".strip()
        table.add_row(escape(name), escape(one.source), kind, f"{one.issued_at:%Y-%m-%d %H:%MZ}", str(len(one.points)))
    Console().print(table)


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
            escape(run.source),
            f"{run.init_at:%Y-%m-%d %H:%MZ}",
            f"{run.received_at:%m-%d %H:%MZ}",
            run.notice_zh,
        )
    Console().print(table)
