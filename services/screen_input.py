"""What `huangyu screen` reads: NMEA logs (plain, tag-blocked, gz), position tables (CSV, Parquet), detections."""

import csv
import gzip
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pa_parquet

from core.errors import AppError
from core.position import PositionSource
from vessels.ais import Decoder
from vessels.ais_columns import SOURCES, UNITS_PER_DEGREE, PositionColumns
from vessels.association import Detection
from vessels.reports import BadLine, SafetyText, StaticReport

CHUNK_BYTES = 4 * 1024 * 1024
MAX_PENDING_BYTES = 64 * 1024
"""A line longer than this is no sentence: it is cut into pieces that are each counted as too long."""
_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "mmsi": ("mmsi", "ssvid", "user_id"),
    "time": ("observed_at", "timestamp", "time", "datetime", "basedatetime", "base_date_time", "date_time"),
    "lat": ("lat_deg", "lat", "latitude"),
    "lon": ("lon_deg", "lon", "lng", "longitude"),
    "sog": ("sog_kn", "sog", "speed"),
    "cog": ("cog_deg", "cog", "course"),
    "heading": ("heading_deg", "heading", "true_heading"),
    "status": ("nav_status", "status", "navigationalstatus"),
    "name": ("name", "shipname", "vesselname", "vessel_name"),
    "call_sign": ("call_sign", "callsign"),
    "ship_type": ("ship_type", "shiptype", "vesseltype", "vessel_type"),
    "length": ("length_m", "length"),
    "beam": ("beam_m", "width", "beam"),
    "ais_class": ("ais_class", "class", "transceiverclass", "type"),
}
_CLOCK = re.compile(rb"\$..(?:RMC,(\d{6})[\d.]*,A,(?:[^,\r\n]*,){6}(\d{6})|ZDA,(\d{6})[\d.]*,(\d\d),(\d\d),(\d{4}))")


class ScreenError(AppError):
    """A file cannot be screened at all; the text says which and what to do."""


@dataclass(kw_only=True)
class Source:
    """One input file and the number of its first line in the run's count of lines."""

    path: Path
    first_line: int = 0
    lines: int = 0
    is_table: bool = False


@dataclass(kw_only=True)
class Input:
    """Everything that was read."""

    sources: list[Source] = field(default_factory=list)
    columns: list[PositionColumns] = field(default_factory=list)
    statics: list[tuple[int, StaticReport]] = field(default_factory=list)
    texts: list[SafetyText] = field(default_factory=list)
    bad: list[BadLine] = field(default_factory=list)
    n_bad: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    lines: int = 0
    guessed_time: bool = False
    radar: list[Any] = field(default_factory=list)

    def count(self, counts: Mapping[str, int]) -> None:
        """Add counts."""
        for name, number in counts.items():
            self.counts[name] = self.counts.get(name, 0) + number


MAX_BAD_SAMPLES = 200
"""Bad lines shown in the summary; all are counted."""


def read(paths: list[Path], *, start: datetime | None, progress: Callable[[int], None] = lambda _: None) -> Input:
    """Return everything in the files; bad lines are counted with a sample, an unreadable file raises ScreenError."""
    found = Input()
    for path in paths:
        if not path.is_file():
            raise ScreenError(f"{path}: 没有这个文件。No such file.")
        source = Source(path=path, first_line=found.lines, is_table=_is_table(path))
        found.sources.append(source)
        try:
            if source.is_table:
                _read_table(found, source)
                progress(path.stat().st_size)
            else:
                _read_nmea(found, source, start, progress)
        except (OSError, EOFError, gzip.BadGzipFile, pa.ArrowInvalid) as exc:
            raise ScreenError(f"{path}: 读取失败（{exc}）。Cannot be read: check the file, or copy it again.") from exc
        source.lines = found.lines - source.first_line
    return found


def _is_table(path: Path) -> bool:
    names = [suffix.lower() for suffix in path.suffixes]
    return ".csv" in names or ".parquet" in names


def _open(path: Path) -> IO[bytes]:
    with path.open("rb") as probe:
        packed = probe.read(2) == b"\x1f\x8b"
    return gzip.open(path, "rb") if packed else path.open("rb")  # type: ignore[return-value]


def blocks(path: Path) -> Iterator[bytes]:
    """Yield a file in blocks that end with whole lines; endless lines are cut so that memory stays bounded."""
    pending = b""
    with _open(path) as file:
        while chunk := file.read(CHUNK_BYTES):
            chunk = pending + chunk
            cut = chunk.rfind(b"\n") + 1
            if not cut and len(chunk) > MAX_PENDING_BYTES:
                cut = len(chunk)
                yield chunk + b"\n"
                pending = b""
                continue
            if cut:
                yield chunk[:cut]
            pending = chunk[cut:]
    if pending:
        yield pending


def _read_nmea(found: Input, source: Source, start: datetime | None, progress: Callable[[int], None]) -> None:
    decoder = Decoder()
    clock = _Clock(start or datetime.fromtimestamp(source.path.stat().st_mtime, UTC))
    size, done = source.path.stat().st_size, 0
    for block in blocks(source.path):
        lines = block.count(b"\n") + (0 if block.endswith(b"\n") else 1)
        times = clock.times(block, lines)
        batch = decoder.feed_block(block, times, [source.path.stem], first_line=found.lines)
        found.columns.append(batch.columns)
        found.statics += zip(batch.static_line, batch.statics, strict=True)
        found.texts += batch.texts
        found.radar += batch.radar
        _keep_bad(found, batch.bad)
        found.count(batch.counts)
        found.lines += lines
        done += len(block)
        progress(min(len(block), max(0, size - done + len(block))))
    _keep_bad(found, decoder.flush())
    found.guessed_time = found.guessed_time or clock.guessed


def _keep_bad(found: Input, bad: list[BadLine]) -> None:
    found.n_bad += len(bad)
    room = MAX_BAD_SAMPLES - len(found.bad)
    if room > 0:
        found.bad += bad[:room]


class _Clock:
    """Times for lines without a tag block: from GPS sentences of the same log, else counted on from a start."""

    def __init__(self, start: datetime) -> None:
        self._last_s = start.timestamp()
        self._known = False
        self.guessed = False

    def times(self, block: bytes, lines: int) -> np.ndarray:
        """Return a time for each line; tag blocks have precedence where they stand."""
        marks = _clock_marks(block)
        times = np.full(lines, np.nan)
        for line, at_s in marks:
            times[line] = at_s
        if marks and not self._known:
            self._last_s, self._known = marks[0][1], True
        filled = _filled(times, self._last_s)
        if not self._known:
            if b"\\" not in block:
                self.guessed = True
            filled = self._last_s + np.arange(lines) * GUESSED_STEP_S
        if lines:
            self._last_s = float(filled[-1]) + (0.0 if self._known else GUESSED_STEP_S)
        return filled


GUESSED_STEP_S = 0.1
"""Spacing of lines in a log that has no time at all: identities stay right, speeds between reports mean nothing."""


def _clock_marks(block: bytes) -> list[tuple[int, float]]:
    marks = []
    at, line = 0, 0
    for found in _CLOCK.finditer(block):
        line += block.count(b"\n", at, found.start())
        at = found.start()
        seconds = _clock_s(found)
        if seconds is not None:
            marks.append((line, seconds))
    return marks


def _clock_s(found: re.Match[bytes]) -> float | None:
    try:
        if found[1]:
            return datetime.strptime((found[2] + found[1]).decode(), "%d%m%y%H%M%S").replace(tzinfo=UTC).timestamp()
        text = (found[4] + found[5] + found[6] + found[3]).decode()
        return datetime.strptime(text, "%d%m%Y%H%M%S").replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None


def _filled(times: np.ndarray, before: float) -> np.ndarray:
    slot = np.where(np.isnan(times), -1, np.arange(len(times)))
    slot = np.maximum.accumulate(slot) if len(slot) else slot
    return np.where(slot >= 0, times[np.maximum(slot, 0)], before)


def _read_table(found: Input, source: Source) -> None:
    path = source.path
    names = [suffix.lower() for suffix in path.suffixes]
    if ".parquet" in names:
        table = pa_parquet.read_table(path)
    else:
        with _open(path) as file:
            text = pa_csv.ConvertOptions(strings_can_be_null=True)
            parse = pa_csv.ParseOptions(invalid_row_handler=lambda _row: _skip(found))
            table = pa_csv.read_csv(io.BytesIO(file.read()), convert_options=text, parse_options=parse)
    columns = _named(table, path)
    found.columns.append(_positions(columns, table.num_rows, found))
    _table_statics(columns, found)
    found.count({"rows": table.num_rows})
    found.lines += table.num_rows


def _skip(found: Input) -> str:
    found.n_bad += 1
    found.count({"row with another number of cells": 1})
    return "skip"


def _named(table: pa.Table, path: Path) -> dict[str, np.ndarray]:
    by_name = {name.lower().replace(" ", ""): name for name in table.column_names}
    found = {}
    for wanted, names in _COLUMNS.items():
        name = next((by_name[n] for n in names if n in by_name), None)
        if name is not None:
            found[wanted] = np.asarray(table[name].to_pandas())
    missing = [wanted for wanted in ("mmsi", "time", "lat", "lon") if wanted not in found]
    if missing:
        raise ScreenError(
            f"{path}: 缺少列 {', '.join(missing)}（可用列名：{'; '.join('/'.join(_COLUMNS[m]) for m in missing)}）。"
            f"Columns are missing: name them as shown."
        )
    return found


def _numbers(values: np.ndarray) -> np.ndarray:
    if values.dtype == object:
        return np.array([_number(v) for v in values], dtype=np.float64)
    return values.astype(np.float64)


def _number(value: object) -> float:
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
    return np.array([_instant(value) for value in values], dtype=np.float64)


def _instant(value: object) -> float:
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()
    text = str(value).strip().replace(" UTC", "").replace("Z", "+00:00")
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        number = _number(text)
        return number / 1000.0 if abs(number) > 1e11 else number
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def _positions(columns: Mapping[str, np.ndarray], rows: int, found: Input) -> PositionColumns:
    mmsi, lat, lon = (_numbers(columns[name]) for name in ("mmsi", "lat", "lon"))
    time_s = unix_s(columns["time"])
    none = np.full(rows, np.nan)
    sog, cog, heading, status = (
        _numbers(columns[name]) if name in columns else none for name in ("sog", "cog", "heading", "status")
    )
    good = np.isfinite(mmsi) & np.isfinite(time_s) & (np.abs(lat) <= 90) & (np.abs(lon) <= 180) & (mmsi >= 0)
    bad = int((~good).sum())
    found.n_bad += bad
    found.count({"row without number, time or position": bad} if bad else {})
    whole = PositionColumns(
        line=np.arange(rows) + found.lines, mmsi=_ints(mmsi, 1.0, 0, 2**31), time_s=time_s,
        lat=_ints(lat, UNITS_PER_DEGREE, 0, 1e9), lon=_ints(lon, UNITS_PER_DEGREE, 0, 1e9),
        sog=_ints(sog, 10.0, -1, 1022), cog=_ints(cog, 10.0, -1, 3599), heading=_ints(heading, 1.0, -1, 359),
        rot=none, status=_ints(status, 1.0, -1, 15), source=_sources(columns, rows),
    )  # fmt: skip
    return whole.take(good)


def _ints(values: np.ndarray, scale: float, missing: float, high: float) -> np.ndarray:
    scaled = np.round(values * scale)
    with np.errstate(invalid="ignore"):
        usable = np.isfinite(scaled) & (np.abs(scaled) <= max(high, 1e9 if missing == 0 else high))
    usable &= (scaled >= 0) | (missing == 0)
    return np.where(usable, scaled, missing).astype(np.int64)


def _sources(columns: Mapping[str, np.ndarray], rows: int) -> np.ndarray:
    a, b, long = (SOURCES.index(s) for s in (PositionSource.AIS_A, PositionSource.AIS_B, PositionSource.AIS_LONG))
    if "ais_class" not in columns:
        return np.full(rows, a, dtype=np.int64)
    words = [str(value).upper() for value in columns["ais_class"]]
    return np.array(
        [b if w in ("B", "AIS.18", "AIS.19", "18", "19") else long if w in ("AIS.27", "27") else a for w in words],
        dtype=np.int64,
    )


def _table_statics(columns: Mapping[str, np.ndarray], found: Input) -> None:
    """Take names, call signs, types and sizes from a position table, one report for each distinct set."""
    wanted = [name for name in ("name", "call_sign", "ship_type", "length", "beam") if name in columns]
    if not wanted:
        return
    seen: dict[tuple[object, ...], int] = {}
    mmsi, time_s = _numbers(columns["mmsi"]), unix_s(columns["time"])
    for row, key in enumerate(zip(*(columns[name].tolist() for name in wanted), strict=True)):
        if np.isfinite(mmsi[row]) and np.isfinite(time_s[row]) and any(_said(v) for v in key):
            seen.setdefault((int(mmsi[row]), *map(str, key)), row)
    for row in seen.values():
        values = {name: columns[name][row] for name in wanted}
        found.statics.append((found.lines + row, _report(int(mmsi[row]), float(time_s[row]), values)))


def _said(value: object) -> bool:
    return value is not None and str(value).strip() not in ("", "nan", "None", "NaN")


def _report(mmsi: int, time_s: float, values: Mapping[str, object]) -> StaticReport:
    size = {name: _number(values.get(name)) for name in ("length", "beam", "ship_type")}
    length, beam = (round(size[n]) if np.isfinite(size[n]) and size[n] > 0 else None for n in ("length", "beam"))
    kind = size["ship_type"]
    return StaticReport(
        mmsi=mmsi, observed_at=datetime.fromtimestamp(time_s, UTC), part="5", ais_class="A",
        name=str(values["name"]).strip() if _said(values.get("name")) else None,
        call_sign=str(values["call_sign"]).strip() if _said(values.get("call_sign")) else None,
        ship_type=int(kind) if np.isfinite(kind) and 0 < kind < 100 else None,
        to_bow_m=length, to_stern_m=None if length is None else 0, to_port_m=beam,
        to_starboard_m=None if beam is None else 0,
    )  # fmt: skip


def read_detections(path: Path) -> tuple[list[Detection], list[str]]:
    """Return the detections of a CSV or GeoJSON file and one sentence for each row that could not be read.

    CSV columns: ``observed_at`` (or time), ``lat_deg``, ``lon_deg``, ``uncertainty_m``, ``length_m``, ``sensor``,
    ``source``; a GeoJSON FeatureCollection of points has the same names as properties.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        rows = (
            _geojson_rows(text)
            if path.suffix.lower() in (".geojson", ".json")
            else list(csv.DictReader(io.StringIO(text)))
        )
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, csv.Error, KeyError, TypeError) as exc:
        raise ScreenError(
            f"{path}: 探测数据读取失败（{exc}）。Detections must be UTF-8 CSV or GeoJSON points."
        ) from exc
    found, problems = [], []
    for number, row in enumerate(rows, start=2):
        try:
            found.append(_detection(row, number))
        except (ValueError, KeyError, TypeError) as exc:
            problems.append(f"{path.name} 第 {number} 行 / line {number}: {exc}")
    return found, problems


def _geojson_rows(text: str) -> list[dict[str, Any]]:
    rows = []
    for feature in json.loads(text)["features"]:
        lon, lat = feature["geometry"]["coordinates"][:2]
        rows.append(dict(feature.get("properties") or {}) | {"lat_deg": lat, "lon_deg": lon})
    return rows


def _detection(row: Mapping[str, Any], number: int) -> Detection:
    plain = {str(k).lower(): v for k, v in row.items() if k}
    time_text = next((plain[n] for n in ("observed_at", "time", "timestamp", "at") if plain.get(n)), None)
    at_s = _instant(time_text)
    lat = float(plain.get("lat_deg") or plain.get("lat") or plain["latitude"])
    lon = float(plain.get("lon_deg") or plain.get("lon") or plain["longitude"])
    sigma = float(plain.get("uncertainty_m") or plain.get("sigma_m") or 100.0)
    if not (np.isfinite(at_s) and abs(lat) <= 90 and abs(lon) <= 180 and 0 < sigma < 1e5):
        raise ValueError("time, position or uncertainty_m is missing or out of range")
    length = _number(plain.get("length_m") or "")
    return Detection(
        at_s=at_s, lat_deg=lat, lon_deg=lon, sigma_m=sigma, length_m=length if np.isfinite(length) else None,
        sensor=str(plain.get("sensor") or plain.get("source") or "radar"), source=str(plain.get("source") or "radar"),
        line=number,
    )  # fmt: skip
