"""What a typhoon brings to each cage as rows of a table, and its circles of wind as the map draws them."""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from dashboard.i18n import Words, mark
from dashboard.times import DASH, clock
from forecasting.storms.tracks import Track, TrackPoint
from forecasting.storms.typhoon import wind_circle_km
from store.reader import AlertRow
from store.reader_desk import StormRow

RULE = "typhoon.arrival"
FORCES = (7, 10)
CIRCLE_COLOURS = {7: (122, 63, 160, 150), 10: (176, 0, 32, 170)}
CORNERS = 48
KM_PER_DEG = 111.195
FIGURES = ("lat_deg", "lon_deg", "wind_mps", "pressure_hpa", "rmw_km", "r14_km", "r17_km")


def heads(words: Words) -> tuple[str, ...]:
    """Return the heads of the columns of `arrivals`."""
    forces = (words("Force {n}, from – to (chance)", n=n) for n in FORCES)
    return words("Cage"), *forces, words("Storm's nearest approach"), words("Strongest wind")


def arrivals(alerts: Sequence[AlertRow], *, now: datetime, words: Words) -> list[tuple[str, ...]]:
    """Return a row for each cage that a typhoon is told to reach, the soonest first."""
    told = [a for a in alerts if a.rule == RULE and a.condition == "active"]
    return [
        (
            alert.subject_name or alert.subject_id,
            *(_force(alert.values, force, now) for force in FORCES),
            _figure(alert.values.get("closest_km"), mark("{n} km"), words),
            _figure(alert.values.get("strongest_wind_mps"), mark("{n} m/s"), words),
        )
        for alert in sorted(told, key=lambda a: (a.valid_from or now, a.subject_id))
    ]


def _figure(value: object, text: str, words: Words) -> str:
    return words(text, n=f"{value:.0f}") if isinstance(value, int | float) and math.isfinite(value) else DASH


def _force(values: Mapping[str, object], force: int, now: datetime) -> str:
    """Return when a force comes and goes and how likely it comes; a dash where it does not."""
    arrive, depart = (_instant(values.get(f"force{force}_{name}_at")) for name in ("arrive", "depart"))
    chance = values.get(f"force{force}_probability")
    if arrive is None or not isinstance(chance, int | float):
        return DASH
    return f"{clock(arrive, now=now)} – {'…' if depart is None else clock(depart, now=now)} ({chance:.0%})"


def _instant(text: object) -> datetime | None:
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return at if at.tzinfo else None


def circles(storms: Sequence[StormRow], *, now: datetime) -> list[dict[str, Any]]:
    """Return the rings within which each storm now brings force 7 and force 10, as lines of the map."""
    rings: list[dict[str, Any] | None] = []
    for storm in storms:
        points = sorted((p for p in map(_point, storm.points) if p is not None), key=lambda p: p.at)
        track = Track(storm_id=storm.storm_id, source="", issued_at=storm.issued_at, kind="forecast", points=(*points,))
        if (here := track.at(now)) is not None:
            rings += [_ring(here, force) for force in FORCES]
    return [ring for ring in rings if ring is not None]


def _point(point: Mapping[str, Any]) -> TrackPoint | None:
    """Return a point of a stored track, None for a row without time or place."""
    at = _instant(point.get("at"))
    known = {k: v for k in FIGURES if isinstance(v := point.get(k), int | float) and math.isfinite(v)}
    return TrackPoint(at=at, **known) if at is not None and {"lat_deg", "lon_deg"} <= known.keys() else None


def _ring(centre: TrackPoint, force: int) -> dict[str, Any] | None:
    radius_km = wind_circle_km(centre, force)
    if radius_km is None:
        return None
    north = radius_km / KM_PER_DEG
    east = north / max(0.1, math.cos(math.radians(centre.lat_deg)))
    turns = [2 * math.pi * n / CORNERS for n in range(CORNERS + 1)]
    path = [[centre.lon_deg + east * math.sin(t), centre.lat_deg + north * math.cos(t)] for t in turns]
    return {"path": path, "c": [*CIRCLE_COLOURS[force]]}
