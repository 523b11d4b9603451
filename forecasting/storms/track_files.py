"""Storm tracks as agencies send them: CSV of IBTrACS, of other archives and by hand, ATCF decks, JSON."""

import csv
import io
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, Literal

import numpy as np

from core.errors import AppError
from forecasting.series.harmonics import Floats
from forecasting.storms.tracks import KM_PER_NM, MPS_PER_KN, Track, TrackKind, TrackPoint, distance_km

Form = Literal["csv", "atcf", "json"]
MISSING = {"", "nan", "null", "none", "na", "n/a", "-", "--"}
FILL = 9000.0
"""Numbers of this size, or negative ones where none can be, stand for "missing" (-999, 9999, 9.97e36)."""
COLUMNS: dict[str, tuple[str, ...]] = {
    "time": ("time", "iso_time", "datetime", "valid_time", "时间"),
    "lat": ("lat", "latitude", "纬度"),
    "lon": ("lon", "longitude", "经度"),
    "storm": ("track_id", "sid", "storm_id", "台风编号", "编号"),
    "name": ("name", "名称"),
    "issued_at": ("issued_at", "发布时间", "起报时间"),
    "wind_mps": ("wind_mps", "风速", "最大风速"),
    "wind_kn": ("wind", "wind_kn", "wmo_wind", "usa_wind"),
    "pressure_hpa": ("slp", "pressure_hpa", "pressure", "pres", "wmo_pres", "usa_pres", "气压", "中心气压"),
    "rmw_km": ("rmw_km",),
    "rmw_nm": ("usa_rmw",),
    "r17_km": ("r17_km",),
    "r14_km": ("r14_km", "七级风圈", "七级风圈半径"),
}
"""Names of each column in small letters without unit: ours, those of IBTrACS, and Chinese ones; the first known value
of a row counts."""
STRENGTHS = {"wind_mps": (0.0, 120.0), "pressure_hpa": (800.0, 1080.0), "rmw_km": (0.0, 1000.0),
             "r17_km": (0.0, 2000.0), "r14_km": (0.0, 3000.0)}  # fmt: skip
"""What each figure can be. [m/s], [hPa], [km]"""
FIRST_YEAR, LAST_YEAR = 1800, 2200
FASTEST_KMH = 250.0
"""No centre moves faster, even on its way out of the tropics: a position is wrong. [km/h]"""
MOST_POINTS = 5000


class TrackError(AppError):
    """A track file cannot be understood: the text names the line and what is wrong."""


def read_tracks(text: str, form: Form, source: str) -> list[Track]:
    """Return the tracks of a file; times without zone are UTC.

    Parameters
    ----------
    form
        ``csv``: a time, lat and lon and any other of `COLUMNS`, by any of their names; lines of units are passed over;
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
    names: dict[str, str] = {}
    rows = csv.DictReader(io.StringIO(text))
    columns = _columns(rows.fieldnames or ())
    for number, row in enumerate(rows, start=2):
        cells = {what: next((v for n in found if (v := (row[n] or "").strip())), "") for what, found in columns.items()}
        if _is_units(cells):
            continue
        try:
            point = _csv_point(cells)
        except ValueError as exc:
            raise TrackError(f"Line {number} cannot be read ({exc}): correct or remove it.") from exc
        storm = cells["storm"] or "storm"
        groups.setdefault((storm, cells["issued_at"]), []).append(point)
        names[storm] = cells["name"]
    try:
        return [
            _track(storm, source, points, _time(issued) if issued else None, names[storm])
            for (storm, issued), points in groups.items()
        ]
    except ValueError as exc:
        raise TrackError(f"The time of issue cannot be read ({exc}): write it as 2026-08-20T06:00Z.") from exc


def _columns(header: Sequence[str]) -> dict[str, list[str]]:
    """Return which columns of a table hold what, in order of preference."""
    bare = {name: name.lower().split("(")[0].split("（")[0].strip() for name in header if name}
    found = {what: [n for known in names for n, b in bare.items() if b == known] for what, names in COLUMNS.items()}
    winds = found["wind_mps"] + found["wind_kn"]
    found["wind_mps"] = [n for n in winds if "m/s" in n.lower() or (n in found["wind_mps"] and not _in_knots(n))]
    found["wind_kn"] = [n for n in winds if n not in found["wind_mps"]]
    missing = [what for what in ("time", "lon", "lat") if not found[what]]
    if missing and header:
        raise TrackError(f"Column {missing[0]!r} is missing: a track needs time, lon and lat.")
    return found


def _in_knots(name: str) -> bool:
    unit = name.lower().replace("（", "(").partition("(")[2]
    return "kn" in unit or "kt" in unit or "节" in unit


def _is_units(cells: Mapping[str, str]) -> bool:
    """Return whether a row is IBTrACS' line of units."""
    return cells["lat"].startswith("degrees") or cells["lon"].startswith("degrees")


def _csv_point(cells: Mapping[str, str]) -> TrackPoint:
    knots, miles = _number(cells["wind_kn"]), _number(cells["rmw_nm"])
    given = {what: _number(cells[what]) for what in STRENGTHS}
    if given["wind_mps"] is None and knots is not None:
        given["wind_mps"] = knots * MPS_PER_KN
    if given["rmw_km"] is None and miles is not None:
        given["rmw_km"] = miles * KM_PER_NM
    return _point(_time(cells["time"]), _position(cells["lat"], 90), _position(cells["lon"], 360), given)


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
            lat, lon = _degrees(cells[6], 90), _degrees(cells[7], 360)
            if lat == 0 and lon == 0:  # decks write a technique without a position so
                continue
            storm, technique = f"{cells[0]}{cells[1]}{base.year}", cells[4]
            group = groups.setdefault((storm, technique, _issue_key(technique, base)), {})
            given = group.setdefault(valid, {"lat": lat, "lon": lon})
            given |= _atcf_figures(cells)
        except (IndexError, ValueError) as exc:
            raise TrackError(f"Line {number} is not an ATCF record ({exc}): correct or remove it.") from exc
    return [
        _track(storm, f"{source}:{technique}", _atcf_points(points), None if technique == "BEST" else base)
        for (storm, technique, base), points in groups.items()
    ]


def _atcf_points(points: Mapping[datetime, dict[str, Any]]) -> list[TrackPoint]:
    return [_point(at, given.pop("lat"), given.pop("lon"), given) for at, given in points.items()]


def _issue_key(technique: str, base: datetime) -> datetime:
    return datetime.min.replace(tzinfo=UTC) if technique == "BEST" else base


def _atcf_figures(cells: Sequence[str]) -> dict[str, float | None]:
    """Return the figures of one line; lines of the same time differ in the radii of 34, 50 and 64 kn."""

    def number(column: int) -> float | None:
        return _number(cells[column]) if column < len(cells) else None

    figures: dict[str, float | None] = {}
    if knots := number(8):
        figures["wind_mps"] = knots * MPS_PER_KN
    if pressure := number(9):
        figures["pressure_hpa"] = pressure
    quadrants = [q for q in map(number, range(13, 17)) if q]
    if len(cells) > 16 and cells[11] == "34" and quadrants:
        figures["r17_km"] = sum(quadrants) / len(quadrants) * KM_PER_NM
    if miles := number(19):
        figures["rmw_km"] = miles * KM_PER_NM
    _check(figures)
    return figures


def _degrees(text: str, most: float) -> float:
    """Return ATCF tenths of degrees with hemisphere letter as degrees."""
    sign = {"N": 1, "E": 1, "S": -1, "W": -1}.get(text[-1:])
    if sign is None:
        raise ValueError(f"position {text!r} has no hemisphere letter")
    return _position(sign * int(text[:-1]) / 10, most)


def _read_json(text: str, source: str) -> list[Track]:
    try:
        storms = json.loads(text)
    except ValueError as exc:
        raise TrackError(f"Not valid JSON ({exc}): correct that place.") from exc
    tracks = []
    for storm in storms if isinstance(storms, list) else [storms]:
        try:
            points = [_json_point(point) for point in storm["points"]]
            issued = _time(storm["issued_at"]) if storm.get("issued_at") else None
            track = _track(str(storm["storm_id"]), str(storm.get("source") or source), points, issued)
            named = replace(track, name_zh=_told(storm, "name_zh"), name_en=_told(storm, "name_en"))
        except (LookupError, TypeError, ValueError, AttributeError) as exc:
            raise TrackError(
                f"A storm of the JSON text cannot be read ({exc!r}): it needs storm_id and points."
            ) from exc
        tracks.append(named)
    return tracks


def _told(storm: Mapping[str, Any], key: str) -> str:
    return _plain(str(storm.get(key) or ""))


def _json_point(point: Mapping[str, Any]) -> TrackPoint:
    given = {what: _number(point.get(what)) for what in STRENGTHS}
    return _point(_time(point["at"]), _position(point["lat_deg"], 90), _position(point["lon_deg"], 360), given)


def _point(at: datetime, lat_deg: float, lon_deg: float, given: Mapping[str, float | None]) -> TrackPoint:
    """Return a point whose figures can be; ValueError names one that cannot."""
    _check(given)
    # Nought is how some files write "unknown".
    return _at(at, lat_deg, (lon_deg + 180) % 360 - 180, {what: value or None for what, value in given.items()})


def _check(given: Mapping[str, float | None]) -> None:
    for what, value in given.items():
        low, high = STRENGTHS[what]
        if value is not None and not low <= value <= high:
            raise ValueError(f"{what} of {value:g} is outside {low:g} to {high:g}")


def _at(at: datetime, lat_deg: float, lon_deg: float, known: Mapping[str, float | None]) -> TrackPoint:
    return TrackPoint(at=at, lat_deg=lat_deg, lon_deg=lon_deg, **known)


def _track(storm: str, source: str, points: Sequence[TrackPoint], issued_at: datetime | None, name: str = "") -> Track:
    ordered = sorted({p.at: p for p in points}.values(), key=lambda p: p.at)
    if not ordered or len(ordered) > MOST_POINTS:
        raise TrackError(f"Storm {storm!r} has {len(ordered)} points: a track needs 1 to {MOST_POINTS}.")
    for one, two in pairwise(ordered):
        km, hours = distance_km(one, two.lat_deg, two.lon_deg), (two.at - one.at) / timedelta(hours=1)
        if km > FASTEST_KMH * max(hours, 1.0):
            when = f"{hours:g} h after {one.at:%Y-%m-%d %H:%MZ}"
            raise TrackError(f"Storm {storm!r} moves {km:.0f} km in {when}: correct that position.")
    issued = issued_at or ordered[-1].at
    kind: TrackKind = "forecast" if ordered[-1].at > issued else "best"
    return Track(
        storm_id=_plain(storm), source=_plain(source), issued_at=issued, kind=kind, points=tuple(_bridged(ordered)),
        name_en=_plain(name),
    )  # fmt: skip


def _plain(text: str) -> str:
    """Return a name without what cannot be stored or shown."""
    return "".join(c for c in text if c.isprintable())[:80].strip()


def _bridged(points: Sequence[TrackPoint]) -> list[TrackPoint]:
    """Return points whose missing figures stand on the straight line in time between known ones, ends held."""
    seconds = np.array([p.at.timestamp() for p in points])
    lines = {what: _line(seconds, [getattr(p, what) for p in points]) for what in STRENGTHS}
    return [_at(p.at, p.lat_deg, p.lon_deg, {w: line[i] for w, line in lines.items()}) for i, p in enumerate(points)]


def _line(seconds: Floats, values: Sequence[float | None]) -> Sequence[float | None]:
    known = [number for number, value in enumerate(values) if value is not None]
    if not known:
        return values
    figures = np.array([values[number] for number in known], dtype=np.float64)
    line: list[float | None] = np.interp(seconds, seconds[known], figures).tolist()
    return line


def _time(text: str) -> datetime:
    """Return an instant: ISO 8601, with slashes, or as 2026082006."""
    plain = text.strip().replace("/", "-")
    if plain.isdigit() and len(plain) == 10:
        plain = f"{plain[:8]}T{plain[8:]}"
    at = datetime.fromisoformat(plain)
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise ValueError(f"time {text!r} is outside the years {FIRST_YEAR} to {LAST_YEAR}")
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _number(value: Any) -> float | None:
    """Return a number that cannot be negative, None for one that stands for "missing"."""
    if value is None or str(value).strip().lower() in MISSING:
        return None
    number = float(value)
    return number if 0 <= number < FILL else None


def _position(value: Any, most: float) -> float:
    number = float("nan") if value is None or str(value).strip() == "" else float(value)
    if not math.isfinite(number) or abs(number) > most:
        raise ValueError(f"position {value!r} is missing or outside {most:g}")
    return number
