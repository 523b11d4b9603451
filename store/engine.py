"""The one place where plain PostgreSQL and TimescaleDB differ: how long history is cut, rolled up, packed and dropped.

Table names and queries are the same on both. On plain PostgreSQL the long tables are partitioned by week, partitions
are attached ahead of time, and roll-ups come from an append-only log of touched hours. On TimescaleDB they are
hypertables, with columnstore and a continuous aggregate where the licence allows (edition "timescale"; the Apache
edition of managed services rolls up as plain does). Functions here take the owner's connection, in autocommit.
"""

import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import psycopg
from psycopg import sql
from psycopg.rows import class_row

from core.errors import StoreError
from store.sql import query

_log = logging.getLogger(__name__)
Wanted = Literal["auto", "plain", "timescaledb"]
Connection = psycopg.Connection[Any]
ORIGIN = datetime(2000, 1, 3, tzinfo=UTC)
"""A Monday: the origin of ``time_bucket`` and of our ``date_bin`` calls, and of weekly partitions."""
PIECE = timedelta(days=7)
"""Length of a partition or chunk: 365 one-day chunks cost 30 ms of planning, 53 of a week cost 3."""
AHEAD = timedelta(days=28)
"""How far ahead of now partitions are kept ready."""
HOT = timedelta(days=35)
"""Partitions of plain PostgreSQL older than this are packed."""
LONG_TABLES = ("reading", "position", "nmea_raw")
COLUMNSTORE_AFTER = timedelta(days=7)
"""Chunks older than this are packed; late rows still go in, only slower."""
ROLLUP_WINDOW = timedelta(days=410)
"""How far back the continuous aggregate's policy looks for changes: beyond the oldest record that ingest accepts."""


@dataclass(frozen=True, kw_only=True)
class Piece:
    """One partition or chunk of a long table.

    Parameters
    ----------
    parent
        Long table.
    name
        Schema-qualified name.
    size_bytes
        Rows, indexes and TOAST.
    packed
        Whether it is in the columnstore, or on plain PostgreSQL has its indexes packed.
    """

    parent: str
    name: str
    from_at: datetime
    until_at: datetime
    size_bytes: int
    packed: bool


def choose(connection: Connection, want: Wanted) -> None:
    """Create the extension where it is wanted and possible; before the first revision of an empty database."""
    if want == "plain" or (want == "auto" and not _usable(connection)):
        return
    try:
        connection.execute("create extension if not exists timescaledb")
    except psycopg.Error as exc:
        if want == "timescaledb":
            raise StoreError(f"TimescaleDB is wanted but cannot be had: {str(exc).splitlines()[0]}") from exc
        _log.warning("TimescaleDB cannot be used", extra={"reason": str(exc).splitlines()[0]})


def _usable(connection: Connection) -> bool:
    """Return whether CREATE EXTENSION can work: installed, and preloaded (else it ends the session)."""
    installed = connection.execute("select 1 from pg_available_extensions where name = 'timescaledb'").fetchone()
    preloaded = connection.execute("select current_setting('timescaledb.license', true)").fetchone()
    return installed is not None and preloaded is not None and bool(preloaded[0])


def name(connection: Connection) -> str:
    """Return ``timescaledb`` where its extension is in the database, else ``plain``."""
    row = connection.execute(query("engine/name")).fetchone()
    assert row is not None
    return str(row[0])


def licensed(connection: Connection) -> bool:
    """Return whether columnstore, continuous aggregates and policies may be used (Timescale licence, not Apache)."""
    row = connection.execute("select current_setting('timescaledb.license', true)").fetchone()
    return name(connection) == "timescaledb" and row is not None and row[0] == "timescale"


def packs(connection: Connection) -> bool:
    """Return whether `pack` can do anything here: not on the Apache edition, which has no columnstore."""
    return name(connection) == "plain" or licensed(connection)


def marks(connection: Connection) -> tuple[str, ...]:
    """Return which marked comments of the migrations are live in this database."""
    if name(connection) == "plain":
        return ("plain", "rollup_table")
    return ("timescale", "columnstore") if licensed(connection) else ("timescale", "rollup_table")


def prepare(connection: Connection, at: datetime) -> str:
    """Have partitions or policies ready; safe to repeat; return the engine's name."""
    engine = name(connection)
    if engine == "plain":
        for table in LONG_TABLES:
            connection.execute("select ensure_partitions(%s::text::regclass, %s, %s)", (table, at - PIECE, at + AHEAD))
    elif licensed(connection):
        for table in LONG_TABLES:
            connection.execute(
                "call add_columnstore_policy(%s::regclass, after => %s, if_not_exists => true)",
                (table, COLUMNSTORE_AFTER),
            )
        if _rollup_policy(connection) is None:
            connection.execute(
                "select add_continuous_aggregate_policy('reading_hourly', start_offset => %s, end_offset => %s,"
                " schedule_interval => %s)",
                (ROLLUP_WINDOW, timedelta(hours=1), timedelta(minutes=10)),
            )
    return engine


def pieces(connection: Connection, table: str | None = None) -> list[Piece]:
    """Return the partitions or chunks of a long table (of all where None), oldest first."""
    with connection.cursor(row_factory=class_row(Piece)) as cursor:
        return cursor.execute(query(f"engine/pieces_{name(connection)}"), {"parent": table}).fetchall()


def drop(connection: Connection, piece: Piece, rows: int) -> bool:
    """Drop one piece if it still holds exactly `rows` rows; return whether it did.

    Writers are kept out of the piece while it is counted, so a late row is never dropped unseen. Readers of the
    table wait only for the drop itself; when they cannot be had out of the way within 5 s it is left for next time.
    """
    schema, _, bare = piece.name.partition(".")
    child, parent = sql.Identifier(schema, bare), sql.Identifier(piece.parent)
    try:
        with connection.transaction():
            connection.execute("set local lock_timeout = '5s'")
            connection.execute(sql.SQL("lock table {} in share row exclusive mode").format(child))
            found = connection.execute(
                sql.SQL("select count(*) from {} where observed_at >= %s and observed_at < %s").format(parent),
                (piece.from_at, piece.until_at),
            ).fetchone()
            if found is None or found[0] != rows:
                return False
            _drop(connection, piece, parent, child)
    except psycopg.errors.LockNotAvailable:
        return False
    return True


def _drop(connection: Connection, piece: Piece, parent: sql.Identifier, child: sql.Identifier) -> None:
    if name(connection) == "plain":
        connection.execute(sql.SQL("alter table {} detach partition {}").format(parent, child))
        connection.execute(sql.SQL("drop table {}").format(child))
        return
    connection.execute(
        "select drop_chunks(%s::text::regclass, older_than => %s::timestamptz, newer_than => %s::timestamptz)",
        (piece.parent, piece.until_at, piece.from_at),
    )


def pack(connection: Connection, piece: Piece) -> bool:
    """Make a piece that is no longer written to small; return whether there was anything to do.

    TimescaleDB: into the columnstore. Plain: the primary key made anew without the spare room that late rows left.
    """
    if piece.packed:
        return False
    if name(connection) == "plain":
        _pack_partition(connection, piece)
        return True
    if not licensed(connection):
        return False
    try:
        connection.execute("call convert_to_columnstore(%s::regclass, if_not_columnstore => true)", (piece.name,))
    except (psycopg.errors.DuplicateObject, psycopg.errors.LockNotAvailable):
        return False  # its own policy was quicker
    return True


def _pack_partition(connection: Connection, piece: Piece) -> None:
    schema, _, bare = piece.name.partition(".")
    key = sql.Identifier(schema, f"{bare}_pkey")
    connection.execute(sql.SQL("alter index {} set (fillfactor = 100)").format(key))
    connection.execute(sql.SQL("reindex index concurrently {}").format(key))


def _rollup_policy(connection: Connection) -> tuple[int, timedelta] | None:
    """Return the continuous aggregate's policy: job number and how far back it looks."""
    row = connection.execute(
        "select job_id, extract(epoch from (config ->> 'start_offset')::interval)::float8"
        " from timescaledb_information.jobs"
        " where proc_name = 'policy_refresh_continuous_aggregate' and hypertable_name in ('reading_hourly', ("
        " select materialization_hypertable_name from timescaledb_information.continuous_aggregates"
        " where view_name = 'reading_hourly'))"
    ).fetchone()
    return None if row is None else (row[0], timedelta(seconds=row[1]))


def limit_rollups(connection: Connection, window: timedelta) -> timedelta:
    """Let the continuous aggregate's policy look back no further than `window`; return how far it now looks.

    Raw history beyond the window may be dropped: a refresh over dropped chunks would empty their hours. So the window
    only ever shrinks. Where roll-ups are a table nothing needs limiting.
    """
    if not licensed(connection):
        return window
    policy = _rollup_policy(connection)
    assert policy is not None, "prepare() makes the policy"
    job, current = policy
    if current <= window:
        return current
    connection.execute(
        "select alter_job(%s, config => jsonb_set(config, '{start_offset}', to_jsonb(%s::interval::text)))"
        " from timescaledb_information.jobs where job_id = %s",
        (job, window, job),
    )
    return window


def refresh(connection: Connection, since: datetime, until: datetime) -> bool:
    """Bring the continuous aggregate up to date between two times; False where roll-ups are a table.

    Also False when the aggregate's own policy is at the same hours: then that one does it.
    """
    if not licensed(connection):
        return False
    try:
        connection.execute("call refresh_continuous_aggregate('reading_hourly', %s, %s)", (since, until))
    except psycopg.errors.LockNotAvailable:
        return False
    return True
