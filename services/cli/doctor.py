"""``huangyu doctor``: look at this machine and say what is wrong and what to do."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from services.doctor import examine
from services.settings import load_shore
from services.status import Level

app = typer.Typer(add_completion=False)
_WORD = {Level.OK: "[green]正常 ok[/]", Level.WARN: "[yellow]注意 warn[/]", Level.BAD: "[red]故障 bad[/]"}


@app.command()
def doctor(
    config: Annotated[Path | None, typer.Option(help="岸端设置文件。Shore settings.")] = None,
    folder: Annotated[Path, typer.Option(help="检查哪个目录的磁盘。Whose disk to check.")] = Path(),
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON。")] = False,
) -> None:
    """体检：查环境、配置、磁盘、时钟、串口、数据库；有故障时退出码为 1。Exit code 1 when something is bad."""
    checks = examine(load_shore(config), folder.absolute())
    if as_json:
        typer.echo(json.dumps([asdict(check) for check in checks], ensure_ascii=False))
    else:
        table = Table(box=None, pad_edge=False)
        for heading in ("", "项目 check", "结果 found", "怎么办 remedy"):
            table.add_column(heading, overflow="fold")
        for check in checks:
            remedy = f"{check.remedy_zh}\n[dim]{check.remedy_en}[/]" if check.remedy_zh else ""
            table.add_row(_WORD[check.level], f"{check.name_zh} {check.name_en}", check.found, remedy)
        Console(highlight=False).print(table)
    if any(check.level is Level.BAD for check in checks):
        raise typer.Exit(1)
