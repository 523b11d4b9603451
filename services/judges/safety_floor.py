"""What is known of wind and sea where no grid covers: a storm by its track, the next hours by a farm's own buoys.

A floor, never a forecast of calm: where neither brings anything to speak of, nothing is said and nothing is known.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from forecasting.storms.tracks import Track
from forecasting.storms.typhoon import FORCE_MPS, ensemble, storm_over
from services.storms import TyphoonRules, concerns, load_typhoon_rules, storms_now
from vessels.fleet import Floats

LEAST = {"wind_mps": FORCE_MPS[6], "hs_m": 2.0}
"""Below force 6 and two metres nothing is said: a vortex is calm far off, a buoy knows of twelve hours only."""
BUOY_H = 12
"""How far ahead a buoy's own statistics speak for the water around it. [h]"""
BUOY_DEG = 0.26
"""How far around it they do: a little more than the spacing of the points at which weather is asked, so that the
square around a buoy is whole. [deg]"""
BUOY_FRESH = timedelta(hours=3)


@dataclass(frozen=True, kw_only=True)
class Floor:
    """Least wind and sea over points, shape ``(time, lat, lon)``, NaN where nothing is known; and what they rest on."""

    wind_mps: Floats
    hs_m: Floats
    sources: tuple[str, ...]


def raised(wind: Floats, hs: Floats, floor: Floor) -> tuple[Floats, Floats]:
    """Return a field with its gaps filled by the floor: where a grid speaks, it speaks alone."""
    return np.where(np.isfinite(wind), wind, floor.wind_mps), np.where(np.isfinite(hs), hs, floor.hs_m)


async def floor_now(
    store: Any, rules_dir: Path, at: datetime, first: datetime, lat: Floats, lon: Floats, hours: int
) -> Floor:
    """Return what storms and buoys bring to points in each hour from `first` on."""
    rules = load_typhoon_rules(rules_dir)
    wind, hs = np.full((2, hours, len(lat), len(lon)), np.nan)
    sources: list[str] = []
    for storm in await storms_now(store, rules, at):
        if _near(storm, rules, lat, lon):
            where = tuple(lat.tolist()), tuple(lon.tolist())
            brought = await asyncio.to_thread(storm_floor, storm, rules, first, hours, *where)
            wind, hs = np.fmax(wind, brought[0]), np.fmax(hs, brought[1])
            sources.append(f"track {storm.name_en or storm.storm_id}")
    if await _add_buoys(store, at, first, lat, lon, {"wind_mps": wind, "hs_m": hs}):
        sources.append("buoys")
    return Floor(wind_mps=wind, hs_m=hs, sources=tuple(sources))


def _near(storm: Track, rules: TyphoonRules, lat: Floats, lon: Floats) -> bool:
    return concerns(storm, float(lat.mean()), float(lon.mean()), rules)


@lru_cache(maxsize=8)
def storm_floor(
    storm: Track, rules: TyphoonRules, first: datetime, hours: int, lat: tuple[float, ...], lon: tuple[float, ...]
) -> tuple[Floats, Floats]:
    """Return wind and sea that equally likely storms exceed with the chance that a typhoon's colour asks for.

    Shape ``(time, lat, lon)``, NaN where that is too little to speak of. Kept, since nothing changes within the hour.
    """
    random = np.random.default_rng([*storm.storm_id.encode(), int(storm.issued_at.timestamp())])
    times = [first + timedelta(hours=h) for h in range(hours)]
    y, x = (grid.ravel() for grid in np.meshgrid(lat, lon, indexing="ij"))
    every = [storm_over(one, y, x, times) for one in (storm, *ensemble(storm, rules.members, random))]
    level = 1 - rules.probability
    wind, hs = (np.quantile([getattr(m, name) for m in every], level, axis=0) for name in ("wind_mps", "hs_m"))
    shape = (hours, len(lat), len(lon))
    told = (wind >= LEAST["wind_mps"]) | (hs >= LEAST["hs_m"])
    return np.where(told, wind, np.nan).reshape(shape), np.where(told, hs, np.nan).reshape(shape)


async def _add_buoys(
    store: Any, at: datetime, first: datetime, lat: Floats, lon: Floats, into: dict[str, Floats]
) -> bool:
    """Lay the newest forecasts of measured waves and wind over the points around their cages; say whether any was."""
    runs = [r for r in await store.forecasts.latest_runs(at) if r.quantity in into and at - r.issued_at <= BUOY_FRESH]
    cages = {c.cage_id: c for c in await store.places.cages()} if runs else {}
    fans = await store.forecasts.fans([r.run_id for r in runs], range(1, BUOY_H + 1)) if runs else {}
    added = False
    for run in runs:
        cage = cages.get(run.place_id)
        if cage is None or cage.lat_deg is None or cage.lon_deg is None:
            continue
        rows = np.abs(lat - cage.lat_deg) <= BUOY_DEG
        columns = np.abs(lon - cage.lon_deg) <= BUOY_DEG
        for lead in fans.get(run.run_id, ()):
            hour, value = round((lead.valid_at - first).total_seconds() / 3600), (lead.q60 + lead.q70) / 2
            if 0 <= hour < len(into[run.quantity]) and value >= LEAST[run.quantity]:
                part = np.ix_([hour], np.flatnonzero(rows), np.flatnonzero(columns))
                into[run.quantity][part] = np.fmax(into[run.quantity][part], value)
                added = True
    return added
