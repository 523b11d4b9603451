"""``huangyu db``: bring the schema up to date, check it, keep history within bounds, dump and restore."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import psycopg
import typer
from rich.console import Console
from rich.table import Table

from core.errors import AppError, StoreError
from services import archive, dump_load, dumps
from services.demo_parts import read_dsn_file
from services.settings import load_shore
from store import health, migrate
from store.engine import Wanted
from store.picture import page as picture_page

app = typer.Typer(add_completion=False, no_args_is_help=True, help="数据库。The database.")
Dsn = Annotated[str, typer.Option("--dsn", help="数据库所有者的连接串。Connection string of the owner.")]
Data = Annotated[Path | None, typer.Option("--data", help="演示的数据目录。Data folder of a running demo.")]
Config = Annotated[Path | None, typer.Option("--config", help="岸端设置文件。Shore settings.")]
AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON。")]


@app.command()
def upgrade(
    dsn: Dsn = "", data: Data = None, config: Config = None,
    engine: Annotated[Wanted, typer.Option(help="auto, plain, timescaledb（空库 empty database）。")] = "auto",
) -> None:  # fmt: skip
    """升级表结构到最新版本。Bring the schema to this version."""
    with _reported():
        used = migrate.upgrade(_owner(dsn, data, config), datetime.now(UTC), want=engine)
    typer.echo(f"已是最新 up to date: revision {migrate.newest_revision()}, engine {used}")


@app.command()
def check(dsn: Dsn = "", data: Data = None, config: Config = None, as_json: AsJson = False) -> None:
    """核对表结构与维护状态；不符时退出码 1。Compare schema and upkeep with what they should be."""
    owner = _owner(dsn, data, config)
    with _reported(), psycopg.connect(owner, autocommit=True, options="-c timezone=UTC") as connection:
        facts = health.facts(connection, owner, datetime.now(UTC))
        facts += health.compare(connection, owner, datetime.now(UTC))
    if as_json:
        typer.echo(json.dumps([asdict(fact) for fact in facts], ensure_ascii=False))
    else:
        table = Table("项目 item", "", "情况 what was found")
        for fact in facts:
            table.add_row(fact.name, "[green]正常 ok" if fact.ok else "[red]不符 wrong", fact.text)
        Console().print(table)
    if not all(fact.ok for fact in facts):
        raise typer.Exit(1)


@app.command()
def maintain(
    dsn: Dsn = "", data: Data = None, config: Config = None,
    archive_to: Annotated[
        Path | None, typer.Option(help="归档目录 (Parquet)；不给则不删。Without it nothing is dropped.")
    ] = None,
    reading_days: Annotated[float, typer.Option(help="原始读数保留天数。Days of raw readings kept.")] = 410,
    position_days: Annotated[float, typer.Option(help="船位保留天数。Days of positions kept.")] = 410,
    nmea_days: Annotated[float, typer.Option(help="原始报文保留天数。Days of raw sentences kept.")] = 90,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """预建分区、压缩旧数据、归档并清理。Partitions ahead, packing, archive and retention; run daily."""
    retention = archive_to and archive.Retention(
        folder=archive_to, reading_days=reading_days, position_days=position_days, nmea_raw_days=nmea_days
    )
    with _reported():
        done = archive.maintain(_owner(dsn, data, config), datetime.now(UTC), retention or None)
    if as_json:
        typer.echo(json.dumps(asdict(done)))
    else:
        typer.echo(f"压缩 packed {len(done.packed)}, 归档 archived {len(done.archived)}")


@app.command()
def dump(folder: Path, dsn: Dsn = "", data: Data = None, config: Config = None, as_json: AsJson = False) -> None:
    """备份到新目录，附清单与校验和。Dump into a new folder, with manifest and checksum."""
    with _reported():
        manifest = dumps.dump(_owner(dsn, data, config), folder, datetime.now(UTC))
    _print_manifest(manifest, as_json)


@app.command()
def restore(
    folder: Path, dsn: Dsn = "", data: Data = None, config: Config = None,
    want: Annotated[
        Wanted, typer.Option("--engine", help="auto, plain, timescaledb；可与备份不同。May differ from the dump's.")
    ] = "auto",
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """恢复到空库并逐表核对行数。Restore into an empty database and compare every table's rows."""
    with _reported():
        manifest = dump_load.restore(_owner(dsn, data, config), folder, datetime.now(UTC), want=want)
    _print_manifest(manifest, as_json)


def _print_manifest(manifest: dumps.Manifest, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(asdict(manifest)))
        return
    table = Table("表 table", "行数 rows")
    for name, rows in manifest.rows.items():
        table.add_row(name, f"{rows:,}")
    Console().print(table)
    typer.echo(f"revision {manifest.revision}, engine {manifest.engine}, PostgreSQL {manifest.server}")


def _owner(dsn: str, data: Path | None, config: Path | None) -> str:
    """Return the owner's connection string: as given, of a running demo, or of the settings."""
    if dsn:
        return dsn
    if data is not None:
        found = read_dsn_file(data)
        if not found:
            raise AppError(f"{data} 中没有运行中的演示。No demo runs in {data}: start it, or give --dsn.")
        return found
    return load_shore(config).dsn()


@contextmanager
def _reported() -> Iterator[None]:
    """Turn a database that is away into one clear sentence."""
    try:
        yield
    except psycopg.OperationalError as exc:
        raise StoreError(
            f"The database cannot be reached ({str(exc).strip().splitlines()[0]}): start it or correct --dsn."
        ) from exc


@app.command()
def picture(
    path: Annotated[Path, typer.Argument(help="输出文件。File to write.")] = Path("docs/tables.md"),
    dsn: Dsn = "", data: Data = None, config: Config = None,
) -> None:  # fmt: skip
    """把表结构写成文档。Write the tables as a page with a picture."""
    with _reported(), psycopg.connect(_owner(dsn, data, config)) as connection:
        path.write_text(picture_page(connection), encoding="utf-8")
    typer.echo(str(path))
