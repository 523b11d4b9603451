"""The connection pool and the four ways to run a query file; errors are sorted at this border.

`Executor` is what a family class is given: `Database` runs each query on its own, `Transaction` runs all of them
in one. So the same family works alone and as part of a larger transaction.
"""

import asyncio
import contextlib
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Self, TypeVar
from weakref import WeakKeyDictionary

import psycopg
from psycopg import AsyncConnection, errors
from psycopg.conninfo import make_conninfo
from psycopg.types.json import Jsonb
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from core.errors import StoreError
from store.errors import StoreConflictError, StoreUnavailableError, Trouble
from store.rows import record_row
from store.sql import query as query_text
from store.troubles import trouble_of

Row = TypeVar("Row")
_UNAVAILABLE = (
    errors.ConnectionException, errors.OperatorIntervention, errors.InsufficientResources, errors.LockNotAvailable,
    errors.QueryCanceled, errors.DeadlockDetected, errors.ReadOnlySqlTransaction, errors.CannotConnectNow,
    errors.TooManyConnections, errors.InternalError_, errors.DataCorrupted, errors.IndexCorrupted,
)  # fmt: skip
"""Trouble of the server, whatever the rows are: an internal error must not put good batches aside."""
_NO_DISK = (
    "The database has no disk left ({reason}): free space or enlarge the volume; gateways keep their data until then."
)
_IDLE_S = 0.5
_used_at: "WeakKeyDictionary[AsyncConnection[Any], float]" = WeakKeyDictionary()
_CONFLICT = (errors.IntegrityError, errors.SerializationFailure)


async def _check_idle(connection: "AsyncConnection[Any]") -> None:
    """Ask a connection that was idle whether it still lives; one just used costs no extra round trip."""
    if time.monotonic() - _used_at.get(connection, 0.0) > _IDLE_S:
        await AsyncConnectionPool.check_connection(connection)


def jsonb(value: object) -> Jsonb:
    """Return a value as a parameter for a jsonb column."""
    return Jsonb(value)


@contextlib.contextmanager
def sorted_errors() -> Iterator[None]:
    """Turn psycopg's errors into `StoreUnavailableError`, `StoreConflictError` or `StoreError`."""
    try:
        yield
    except PoolTimeout as exc:
        raise StoreUnavailableError(
            "No free database connection in time: every one is at work, or the database is away.", Trouble.POOL
        ) from exc
    except errors.DiskFull as exc:
        raise StoreUnavailableError(_NO_DISK.format(reason=_first_line(exc)), Trouble.DISK) from exc
    except _CONFLICT as exc:
        raise StoreConflictError(f"The database refused a row: {_first_line(exc)}") from exc
    except _UNAVAILABLE as exc:
        raise StoreUnavailableError(f"The database cannot answer now: {_first_line(exc)}", trouble_of(exc)) from exc
    except psycopg.OperationalError as exc:
        raise StoreUnavailableError(f"The database is away: {_reason(exc)}", trouble_of(exc)) from exc
    except psycopg.Error as exc:
        raise StoreError(f"The database refused a statement: {_first_line(exc)}") from exc


def _reason(exc: psycopg.Error) -> str:
    """Return in one line why a connection failed; of several hosts what each said, without libpq's advice."""
    said = [line.removeprefix("- ") for line in str(exc).splitlines() if line.startswith("- host")]
    return "; ".join(said) or _first_line(exc)


def _first_line(exc: BaseException) -> str:
    return (str(exc).strip().splitlines() or [type(exc).__name__])[0]


async def _tell_why(conninfo: str) -> None:
    """Raise what one more connection meets: a pool that could not open knows only that it took too long."""
    with sorted_errors():
        await (await AsyncConnection.connect(conninfo)).close()


class Executor(ABC):
    """Runs query files by name with named parameters.

    `pieces` remembers which (table, week) partitions are known to be there, so that bulk inserts ask once; `facts`
    what never changes in a database.
    """

    def __init__(self) -> None:
        self.pieces: set[tuple[str, int]] = set()
        self.facts: dict[str, Any] = {}

    @abstractmethod
    def _connection(self) -> AbstractAsyncContextManager["AsyncConnection[Any]"]:
        """Return a connection for one query."""

    @abstractmethod
    def transaction(self) -> AbstractAsyncContextManager["Transaction"]:
        """Return a transaction (inside another one: a savepoint): committed at the end, undone on an error."""

    async def rows(self, kind: type[Row], query: str, /, **parameters: Any) -> list[Row]:
        """Return every row as `kind`, a dataclass with the query's column names."""
        with sorted_errors():
            async with (
                self._connection() as connection,
                connection.cursor(row_factory=record_row(kind), binary=True) as cursor,
            ):
                await cursor.execute(query_text(query), parameters or None)
                return await cursor.fetchall()

    async def one(self, kind: type[Row], query: str, /, **parameters: Any) -> Row | None:
        """Return the first row as `kind`, None when there is none."""
        found = await self.rows(kind, query, **parameters)
        return found[0] if found else None

    async def value(self, query: str, /, **parameters: Any) -> Any:
        """Return the first column of the first row, None when there is none."""
        with sorted_errors():
            async with self._connection() as connection:
                cursor = await connection.execute(query_text(query), parameters or None)
                row = await cursor.fetchone()
                return row[0] if row else None

    async def tuples(self, query: str, /, **parameters: Any) -> list[tuple[Any, ...]]:
        """Return every row as a plain tuple, for arrays of numbers; parameters and result travel in binary."""
        with sorted_errors():
            async with self._connection() as connection, connection.cursor(binary=True) as cursor:
                await cursor.execute(query_text(query), parameters or None)
                return await cursor.fetchall()

    async def execute(self, query: str, /, **parameters: Any) -> int:
        """Run a statement; return how many rows it touched."""
        with sorted_errors():
            async with self._connection() as connection:
                return (await connection.execute(query_text(query), parameters or None)).rowcount

    async def execute_many(self, query: str, rows: Iterable[Mapping[str, Any]], /) -> int:
        """Run a statement once per row of parameters in one pipeline; return how many rows were touched."""
        with sorted_errors():
            async with self._connection() as connection, connection.cursor() as cursor:
                await cursor.executemany(query_text(query), rows)
                return cursor.rowcount


class Transaction(Executor):
    """One connection in one transaction."""

    def __init__(self, connection: "AsyncConnection[Any]", parent: Executor) -> None:
        super().__init__()
        self.connection = connection
        self.pieces = set(parent.pieces)
        self.facts = parent.facts

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator["AsyncConnection[Any]"]:
        yield self.connection

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator["Transaction"]:
        """Return a savepoint in this transaction."""
        with sorted_errors():
            async with self.connection.transaction():
                yield self


class Database(Executor):
    """A pool of connections to one database (or to the writable one of several hosts)."""

    def __init__(self, pool: "AsyncConnectionPool[AsyncConnection[Any]]", dsn: str) -> None:
        super().__init__()
        self._pool = pool
        self.dsn = dsn

    @classmethod
    async def open(
        cls, dsn: str, *, application: str = "huangyu", connections: int = 4, wait_s: float = 10.0,
        statement_limit_s: float = 60.0, lock_limit_s: float = 10.0,
    ) -> Self:  # fmt: skip
        """Return a database whose pool could connect once.

        Parameters
        ----------
        dsn
            libpq connection string; with several hosts the writable one is used (``target_session_attrs``).
        application
            Name shown in ``pg_stat_activity``.
        connections
            Largest number of connections.
        wait_s
            How long a caller waits for a free connection. [s]
        statement_limit_s, lock_limit_s
            PostgreSQL's ``statement_timeout`` and ``lock_timeout``: a stuck query gives the connection back. [s]

        Raises
        ------
        StoreUnavailableError
            When no connection could be made within `wait_s`.
        StoreError
            When `dsn` is no connection string.
        """
        options = f"-c statement_timeout={int(statement_limit_s * 1000)} -c lock_timeout={int(lock_limit_s * 1000)}"
        try:
            conninfo = make_conninfo(
                dsn, application_name=f"huangyu-{application}", options=f"{options} -c timezone=UTC",
                connect_timeout=max(2, int(wait_s)), target_session_attrs="read-write", keepalives_idle=15,
            )  # fmt: skip
        except psycopg.ProgrammingError as exc:
            raise StoreError(
                f"The DSN cannot be read ({_first_line(exc)}): write host=… port=… dbname=… user=… or postgresql://…"
            ) from exc
        pool: AsyncConnectionPool[AsyncConnection[Any]] = AsyncConnectionPool(
            conninfo, min_size=1, max_size=connections, open=False, timeout=wait_s, reconnect_timeout=wait_s,
            kwargs={"autocommit": True}, check=_check_idle, name=application,
        )  # fmt: skip
        try:
            await pool.open(wait=True, timeout=wait_s)
        except PoolTimeout as exc:
            await pool.close()
            await _tell_why(conninfo)
            with sorted_errors():
                raise exc
        return cls(pool, dsn)

    @classmethod
    @asynccontextmanager
    async def session(cls, dsn: str, **options: Any) -> AsyncIterator[Self]:
        """Open a database for the length of a block; the options are those of `open`."""
        database = await cls.open(dsn, **options)
        try:
            yield database
        finally:
            await database.close()

    async def close(self) -> None:
        """Close every connection."""
        await asyncio.shield(self._pool.close())

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator["AsyncConnection[Any]"]:
        async with self._pool.connection() as connection:
            yield connection
            _used_at[connection] = time.monotonic()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """Return a new transaction on its own connection."""
        with sorted_errors():
            async with self._pool.connection() as connection:
                bound = Transaction(connection, self)
                async with connection.transaction():
                    yield bound
                self.pieces |= bound.pieces  # only what was committed
                _used_at[connection] = time.monotonic()
