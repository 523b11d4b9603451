"""The fixtures everybody uses: a fresh, migrated database each time."""

import psycopg

from store import migrate


def test_database_dsn_is_migrated_to_newest_revision(database_dsn: str) -> None:
    assert migrate.current_revision(database_dsn) == migrate.newest_revision()


def test_role_dsn_connects_as_that_role(role_dsn) -> None:
    with psycopg.connect(role_dsn("huangyu_reader")) as connection:
        assert connection.execute("select current_user").fetchone() == ("huangyu_reader",)
