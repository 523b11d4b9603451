"""What the variables of agencies' files are called, their units, and what their values can be."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from forecasting.series.harmonics import Floats

STANDARD_NAMES = {
    "sea_surface_wave_significant_height": "hs_m",
    "sea_surface_wind_wave_significant_height": "hs_wind_m",
    "sea_surface_wave_period_at_variance_spectral_density_maximum": "tp_s",
    "sea_surface_wave_mean_period": "tm_s",
    "sea_surface_wave_mean_period_from_variance_spectral_density_inverse_frequency_moment": "tm_s",
    "sea_surface_wave_mean_period_from_variance_spectral_density_second_frequency_moment": "tm_s",
    "sea_surface_wave_from_direction": "dp_deg",
    "sea_surface_wave_from_direction_at_variance_spectral_density_maximum": "dp_deg",
    "sea_surface_wave_to_direction": "dp_deg",
    "eastward_wind": "wind_east",
    "northward_wind": "wind_north",
    "eastward_wind_at_10m_above_ground_level": "wind_east",
    "northward_wind_at_10m_above_ground_level": "wind_north",
    "x_wind": "wind_east",
    "y_wind": "wind_north",
    "wind_speed": "wind_mps",
    "wind_from_direction": "wind_dir_deg",
    "wind_to_direction": "wind_dir_deg",
    "eastward_sea_water_velocity": "current_east",
    "northward_sea_water_velocity": "current_north",
    "sea_water_speed": "current_mps",
    "sea_water_velocity_to_direction": "current_dir_deg",
    "direction_of_sea_water_velocity": "current_dir_deg",
    "sea_water_potential_temperature": "water_temp_c",
    "sea_water_temperature": "water_temp_c",
    "sea_surface_temperature": "water_temp_c",
    "sea_water_salinity": "salinity_psu",
    "air_pressure_at_mean_sea_level": "pressure_hpa",
    "air_pressure_at_sea_level": "pressure_hpa",
}
"""CF standard names of what we take (CF standard name table, version 85, with its aliases)."""
TURNED = {"sea_surface_wave_to_direction", "wind_to_direction"}
"""Standard names of directions towards; ours are from."""
SHORT_NAMES = {
    "swh": "hs_m", "vhm0": "hs_m", "htsgw": "hs_m", "hs": "hs_m", "htsgwsfc": "hs_m",
    "significant_height_of_combined_wind_waves_and_swell_surface": "hs_m",
    "pp1d": "tp_s", "vtpk": "tp_s", "perpwsfc": "tp_s", "perpw": "tp_s", "tp": "tp_s",
    "primary_wave_mean_period_surface": "tp_s",
    "mwp": "tm_s", "vtm10": "tm_s", "vtm02": "tm_s", "t0m1": "tm_s", "t02": "tm_s",
    "mwd": "dp_deg", "vmdr": "dp_deg", "dirpwsfc": "dp_deg", "dirpw": "dp_deg",
    "primary_wave_direction_surface": "dp_deg",
    "u10": "wind_east", "v10": "wind_north", "10u": "wind_east", "10v": "wind_north",
    "ugrd_10maboveground": "wind_east", "vgrd_10maboveground": "wind_north",
    "u-component_of_wind_height_above_ground": "wind_east", "v-component_of_wind_height_above_ground": "wind_north",
    "ugrd10m": "wind_east", "vgrd10m": "wind_north", "uwnd": "wind_east", "vwnd": "wind_north",
    "wnd": "wind_mps", "wnddir": "wind_dir_deg",
    "uo": "current_east", "vo": "current_north", "utotal": "current_east", "vtotal": "current_north",
    "thetao": "water_temp_c", "sst": "water_temp_c", "so": "salinity_psu",
    "msl": "pressure_hpa", "prmsl": "pressure_hpa", "pressure_reduced_to_msl_msl": "pressure_hpa",
}  # fmt: skip
"""Names, in small letters, in files without standard names: ECMWF, Copernicus Marine, GFS (also by THREDDS), WW3."""
LONG_NAMES = {
    "significant height of combined wind waves and swell": "hs_m", "significant wave height": "hs_m",
    "有效波高": "hs_m", "海浪有效波高": "hs_m",
    "peak wave period": "tp_s", "primary wave mean period": "tp_s", "谱峰周期": "tp_s",
    "mean wave period": "tm_s", "平均波周期": "tm_s", "平均周期": "tm_s",
    "mean wave direction": "dp_deg", "primary wave direction": "dp_deg", "平均波向": "dp_deg", "波向": "dp_deg",
    "10 metre u wind component": "wind_east", "10 metre v wind component": "wind_north",
    "10米纬向风": "wind_east", "10米经向风": "wind_north", "10米风速": "wind_mps", "10米风向": "wind_dir_deg",
    "海表温度": "water_temp_c", "海水温度": "water_temp_c", "海水盐度": "salinity_psu", "海平面气压": "pressure_hpa",
}  # fmt: skip
"""Descriptions, in small letters, for files whose names are of no standard: NMEFC and other Chinese centres, GRIB."""
PLAUSIBLE = {
    "hs_m": (0.0, 30.0), "hs_wind_m": (0.0, 30.0), "tp_s": (0.0, 40.0), "tm_s": (0.0, 40.0),
    "wind_mps": (0.0, 100.0), "pressure_hpa": (800.0, 1100.0), "water_temp_c": (-3.0, 45.0),
    "salinity_psu": (0.0, 45.0), "current_mps": (0.0, 8.0),
    "dp_deg": (-360.0, 720.0), "wind_dir_deg": (-360.0, 720.0), "current_dir_deg": (-360.0, 720.0),
}  # fmt: skip
"""Values outside count as missing: fill values that a file failed to declare."""
FACTORS = {
    "kt": 0.514444, "kts": 0.514444, "kn": 0.514444, "knot": 0.514444, "knots": 0.514444,
    "km/h": 1 / 3.6, "km h-1": 1 / 3.6, "cm": 0.01, "cm/s": 0.01, "cm s-1": 0.01, "ft": 0.3048, "feet": 0.3048,
    "pa": 0.01, "pascal": 0.01, "rad": 180 / np.pi, "radian": 180 / np.pi, "radians": 180 / np.pi,
}  # fmt: skip
"""Our unit per unit of a file, in small letters; any other unit is taken as ours."""
KELVIN = {"k", "kelvin"}


def quantity_of(variable: Any, name: str) -> str | None:
    """Return which of our quantities a variable is: by standard name, else by name, else by description; else None."""
    described = str(variable.attrs.get("long_name", "")).strip().lower()
    return STANDARD_NAMES.get(_standard(variable)) or SHORT_NAMES.get(name.lower()) or LONG_NAMES.get(described)


def in_our_unit(values: Floats, variable: Any, quantity: str) -> Floats:
    """Return values in our unit; directions are those that waves and wind come from."""
    unit = str(variable.attrs.get("units", "")).strip().lower()
    scaled = values * FACTORS.get(unit, 1.0)
    if quantity == "water_temp_c" and unit in KELVIN:
        scaled = scaled - 273.15
    return scaled + 180.0 if _standard(variable) in TURNED else scaled


def _standard(variable: Any) -> str:
    return str(variable.attrs.get("standard_name", "")).strip()


def polar(fields: Mapping[str, Floats]) -> dict[str, Floats]:
    """Return the fields with vectors as speed and direction: wind from, current towards."""
    out = {name: field for name, field in fields.items() if not name.endswith(("_east", "_north"))}
    for name, sign in (("wind", -1.0), ("current", 1.0)):
        east, north = fields.get(f"{name}_east"), fields.get(f"{name}_north")
        if east is not None and north is not None and east.shape == north.shape:
            out[f"{name}_mps"] = np.hypot(east, north)
            out[f"{name}_dir_deg"] = np.degrees(np.arctan2(sign * east, sign * north))
    return out


def plausible(fields: Mapping[str, Floats]) -> dict[str, Floats]:
    """Return the fields with what cannot be as NaN; a direction without its speed is none."""
    out = {}
    for name, field in fields.items():
        low, high = PLAUSIBLE[name]
        out[name] = np.where((field >= low) & (field <= high), field, np.nan)
        if name.endswith("_deg"):
            out[name] %= 360
    for name in ("wind", "current"):
        speed, direction = out.get(f"{name}_mps"), out.get(f"{name}_dir_deg")
        if speed is not None and direction is not None and speed.shape == direction.shape:
            out[f"{name}_dir_deg"] = np.where(np.isfinite(speed), direction, np.nan)
    return out
