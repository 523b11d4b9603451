"""Detections of radar, camera or satellite for `huangyu screen`: CSV or GeoJSON points."""

import csv
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from services.screen_errors import ScreenError
from services.screen_files import decoded
from services.screen_tables import instant_s, number
from vessels.detections import Detection


def read_detections(path: Path) -> tuple[list[Detection], list[str]]:
    """Return the detections of a CSV or GeoJSON file and one sentence for each row that could not be read.

    CSV columns: ``observed_at`` (or time), ``lat_deg``, ``lon_deg``, ``uncertainty_m``, ``length_m``, ``sensor``,
    ``source``; a GeoJSON FeatureCollection of points has the same names as properties.
    """
    try:
        text = decoded(path.read_bytes())
        rows = (
            _geojson_rows(text)
            if path.suffix.lower() in (".geojson", ".json")
            else list(csv.DictReader(io.StringIO(text)))
        )
    except (OSError, ValueError, csv.Error, KeyError, TypeError, RecursionError) as exc:
        raise ScreenError(
            f"{path}: 探测数据读取失败（{exc}），应为 CSV 或 GeoJSON 点。Detections must be CSV or GeoJSON points."
        ) from exc
    found, problems = [], []
    for line, row in enumerate(rows, start=2):
        try:
            found.append(_detection(row, line))
        except (ValueError, KeyError, TypeError, IndexError) as exc:
            problems.append(f"{path.name} 第 {line} 行 / line {line}: {exc}")
    return found, problems


def _geojson_rows(text: str) -> list[dict[str, Any]]:
    rows = []
    for feature in json.loads(text)["features"]:
        place = (feature.get("geometry") or {}).get("coordinates") or (
            None,
            None,
        )  # a feature without place: one bad row
        rows.append(dict(feature.get("properties") or {}) | {"lat_deg": place[0:2][-1], "lon_deg": place[0]})
    return rows


def _detection(row: Mapping[str, Any], line: int) -> Detection:
    plain = {str(k).lower(): v for k, v in row.items() if k}
    time_text = next((plain[n] for n in ("observed_at", "time", "timestamp", "at") if plain.get(n)), None)
    at_s = instant_s(time_text)
    lat = float(plain.get("lat_deg") or plain.get("lat") or plain["latitude"])
    lon = float(plain.get("lon_deg") or plain.get("lon") or plain["longitude"])
    sigma = float(plain.get("uncertainty_m") or plain.get("sigma_m") or 100.0)
    if not (np.isfinite(at_s) and abs(lat) <= 90 and abs(lon) <= 180 and 0 < sigma < 1e5):
        raise ValueError("time, position or uncertainty_m is missing or out of range")
    length = number(plain.get("length_m") or "")
    return Detection(
        at_s=at_s, lat_deg=lat, lon_deg=lon, sigma_m=sigma, length_m=length if np.isfinite(length) else None,
        sensor=str(plain.get("sensor") or plain.get("source") or "radar"), source=str(plain.get("source") or "radar"),
        line=line,
    )  # fmt: skip
