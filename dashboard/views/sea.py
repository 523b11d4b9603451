"""The sea's field on the map: waves as tinted cells with their height, wind as arrows, for one instant."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from dashboard.views.map_layers import rgb
from forecasting.grids.fields import SeaField
from forecasting.series.harmonics import Floats

STEPS_M = (0.0, 0.5, 1.25, 2.5, 4.0, 6.0, 9.0)
"""Lower bounds of smooth, slight, moderate, rough, very rough, high and very high sea (WMO code table 3700). [m]"""
COLOURS = ("#cfe8f3", "#9fd0e6", "#5fb0d3", "#7d7fd0", "#a95cc0", "#cf3f7a", "#8e1f4d")
"""From pale blue over violet to dark red: nothing that looks like the land."""
MOST_CELLS = 1600
"""A tint that steps in cells too small to see; 15 kB on the line."""
MOST_LABELS = 196
"""More figures and arrows than this hide the boats."""


@dataclass(frozen=True, kw_only=True)
class SeaPicture:
    """What the map draws: wave cells, their labels, wind arrows (key ``a``: counter-clockwise turn, deg)."""

    cells: list[dict[str, Any]]
    labels: list[dict[str, Any]]
    winds: list[dict[str, Any]]


def picture(field: SeaField, at: datetime) -> SeaPicture:
    """Return the field at an instant, tinted finely and labelled coarsely; empty where the run does not reach."""
    fine_lon, fine_lat = _grid(field, MOST_CELLS)
    tints = _values(field, fine_lat, fine_lon, at, "hs_m")
    half = (_half(fine_lon), _half(fine_lat))
    cells = [_cell(x, y, *half, hs_m) for x, y, hs_m in _known(fine_lon, fine_lat, tints)]
    lons, lats = _grid(field, MOST_LABELS)
    heights = _known(lons, lats, _values(field, lats, lons, at, "hs_m"))
    speed, come_from = (_values(field, lats, lons, at, name) for name in ("wind_mps", "wind_dir_deg"))
    return SeaPicture(
        cells=cells,
        labels=[{"lon": x, "lat": y, "text": f"{hs_m:.1f}"} for x, y, hs_m in heights],
        winds=_winds(lons, lats, speed, come_from),
    )


def _grid(field: SeaField, most: int) -> tuple[Floats, Floats]:
    """Return longitudes and latitudes over the field's area, about `most` crossings and never fewer than four."""
    count = max(2, math.isqrt(most))
    return (
        np.linspace(field.lon_deg[0], field.lon_deg[-1], count),
        np.linspace(field.lat_deg[0], field.lat_deg[-1], count),
    )


def _values(field: SeaField, lats: Floats, lons: Floats, at: datetime, name: str) -> Floats:
    """Return a quantity at every crossing, shape ``(lat, lon)``; NaN where the field says nothing of it."""
    lon, lat = np.meshgrid(lons, lats)
    found = field.along(lat.ravel(), lon.ravel(), np.full(lat.size, at.timestamp()))
    return found.get(name, np.full(lat.size, np.nan)).reshape(lat.shape)


def _known(lons: Floats, lats: Floats, values: Floats) -> list[tuple[float, float, float]]:
    """Return (longitude, latitude, value) of the crossings that have a value."""
    rows, columns = np.nonzero(np.isfinite(values))
    return [(float(lons[c]), float(lats[r]), float(values[r, c])) for r, c in zip(rows, columns, strict=True)]


def _winds(lons: Floats, lats: Floats, speed: Floats, come_from: Floats) -> list[dict[str, Any]]:
    """Return the wind's arrows; a wind is named by where it comes from, an arrow points where it blows."""
    both = np.where(np.isfinite(come_from), speed, np.nan)
    turned = {(x, y): angle for x, y, angle in _known(lons, lats, come_from)}
    return [
        {"lon": x, "lat": y, "a": -(turned[x, y] + 180.0) % 360.0, "c": _wind_colour(mps)}
        for x, y, mps in _known(lons, lats, both)
    ]


def _half(axis: Floats) -> float:
    return float(np.median(np.diff(axis))) / 2 if len(axis) > 1 else 0.05


def _cell(lon: float, lat: float, half_lon: float, half_lat: float, hs_m: float) -> dict[str, Any]:
    west, east, south, north = lon - half_lon, lon + half_lon, lat - half_lat, lat + half_lat
    return {
        "p": [[west, south], [east, south], [east, north], [west, north]],
        "c": [*rgb(COLOURS[step_of(hs_m)]), 130],
    }


def step_of(hs_m: float) -> int:
    """Return which of `STEPS_M` a wave height belongs to."""
    return max(0, int(np.searchsorted(STEPS_M, hs_m, side="right")) - 1)


def _wind_colour(wind_mps: float) -> list[int]:
    """Return the arrow's colour: gale (Beaufort 8, 17.2 m/s, GB/T 28591-2012) and more in red."""
    return [163, 18, 58, 230] if wind_mps >= 17.2 else [16, 36, 58, 170]


def legend() -> Sequence[tuple[str, str]]:
    """Return (colour, range in metres) of each step."""
    ends = [*(f"{step:g}" for step in STEPS_M[1:]), ""]
    return [
        (c, f"{low:g}–{end} m" if end else f"≥ {low:g} m") for c, low, end in zip(COLOURS, STEPS_M, ends, strict=True)
    ]
