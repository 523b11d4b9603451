"""Waves and wind of the coming days at any place of the sea: a boat's position, a zone, a point that somebody asks for.

There is no buoy to correct the grid by, so what is published of a model's errors is believed, with the width that asks
for; where no grid reaches, storms speak by their tracks. Of a zone with several points the worst hour by hour is told.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from forecasting.grids import mos
from forecasting.grids.fields import SPREAD, SeaField
from forecasting.model.coldstart import correlated_ranks
from forecasting.model.predictive import LEVELS, Predictive
from forecasting.series.harmonics import Floats
from forecasting.series.history import Kind
from forecasting.series.scale import to_model
from forecasting.storms.tracks import Track
from forecasting.storms.typhoon import FORCE_MPS, ensemble, storm_over

KINDS: dict[str, Kind] = {"hs_m": "wave", "wind_mps": "wind"}
REACH_H = 120
"""How far ahead a grid is read. [h]"""
LEAST_H = 6
"""A run that says less than this of a place says nothing of it. [h]"""
STORM_MEMBERS, STORM_REACH_H = 20, 72
"""Equally likely tracks around the one given, and how far ahead they are followed. [-], [h]"""
LEAST_STORM = {"hs_m": 2.0, "wind_mps": FORCE_MPS[6]}
"""A storm that brings less than this is not told: far from its centre a vortex is calm, the sea is not."""
MOST_POINTS = 60
"""Points that a zone is read at: an hour of waves hardly differs between nearer ones."""


@dataclass(frozen=True, kw_only=True)
class PlaceForecast:
    """One quantity at a place: its distribution by the hour from `first` on, and what it rests on."""

    quantity: str
    first: datetime
    predictive: Predictive
    sources: tuple[str, ...]
    notice_zh: str
    notice_en: str


def points_of(area: BaseGeometry, step_deg: float = 0.05) -> tuple[Floats, Floats]:
    """Return (lat_deg, lon_deg) of points spread over an area or along a line: about `MOST_POINTS`, at least one."""
    if area.geom_type in ("LineString", "MultiLineString"):
        shares = np.linspace(0.0, 1.0, 9)
        found = [area.interpolate(share, normalized=True) for share in shares]
        return np.array([p.y for p in found]), np.array([p.x for p in found])
    west, south, east, north = area.bounds
    step = max(step_deg, float(np.sqrt((east - west) * (north - south) / MOST_POINTS)))
    lon, lat = (g.ravel() for g in np.meshgrid(np.arange(west, east, step), np.arange(south, north, step)))
    inside = shapely.contains_xy(area, lon, lat)
    middle = area.representative_point()
    return np.append(lat[inside], middle.y), np.append(lon[inside], middle.x)


def place_forecasts(
    field: SeaField | None, storms: Sequence[Track], lat_deg: Floats, lon_deg: Floats, at: datetime
) -> list[PlaceForecast]:
    """Return the forecasts of waves and wind at a place of one or more points; none where nothing is known.

    Parameters
    ----------
    lat_deg, lon_deg
        Points of the place, shape ``(point,)``; the worst of them counts.
    at
        Now; hour 1 is the hour that begins before it.
    """
    first = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    alive = [storm for storm in storms if storm.points[-1].at > at]
    brought = {storm: _brought(storm, lat_deg, lon_deg, first) for storm in alive}
    made = []
    for quantity in KINDS:
        from_grid = None if field is None else _by_grid(field, quantity, lat_deg, lon_deg, first)
        if field is not None and from_grid is not None:
            notice = _age_notice(field, at)
            made.append(_forecast(quantity, first, from_grid, (field.source,), notice))
            continue
        near = {s: values[quantity] for s, values in brought.items() if values[quantity].max() >= LEAST_STORM[quantity]}
        if near:
            made.append(_by_storms(quantity, first, near))
    return made


def _forecast(
    quantity: str, first: datetime, predictive: Predictive, sources: tuple[str, ...], notice: tuple[str, str]
) -> PlaceForecast:
    return PlaceForecast(
        quantity=quantity, first=first, predictive=predictive, sources=sources, notice_zh=notice[0], notice_en=notice[1]
    )


def _by_grid(field: SeaField, quantity: str, lat_deg: Floats, lon_deg: Floats, first: datetime) -> Predictive | None:
    """Return the grid's forecast of the worst point by the hour, None where the run says too little of the place."""
    course = _worst(field, quantity, lat_deg, lon_deg, first)
    known = np.flatnonzero(np.isfinite(course))
    if len(known) < LEAST_H or known[0] > LEAST_H:
        return None
    hours = np.arange(known[-1] + 1)
    spread = _worst(field, quantity + SPREAD, lat_deg, lon_deg, first)[: len(hours)]
    unknown = np.full((1, REACH_H), np.nan)
    correction = mos.fit(unknown, unknown, KINDS[quantity])
    age_h = int((first - field.init_at) / timedelta(hours=1))
    ranks = correlated_ranks(len(hours), np.random.default_rng(len(hours)))
    return correction.apply(np.interp(hours, known, course[known]), ranks, age_h=age_h, spread=spread)


def _worst(field: SeaField, quantity: str, lat_deg: Floats, lon_deg: Floats, first: datetime) -> Floats:
    """Return the largest value over the points by the hour, NaN where no point has one."""
    if quantity not in field.values:
        return np.full(REACH_H, np.nan)
    middle_s = first.timestamp() + (np.arange(REACH_H) + 0.5) * 3600.0
    lat, lon = (np.repeat(axis, REACH_H) for axis in (lat_deg, lon_deg))
    every = field.along(lat, lon, np.tile(middle_s, len(lat_deg)), only=quantity)[quantity]
    worst: Floats = np.fmax.reduce(every.reshape(len(lat_deg), REACH_H), axis=0)
    return worst


def _age_notice(field: SeaField, at: datetime) -> tuple[str, str]:
    zh, en = "无本地实测订正，范围较宽", "not corrected by a buoy: the range is wide"
    age_h = (at - field.init_at).total_seconds() / 3600
    if age_h <= 24:
        return zh, en
    return f"数值预报已 {age_h:.0f} 小时没有更新；{zh}", f"the gridded forecast is {age_h:.0f} h old; {en}"


def _brought(storm: Track, lat_deg: Floats, lon_deg: Floats, first: datetime) -> dict[str, Floats]:
    """Return what equally likely tracks bring to the worst point, ``(member, hour)`` by quantity."""
    random = np.random.default_rng([*storm.storm_id.encode(), int(storm.issued_at.timestamp())])
    times = [first + timedelta(hours=h) for h in range(STORM_REACH_H)]
    members = [storm_over(one, lat_deg, lon_deg, times) for one in ensemble(storm, STORM_MEMBERS, random)]
    return {name: np.stack([getattr(m, name).max(axis=1) for m in members]) for name in KINDS}


def _by_storms(quantity: str, first: datetime, near: dict[Track, Floats]) -> PlaceForecast:
    kind = KINDS[quantity]
    values = np.max(list(near.values()), axis=0)
    table = np.quantile(to_model(values, kind), LEVELS, axis=0)
    ranks = correlated_ranks(STORM_REACH_H, np.random.default_rng(STORM_REACH_H))
    names_zh = "、".join(s.called_zh for s in near)
    names_en = ", ".join(s.called_en for s in near)
    return _forecast(
        quantity,
        first,
        Predictive(kind=kind, table=np.sort(table, axis=0), ranks=ranks),
        tuple(f"track {s.storm_id}" for s in near),
        (
            f"没有覆盖此处的数值预报，只按台风{names_zh}路径估算",
            f"no grid covers this place: typhoon {names_en} alone, by its track",
        ),
    )
