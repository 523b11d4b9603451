"""Beidou positions from a CSV, as a fishery's platform exports them: one fix a row, every bad row named."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.errors import AppError
from services.screen_files import decoded
from services.screen_tables import instant_s, number
from vessels.beidou import BeidouFix

_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "beidou_id": ("beidou_id", "terminal", "terminal_id", "card", "card_no", "北斗卡号", "北斗终端", "终端号"),
    "time": ("observed_at", "time", "timestamp", "at", "时间", "定位时间"),
    "lat": ("lat_deg", "lat", "latitude", "纬度"),
    "lon": ("lon_deg", "lon", "lng", "longitude", "经度"),
}


class BeidouFileError(AppError):
    """The file of Beidou positions cannot be used at all; the text says why and what to do."""


@dataclass(frozen=True, kw_only=True)
class BeidouFile:
    """What a file says, in order of time, and one sentence for each row that could not be read."""

    fixes: tuple[BeidouFix, ...]
    problems: tuple[str, ...]


def read_fixes(path: Path) -> BeidouFile:
    """Return the fixes of a CSV (UTF-8, UTF-16 or GB 18030; times ISO 8601, UTC where no zone is given, or Unix).

    Raises
    ------
    BeidouFileError
        When it cannot be opened or lacks a column.
    """
    try:
        reader = csv.reader(io.StringIO(decoded(path.read_bytes()), newline=""))
        header = [cell.strip().lower() for cell in next(reader, [])]
    except (OSError, csv.Error) as exc:
        raise BeidouFileError(f"{path}: 北斗数据读取失败（{exc}）。Beidou positions must be a CSV file.") from exc
    place = _places(header, path)
    fixes: list[BeidouFix] = []
    problems: list[str] = []
    while True:
        try:
            cells = next(reader)
            if any(cell.strip() for cell in cells):
                fixes.append(_fix({name: cells[k].strip() for name, k in place.items()}))
        except StopIteration:
            break
        except (ValueError, IndexError, csv.Error) as exc:
            problems.append(f"{path.name} 第 {reader.line_num} 行 / line {reader.line_num}: {exc}")
    fixes.sort(key=lambda fix: (fix.at_s, fix.beidou_id))
    return BeidouFile(fixes=tuple(fixes), problems=tuple(problems))


def _places(header: list[str], path: Path) -> dict[str, int]:
    found = {
        wanted: next((header.index(name) for name in names if name in header), -1) for wanted, names in _COLUMNS.items()
    }
    missing = [wanted for wanted, at in found.items() if at < 0]
    if missing:
        usable = "; ".join("/".join(_COLUMNS[name]) for name in missing)
        raise BeidouFileError(
            f"{path}: 缺少列 {', '.join(missing)}（可用列名：{usable}）。Columns are missing: name them as shown."
        )
    return found


def _fix(cells: Mapping[str, str]) -> BeidouFix:
    at_s, lat, lon = instant_s(cells["time"]), number(cells["lat"]), number(cells["lon"])
    if not cells["beidou_id"]:
        raise ValueError("缺终端号 the terminal is missing")
    if not 0 <= at_s < 4_102_444_800:  # 2100: the database would take later ones, nobody means them
        raise ValueError(f"时间 {cells['time']!r} 无效 is no time")
    if not (np.isfinite(lat) and np.isfinite(lon) and abs(lat) <= 90 and abs(lon) <= 180) or (lat, lon) == (0, 0):
        raise ValueError(f"位置 {cells['lat']!r}, {cells['lon']!r} 无效 is no position")
    return BeidouFix(beidou_id=cells["beidou_id"], at_s=at_s, lat_deg=lat, lon_deg=lon)
