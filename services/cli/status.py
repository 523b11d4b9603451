"""``huangyu status``: what runs, how fresh the data is, what waits."""

import asyncio
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from core.errors import StoreError
from services import status as report
from services.demo_parts import read_dsn_file
from services.settings import load_shore
from store.database import Database
from store.errors import StoreUnavailableError
from store.heartbeats import Heartbeats
from store.status import Status

app = typer.Typer(add_completion=False)
LIMIT_S, LOCK_S = 5.0, 2.0
"""Someone waits at the screen: what takes longer is told as the trouble that it is. [s]"""
_STYLE = {report.Level.OK: "green", report.Level.WARN: "yellow", report.Level.BAD: "red"}
_WORD = {report.Level.OK: "正常 ok", report.Level.WARN: "注意 warn", report.Level.BAD: "故障 bad"}


@app.command()
def status(
    config: Annotated[Path | None, typer.Option(help="岸端设置文件。Shore settings.")] = None,
    data: Annotated[Path | None, typer.Option(help="演示的数据目录。Data folder of a demo.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON。")] = False,
) -> None:
    """打印运行状态；有故障时退出码为 1。Print the state of everything; exit code 1 when something is bad."""
    logging.getLogger("psycopg.pool").setLevel(logging.ERROR)  # what it retries is told once, as a row
    dsn = read_dsn_file(data) if data is not None else load_shore(config).dsn()
    rows = report.judge_processes(report.read_processes(data), datetime.now(UTC))
    rows += asyncio.run(_database_rows(dsn)) if dsn else [_bad("没有运行中的数据库", "no database runs here")]
    if as_json:
        typer.echo(report.as_json(rows))
    else:
        _print(rows)
    if report.worst_level(rows) is report.Level.BAD:
        raise typer.Exit(1)


async def _database_rows(dsn: str) -> list[report.Row]:
    """Return what the database knows, as far as it answers; the trouble it is in comes last."""
    at, rows = datetime.now(UTC), list[report.Row]()
    try:
        async with Database.session(
            dsn, application="status", connections=1, wait_s=LIMIT_S, statement_limit_s=LIMIT_S, lock_limit_s=LOCK_S
        ) as db:
            figures = Status(db)
            rows += report.judge_services(await Heartbeats(db).all(), at)
            rows += report.judge_gateways(await figures.gateways(), at)
            rows += report.judge_overview(await figures.overview(at), at)
            await figures.probe_disk()
    except StoreUnavailableError as exc:
        rows.append(report.judge_trouble(exc))
    except StoreError as exc:
        rows.append(
            _bad(
                f"数据库不能用：{exc} 若表结构不是本版本的，请运行 huangyu db upgrade。",
                f"cannot be used: {exc} If its schema is not of this version: huangyu db upgrade.",
            )
        )
    return rows


def _bad(text_zh: str, text_en: str) -> report.Row:
    return report.Row(kind="figure", name="database", level=report.Level.BAD, text_zh=text_zh, text_en=text_en)


def _print(rows: list[report.Row]) -> None:
    table = Table(box=None, pad_edge=False)
    for heading in ("", "类别 kind", "名称 name", "状况 state"):
        table.add_column(heading, overflow="fold")
    for row in rows:
        word = f"[{_STYLE[row.level]}]{_WORD[row.level]}[/]"
        table.add_row(word, row.kind, row.name, f"{row.text_zh}\n[dim]{row.text_en}[/]")
    Console(highlight=False).print(table)
