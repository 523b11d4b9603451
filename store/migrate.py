"""Bring a database to the schema of this version: alembic revisions of plain SQL under an advisory lock."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy
from alembic import command, op
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from core.errors import StoreError
from store import engine
from store.sql import migration

_LOCK = 0x68756E67  # "hung": one migration at a time in a database
_SCRIPTS = Path(__file__).parent / "migrations"


def upgrade(dsn: str, at: datetime, *, want: engine.Wanted = "auto", revision: str = "head") -> str:
    """Bring the database to the newest schema and return the engine's name, ``plain`` or ``timescaledb``.

    Parameters
    ----------
    dsn
        Connection of the database's owner (the role ``huangyu_admin`` or one that may create roles).
    at
        Now: partitions are made ahead of it.
    want
        ``auto`` takes TimescaleDB where ``CREATE EXTENSION`` works; only asked when the database is empty.
    revision
        An older schema than the newest, as a dump is of; later revisions that are there already stay.

    Raises
    ------
    StoreError
        With the revision that failed; nothing of that revision stays.
    """
    with psycopg.connect(dsn, autocommit=True, options="-c timezone=UTC") as guard:
        guard.execute("select pg_advisory_lock(%s)", (_LOCK,))
        if current_revision(dsn) is None:
            engine.choose(guard, want)
        try:
            _run(dsn, revision)
        except (sqlalchemy.exc.SQLAlchemyError, psycopg.Error) as exc:
            raise StoreError(
                f"The schema could not be brought up to date: {str(exc).strip().splitlines()[0]} "
                "Nothing of the failed step was kept."
            ) from exc
        return engine.prepare(guard, at)


def _run(dsn: str, revision: str) -> None:
    with _connected(dsn) as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        connection.commit()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


@contextmanager
def _connected(dsn: str) -> Iterator[sqlalchemy.Connection]:
    made = sqlalchemy.create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(dsn, options="-c timezone=UTC"),
        poolclass=sqlalchemy.pool.NullPool,
    )  # fmt: skip
    try:
        with made.connect() as connection:
            yield connection
    finally:
        made.dispose()


def current_revision(dsn: str) -> str | None:
    """Return the database's schema revision, None when it has none yet."""
    with _connected(dsn) as connection:
        return MigrationContext.configure(connection).get_current_revision()


def revisions() -> list[str]:
    """Return every revision that this version knows, oldest first."""
    return [script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()][::-1]


def newest_revision() -> str:
    """Return the newest revision that this version knows."""
    return revisions()[-1]


def run_sql(name: str) -> None:
    """Run ``store/migrations/sql/{name}.sql`` in the revision's transaction, on the database's own engine.

    A comment ``/*plain: … */`` is live on plain PostgreSQL, ``/*timescale: … */`` on TimescaleDB,
    ``/*columnstore: … */`` where its licence gives compression and continuous aggregates, ``/*rollup_table: … */``
    where it does not.
    """
    connection: Any = op.get_bind().connection.driver_connection
    connection.execute(for_engine(migration(name), engine.marks(connection)).encode())


def for_engine(text: str, marks: Iterable[str]) -> str:
    """Return the statements with the comments of these marks made live."""
    for mark in marks:
        text = re.sub(rf"/\*{mark}:(.*?)\*/", r"\1", text, flags=re.DOTALL)
    return text
