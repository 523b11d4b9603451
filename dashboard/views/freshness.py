"""Is what the screen shows still true? Banners for old data, silent services and a database that is away."""

from dataclasses import dataclass
from datetime import datetime

from dashboard.i18n import Words, mark
from dashboard.times import clock, span
from store.reader import Freshness

SILENT_S = 60
"""A shore loop beats every few seconds; a minute without a beat is worth saying."""


@dataclass(frozen=True, kw_only=True)
class Notice:
    """One banner: `kind` is a style (stale, away), `text` a full sentence."""

    kind: str
    text: str


def notices(fresh: Freshness, *, now: datetime, stale_after_s: int, sea: bool, words: Words) -> list[Notice]:
    """Return the banners that the age of the data asks for; none when all is fresh.

    `sea` asks about targets too (a regulator's screen).
    """
    found = []
    if old := _stale(fresh.readings_at, now, stale_after_s):
        found.append(
            words(
                "Cage readings stopped {span} ago (last at {at}). What you see below is old.",
                span=span(old, words),
                at=clock(fresh.readings_at, now=now),
            )
        )
    if sea and (old := _stale(fresh.targets_at, now, stale_after_s)):
        found.append(
            words(
                "Vessel positions stopped {span} ago (last at {at}). The map is old.",
                span=span(old, words),
                at=clock(fresh.targets_at, now=now),
            )
        )
    if fresh.silent:
        names = words(", ").join(words(SERVICE_WORDS.get(name, name)) for name in fresh.silent)
        found.append(words("A service on shore is silent: {names}. Tell the technician.", names=names))
    return [Notice(kind="stale", text=text) for text in found]


SERVICE_WORDS = {
    "ingest": mark("data intake"),
    "watch": mark("judgement"),
    "forecast": mark("forecast"),
    "sms": mark("messages"),
    "gateway": mark("gateway"),
}


def _stale(at: datetime | None, now: datetime, limit_s: int) -> float | None:
    if at is None:
        return None
    age_s = (now - at).total_seconds()
    return age_s if age_s > limit_s else None
