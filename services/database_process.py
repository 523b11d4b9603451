"""The embedded PostgreSQL as one process of the supervisor: ``python -m services.database_process --home DIR``.

Writes the connection strings to ``--dsn-file`` (mode 600) once the server answers and the schema is current; ends with
an error when the server ends, so that the supervisor starts it again.
"""

import argparse
import json
import os
import signal
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

import psycopg

from core.errors import AppError
from services.archive import maintain
from services.postgres import EmbeddedPostgres, PostgresSettings
from services.postgres_roles import LOGINS
from store.migrate import upgrade

_POLL_S = 0.2
UPKEEP_FIRST_S = 600.0
UPKEEP_EVERY_S = 86_400.0


def main() -> int:
    """Run until SIGTERM or SIGINT (exit 0) or until the server ends (exit 1)."""
    arguments = _arguments()
    stopping: list[int] = []

    def stop(number: int, _frame: FrameType | None) -> None:
        stopping.append(number)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    arguments.dsn_file.unlink(missing_ok=True)
    try:
        with EmbeddedPostgres(PostgresSettings(home=arguments.home, port=arguments.port)) as server:
            upgrade(server.dsn(), datetime.now(UTC))
            _write_private(arguments.dsn_file, json.dumps({role: server.dsn(role) for role in LOGINS}))
            print(f"database ready 127.0.0.1:{server.port}", flush=True)
            upkeep = threading.Thread(target=_keep_up, args=(server.dsn(),), daemon=True, name="upkeep")
            upkeep.start()
            while not stopping and server.is_alive():
                time.sleep(_POLL_S)
            if stopping:
                return 0
            print(f"PostgreSQL ended (exit code {server.exit_code()}): see {server.log_path}", file=sys.stderr)
            return 1
    except AppError as exc:
        print(exc, file=sys.stderr)
        return 1
    finally:
        arguments.dsn_file.unlink(missing_ok=True)


def _keep_up(dsn: str) -> None:
    """Make partitions ahead and pack cold ones once a day, the first time well after the start."""
    time.sleep(UPKEEP_FIRST_S)
    while True:
        try:
            done = maintain(dsn, datetime.now(UTC))
        except (psycopg.Error, OSError, AppError) as exc:
            print(f"upkeep failed, again in {UPKEEP_EVERY_S / 3600:.0f} h: {exc}", file=sys.stderr, flush=True)
        else:
            print(f"upkeep done: {len(done.packed)} partitions packed", flush=True)
        time.sleep(UPKEEP_EVERY_S)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="services.database_process", description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="folder of the cluster, its log and its secrets")
    parser.add_argument("--port", type=int, default=None, help="TCP port on 127.0.0.1; free when not given")
    parser.add_argument("--dsn-file", type=Path, required=True, help="where to write the connection strings")
    return parser.parse_args()


def _write_private(path: Path, text: str) -> None:
    scratch = path.with_suffix(".new")
    with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    scratch.rename(path)


if __name__ == "__main__":
    raise SystemExit(main())
