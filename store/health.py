"""Whether the database is as it should be: its schema against a fresh one, and facts about its maintenance."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo
from psycopg.rows import dict_row

from store import engine, migrate
from store.sql import query

MARK_LIMIT = timedelta(hours=3)
"""Readings older than this that no roll-up holds mean that nobody rolls up."""
LEAST_AHEAD = timedelta(days=7)
PACK_GRACE = timedelta(days=21)
"""Maintenance runs daily; this long without packing is a fault."""


@dataclass(frozen=True, kw_only=True)
class Fact:
    """One thing looked at: `ok` says whether it is as it should be, `text` what was found and what to do."""

    name: str
    ok: bool
    text: str


def catalogue(connection: psycopg.Connection[Any]) -> set[str]:
    """Return one line for each table, column, constraint, index, view, function, policy and grant."""
    return {row[0] for row in connection.execute(query("engine/catalogue").replace("%%", "%").encode())}


def compare(connection: psycopg.Connection[Any], dsn: str, at: datetime) -> list[Fact]:
    """Return how the schema differs from one freshly made beside it in a scratch database of the same server.

    One fact a difference; one that says so when there is none, or when the role may not create databases.
    """
    try:
        with _scratch(connection, dsn, at) as fresh:
            want = catalogue(fresh)
    except psycopg.errors.InsufficientPrivilege:
        return [Fact(name="schema", ok=True, text="not compared: this role may not create a scratch database")]
    have = catalogue(connection)
    differences = [Fact(name="missing", ok=False, text=line) for line in sorted(want - have)]
    differences += [Fact(name="unexpected", ok=False, text=line) for line in sorted(have - want)]
    return differences or [Fact(name="schema", ok=True, text=f"{len(have)} objects as expected")]


@contextmanager
def _scratch(connection: psycopg.Connection[Any], dsn: str, at: datetime) -> Iterator[psycopg.Connection[Any]]:
    name = f"huangyu_check_{secrets.token_hex(4)}"
    scratch = make_conninfo(dsn, dbname=name)
    connection.execute(sql.SQL("create database {} template template0").format(sql.Identifier(name)))
    try:
        migrate.upgrade(scratch, at, want="timescaledb" if engine.name(connection) == "timescaledb" else "plain")
        with psycopg.connect(scratch, autocommit=True, options="-c timezone=UTC") as fresh:
            yield fresh
    finally:
        connection.execute(sql.SQL("drop database if exists {}").format(sql.Identifier(name)))


def facts(connection: psycopg.Connection[Any], dsn: str, at: datetime) -> list[Fact]:
    """Return what is found about revision, partitions, roll-ups, packing and indexes."""
    found = [_revision(dsn)]
    if not found[0].ok:
        return found
    with connection.cursor(row_factory=dict_row) as cursor:
        figures = cursor.execute(query("engine/facts")).fetchone() or {}
    found += [_indexes(figures), _packed(connection, at)]
    if engine.name(connection) == "plain":
        found.append(_ahead(connection, at))
    found.append(_rolled_up(connection, at) if engine.licensed(connection) else _marks(figures, at))
    return found


def _revision(dsn: str) -> Fact:
    have, want = migrate.current_revision(dsn), migrate.newest_revision()
    text = f"revision {have or 'none'}, newest {want}"
    return Fact(name="schema", ok=have == want, text=text if have == want else f"{text}: run  huangyu db upgrade")


def _indexes(figures: dict[str, Any]) -> Fact:
    count = figures["invalid_indexes"]
    return Fact(name="indexes", ok=count == 0, text=f"{count} invalid" + (": reindex them" if count else ""))


def _ahead(connection: psycopg.Connection[Any], at: datetime) -> Fact:
    last = {table: max(p.until_at for p in engine.pieces(connection, table)) for table in engine.LONG_TABLES}
    ahead = min(last.values()) - at
    return Fact(
        name="partitions", ok=ahead >= LEAST_AHEAD,
        text=f"ready for {ahead.days} days ahead" + ("" if ahead >= LEAST_AHEAD else ": run  huangyu db maintain"),
    )  # fmt: skip


def _packed(connection: psycopg.Connection[Any], at: datetime) -> Fact:
    if not engine.packs(connection):
        return Fact(name="packing", ok=True, text="old pieces stay unpacked: the Apache edition has no columnstore")
    oldest_loose = at - engine.HOT - PACK_GRACE
    loose = [p for p in engine.pieces(connection) if not p.packed and p.until_at < oldest_loose]
    text = f"{len(loose)} old pieces unpacked" + (": run  huangyu db maintain" if loose else "")
    return Fact(name="packing", ok=not loose, text=text)


def _marks(figures: dict[str, Any], at: datetime) -> Fact:
    oldest, marks = figures["oldest_mark_at"], figures["marks"]
    ok = marks < 1_000_000
    text = f"{marks} hours wait to be rolled up" + (f", the oldest of {oldest:%Y-%m-%d %H:%M}" if oldest else "")
    return Fact(name="roll-ups", ok=ok, text=text if ok else f"{text}: is ingest running?")


def _rolled_up(connection: psycopg.Connection[Any], at: datetime) -> Fact:
    before = {"before": at - MARK_LIMIT}
    until, behind, failed = connection.execute(query("engine/facts_timescaledb"), before).fetchone() or (None, False, 0)
    text = f"continuous aggregate until {until}, {failed} jobs recorded as failed (facts count, not the record)"
    return Fact(name="roll-ups", ok=not behind, text=f"{text}: run  huangyu db maintain" if behind else text)
