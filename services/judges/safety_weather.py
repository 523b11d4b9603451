"""Wind and sea for the storm rule: the store's newest field as a grid, with official warnings laid over it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from services.judges.safety_rules import SafetyRules
from vessels.fleet import Floats
from vessels.storm import StormRules, announced
from vessels.storm_weather import AreaWarning, WarnedWeather, WeatherGrid

STEP_DEG = 0.25
"""Spacing of the points at which the field is asked; NWP of the open sea is no finer. [deg]"""


async def weather_now(store: Any, rules: SafetyRules, at: datetime) -> WarnedWeather:
    """Return the newest field of wind and sea, raised to the official warnings in force."""
    field = await store.forecasts.sea_field(at) if hasattr(store, "forecasts") else None
    official = await store.official.official_warnings(at) if hasattr(store, "official") else []
    below = None if field is None else grid_of(field, rules, at)
    return WarnedWeather(below=below, warnings=[w for o in official if (w := area_warning(o, rules.storm))])


def grid_of(field: Any, rules: SafetyRules, at: datetime) -> WeatherGrid:
    """Return a field (``.at(lat, lon, times) -> {quantity: (time,)}``) as a grid over the water of the shelters."""
    box = rules.shelter
    hours = int(np.ceil(rules.storm.horizon_h)) + 24
    times = [at.replace(minute=0, second=0, microsecond=0) + timedelta(hours=h) for h in range(hours + 1)]
    lat = np.arange(box.south_deg, box.north_deg + STEP_DEG, STEP_DEG)
    lon = np.arange(box.west_deg, box.east_deg + STEP_DEG, STEP_DEG)
    wind, hs = (np.full((len(times), len(lat), len(lon)), np.nan) for _ in range(2))
    for row, y in enumerate(lat):
        for col, x in enumerate(lon):
            there = field.at(float(y), float(x), times)
            wind[:, row, col] = there.get("wind_mps", np.nan)
            hs[:, row, col] = there.get("hs_m", np.nan)
    unix_s: Floats = np.array([t.timestamp() for t in times])
    return WeatherGrid(
        unix_s=unix_s, lat_deg=lat, lon_deg=lon, wind_mps=_filled(wind), hs_m=_filled(hs), source=str(field.source)
    )


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


def area_warning(official: Any, rules: StormRules) -> AreaWarning | None:
    """Return an official warning as the storm rule reads it; None when it has no area or announces no wind or sea."""
    wind, hs = announced(official.event, official.colour, rules)
    values = official.values or {}
    wind, hs = _stated(values, "wind_mps", wind), _stated(values, "hs_m", hs)
    rings = tuple(tuple((float(la), float(lo)) for la, lo in ring) for ring in official.polygons)
    rings += tuple(_circle(c) for c in getattr(official, "circles", ()))
    if not rings or (wind is None and hs is None) or official.onset_at is None or official.expires_at is None:
        return None
    return AreaWarning(
        identifier=official.identifier,
        headline=official.headline,
        polygons=rings,
        onset_at=official.onset_at,
        expires_at=official.expires_at,
        wind_mps=wind,
        hs_m=hs,
    )


def _stated(values: Any, name: str, otherwise: float | None) -> float | None:
    value = values.get(name)
    return float(value) if isinstance(value, int | float) else otherwise


def _circle(circle: Sequence[Any]) -> tuple[tuple[float, float], ...]:
    """Return a CAP circle (lat, lon, radius_km) as a ring of 24 points."""
    lat, lon, radius_km = (float(v) for v in circle[:3])
    turn = np.radians(np.arange(0, 360, 15))
    north = lat + radius_km / 111.195 * np.cos(turn)
    east = lon + radius_km / 111.195 * np.sin(turn) / np.cos(np.radians(lat))
    return tuple(zip(north.tolist(), east.tolist(), strict=True))
