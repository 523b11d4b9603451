"""Dump and restore, verified: PostgreSQL's own tools, one snapshot, row counts and a checksum beside the file."""

import hashlib
import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from core.errors import StoreError
from services.postgres_home import find_binaries
from services.postgres_roles import LOGINS
from store import engine, migrate
from store.sql import query

DUMP, MANIFEST = "huangyu.dump", "manifest.json"


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What a dump holds: schema revision, engine, rows of each table at its snapshot, SHA-256 of the file."""

    made_at: str
    revision: str
    engine: str
    server: str
    sha256: str
    rows: Mapping[str, int]


def dump(dsn: str, folder: Path, at: datetime) -> Manifest:
    """Write a dump and its manifest into a new or empty folder, all of one snapshot; return the manifest.

    Raises
    ------
    StoreError
        When the folder is in use or the tool fails: no manifest is left, so the rest is never taken for a dump.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise StoreError(f"{folder} is not empty: give a new folder for the dump.")
    with psycopg.connect(dsn, options="-c timezone=UTC") as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        snapshot = _value(connection, "select pg_export_snapshot()")
        _tool(
            "pg_dump", dsn, "--format=custom", "--compress=6", f"--snapshot={snapshot}", "--enable-row-security",
            "--no-owner", f"--file={folder / DUMP}",
        )  # fmt: skip
        manifest = Manifest(
            made_at=at.isoformat(), revision=migrate.current_revision(dsn) or "", engine=engine.name(connection),
            server=_value(connection, "show server_version"), sha256=_sha256(folder / DUMP), rows=counts(connection),
        )  # fmt: skip
    scratch = folder / f"{MANIFEST}.new"
    scratch.write_text(json.dumps(asdict(manifest), indent=2), encoding="utf-8")
    scratch.rename(folder / MANIFEST)
    return manifest


def restore(dsn: str, folder: Path) -> Manifest:
    """Fill an empty database from a dump and compare every table's rows with the manifest; return it.

    Raises
    ------
    StoreError
        When the dump is damaged or of a newer version, the database is not empty, or a count differs.
    """
    manifest = read_manifest(folder)
    if _sha256(folder / DUMP) != manifest.sha256:
        raise StoreError(f"{folder / DUMP} is damaged (its SHA-256 differs from the manifest): use another dump.")
    if manifest.revision > migrate.newest_revision():
        raise StoreError(f"The dump has schema {manifest.revision}, newer than this version knows: update huangyu.")
    with psycopg.connect(dsn, autocommit=True) as connection:
        if connection.execute(query("engine/counts")).fetchone() is not None:
            raise StoreError("The database to restore into is not empty: create a new one and name it with --dsn.")
        _prepare(connection, manifest)
        _tool("pg_restore", dsn, "--exit-on-error", "--no-owner", "--single-transaction", str(folder / DUMP))
        if manifest.engine == "timescaledb":
            connection.execute("select timescaledb_post_restore()")
        found = counts(connection)
    wrong = [f"{t}: {found.get(t, 0)} of {n}" for t, n in sorted(manifest.rows.items()) if found.get(t, 0) != n]
    if wrong:
        raise StoreError(f"The restored rows differ from the dump's manifest ({'; '.join(wrong)}): do not use it.")
    return manifest


def read_manifest(folder: Path) -> Manifest:
    """Return a dump's manifest; StoreError when the folder holds no whole dump."""
    try:
        return Manifest(**json.loads((folder / MANIFEST).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as exc:
        raise StoreError(
            f"{folder} holds no whole dump ({exc}): give the folder that  huangyu db dump  wrote."
        ) from exc


def counts(connection: psycopg.Connection[Any]) -> dict[str, int]:
    """Return the rows of every table, long ones included."""
    names = [name for (name,) in connection.execute(query("engine/counts")).fetchall()]
    return {
        name: int(_value(connection, sql.SQL("select count(*) from {}").format(sql.Identifier(name)))) for name in names
    }


def _prepare(connection: psycopg.Connection[Any], manifest: Manifest) -> None:
    for role in LOGINS:
        if connection.execute("select 1 from pg_roles where rolname = %s", (role,)).fetchone() is None:
            connection.execute(sql.SQL("create role {} nologin").format(sql.Identifier(role)))
    if manifest.engine == "timescaledb":
        engine.choose(connection, "timescaledb")
        try:
            connection.execute("select timescaledb_pre_restore()")
        except psycopg.errors.InsufficientPrivilege as exc:
            raise StoreError(
                "TimescaleDB lets only a superuser restore (timescaledb_pre_restore): give a superuser's --dsn."
            ) from exc


def _value(connection: psycopg.Connection[Any], statement: Any) -> Any:
    row = connection.execute(statement).fetchone()
    assert row is not None
    return row[0]


def _tool(name: str, dsn: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs on a database; the password travels in the environment."""
    parts = {key: str(value) for key, value in conninfo_to_dict(dsn).items() if value is not None}
    password = parts.pop("password", "")
    environment = {**os.environ, "PGPASSWORD": password} if password else dict(os.environ)
    command = [str(find_binaries() / name), f"--dbname={make_conninfo(**parts)}", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise StoreError(f"{name} failed: {(done.stderr.strip().splitlines() or ['no reason given'])[0]}")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
