"""Numerical forecasts of the same sea as NetCDF files: right in kind, wrong by an honest, growing, seeded error."""

import asyncio
import math
import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from firmware_sim.noise import Floats, Wander, generator
from firmware_sim.sea import Sea
from firmware_sim.storm import KM_PER_DEG

CYCLE_S = 6 * 3600.0
READY_S = 3.5 * 3600.0
"""A run is out this long after its initial time, as with the public models. [s]"""
LEADS_H = np.arange(0.0, 121.0, 3.0)
LATS = np.arange(26.5, 29.01, 0.25)
LONS = np.arange(120.5, 123.51, 0.25)
MEMBERS = 5
# Sizes of the error: wind about 2 m/s RMSE at 24 h and a storm's maximum hours late near the Yangtze mouth (published
# verification of operational models); a track error that grows with lead; waves too low above 1.5 m.
WIND_ERROR_MPS, WIND_ERROR_PER_H = 0.7, 0.05
WIND_ERROR_MAX_MPS = 3.2
TRACK_KM, TRACK_KM_PER_H = 20.0, 2.6
LATE_SHARE = 0.08
INTENSITY_SHARE = 0.92
HIGH_WAVE_M, HIGH_WAVE_SHARE = 1.5, 0.85


def newest_init(at_s: float) -> float:
    """Return the initial time of the newest run that is out at a time. [unix s]"""
    return math.floor((at_s - READY_S) / CYCLE_S) * CYCLE_S


def member_fields(sea: Sea, init_s: float, member: int) -> dict[str, Floats]:
    """Return one member's fields `(lead, lat, lon)`: wind components, pressure, Hs, Tp, Dp.

    A storm comes `LATE_SHARE` of the lead late, displaced by a random vector that grows with lead, and weaker; the
    other wind is wrong by a smooth random vector. Member 0 is the control run with its own, smaller error.
    """
    rng = generator(sea.seed, f"nwp {init_s:.0f} {member}")
    lead = LEADS_H[:, None, None]
    size = 0.7 if member == 0 else 1.0
    off_km = size * (TRACK_KM + TRACK_KM_PER_H * lead) / math.sqrt(2)
    north_deg, east_deg = (draw * off_km / KM_PER_DEG for draw in rng.normal(0.0, 1.0, 2))
    lat, lon = LATS[None, :, None] - north_deg, LONS[None, None, :] - east_deg
    late = max(LATE_SHARE + 0.05 * rng.normal() * size, 0.0)
    late_s = late * lead * 3600.0 if sea.storm is not None else 0.0 * lead
    times = init_s + lead * 3600.0 - late_s
    east, north, drop = sea.wind_vector(lat, lon, times)
    waves = sea.waves(lat, lon, times)
    weak = INTENSITY_SHARE if sea.storm is not None else 1.0
    spread = size * np.minimum(WIND_ERROR_MPS + WIND_ERROR_PER_H * lead, WIND_ERROR_MAX_MPS) / math.sqrt(2)
    error_e, error_n = _error(sea, init_s, member, "e") * spread, _error(sea, init_s, member, "n") * spread
    hs = waves["hs_m"]
    hs = np.where(hs > HIGH_WAVE_M, HIGH_WAVE_M + (hs - HIGH_WAVE_M) * HIGH_WAVE_SHARE, hs)
    growth = 1.0 + _error(sea, init_s, member, "hs") * np.minimum(0.05 + 0.003 * lead, 0.25)
    return {
        "u10": east * weak + error_e,
        "v10": north * weak + error_n,
        "msl": (1013.0 - drop * weak) * 100.0,
        "swh": np.maximum(hs * growth, 0.05),
        "pp1d": waves["tp_s"],
        "mwd": (waves["dp_deg"] + 8.0 * _error(sea, init_s, member, "dp")) % 360.0,
    }


def _error(sea: Sea, init_s: float, member: int, name: str) -> Floats:
    """Return a smooth error of unit size over lead, the same over the small grid. Shape `(lead, 1, 1)`."""
    wander = Wander.make(sea.seed, f"nwp {name} {init_s:.0f} {member}", shortest_h=9.0, longest_h=120.0, terms=8)
    return wander(init_s + LEADS_H * 3600.0)[:, None, None]


_VARIABLES = (
    ("u10", "eastward_wind", "m s-1", "10 metre eastward wind"),
    ("v10", "northward_wind", "m s-1", "10 metre northward wind"),
    ("msl", "air_pressure_at_mean_sea_level", "Pa", "mean sea level pressure"),
    ("swh", "sea_surface_wave_significant_height", "m", "significant height of combined wind waves and swell"),
    ("pp1d", "sea_surface_wave_period_at_variance_spectral_density_maximum", "s", "peak wave period"),
    ("mwd", "sea_surface_wave_from_direction", "degree", "mean wave direction, from"),
)


def write_run(sea: Sea, folder: Path, init_s: float) -> Path:
    """Write one run and return its path `huangyu-sim_YYYYMMDDTHHMM.nc`: (member, lead, latitude, longitude), CF-1.8.

    The file appears whole under its name or not at all.
    """
    import netCDF4  # noqa: PLC0415 - heavy, and only wanted where grids are

    folder.mkdir(parents=True, exist_ok=True)
    init = datetime.fromtimestamp(init_s, UTC)
    path = folder / f"huangyu-sim_{init:%Y%m%dT%H%M}.nc"
    fresh = folder / f".{path.name}.{os.getpid()}.part"
    members = [member_fields(sea, init_s, member) for member in range(MEMBERS)]
    with netCDF4.Dataset(fresh, "w", format="NETCDF4") as file:
        attributes = {
            "Conventions": "CF-1.8",
            "title": "Simulated forecast of a simulated sea",
            "institution": "huangyu firmware_sim",
            "source": "firmware_sim.nwp, not a real model",
            "history": f"seed {sea.seed}, scenario {sea.scenario.name}",
        }
        file.setncatts(attributes)
        _axes(file, init)
        for name, standard, units, long_name in _VARIABLES:
            variable = file.createVariable(
                name, "f4", ("realization", "step", "latitude", "longitude"), zlib=True, complevel=4
            )
            variable.setncatts({"standard_name": standard, "units": units, "long_name": long_name})
            variable[:] = np.stack([np.broadcast_to(m[name], (LEADS_H.size, LATS.size, LONS.size)) for m in members])
    fresh.replace(path)
    return path


def _axes(file: "netCDF4.Dataset", init: datetime) -> None:  # type: ignore[name-defined] # noqa: F821
    rows = (
        ("realization", np.arange(MEMBERS), "i4", {"standard_name": "realization", "units": "1"}),
        ("step", LEADS_H, "f8", {"standard_name": "forecast_period", "units": "hours"}),
        ("latitude", LATS, "f4", {"standard_name": "latitude", "units": "degrees_north", "axis": "Y"}),
        ("longitude", LONS, "f4", {"standard_name": "longitude", "units": "degrees_east", "axis": "X"}),
    )
    for name, values, kind, attributes in rows:
        file.createDimension(name, len(values))
        variable = file.createVariable(name, kind, (name,))
        variable.setncatts(attributes)
        variable[:] = values
    seconds = init.timestamp()
    start = file.createVariable("forecast_reference_time", "f8", ())
    start.setncatts(
        {
            "standard_name": "forecast_reference_time",
            "units": "seconds since 1970-01-01 00:00:00",
            "calendar": "standard",
        }
    )
    start[...] = seconds
    valid = file.createVariable("time", "f8", ("step",))
    valid.setncatts({"standard_name": "time", "units": "seconds since 1970-01-01 00:00:00", "calendar": "standard"})
    valid[:] = seconds + LEADS_H * 3600.0


def write_past_runs(sea: Sea, folder: Path, *, until_s: float, days: float, every_h: float = 12.0) -> Sequence[Path]:
    """Write the runs of past days, for learning a model's bias from; oldest first."""
    last = newest_init(until_s)
    count = int(days * 24.0 / every_h)
    return [write_run(sea, folder, last - n * every_h * 3600.0) for n in range(count, 0, -1)]


async def keep_writing(sea: Sea, folder: Path, clock: Callable[[], float]) -> None:
    """Write the newest run now and each later run when it would be out, for ever."""
    written = -math.inf
    while True:
        init_s = newest_init(clock())
        if init_s > written:
            await asyncio.to_thread(write_run, sea, folder, init_s)
            written = init_s
        await asyncio.sleep(min(max(init_s + CYCLE_S + READY_S - clock(), 1.0), 60.0))
