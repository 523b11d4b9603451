"""Our own supervisor of an embedded PostgreSQL: initdb, a foreground child that dies with us, a clean stop.

The child gets SIGINT (PostgreSQL's fast shutdown) from the kernel when the thread that started it ends
(``PR_SET_PDEATHSIG``), so even SIGKILL of the supervisor leaves no server behind. The kernel means the *thread*:
hence `start` refuses anything but the main thread.
"""

import fcntl
import logging
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from psycopg.conninfo import make_conninfo

from core.errors import StartError
from services.lifeline import die_with_parent
from services.postgres_home import Account, find_binaries, server_account, usable_binaries
from services.postgres_probe import (
    last_lines,
    locale_arguments,
    major_version,
    pid_file_ready,
    port_taken,
    processes_in,
    signal_postmaster,
    start_failure,
)  # fmt: skip
from services.postgres_roles import DATABASE, OWNER, SUPERUSER, ensure_database, load_secrets

_log = logging.getLogger(__name__)
_POLL_S = 0.05

DEFAULT_PARAMETERS = {
    "unix_socket_directories": "",
    "password_encryption": "scram-sha-256",
    "synchronous_commit": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "work_mem": "16MB",
    "jit": "off",
    "max_wal_size": "2GB",
    "wal_compression": "on",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    "log_lock_waits": "on",
}
"""Server settings for one machine with a farm or two; `PostgresSettings.parameters` goes over them."""


@dataclass(frozen=True, kw_only=True)
class PostgresSettings:
    """How the embedded server is run.

    Parameters
    ----------
    home
        Folder of ours: the cluster is ``home/cluster``, log and secrets stand beside it.
    port
        TCP port on `host`; None chooses a free one at every start.
    host
        Loopback address to listen on.
    start_limit_s
        How long a start may take: a crash recovery on a busy small machine was seen to take 12 s. [s]
    stop_limit_s
        How long a fast shutdown may take before the server is killed. [s]
    programs
        Folder of ``postgres`` and ``initdb``; None: the PyPI package's, else Debian's.
    parameters
        Server settings over `DEFAULT_PARAMETERS`.
    """

    home: Path
    port: int | None = None
    host: str = "127.0.0.1"
    start_limit_s: float = 180.0
    stop_limit_s: float = 60.0
    programs: Path | None = None
    parameters: dict[str, str] = field(default_factory=dict)


class EmbeddedPostgres:
    """One server on one data folder; use as a context manager, or `start` and `stop`."""

    def __init__(self, settings: PostgresSettings) -> None:
        self._settings = settings
        self._home = settings.home.absolute()
        self._account: Account | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._lock: IO[str] | None = None
        self._secrets: dict[str, str] = {}
        self.port = 0

    @property
    def pid(self) -> int | None:
        """Return the postmaster's process id while it runs."""
        return self._process.pid if self._process is not None else None

    @property
    def log_path(self) -> Path:
        """Return the file that the server writes its log to."""
        return self._home / "postgres.log"

    @property
    def cluster(self) -> Path:
        """Return the PostgreSQL data folder."""
        return self._home / "cluster"

    def is_alive(self) -> bool:
        """Return whether the server process runs."""
        return self._process is not None and self._process.poll() is None

    def exit_code(self) -> int | None:
        """Return the ended server's exit code, None while it runs or before a start."""
        return self._process.poll() if self._process is not None else None

    def dsn(self, role: str = OWNER, database: str = DATABASE) -> str:
        """Return the connection string (with password: keep it out of logs) of a role."""
        return make_conninfo(
            host=self._settings.host, port=self.port, user=role, password=self._secrets[role], dbname=database
        )

    def start(self) -> Self:
        """Bring the server up, making the cluster at the first start; returns when it accepts connections.

        Raises
        ------
        StartError
            Not on the main thread, folder in use, port in use, no disk, no programs: the text says what to do.
        """
        if threading.current_thread() is not threading.main_thread():
            raise StartError("The embedded PostgreSQL must be started from the main thread: it ends with that thread.")
        try:
            self._prepare_home()
            self._take_lock()
            self._await_no_orphan()
            programs = usable_binaries(find_binaries(self._settings.programs), self._home, self._account)
            if not self.cluster.exists():
                self._initialise(programs)
            self._refuse_other_major(programs)
            self._launch(programs)
            ensure_database(self.dsn(SUPERUSER, "postgres"), self._secrets)
        except OSError as exc:
            self.stop()
            raise StartError(
                f"The database folder {self._home} cannot be used ({exc}): free disk or choose --data."
            ) from exc
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Shut the server down (fast: sessions are ended, no crash recovery follows) and free the folder."""
        process, self._process = self._process, None
        if process is not None and process.poll() is None:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(self._settings.stop_limit_s)
            except subprocess.TimeoutExpired:
                _log.warning("embedded PostgreSQL did not stop in time", extra={"pid": process.pid})
                process.send_signal(signal.SIGQUIT)
                process.wait()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # -- folder ------------------------------------------------------------------------------------------

    def _prepare_home(self) -> None:
        self._home.mkdir(parents=True, exist_ok=True)
        self._account = server_account()
        if not self.cluster.exists():
            return
        owner = self.cluster.stat()
        if self._account is not None and owner.st_uid != self._account.uid:
            # Made by another account: that one may run it too, unless it is root.
            self._account = Account(name=f"uid {owner.st_uid}", uid=owner.st_uid, gid=owner.st_gid)
        refused = owner.st_uid == 0 if self._account is not None else owner.st_uid != os.geteuid()
        if refused:
            raise StartError(
                f"{self.cluster} belongs to uid {owner.st_uid}, the server cannot run as that: "
                "start huangyu as the user who made it, or choose another --data."
            )

    def _take_lock(self) -> None:
        self._lock = (self._home / "supervisor.lock").open("a")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            raise StartError(
                f"The database in {self._home} is already run by another huangyu: "
                "stop that one or choose another --data."
            ) from exc

    def _await_no_orphan(self) -> None:
        """Wait until no server of a killed supervisor works on the folder, then drop its stale pid file."""
        deadline = time.monotonic() + self._settings.start_limit_s
        while orphans := processes_in(self.cluster):
            if time.monotonic() > deadline:
                raise StartError(
                    f"A PostgreSQL server (process {orphans[0]}) still works on {self.cluster}: stop it and try again."
                )
            for pid in orphans:
                signal_postmaster(pid)
            time.sleep(_POLL_S)
        (self.cluster / "postmaster.pid").unlink(missing_ok=True)

    def _initialise(self, programs: Path) -> None:
        """Make the cluster under another name first, so that a cut-off initdb is never taken for a database."""
        scratch = self._home / "cluster.new"
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(mode=0o700)
        if self._account is not None:
            os.chown(scratch, self._account.uid, self._account.gid)
        self._secrets = load_secrets(self._home / "secrets.json")
        self._run_initdb(programs, scratch)
        scratch.rename(self.cluster)

    def _run_initdb(self, programs: Path, folder: Path) -> None:
        read_end, write_end = os.pipe()
        os.write(write_end, self._secrets[SUPERUSER].encode() + b"\n")
        os.close(write_end)
        if self._account is not None:
            os.fchown(read_end, self._account.uid, self._account.gid)
        arguments = [
            "--username", SUPERUSER, "--auth", "scram-sha-256", "--pwfile", f"/dev/fd/{read_end}",
            "--encoding", "UTF8", *locale_arguments(programs), "--no-instructions", "--data-checksums",
        ]  # fmt: skip
        with self.log_path.open("ab") as log:
            child = self._spawn([str(programs / "initdb"), *arguments], folder, log, inherit=(read_end,))
            os.close(read_end)
            code = child.wait()
        if code != 0:
            raise StartError(
                f"initdb failed (exit {code}): {last_lines(self._log_since())} Free disk or choose another --data."
            )

    def _refuse_other_major(self, programs: Path) -> None:
        have = (self.cluster / "PG_VERSION").read_text().strip()
        want = major_version(programs)
        if have != want:
            raise StartError(
                f"{self.cluster} was made by PostgreSQL {have}, the programs here are {want}: "
                f"dump it with  huangyu db dump  under the old version and restore it into a new folder."
            )

    # -- process -----------------------------------------------------------------------------------------

    def _launch(self, programs: Path) -> None:
        self._secrets = load_secrets(self._home / "secrets.json")
        for attempt in range(3):
            self.port = self._settings.port or _free_port(self._settings.host)
            mark = self.log_path.stat().st_size if self.log_path.exists() else 0
            with self.log_path.open("ab") as log:
                self._process = self._spawn([str(programs / "postgres"), *self._server_arguments()], self.cluster, log)
            if self._await_ready():
                return
            lines = self._log_since(mark)
            if not port_taken(lines) or self._settings.port or attempt == 2:
                break
        raise StartError(start_failure(lines, (self._settings.host, self.port), self._settings.home, self.log_path))

    def _server_arguments(self) -> list[str]:
        settings = DEFAULT_PARAMETERS | self._settings.parameters
        settings |= {"listen_addresses": self._settings.host, "port": str(self.port)}
        return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]

    def _spawn(
        self, command: list[str], folder: Path, log: IO[bytes], inherit: tuple[int, ...] = ()
    ) -> subprocess.Popen[bytes]:
        """Start a program of PostgreSQL on a data folder as the server account, tied to this thread's life."""
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        account = self._account
        where = f"/proc/self/fd/{descriptor}" if account is not None else str(folder)
        environment = {"PATH": "/usr/bin:/bin", "LANG": "C", "LC_ALL": "C", "PGDATA": where, "TZ": "UTC"}
        try:
            return subprocess.Popen(
                [command[0], "-D", where, *command[1:]],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", env=environment, start_new_session=True,
                pass_fds=(descriptor, *inherit), user=account.uid if account is not None else None,
                group=account.gid if account is not None else None,
                extra_groups=[] if account is not None else None,
                preexec_fn=die_with_parent(signal.SIGINT),  # noqa: PLW1509 - only system calls in it
            )  # fmt: skip
        finally:
            os.close(descriptor)

    def _await_ready(self) -> bool:
        """Return True when the server says ready in its pid file, False when it ended."""
        deadline = time.monotonic() + self._settings.start_limit_s
        while self.is_alive():
            if pid_file_ready(self.cluster / "postmaster.pid"):
                return True
            if time.monotonic() > deadline:
                raise StartError(
                    f"PostgreSQL did not become ready within {self._settings.start_limit_s:.0f} s: see {self.log_path}."
                )
            time.sleep(_POLL_S)
        return False

    def _log_since(self, mark: int = 0) -> list[str]:
        """Return the log's lines after byte `mark`, the newest few kilobytes of them."""
        with self.log_path.open("rb") as log:
            log.seek(max(mark, self.log_path.stat().st_size - 8000))
            return log.read().decode(errors="replace").strip().splitlines()


def _free_port(host: str) -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])
