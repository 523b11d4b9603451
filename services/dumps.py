"""Dump of the whole store: every table as COPY text of one snapshot, gzip, with a manifest that proves it.

No tool of the server is needed, and no superuser. A dump of one engine restores on the other
(`services.dump_load`), which is also how a farm moves from the embedded server to TimescaleDB.
"""

import gzip
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from core.errors import StoreError
from store import engine, migrate
from store.sql import query

MANIFEST = "manifest.json"
ROLLUPS = "reading_hourly"
NOT_DATA = frozenset({"alembic_version"})
"""The schema's own revision stands in the manifest."""
_LEVEL = 5
"""gzip: a third of the time of its default level for a twentieth more bytes."""


@dataclass(frozen=True, kw_only=True)
class TableFile:
    """One table of a dump.

    Parameters
    ----------
    columns, rows
        What it held at the snapshot.
    sha256
        Of its unpacked file.
    oldest_at, newest_at
        ISO 8601, of a long table with rows: what its partitions must reach. None of any other.
    """

    columns: tuple[str, ...]
    rows: int
    sha256: str
    oldest_at: str | None = None
    newest_at: str | None = None


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What a dump holds.

    Parameters
    ----------
    revision
        Revision of the schema that the columns are of.
    engine, server
        Where it was made, for people; it restores on either engine.
    sequences
        Last value of each sequence that was used.
    """

    made_at: str
    revision: str
    engine: str
    server: str
    tables: Mapping[str, TableFile]
    sequences: Mapping[str, int] = field(default_factory=dict)

    @property
    def rows(self) -> dict[str, int]:
        """Return the rows of each table."""
        return {name: table.rows for name, table in self.tables.items()}


def dump(dsn: str, folder: Path, at: datetime) -> Manifest:
    """Write a dump and its manifest into a new or empty folder, all of one snapshot; return the manifest.

    Raises
    ------
    StoreError
        When the folder is in use, or the disk or the database fails: no manifest is left, so the rest is never taken
        for a dump.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise StoreError(f"{folder} is not empty: give a new folder for the dump.")
    try:
        with psycopg.connect(dsn, options="-c timezone=UTC") as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            manifest = _write(connection, folder, migrate.current_revision(dsn) or "", at)
    except OSError as exc:
        raise StoreError(f"The dump cannot be written to {folder} ({exc}): free the disk and dump again.") from exc
    scratch = folder / f"{MANIFEST}.new"
    scratch.write_text(json.dumps(asdict(manifest), indent=2), encoding="utf-8")
    scratch.rename(folder / MANIFEST)
    return manifest


def _write(connection: psycopg.Connection[Any], folder: Path, revision: str, at: datetime) -> Manifest:
    names = [*table_names(connection), *([ROLLUPS] if engine.licensed(connection) else [])]
    tables = {name: _write_table(connection, name, file_of(folder, name)) for name in names}
    used = connection.execute(query("engine/sequences")).fetchall()
    server = connection.execute("show server_version").fetchone()
    return Manifest(
        made_at=at.isoformat(), revision=revision, engine=engine.name(connection), server=str(server and server[0]),
        tables=tables, sequences={name: last for name, last in used if last is not None},
    )  # fmt: skip


def _write_table(connection: psycopg.Connection[Any], name: str, path: Path) -> TableFile:
    found = connection.execute(query("engine/stored_columns"), {"relation": f'"{name}"'})
    columns = tuple(column for (column,) in found)
    order = sql.SQL(" order by series_id, bucket_at" if name == ROLLUPS else "")  # an aggregate has no order of its own
    statement = sql.SQL("copy (select {} from {}{}) to stdout").format(
        sql.SQL(", ").join(map(sql.Identifier, columns)), sql.Identifier(name), order
    )
    digest = hashlib.sha256()
    with gzip.open(path, "wb", compresslevel=_LEVEL) as file, connection.cursor() as cursor:
        with cursor.copy(statement) as copy:
            for data in copy:
                digest.update(data)
                file.write(data)
        rows = cursor.rowcount
    oldest_at, newest_at = _span(connection, name)
    return TableFile(
        columns=columns, rows=rows, sha256=digest.hexdigest(), oldest_at=oldest_at, newest_at=newest_at
    )  # fmt: skip


def _span(connection: psycopg.Connection[Any], name: str) -> tuple[str | None, str | None]:
    """Return the times of the oldest and newest row of a long table."""
    if name not in engine.LONG_TABLES:
        return None, None
    row = connection.execute(
        sql.SQL("select min(observed_at), max(observed_at) from {}").format(sql.Identifier(name))
    ).fetchone()
    if row is None or row[0] is None:
        return None, None
    return row[0].isoformat(), row[1].isoformat()


def table_names(connection: psycopg.Connection[Any]) -> list[str]:
    """Return the tables that hold data of ours, long ones once."""
    return [name for (name,) in connection.execute(query("engine/counts")) if name not in NOT_DATA]


def file_of(folder: Path, table: str) -> Path:
    """Return where a dump keeps a table."""
    return folder / f"{table}.copy.gz"


def read_manifest(folder: Path) -> Manifest:
    """Return a dump's manifest; StoreError when the folder holds no whole dump."""
    try:
        told = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        tables = {
            name: TableFile(**t | {"columns": tuple(t["columns"]), "rows": int(t["rows"]), "sha256": str(t["sha256"])})
            for name, t in told["tables"].items()
        }
        sequences = {str(name): int(last) for name, last in told["sequences"].items()}
        return Manifest(**told | {"tables": tables, "sequences": sequences})
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as exc:
        raise StoreError(
            f"{folder} holds no whole dump ({exc}): give the folder that  huangyu db dump  wrote."
        ) from exc
