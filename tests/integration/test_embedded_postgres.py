"""The embedded PostgreSQL under our supervisor: starts, stops, recovers, never outlives us, never runs as root."""

import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import psycopg
import pytest

from core.errors import StartError
from services import postgres_home
from services.postgres import EmbeddedPostgres, PostgresSettings
from services.postgres_home import Account, find_binaries, reachable, usable_binaries
from services.postgres_roles import DATABASE, LOGINS, SUPERUSER

LIMIT_S = 60.0
QUICK = {"shared_buffers": "16MB", "max_connections": "20"}
REPOSITORY = Path(__file__).resolve().parents[2]


def settings(home: Path, **more: object) -> PostgresSettings:
    return PostgresSettings(home=home, parameters=QUICK, **more)


def wait_for(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < deadline, f"waited {LIMIT_S} s for {what}"
        time.sleep(0.02)


def run(server: EmbeddedPostgres, statement: str, role: str = SUPERUSER) -> list[tuple[object, ...]]:
    with psycopg.connect(server.dsn(role), autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def test_postgres_stopped_and_started_keeps_data_and_passwords(tmp_path: Path) -> None:
    with EmbeddedPostgres(settings(tmp_path / "pg")) as server:
        run(server, "create table kept as select 42 as answer")
        first_dsn = psycopg.conninfo.conninfo_to_dict(server.dsn("huangyu_reader"))
    with EmbeddedPostgres(settings(tmp_path / "pg")) as server:
        assert run(server, "select answer from kept") == [(42,)]
        assert psycopg.conninfo.conninfo_to_dict(server.dsn("huangyu_reader"))["password"] == first_dsn["password"]
        assert "was not properly shut down" not in server.log_path.read_text()


def test_postgres_cluster_is_builtin_utf8_scram_loopback_and_checksummed(tmp_path: Path) -> None:
    with EmbeddedPostgres(settings(tmp_path / "pg")) as server:
        (row,) = run(
            server,
            "select datlocprovider::text, pg_encoding_to_char(encoding), current_setting('password_encryption'),"
            " current_setting('listen_addresses'), current_setting('data_checksums'), current_setting('TimeZone')"
            f" from pg_database where datname = '{DATABASE}'",
        )
        assert row == ("b", "UTF8", "scram-sha-256", "127.0.0.1", "on", "UTC")
        assert run(server, "select distinct auth_method from pg_hba_file_rules") == [("scram-sha-256",)]
        for role in LOGINS:
            assert run(server, "select current_user, current_setting('is_superuser')", role) == [(role, "off")]
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(host="127.0.0.1", port=server.port, user=SUPERUSER, dbname=DATABASE, password="wrong")


def test_postgres_never_runs_as_root_and_opens_no_folder_above(tmp_path: Path) -> None:
    above = tmp_path / "private"
    above.mkdir(mode=0o700)
    with EmbeddedPostgres(settings(above / "deep" / "pg")) as server:
        assert server.pid is not None
        assert psutil.Process(server.pid).uids().effective != 0
        assert above.stat().st_mode & 0o777 == 0o700
        assert above.stat().st_uid == os.geteuid()
        assert server.cluster.stat().st_mode & 0o777 == 0o700
        assert (above / "deep" / "pg" / "secrets.json").stat().st_mode & 0o777 == 0o600


def start_elsewhere(home: Path) -> tuple[subprocess.Popen[str], int]:
    """Start a supervisor in a process of its own; return it and the server's process id."""
    code = textwrap.dedent(
        f"""
        import pathlib, signal
        from services.postgres import EmbeddedPostgres, PostgresSettings
        server = EmbeddedPostgres(PostgresSettings(home=pathlib.Path({str(home)!r}), parameters={QUICK!r})).start()
        print(server.pid, server.dsn("huangyu_super"), sep="\\n", flush=True)
        signal.pause()
        """
    )
    supervisor = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=REPOSITORY)
    assert supervisor.stdout is not None
    return supervisor, int(supervisor.stdout.readline())


def test_postgres_supervisor_killed_leaves_no_server_and_next_start_is_clean(tmp_path: Path) -> None:
    supervisor, server_pid = start_elsewhere(tmp_path / "pg")
    with supervisor:
        children = psutil.Process(server_pid).children(recursive=True)
        supervisor.kill()
        wait_for(lambda: not psutil.pid_exists(server_pid), "the server to end after its supervisor")
        wait_for(lambda: not any(child.is_running() for child in children), "its children to end")
    with EmbeddedPostgres(settings(tmp_path / "pg")) as server:
        assert "was not properly shut down" not in server.log_path.read_text()


def test_postgres_second_supervisor_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    with (
        EmbeddedPostgres(settings(tmp_path / "pg")),
        pytest.raises(StartError, match="already run by another huangyu"),
    ):
        EmbeddedPostgres(settings(tmp_path / "pg")).start()


def test_postgres_server_killed_recovers_at_next_start(tmp_path: Path) -> None:
    server = EmbeddedPostgres(settings(tmp_path / "pg")).start()
    run(server, "create table kept as select 1 as one")
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)
    wait_for(lambda: not server.is_alive(), "the killed server")
    assert server.exit_code() == -signal.SIGKILL
    server.stop()
    with EmbeddedPostgres(settings(tmp_path / "pg")) as again:
        assert run(again, "select one from kept") == [(1,)]


def test_postgres_stale_pid_file_of_another_process_does_not_matter(tmp_path: Path) -> None:
    EmbeddedPostgres(settings(tmp_path / "pg")).start().stop()
    pid_file = tmp_path / "pg" / "cluster" / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n/somewhere\n0\n5432\n\n127.0.0.1\n0 0\nready\n")
    with EmbeddedPostgres(settings(tmp_path / "pg")) as server:
        assert server.is_alive()


def test_postgres_half_made_cluster_is_made_anew(tmp_path: Path) -> None:
    half = tmp_path / "pg" / "cluster.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    with EmbeddedPostgres(settings(tmp_path / "pg")) as server:
        assert not half.exists()
        assert server.is_alive()


def test_postgres_port_in_use_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(StartError, match=f"Port {port} on 127.0.0.1 is in use: choose another"):
            EmbeddedPostgres(settings(tmp_path / "pg", port=port)).start()


def test_postgres_on_another_thread_is_refused(tmp_path: Path) -> None:
    errors: list[BaseException] = []

    def work() -> None:
        try:
            EmbeddedPostgres(settings(tmp_path / "pg")).start()
        except StartError as exc:
            errors.append(exc)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert "main thread" in str(errors[0])


def test_postgres_cluster_of_another_major_version_is_refused(tmp_path: Path) -> None:
    EmbeddedPostgres(settings(tmp_path / "pg")).start().stop()
    (tmp_path / "pg" / "cluster" / "PG_VERSION").write_text("14\n")
    with pytest.raises(StartError, match=r"made by PostgreSQL 14.*huangyu db dump"):
        EmbeddedPostgres(settings(tmp_path / "pg")).start()


def test_postgres_folder_that_is_a_file_is_refused_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "pg").write_text("not a folder")
    with pytest.raises(StartError, match="cannot be used"):
        EmbeddedPostgres(settings(tmp_path / "pg")).start()


def test_find_binaries_in_folder_without_any_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="apt install postgresql"):
        find_binaries(tmp_path)


def test_reachable_needs_search_permission_on_every_folder(tmp_path: Path) -> None:
    stranger = Account(name="stranger", uid=54_321, gid=54_321)
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    (tmp_path / "a").chmod(0o700)
    assert not reachable(folder, stranger)
    assert reachable(Path("/usr/bin"), stranger)
    assert reachable(folder, Account(name="me", uid=os.geteuid(), gid=os.getegid())) or os.geteuid() != 0


def test_usable_binaries_of_unreachable_install_are_copied_and_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, home = find_binaries(), tmp_path / "home"
    home.mkdir()
    account = Account(name="stranger", uid=54_321, gid=54_321)
    monkeypatch.setattr(postgres_home, "reachable", lambda path, _: path == home)
    copied = usable_binaries(source, home, account)
    assert copied.is_relative_to(home)
    for program in ("postgres", "initdb"):
        answer = subprocess.run([copied / program, "--version"], capture_output=True, text=True, check=True)
        assert "PostgreSQL" in answer.stdout
    assert usable_binaries(source, home, account) == copied
    assert not list((home / "postgres-programs").glob("copy-*"))
