"""The spool's file on the disk: how it is opened, and the ballast beside it that a full disk is drained with."""

import os
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from core.errors import StartError
from gateway.spool_rows import PAGE_BYTES, SCHEMA, SCHEMA_VERSION


def open_file(path: Path) -> sqlite3.Connection:
    """Return the open spool: WAL, ``synchronous=FULL``, held by this process alone, its tables there.

    Raises
    ------
    StartError
        When it cannot be opened, is damaged, or another version wrote it; the text says what to do.
    """
    try:
        db = sqlite3.connect(path, timeout=1.0, isolation_level=None, check_same_thread=False, cached_statements=256)
        db.execute(f"pragma page_size={PAGE_BYTES}")
        db.execute("pragma journal_mode=wal")
        db.execute("pragma synchronous=full")
        db.execute("pragma wal_autocheckpoint=1000")
        db.execute(f"pragma journal_size_limit={4 << 20}")
        db.execute("pragma cache_size=-4096")
        db.execute("pragma locking_mode=exclusive")
        db.execute("begin immediate")
        version = db.execute("pragma user_version").fetchone()[0]
        if version not in (0, SCHEMA_VERSION):
            raise StartError(f"{path}: written by another version ({version}); use that version or another --spool.")
        for statement in SCHEMA.split(";"):
            db.execute(statement)
        db.execute(f"pragma user_version={SCHEMA_VERSION}")
        db.execute("commit")
    except sqlite3.OperationalError as exc:
        raise StartError(
            f"{path}: the spool cannot be opened ({exc}): check that the folder exists, may be written, "
            f"has room, and that no other gateway uses this file."
        ) from exc
    except sqlite3.DatabaseError as exc:
        raise StartError(
            f"{path}: the spool is damaged ({exc}): move it away, rescue it with sqlite3 .recover, restart."
        ) from exc
    return db


@dataclass(frozen=True)
class Ballast:
    """Disk space set aside in a file of its own; given up when the disk is full, so that draining goes on."""

    path: Path
    size_bytes: int

    @property
    def stands(self) -> bool:
        """Return whether it is there; without it the disk was full since."""
        return self.size_bytes == 0 or self.path.exists()

    def make(self) -> None:
        """Set the space aside once there is four times as much."""
        if self.stands:
            return
        free = os.statvfs(self.path.parent)
        if free.f_bavail * free.f_frsize < 4 * self.size_bytes:
            return
        try:
            with self.path.open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, self.size_bytes)
        except OSError:
            self.drop()

    def drop(self) -> None:
        """Give the space to whoever needs it."""
        self.path.unlink(missing_ok=True)
