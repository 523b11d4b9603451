"""From the files of ECMWF, Copernicus, GFS, WAVEWATCH III and NMEFC to our quantities, by CF standard names."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from core.errors import AppError
from forecasting.harmonics import Floats

STANDARD_NAMES = {
    "sea_surface_wave_significant_height": "hs_m",
    "sea_surface_wind_wave_significant_height": "hs_wind_m",
    "sea_surface_wave_period_at_variance_spectral_density_maximum": "tp_s",
    "sea_surface_wave_mean_period": "tm_s",
    "sea_surface_wave_from_direction": "dp_deg",
    "sea_surface_wave_from_direction_at_variance_spectral_density_maximum": "dp_deg",
    "eastward_wind": "wind_east",
    "northward_wind": "wind_north",
    "x_wind": "wind_east",
    "y_wind": "wind_north",
    "wind_speed": "wind_mps",
    "wind_from_direction": "wind_dir_deg",
    "eastward_sea_water_velocity": "current_east",
    "northward_sea_water_velocity": "current_north",
    "sea_water_potential_temperature": "water_temp_c",
    "sea_water_temperature": "water_temp_c",
    "sea_surface_temperature": "water_temp_c",
    "sea_water_salinity": "salinity_psu",
    "air_pressure_at_mean_sea_level": "pressure_hpa",
    "air_pressure_at_sea_level": "pressure_hpa",
}
"""CF standard names of what we take (CF standard name table, version 85)."""
SHORT_NAMES = {
    "swh": "hs_m", "VHM0": "hs_m", "HTSGW": "hs_m", "hs": "hs_m", "Hs": "hs_m", "htsgwsfc": "hs_m",
    "pp1d": "tp_s", "VTPK": "tp_s", "perpwsfc": "tp_s", "PERPW": "tp_s", "tp": "tp_s",
    "mwd": "dp_deg", "VMDR": "dp_deg", "dirpwsfc": "dp_deg", "DIRPW": "dp_deg",
    "u10": "wind_east", "v10": "wind_north", "UGRD_10maboveground": "wind_east", "VGRD_10maboveground": "wind_north",
    "u-component_of_wind_height_above_ground": "wind_east", "v-component_of_wind_height_above_ground": "wind_north",
    "ugrd10m": "wind_east", "vgrd10m": "wind_north", "uwnd": "wind_east", "vwnd": "wind_north",
    "wnd": "wind_mps", "wnddir": "wind_dir_deg",
    "uo": "current_east", "vo": "current_north", "utotal": "current_east", "vtotal": "current_north",
    "thetao": "water_temp_c", "sst": "water_temp_c", "so": "salinity_psu",
    "msl": "pressure_hpa", "prmsl": "pressure_hpa", "Pressure_reduced_to_MSL_msl": "pressure_hpa",
}  # fmt: skip
"""Names in files that carry no standard name: ECMWF, Copernicus Marine, GFS and WAVEWATCH III."""
AXES = {
    "lat": ("latitude", "lat", "y"),
    "lon": ("longitude", "lon", "x"),
    "lead": ("step", "lead", "lead_time", "forecast_period", "leadtime"),
    "time": ("time", "valid_time"),
    "init": ("forecast_reference_time", "init", "init_time", "reftime", "analysis_time"),
    "member": ("realization", "member", "number", "ensemble"),
}
SURFACE_M = 10.0
"""Of several heights or depths the one nearest the surface is taken; winds at this height. [m]"""
PLAUSIBLE = {
    "hs_m": (0.0, 30.0), "tp_s": (0.0, 40.0), "wind_mps": (0.0, 100.0), "pressure_hpa": (800.0, 1100.0),
    "water_temp_c": (-3.0, 45.0), "salinity_psu": (0.0, 45.0), "current_mps": (0.0, 8.0),
}  # fmt: skip
"""Values outside count as missing: fill values that a file failed to declare."""


class GridError(AppError):
    """A gridded file cannot be taken in: the text says what is missing."""


@dataclass(frozen=True, kw_only=True)
class Box:
    """The sea area that is cut out. [deg]"""

    south_deg: float
    west_deg: float
    north_deg: float
    east_deg: float


@dataclass(frozen=True, kw_only=True)
class GridRun:
    """One model run cut to our sea.

    Parameters
    ----------
    values
        By quantity, shape ``(member, lead, lat, lon)``, NaN where there is none.
    missing
        Quantities that the file had and that hold no usable value in the area.
    """

    init_at: datetime
    lat_deg: Floats
    lon_deg: Floats
    lead_h: Floats
    values: Mapping[str, Floats]
    missing: tuple[str, ...]


def read_run(dataset: Any, box: Box, init_at: datetime | None = None) -> GridRun:
    """Return what an xarray Dataset says of our sea.

    Parameters
    ----------
    dataset
        Any mixture of init, lead or time, member, lat and lon dimensions, regular lat-lon.
    init_at
        Initial time where the file does not say it; else the file's own, else its first valid time.

    Raises
    ------
    GridError
        No axis, no overlap with the area, or nothing we know in it.
    """
    lat_name, lon_name = _axis(dataset, "lat"), _axis(dataset, "lon")
    if lat_name is None or lon_name is None:
        raise GridError("The file has no latitude and longitude axes: only regular lat-lon grids are read.")
    lat, lon = np.asarray(dataset[lat_name], dtype=float), np.asarray(dataset[lon_name], dtype=float)
    if lat.ndim != 1 or lon.ndim != 1:
        raise GridError("Latitude and longitude are not one-dimensional: regrid the file to regular lat-lon first.")
    rows, columns = _inside(lat, lon, box)
    start, leads = _times(dataset, init_at)
    fields: dict[str, Floats] = {}
    for name in dataset.data_vars:
        quantity = _quantity(dataset[name], str(name))
        if (
            quantity is None
            or quantity in fields
            or lat_name not in dataset[name].dims
            or lon_name not in dataset[name].dims
        ):
            continue
        fields[quantity] = _field(dataset[name], lat_name, lon_name, rows, columns, len(leads)) * _factor(
            dataset[name], quantity
        )
        fields[quantity] += _offset(dataset[name], quantity)
    fields = _polar(fields)
    if not fields:
        raise GridError("The file holds no quantity that we know (waves, wind, current): see docs/forecasting.md.")
    clean = {name: _plausible(field, name) for name, field in fields.items()}
    known = {name: field.astype(np.float64) for name, field in clean.items() if np.isfinite(field).any()}
    if not known:
        raise GridError("The file holds no usable value in our sea area: check its region and fill values.")
    return GridRun(
        init_at=start,
        lat_deg=lat[rows],
        lon_deg=(lon[columns] + 180) % 360 - 180,
        lead_h=leads,
        values=known,
        missing=tuple(sorted(set(clean) - set(known))),
    )


def _axis(dataset: Any, role: str) -> str | None:
    """Return the name of the coordinate that plays a role, by standard name first."""
    standard = {"lat": "latitude", "lon": "longitude", "lead": "forecast_period", "time": "time",
                "init": "forecast_reference_time", "member": "realization"}[role]  # fmt: skip
    for name in [*dataset.coords, *dataset.variables]:
        if str(dataset[name].attrs.get("standard_name", "")) == standard:
            return str(name)
    lowered = {str(name).lower(): str(name) for name in [*dataset.dims, *dataset.variables]}
    return next((lowered[name] for name in AXES[role] if name in lowered), None)


def _inside(lat: Floats, lon: Floats, box: Box) -> tuple[Any, Any]:
    """Return row and column numbers inside the area, ascending in latitude and longitude, one cell beyond its edge."""
    turned = (lon + 180) % 360 - 180
    near = 1.5 * (abs(lat[1] - lat[0]) if len(lat) > 1 else 0.5)
    rows = np.flatnonzero((lat >= box.south_deg - near) & (lat <= box.north_deg + near))
    columns = np.flatnonzero((turned >= box.west_deg - near) & (turned <= box.east_deg + near))
    if not len(rows) or not len(columns):
        raise GridError(
            f"The file covers {lat.min():.1f}..{lat.max():.1f} N {turned.min():.1f}..{turned.max():.1f} E, "
            "which does not meet our sea area: fetch the right region."
        )
    return rows[np.argsort(lat[rows])], columns[np.argsort(turned[columns])]


def _times(dataset: Any, init_at: datetime | None) -> tuple[datetime, Floats]:
    """Return the initial time and the leads in hours."""
    lead, time, init = _axis(dataset, "lead"), _axis(dataset, "time"), _axis(dataset, "init")
    start = init_at
    if start is None and init is not None:
        start = _instant(np.ravel(dataset[init].values)[0])
    if lead is not None:
        leads = _hours(dataset[lead])
        if start is None and time is not None:
            first = np.ravel(dataset[time].values)[0]
            start = (
                _instant(first)
                if dataset[time].ndim == 0
                else _instant(first - np.timedelta64(int(leads[0] * 3600), "s"))
            )
        if start is None:
            raise GridError("The file says no initial time: give it with --init.")
        return start, leads
    if time is None:
        raise GridError("The file has neither leads nor times: a forecast needs one of them.")
    valid = np.atleast_1d(dataset[time].values)
    start = start or _instant(valid[0])
    base = np.datetime64(start.replace(tzinfo=None), "ns")
    return start, (valid - base) / np.timedelta64(1, "h")


def _instant(value: Any) -> datetime:
    seconds = (np.datetime64(value, "s") - np.datetime64("1970-01-01T00:00:00", "s")) / np.timedelta64(1, "s")
    return datetime.fromtimestamp(float(seconds), UTC)


def _hours(variable: Any) -> Floats:
    values = np.atleast_1d(variable.values)
    if np.issubdtype(values.dtype, np.timedelta64):
        return np.asarray(values / np.timedelta64(1, "h"), dtype=np.float64)
    unit = str(variable.attrs.get("units", "hours"))
    return values.astype(np.float64) / {"s": 3600.0, "m": 60.0, "d": 1 / 24}.get(unit[:1], 1.0)


def _quantity(variable: Any, name: str) -> str | None:
    standard = str(variable.attrs.get("standard_name", ""))
    return STANDARD_NAMES.get(standard) or SHORT_NAMES.get(name)


def _field(variable: Any, lat: str, lon: str, rows: Any, columns: Any, leads: int) -> Floats:
    """Return one variable as ``(member, lead, lat, lon)``; of other dimensions the level nearest the surface."""
    cut = variable.isel({lat: rows, lon: columns})
    member = next((d for d in cut.dims if str(d).lower() in AXES["member"]), None)
    when = next(
        (d for d in cut.dims if str(d).lower() in (*AXES["lead"], *AXES["time"]) and cut.sizes[d] == leads), None
    )
    for dim in list(cut.dims):
        if dim not in (lat, lon, member, when):
            cut = cut.isel({dim: _level(cut, str(dim))})
    order = [d for d in (member, when, lat, lon) if d is not None]
    values = np.asarray(cut.transpose(*order), dtype=np.float64)
    if when is None:
        values = np.repeat(values[..., None, :, :], leads, axis=-3)
    return values if member is not None else values[None]


def _level(variable: Any, dim: str) -> int:
    """Return the number of the level nearest 10 m height, or nearest the surface for depths."""
    if dim not in variable.coords:
        return 0
    heights = np.asarray(variable[dim].values)
    if heights.dtype.kind not in "fiu":
        return 0
    target = SURFACE_M if "height" in dim.lower() else 0.0
    return int(np.abs(heights - target).argmin())


def _factor(variable: Any, quantity: str) -> float:
    unit = str(variable.attrs.get("units", "")).strip()
    if quantity == "pressure_hpa" and unit in ("Pa", "pascal"):
        return 0.01
    if unit in ("kt", "kts", "knot", "knots"):
        return 0.514444
    return 1.0


def _offset(variable: Any, quantity: str) -> float:
    kelvin = str(variable.attrs.get("units", "")).strip() in ("K", "kelvin", "Kelvin")
    return -273.15 if quantity == "water_temp_c" and kelvin else 0.0


def _polar(fields: Mapping[str, Floats]) -> dict[str, Floats]:
    """Return the fields with vectors as speed and direction: wind from, current towards."""
    out = {name: field for name, field in fields.items() if not name.endswith(("_east", "_north"))}
    for name, sign in (("wind", -1.0), ("current", 1.0)):
        east, north = fields.get(f"{name}_east"), fields.get(f"{name}_north")
        if east is not None and north is not None:
            out[f"{name}_mps"] = np.hypot(east, north)
            out[f"{name}_dir_deg"] = np.degrees(np.arctan2(sign * east, sign * north)) % 360
    return out


def _plausible(field: Floats, quantity: str) -> Floats:
    low, high = PLAUSIBLE.get(quantity, (-1e4, 1e4))
    return np.where((field >= low) & (field <= high), field, np.nan)
