"""What the embedded PostgreSQL's folder, programs and log say: ready or not, who works there, why a start failed."""

import os
import signal
import subprocess
from pathlib import Path


def pid_file_ready(path: Path) -> bool:
    """Return whether the server says in its pid file that it takes connections."""
    try:
        lines = path.read_text().splitlines()
    except OSError:
        return False
    return len(lines) >= 8 and lines[7].strip() == "ready"


def processes_in(cluster: Path) -> list[int]:
    """Return the ids of processes that work in the cluster folder (PostgreSQL changes into it at start)."""
    if not cluster.exists():
        return []
    target = cluster.stat()
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            here = (entry / "cwd").stat()
            program = (entry / "comm").read_text().strip()
        except OSError:
            continue
        if (here.st_dev, here.st_ino) == (target.st_dev, target.st_ino) and program.startswith("postgres"):
            found.append(int(entry.name))
    return found


def signal_postmaster(pid: int) -> None:
    """Ask a server for a fast shutdown; one that is gone or not ours is left alone."""
    try:
        os.kill(pid, signal.SIGINT)
    except (ProcessLookupError, PermissionError):
        return


def major_version(programs: Path) -> str:
    """Return the programs' major version, for example 18."""
    answer = subprocess.run([programs / "postgres", "--version"], capture_output=True, text=True, check=True)
    return answer.stdout.split()[2].split(".")[0]  # postgres (PostgreSQL) 18.6


def locale_arguments(programs: Path) -> list[str]:
    """Return initdb's locale options: the builtin C.UTF-8 needs no locale of the system, from version 17 on."""
    if int(major_version(programs)) >= 17:
        return ["--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--locale", "C"]
    return ["--locale", "C.UTF-8"]


def port_taken(lines: list[str]) -> bool:
    """Return whether the log says that another process holds the port."""
    return any("could not bind" in line or "Address already in use" in line for line in lines)


def last_lines(lines: list[str]) -> str:
    """Return the end of the log on one line."""
    return " / ".join(lines[-4:])


def start_failure(lines: list[str], address: tuple[str, int], home: Path, log_path: Path) -> str:
    """Return why a start failed and what to do, from the log's newest lines."""
    host, port = address
    if port_taken(lines):
        return f"Port {port} on {host} is in use: choose another with --db-port, or leave it out for a free one."
    if any("No space left" in line for line in lines):
        return f"No disk left for the database in {home}: free some space and start again."
    return f"PostgreSQL did not start: {last_lines(lines)} (whole log: {log_path})"
