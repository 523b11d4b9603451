"""What counts as a storm alert, when it begins, and what a farm secures before it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dashboard.i18n import Words, mark
from dashboard.look import State, state_of
from dashboard.times import local, span
from store.reader import AlertRow
from store.reader_desk import StormRow

PREFIXES = ("waves.", "wind.", "typhoon.", "vessels.storm", "official.")
CHECKLIST = (
    mark("Moorings, shackles and anchor lines checked, spare line ready"),
    mark("Nets tightened, weights fixed, torn meshes mended"),
    mark("Feeding stopped a day before, feed and tools lashed or ashore"),
    mark("Generator, aerator and gateway raised and tied down, batteries full"),
    mark("People ashore before the latest hour, boats in shelter with doubled lines"),
    mark("Lights and cameras on, phone charged, rescue number 12395 at hand"),
)


def is_storm(alert: AlertRow) -> bool:
    """Return whether an alert is about waves, wind or an official warning of them."""
    return alert.rule.startswith(PREFIXES)


def has_return_time(alert: AlertRow) -> bool:
    """Return whether the alert's time is the latest at which a boat must turn back, not when the weather comes."""
    return isinstance(alert.values.get("latest_departure_at"), str)


def onset(alert: AlertRow) -> datetime | None:
    """Return when the trouble begins: the latest departure where the finding has one, else the start of validity."""
    latest = alert.values.get("latest_departure_at")
    if isinstance(latest, str):
        try:
            return datetime.fromisoformat(latest)
        except ValueError:
            return alert.valid_from
    return alert.valid_from


@dataclass(frozen=True, kw_only=True)
class Warning:
    """The gravest storm warning of a person as one line: what comes, how long is left, what to do first."""

    state: State
    text: str
    left: str
    advice: str


def warning(alerts: Sequence[AlertRow], *, now: datetime, words: Words) -> Warning | None:
    """Return the gravest active storm warning, the soonest of equals; None in calm."""
    active = [a for a in alerts if is_storm(a) and a.condition == "active"]
    if not active:
        return None
    worst = min(active, key=lambda a: (-a.severity, onset(a) or now))
    begins = onset(worst)
    left = (
        "" if begins is None or begins <= now else words("in {span}", span=span((begins - now).total_seconds(), words))
    )
    who = f"{worst.subject_name} · " if worst.subject_name else ""
    return Warning(
        state=state_of(worst.severity),
        text=who + words.pick(worst.reason_zh, worst.reason_en),
        left=left,
        advice=words.pick(worst.advice_zh, worst.advice_en),
    )


TRACK_COLOUR = (122, 63, 160)


def tracks(
    storms: Sequence[StormRow], *, now: datetime, words: Words
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return each storm's line, faint where past, and its dated points, as the map draws them."""
    lines: list[dict[str, Any]] = []
    labels: list[dict[str, Any]] = []
    for storm in storms:
        places = [place for place in map(_place, storm.points) if place is not None]
        past = [p for p in places if p.at <= now]
        ahead = past[-1:] + [p for p in places if p.at > now]
        for part, alpha in ((past, 110), (ahead, 230)):
            if len(part) > 1:
                lines.append({"path": [[p.lon_deg, p.lat_deg] for p in part], "c": [*TRACK_COLOUR, alpha]})
        name = words.pick(storm.name_zh, storm.name_en)
        labels += [
            {
                "lon": p.lon_deg,
                "lat": p.lat_deg,
                "text": f"● {name if n == 0 else ''} {local(p.at):%d %Hh}".replace("  ", " "),
            }
            for n, p in enumerate(ahead)
        ]
    return lines, labels


@dataclass(frozen=True, kw_only=True)
class _Place:
    at: datetime
    lat_deg: float
    lon_deg: float


def _place(point: Mapping[str, Any]) -> _Place | None:
    """Return a dated place of a track, None when the agency's row lacks one of the three."""
    try:
        at = datetime.fromisoformat(str(point["at"]))
        return _Place(at=at, lat_deg=float(point["lat_deg"]), lon_deg=float(point["lon_deg"])) if at.tzinfo else None
    except (KeyError, TypeError, ValueError):
        return None
