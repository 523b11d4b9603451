"""Storm tracks into the store and out again: files of agencies, the newest of each storm, its ensemble at a place."""

import asyncio
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import numpy as np

from core.finding import Severity
from core.settings import build, load_toml
from forecasting.storms.track_files import Form, TrackError, read_tracks
from forecasting.storms.tracks import Track, TrackKind, TrackPoint, distance_km
from forecasting.storms.typhoon import FORCE_MPS, LocalStorm, ensemble, local_storm
from store.forecast_rows import TrackRow

FORMS: dict[str, Form] = {".csv": "csv", ".json": "json", ".dat": "atcf", ".atcf": "atcf", ".fst": "atcf"}
HOUR = timedelta(hours=1)
LEAST_POINTS = 2
LARGEST_BYTES = 512 * 2**20
"""All storms since 1842 are a third of this. [B]"""
OFFICIAL = ("JTWC", "OFCL", "BABJ", "RJTD", "VHHH", "CMA", "JMA", "HKO")
"""Techniques of an ATCF deck that are official forecasts (agencies and WMO centres); the others are single models."""
GRID_DEG = 0.02
"""Places nearer than this share one computation: 2 km is far below any track's error. [deg]"""


@dataclass(frozen=True, kw_only=True)
class Step:
    """A colour holds when this Beaufort force is expected within so many hours."""

    colour: str
    force_bft: int
    within_h: int

    def __post_init__(self) -> None:
        if self.colour.upper() not in Severity.__members__ or self.force_bft not in FORCE_MPS:
            raise ValueError("step: colour is blue, yellow, orange or red, force_bft 6 to 12.")

    @property
    def severity(self) -> Severity:
        """Return the colour as a severity."""
        return Severity[self.colour.upper()]


@dataclass(frozen=True, kw_only=True)
class TyphoonRules:
    """Settings of config/rules/typhoon.toml, where each is explained."""

    version: str
    source: str
    max_track_age_h: float
    reach_h: int
    members: int
    near_km: float
    probability: float
    keep: float
    step: tuple[Step, ...]

    def __post_init__(self) -> None:
        if not 0 < self.probability < 1 or not 0 < self.keep <= 1:
            raise ValueError("probability must be within 0..1 and keep above 0 and at most 1.")
        if self.members < 10 or self.reach_h < 12:
            raise ValueError("members must be at least 10 and reach_h at least 12.")


def load_typhoon_rules(rules_dir: Path) -> TyphoonRules:
    """Return the rules; ConfigError names what is wrong."""
    return build(TyphoonRules, load_toml(rules_dir / "typhoon.toml"), where="typhoon.toml")


async def import_tracks(
    store: Any, path: Path, *, form: Form | None = None, source: str | None = None, issued_at: datetime | None = None
) -> list[TrackRow]:
    """Take the tracks of a file in and return them; the same issue again replaces what was there.

    Parameters
    ----------
    form
        Guessed from the ending of the name where None.
    issued_at
        When it was issued, for files that do not say; points after it make it a forecast.

    Raises
    ------
    TrackError
        No such file, no known form, or a line that cannot be read.
    """
    text = await asyncio.to_thread(_text, path)
    kind = form or FORMS.get(path.suffix.lower())
    if kind is None:
        raise TrackError(f"{path.name}: the form is not clear from the name; give --form csv, atcf or json.")
    tracks = read_tracks(text, kind, source or path.stem)
    tracks = [track if issued_at is None else _issued(track, issued_at) for track in tracks]
    for track in tracks:
        if track.kind == "forecast" and not track.has_strength:
            raise TrackError(
                f"{path.name}: the forecast of {track.storm_id} has neither wind nor pressure: nothing can be said of "
                "it; name the column wind_mps, wind (kn) or slp (hPa)."
            )
    rows = [row_of(track) for track in tracks]
    for row in rows:
        await store.forecasts.save_track(row)
    return rows


def _text(path: Path) -> str:
    """Return a file's text: UTF-8, else GB 18030, as Chinese agencies and Excel write it."""
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise TrackError(f"{path}: over {LARGEST_BYTES >> 20} MiB is no track file; give the storm's own.")
        raw = path.read_bytes()
        try:
            return raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            return raw.decode("gb18030")
    except (OSError, UnicodeDecodeError) as exc:
        raise TrackError(
            f"不是能读的路径文件。{path}: cannot be read as text ({exc}); give the path of a track file."
        ) from exc


def _issued(track: Track, at: datetime) -> Track:
    return replace(track, issued_at=at, kind="forecast" if track.points[-1].at > at else "best")


def row_of(track: Track) -> TrackRow:
    """Return a track as it is stored."""
    points = [{**asdict(point), "at": point.at.isoformat()} for point in track.points]
    return TrackRow(
        storm_id=track.storm_id, source=track.source, issued_at=track.issued_at, kind=track.kind,
        name_zh=track.name_zh, name_en=track.name_en, points=points,
    )  # fmt: skip


def track_of(row: TrackRow) -> Track:
    """Return a stored track."""
    points = tuple(TrackPoint(**{**point, "at": datetime.fromisoformat(point["at"])}) for point in row.points)
    return Track(
        storm_id=row.storm_id, source=row.source, issued_at=row.issued_at, kind=cast(TrackKind, row.kind),
        points=points, name_zh=row.name_zh, name_en=row.name_en,
    )  # fmt: skip


async def storms_now(store: Any, rules: TyphoonRules, at: datetime, *, within_h: float | None = None) -> list[Track]:
    """Return the newest forecast track of each storm that still has a future, by storm number; official ones first.

    Parameters
    ----------
    within_h
        Oldest issue that is looked at; that of the rules where None. [h]
    """
    rows = await store.forecasts.tracks(at, timedelta(hours=within_h or rules.max_track_age_h))
    newest: dict[str, Track] = {}
    for row in rows:
        track = track_of(row)
        if len(track.points) < LEAST_POINTS or track.points[-1].at <= at + HOUR:
            continue
        if track.storm_id not in newest or _rank(track) > _rank(newest[track.storm_id]):
            newest[track.storm_id] = track
    return [newest[storm] for storm in sorted(newest)]


def _rank(track: Track) -> tuple[bool, datetime]:
    """Return what goes before what: a forecast issued by people before a single model's, then the newer one."""
    technique = track.source.rpartition(":")[2] if ":" in track.source else OFFICIAL[0]
    return technique.upper() in OFFICIAL, track.issued_at


def concerns(track: Track, lat_deg: float, lon_deg: float, rules: TyphoonRules) -> bool:
    """Return whether a track comes near enough to a place, soon enough, to be looked at closely."""
    until = track.issued_at + timedelta(hours=rules.reach_h)
    return any(p.at <= until and distance_km(p, lat_deg, lon_deg) <= rules.near_km for p in track.points)


def nearby(degrees: float) -> float:
    """Return a latitude or longitude on the grid of `GRID_DEG`."""
    return round(degrees / GRID_DEG) * GRID_DEG


@lru_cache(maxsize=256)
def local_members(
    track: Track, lat_deg: float, lon_deg: float, first: datetime, hours: int, members: int
) -> tuple[LocalStorm, ...]:
    """Return what equally likely tracks bring to a place in each hour from `first` on; the issued one comes first.

    Kept, since the watch asks every few seconds and nothing changes within the hour.
    """
    random = np.random.default_rng([*track.storm_id.encode(), int(track.issued_at.timestamp())])
    times = [first + h * HOUR for h in range(hours)]
    return tuple(local_storm(one, lat_deg, lon_deg, times) for one in [track, *ensemble(track, members, random)])
