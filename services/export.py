"""History out of the database: readings and tracks to NetCDF, Parquet, CSV, GeoJSON, with a datapackage.json.

Reads through the role of the given connection: what row-level security hides is not exported.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import pandas as pd
import psycopg

from core.errors import AppError
from services import export_netcdf, export_tables
from store.sql import query


class Format(StrEnum):
    """What can be written."""

    NETCDF = "netcdf"
    PARQUET = "parquet"
    CSV = "csv"
    GEOJSON = "geojson"


SUFFIX = {Format.NETCDF: ".nc", Format.PARQUET: ".parquet", Format.CSV: ".csv", Format.GEOJSON: ".geojson"}
MEDIA_TYPE = {
    Format.NETCDF: "application/netcdf", Format.PARQUET: "application/vnd.apache.parquet", Format.CSV: "text/csv",
    Format.GEOJSON: "application/geo+json",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Selection:
    """What to export: ``since <= observed_at < until``, some farms, cages, quantities or targets; None: all."""

    since: datetime
    until: datetime
    farm_ids: Sequence[str] | None = None
    cage_ids: Sequence[str] | None = None
    quantities: Sequence[str] | None = None
    mmsis: Sequence[int] | None = None

    def parameters(self, *names: str) -> dict[str, Any]:
        """Return the query's parameters."""
        chosen = {name: getattr(self, name) for name in names}
        return {name: list(v) if v is not None else None for name, v in chosen.items()} | {
            "since": self.since, "until": self.until,
        }  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Written:
    """One file written: its path in the folder, rows, bytes and checksum."""

    path: str
    kind: str
    format: Format
    rows: int
    size_bytes: int
    sha256: str


def export_readings(dsn: str, selection: Selection, folder: Path, formats: Sequence[Format]) -> list[Written]:
    """Write the readings of a selection in each format and the package's description; return what was written.

    Raises
    ------
    AppError
        When nothing matches: no empty file is left.
    """
    with psycopg.connect(dsn, options="-c timezone=UTC") as connection:
        rows = _frame(connection, "export/readings", selection.parameters("farm_ids", "cage_ids", "quantities"))
        stations = _frame(connection, "export/stations", selection.parameters("farm_ids", "cage_ids"))
    _require(rows, selection)
    writers: dict[Format, Callable[[Path], None]] = {
        Format.NETCDF: lambda path: export_netcdf.write_series(rows, stations, path),
        Format.PARQUET: lambda path: export_tables.write_parquet(rows, path),
        Format.CSV: lambda path: export_tables.write_csv(rows, path),
        Format.GEOJSON: lambda path: export_tables.write_stations(rows, stations, path),
    }
    return _write(folder, "readings", rows, formats, writers, selection)


def export_positions(dsn: str, selection: Selection, folder: Path, formats: Sequence[Format]) -> list[Written]:
    """Write the tracks of a selection in each format and the package's description; return what was written."""
    with psycopg.connect(dsn, options="-c timezone=UTC") as connection:
        rows = _frame(connection, "export/positions", selection.parameters("mmsis"))
    _require(rows, selection)
    writers: dict[Format, Callable[[Path], None]] = {
        Format.NETCDF: lambda path: export_netcdf.write_tracks(rows, path),
        Format.PARQUET: lambda path: export_tables.write_parquet(rows, path),
        Format.CSV: lambda path: export_tables.write_csv(rows, path),
        Format.GEOJSON: lambda path: export_tables.write_tracks(rows, path),
    }
    return _write(folder, "positions", rows, formats, writers, selection)


def _frame(connection: psycopg.Connection[Any], name: str, parameters: dict[str, Any]) -> pd.DataFrame:
    with connection.cursor(binary=True) as cursor:
        cursor.execute(query(name), parameters)
        columns = [column.name for column in cursor.description or ()]
        frame = pd.DataFrame(cursor.fetchall(), columns=columns)
    if "observed_at" in frame:
        frame["observed_at"] = pd.to_datetime(frame["observed_at"], utc=True)
    return frame


def _require(rows: pd.DataFrame, selection: Selection) -> None:
    if rows.empty:
        raise AppError(
            f"从 {selection.since:%F %H:%M} 到 {selection.until:%F %H:%M} (UTC) 没有符合条件的数据。"
            "Nothing matches this selection: widen the time span or check the ids (and your role's rights)."
        )


def _write(
    folder: Path, kind: str, rows: pd.DataFrame, formats: Sequence[Format],
    writers: dict[Format, Callable[[Path], None]], selection: Selection,
) -> list[Written]:  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"{kind}_{selection.since:%Y%m%dT%H%M}_{selection.until:%Y%m%dT%H%M}"
    written = []
    for chosen in formats:
        path = folder / f"{stem}{SUFFIX[chosen]}"
        scratch = path.with_name(f"{path.name}.part")
        writers[chosen](scratch)
        scratch.rename(path)
        written.append(_described(path, kind, chosen, len(rows)))
    _describe(folder, written, rows)
    return written


def _described(path: Path, kind: str, chosen: Format, rows: int) -> Written:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Written(path=path.name, kind=kind, format=chosen, rows=rows, size_bytes=path.stat().st_size, sha256=digest)


def _describe(folder: Path, written: Sequence[Written], rows: pd.DataFrame) -> None:
    """Write or extend ``datapackage.json`` (Data Package 1.0); files exported before stay listed."""
    path = folder / "datapackage.json"
    known = json.loads(path.read_text(encoding="utf-8"))["resources"] if path.exists() else []
    new = [_resource(item, rows) for item in written]
    names = {resource["path"] for resource in new}
    package = {
        "profile": "data-package", "name": "huangyu-export", "title": "黄鱼 huangyu: readings and tracks",
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "resources": [resource for resource in known if resource["path"] not in names] + new,
    }  # fmt: skip
    path.write_text(json.dumps(package, ensure_ascii=False, indent=2), encoding="utf-8")


def _resource(item: Written, rows: pd.DataFrame) -> dict[str, Any]:
    resource: dict[str, Any] = {
        "name": item.path.lower().replace(".", "-"), "path": item.path, "format": item.format.value,
        "mediatype": MEDIA_TYPE[item.format], "bytes": item.size_bytes, "hash": f"sha256:{item.sha256}",
        "rows": item.rows,
    }  # fmt: skip
    if item.format in (Format.CSV, Format.PARQUET):
        resource |= {"profile": "tabular-data-resource", "encoding": "utf-8", "schema": export_tables.schema(rows)}
    return resource
