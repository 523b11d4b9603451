"""Instants as people read them: Asia/Shanghai and how long ago."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from dashboard.i18n import Words

SHANGHAI = ZoneInfo("Asia/Shanghai")
DASH = "–"


def local(at: datetime) -> datetime:
    """Return the instant on the wall clock of the screens."""
    return at.astimezone(SHANGHAI)


def clock(at: datetime | None, *, now: datetime) -> str:
    """Return ``14:05``, ``11-23 14:05`` on another day, or the year too when it is another year."""
    if at is None:
        return DASH
    there, here = local(at), local(now)
    if there.date() == here.date():
        return f"{there:%H:%M}"
    return f"{there:%m-%d %H:%M}" if there.year == here.year else f"{there:%Y-%m-%d %H:%M}"


def stamp(at: datetime | None) -> str:
    """Return date and time to the minute, for tables and records."""
    return DASH if at is None else f"{local(at):%Y-%m-%d %H:%M}"


def span(seconds: float, words: Words) -> str:
    """Return a duration in the largest unit that reads naturally: 40 秒, 3 分钟, 5 小时, 2 天."""
    seconds = max(0.0, seconds)
    if seconds < 60:
        return words("{n} s", n=int(seconds))
    if seconds < 3600:
        return words("{n} min", n=int(seconds // 60))
    if seconds < 2 * 86_400:
        return words("{n} h", n=int(seconds // 3600))
    return words("{n} days", n=int(seconds // 86_400))


def ago(at: datetime | None, *, now: datetime, words: Words) -> str:
    """Return the age of an instant, or that there is none; a future instant within a minute is now."""
    if at is None:
        return words("no data")
    age_s = (now - at).total_seconds()
    if age_s < -60:
        return words("in {span}", span=span(-age_s, words))
    if age_s < 5:
        return words("just now")
    return words("{span} ago", span=span(age_s, words))


def countdown(at: datetime, *, now: datetime) -> str:
    """Return hours and minutes left, ``31:05``; ``0:00`` once past."""
    left = max(timedelta(0), at - now)
    minutes = int(left.total_seconds() // 60)
    return f"{minutes // 60}:{minutes % 60:02d}"
