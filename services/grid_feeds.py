"""Gridded forecasts from afar: the newest cycle of an address template, or what is new below a prefix of a bucket.

A template holds the initial time, as ``https://host/{init:%Y%m%d}/sea_{init:%H}.nc``; a prefix is ``s3://bucket/folder/``.
Access to a bucket follows the usual environment (``AWS_ACCESS_KEY_ID``, ``AWS_ENDPOINT_URL``...).
"""

import asyncio
import logging
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Any

from forecasting.grids.nwp import GridError
from services.grid_files import SUFFIXES
from services.grids import GridRules, import_grid
from store.forecast_rows import GridRunRow

log = logging.getLogger(__name__)

CYCLE_H = 6
"""Initial times that a template is tried for: every six hours. [h]"""
CYCLES = 4
"""Newest cycles that are tried; an older one is of no use once these are out."""
LARGEST_BYTES = 4 * 2**30
"""A larger file is no cut-out of our sea: ask the provider for the area. [B]"""
NEWEST_OBJECTS = 8
"""Of the objects below a prefix at most this many are looked at: the last by name."""
TIMEOUT_S = 60.0
FOLLOW_S = 600.0
"""A feed that drips must not hold the hour's forecasts back longer. [s]"""


class FeedError(GridError):
    """A feed cannot be read: the text says why and what to do."""


@dataclass(kw_only=True)
class FeedWatch:
    """Objects below a prefix that were looked at: name -> mark of its content."""

    seen: dict[str, str] = field(default_factory=dict)


async def follow(
    store: Any, address: str, rules: GridRules, at: datetime, known: Sequence[GridRunRow], watch: FeedWatch
) -> tuple[int, list[str]]:
    """Take in what is new at a feed; return how many runs, and a sentence for everything that went wrong.

    Parameters
    ----------
    address
        A template or a prefix (see the module).
    known
        Runs that the store has.
    """
    try:
        async with asyncio.timeout(FOLLOW_S):
            if "{init" in address:
                return await _newest_cycle(store, address, rules, at, known), []
            return await _new_objects(store, address, rules, at, watch)
    except GridError as exc:
        reason = str(exc)
    except TimeoutError:
        reason = f"{source_of(address)}: the grid feed took over {FOLLOW_S:.0f} s; it is tried again in the next pass."
    log.warning("grid feed refused", extra={"reason": reason})
    return 0, [reason]


def source_of(address: str) -> str:
    """Return the name under which the runs of a template are kept: its host or bucket."""
    return address.split("://", 1)[-1].split("/", 1)[0]


def template_urls(template: str, at: datetime, cycles: int = CYCLES) -> list[tuple[datetime, str]]:
    """Return the addresses of the newest cycles of a template, newest first.

    Raises
    ------
    FeedError
        The template has a field other than ``init``.
    """
    newest = at.replace(hour=at.hour // CYCLE_H * CYCLE_H, minute=0, second=0, microsecond=0)
    inits = [newest - timedelta(hours=CYCLE_H * n) for n in range(cycles)]
    try:
        return [(init, template.format(init=init)) for init in inits]
    except (KeyError, IndexError, ValueError, AttributeError) as exc:
        raise FeedError(f"{template}: not a template; write the initial time as {{init:%Y%m%d%H}}.") from exc


async def _newest_cycle(store: Any, template: str, rules: GridRules, at: datetime, known: Sequence[GridRunRow]) -> int:
    """Fetch the newest cycle that is out and not in the store yet; return 1 when one was taken in."""
    source = source_of(template)
    have = {run.init_at for run in known if run.source == source}
    for init, url in template_urls(template, at):
        if init in have:
            return 0
        with tempfile.TemporaryDirectory(prefix="huangyu-grid-") as folder:
            path = Path(folder) / (PurePosixPath(url.split("?", 1)[0]).name or "run.nc")
            if await download(url, path):
                await import_grid(store, path, rules, at, source=source, init_at=init)
                return 1
    return 0


async def download(url: str, path: Path) -> bool:
    """Fetch an address to a file; False when it is not out yet.

    Raises
    ------
    FeedError
        The provider cannot be reached, refuses, or sends more than `LARGEST_BYTES`.
    """
    if not url.startswith(("http://", "https://")):
        return await asyncio.to_thread(_from_bucket, url, path)
    import httpx  # noqa: PLC0415  (only wanted where a feed is set)

    host = source_of(url)
    try:
        async with (
            httpx.AsyncClient(timeout=TIMEOUT_S, follow_redirects=True) as client,
            client.stream("GET", url) as answer,
        ):
            if answer.status_code in (404, 410):
                return False
            if answer.status_code != 200:
                raise FeedError(f"{host}: the grid feed answers {answer.status_code}; check [forecast] grid_feed.")
            await _write(answer.aiter_bytes(), path, host)
    except httpx.HTTPError as exc:
        raise FeedError(f"{host}: the grid feed cannot be reached ({type(exc).__name__}); it is tried again.") from exc
    return True


async def _write(pieces: Any, path: Path, host: str) -> None:
    written = 0
    with path.open("wb") as out:
        async for piece in pieces:
            written += len(piece)
            if written > LARGEST_BYTES:
                raise FeedError(f"{host}: a file of over {LARGEST_BYTES >> 30} GiB; ask for our sea area only.")
            out.write(piece)


def _from_bucket(url: str, path: Path) -> bool:
    """Copy an object, or a Zarr folder with all below it; False when it is not there."""
    files, name = _file_system(url)
    try:
        if files.isdir(name):
            _check_folder(url, files.find(name, detail=True))
            files.get(name, str(path), recursive=True)
        else:
            if files.size(name) > LARGEST_BYTES:
                raise FeedError(f"{url}: over {LARGEST_BYTES >> 30} GiB; ask for our sea area only.")
            files.get_file(name, str(path))
    except FileNotFoundError:
        return False
    except _bucket_errors() as exc:
        raise FeedError(f"{source_of(url)}: the grid feed cannot be read ({exc}); check its access.") from exc
    return True


def _check_folder(url: str, parts: Mapping[str, Mapping[str, Any]]) -> None:
    """Refuse a folder of objects that is too large, or whose names would lead out of the folder they are copied to."""
    if sum(int(part.get("size") or 0) for part in parts.values()) > LARGEST_BYTES:
        raise FeedError(f"{url}: over {LARGEST_BYTES >> 30} GiB; ask for our sea area only.")
    if any({"..", "."} & set(PurePosixPath(name).parts) or "//" in name for name in parts):
        raise FeedError(f"{url}: it holds an object with '..' in its name; have the provider look at it.")


def _file_system(url: str) -> tuple[Any, str]:
    try:
        import fsspec  # noqa: PLC0415  (extra)

        # A fresh one each time: access keys and the endpoint may have changed since the last pass.
        files, name = fsspec.core.url_to_fs(url, skip_instance_cache=True)
    except ImportError as exc:
        raise FeedError(f"{url}: this feed needs {exc.name or 's3fs'}: install huangyu[s3].") from exc
    except ValueError as exc:
        raise FeedError(f"{url}: not an address that can be read ({exc}).") from exc
    return files, name


def _bucket_errors() -> tuple[type[Exception], ...]:
    """Return what a bucket that cannot be read raises: s3fs passes some of its client's own errors on."""
    try:
        from botocore.exceptions import BotoCoreError  # noqa: PLC0415  (extra)
    except ModuleNotFoundError:
        return (OSError,)
    return (OSError, BotoCoreError)


def _newest(prefix: str) -> dict[str, str]:
    """Return the newest objects below a prefix by name, each with a mark that changes with its content."""
    files, name = _file_system(prefix)
    try:
        found = files.ls(name, detail=True)
        grids = sorted(
            (one for one in found if PurePosixPath(one["name"]).suffix.lower() in SUFFIXES), key=lambda one: one["name"]
        )
        return {one["name"]: _mark(files, one) for one in grids[-NEWEST_OBJECTS:]}
    except FileNotFoundError as exc:
        raise FeedError(f"{prefix}: nothing is there; check the bucket and folder in [forecast] grid_feed.") from exc
    except _bucket_errors() as exc:
        raise FeedError(f"{source_of(prefix)}: the grid feed cannot be read ({exc}); check its access.") from exc


def _mark(files: Any, one: Mapping[str, Any]) -> str:
    """Return what changes with an object's content; a Zarr folder has no mark of its own but grows while written."""
    if one.get("type") == "directory":
        return str(files.du(one["name"]))
    return str(one.get("ETag") or one.get("LastModified") or one.get("created") or one.get("size"))


async def _new_objects(
    store: Any, prefix: str, rules: GridRules, at: datetime, watch: FeedWatch
) -> tuple[int, list[str]]:
    """Take in the objects below a prefix that are new or changed; a damaged one is told once."""
    taken, problems = 0, []
    scheme = prefix.split("://", 1)[0]
    for name, mark in (await asyncio.to_thread(_newest, prefix)).items():
        if watch.seen.get(name) == mark:
            continue
        with tempfile.TemporaryDirectory(prefix="huangyu-grid-") as folder:
            path = Path(folder) / PurePosixPath(name).name
            try:
                if await download(f"{scheme}://{name.lstrip('/')}", path):
                    await import_grid(store, path, rules, at, source=source_of(prefix))
                    taken += 1
            except GridError as exc:
                problems.append(str(exc))
                log.warning("grid object refused", extra={"object": name, "reason": str(exc)})
        watch.seen[name] = mark
    return taken, problems
