"""``huangyu export``: history as NetCDF, Parquet, CSV and GeoJSON, with a datapackage.json."""

import json
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import psycopg
import typer
from rich.console import Console
from rich.table import Table

from core.errors import AppError, StoreError
from services.demo_parts import read_dsn_file
from services.export import Format, Selection, Written, export_positions, export_readings
from services.settings import load_shore

app = typer.Typer(add_completion=False, no_args_is_help=True, help="导出。Export history.")
Folder = Annotated[Path, typer.Argument(help="输出目录。Folder to write to.")]
Since = Annotated[str, typer.Option(help="起始 (ISO 8601，默认 UTC)；默认 7 天前。Start; 7 days ago.")]
Until = Annotated[str, typer.Option(help="结束，不含；默认现在。End, not included; now.")]
Formats = Annotated[list[Format] | None, typer.Option("--format", help="可重复；默认 csv。May be repeated; csv.")]
Dsn = Annotated[str, typer.Option("--dsn", help="数据库连接串。Connection string.")]
Data = Annotated[Path | None, typer.Option("--data", help="演示的数据目录。Data folder of a running demo.")]
Config = Annotated[Path | None, typer.Option("--config", help="岸端设置文件。Shore settings.")]
AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON。")]


@app.command()
def readings(
    folder: Folder, since: Since = "", until: Until = "", formats: Formats = None, dsn: Dsn = "", data: Data = None,
    config: Config = None, as_json: AsJson = False,
    farm: Annotated[list[str] | None, typer.Option(help="渔场。Farms.")] = None,
    cage: Annotated[list[str] | None, typer.Option(help="网箱。Cages.")] = None,
    quantity: Annotated[list[str] | None, typer.Option(help="要素，如 do_mg_l。Quantities.")] = None,
) -> None:  # fmt: skip
    """导出读数。Readings of farms and cages."""
    first, last = _span(since, until)
    selection = Selection(since=first, until=last, farm_ids=farm, cage_ids=cage, quantities=quantity)
    _finish(export_readings, selection, folder, formats, _dsn(dsn, data, config), as_json)


@app.command()
def positions(
    folder: Folder, since: Since = "", until: Until = "", formats: Formats = None, dsn: Dsn = "", data: Data = None,
    config: Config = None, as_json: AsJson = False,
    mmsi: Annotated[list[int] | None, typer.Option(help="MMSI。")] = None,
) -> None:  # fmt: skip
    """导出航迹。Tracks of vessels."""
    first, last = _span(since, until)
    selection = Selection(since=first, until=last, mmsis=mmsi)
    _finish(export_positions, selection, folder, formats, _dsn(dsn, data, config), as_json)


def _finish(
    export: object, selection: Selection, folder: Path, formats: list[Format] | None, dsn: str, as_json: bool
) -> None:
    try:
        written: list[Written] = export(dsn, selection, folder, formats or [Format.CSV])  # type: ignore[operator]
    except psycopg.OperationalError as exc:
        raise StoreError(
            f"The database cannot be reached ({str(exc).strip().splitlines()[0]}): correct --dsn."
        ) from exc
    if as_json:
        typer.echo(json.dumps([asdict(item) for item in written]))
        return
    table = Table("文件 file", "行数 rows", "字节 bytes")
    for item in written:
        table.add_row(str(folder / item.path), f"{item.rows:,}", f"{item.size_bytes:,}")
    Console().print(table)


def _span(since: str, until: str) -> tuple[datetime, datetime]:
    last = _instant(until, "--until") if until else datetime.now(UTC)
    first = _instant(since, "--since") if since else last - timedelta(days=7)
    if first >= last:
        raise AppError("起始时间不早于结束时间。--since is not before --until: correct one of them.")
    return first, last


def _instant(text: str, name: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as exc:
        raise AppError(
            f"{name} {text!r} 不是 ISO 8601 时间。Not an ISO 8601 time: write 2026-11-23T08:00+08:00."
        ) from exc
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _dsn(dsn: str, data: Path | None, config: Path | None) -> str:
    if dsn:
        return dsn
    if data is not None:
        found = read_dsn_file(data)
        if not found:
            raise AppError(f"{data} 中没有运行中的演示。No demo runs in {data}: start it, or give --dsn.")
        return found
    return load_shore(config).dsn()
