"""What the store's benchmarks share: arguments, the machine, a database, a broker of their own."""

import argparse
import asyncio
import json
import os
import platform
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo

from services.postgres import EmbeddedPostgres, PostgresSettings
from store import migrate

TIMESCALE = "HUANGYU_TEST_TIMESCALE_DSN"


def arguments(description: str, parts: Sequence[str] = ()) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--quick", action="store_true", help="a smaller run that ends within 50 s on 2 cores")
    parser.add_argument("--json", action="store_true", help="print the figures as one JSON object on the last line")
    parser.add_argument("--seed", type=int, default=20261123)
    parser.add_argument(
        "--engine", choices=("plain", "timescaledb"), default="plain",
        help=f"plain: the embedded server; timescaledb: the server in {TIMESCALE}",
    )  # fmt: skip
    if parts:
        parser.add_argument("--part", choices=parts, help="only this part")
    return parser.parse_args()


def machine() -> str:
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    load = os.getloadavg()[0]
    return f"{os.cpu_count()} cores, {memory_gb:.0f} GB, Python {platform.python_version()}, load before {load:.1f}"


@contextmanager
def database(engine: str) -> Iterator[str]:
    """Owner's connection string of a fresh database, fully durable (fsync and synchronous_commit on)."""
    if engine == "plain":
        with (
            tempfile.TemporaryDirectory(prefix="huangyu-bench-") as folder,
            EmbeddedPostgres(
                PostgresSettings(home=Path(folder) / "pg", parameters={"shared_buffers": "1GB"})
            ) as server,
        ):
            migrate.upgrade(server.dsn(), datetime.now(UTC), want="plain")
            yield server.dsn()
        return
    given = os.environ.get(TIMESCALE)
    if not given:
        raise SystemExit(f"Give a TimescaleDB server's owner: {TIMESCALE}=postgresql://…")
    name = f"bench_{os.getpid()}"
    with psycopg.connect(given, autocommit=True) as connection:
        connection.execute(f"create database {name}")
        dsn = make_conninfo(given, dbname=name)
        migrate.upgrade(dsn, datetime.now(UTC), want="timescaledb")
        yield dsn
        connection.execute(f"drop database {name}")


@contextmanager
def mosquitto(folder: Path) -> Iterator[int]:
    """Port of a mosquitto that queues without limit for an absent subscriber."""
    program = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        raise SystemExit("mosquitto is missing: sudo apt install mosquitto")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    user = "user root\n" if os.geteuid() == 0 else ""
    settings = folder / "mosquitto.conf"
    settings.write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\nmax_queued_messages 0\n"
        f"max_inflight_messages 1000\n{user}"
    )
    process = subprocess.Popen([program, "-c", str(settings)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=0.5).close()
                break
            except OSError:
                if time.monotonic() > deadline or process.poll() is not None:
                    raise
                time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait()


def report(figures: dict[str, Any], options: argparse.Namespace, method: str, machine_text: str) -> None:
    """Print the figures for people, and with --json as one object on the last line."""
    for name, value in figures.items():
        print(f"{name:28} {value}")
    if options.json:
        whole = figures | {
            "seed": options.seed, "engine": options.engine, "quick": options.quick, "method": method,
            "machine": machine_text,
        }  # fmt: skip
        print(json.dumps(whole, ensure_ascii=False))


def run(main: Any) -> None:
    asyncio.run(main)
