"""One target's page: its track as a line that breaks at gaps, limbs of the verdict, the register row in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from dashboard.i18n import Words, mark
from dashboard.look import CLASSES, State
from dashboard.views.map_layers import rgb
from store.reader import Fix, TargetRow
from store.reader_desk import BoatRow, VerdictRow

GAP_S = 1800
"""Fixes further apart are not joined: nobody saw where it went."""
LIMB_TITLES = {
    "name": mark("Name and number"),
    "certificate": mark("Certificates"),
    "port": mark("Port of registry"),
    "match": mark("Agreement with the register"),
}
LIMB_STATES = {
    "satisfied": (State.GOOD, mark("Found")),
    "failed": (State.ORANGE, mark("Missing or wrong")),
    "unknown": (State.UNKNOWN, mark("Cannot be judged")),
}


@dataclass(frozen=True, kw_only=True)
class Limb:
    """One limb of the verdict."""

    title: str
    state: State
    word: str
    reason_zh: str
    reason_en: str


def mmsi_of(text: str) -> int | None:
    """Return the number of an address, None when it is none; detections have numbers below zero."""
    digits = text.removeprefix("-")
    return int(text) if digits.isascii() and digits.isdigit() and len(digits) <= 10 else None


def limbs(verdict: VerdictRow) -> list[Limb]:
    """Return the limbs in their usual order."""
    found = []
    for name, title in LIMB_TITLES.items():
        limb: dict[str, Any] = verdict.limbs.get(name) or {}
        state, word = LIMB_STATES.get(str(limb.get("state")), LIMB_STATES["unknown"])
        found.append(
            Limb(
                title=title,
                state=state,
                word=word,
                reason_zh=str(limb.get("reason_zh", "")),
                reason_en=str(limb.get("reason_en", "")),
            )
        )
    return found


def paths(fixes: Sequence[Fix]) -> list[dict[str, Any]]:
    """Return the track as lines, broken where nobody heard it."""
    runs: list[list[list[float]]] = [[]]
    before: Fix | None = None
    for fix in fixes:
        if before is not None and (fix.observed_at - before.observed_at).total_seconds() > GAP_S:
            runs.append([])
        runs[-1].append([round(fix.lon_deg, 5), round(fix.lat_deg, 5)])
        before = fix
    return [{"path": run, "c": [11, 79, 122, 255]} for run in runs if len(run) > 1]


def mark_of(fix: Fix, target: TargetRow | None) -> dict[str, Any]:
    """Return the mark of where it was at the chosen instant."""
    look = CLASSES.get(target.target_class if target else "unknown", CLASSES["unknown"])
    return {"lon": fix.lon_deg, "lat": fix.lat_deg, "c": [*rgb(look.colour), 255]}


def register_lines(boat: BoatRow, words: Words, *, today: date) -> list[tuple[str, str]]:
    """Return what the register says, item by item; a date that has passed says so."""

    def until(day: date | None) -> str:
        if day is None:
            return "–"
        return words("{day}, expired", day=day.isoformat()) if day < today else day.isoformat()

    def figure(value: float | None, unit: str) -> str:
        return "–" if value is None else f"{value:g} {unit}"

    return [
        (words("Name"), boat.name_zh),
        (words("Port"), boat.port or "–"),
        (words("Owner"), boat.owner or "–"),
        (words("Registration until"), until(boat.registration_until)),
        (words("Inspection until"), until(boat.inspection_until)),
        (words("Permit"), f"{boat.permit_no or '–'} · {until(boat.permit_until)}"),
        (words("Gear"), boat.gear or "–"),
        (words("Length"), figure(boat.length_m, "m")),
        (words("Engine"), figure(boat.power_kw, "kW")),
        (words("Wind class"), "–" if boat.wind_class_bft is None else str(boat.wind_class_bft)),
        (words("Persons"), f"{boat.min_crew or '–'} / {boat.max_persons or '–'}"),
        (words("Group"), boat.group_name or "–"),
    ]


MOST_STOPS = 400
"""As many as a finger or the arrow keys can tell apart on the replay's slider."""


def stops(count: int) -> list[int]:
    """Return which of `count` fixes the replay can stand at: the last always, thinned when there are many."""
    last = count - 1
    return [*range(0, last, max(1, -(-last // MOST_STOPS))), last]
