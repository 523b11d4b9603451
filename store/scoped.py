"""Connections that see only what one signed-in person may see.

Every connection becomes ``huangyu_reader`` at once; every transaction carries the session's token, and the database's
policies and views turn it into a scope (sql/0005_access.sql). Without a token nothing is visible.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

import psycopg
from psycopg import Connection
from psycopg.rows import dict_row, tuple_row
from psycopg_pool import ConnectionPool, PoolTimeout

from core.errors import StoreError
from store.rows import record_row
from store.sql import query

Row = TypeVar("Row")
STATEMENT_TIMEOUT = "15s"
"""A screen that waits longer is broken; the export routes stream in pieces."""
WAIT_S = 10.0


class DatabaseAwayError(StoreError):
    """The database does not answer: check that PostgreSQL runs and that the DSN is right; screens come back alone."""


class ForbiddenError(StoreError):
    """The database refused: this person may not read or write that."""


class Scope:
    """One transaction in the name of one session."""

    def __init__(self, connection: Connection[Any]) -> None:
        self.connection = connection

    def rows(self, kind: type[Row], name: str, /, **parameters: object) -> list[Row]:
        """Return the rows of ``store/queries/<name>.sql`` as frozen dataclasses."""
        with self.connection.cursor(row_factory=record_row(kind)) as cursor:
            return cursor.execute(query(name), parameters).fetchall()

    def one(self, kind: type[Row], name: str, /, **parameters: object) -> Row | None:
        """Return the first row, or None."""
        with self.connection.cursor(row_factory=record_row(kind)) as cursor:
            return cursor.execute(query(name), parameters).fetchone()

    def dicts(self, name: str, /, **parameters: object) -> list[dict[str, Any]]:
        """Return the rows as dictionaries, for exports whose columns are the query's own."""
        with self.connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(query(name), parameters).fetchall()

    def value(self, name: str, /, **parameters: object) -> Any:
        """Return the first column of the first row, or None."""
        with self.connection.cursor(row_factory=tuple_row) as cursor:
            row = cursor.execute(query(name), parameters).fetchone()
        return None if row is None else row[0]

    def execute(self, name: str, /, **parameters: object) -> int:
        """Run a writing query; return the number of rows it touched."""
        return self.connection.execute(query(name), parameters).rowcount

    def audit(self, action: str, about: str = "", detail: Mapping[str, object] | None = None) -> None:
        """Add a link to the audit trail in this person's name."""
        from psycopg.types.json import Jsonb  # noqa: PLC0415 - only writers need it

        self.execute("access/audit", action=action, object=about, detail=Jsonb(dict(detail or {})))


class ScopedPool:
    """A pool of reader connections, shared by all threads of the dashboard."""

    def __init__(self, dsn: str, *, max_size: int = 12) -> None:
        self._pool = ConnectionPool(
            dsn,
            min_size=1,
            max_size=max_size,
            open=False,
            timeout=WAIT_S,
            max_idle=300.0,
            kwargs={"autocommit": True, "application_name": "huangyu dashboard"},
            configure=_become_reader,
            check=ConnectionPool.check_connection,
        )

    def open(self) -> None:
        """Start the pool without waiting for the database: a screen says when it is away."""
        self._pool.open(wait=False)

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()

    @contextmanager
    def scope(self, token: str) -> Iterator[Scope]:
        """Yield one transaction in the name of the session's token ('' before sign-in).

        Raises
        ------
        DatabaseAwayError, ForbiddenError
            In place of the driver's own errors of these kinds.
        """
        try:
            with self._pool.connection() as connection, connection.transaction():
                connection.execute(query("access/enter"), {"token": token})
                yield Scope(connection)
        except (PoolTimeout, psycopg.OperationalError) as exc:
            raise DatabaseAwayError(f"The database does not answer ({exc}); check that PostgreSQL runs.") from exc
        except psycopg.errors.InsufficientPrivilege as exc:
            raise ForbiddenError("The database refused: this account may not do that.") from exc


def _become_reader(connection: Connection[Any]) -> None:
    for statement in (
        "SET ROLE huangyu_reader",
        "SET TIME ZONE 'UTC'",
        "SET jit = off",
        f"SET statement_timeout = '{STATEMENT_TIMEOUT}'",
    ):
        connection.execute(statement)
