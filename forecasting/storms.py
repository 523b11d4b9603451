"""Tracks of tropical cyclones: one form for what agencies send, position between points, and who is hit when."""

import csv
import io
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import numpy as np

from core.errors import AppError
from core.geo import range_nm
from forecasting.harmonics import Floats

TrackKind = Literal["best", "forecast"]
KM_PER_NM = 1.852
MPS_PER_KN = 0.514444
MISSING = ("", "NaN", "nan", "null", "-999", "9999")


class TrackError(AppError):
    """A track file cannot be understood: the text names the line and what is wrong."""


@dataclass(frozen=True, kw_only=True)
class TrackPoint:
    """Where and how strong a storm is at one instant; absent figures are None.

    Parameters
    ----------
    wind_mps
        Largest sustained wind as the agency averages it (China and ATCF's JTWC differ: 2 min and 1 min). [m/s]
    pressure_hpa
        Central pressure. [hPa]
    rmw_km, r17_km
        Radius of the largest wind, and mean radius of 17 m/s (force 8; agencies' 34 kn circle). [km]
    """

    at: datetime
    lat_deg: float
    lon_deg: float
    wind_mps: float | None = None
    pressure_hpa: float | None = None
    rmw_km: float | None = None
    r17_km: float | None = None


@dataclass(frozen=True, kw_only=True)
class Track:
    """One storm as one agency sees it at one time, points in order of time."""

    storm_id: str
    source: str
    issued_at: datetime
    kind: TrackKind
    points: tuple[TrackPoint, ...]
    name_zh: str = ""
    name_en: str = ""

    def at(self, instant: datetime) -> TrackPoint | None:
        """Return the storm at an instant between its points, None outside them."""
        if not self.points or not self.points[0].at <= instant <= self.points[-1].at:
            return None
        after = next(i for i, point in enumerate(self.points) if point.at >= instant)
        if after == 0 or self.points[after].at == instant:
            return self.points[after]
        one, two = self.points[after - 1], self.points[after]
        return _between(one, two, (instant - one.at) / (two.at - one.at))


def _between(one: TrackPoint, two: TrackPoint, share: float) -> TrackPoint:
    def mix(a: float | None, b: float | None) -> float | None:
        return a + share * (b - a) if a is not None and b is not None else (a if b is None else b)

    turn = (two.lon_deg - one.lon_deg + 180) % 360 - 180
    return TrackPoint(
        at=one.at + share * (two.at - one.at),
        lat_deg=one.lat_deg + share * (two.lat_deg - one.lat_deg),
        lon_deg=(one.lon_deg + share * turn + 180) % 360 - 180,
        wind_mps=mix(one.wind_mps, two.wind_mps),
        pressure_hpa=mix(one.pressure_hpa, two.pressure_hpa),
        rmw_km=mix(one.rmw_km, two.rmw_km),
        r17_km=mix(one.r17_km, two.r17_km),
    )


def read_tracks(text: str, form: Literal["csv", "atcf", "json"], source: str) -> list[Track]:
    """Return the tracks of a file.

    Parameters
    ----------
    form
        ``csv``: columns time, lon, lat and any of track_id, wind (kn, as IBTrACS has it), wind_mps, slp (hPa), rmw_km,
        r17_km, issued_at;
        ``atcf``: a- or b-deck lines; ``json``: a list of ``{storm_id, points: [...]}`` with the fields of `TrackPoint`.

    Raises
    ------
    TrackError
        Names the line or storm that cannot be read.
    """
    reader = {"csv": _read_csv, "atcf": _read_atcf, "json": _read_json}[form]
    try:
        tracks = reader(text.replace("\r\n", "\n").replace("\r", "\n"), source)
    except (csv.Error, OverflowError, RecursionError) as exc:
        raise TrackError(f"The {form} text cannot be read ({exc}): check that it is the file you meant.") from exc
    if not tracks:
        raise TrackError(f"The {form} text holds no track point: check that it is the file you meant.")
    return tracks


def _read_csv(text: str, source: str) -> list[Track]:
    groups: dict[tuple[str, str], list[TrackPoint]] = {}
    for number, row in enumerate(csv.DictReader(io.StringIO(text)), start=2):
        try:
            point = TrackPoint(
                at=_time(row["time"] or ""),
                lat_deg=_bounded(row["lat"], 90),
                lon_deg=_bounded(row["lon"], 360),
                wind_mps=_wind_mps(row),
                pressure_hpa=_number(row.get("slp")),
                rmw_km=_number(row.get("rmw_km")),
                r17_km=_number(row.get("r17_km")),
            )
        except KeyError as exc:
            raise TrackError(f"Column {exc} is missing: a track needs time, lon and lat.") from exc
        except (ValueError, TypeError) as exc:
            raise TrackError(f"Line {number} cannot be read ({exc}): correct or remove it.") from exc
        groups.setdefault((row.get("track_id") or "storm", row.get("issued_at") or ""), []).append(point)
    return [
        _track(storm, source, points, _time(issued) if issued else None) for (storm, issued), points in groups.items()
    ]


def _wind_mps(row: Mapping[str, str | None]) -> float | None:
    """Return the wind of a CSV row: column wind_mps, else wind in knots."""
    given = _number(row.get("wind_mps"))
    knots = _number(row.get("wind"))
    return given if given is not None else None if knots is None else knots * MPS_PER_KN


def _read_atcf(text: str, source: str) -> list[Track]:
    """Return the tracks of a- and b-deck lines: one per storm, technique and (for forecasts) initial time."""
    groups: dict[tuple[str, str, datetime], dict[datetime, dict[str, Any]]] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        cells = [cell.strip() for cell in line.split(",")]
        try:
            base = datetime.strptime(cells[2][:10], "%Y%m%d%H").replace(tzinfo=UTC)
            valid = base + timedelta(hours=int(cells[5] or 0))
            storm, technique = f"{cells[0]}{cells[1]}{base.year}", cells[4]
            group = groups.setdefault((storm, technique, _issue_key(technique, base)), {})
            point = group.setdefault(valid, {"at": valid, "lat_deg": _degrees(cells[6]), "lon_deg": _degrees(cells[7])})
            _add_atcf(point, cells)
        except (IndexError, ValueError) as exc:
            raise TrackError(f"Line {number} is not an ATCF record ({exc}): correct or remove it.") from exc
    tracks = []
    for (storm, technique, base), points in groups.items():
        ordered = [TrackPoint(**points[at]) for at in sorted(points)]
        tracks.append(_track(storm, f"{source}:{technique}", ordered, None if technique == "BEST" else base))
    return tracks


def _issue_key(technique: str, base: datetime) -> datetime:
    return datetime.min.replace(tzinfo=UTC) if technique == "BEST" else base


def _add_atcf(point: dict[str, Any], cells: Sequence[str]) -> None:
    if len(cells) > 8 and cells[8] and float(cells[8]) > 0:
        point["wind_mps"] = float(cells[8]) * MPS_PER_KN
    if len(cells) > 9 and cells[9] and float(cells[9]) > 800:
        point["pressure_hpa"] = float(cells[9])
    if len(cells) > 16 and cells[11] == "34":
        quadrants = [float(c) for c in cells[13:17] if c and float(c) > 0]
        if quadrants:
            point["r17_km"] = sum(quadrants) / len(quadrants) * KM_PER_NM
    if len(cells) > 19 and cells[19] and float(cells[19]) > 0:
        point["rmw_km"] = float(cells[19]) * KM_PER_NM


def _degrees(text: str) -> float:
    """Return ATCF tenths of degrees with hemisphere letter as degrees."""
    sign = {"N": 1, "E": 1, "S": -1, "W": -1}[text[-1]] if text[-1:] in "NESW" and text else None
    if sign is None:
        raise ValueError(f"position {text!r} has no hemisphere letter")
    return sign * int(text[:-1]) / 10


def _read_json(text: str, source: str) -> list[Track]:
    try:
        storms = json.loads(text)
    except json.JSONDecodeError as exc:
        raise TrackError(f"Not valid JSON ({exc}): correct that place.") from exc
    tracks = []
    for storm in storms if isinstance(storms, list) else [storms]:
        try:
            points = [_json_point(point) for point in storm["points"]]
            issued = _time(storm["issued_at"]) if storm.get("issued_at") else None
            track = _track(str(storm["storm_id"]), str(storm.get("source") or source), points, issued)
        except (KeyError, TypeError, ValueError, AttributeError) as exc:
            raise TrackError(
                f"A storm of the JSON text cannot be read ({exc!r}): it needs storm_id and points."
            ) from exc
        tracks.append(_named(track, storm))
    return tracks


def _json_point(point: Mapping[str, Any]) -> TrackPoint:
    rest = {k: _number(point.get(k)) for k in ("wind_mps", "pressure_hpa", "rmw_km", "r17_km")}
    return TrackPoint(
        at=_time(point["at"]), lat_deg=_bounded(point["lat_deg"], 90), lon_deg=_bounded(point["lon_deg"], 360), **rest
    )


def _named(track: Track, storm: Mapping[str, Any]) -> Track:
    return Track(
        storm_id=track.storm_id, source=track.source, issued_at=track.issued_at, kind=track.kind, points=track.points,
        name_zh=str(storm.get("name_zh", "")), name_en=str(storm.get("name_en", "")),
    )  # fmt: skip


def _track(storm: str, source: str, points: Sequence[TrackPoint], issued_at: datetime | None) -> Track:
    ordered = tuple(sorted({p.at: p for p in points}.values(), key=lambda p: p.at))
    issued = issued_at or ordered[-1].at
    kind: TrackKind = "forecast" if ordered[-1].at > issued else "best"
    return Track(storm_id=storm, source=source, issued_at=issued, kind=kind, points=ordered)


def _time(text: str) -> datetime:
    at = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _number(value: Any) -> float | None:
    if value is None or str(value).strip() in MISSING:
        return None
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{value!r} is not a finite number")
    return number


def _bounded(value: Any, most: float) -> float:
    number = _number(value)
    if number is None or abs(number) > most:
        raise ValueError(f"position {value!r} is missing or outside {most:g}")
    return number


@dataclass(frozen=True, kw_only=True)
class Passage:
    """How a storm passes one place; times None when the force is never reached.

    Parameters
    ----------
    closest_km, closest_at
        Nearest approach of the centre. [km]
    strongest_mps
        Largest wind at the place, 10 min mean at 10 m over sea. [m/s]
    arrive_at, depart_at
        First and last hour of that force or more.
    """

    closest_km: float
    closest_at: datetime
    strongest_mps: float
    arrive_at: datetime | None
    depart_at: datetime | None


def distance_km(point: TrackPoint, lat_deg: float, lon_deg: float) -> float:
    """Return the great-circle distance from the centre. [km]"""
    return range_nm(point.lat_deg, point.lon_deg, lat_deg, lon_deg) * KM_PER_NM


def passage(times: Sequence[datetime], wind_mps: Floats, distances_km: Floats, force_mps: float) -> Passage:
    """Return arrival, departure and nearest approach from hourly wind and distance at a place."""
    strong = np.flatnonzero(wind_mps >= force_mps)
    nearest = int(distances_km.argmin())
    return Passage(
        closest_km=float(distances_km[nearest]),
        closest_at=times[nearest],
        strongest_mps=float(wind_mps.max()),
        arrive_at=times[int(strong[0])] if len(strong) else None,
        depart_at=times[int(strong[-1])] if len(strong) else None,
    )
