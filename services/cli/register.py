"""``huangyu register``: import with a dry run, export, show, and a made-up register for demonstrations."""

import asyncio
import getpass
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from core.errors import AppError
from services.settings import CONFIG_DIR, load_shore
from store.database import Database
from store.register import ImportSummary, plan_import
from store.store import Store
from vessels.fictitious import generate
from vessels.names import load_rules
from vessels.register import RegisterFile, RegisterRow, read_csv, write_csv

app = typer.Typer(
    add_completion=False,
    help="船舶登记：导入、导出、查询。Vessel register: import, export, show.",
    no_args_is_help=True,
)
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
Config = Annotated[Path | None, typer.Option("--config", help="岸端配置。Shore settings.")]
Dsn = Annotated[str, typer.Option("--dsn", envvar="HUANGYU_DSN", help="数据库连接串。Database.", show_envvar=True)]
Json = Annotated[bool, typer.Option("--json", help="输出 JSON。Print JSON.")]


class RegisterRefusedError(AppError):
    """The file has rows that a person must mend first."""


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="登记 CSV（UTF-8 或 GB18030）。Register CSV.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只检查，不写库。Check only.")] = False,
    complete: Annotated[
        bool, typer.Option("--complete", help="文件是全部在册船：缺的注销。The whole register.")
    ] = False,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="有错的行跳过，其余导入。Import the good rows.")] = False,
    config: Config = None,
    dsn: Dsn = "",
    as_json: Json = False,
) -> None:
    """导入登记；先列出每一处错误，没有错误才写库。"""
    read = _read(file)
    _report_problems(read, as_json)
    if read.problems and not (dry_run or skip_bad):
        raise RegisterRefusedError(
            f"{file}: {len(read.problems)} 处错误，未写入。请改正，或用 --skip-bad 只导入正确的行。"
            f"Nothing was written: mend the rows, or take the good ones with --skip-bad."
        )
    at = datetime.now(UTC)
    if dry_run and not (dsn or config):
        summary = plan_import([], read.rows, at, complete=complete).summary
    else:
        summary = asyncio.run(_import(read, file.name, at, _dsn(dsn, config), complete=complete, dry_run=dry_run))
    _report(summary, read, dry_run, as_json)


def _read(file: Path) -> RegisterFile:
    try:
        return read_csv(file.read_bytes(), name=str(file))
    except OSError as exc:
        raise RegisterRefusedError(f"{file}: 无法读取（{exc}）。Cannot be read.") from exc


def _dsn(dsn: str, config: Path | None) -> str:
    return dsn or load_shore(config).dsn()


async def _import(
    read: RegisterFile, name: str, at: datetime, dsn: str, *, complete: bool, dry_run: bool
) -> ImportSummary:
    async with Database.session(dsn, application="register") as database:
        store = Store(database)
        if dry_run:
            return plan_import(await store.register.rows(_BEGINNING), read.rows, at, complete=complete).summary
        return await store.register.import_file(read, at, actor=getpass.getuser(), file_name=name, complete=complete)


def _report_problems(read: RegisterFile, as_json: bool) -> None:
    if not as_json:
        for problem in read.problems:
            typer.echo(f"{problem.zh} / {problem.en}", err=True)


def _report(summary: ImportSummary, read: RegisterFile, dry_run: bool, as_json: bool) -> None:
    if as_json:
        figures = {
            "dry_run": dry_run, "rows": len(read.rows), "new": len(summary.new), "changed": len(summary.changed),
            "same": summary.same, "removed": len(summary.removed), "encoding": read.encoding, "sha256": read.sha256,
            "problems": [{"line": p.line, "column": p.column, "zh": p.zh, "en": p.en} for p in read.problems],
        }  # fmt: skip
        typer.echo(json.dumps(figures, ensure_ascii=False))
        return
    head = "试导入（未写库）dry run" if dry_run else "已导入 imported"
    typer.echo(
        f"{head}: 新增 new {len(summary.new)}，变更 changed {len(summary.changed)}，相同 same {summary.same}，"
        f"注销 removed {len(summary.removed)}，错误行 bad rows {len(read.problems)}"
    )


@app.command("export")
def export_file(
    file: Annotated[Path, typer.Argument(help="写到哪个 CSV。File to write.")],
    at: Annotated[str | None, typer.Option(help="某一时刻的登记 (ISO 8601)。As of a time.")] = None,
    config: Config = None,
    dsn: Dsn = "",
) -> None:
    """导出登记 CSV；--at 给出当时的版本。"""
    moment = datetime.now(UTC) if at is None else _moment(at)
    rows = [row for row in asyncio.run(_rows(_dsn(dsn, config))) if row.holds(moment)]
    file.write_text(write_csv(rows), encoding="utf-8-sig")
    typer.echo(f"{len(rows)} 条 rows -> {file}")


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError as exc:
        raise RegisterRefusedError(f"--at {text!r} 不是 ISO 8601 时间。Not an ISO 8601 time.") from exc
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


async def _rows(dsn: str) -> list[RegisterRow]:
    async with Database.session(dsn, application="register") as database:
        return await Store(database).register.rows(_BEGINNING)


@app.command("show")
def show(
    key: Annotated[str, typer.Argument(help="船名、拼音或 MMSI。Name or MMSI.")],
    config: Config = None,
    dsn: Dsn = "",
    as_json: Json = False,
) -> None:
    """查一条船的登记及其历史版本。"""
    from vessels.register import Register  # noqa: PLC0415 - a look-up of many rows, only here

    rules = load_rules(CONFIG_DIR / "rules")
    rows = asyncio.run(_rows(_dsn(dsn, config)))
    register = Register(rows, rules)
    now = datetime.now(UTC)
    found = register.by_mmsi(int(key), now) if key.isdigit() else register.by_name(key, now)
    near = () if found or key.isdigit() else tuple(n.row for n in register.near(key, now))
    ids = {row.boat_id for row in (*found, *near)}
    versions = [row for row in rows if row.boat_id in ids]
    if as_json:
        typer.echo(json.dumps([_masked(row) for row in versions], ensure_ascii=False))
        return
    _show(versions, bool(near))
    if not versions:
        raise RegisterRefusedError(f"登记中没有“{key}”。Not in the register.")


def _masked(row: RegisterRow) -> dict[str, Any]:
    values: dict[str, Any] = {name: getattr(row, name) for name in row.__dataclass_fields__}
    phone = row.owner_phone or ""
    values["owner_phone"] = f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 8 else None
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in values.items()}


def _show(rows: list[RegisterRow], near: bool) -> None:
    table = Table(title="相近的船名 near names" if near else None)
    for head in ("船名", "MMSI", "船籍港", "长 m", "检验至", "登记至", "许可至", "版本", "起", "止"):
        table.add_column(head)
    for row in rows:
        until = row.valid_until.date().isoformat() if row.valid_until else "—"
        table.add_row(
            row.name_zh, str(row.mmsi or "—"), row.port or "—", f"{row.length_m or 0:g}",
            str(row.inspection_until or "—"), str(row.registration_until or "—"), str(row.permit_until or "—"),
            str(row.version), row.valid_from.date().isoformat(), until,
        )  # fmt: skip
    Console().print(table)


@app.command("generate")
def make(
    file: Annotated[Path, typer.Argument(help="写到哪个 CSV。File to write.")],
    count: Annotated[int, typer.Option(help="船数。Boats.", min=1, max=20_000)] = 200,
    seed: Annotated[int, typer.Option(help="随机种子。Seed.")] = 1,
) -> None:
    """生成虚构的登记（无真人真船），供演示。"""
    rows = generate(count, seed=seed, today=datetime.now(UTC).date(), rules=load_rules(CONFIG_DIR / "rules"))
    file.write_text(write_csv(rows), encoding="utf-8-sig")
    typer.echo(f"{count} 条虚构登记 made-up rows (seed {seed}) -> {file}")
