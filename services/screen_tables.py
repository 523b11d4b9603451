"""Position tables of `huangyu screen`: CSV and Parquet with one report a row, columns by their usual names."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pa_parquet

from core.errors import AppError
from core.position import PositionSource
from services.screen_files import OnBreak, whole_text
from vessels.ais_columns import SOURCES, UNITS_PER_DEGREE, PositionColumns
from vessels.reports import BadLine, StaticReport

_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "mmsi": ("mmsi", "ssvid", "user_id", "mmsi号"),
    "time": (
        "observed_at", "timestamp", "time", "datetime", "basedatetime", "base_date_time", "date_time", "#timestamp",
        "时间", "接收时间",
    ),
    "lat": ("lat_deg", "lat", "latitude", "纬度"),
    "lon": ("lon_deg", "lon", "lng", "longitude", "经度"),
    "sog": ("sog_kn", "sog", "speed", "航速"),
    "cog": ("cog_deg", "cog", "course", "航向"),
    "heading": ("heading_deg", "heading", "true_heading", "艏向", "船首向"),
    "status": ("nav_status", "status", "navigationalstatus"),
    "name": ("name", "shipname", "vesselname", "vessel_name", "船名"),
    "call_sign": ("call_sign", "callsign", "呼号"),
    "ship_type": ("ship_type", "shiptype", "vesseltype", "vessel_type", "船型"),
    "length": ("length_m", "length", "船长"),
    "beam": ("beam_m", "width", "beam", "船宽"),
    "ais_class": ("ais_class", "class", "transceiverclass", "typeofmobile", "type"),
}  # fmt: skip
_EQUIPMENT: Mapping[str, PositionSource] = {
    "A": PositionSource.AIS_A, "CLASS A": PositionSource.AIS_A, "AIS.1": PositionSource.AIS_A,
    "AIS.2": PositionSource.AIS_A, "AIS.3": PositionSource.AIS_A, "1": PositionSource.AIS_A, "2": PositionSource.AIS_A,
    "3": PositionSource.AIS_A, "B": PositionSource.AIS_B, "CLASS B": PositionSource.AIS_B, "18": PositionSource.AIS_B,
    "19": PositionSource.AIS_B, "AIS.18": PositionSource.AIS_B, "AIS.19": PositionSource.AIS_B,
    "27": PositionSource.AIS_LONG, "AIS.27": PositionSource.AIS_LONG, "ATON": PositionSource.AIS_ATON,
    "21": PositionSource.AIS_ATON, "AIS.21": PositionSource.AIS_ATON, "BASE STATION": PositionSource.AIS_BASE,
    "4": PositionSource.AIS_BASE, "AIS.4": PositionSource.AIS_BASE, "SAR AIRBORNE": PositionSource.AIS_SAR,
    "9": PositionSource.AIS_SAR, "AIS.9": PositionSource.AIS_SAR,
}  # fmt: skip
_DATES = ("%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%d/%m/%Y %H:%M:%S", "%Y%m%d%H%M%S")
_DIGITS_OF_A_DATE = (8, 14)
"""YYYYMMDD and YYYYMMDDhhmmss; other whole numbers are Unix seconds or milliseconds, which ISO 8601 would misread."""
_NO_PLACE = "row without number, time or position"
_ODD_ROW = "row with another number of cells"
_SAMPLES = 50


class TableError(AppError):
    """A table that cannot be used at all, in Chinese and English: the files beside it are read all the same."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh}{en}")
        self.zh, self.en = zh, en


@dataclass(kw_only=True)
class Table:
    """What one table says; `bad` counts rows by what is wrong with them."""

    rows: int
    columns: PositionColumns
    statics: list[tuple[int, StaticReport]]
    bad: dict[str, int] = field(default_factory=dict)
    samples: list[BadLine] = field(default_factory=list)


def is_table(path: Path) -> bool:
    """Return whether a file is a table by its name, packed or not."""
    return bool({suffix.lower() for suffix in path.suffixes} & {".csv", ".parquet"})


def read_table(path: Path, first_line: int, on_break: OnBreak) -> Table:
    """Return what a table says, its rows numbered from `first_line`.

    Raises
    ------
    TableError
        When nothing of it can be used: no table, empty, or a column is missing.
    """
    bad: dict[str, int] = {}
    samples: list[BadLine] = []
    try:
        if ".parquet" in {suffix.lower() for suffix in path.suffixes}:
            raw = pa_parquet.read_table(path)
        else:
            raw = _read_csv(whole_text(path, on_break), bad, samples, first_line)
    except (OSError, pa.ArrowInvalid, pa.ArrowNotImplementedError, csv.Error) as exc:
        raise TableError(
            f"表格无法读取（{exc}），请重新导出为 UTF-8 CSV 或 Parquet。",
            f"No table can be read from it ({exc}): export it again as UTF-8 CSV or Parquet.",
        ) from exc
    columns = _named(raw)
    found = _positions(columns, raw.num_rows, first_line)
    statics = _table_statics(columns, first_line)
    _note_unplaced(found.line, raw, first_line, bad, samples)
    return Table(rows=raw.num_rows, columns=found, statics=statics, bad=bad, samples=samples)


def _read_csv(text: str, bad: dict[str, int], samples: list[BadLine], first_line: int) -> pa.Table:
    """Return a CSV as a table; where the columns' types cannot be told from the first rows, as text throughout."""
    data = text.encode("utf-8", "replace")
    if not data.strip():
        raise pa.ArrowInvalid("empty file")

    def skip(row: pa_csv.InvalidRow) -> str:
        bad[_ODD_ROW] = bad.get(_ODD_ROW, 0) + 1
        if len(samples) < _SAMPLES:
            line = first_line + max(0, (row.number or 2) - 2)
            samples.append(BadLine(line_no=line, reason=_ODD_ROW, raw=str(row.text or "").encode()))
        return "skip"

    parse = pa_csv.ParseOptions(invalid_row_handler=skip)
    whole = pa_csv.ReadOptions(block_size=max(1 << 20, len(data) + 1), use_threads=False)
    try:
        return pa_csv.read_csv(
            io.BytesIO(data), read_options=whole, parse_options=parse,
            convert_options=pa_csv.ConvertOptions(strings_can_be_null=True),
        )  # fmt: skip
    except pa.ArrowInvalid:
        bad.clear()
        samples.clear()
    names = next(csv.reader(io.StringIO(text)), [])
    return pa_csv.read_csv(
        io.BytesIO(data), read_options=whole, parse_options=parse,
        convert_options=pa_csv.ConvertOptions(
            strings_can_be_null=True, column_types=dict.fromkeys(names, pa.string())
        ),
    )  # fmt: skip


def _named(table: pa.Table) -> dict[str, np.ndarray]:
    by_name = {name.lower().replace(" ", ""): name for name in table.column_names}
    found = {}
    for wanted, names in _COLUMNS.items():
        name = next((by_name[n] for n in names if n in by_name), None)
        if name is not None:
            found[wanted] = np.asarray(table[name].to_pandas())
    missing = [wanted for wanted in ("mmsi", "time", "lat", "lon") if wanted not in found]
    if missing:
        usable = "; ".join("/".join(_COLUMNS[m]) for m in missing)
        raise TableError(
            f"缺少列 {', '.join(missing)}（可用列名：{usable}）。", "Columns are missing: name them as shown."
        )
    return found


def _note_unplaced(
    kept: np.ndarray, raw: pa.Table, first_line: int, bad: dict[str, int], samples: list[BadLine]
) -> None:
    """Count the rows that gave no position, and keep the first of them."""
    lost = np.setdiff1d(np.arange(raw.num_rows) + first_line, kept, assume_unique=True)
    if not len(lost):
        return
    bad[_NO_PLACE] = len(lost)
    for line in lost[: max(0, _SAMPLES - len(samples))].tolist():
        cells = ",".join(str(column[line - first_line].as_py()) for column in raw.columns)
        samples.append(BadLine(line_no=line, reason=_NO_PLACE, raw=cells.encode()))


def _numbers(values: np.ndarray) -> np.ndarray:
    if values.dtype == object:
        return np.array([number(v) for v in values], dtype=np.float64)
    return values.astype(np.float64)


def number(value: object) -> float:
    """Return a cell as a number, NaN where it is none."""
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return np.nan


def unix_s(values: np.ndarray) -> np.ndarray:
    """Return times (ISO 8601 text, datetimes, Unix seconds or milliseconds) as Unix seconds, NaN where unreadable."""
    if values.dtype.kind == "M":
        return values.astype("datetime64[us]").astype(np.int64) / 1e6
    if values.dtype.kind in "iuf":
        numbers = values.astype(np.float64)
        return np.where(np.abs(numbers) > 1e11, numbers / 1000.0, numbers)
    return np.array([instant_s(value) for value in values], dtype=np.float64)


def instant_s(value: object) -> float:
    """Return one time as Unix seconds, NaN where it cannot be read."""
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()
    text = str(value).strip().replace(" UTC", "").replace("Z", "+00:00")
    seconds = number(text)
    if np.isfinite(seconds) and len(text.partition(".")[0]) not in _DIGITS_OF_A_DATE:
        return seconds / 1000.0 if abs(seconds) > 1e11 else seconds
    at = _dated(text)
    return np.nan if at is None else (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def _dated(text: str) -> datetime | None:
    """Return a date and time in ISO 8601, or as spreadsheets write them, year or day first; None for any other text."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    for form in _DATES:
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007 - the caller takes it as UTC
        except ValueError:
            continue
    return None


def _positions(columns: Mapping[str, np.ndarray], rows: int, first_line: int) -> PositionColumns:
    mmsi, lat, lon = (_numbers(columns[name]) for name in ("mmsi", "lat", "lon"))
    time_s = unix_s(columns["time"])
    none = np.full(rows, np.nan)
    sog, cog, heading, status = (
        _numbers(columns[name]) if name in columns else none for name in ("sog", "cog", "heading", "status")
    )
    good = np.isfinite(mmsi) & np.isfinite(time_s) & (np.abs(lat) <= 90) & (np.abs(lon) <= 180) & (mmsi >= 0)
    whole = PositionColumns(
        line=np.arange(rows) + first_line, mmsi=_ints(mmsi, 1.0, 0, 2**31), time_s=time_s,
        lat=_ints(lat, UNITS_PER_DEGREE, 0, 1e9), lon=_ints(lon, UNITS_PER_DEGREE, 0, 1e9),
        sog=_ints(sog, 10.0, -1, 1022), cog=_ints(cog, 10.0, -1, 3599), heading=_ints(heading, 1.0, -1, 359),
        rot=none, status=_ints(status, 1.0, -1, 15), source=_sources(columns, status),
    )  # fmt: skip
    return whole.take(good)


def _ints(values: np.ndarray, scale: float, missing: float, high: float) -> np.ndarray:
    scaled = np.round(values * scale)
    with np.errstate(invalid="ignore"):
        usable = np.isfinite(scaled) & (np.abs(scaled) <= max(high, 1e9 if missing == 0 else high))
    usable &= (scaled >= 0) | (missing == 0)
    return np.where(usable, scaled, missing).astype(np.int64)


def _sources(columns: Mapping[str, np.ndarray], status: np.ndarray) -> np.ndarray:
    """Return by which equipment each row came; where nothing says it, class B, which proves nothing about a hull."""
    said = np.where(np.isfinite(status), SOURCES.index(PositionSource.AIS_A), SOURCES.index(PositionSource.AIS_B))
    if "ais_class" not in columns:
        return said
    words = [_EQUIPMENT.get(str(value).upper().strip()) for value in columns["ais_class"]]
    return np.array(
        [s if word is None else SOURCES.index(word) for s, word in zip(said.tolist(), words, strict=True)],
        dtype=np.int64,
    )


def _table_statics(columns: Mapping[str, np.ndarray], first_line: int) -> list[tuple[int, StaticReport]]:
    """Return names, call signs, types and sizes of a position table, one report for each distinct set."""
    wanted = [name for name in ("name", "call_sign", "ship_type", "length", "beam") if name in columns]
    if not wanted:
        return []
    seen: dict[tuple[object, ...], int] = {}
    mmsi, time_s = _numbers(columns["mmsi"]), unix_s(columns["time"])
    for row, key in enumerate(zip(*(columns[name].tolist() for name in wanted), strict=True)):
        if np.isfinite(mmsi[row]) and np.isfinite(time_s[row]) and any(_said(v) for v in key):
            seen.setdefault((int(mmsi[row]), *map(str, key)), row)
    found = []
    for row in seen.values():
        values = {name: columns[name][row] for name in wanted}
        found.append((first_line + row, _report(int(mmsi[row]), float(time_s[row]), values)))
    return found


def _said(value: object) -> bool:
    return value is not None and str(value).strip() not in ("", "nan", "None", "NaN")


def _report(mmsi: int, time_s: float, values: Mapping[str, object]) -> StaticReport:
    size = {name: number(values.get(name)) for name in ("length", "beam", "ship_type")}
    length, beam = (round(size[n]) if np.isfinite(size[n]) and size[n] > 0 else None for n in ("length", "beam"))
    kind = size["ship_type"]
    return StaticReport(
        mmsi=mmsi, observed_at=datetime.fromtimestamp(time_s, UTC), part=_part(values), ais_class="A",
        name=str(values["name"]).strip() if _said(values.get("name")) else None,
        call_sign=str(values["call_sign"]).strip() if _said(values.get("call_sign")) else None,
        ship_type=int(kind) if np.isfinite(kind) and 0 < kind < 100 else None,
        to_bow_m=length, to_stern_m=None if length is None else 0, to_port_m=beam,
        to_starboard_m=None if beam is None else 0,
    )  # fmt: skip


def _part(values: Mapping[str, object]) -> str:
    """Return the message that says what a table's columns say: of what has no column nothing is known."""
    if "name" not in values:
        return "24B"
    return "5" if "length" in values else "24A"
