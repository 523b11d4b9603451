"""Checking what an officer typed about boats: numbers, temporary formations, officers aboard, when it was."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache

from core.settings import build, load_toml
from dashboard.i18n import Words
from dashboard.times import SHANGHAI
from dashboard.views.limits import RULES
from vessels.crew import CrewRules, Officer

LEAST_BOATS, MOST_BOATS = 2, 60
MOST_HOURS = 72
SECOND = "（第二名）"
"""Added to a post that two people of a large boat may fill."""


@dataclass(frozen=True, kw_only=True)
class Formation:
    """A temporary formation that may be kept."""

    group_id: str
    mmsis: tuple[int, ...]
    valid_until: datetime


def boat_number(text: str) -> int | None:
    """Return an MMSI of nine digits, None when the text is none."""
    digits = text.strip()
    return int(digits) if len(digits) == 9 and digits.isascii() and digits.isdigit() else None


def formation_of(
    name: str, chosen: Sequence[int], typed: str, hours: float, *, now: datetime, words: Words
) -> tuple[Formation | None, str]:
    """Return (formation, '') from chosen boats and typed numbers, else (None, what to correct)."""
    wrong = [part for part in re.split(r"[\s,，、;；]+", typed) if part and boat_number(part) is None]
    if wrong:
        return None, words("{text} is no MMSI: it has nine digits.", text=wrong[0][:20])
    numbers = [n for part in re.split(r"[\s,，、;；]+", typed) if (n := boat_number(part)) is not None]
    boats = tuple(sorted({*chosen, *numbers}))
    if not name.strip():
        return None, words("Give the formation a name.")
    if not LEAST_BOATS <= len(boats) <= MOST_BOATS:
        return None, words("A formation has {least} to {most} boats.", least=LEAST_BOATS, most=MOST_BOATS)
    if not 0 < hours <= MOST_HOURS:
        return None, words("It may hold for up to {n} hours.", n=MOST_HOURS)
    return Formation(group_id=name.strip(), mmsis=boats, valid_until=now + timedelta(hours=hours)), ""


def told_at(day: date | None, clock: time | None, now: datetime) -> datetime | None:
    """Return when something happened by the wall clock of the screens; now where nothing is given, None if to come."""
    if clock is None:
        return now
    here = now.astimezone(SHANGHAI)
    at = datetime.combine(day or here.date(), clock, SHANGHAI).astimezone(UTC)
    return at if at <= now + timedelta(minutes=1) else None


@cache
def crew_rules() -> CrewRules:
    """Return the crew rules that the watch uses."""
    return build(CrewRules, load_toml(RULES / "crew.toml"), where="crew.toml")


def posts() -> list[str]:
    """Return the posts that an officer may hold, highest first of each kind, with a second one of the assistants."""
    every = [post for ladder in crew_rules().ladders for post in ladder.posts]
    return [option for post in every for option in ((post, post + SECOND) if post.startswith("助理") else (post,))]


def officers_of(chosen: Sequence[str]) -> tuple[Officer, ...]:
    """Return the officers that the form's choices mean."""
    return tuple(Officer(post=post.removesuffix(SECOND)) for post in chosen)
