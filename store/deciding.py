"""A person's step on an alert: loaded, taken and kept in one transaction under that person's own scope."""

import asyncio

import psycopg

from store.alerts import Alerts, Decision
from store.database import Transaction
from store.scoped import DatabaseAwayError, ForbiddenError


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
                await connection.execute("SELECT set_config('huangyu.session', %s, true)", [token])
                await Alerts(Transaction(connection)).decide(alert_id, decision, version=version)
        except psycopg.errors.InsufficientPrivilege as exc:
            raise ForbiddenError("The database refused: this account may not do that.") from exc
