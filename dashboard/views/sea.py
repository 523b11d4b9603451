"""The sea's field on the map: waves as tinted cells with their height, wind as arrows, for one instant."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from dashboard.views.map_layers import rgb
from forecasting.fields import SeaField
from forecasting.harmonics import Floats

STEPS_M = (0.0, 0.5, 1.25, 2.5, 4.0, 6.0, 9.0)
"""Lower bounds of smooth, slight, moderate, rough, very rough, high and very high sea (WMO code table 3700). [m]"""
COLOURS = ("#cfe8f3", "#9fd0e6", "#5fb0d3", "#f2d16b", "#ee9a3a", "#d9502e", "#8e1f4d")
MOST_CELLS = 400
"""More cells than this hide the boats and weigh on a slow line."""


@dataclass(frozen=True, kw_only=True)
class SeaPicture:
    """What the map draws: wave cells, their labels, wind arrows (key ``a``: counter-clockwise turn, deg)."""

    cells: list[dict[str, Any]]
    labels: list[dict[str, Any]]
    winds: list[dict[str, Any]]


def picture(field: SeaField, at: datetime) -> SeaPicture:
    """Return the field at an instant; empty where the run does not reach, thinned to at most `MOST_CELLS`."""
    each = math.ceil(math.sqrt(field.lat_deg.size * field.lon_deg.size / MOST_CELLS))
    lats, lons = field.lat_deg[::each], field.lon_deg[::each]
    lon, lat = (axis.ravel() for axis in np.meshgrid(lons, lats))
    values = field.along(lat, lon, np.full(lat.size, at.timestamp()))
    unknown = np.full(lat.size, np.nan)
    waves = [
        (x, y, hs_m)
        for x, y, hs_m in zip(lon.tolist(), lat.tolist(), values.get("hs_m", unknown).tolist(), strict=True)
        if math.isfinite(hs_m)
    ]
    half = (_half(lons), _half(lats))
    return SeaPicture(
        cells=[_cell(x, y, *half, hs_m) for x, y, hs_m in waves],
        labels=[{"lon": x, "lat": y, "text": f"{hs_m:.1f}"} for x, y, hs_m in waves],
        winds=_winds(lon, lat, values.get("wind_mps", unknown), values.get("wind_dir_deg", unknown), len(lons)),
    )


def _winds(lon: Floats, lat: Floats, speed: Floats, come_from: Floats, columns: int) -> list[dict[str, Any]]:
    """Return an arrow for every second cell; a wind is named by where it comes from, an arrow points where it blows."""
    return [
        {
            "lon": float(lon[n]),
            "lat": float(lat[n]),
            "a": float(-(come_from[n] + 180.0) % 360.0),
            "c": _wind_colour(speed[n]),
        }
        for n in range(lon.size)
        if n // columns % 2 == 0 and n % columns % 2 == 0 and math.isfinite(speed[n]) and math.isfinite(come_from[n])
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
