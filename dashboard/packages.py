"""Readings as files that people and programs take with them: CSV, Excel, Parquet, CF NetCDF, a data package."""

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from core.units import QUANTITIES
from dashboard.times import local

COLUMNS = ("observed_at_utc", "observed_at_local", "cage", "point", "depth_m", "quantity", "value", "unit", "qc")
LICENCE = {
    "name": "CC-BY-4.0",
    "path": "https://creativecommons.org/licenses/by/4.0/",
    "title": "Creative Commons Attribution 4.0",
}
QC_WORDS = {1: "good", 2: "not evaluated", 3: "suspect", 4: "fail", 9: "missing"}
STANDARD_NAMES = {
    "water_temp_c": ("sea_water_temperature", "degree_Celsius"),
    "salinity_psu": ("sea_water_practical_salinity", "1"),
    "do_mg_l": ("mass_concentration_of_oxygen_in_sea_water", "mg L-1"),
    "do_sat_pct": ("fractional_saturation_of_oxygen_in_sea_water", "percent"),
    "ph": ("sea_water_ph_reported_on_total_scale", "1"),
    "turbidity_ntu": ("sea_water_turbidity", "1"),
    "hs_m": ("sea_surface_wave_significant_height", "m"),
    "tp_s": ("sea_surface_wave_period_at_variance_spectral_density_maximum", "s"),
    "wind_mps": ("wind_speed", "m s-1"),
    "wind_dir_deg": ("wind_from_direction", "degree"),
    "gust_mps": ("wind_speed_of_gust", "m s-1"),
    "air_temp_c": ("air_temperature", "degree_Celsius"),
    "pressure_hpa": ("air_pressure", "hPa"),
    "humidity_pct": ("relative_humidity", "percent"),
    "current_mps": ("sea_water_speed", "m s-1"),
    "current_dir_deg": ("sea_water_to_direction", "degree"),
}
"""CF standard names (table v86) and UDUNITS units; quantities without one carry a long name only."""


@dataclass(frozen=True, kw_only=True)
class ReadingRow:
    """One reading to export."""

    observed_at: datetime
    cage_id: str
    point: str
    quantity: str
    depth_m: float | None
    value: float | None
    qc: int


@dataclass(frozen=True, kw_only=True)
class About:
    """What a package says of itself."""

    farm_id: str
    farm_name: str
    since: datetime
    until: datetime
    made_at: datetime


def _line(row: ReadingRow) -> tuple[object, ...]:
    unit = QUANTITIES[row.quantity].symbol if row.quantity in QUANTITIES else ""
    return (
        row.observed_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        local(row.observed_at).strftime("%Y-%m-%d %H:%M:%S"),
        row.cage_id,
        row.point,
        row.depth_m,
        row.quantity,
        None if row.value is None else round(row.value, 4),
        unit,
        row.qc,
    )


def safe_cell(value: object) -> object:
    """Return a cell that a spreadsheet will not run: a leading formula sign gets an apostrophe."""
    if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"}:
        return "'" + value
    return value


def to_csv(rows: Sequence[ReadingRow], _about: About) -> bytes:
    """Return UTF-8 with a byte order mark, so that Excel shows Chinese."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows([[safe_cell(cell) for cell in _line(row)] for row in rows])
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def to_xlsx(rows: Sequence[ReadingRow], about: About) -> bytes:
    """Return an Excel workbook: a sheet of readings and a sheet that explains it."""
    import xlsxwriter  # noqa: PLC0415 - only this route needs it

    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(
        buffer, {"in_memory": True, "constant_memory": False, "strings_to_formulas": False, "strings_to_urls": False}
    )
    bold = book.add_format({"bold": True})
    sheet = book.add_worksheet("readings")
    sheet.write_row(0, 0, COLUMNS, bold)
    sheet.freeze_panes(1, 0)
    for n, row in enumerate(rows, start=1):
        sheet.write_row(n, 0, _line(row))
    notes = book.add_worksheet("about")
    lines = [
        ("farm", f"{about.farm_id} {about.farm_name}"),
        ("from", about.since.isoformat()),
        ("to", about.until.isoformat()),
        ("licence", LICENCE["title"]),
    ]
    lines += [(f"qc {flag}", word) for flag, word in QC_WORDS.items()]
    for n, pair in enumerate(lines):
        notes.write_row(n, 0, pair)
    book.close()
    return buffer.getvalue()


def to_parquet(rows: Sequence[ReadingRow], about: About) -> bytes:
    """Return Parquet (zstd) with typed columns and the units in the metadata."""
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    table = pa.table(
        {
            "observed_at": pa.array([r.observed_at for r in rows], pa.timestamp("ms", tz="UTC")),
            "cage": pa.array([r.cage_id for r in rows], pa.string()).dictionary_encode(),
            "point": pa.array([r.point for r in rows], pa.string()).dictionary_encode(),
            "quantity": pa.array([r.quantity for r in rows], pa.string()).dictionary_encode(),
            "depth_m": pa.array([r.depth_m for r in rows], pa.float32()),
            "value": pa.array([r.value for r in rows], pa.float32()),
            "qc": pa.array([r.qc for r in rows], pa.int8()),
        },
        metadata={"units": json.dumps(_units(rows)), "farm": about.farm_id, "licence": LICENCE["name"]},
    )
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    return buffer.getvalue()


def _units(rows: Sequence[ReadingRow]) -> dict[str, str]:
    return {q: QUANTITIES[q].senml for q in sorted({r.quantity for r in rows}) if q in QUANTITIES}


def to_netcdf(rows: Sequence[ReadingRow], about: About) -> bytes:
    """Return CF-1.8 NetCDF: one indexed time series a station, with ancillary quality flags."""
    import netCDF4  # noqa: PLC0415
    import numpy as np  # noqa: PLC0415

    stations = sorted({(r.cage_id, r.point, r.depth_m) for r in rows}, key=str)
    times = sorted({r.observed_at for r in rows})
    station_no, time_no = {key: n for n, key in enumerate(stations)}, {at: n for n, at in enumerate(times)}
    with TemporaryDirectory() as folder:
        path = Path(folder) / "readings.nc"
        with netCDF4.Dataset(path, "w", format="NETCDF4") as data:
            _describe(data, about, len(stations), len(times))
            data["time"][:] = np.array([at.timestamp() for at in times])
            data["station"][:] = np.array([f"{c}.{p}" for c, p, _ in stations], dtype=object)
            data["depth"][:] = np.array([np.nan if d is None else d for _, _, d in stations])
            for quantity in sorted({r.quantity for r in rows}):
                values = np.full((len(stations), len(times)), np.nan, dtype="f4")
                flags = np.full((len(stations), len(times)), 9, dtype="i1")
                for r in (r for r in rows if r.quantity == quantity):
                    at = station_no[r.cage_id, r.point, r.depth_m], time_no[r.observed_at]
                    values[at] = np.nan if r.value is None else r.value
                    flags[at] = r.qc
                _variable(data, quantity, values, flags)
        return path.read_bytes()


def _describe(data: Any, about: About, stations: int, times: int) -> None:
    data.setncatts(
        {
            "Conventions": "CF-1.8, ACDD-1.3",
            "featureType": "timeSeries",
            "title": f"Readings of farm {about.farm_id}",
            "institution": about.farm_name,
            "source": "instruments on sea cages, huangyu",
            "license": LICENCE["path"],
            "history": f"{about.made_at:%Y-%m-%dT%H:%M:%SZ} exported by huangyu",
            "references": "QARTOD Manual for Flagging, 2020",
            "time_coverage_start": about.since.isoformat(),
            "time_coverage_end": about.until.isoformat(),
        }
    )
    data.createDimension("station", stations)
    data.createDimension("time", times)
    time = data.createVariable("time", "f8", ("time",))
    time.setncatts(
        {
            "standard_name": "time",
            "long_name": "time of observation",
            "units": "seconds since 1970-01-01T00:00:00Z",
            "calendar": "standard",
            "axis": "T",
        }
    )
    station = data.createVariable("station", str, ("station",))
    station.setncatts({"long_name": "cage and measuring point", "cf_role": "timeseries_id"})
    depth = data.createVariable("depth", "f4", ("station",), fill_value=float("nan"))
    depth.setncatts(
        {"standard_name": "depth", "long_name": "depth below the surface", "units": "m", "positive": "down"}
    )


def _variable(data: Any, quantity: str, values: Any, flags: Any) -> None:
    import numpy as np  # noqa: PLC0415

    known = QUANTITIES.get(quantity)
    standard, unit = STANDARD_NAMES.get(quantity, ("", "1"))
    value = data.createVariable(quantity, "f4", ("station", "time"), zlib=True, fill_value=float("nan"))
    names = {
        "long_name": known.en if known else quantity,
        "units": unit,
        "coordinates": "depth",
        "ancillary_variables": f"{quantity}_qc",
    }
    value.setncatts(names | ({"standard_name": standard} if standard else {}))
    value[:] = values
    flag = data.createVariable(f"{quantity}_qc", "i1", ("station", "time"), zlib=True)
    flag.setncatts(
        {
            "long_name": f"quality of {quantity}",
            "standard_name": "quality_flag",
            "flag_meanings": "good not_evaluated suspect fail missing",
        }
    )
    flag.setncattr("flag_values", np.array(sorted(QC_WORDS), dtype="i1"))
    flag[:] = flags


def to_package(rows: Sequence[ReadingRow], about: About) -> bytes:
    """Return a zip with the table and a Frictionless ``datapackage.json``: licence, units, provenance, checksum."""
    table = to_csv(rows, about)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("readings.csv", table)
        package.writestr("datapackage.json", json.dumps(descriptor(rows, about, table), ensure_ascii=False, indent=2))
    return buffer.getvalue()


def descriptor(rows: Sequence[ReadingRow], about: About, table: bytes) -> dict[str, object]:
    """Return the data package's description (Frictionless Data Package v1)."""
    kinds = ("datetime", "string", "string", "string", "number", "string", "number", "string", "integer")
    fields = [
        {"name": name, "type": kind} | ({"format": "%Y-%m-%dT%H:%M:%SZ"} if name == "observed_at_utc" else {})
        for name, kind in zip(COLUMNS, kinds, strict=True)
    ]
    return {
        "name": f"huangyu-{about.farm_id}-{about.since:%Y%m%d}",
        "title": f"{about.farm_name} {about.since:%Y-%m-%d} – {about.until:%Y-%m-%d}",
        "created": about.made_at.isoformat(),
        "licenses": [LICENCE],
        "profile": "tabular-data-package",
        "sources": [{"title": f"instruments of farm {about.farm_id}, flagged after QARTOD"}],
        "resources": [
            {
                "name": "readings",
                "path": "readings.csv",
                "profile": "tabular-data-resource",
                "encoding": "utf-8-sig",
                "bytes": len(table),
                "hash": f"sha256:{hashlib.sha256(table).hexdigest()}",
                "schema": {"fields": fields, "missingValues": [""]},
                "units": _units(rows),
            }
        ],
    }


Maker = Callable[[Sequence[ReadingRow], About], bytes]
MAKERS: Mapping[str, tuple[Maker, str]] = {
    "csv": (to_csv, "text/csv; charset=utf-8"),
    "xlsx": (to_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "parquet": (to_parquet, "application/vnd.apache.parquet"),
    "nc": (to_netcdf, "application/x-netcdf"),
    "zip": (to_package, "application/zip"),
}
