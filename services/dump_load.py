"""Restore of a dump into an empty database of either engine: the schema of its revision, then all rows or none."""

import gzip
import hashlib
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from core.errors import StoreError
from services.dumps import ROLLUPS, Manifest, TableFile, file_of, read_manifest, table_names
from store import engine, migrate
from store.sql import query

_CHUNK = 1 << 20
_MARKS = frozenset({"rollup_dirty"})
"""What only the roll-up table needs; a continuous aggregate keeps its own marks."""
_ALL_TIME = (datetime(1990, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
Connection = psycopg.Connection[Any]


def restore(dsn: str, folder: Path, at: datetime, *, want: engine.Wanted = "auto") -> Manifest:
    """Fill an empty database from a dump, compare every table with the manifest, and bring it to this version's schema.

    The rows come in one transaction: a restore that fails leaves no row, and says what to do.

    Parameters
    ----------
    dsn
        The owner of the new database; not a superuser.
    at
        Now: partitions are made ahead of it.

    Raises
    ------
    StoreError
        When the dump is damaged or of a newer version, the database is not empty, or a count differs.
    """
    manifest = read_manifest(folder)
    if manifest.revision > migrate.newest_revision():
        raise StoreError(f"The dump has schema {manifest.revision}, newer than this version knows: update huangyu.")
    for name, table in manifest.tables.items():
        _prove(folder, name, table)
    with psycopg.connect(dsn, autocommit=True) as connection:
        if connection.execute(query("engine/counts")).fetchone() is not None:
            raise StoreError("The database to restore into is not empty: create a new one and name it with --dsn.")
    migrate.upgrade(dsn, at, want=want, revision=manifest.revision)
    try:
        _fill(dsn, folder, manifest)
    except psycopg.Error as exc:
        raise StoreError(
            f"The dump could not be restored ({str(exc).strip().splitlines()[0]}): no row was kept. "
            "Create another empty database and try again."
        ) from exc
    migrate.upgrade(dsn, at, want=want)
    return manifest


def _fill(dsn: str, folder: Path, manifest: Manifest) -> None:
    with psycopg.connect(dsn, autocommit=True, options="-c timezone=UTC") as connection:
        aggregate = engine.licensed(connection)
        with connection.transaction():
            _load_all(connection, folder, manifest, aggregate=aggregate)
        if aggregate:
            engine.refresh(connection, *_ALL_TIME)
            _add_old_rollups(connection, folder, manifest)


def _prove(folder: Path, name: str, table: TableFile) -> None:
    digest = hashlib.sha256()
    try:
        for data in _unpacked(file_of(folder, name)):
            digest.update(data)
    except (OSError, EOFError, zlib.error) as exc:
        raise StoreError(f"{file_of(folder, name)} is damaged ({exc}): use another dump.") from exc
    if digest.hexdigest() != table.sha256:
        raise StoreError(f"{file_of(folder, name)} is damaged (its SHA-256 differs from the manifest): use another.")


def _unpacked(path: Path) -> Iterator[bytes]:
    with gzip.open(path, "rb") as file:
        while data := file.read(_CHUNK):
            yield data


def _load_all(connection: Connection, folder: Path, manifest: Manifest, *, aggregate: bool) -> None:
    names = parents_first(table_names(connection), connection.execute(query("engine/foreign_keys")).fetchall())
    needless = _MARKS if aggregate else frozenset[str]()
    wanted = [name for name in names if name in manifest.tables and name not in needless]
    with _unguarded(connection, names):
        for name in reversed(names):  # what the migrations themselves put in stands in the dump as well
            connection.execute(sql.SQL("delete from {}").format(sql.Identifier(name)))
        for name in wanted:
            table = manifest.tables[name]
            if table.oldest_at is not None:
                span = {"parent": name, "from_at": table.oldest_at, "until_at": table.newest_at}
                connection.execute(query("engine/ensure_partitions"), span)
            found = _load(connection, sql.Identifier(name), folder, name, table)
            if found != table.rows:
                raise StoreError(f"{name}: {found} rows restored, {table.rows} in the manifest: use another dump.")
    for name, last in manifest.sequences.items():
        connection.execute("select setval(%s::text::regclass, %s)", (f'"{name}"', last))


def parents_first(tables: Iterable[str], keys: Iterable[tuple[str, str, str]]) -> list[str]:
    """Return the tables so that each comes after those its foreign keys name; a key to itself does not count."""
    waiting = {table: {parent for child, parent, _ in keys if child == table != parent} for table in tables}
    ordered: list[str] = []
    while waiting:
        free = sorted(table for table, parents in waiting.items() if not parents & waiting.keys())
        if not free:
            raise StoreError(f"Foreign keys run in a circle: {', '.join(sorted(waiting))}.")
        ordered += free
        for table in free:
            del waiting[table]
    return ordered


@contextmanager
def _unguarded(connection: Connection, names: Iterable[str]) -> Iterator[None]:
    """Let the owner write rows as they were: no policy, no audit of it, no chain made anew; all of it set back."""
    guarded = [name for (name,) in connection.execute(query("engine/guarded"))]
    ours = [name for name in names if name not in engine.LONG_TABLES]  # a hypertable's triggers are TimescaleDB's
    for name in ours:
        connection.execute(sql.SQL("alter table {} disable trigger user").format(sql.Identifier(name)))
    for name in guarded:
        connection.execute(sql.SQL("alter table {} no force row level security").format(sql.Identifier(name)))
    yield
    for name in ours:
        connection.execute(sql.SQL("alter table {} enable trigger user").format(sql.Identifier(name)))
    for name in guarded:
        connection.execute(sql.SQL("alter table {} force row level security").format(sql.Identifier(name)))


def _load(connection: Connection, into: sql.Identifier, folder: Path, name: str, table: TableFile) -> int:
    columns = sql.SQL(", ").join(map(sql.Identifier, table.columns))
    with connection.cursor() as cursor:
        with cursor.copy(sql.SQL("copy {} ({}) from stdin").format(into, columns)) as copy:
            for data in _unpacked(file_of(folder, name)):
                copy.write(data)
        return cursor.rowcount


def _add_old_rollups(connection: Connection, folder: Path, manifest: Manifest) -> None:
    """Put hours back whose readings were dropped long ago: the aggregate cannot make them anew."""
    table = manifest.tables.get(ROLLUPS)
    store = connection.execute(query("engine/rollup_store")).fetchone()
    if table is None or not table.rows or store is None:
        return
    with connection.transaction():
        connection.execute(
            sql.SQL("create temp table old_hours on commit drop as select * from {} limit 0").format(
                sql.Identifier(ROLLUPS)
            )
        )
        _load(connection, sql.Identifier("old_hours"), folder, ROLLUPS, table)
        columns = sql.SQL(", ").join(map(sql.Identifier, table.columns))
        connection.execute(
            sql.SQL(
                "insert into {} ({}) select {} from old_hours o where not exists (select from {} h"
                " where h.series_id = o.series_id and h.bucket_at = o.bucket_at)"
            ).format(sql.Identifier(*store), columns, columns, sql.Identifier(ROLLUPS))
        )
