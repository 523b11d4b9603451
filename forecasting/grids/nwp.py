"""From the files of ECMWF, Copernicus, GFS, WAVEWATCH III and NMEFC to our quantities, by CF standard names."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import AppError
from forecasting.grids.nwp_names import in_our_unit, plausible, polar, quantity_of
from forecasting.series.harmonics import Floats

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
PRESSURE_UNITS = {"pa", "hpa", "mb", "mbar", "millibar", "millibars"}
FURTHEST_M = 15.0
"""A wind or current given this far from its level is another thing. [m]"""
REACH_H = (-240.0, 1000.0)
"""Leads outside are no forecast: a wrong calendar. [h]"""
LARGEST_AXIS = 10**6
LARGEST_CUT = 2 * 10**7
"""More values of one variable in our area than this are not read: 160 MB. A file can declare any size."""


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
    """Return what an xarray Dataset says of our sea; only our area is read of a dataset still on disk.

    Parameters
    ----------
    dataset
        Any mixture of init, lead or time, member, lat and lon dimensions, regular lat-lon in any order; of several
        initial times the newest.
    init_at
        Initial time where the file does not say it; where neither does, its first valid time.

    Raises
    ------
    GridError
        No axis, no overlap with the area, nothing we know in it, too much of it, or another initial time than given.
    """
    lat_name, lon_name = _axis(dataset, "lat"), _axis(dataset, "lon")
    if lat_name is None or lon_name is None:
        raise GridError("The file has no latitude and longitude axes: only regular lat-lon grids are read.")
    dataset = _newest_init(dataset)
    lat, lon = _degrees(dataset[lat_name], 90.5), _degrees(dataset[lon_name], 720.0)
    east = (lon + 180) % 360 - 180
    start, leads, steps = _times(dataset, init_at)
    cut = _Cut(
        lat=str(dataset[lat_name].dims[0]),
        lon=str(dataset[lon_name].dims[0]),
        when=frozenset((*_dims(dataset, "lead"), *_dims(dataset, "time"))),
        member=frozenset(_dims(dataset, "member")),
        rows=_inside(lat, box.south_deg, box.north_deg, "N"),
        columns=_inside(east, box.west_deg, box.east_deg, "E"),
        steps=steps,
    )
    known, missing = _fields(dataset, cut)
    return GridRun(
        init_at=start,
        lat_deg=lat[cut.rows],
        lon_deg=east[cut.columns],
        lead_h=leads,
        values=known,
        missing=missing,
    )


@dataclass(frozen=True, kw_only=True)
class _Cut:
    """Which dimension is which, and the numbers of rows, columns and steps that are taken, each ascending."""

    lat: str
    lon: str
    when: frozenset[str]
    member: frozenset[str]
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    steps: NDArray[np.int64]


def _fields(dataset: Any, cut: _Cut) -> tuple[dict[str, Floats], tuple[str, ...]]:
    """Return the fields with any usable value in our area, and the names of those without."""
    fields = polar({q: in_our_unit(_field(v, cut), v, q) for q, v in _chosen(dataset, cut).items()})
    if not fields:
        raise GridError("The file holds no quantity that we know (waves, wind, current): see docs/forecasting.md.")
    clean = plausible(fields)
    known = {name: field for name, field in clean.items() if np.isfinite(field).any()}
    if not known:
        raise GridError("The file holds no usable value in our sea area: check its region and fill values.")
    return known, tuple(sorted(set(clean) - set(known)))


def _axis(dataset: Any, role: str) -> str | None:
    """Return the name of the coordinate that plays a role, by standard name first."""
    standard = {"lat": "latitude", "lon": "longitude", "lead": "forecast_period", "time": "time",
                "init": "forecast_reference_time", "member": "realization"}[role]  # fmt: skip
    for name in [*dataset.coords, *dataset.variables]:
        if str(dataset[name].attrs.get("standard_name", "")).strip() == standard:
            return str(name)
    lowered = {str(name).lower(): str(name) for name in [*dataset.dims, *dataset.variables]}
    return next((lowered[name] for name in AXES[role] if name in lowered), None)


def _dims(dataset: Any, role: str) -> tuple[str, ...]:
    """Return the dimension of a role's axis, none where there is no such axis or it is a single value."""
    name = _axis(dataset, role)
    return () if name is None or dataset[name].ndim != 1 else (str(dataset[name].dims[0]),)


def _newest_init(dataset: Any) -> Any:
    """Return the part of a dataset that belongs to its newest initial time."""
    init, lead, time = (_dims(dataset, role) for role in ("init", "lead", "time"))
    several = init or (time if lead and time and lead != time else ())
    if not several or several == lead or (several == time and not lead):
        return dataset
    name = _axis(dataset, "init") if init else _axis(dataset, "time")
    return dataset.isel({several[0]: int(np.argmax(_instants(dataset[name])))})


def _degrees(variable: Any, most: float) -> Floats:
    """Return an axis of degrees."""
    if variable.ndim != 1:
        raise GridError("Latitude and longitude are not one-dimensional: regrid the file to regular lat-lon first.")
    if not 1 <= variable.size <= LARGEST_AXIS or variable.dtype.kind not in "fiu":
        raise GridError(f"The axis {variable.name!r} is no list of degrees: fetch the file again.")
    degrees = np.asarray(variable, dtype=np.float64)
    if not (np.abs(degrees) <= most).all():
        raise GridError(f"The axis {variable.name!r} is not in degrees: regrid the file to regular lat-lon first.")
    return degrees


def _inside(degrees: Floats, low: float, high: float, letter: str) -> NDArray[np.int64]:
    """Return the numbers of an axis inside the area and one cell beyond its edge, ascending, each place once."""
    near = 1.5 * (float(np.median(np.abs(np.diff(degrees)))) if len(degrees) > 1 else 0.5)
    places, numbers = np.unique(degrees, return_index=True)
    inside: NDArray[np.int64] = numbers[(places >= low - near) & (places <= high + near)]
    if not len(inside):
        raise GridError(
            f"The file covers {degrees.min():.1f}..{degrees.max():.1f} {letter}, "
            "which does not meet our sea area: fetch the right region."
        )
    return inside


def _times(dataset: Any, init_at: datetime | None) -> tuple[datetime, Floats, NDArray[np.int64]]:
    """Return the initial time, the leads in hours, ascending, and their numbers in the file."""
    lead, time = _axis(dataset, "lead"), _axis(dataset, "time")
    if lead is not None:
        hours = _hours(dataset[lead])
        start = _start(_own_init(dataset, hours), init_at, None)
    elif time is not None:
        valid = _instants(dataset[time])
        start = _start(_own_init(dataset, None), init_at, valid)
        hours = (valid - start) / np.timedelta64(1, "h")
    else:
        raise GridError("The file has neither leads nor times: a forecast needs one of them.")
    leads, steps = np.unique(hours, return_index=True)
    told = (leads >= REACH_H[0]) & (leads <= REACH_H[1])
    if not told.any():
        raise GridError("No lead of the file is within six weeks of its initial time: check its time axis, or --init.")
    return _as_datetime(start), leads[told], steps[told]


def _own_init(dataset: Any, hours: Floats | None) -> np.datetime64 | None:
    """Return the initial time that a file tells, None where it does not."""
    init, time = _axis(dataset, "init"), _axis(dataset, "time")
    if init is not None:
        newest: np.datetime64 = _instants(dataset[init]).max()
        return newest
    if hours is None or time is None:
        return None
    first: np.datetime64 = _instants(dataset[time])[0]
    return first if dataset[time].ndim == 0 else first - np.timedelta64(int(hours[0] * 3600), "s")


def _start(own: np.datetime64 | None, init_at: datetime | None, valid: NDArray[np.datetime64] | None) -> np.datetime64:
    """Return the initial time: the file's own, else the one given, else the first valid time.

    A file that says another time than its name or address did is an old one in a new place.
    """
    given = None if init_at is None else np.datetime64(init_at.astimezone(UTC).replace(tzinfo=None), "ns")
    if own is not None and given is not None and abs(own - given) > np.timedelta64(30, "m"):
        raise GridError(
            f"The file says that it begins at {_as_datetime(own):%Y-%m-%d %H:%MZ}, not at "
            f"{_as_datetime(given):%Y-%m-%d %H:%MZ}: fetch the right one, or leave --init out."
        )
    start = own if own is not None else given
    if start is None:
        if valid is None:
            raise GridError("The file says no initial time: give it with --init.")
        start = valid.min()
    return start


def _as_datetime(instant: np.datetime64) -> datetime:
    return datetime.fromtimestamp(float((instant - np.datetime64(0, "s")) / np.timedelta64(1, "s")), UTC)


def _instants(variable: Any) -> NDArray[np.datetime64]:
    """Return a time axis as instants UTC; dates of an unusual calendar are taken as they are written."""
    if variable.size > LARGEST_AXIS:
        raise GridError(f"The time axis {variable.name!r} declares {variable.size} steps: fetch the file again.")
    values = np.ravel(variable.values)
    if values.dtype.kind == "O":
        try:
            values = np.array([value.isoformat() for value in values], dtype="datetime64[ns]")
        except (AttributeError, ValueError) as exc:
            raise GridError(f"The time axis {variable.name!r} holds no dates ({exc}): fetch the file again.") from exc
    if values.dtype.kind != "M" or not len(values) or np.isnat(values).all():
        raise GridError(f"The time axis {variable.name!r} has no calendar: its units must be 'hours since <date>'.")
    known: NDArray[np.datetime64] = values.astype("datetime64[ns]")
    return np.where(np.isnat(known), known[~np.isnat(known)].min(), known)


def _hours(variable: Any) -> Floats:
    """Return leads in hours, from spans or from numbers with a unit (hours where none is said)."""
    if variable.size > LARGEST_AXIS:
        raise GridError(f"The axis {variable.name!r} declares {variable.size} leads: fetch the file again.")
    values = np.ravel(variable.values)
    if values.dtype.kind == "m":
        return np.asarray(values / np.timedelta64(1, "h"), dtype=np.float64)
    if values.dtype.kind not in "fiu":
        raise GridError(f"The axis {variable.name!r} holds no leads: its units must be hours.")
    unit = str(variable.attrs.get("units", "hours"))
    return values.astype(np.float64) / {"s": 3600.0, "m": 60.0, "d": 1 / 24}.get(unit[:1], 1.0)


def _chosen(dataset: Any, cut: _Cut) -> dict[str, Any]:
    """Return the variable of each quantity: of several the one nearest its level."""
    found: dict[str, tuple[float, Any]] = {}
    for name in dataset.data_vars:
        variable = dataset[name]
        quantity = quantity_of(variable, str(name))
        if quantity is None or variable.dtype.kind not in "fiu" or not {cut.lat, cut.lon} <= set(variable.dims):
            continue
        away = _away_m(variable, cut)
        if away <= FURTHEST_M and away < found.get(quantity, (np.inf, None))[0]:
            found[quantity] = (away, variable)
    return {quantity: variable for quantity, (_, variable) in found.items()}


def _away_m(variable: Any, cut: _Cut) -> float:
    """Return how far the variable's nearest level is from where it is wanted; infinite where it is none of ours. [m]"""
    away = 0.0
    for name in set(variable.dims) - {cut.lat, cut.lon} - cut.when - cut.member:
        levels = variable.coords.get(name)
        if levels is None:
            continue
        # Pressure levels are up in the air, and another axis of time than the run's belongs to sums and means.
        pressure = str(levels.attrs.get("units", "")).strip().lower() in PRESSURE_UNITS
        if pressure or "isobaric" in str(name).lower() or levels.dtype.kind in "mM":
            return np.inf
        away = max(away, float(_from_level(levels, str(name)).min()))
    return away


def _from_level(levels: Any, name: str) -> Floats:
    """Return how far each level is from 10 m height, or from the surface for depths. [m]"""
    if levels.dtype.kind not in "fiu":
        return np.zeros(levels.size)
    target = SURFACE_M if "height" in name.lower() else 0.0
    return np.nan_to_num(np.abs(np.ravel(levels.values).astype(np.float64) - target), nan=np.inf)


def _field(variable: Any, cut: _Cut) -> Floats:
    """Return one variable as ``(member, lead, lat, lon)``; of other dimensions the level nearest the surface."""
    part = variable.isel({cut.lat: cut.rows, cut.lon: cut.columns})
    member = next((d for d in part.dims if d in cut.member), None)
    when = next((d for d in part.dims if d in cut.when and part.sizes[d] > int(cut.steps.max())), None)
    for dim in list(part.dims):
        if dim not in (cut.lat, cut.lon, member, when):
            levels = part.coords.get(dim)
            part = part.isel({dim: 0 if levels is None else int(_from_level(levels, str(dim)).argmin())})
    if when is not None:
        part = part.isel({when: cut.steps})
    if part.size * (1 if when is not None else len(cut.steps)) > LARGEST_CUT:
        raise GridError(f"{variable.name!r} has {part.size} values in our area: ask for a coarser or shorter run.")
    values = np.asarray(part.transpose(*(d for d in (member, when, cut.lat, cut.lon) if d is not None)), dtype=float)
    if when is None:
        values = np.repeat(values[..., None, :, :], len(cut.steps), axis=-3)
    return values if member is not None else values[None]
