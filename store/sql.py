"""SQL text by name: queries of ``store/queries`` and statements of ``store/migrations/sql``."""

from functools import cache
from importlib.resources import files

from core.errors import StoreError


@cache
def query(name: str) -> str:
    """Return the text of ``store/queries/{name}.sql``; `name` is ``family/name``."""
    return _read(f"queries/{name}.sql")


@cache
def migration(name: str) -> str:
    """Return the text of ``store/migrations/sql/{name}.sql``."""
    return _read(f"migrations/sql/{name}.sql")


def _read(relative: str) -> str:
    path = files("store").joinpath(*relative.split("/"))
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as exc:
        raise StoreError(
            f"store/{relative} is missing: the installation is incomplete, install huangyu again."
        ) from exc


def query_names() -> list[str]:
    """Return the name of every query file, sorted."""
    root = files("store").joinpath("queries")
    names = [
        f"{family.name}/{entry.name.removesuffix('.sql')}"
        for family in root.iterdir()
        if family.is_dir()
        for entry in family.iterdir()
        if entry.name.endswith(".sql")
    ]
    return sorted(names)
