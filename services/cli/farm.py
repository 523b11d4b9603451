"""``huangyu farm log import FILE``: the farm's log from a spreadsheet."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from cages.farmlog import LogFile, read_csv
from core.errors import AppError
from services.settings import load_shore
from store.database import Database
from store.store import Store

app = typer.Typer(help="养殖日志。The farm's log.", no_args_is_help=True)
log_app = typer.Typer(help="日志。The log.", no_args_is_help=True)
app.add_typer(log_app, name="log")


@log_app.callback()
def _log() -> None:
    """日志。The log."""


@log_app.command("import")
def import_log(
    file: Annotated[Path, typer.Argument(help="CSV (UTF-8 或 GB18030), 表头见 docs/cages.md。")],
    config: Annotated[Path | None, typer.Option("--config", help="岸端配置。Shore settings.")] = None,
    dsn: Annotated[str, typer.Option(help="数据库。Database.", envvar="HUANGYU_DSN")] = "",
    by: Annotated[str, typer.Option(help="记录人。Who enters it.")] = "cli",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只检查不入库。Check only.")] = False,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """导入日志；有一行不对就一行也不入，并列出每个错处。All rows or none; every bad row is listed."""
    content = _content(file)
    where = dsn or load_shore(config).dsn()
    checked, added = asyncio.run(_run(content, where, by, file.name, dry_run))
    _print(checked, added, dry_run=dry_run, as_json=as_json)
    if checked.problems:
        raise typer.Exit(1)


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as exc:
        raise AppError(f"{file}: 读不了 / cannot be read ({exc.strerror}).") from exc


async def _run(content: bytes, dsn: str, by: str, name: str, dry_run: bool) -> tuple[LogFile, int]:
    async with Database.session(dsn, application="farm") as db:
        store = Store(db)
        cages = {cage.cage_id for cage in await store.places.cages()}
        checked = read_csv(content, cages=cages, now=datetime.now(UTC))
        if dry_run or checked.problems:
            return checked, 0
        return checked, await store.farmlog.add(checked.entries, by=by, source_file=name)


def _print(checked: LogFile, added: int, *, dry_run: bool, as_json: bool) -> None:
    if as_json:
        problems = [{"line": p.line, "column": p.column, "zh": p.text_zh, "en": p.text_en} for p in checked.problems]
        good = len(checked.entries)
        typer.echo(
            json.dumps({"good": good, "added": added, "problems": problems, "dry_run": dry_run}, ensure_ascii=False)
        )
        return
    for problem in checked.problems:
        typer.echo(f"第{problem.line}行 {problem.column} {problem.text_zh} / line {problem.line}: {problem.text_en}")
    if checked.problems:
        typer.echo(f"有{len(checked.problems)}处要改，没有入库。{len(checked.problems)} to mend; nothing was entered.")
    elif dry_run:
        typer.echo(
            f"{len(checked.entries)}行都对，未入库。All {len(checked.entries)} rows are good; nothing was entered."
        )
    else:
        seen = len(checked.entries) - added
        typer.echo(f"入库{added}行，{seen}行早已有。{added} rows entered, {seen} were there before.")
