"""What the duty desk shows: figures, groups of classes, marks and zones on the map, the queue in order."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dashboard.i18n import Words, mark
from dashboard.look import CLASSES, HANDLING, STATES, state_of
from dashboard.times import ago, span
from dashboard.views.map_layers import rgb
from store.reader import AlertRow, CageRow, ZoneRow


@dataclass(frozen=True, kw_only=True)
class ClassGroup:
    """A filter button of the map."""

    word: str
    classes: tuple[str, ...]


CLASS_GROUPS: dict[str, ClassGroup] = {
    "suspect": ClassGroup(
        word=mark("Suspected"),
        classes=("unregistered", "borrowed_identity", "shared_mmsi", "several_mmsi", "misconfigured"),
    ),
    "unidentified": ClassGroup(word=mark("Unidentified"), classes=("unidentified", "unknown")),
    "buoys": ClassGroup(word=mark("Gear buoys"), classes=("gear_buoy",)),
    "fishing": ClassGroup(word=mark("Fishing boats"), classes=("registered", "exempt")),
    "merchant": ClassGroup(word=mark("Merchant and foreign"), classes=("merchant", "foreign")),
    "distress": ClassGroup(word=mark("Distress"), classes=("distress", "sar_aircraft")),
}


@dataclass(frozen=True, kw_only=True)
class Kpi:
    """One figure above the map; `hot` asks for attention."""

    label: str
    text: str
    hot: bool = False


def figures(counts: Mapping[str, int], alerts: Sequence[AlertRow], *, words: Words, now: datetime) -> list[Kpi]:
    """Return the desk's figures: live targets, suspects, unidentified, alerts by what they wait for."""
    suspects = sum(counts.get(name, 0) for name in CLASS_GROUPS["suspect"].classes)
    waiting = queue(alerts, now=now)
    # A person's report or a closed receiver's signal is an alert without a mark on the map: the greater of both counts.
    distress = max(counts.get("distress", 0), sum(is_distress(a) for a in waiting))
    untaken = [a for a in waiting if a.handling in {"raised", "notified"}]
    return [
        Kpi(label=words("Live targets"), text=f"{sum(counts.values()):,}"),
        Kpi(label=words("Suspected"), text=str(suspects)),
        Kpi(label=words("Unidentified"), text=str(counts.get("unidentified", 0))),
        Kpi(label=words("Distress"), text=str(distress), hot=distress > 0),
        Kpi(label=words("Alerts not taken"), text=str(len(untaken)), hot=any(a.severity == 4 for a in untaken)),
        Kpi(label=words("Oldest waiting"), text=_oldest(untaken, now, words)),
    ]


def _oldest(alerts: Sequence[AlertRow], now: datetime, words: Words) -> str:
    if not alerts:
        return "–"
    return span((now - min(a.raised_at for a in alerts)).total_seconds(), words)


def queue(alerts: Sequence[AlertRow], *, now: datetime) -> list[AlertRow]:
    """Return the alerts that wait for people: open, not shelved; distress, then the worst, then the longest waiting."""
    waiting = [a for a in alerts if a.closed_at is None and (a.shelved_until is None or a.shelved_until <= now)]
    return sorted(
        waiting,
        key=lambda a: (not is_distress(a), -a.severity, a.handling not in {"raised", "notified"}, a.raised_at),
    )


def is_distress(alert: AlertRow) -> bool:
    """Return whether people are in danger of their lives by their own signal; a test of a beacon is not."""
    return alert.rule == "vessels.distress" and not alert.drill


def age(alert: AlertRow, now: datetime, words: Words) -> str:
    """Return how long ago the alert was raised."""
    return ago(alert.raised_at, now=now, words=words)


def handling(alert: AlertRow, words: Words) -> str:
    """Return how far people are, with who has it."""
    text = words(HANDLING.get(alert.handling, alert.handling))
    return f"{text} {alert.assignee_name}" if alert.assignee_name else text


def cage_marks(cages: Sequence[CageRow], alerts: Sequence[AlertRow]) -> list[dict[str, Any]]:
    """Return the cages as marks coloured by their worst open alert."""
    worst: dict[str, int] = {}
    for alert in alerts:
        if alert.condition == "active":
            cage = alert.subject_id.split(".", 1)[0]
            worst[cage] = max(worst.get(cage, 0), alert.severity)
    return [
        {
            "lon": c.lon_deg,
            "lat": c.lat_deg,
            "id": c.cage_id,
            "n": c.name_zh,
            "c": [*rgb(STATES[state_of(worst.get(c.cage_id) or None)].strong), 255],
        }
        for c in cages
        if c.lat_deg is not None and c.lon_deg is not None
    ]


def alert_rings(alerts: Sequence[AlertRow]) -> list[dict[str, Any]]:
    """Return a ring around the place of each orange or red alert, the red ones on top."""
    return [
        {"lon": a.lon_deg, "lat": a.lat_deg, "c": [*rgb(STATES[state_of(a.severity)].strong), 230]}
        for a in sorted(alerts, key=lambda a: a.severity)
        if a.lat_deg is not None and a.severity >= 3 and a.condition == "active"
    ]


ZONE_COLOURS: dict[str, str] = {
    "cage_farm": "#17703f",
    "wind_farm": "#5b6b7a",
    "fairway": "#1a5cb8",
    "anchorage": "#1a5cb8",
    "port": "#0f8b8d",
    "high_risk": "#b84a00",
    "closed_area": "#b3121d",
    "border_line": "#b3121d",
    "shelter": "#7a3fa0",
}
ZONE_WORDS: dict[str, str] = {
    "cage_farm": mark("Cage farm"),
    "wind_farm": mark("Wind farm"),
    "fairway": mark("Fairway"),
    "anchorage": mark("Anchorage"),
    "port": mark("Port"),
    "high_risk": mark("High-risk water"),
    "closed_area": mark("Closed area"),
    "border_line": mark("Line not to cross"),
    "shelter": mark("Shelter"),
}


def zone_features(zones: Sequence[ZoneRow], words: Words) -> list[dict[str, Any]]:
    """Return zones as GeoJSON features with fill ``f``, line ``l`` and name ``n``."""
    return [
        {
            "type": "Feature",
            "geometry": z.geometry,
            "properties": {
                "f": [*rgb(ZONE_COLOURS.get(z.purpose, "#5b6b7a")), 22],
                "l": [*rgb(ZONE_COLOURS.get(z.purpose, "#5b6b7a")), 190],
                "n": words.pick(z.name_zh, z.name_en),
            },
        }
        for z in zones
    ]


@dataclass(frozen=True, kw_only=True)
class PickedTarget:
    """The target that was clicked, as the map's feature had it."""

    mmsi: int
    name: str
    kind: str
    sog_kn: float | None
    cog_deg: float | None
    age_s: float


def picked_properties(feature: Mapping[str, Any]) -> PickedTarget | None:
    """Return the clicked target, None when the browser sent something else."""
    properties = feature.get("properties", {})
    try:
        return PickedTarget(
            mmsi=int(properties["m"]),
            name=str(properties.get("n", ""))[:40],
            kind=str(properties.get("k", "unknown")),
            sog_kn=_number(properties.get("s")),
            cog_deg=_number(properties.get("o")),
            age_s=float(properties.get("t", 0)),
        )
    except (KeyError, TypeError, ValueError):
        return None


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def target_facts(target: PickedTarget, words: Words) -> str:
    """Return number, speed, course and age in one line."""
    parts = [f"MMSI {target.mmsi}"]
    if target.sog_kn is not None:
        parts.append(words("{kn} kn", kn=f"{target.sog_kn:.1f}"))
    if target.cog_deg is not None:
        parts.append(f"{target.cog_deg:03.0f}°")
    parts.append(words("{span} ago", span=span(target.age_s, words)))
    return " · ".join(parts)


def class_word(name: str, words: Words) -> str:
    """Return the word of a target class."""
    return words(CLASSES.get(name, CLASSES["unknown"]).word)


def filtered(alerts: Sequence[AlertRow], which: str, *, login: str, now: datetime) -> list[AlertRow]:
    """Return the alerts of one tab of the queue."""
    if which == "closed":
        return [a for a in alerts if a.closed_at is not None]
    if which == "aside":
        return [a for a in alerts if a.shelved_until is not None and a.shelved_until > now]
    waiting = queue(alerts, now=now)
    return [a for a in waiting if a.assignee == login] if which == "mine" else waiting


def script_value(value: object) -> str:
    """Return a value as JSON that cannot end the script element it stands in."""
    return json.dumps(value, ensure_ascii=True).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
