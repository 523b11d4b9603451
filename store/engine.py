"""The one place where plain PostgreSQL and TimescaleDB differ: how long history is cut into pieces.

Table names and queries are the same on both. On plain PostgreSQL the long tables are partitioned by week and
partitions are attached ahead of time; on TimescaleDB they are hypertables.
"""

import logging
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import psycopg

from core.errors import StoreError

_log = logging.getLogger(__name__)
Wanted = Literal["auto", "plain", "timescaledb"]
ORIGIN = datetime(2000, 1, 3, tzinfo=UTC)
"""A Monday: the origin of ``time_bucket`` and of our ``date_bin`` calls, and of weekly partitions."""
PIECE = timedelta(days=7)
"""Length of a partition or chunk: 365 one-day chunks cost 30 ms of planning, 53 of a week cost 3."""
AHEAD = timedelta(days=28)
"""How far ahead of now partitions are kept ready."""
LONG_TABLES = ("reading", "position", "nmea_raw")


def choose(connection: "psycopg.Connection[Any]", want: Wanted) -> None:
    """Create the extension where it is wanted and possible; before the first revision of an empty database."""
    if want == "plain":
        return
    try:
        connection.execute("create extension if not exists timescaledb")
    except (
        psycopg.errors.UndefinedFile,
        psycopg.errors.FeatureNotSupported,
        psycopg.errors.InsufficientPrivilege,
    ) as exc:
        if want == "timescaledb":
            raise StoreError(f"TimescaleDB is wanted but not to be had: {str(exc).splitlines()[0]}") from exc
        _log.info("no TimescaleDB here, plain PostgreSQL is used")
    except psycopg.Error as exc:
        # Not preloaded: the extension's own FATAL text; a packaged server without it must still work.
        if want == "timescaledb" or connection.closed:
            raise StoreError(f"TimescaleDB could not be created: {str(exc).splitlines()[0]}") from exc
        _log.warning("TimescaleDB is installed but cannot be used", extra={"reason": str(exc).splitlines()[0]})


def chosen(connection: "psycopg.Connection[Any]") -> str:
    """Return ``timescaledb`` where its extension is in the database, else ``plain``."""
    row = connection.execute("select 1 from pg_extension where extname = 'timescaledb'").fetchone()
    return "timescaledb" if row else "plain"


def prepare(connection: "psycopg.Connection[Any]", at: datetime) -> str:
    """Have partitions ready around `at`; return the engine's name."""
    name = chosen(connection)
    if name == "plain":
        for table in LONG_TABLES:
            connection.execute("select ensure_partitions(%s, %s, %s)", (table, at - PIECE, at + AHEAD))
    return name
