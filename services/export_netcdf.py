"""CF-1.11 NetCDF in contiguous ragged arrays (CF chapter 9): measuring points as timeSeries, tracks as trajectory."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from core.units import QUANTITIES

STANDARD: dict[str, tuple[str | None, str]] = {
    "do_mg_l": ("mass_concentration_of_oxygen_in_sea_water", "mg L-1"),
    "do_sat_pct": ("fractional_saturation_of_oxygen_in_sea_water", "percent"),
    "water_temp_c": ("sea_water_temperature", "degree_Celsius"),
    "salinity_psu": ("sea_water_practical_salinity", "1"),
    "conductivity_us_cm": ("sea_water_electrical_conductivity", "uS cm-1"),
    "turbidity_ntu": ("sea_water_turbidity", "1"),
    "chlorophyll_ug_l": ("mass_concentration_of_chlorophyll_a_in_sea_water", "ug L-1"),
    "current_mps": ("sea_water_speed", "m s-1"),
    "current_dir_deg": ("sea_water_velocity_to_direction", "degree"),
    "hs_m": ("sea_surface_wave_significant_height", "m"),
    "tp_s": ("sea_surface_wave_period_at_variance_spectral_density_maximum", "s"),
    "dp_deg": ("sea_surface_wave_from_direction_at_variance_spectral_density_maximum", "degree"),
    "wind_mps": ("wind_speed", "m s-1"),
    "wind_dir_deg": ("wind_from_direction", "degree"),
    "gust_mps": ("wind_speed_of_gust", "m s-1"),
    "air_temp_c": ("air_temperature", "degree_Celsius"),
    "dew_point_c": ("dew_point_temperature", "degree_Celsius"),
    "humidity_pct": ("relative_humidity", "percent"),
    "pressure_hpa": ("air_pressure", "hPa"),
    "ph": (None, "1"), "orp_mv": (None, "mV"), "water_level_m": (None, "m"), "light_umol": (None, "umol m-2 s-1"),
    "tension_kn": (None, "kN"), "net_depth_m": (None, "m"), "battery_v": (None, "V"), "pv_v": (None, "V"),
    "pv_a": (None, "A"), "pv_w": (None, "W"), "charge_a": (None, "A"), "charge_w": (None, "W"),
    "supply_mv": (None, "mV"), "probe_mv": (None, "mV"), "tilt_deg": (None, "degree"), "signal_pct": (None, "percent"),
    "uptime_s": (None, "s"), "lat_deg": (None, "degree"), "lon_deg": (None, "degree"), "aerator_on": (None, "1"),
    "feeder_on": (None, "1"), "fish_count": (None, "1"), "fish_length_cm": (None, "cm"),
}  # fmt: skip
"""CF standard name (table 92; None where none fits) and UDUNITS unit of each quantity of core.units."""
FILL = np.float32(-9999.0)
_EPOCH = pd.Timestamp("1970-01-01", tz="UTC")


def write_series(rows: pd.DataFrame, stations: pd.DataFrame, path: Path) -> None:
    """Write readings: one station a measuring point, one variable a quantity, with its QARTOD flags beside it."""
    wide = rows.pivot(index=["cage_id", "point", "observed_at"], columns="quantity", values=["value", "qc"])
    names = [f"{cage}.{point}" for cage, point in zip(*(wide.index.get_level_values(k) for k in (0, 1)), strict=True)]
    order, sizes = _ragged(names)
    place = stations.assign(name=stations["cage_id"] + "." + stations["point"]).set_index("name").reindex(order)
    variables: dict[str, Any] = {
        "station": _text(order, "station", {"cf_role": "timeseries_id", "long_name": "cage and measuring point"}),
        "rowSize": ("station", sizes, {"sample_dimension": "obs", "long_name": "number of observations"}),
        "time": ("obs", _seconds(wide.index.get_level_values(2)), _time()),
        "lat": ("station", _filled(place["lat_deg"]), _axis("latitude", "degrees_north", "Y")),
        "lon": ("station", _filled(place["lon_deg"]), _axis("longitude", "degrees_east", "X")),
        "depth": ("station", _filled(place["depth_m"]), _axis("depth", "m", "Z") | {"positive": "down"}),
    }
    for quantity in sorted(rows["quantity"].unique()):
        flags = wide["qc"][quantity].fillna(9).to_numpy(np.int8)
        variables[quantity] = ("obs", _filled(wide["value"][quantity]), _quantity(quantity))
        variables[f"{quantity}_qc"] = ("obs", flags, _flags(quantity))
    _write(variables, "timeSeries", "Readings of cages", rows, path, dict.fromkeys(rows["quantity"].unique(), FILL))


def write_tracks(rows: pd.DataFrame, path: Path) -> None:
    """Write positions: one trajectory a target."""
    order, sizes = _ragged(rows["mmsi"].astype(str).tolist())
    degrees = {"units": "degree", "coordinates": "time lat lon"}
    variables: dict[str, Any] = {
        "trajectory": _text(order, "trajectory", {"cf_role": "trajectory_id", "long_name": "MMSI"}),
        "rowSize": ("trajectory", sizes, {"sample_dimension": "obs", "long_name": "number of fixes"}),
        "time": ("obs", _seconds(rows["observed_at"]), _time()),
        "lat": ("obs", rows["lat_deg"].to_numpy(float), _axis("latitude", "degrees_north", "Y")),
        "lon": ("obs", rows["lon_deg"].to_numpy(float), _axis("longitude", "degrees_east", "X")),
        "sog": ("obs", _filled(rows["sog_kn"] * 1852 / 3600), {
            "standard_name": "platform_speed_wrt_ground", "units": "m s-1", "long_name": "speed over ground",
            "coordinates": "time lat lon"}),
        "cog": ("obs", _filled(rows["cog_deg"]), degrees | {
            "standard_name": "platform_course", "long_name": "course over ground"}),
        "heading": ("obs", _filled(rows["heading_deg"]), degrees | {
            "standard_name": "platform_orientation", "long_name": "true heading"}),
    }  # fmt: skip
    fills = dict.fromkeys(("sog", "cog", "heading"), FILL)
    _write(variables, "trajectory", "Tracks of vessels", rows, path, fills)


def _ragged(names: list[str]) -> tuple[list[str], np.ndarray]:
    """Return the names in order of first appearance and how many rows each has; equal names must be adjacent."""
    counts: dict[str, int] = {}
    for name in names:
        counts[name] = counts.get(name, 0) + 1
    return list(counts), np.array(list(counts.values()), dtype=np.int32)


def _text(values: list[str], dimension: str, attributes: dict[str, str]) -> tuple[str, np.ndarray, dict[str, str]]:
    width = max(len(value.encode()) for value in values)
    return dimension, np.array([value.encode() for value in values], dtype=f"S{width}"), attributes


def _seconds(instants: Any) -> np.ndarray:
    return np.asarray((pd.DatetimeIndex(instants) - _EPOCH) / pd.Timedelta(seconds=1), dtype=np.float64)


def _filled(values: pd.Series) -> np.ndarray:
    return np.asarray(values.astype(float).fillna(float(FILL)), dtype=np.float32)


def _time() -> dict[str, str]:
    return {
        "standard_name": "time", "units": "seconds since 1970-01-01T00:00:00Z", "calendar": "standard", "axis": "T",
        "long_name": "time at the edge", "units_metadata": "leap_seconds: none",
    }  # fmt: skip


def _axis(name: str, units: str, axis: str) -> dict[str, str]:
    return {"standard_name": name, "units": units, "axis": axis, "long_name": name}


def _quantity(name: str) -> dict[str, str]:
    standard_name, units = STANDARD[name]
    about = {
        "long_name": QUANTITIES[name].en, "units": units, "coordinates": "time lat lon depth",
        "ancillary_variables": f"{name}_qc", "comment": f"{QUANTITIES[name].zh} {QUANTITIES[name].symbol}".strip(),
    }  # fmt: skip
    if units == "degree_Celsius":
        about["units_metadata"] = "temperature: on_scale"
    return about | ({"standard_name": standard_name} if standard_name else {})


def _flags(name: str) -> dict[str, Any]:
    return {
        "long_name": f"QARTOD flag of {QUANTITIES[name].en}", "standard_name": "aggregate_quality_flag",
        "flag_values": np.array([1, 2, 3, 4, 9], dtype=np.int8), "coordinates": "time lat lon depth",
        "flag_meanings": "pass not_evaluated suspect fail missing_data", "units": "1",
    }  # fmt: skip


def _write(
    variables: dict[str, Any], feature: str, title: str, rows: pd.DataFrame, path: Path, fills: dict[str, Any]
) -> None:
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    first, last = (f"{at:%Y-%m-%dT%H:%M:%SZ}" for at in (rows["observed_at"].min(), rows["observed_at"].max()))
    dataset = xr.Dataset(
        variables,
        attrs={
            "Conventions": "CF-1.11", "featureType": feature, "title": title, "source": "huangyu",
            "institution": "operator of this installation", "history": f"{now} exported by huangyu",
            "references": "docs/store.md", "comment": "Values flagged suspect or fail are kept: use the flags.",
            "date_created": now, "time_coverage_start": first, "time_coverage_end": last,
        },
    )  # fmt: skip
    encoding = {str(name): {"_FillValue": fills.get(str(name))} for name in dataset.variables}
    for name in ("lat", "lon", "depth"):
        if feature == "timeSeries":
            encoding[name] = {"_FillValue": FILL}
    dataset.to_netcdf(path, format="NETCDF4_CLASSIC", engine="netcdf4", encoding=encoding)
