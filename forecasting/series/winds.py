"""Which columns of a table are wind, whatever they are called, as one speed in metres a second."""

import re
from collections.abc import Collection, Mapping
from typing import Literal

import numpy as np

from forecasting.series.harmonics import Floats

WIND = "wind_mps"
"""The name that all models know wind speed by. [m/s]"""
MPS_PER = {"kn": 0.514444, "kt": 0.514444, "kts": 0.514444, "knots": 0.514444, "kmh": 1 / 3.6, "kph": 1 / 3.6}
UNITS = frozenset({*MPS_PER, "mps", "ms"})
GUST_FACTOR = 1.25
"""Gusts over sea above the ten-minute mean, for tables that hold gusts alone. [-] (WMO/TD-1555, 2010: 1.23 at sea)"""
Role = Literal["speed", "gust", "east", "north"]
NAMES: dict[Role, frozenset[str]] = {
    "speed": frozenset(
        {
            "wind",
            "windspeed",
            "windspd",
            "windvelocity",
            "wspd",
            "wsp",
            "ws",
            "wnd",
            "wndspd",
            "sfcwind",
            "si10",
            "ff",
            "ws10",
            "ws10m",
            "wspd10m",
            "wind10",
            "wind10m",
            "windspeed10m",
            "10mwindspeed",
            "u10n",
        }
    ),
    "gust": frozenset({"gust", "gusts", "gst", "windgust", "windgusts", "wgust", "i10fg", "fg10", "gustspeed"}),
    "east": frozenset(
        {
            "u10",
            "u10m",
            "10u",
            "uwnd",
            "ugrd",
            "uwind",
            "windu",
            "u",
            "eastwardwind",
            "ucomponentofwind",
            "10mucomponentofwind",
        }
    ),
    "north": frozenset(
        {
            "v10",
            "v10m",
            "10v",
            "vwnd",
            "vgrd",
            "vwind",
            "windv",
            "v",
            "northwardwind",
            "vcomponentofwind",
            "10mvcomponentofwind",
        }
    ),
}
"""Names as agencies and instruments write them, in small letters without marks and unit."""
CHINESE: dict[Role, str] = {"gust": "阵风", "speed": "风速"}


def with_wind(columns: Mapping[str, Floats]) -> dict[str, Floats]:
    """Return columns with wind speed under the name `WIND`: a column of it, else its components, else gusts.

    The column that became `WIND` is left out under its own name; components and everything else stay.
    """
    if WIND in columns:
        return dict(columns)
    found = {role: name for name in reversed(list(columns)) if (role := _role(name)) is not None}
    if "speed" in found:
        rest = {name: column for name, column in columns.items() if name != found["speed"]}
        return rest | {WIND: columns[found["speed"]] * _factor(found["speed"])}
    if "east" in found and "north" in found:
        speed = np.hypot(columns[found["east"]], columns[found["north"]]) * _factor(found["east"])
        return dict(columns) | {WIND: speed}
    if "gust" in found:
        rest = {name: column for name, column in columns.items() if name != found["gust"]}
        return rest | {WIND: columns[found["gust"]] * _factor(found["gust"]) / GUST_FACTOR}
    return dict(columns)


def _role(name: str) -> Role | None:
    """Return what of the wind a column's name says it is: speed, gust, east, north; None for anything else."""
    bare = bare_name(name, UNITS)
    for role, names in NAMES.items():
        if bare in names:
            return role
    return next((role for role, word in CHINESE.items() if word in name), None)


def bare_name(name: str, units: Collection[str]) -> str:
    """Return a column's name in small letters, digits and Chinese, without marks and without the units at its end."""
    words = [w for w in re.split(r"[^0-9a-z一-鿿]+", name.lower().replace("km/h", "kmh").replace("m/s", "mps")) if w]
    while len(words) > 1 and words[-1] in units:
        words.pop()
    return "".join(words)


def _factor(name: str) -> float:
    """Return metres a second per unit of a column, from the last word of its name."""
    last = re.split(r"[^0-9a-z]+", name.lower().replace("km/h", "kmh").strip("])} "))[-1]
    return MPS_PER.get(last, 1.0)
