"""What ``huangyu status`` says while the database is in trouble: the trouble's own name, and what to do."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from typer.testing import CliRunner

from services.cli import status as command
from services.status import TROUBLES
from store.database import Database, sorted_errors
from store.errors import StoreUnavailableError, Trouble
from store.store import Store


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a second in place of five: nothing here gets well by waiting."""
    monkeypatch.setattr(command, "LIMIT_S", 0.5)
    monkeypatch.setattr(command, "LOCK_S", 0.2)


def said(dsn: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return the last row on the database that the command prints; the exit code tells whether anything is bad."""
    monkeypatch.setenv("HUANGYU_DSN", dsn)
    result = CliRunner().invoke(command.app, ["--json"])
    report = json.loads(result.stdout)
    assert result.exit_code == (1 if report["level"] == "bad" else 0), result.output
    rows = [row for row in report["rows"] if row["name"] == "database"]
    row: dict[str, Any] = rows[-1]
    return row


def names(row: dict[str, Any], trouble: Trouble) -> bool:
    zh, en = TROUBLES[trouble]
    return row["level"] == "bad" and row["text_zh"].startswith(zh) and row["text_en"].startswith(en)


def hosts(dsn: str, first: str) -> str:
    """The same database behind a list of hosts whose first one is `first` (host:port)."""
    parts = {key: str(value) for key, value in conninfo_to_dict(dsn).items()}
    host, port = first.split(":")
    return make_conninfo(**{**parts, "host": f"{host},{parts['host']}", "port": f"{port},{parts['port']}"})


@contextmanager
def locked(dsn: str, table: str) -> Iterator[None]:
    with psycopg.connect(dsn) as other:
        other.execute(sql.SQL("lock table {}").format(sql.Identifier(table)))
        yield


@contextmanager
def altered(owner: str, setting: str, back: str) -> Iterator[None]:
    """The database with another setting for new sessions."""
    name = sql.Identifier(str(conninfo_to_dict(owner)["dbname"]))
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute(sql.SQL("alter database {} {}").format(name, sql.SQL(setting)))
        yield
        connection.execute(sql.SQL("alter database {} {}").format(name, sql.SQL(back)))


def test_status_of_a_server_that_is_gone_says_away(database_dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert names(said(make_conninfo(database_dsn, port="9"), monkeypatch), Trouble.AWAY)


def test_status_of_a_dsn_that_is_none_says_how_to_write_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "host=… port=…" in said("nonsense", monkeypatch)["text_en"]


def test_status_of_a_database_without_our_tables_says_what_to_run(
    empty_database_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "huangyu db upgrade" in said(empty_database_dsn, monkeypatch)["text_en"]


def test_status_finds_the_host_that_can_be_written_to(database_dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    row = said(hosts(database_dsn, "127.0.0.1:9"), monkeypatch)
    assert row["level"] == "ok" and "PostgreSQL" in row["text_en"]


def test_status_while_only_standbys_answer_says_no_primary(database_dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with altered(database_dsn, "set default_transaction_read_only = on", "reset default_transaction_read_only"):
        assert names(said(hosts(database_dsn, "127.0.0.1:9"), monkeypatch), Trouble.NO_PRIMARY)


def test_status_without_a_connection_left_says_so(
    database_dsn: str, role_dsn: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with altered(database_dsn, "connection limit 0", "connection limit -1"):
        assert names(said(role_dsn("huangyu_services"), monkeypatch), Trouble.CONNECTIONS)


def test_status_with_a_wrong_password_says_refused(
    role_dsn: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    dsn = make_conninfo(role_dsn("huangyu_services"), password="wrong")
    row = said(dsn, monkeypatch)
    assert names(row, Trouble.REFUSED) and "wrong" not in row["text_en"]


def test_status_behind_a_lock_says_locked_and_still_tells_the_services(
    database_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with psycopg.connect(database_dsn) as connection:
        connection.execute(
            "insert into service_heartbeat (name, host, pid, version, started_at, beat_at, state, period_s, detail)"
            " values ('ingest', 'h', 1, '1', now(), now(), 'degraded', 9, %s)",
            (json.dumps({"problems": ["no disk"], "trouble": "disk"}),),
        )
    with locked(database_dsn, "series_latest"):
        row = said(database_dsn, monkeypatch)
        output = CliRunner().invoke(command.app, ["--json"]).stdout
    assert names(row, Trouble.LOCKED)
    service = next(row for row in json.loads(output)["rows"] if row["kind"] == "service")
    assert TROUBLES[Trouble.DISK][0] in service["text_zh"] and "no disk" in service["text_en"]


def test_status_of_a_database_too_slow_says_slow(database_dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "LOCK_S", 60.0)  # the statement's own limit comes first
    with locked(database_dsn, "series_latest"):
        assert names(said(database_dsn, monkeypatch), Trouble.SLOW)


def test_status_of_a_full_disk_says_so_though_reading_works(
    database_dsn: str, role_dsn: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The volume is full for new pages only: an event trigger stands for the operating system's ENOSPC."""
    with psycopg.connect(role_dsn("huangyu_super"), autocommit=True) as connection:
        connection.execute(
            "create function no_room() returns event_trigger language plpgsql as $$ begin raise exception"
            " 'could not extend file: No space left on device' using errcode = '53100'; end $$;"
            "create event trigger no_room on ddl_command_start execute function no_room()"
        )
    row = said(database_dsn, monkeypatch)
    assert names(row, Trouble.DISK) and "No space left" in row["text_en"]


@pytest.mark.parametrize(
    ("code", "trouble"),
    [("57P01", Trouble.STARTING), ("57P03", Trouble.STARTING), ("25006", Trouble.NO_PRIMARY), ("53100", Trouble.DISK),
     ("40P01", Trouble.LOCKED), ("53200", Trouble.SERVER), ("XX001", Trouble.SERVER), ("08006", Trouble.AWAY)],
)  # fmt: skip
async def test_trouble_is_told_by_the_servers_own_code(code: str, trouble: Trouble, store: Store) -> None:
    async with store.transaction() as tx:
        with pytest.raises(StoreUnavailableError) as met, sorted_errors():
            await tx.places._db.connection.execute(  # type: ignore[attr-defined]
                f"do $$ begin raise exception 'trouble' using errcode = '{code}'; end $$"
            )
    assert met.value.trouble is trouble


async def test_pool_without_a_free_connection_is_told_as_that(database_dsn: str) -> None:
    async with Database.session(database_dsn, connections=1, wait_s=0.2) as database, database.transaction():
        with pytest.raises(StoreUnavailableError) as met:
            await Store(database).places.farms()
    assert met.value.trouble is Trouble.POOL
