"""The gridded forecast at one place: its course, what the buoy taught about it, and the hand-over by lead."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecasting.grids import mos
from forecasting.grids.fields import LONGEST_STEP_H, SPREAD, SeaField
from forecasting.model.coldstart import correlated_ranks
from forecasting.model.predictive import Predictive
from forecasting.series.harmonics import Floats
from forecasting.series.winds import WIND
from services.forecast_inputs import EPOCH, HOUR, Place, Wanted, hour_start
from store.grids import field_of

REACH_H = 120
"""How far ahead a grid is used. [h]"""
LEARN_EVERY = timedelta(hours=24)
LEARN_RUNS = 60
"""Newest past runs that a correction is learned from."""
GRIDDED = ("hs_m", "wind_mps")
TEMPERATURE = "water_temp_c"
NEWEST_H = 24
"""A reading of temperature older than this anchors nothing. [h]"""
Key = tuple[str, str, str]


@dataclass(kw_only=True)
class GridMemory:
    """Corrections by place and source, with when they were learned; made anew every day."""

    corrections: dict[tuple[Key, str], tuple[datetime, mos.Correction]] = field(default_factory=dict)


def course_at(
    sea: SeaField, place: Wanted, at: datetime, hours: int = REACH_H, quantity: str | None = None
) -> Floats | None:
    """Return the grid's course of the place's own or another quantity, None where it says nothing of this place.

    The course ends with the run, or where steps of it are missing; hours between its steps are interpolated.
    """
    quantity = quantity or place.quantity
    if place.lat_deg is None or place.lon_deg is None or quantity not in sea.values:
        return None
    origin = hour_start(at)
    # The value of an hour is that of its middle.
    times = [origin + timedelta(hours=h + 0.5) for h in range(hours)]
    course = sea.at(place.lat_deg, place.lon_deg, times, only=quantity)[quantity]
    known = np.flatnonzero(np.isfinite(course))
    holes = np.flatnonzero(np.diff(known) > LONGEST_STEP_H)
    known = known[: holes[0] + 1] if len(holes) else known
    if len(known) < 12 or known[0] > 6:
        return None
    return np.interp(np.arange(known[-1] + 1), known, course[known])


def with_wind_ahead(place: Place, wind_mps: Floats | None) -> Place:
    """Return a place of waves whose past carries the wind known ahead; any other place as it is."""
    if place.series is None or place.rule.kind != "wave" or wind_mps is None:
        return place
    return replace(place, series=replace(place.series, future={WIND: wind_mps}))


def with_temperature_ahead(place: Place, course: Floats | None) -> Place:
    """Return a place of oxygen whose past carries the water temperature known ahead; any other place as it is.

    A grid is off by a degree or two at one cage: its course is moved to go on from the newest reading.
    """
    past = None if place.series is None else place.series.covariates.get(TEMPERATURE)
    if place.series is None or place.rule.kind != "oxygen" or course is None or past is None:
        return place
    newest = np.flatnonzero(np.isfinite(past[-NEWEST_H:]))
    if not len(newest):
        return place
    moved = course + (past[-NEWEST_H:][newest[-1]] - course[0])
    return replace(place, series=replace(place.series, future={TEMPERATURE: moved}))


async def corrected(
    store: Any, places: Sequence[Place], sea: SeaField, at: datetime, memory: GridMemory, days: int
) -> dict[Key, Predictive]:
    """Return the grid's forecast at each place after correction; places that the grid does not reach are left out."""
    courses = {
        place.key: (place, course)
        for place in places
        if place.quantity in GRIDDED and (course := course_at(sea, place, at)) is not None
    }
    untaught = [place for key, (place, _) in courses.items() if _unlearned(memory, (key, sea.source), at)]
    if untaught:
        for place, pairs in zip(untaught, await _pairs(store, untaught, sea.source, at, days), strict=True):
            memory.corrections[place.key, sea.source] = (at, mos.fit(*pairs, kind=place.rule.kind))
    age_h = int((hour_start(at) - sea.init_at) / HOUR)
    return {
        key: memory.corrections[key, sea.source][1].apply(
            course, _ranks(len(course)), age_h=age_h, spread=_spread(sea, place, at, len(course))
        )
        for key, (place, course) in courses.items()
    }


def _spread(sea: SeaField, place: Wanted, at: datetime, leads: int) -> Floats | None:
    """Return how far the members differ over the leads of a course, None for a single run."""
    spread = course_at(sea, place, at, quantity=place.quantity + SPREAD)
    return None if spread is None or len(spread) < leads else spread[:leads]


def _unlearned(memory: GridMemory, key: tuple[Key, str], at: datetime) -> bool:
    kept = memory.corrections.get(key)
    return kept is None or at - kept[0] >= LEARN_EVERY


@lru_cache(maxsize=8)
def _ranks(leads: int) -> NDArray[np.float32]:
    return correlated_ranks(leads, np.random.default_rng(leads))


async def _pairs(
    store: Any, places: Sequence[Place], source: str, at: datetime, days: int
) -> list[tuple[Floats, Floats]]:
    """Return for each place past courses and what was measured, ``(run, lead)`` each, NaN where unknown."""
    runs = [r for r in await store.forecasts.grid_runs(at, timedelta(days=days)) if r.source == source][:LEARN_RUNS]
    rows: list[list[tuple[Floats, Floats]]] = [[] for _ in places]
    for run in runs:
        sea = field_of(run, await store.forecasts.grid_fields(run.grid_run_id))
        for place, own in zip(places, rows, strict=True):
            course = None if sea is None else course_at(sea, place, run.init_at)
            if course is not None:
                own.append((_padded(course), _measured(place, run.init_at)))
    unknown = np.full((1, REACH_H), np.nan)
    return [
        (np.stack([r[0] for r in own]), np.stack([r[1] for r in own])) if own else (unknown, unknown) for own in rows
    ]


def _padded(course: Floats) -> Floats:
    return np.concatenate([course, np.full(REACH_H - len(course), np.nan)])


def _measured(place: Place, init_at: datetime) -> Floats:
    """Return the hourly truth after a run's initial time, NaN where unknown or still to come."""
    out = np.full(REACH_H, np.nan)
    if place.series is None:
        return out
    first = (hour_start(init_at) - EPOCH) // HOUR - int(place.series.time_h[0])
    rows = first + np.arange(REACH_H)
    inside = (rows >= 0) & (rows < len(place.series.y))
    out[inside] = place.series.y[rows[inside]]
    return out


def handed_over(statistical: Predictive | None, grid: Predictive) -> tuple[Predictive, dict[str, float]]:
    """Return the blend by lead and the share of each at 24 h."""
    if statistical is None:
        return grid, {"grid": 1.0}
    share = float(mos.model_share(np.array(24.0)))
    return mos.blend(statistical, grid), {"statistical_24h": round(1 - share, 3), "grid_24h": round(share, 3)}
