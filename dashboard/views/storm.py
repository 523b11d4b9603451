"""What counts as a storm alert, when it begins, and what a farm secures before it."""

from datetime import datetime

from dashboard.i18n import mark
from store.reader import AlertRow

PREFIXES = ("waves.", "typhoon.", "vessels.storm", "official.")
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


def onset(alert: AlertRow) -> datetime | None:
    """Return when the trouble begins: the latest departure where the finding has one, else the start of validity."""
    latest = alert.values.get("latest_departure_at")
    if isinstance(latest, str):
        try:
            return datetime.fromisoformat(latest)
        except ValueError:
            return alert.valid_from
    return alert.valid_from
