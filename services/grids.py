"""Gridded forecasts into the store: one file, a watched folder, a URL template or an S3 prefix; lateness is told."""

import asyncio
import hashlib
import logging
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from core.settings import build, load_toml
from forecasting.nwp import Box, GridError, GridRun, read_run
from store.forecast_rows import GridFieldRow, GridRunRow, NewGridRun

log = logging.getLogger(__name__)

SUFFIXES = (".nc", ".nc4", ".grib", ".grib2", ".grb", ".grb2", ".zarr")
CYCLE_H = 6
"""Initial times that a URL template is tried for: every six hours. [h]"""


@dataclass(frozen=True, kw_only=True)
class GridRules:
    """Rule file of gridded forecasts."""

    version: str
    source: str
    south_deg: float
    west_deg: float
    north_deg: float
    east_deg: float
    late_after_h: float
    keep_days: int

    def __post_init__(self) -> None:
        if not (self.south_deg < self.north_deg and self.west_deg < self.east_deg):
            raise ValueError("the area is empty: south_deg below north_deg, west_deg below east_deg.")

    @property
    def box(self) -> Box:
        """Return the sea area."""
        return Box(south_deg=self.south_deg, west_deg=self.west_deg, north_deg=self.north_deg, east_deg=self.east_deg)


def load_grid_rules(rules_dir: Path) -> GridRules:
    """Return the rules; ConfigError names what is wrong."""
    return build(GridRules, load_toml(rules_dir / "grids.toml"), where="grids.toml")


def open_grid(path: Path) -> Any:
    """Return a file as an xarray Dataset, fully read.

    Raises
    ------
    GridError
        No such file, a damaged file, or a format whose library is missing (GRIB: extra `grib`, Zarr: extra `zarr`).
    """
    import xarray  # noqa: PLC0415  (heavy, and only wanted where grids are)

    suffix = path.suffix.lower()
    if not path.exists():
        raise GridError(f"{path}: no such file; give the path of a NetCDF, GRIB or Zarr run.")
    engine = "zarr" if suffix == ".zarr" else "cfgrib" if suffix.startswith((".grib", ".grb")) else None
    try:
        with xarray.open_dataset(path, engine=engine) as dataset:
            return dataset.load()
    except ModuleNotFoundError as exc:
        raise GridError(f"{path}: reading this format needs {exc.name}: install huangyu[{engine or 'shore'}].") from exc
    except ValueError as exc:
        if engine and engine in str(exc):
            extra = "grib" if engine == "cfgrib" else engine
            raise GridError(f"{path}: reading this format needs {engine}: install huangyu[{extra}].") from exc
        raise GridError(f"{path}: cannot be read as a grid ({exc}); fetch it again.") from exc
    except (OSError, KeyError, RuntimeError, TypeError, EOFError) as exc:
        raise GridError(f"{path}: cannot be read as a grid ({exc}); fetch it again.") from exc


def rows_of(run: GridRun) -> list[GridFieldRow]:
    """Return a run as rows: member 0 is the mean of the members, angles are averaged as vectors."""
    rows = []
    for quantity, values in sorted(run.values.items()):
        if quantity.endswith("_deg"):
            mean = np.degrees(np.angle(_mean(np.exp(1j * np.radians(values))))) % 360
        else:
            mean = _mean(values)
        rows.append(
            GridFieldRow(
                quantity=quantity, member=0, lat_deg=run.lat_deg, lon_deg=run.lon_deg, lead_h=run.lead_h,
                values=mean.astype(np.float32),
            )
        )  # fmt: skip
    return rows


def _mean(values: Any) -> Any:
    """Return the mean over members where any has a value, NaN elsewhere, without numpy's warning for land."""
    known = np.isfinite(values)
    count = known.sum(axis=0)
    return np.where(count > 0, np.where(known, values, 0).sum(axis=0) / np.maximum(count, 1), np.nan)


async def import_grid(
    store: Any,
    path: Path,
    rules: GridRules,
    at: datetime,
    *,
    source: str | None = None,
    init_at: datetime | None = None,
) -> GridRunRow:
    """Take one file in and return its run; the same run again replaces what was there."""
    run = await asyncio.to_thread(lambda: read_run(open_grid(path), rules.box, init_at))
    zh = f"缺少要素：{', '.join(run.missing)}" if run.missing else ""
    en = f"without usable values: {', '.join(run.missing)}" if run.missing else ""
    new = NewGridRun(
        source=source or path.stem.split("_")[0],
        init_at=run.init_at,
        received_at=at,
        file_name=path.name,
        sha256=await asyncio.to_thread(_digest, path),
        notice_zh=zh,
        notice_en=en,
    )
    number = await store.forecasts.save_grid(new, rows_of(run))
    return GridRunRow(grid_run_id=number, **{name: getattr(new, name) for name in new.__dataclass_fields__})


def _digest(path: Path) -> str:
    """Return the digest of a file, of all files below a Zarr folder."""
    digest = hashlib.sha256()
    for part in sorted(path.rglob("*")) if path.is_dir() else [path]:
        if part.is_file():
            digest.update(part.read_bytes())
    return digest.hexdigest()


@dataclass(kw_only=True)
class FolderWatch:
    """What of a watched folder has been looked at: name -> (size, modified); refused files are told once."""

    seen: dict[str, tuple[int, int]] = field(default_factory=dict)


async def watch_folder(
    store: Any, folder: Path, rules: GridRules, at: datetime, watch: FolderWatch
) -> tuple[int, list[str]]:
    """Take in files of a folder that are new or changed; return how many, and a sentence per file that was refused.

    Hidden files and names ending in ``.part`` are still being written and are left alone.
    """
    taken, problems = 0, []
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        if path.name.startswith(".") or path.suffix.lower() not in SUFFIXES:
            continue
        status = path.stat()
        mark = (status.st_size, status.st_mtime_ns)
        if watch.seen.get(path.name) == mark:
            continue
        try:
            await import_grid(store, path, rules, at)
            taken += 1
        except GridError as exc:
            problems.append(str(exc))
            log.warning("grid file refused", extra={"file": path.name, "reason": str(exc)})
        watch.seen[path.name] = mark
    if not folder.is_dir():
        problems.append(f"{folder}: the watched folder does not exist; create it or correct [forecast] grid_folder.")
    return taken, problems


def template_urls(template: str, at: datetime, cycles: int = 4) -> list[tuple[datetime, str]]:
    """Return the addresses of the newest cycles of a template such as ``https://host/{init:%Y%m%d%H}/sea.nc``."""
    newest = at.replace(hour=at.hour // CYCLE_H * CYCLE_H, minute=0, second=0, microsecond=0)
    inits = [newest - timedelta(hours=CYCLE_H * n) for n in range(cycles)]
    return [(init, template.format(init=init)) for init in inits]


async def fetch_template(
    store: Any, template: str, rules: GridRules, at: datetime, known: Sequence[GridRunRow], source: str
) -> int:
    """Fetch the newest cycle of a URL template that is not in the store yet; return 1 when one was taken in.

    ``s3://`` addresses are read through fsspec (extra `s3`). A cycle that is not out yet is passed over.
    """
    have = {run.init_at for run in known if run.source == source}
    for init, url in template_urls(template, at):
        if init in have:
            return 0
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / (url.rsplit("/", 1)[-1] or "run.nc")
            if await download(url, path):
                await import_grid(store, path, rules, at, source=source, init_at=init)
                return 1
    return 0


async def download(url: str, path: Path) -> bool:
    """Fetch an address to a file; False when it is not there (yet) or cannot be reached."""
    if url.startswith("s3://"):
        return await asyncio.to_thread(_from_s3, url, path)
    import httpx  # noqa: PLC0415  (only wanted where a feed is set)

    try:
        async with httpx.AsyncClient(timeout=60, follow_redirects=True) as client, client.stream("GET", url) as answer:
            if answer.status_code != 200:
                return False
            with path.open("wb") as out:
                async for piece in answer.aiter_bytes():
                    out.write(piece)
    except httpx.HTTPError as exc:
        log.warning("grid feed not reached", extra={"reason": type(exc).__name__})
        return False
    return True


def _from_s3(url: str, path: Path) -> bool:
    try:
        import fsspec  # noqa: PLC0415  (extra)
    except ModuleNotFoundError as exc:
        raise GridError("An s3:// feed needs fsspec and s3fs: install huangyu[s3].") from exc
    try:
        with fsspec.open(url, "rb") as source, path.open("wb") as out:
            out.write(source.read())
    except (FileNotFoundError, PermissionError):
        return False
    return True


def lateness(runs: Sequence[GridRunRow], rules: GridRules, at: datetime) -> tuple[str, str]:
    """Return what people must know about the newest run, both languages; empty when one is young enough."""
    if not runs:
        return (
            "没有可用的数值预报，波浪预报只用本站统计",
            "no gridded forecast: waves rest on the buoy's own statistics",
        )
    age_h = (at - max(run.init_at for run in runs)).total_seconds() / 3600
    if age_h > rules.late_after_h:
        return (
            f"数值预报已 {age_h:.0f} 小时没有更新，波浪预报范围放宽",
            f"the newest gridded forecast is {age_h:.0f} h old: the range of waves is widened",
        )
    return "", ""
