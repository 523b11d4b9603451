"""Flat files: CSV that Excel opens (UTF-8 with BOM), Parquet, GeoJSON (RFC 7946)."""

import json
from pathlib import Path
from typing import Any

import pandas as pd

from core.units import QUANTITIES

FIELDS: dict[str, tuple[str, str]] = {
    "cage_id": ("string", "Cage, platform or buoy."),
    "point": ("string", "Measuring point; d2 is 2 m deep."),
    "quantity": ("string", "What is measured, with its unit."),
    "observed_at": ("datetime", "Edge time, UTC."),
    "value": ("number", "Value in the unit of the quantity; empty when missing."),
    "qc": ("integer", "QARTOD flag: 1 good, 2 not evaluated, 3 suspect, 4 fail, 9 missing."),
    "mmsi": ("integer", "AIS number as sent; below 0: a detection track."),
    "lat_deg": ("number", "Latitude, WGS 84. [deg]"),
    "lon_deg": ("number", "Longitude, WGS 84. [deg]"),
    "sog_kn": ("number", "Speed over ground. [kn]"),
    "cog_deg": ("number", "Course over ground. [deg]"),
    "heading_deg": ("number", "True heading. [deg]"),
    "nav_status": ("integer", "Navigational status, ITU-R M.1371 table 45."),
    "source": ("string", "Which eye saw it: ais_a, ais_b, radar …"),
}


def schema(rows: pd.DataFrame) -> dict[str, Any]:
    """Return the Table Schema of an exported table."""
    fields = [{"name": name, "type": FIELDS[name][0], "description": FIELDS[name][1]} for name in rows.columns.tolist()]
    return {"fields": fields, "missingValues": [""]}


def write_csv(rows: pd.DataFrame, path: Path) -> None:
    """Write a CSV with BOM, times in ISO 8601 UTC."""
    table = rows.assign(observed_at=rows["observed_at"].dt.strftime("%Y-%m-%dT%H:%M:%SZ"))
    table.to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\r\n")


def write_parquet(rows: pd.DataFrame, path: Path) -> None:
    """Write a Parquet file, zstd."""
    rows.to_parquet(path, index=False, compression="zstd")


def write_tracks(rows: pd.DataFrame, path: Path) -> None:
    """Write one LineString (a Point where there is one fix) a target, with the times beside its coordinates."""
    features = []
    for mmsi, track in rows.groupby("mmsi", sort=True):
        coordinates = track[["lon_deg", "lat_deg"]].round(6).to_numpy().tolist()
        single = len(coordinates) == 1
        times = track["observed_at"].dt.strftime("%Y-%m-%dT%H:%M:%SZ").tolist()
        features.append(
            {
                "type": "Feature",
                "geometry": {
                    "type": "Point" if single else "LineString",
                    "coordinates": coordinates[0] if single else coordinates,
                },
                "properties": {"mmsi": int(str(mmsi)), "coordTimes": times, "source": str(track["source"].iloc[-1])},
            }
        )  # fmt: skip
    _write_json({"type": "FeatureCollection", "features": features}, path)


def write_stations(rows: pd.DataFrame, stations: pd.DataFrame, path: Path) -> None:
    """Write the measuring points with the newest value of each quantity."""
    newest = rows.dropna(subset=["value"]).sort_values("observed_at").groupby(["cage_id", "point", "quantity"]).last()
    features = []
    for station in stations.itertuples(index=False):
        if pd.isna(station.lat_deg):
            continue
        values = newest[
            (newest.index.get_level_values(0) == station.cage_id) & (newest.index.get_level_values(1) == station.point)
        ]
        readings = {
            str(key[2]): {
                "value": round(float(row.value), QUANTITIES[str(key[2])].decimals), "qc": int(row.qc),
                "observed_at": row.observed_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            }
            for key, row in zip(values.index, values.itertuples(), strict=True)
        }  # fmt: skip
        place = {"type": "Point", "coordinates": [float(station.lon_deg), float(station.lat_deg)]}
        properties = {"cage_id": station.cage_id, "point": station.point, "readings": readings}
        features.append({"type": "Feature", "geometry": place, "properties": properties})
    _write_json({"type": "FeatureCollection", "features": features}, path)


def _write_json(value: object, path: Path) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False), encoding="utf-8")
