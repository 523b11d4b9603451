"""Wind and sea for the storm rule: the store's newest field as a grid, with official warnings laid over it."""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from services.judges.safety_floor import Floor, floor_now, raised
from services.judges.safety_rules import SafetyRules
from store.official import OfficialWarning
from vessels.fleet import Floats
from vessels.storm_plan import StormRules, announced
from vessels.storm_weather import AreaWarning, WarnedWeather, WeatherGrid

STEP_DEG = 0.25
"""Spacing of the points at which the field is asked; NWP of the open sea is no finer. [deg]"""


AHEAD_H = 25
"""Hours beyond the horizon: a boat that leaves at its end still has her way before her. [h]"""


async def weather_now(store: Any, rules: SafetyRules, rules_dir: Path, at: datetime) -> WarnedWeather:
    """Return the newest field of wind and sea, its gaps filled by storms and buoys, raised to official warnings."""
    field = await store.forecasts.sea_field(at)
    first, hours, lat, lon = _points(rules, at)
    floor = await floor_now(store, rules_dir, at, first, lat, lon, hours)
    official = await store.official.official_warnings(at)
    below = None if field is None and not floor.sources else await asyncio.to_thread(grid_of, field, rules, at, floor)
    return WarnedWeather(below=below, warnings=[w for o in official if (w := area_warning(o, rules.storm))])


def _points(rules: SafetyRules, at: datetime) -> tuple[datetime, int, Floats, Floats]:
    """Return the hours and places at which weather is asked: over the water of the shelters, beyond the horizon."""
    box = rules.shelter
    lat = np.arange(box.south_deg, box.north_deg + STEP_DEG, STEP_DEG)
    lon = np.arange(box.west_deg, box.east_deg + STEP_DEG, STEP_DEG)
    first = at.replace(minute=0, second=0, microsecond=0)
    return first, int(np.ceil(rules.storm.horizon_h)) + AHEAD_H, lat, lon


def grid_of(field: Any, rules: SafetyRules, at: datetime, floor: Floor | None = None) -> WeatherGrid:
    """Return a field (``.along(lat, lon, unix_s) -> {quantity: (n,)}``) or none as a grid, a floor under its gaps."""
    first, hours, lat, lon = _points(rules, at)
    unix_s: Floats = first.timestamp() + np.arange(hours, dtype=np.float64) * 3600.0
    when, where_lat, where_lon = np.meshgrid(unix_s, lat, lon, indexing="ij")
    found = {} if field is None else field.along(where_lat.ravel(), where_lon.ravel(), when.ravel())
    wind, hs = (
        _filled(np.asarray(found.get(name, np.full(when.size, np.nan)), dtype=np.float64).reshape(when.shape))
        for name in ("wind_mps", "hs_m")
    )
    sources = [] if field is None else [str(field.source)]
    if floor is not None:
        wind, hs = raised(wind, hs, floor)
        sources += floor.sources
    return WeatherGrid(unix_s=unix_s, lat_deg=lat, lon_deg=lon, wind_mps=wind, hs_m=hs, source=", ".join(sources))


def _filled(values: Floats) -> Floats:
    """Return values with the gaps of each hour (land cells of a wave model) filled from the nearest known point."""
    known = np.isfinite(values).any(axis=0)
    if known.all() or not known.any():
        return values
    places = np.argwhere(known)
    filled = values.copy()
    for row, col in np.argwhere(~known):
        near = places[np.hypot(*(places - (row, col)).T).argmin()]
        if np.hypot(*(near - (row, col))) <= 2:
            filled[:, row, col] = values[:, near[0], near[1]]
    return filled


def area_warning(official: OfficialWarning, rules: StormRules) -> AreaWarning | None:
    """Return an official warning as the storm rule reads it; None when it has no area or announces no wind or sea.

    Figures among the warning's parameters (``hs_m``, ``wind_mps``) go before the table of colours.
    """
    wind, hs = announced(official.event, official.severity, rules)
    stated = dict(official.parameters)
    wind, hs = _figure(stated.get("wind_mps"), wind), _figure(stated.get("hs_m"), hs)
    rings = tuple(official.polygons) + tuple(_circle(middle, radius) for middle, radius in official.circles)
    if not rings or (wind is None and hs is None) or official.expires_at is None:
        return None
    return AreaWarning(
        identifier=official.identifier,
        headline=official.headline,
        polygons=rings,
        onset_at=official.onset_at or official.sent_at,
        expires_at=official.expires_at,
        wind_mps=wind,
        hs_m=hs,
    )


def _figure(text: str | None, otherwise: float | None) -> float | None:
    """Return a stated figure; what is no sensible number counts as not stated."""
    try:
        value = float(text) if text else None
    except ValueError:
        return otherwise
    return value if value is not None and 0 < value < 100 else otherwise


def _circle(middle: tuple[float, float], radius_km: float) -> tuple[tuple[float, float], ...]:
    """Return a CAP circle as a ring of 24 points."""
    turn = np.radians(np.arange(0, 360, 15))
    north = middle[0] + radius_km / 111.195 * np.cos(turn)
    east = middle[1] + radius_km / 111.195 * np.sin(turn) / np.cos(np.radians(middle[0]))
    return tuple(zip(north.tolist(), east.tolist(), strict=True))
