"""Where to look for people: the area a silent or distressed boat may have drifted through, as a ring on the map."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from core.finding import Place
from core.geo import destination
from core.settings import build, load_toml
from dashboard.i18n import Words
from dashboard.views import desk
from dashboard.views.limits import RULES
from dashboard.views.map_layers import rgb
from store.reader import AlertRow
from vessels.silence import RULE as SILENCE
from vessels.silence import SilenceRules, search_area

COLOUR = "#b3121d"
CORNERS = range(0, 360, 10)


@cache
def _rules() -> SilenceRules:
    return build(SilenceRules, load_toml(RULES / "silence.toml"), where="silence.toml")


def radius_nm(alert: AlertRow, now: datetime) -> float | None:
    """Return how far from the alert's place people may be; None for an alert that nobody is searched for. [nm]

    A silent boat's area is the rule's own. Around a distress signal it is the tide's drift since its newest fix.
    """
    if alert.condition != "active" or alert.lat_deg is None or alert.lon_deg is None:
        return None
    if alert.rule == SILENCE:
        told = alert.values.get("search_radius_nm")
        return float(told) if isinstance(told, int | float) else None
    if not desk.is_distress(alert):
        return None
    hours = max(0.0, (now - alert.observed_at).total_seconds() / 3600)
    last = Place(lat_deg=alert.lat_deg, lon_deg=alert.lon_deg)
    return search_area(last, hours, None, None, _rules()).radius_nm


def rings(alerts: Sequence[AlertRow], *, now: datetime, words: Words) -> list[dict[str, Any]]:
    """Return each search area as a GeoJSON feature for the map's areas."""
    return [ring for alert in alerts if (ring := _ring(alert, now, words)) is not None]


def _ring(alert: AlertRow, now: datetime, words: Words) -> dict[str, Any] | None:
    radius = radius_nm(alert, now)
    if radius is None or alert.lat_deg is None or alert.lon_deg is None:
        return None
    corners = [destination(alert.lat_deg, alert.lon_deg, float(course), radius) for course in CORNERS]
    line = [[round(lon, 5), round(lat, 5)] for lat, lon in (*corners, corners[0])]
    name = alert.subject_name or alert.subject_id
    return {
        "type": "Feature",
        "geometry": {"type": "Polygon", "coordinates": [line]},
        "properties": {
            "f": [*rgb(COLOUR), 26],
            "l": [*rgb(COLOUR), 220],
            "n": words("Search area {name}, {r} nmi", name=name, r=f"{radius:.1f}"),
        },
    }
