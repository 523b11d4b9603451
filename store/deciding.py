"""A person's step on an alert: loaded, taken and kept in one transaction under that person's own scope."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg

from core.errors import StoreError
from store.alerts import Alerts, Decision
from store.database import Executor, Transaction
from store.errors import StoreUnavailableError
from store.scoped import DatabaseAwayError, ForbiddenError
from store.sql import query


class _OneConnection(Executor):
    """Runs everything on one connection that is already in its person's transaction."""

    def __init__(self, connection: "psycopg.AsyncConnection[Any]") -> None:
        super().__init__()
        self._own = connection

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator["psycopg.AsyncConnection[Any]"]:
        yield self._own

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """Return a savepoint."""
        async with self._own.transaction():
            yield Transaction(self._own, self)


def decide(dsn: str, token: str, alert_id: str, decision: Decision, *, version: int | None) -> None:
    """Take a step of `alerts.handling` on an alert in the name of the session's person.

    Raises
    ------
    AlertConflictError
        Somebody else moved the alert on since `version`.
    StepRefusedError
        The step does not fit the alert or the person.
    ForbiddenError, DatabaseAwayError
        The alert is out of this person's scope; the database is away.
    """
    asyncio.run(_decide(dsn, token, alert_id, decision, version))


async def _decide(dsn: str, token: str, alert_id: str, decision: Decision, version: int | None) -> None:
    try:
        connection = await psycopg.AsyncConnection.connect(dsn, autocommit=True, options="-c timezone=UTC")
    except psycopg.OperationalError as exc:
        raise DatabaseAwayError("The database does not answer; try again soon.") from exc
    async with connection:
        await connection.execute("SET ROLE huangyu_reader")
        try:
            async with connection.transaction():
                await connection.execute(query("access/enter"), {"token": token})
                await Alerts(_OneConnection(connection)).decide(alert_id, decision, version=version)
        except StoreUnavailableError as exc:
            raise DatabaseAwayError("The database does not answer; try again soon.") from exc
        except StoreError as exc:
            if isinstance(exc.__cause__, psycopg.errors.InsufficientPrivilege):
                raise ForbiddenError("The database refused: this account may not do that.") from exc
            raise
