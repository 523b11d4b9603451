"""``huangyu beidou``: positions of Beidou terminals into the database."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from core.errors import AppError
from services.beidou_csv import BeidouFile, read_fixes
from services.settings import load_shore
from store.database import Database
from store.store import Store

app = typer.Typer(
    add_completion=False, help="北斗船位：导入。Positions of Beidou terminals: import.", no_args_is_help=True
)


class BeidouRefusedError(AppError):
    """The file holds no position that could be stored."""


@app.callback()
def _commands() -> None:
    """北斗船位。Positions of Beidou terminals."""


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="CSV：beidou_id, observed_at, lat_deg, lon_deg。One fix a row.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只检查，不写库。Check only.")] = False,
    config: Annotated[Path | None, typer.Option("--config", help="岸端配置。Shore settings.")] = None,
    dsn: Annotated[
        str, typer.Option("--dsn", envvar="HUANGYU_DSN", help="数据库连接串。Database.", show_envvar=True)
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON。Print JSON.")] = False,
) -> None:
    """导入北斗船位；坏行列出来，其余照常入库，重复导入无妨。"""
    read = read_fixes(file)
    if not read.fixes:
        raise BeidouRefusedError(
            "\n".join([f"{file}: 没有可用的船位。No position that could be stored.", *read.problems[:20]])
        )
    stored, strangers = asyncio.run(_import(read, dsn or load_shore(config).dsn(), dry_run))
    figures = {
        "rows": len(read.fixes), "stored": stored, "not_in_register": strangers, "dry_run": dry_run,
        "problems": list(read.problems),
    }  # fmt: skip
    if as_json:
        typer.echo(json.dumps(figures, ensure_ascii=False))
        return
    for problem in read.problems:
        typer.echo(problem, err=True)
    head = "试导入（未写库）dry run" if dry_run else "已导入 imported"
    typer.echo(
        f"{head}: 船位 fixes {len(read.fixes)}，新增 new {stored}，坏行 bad rows {len(read.problems)}，"
        f"登记中没有的终端 terminals not in the register {strangers}"
    )


async def _import(read: BeidouFile, dsn: str, dry_run: bool) -> tuple[int, int]:
    """Return how many fixes were new, and how many terminals the register does not hold."""
    at = datetime.now(UTC)
    async with Database.session(dsn, application="beidou") as database:
        store = Store(database)
        known = {row.beidou_id for row in await store.register.rows(at) if row.beidou_id}
        stored = 0 if dry_run else await store.beidou.add(read.fixes, at)
    return stored, len({fix.beidou_id for fix in read.fixes} - known)
