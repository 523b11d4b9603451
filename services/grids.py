"""Gridded forecasts into the store: one file or a watched folder (feeds: services.grid_feeds); lateness is told."""

import asyncio
import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from core.settings import build, load_toml
from forecasting.grids.fields import SPREAD
from forecasting.grids.nwp import Box, GridError, GridRun
from forecasting.series.history import Kind
from forecasting.series.scale import to_model
from services.grid_files import SUFFIXES, read_file
from store.forecast_rows import GridFieldRow, GridRunRow, NewGridRun

log = logging.getLogger(__name__)


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


LEAST_MEMBERS = 5
"""Fewer members than this say nothing of how sure a run is."""
SPREAD_KINDS: dict[str, Kind] = {"hs_m": "wave", "wind_mps": "wind"}


def load_grid_rules(rules_dir: Path) -> GridRules:
    """Return the rules; ConfigError names what is wrong."""
    return build(GridRules, load_toml(rules_dir / "grids.toml"), where="grids.toml")


def rows_of(run: GridRun) -> list[GridFieldRow]:
    """Return a run as rows: member 0 is the mean of the members, angles are averaged as vectors.

    Of an ensemble the spread of waves and wind is kept beside their mean.
    """
    rows = spread_rows(run)
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


def spread_rows(run: GridRun) -> list[GridFieldRow]:
    """Return how far the members of an ensemble differ, on the model's scale; none for fewer than `LEAST_MEMBERS`."""
    rows = []
    for quantity, kind in SPREAD_KINDS.items():
        values = run.values.get(quantity)
        if values is None or len(values) < LEAST_MEMBERS:
            continue
        level = to_model(values, kind)
        spread = np.sqrt(_mean(np.square(level - _mean(level))))
        rows.append(
            GridFieldRow(
                quantity=quantity + SPREAD, member=0, lat_deg=run.lat_deg, lon_deg=run.lon_deg, lead_h=run.lead_h,
                values=spread.astype(np.float32),
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
    run = await asyncio.to_thread(read_file, path, rules.box, init_at)
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
    for part in _parts(path):
        with part.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def _parts(path: Path) -> list[Path]:
    """Return the files that a run is made of: itself, or all below a Zarr folder."""
    return sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]


def _mark(path: Path) -> tuple[int, int]:
    """Return what changes when a run is still being written: bytes and newest time of change."""
    status = [part.stat() for part in _parts(path)]
    return sum(s.st_size for s in status), max((s.st_mtime_ns for s in status), default=0)


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
    try:
        paths = [p for p in sorted(folder.iterdir()) if p.suffix.lower() in SUFFIXES and not p.name.startswith(".")]
    except OSError as exc:
        return 0, [f"{folder}: the watched folder cannot be read ({exc.strerror}); check [forecast] grid_folder."]
    for path in paths:
        mark = None
        try:
            mark = _mark(path)
            if watch.seen.get(path.name) != mark:
                await import_grid(store, path, rules, at)
                taken += 1
        except (GridError, OSError) as exc:
            problems.append(str(exc))
            log.warning("grid file refused", extra={"file": path.name, "reason": str(exc)})
        if mark is not None:
            watch.seen[path.name] = mark
    return taken, problems


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
