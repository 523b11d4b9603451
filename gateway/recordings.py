"""Recorded input for replay: NMEA logs, position messages as JSON lines, and readings as CSV; plain or gzip."""

import csv
import gzip
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from pyais import encode_dict

from core.errors import ConfigError
from core.qc import QcFlag
from core.reading import ClockState
from core.topics import Stream
from core.units import QUANTITIES
from gateway.nmea import BadSentenceError, checksum, parse
from gateway.spool import Item

_SOG_UNKNOWN, _COG_UNKNOWN, _HEADING_UNKNOWN = 102.3, 360.0, 511


@dataclass(frozen=True, kw_only=True)
class Record:
    """One recorded thing: a raw line, or a reading; `time_s` is its own time, None where it has none. [s]"""

    time_s: float | None
    line: bytes = b""
    item: Item | None = None


def open_recording(path: Path) -> BinaryIO:
    """Return the file, unpacked when it is gzip; ConfigError when it cannot be read."""
    try:
        return gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")  # type: ignore[return-value]
    except OSError as exc:
        raise ConfigError(f"{path}: cannot be read ({exc}); give an existing recording.") from exc


def read_recording(path: Path) -> Iterator[Record]:
    """Yield the records of a file; its kind is seen by its first line.

    Raises
    ------
    ConfigError
        When the file cannot be read, or a CSV has no columns ``observed_at,series,value``.
    """
    with open_recording(path) as file:
        try:
            first = file.readline()
            lines = _again(first, file)
            if first.lstrip().startswith(b"{"):
                yield from _json_lines(lines)
            elif first.startswith(b"observed_at,"):
                yield from _csv_rows(lines, path)
            else:
                yield from _nmea_lines(lines)
        except (OSError, EOFError) as exc:
            raise ConfigError(f"{path}: the recording is damaged ({exc}); unpack it again.") from exc


def _again(first: bytes, rest: Iterable[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _nmea_lines(lines: Iterable[bytes]) -> Iterator[Record]:
    for line in lines:
        try:
            time_s = parse(line).time_s if line.startswith(b"\\") else None
        except BadSentenceError:
            time_s = None
        yield Record(time_s=time_s, line=line)


def _json_lines(lines: Iterable[bytes]) -> Iterator[Record]:
    """Position messages as Global Fishing Watch writes them: each becomes an AIS sentence of its own class."""
    for raw in lines:
        try:
            told = json.loads(raw)
            time_s = datetime.fromisoformat(told["timestamp"]).timestamp()
            sentences = position_sentences(told)
        except (ValueError, KeyError, TypeError, OverflowError):
            continue
        for sentence in sentences:
            body = f"c:{round(time_s * 1000)}"
            yield Record(time_s=time_s, line=f"\\{body}*{checksum(body)}\\{sentence}".encode())


def position_sentences(told: Mapping[str, Any]) -> list[str]:
    """Return AIVDM sentences of one decoded position message; empty when it has no position."""
    lat, lon = _number(told.get("lat")), _number(told.get("lon"))
    if lat is None or lon is None:
        return []
    class_b = str(told.get("type", "")).endswith((".18", ".19"))
    speed, course, heading = (_number(told.get(k)) for k in ("speed", "course", "heading"))
    fields: dict[str, str | int | float | bytes | bool] = {
        "type": 18 if class_b else 1, "mmsi": int(str(told["ssvid"])), "lat": lat, "lon": lon,
        "speed": _SOG_UNKNOWN if speed is None else min(speed, _SOG_UNKNOWN),
        "course": _COG_UNKNOWN if course is None else course,
        "heading": _HEADING_UNKNOWN if heading is None else int(heading),
    }  # fmt: skip
    return list(encode_dict(fields, talker_id="AI", sentence_type="VDM"))


def _number(raw: object) -> float | None:
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not math.isfinite(raw):
        return None
    return float(raw)


def _csv_rows(lines: Iterable[bytes], path: Path) -> Iterator[Record]:
    reader = csv.DictReader(line.decode("utf-8-sig") for line in lines)
    if not {"observed_at", "series", "value"} <= set(reader.fieldnames or ()):
        raise ConfigError(f"{path}: needs the columns observed_at,series,value and may have qc.")
    for number, row in enumerate(reader, 2):
        try:
            yield _reading(row)
        except (ValueError, TypeError, KeyError, OverflowError) as exc:
            raise ConfigError(f"{path}:{number}: not a reading ({exc}); correct or remove that line.") from exc


def _reading(row: Mapping[str, str]) -> Record:
    at = datetime.fromisoformat(row["observed_at"])
    time_s = (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
    if row["series"].count(".") != 2 or row["series"].rpartition(".")[2] not in QUANTITIES:
        raise ValueError(f"series {row['series']!r} is not cage.point.quantity")
    value = float(row["value"]) if row["value"] else None
    flag = QcFlag(int(row["qc"])) if row.get("qc") else QcFlag.GOOD if value is not None else QcFlag.MISSING
    item = Item(
        stream=Stream.READING, name=row["series"], t_ms=round(time_s * 1000), clock=ClockState.SYNCED, value=value,
        qc=int(flag),
    )  # fmt: skip
    return Record(time_s=time_s, item=item)
