"""How good the forecasts were, as a person reads it: in sentences, by lead, by colour, by told chance."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import TypeVar

from core.units import QUANTITIES
from dashboard.i18n import Words, mark
from dashboard.times import local, span
from store.reader_record import EventSumRow, OnsetRow, SkillSumRow

SEASONS = {
    -1: mark("Whole year"),
    1: mark("Spring"),
    2: mark("Summer"),
    3: mark("Autumn"),
    0: mark("Winter"),
}
Row = TypeVar("Row", SkillSumRow, EventSumRow)
OURS = ("blend", "grid", "cold_start")
LEAST_CASES = 30
"""Below this many scored forecasts nothing is said of how good they are."""
HONEST_PCT = (75, 85)
"""An 80 % range that held between these shares of the truth is called honest. [%]"""


@dataclass(frozen=True, kw_only=True)
class LeadLine:
    """Scores at one lead; `gain` is 1 - ours / persistence, None without persistence."""

    lead_h: int
    cases: int
    absolute: float
    bias: float
    crps: float
    coverage: float
    gain: float | None


@dataclass(frozen=True, kw_only=True)
class ColourLine:
    """How events of one colour were foretold; shares 0..1, None where undefined.

    Parameters
    ----------
    value
        What was saved of the cost that could be saved: 0 is as cheap as the better of never and always acting, 1 as
        a perfect forecast (Richardson 2000, doi:10.1002/qj.49712656313).
    """

    severity: int
    window_h: int
    cases: int
    came: int
    pod: float | None
    far: float | None
    csi: float | None
    brier: float
    cost: float
    value: float | None


@dataclass(frozen=True, kw_only=True)
class Bin:
    """Chances of one tenth: what was told in the mean, and how often it came. [0..1]"""

    told: float
    came: float
    cases: int


def in_season(rows: Sequence[Row], quantity: str, season: int) -> list[Row]:
    """Return the rows of a quantity and a season, of the whole year at -1."""
    return [r for r in rows if r.quantity == quantity and season in (-1, r.season)]


def season_of(at: datetime) -> int:
    """Return the season of an instant in China: 0 winter (December to February) to 3 autumn."""
    return local(at).month % 12 // 3


def onsets_in(onsets: Sequence[OnsetRow], quantity: str, season: int) -> list[OnsetRow]:
    """Return the onsets of a quantity and a season, of the whole year at -1."""
    return [o for o in onsets if o.quantity == quantity and season in (-1, season_of(o.onset_at))]


def percent(share: float | None) -> str:
    """Return a share in whole percent, a dash for none."""
    return "–" if share is None else f"{100 * share:.0f} %"


def unit(quantity: str) -> str:
    """Return the sign of a quantity's unit."""
    return QUANTITIES[quantity].symbol


def leads(rows: Sequence[SkillSumRow]) -> list[LeadLine]:
    """Return the scores of our forecasts by lead, next to persistence."""
    out = []
    for lead_h in sorted({r.lead_h for r in rows}):
        ours = [r for r in rows if r.lead_h == lead_h and r.model in OURS]
        other = [r for r in rows if r.lead_h == lead_h and r.model == "persistence"]
        cases = sum(r.cases for r in ours)
        if cases:
            out.append(
                LeadLine(
                    lead_h=lead_h,
                    cases=cases,
                    absolute=sum(r.absolute for r in ours) / cases,
                    bias=sum(r.error for r in ours) / cases,
                    crps=sum(r.crps for r in ours) / cases,
                    coverage=sum(r.inside for r in ours) / cases,
                    gain=_gain(ours, other),
                )
            )
    return out


def _gain(ours: Sequence[SkillSumRow], other: Sequence[SkillSumRow]) -> float | None:
    cases = sum(r.cases for r in other)
    reference = sum(r.pinball for r in other)
    if not cases or not reference:
        return None
    return 1 - sum(r.pinball for r in ours) / sum(r.cases for r in ours) * cases / reference


def places(rows: Sequence[SkillSumRow]) -> list[tuple[str, LeadLine]]:
    """Return each place with its scores (rows of all leads together, `lead_h` 0), the weakest first."""
    by_place: dict[str, list[SkillSumRow]] = {}
    for row in rows:
        by_place.setdefault(row.place_id, []).append(row)
    found = [(place, line) for place, own in by_place.items() for line in leads(own)]
    return sorted(found, key=lambda pair: (pair[1].gain is None, pair[1].gain or 0.0))


def colours(rows: Sequence[EventSumRow], share: dict[int, float], window_h: int) -> list[ColourLine]:
    """Return how the events of each colour within a window were foretold.

    Parameters
    ----------
    share
        Cost over loss by colour.
    """
    own = [r for r in rows if r.window_h == window_h]
    every = sorted({r.severity for r in own})
    return [_colour([r for r in own if r.severity == s], s, window_h, share.get(s)) for s in every]


def _colour(rows: Sequence[EventSumRow], severity: int, window_h: int, share: float | None) -> ColourLine:
    cases, came = sum(r.cases for r in rows), sum(r.came for r in rows)
    hits, misses, warned = (sum(getattr(r, name) for r in rows) for name in ("hits", "misses", "warned"))
    cost = sum(r.cost for r in rows) / cases
    rate = came / cases
    cheapest, perfect = min(rate, share or rate), rate * (share or 0.0)
    return ColourLine(
        severity=severity,
        window_h=window_h,
        cases=cases,
        came=came,
        pod=hits / (hits + misses) if hits + misses else None,
        far=(warned - hits) / warned if warned else None,
        csi=hits / (warned + misses) if warned + misses else None,
        brier=sum(r.brier for r in rows) / cases,
        cost=cost,
        value=None if share is None or cheapest <= perfect else (cheapest - cost) / (cheapest - perfect),
    )


def bins(rows: Sequence[EventSumRow], window_h: int) -> list[Bin]:
    """Return told chances against what came, by tenths, over all colours."""
    out = []
    for tenth in range(10):
        own = [r for r in rows if r.bin == tenth and r.window_h == window_h]
        cases = sum(r.cases for r in own)
        if cases:
            out.append(Bin(told=sum(r.chance for r in own) / cases, came=sum(r.came for r in own) / cases, cases=cases))
    return out


def sentences(lines: Sequence[LeadLine], onsets: Sequence[OnsetRow], quantity: str, words: Words) -> list[str]:
    """Return what the figures mean in plain words; one sentence when there is too little to judge by."""
    day = min(lines, key=lambda line: abs(line.lead_h - 24), default=None)
    if day is None or day.cases < LEAST_CASES:
        return [words("Too few forecasts have come true yet: this page fills two days after the first ones.")]
    what = QUANTITIES[quantity]
    said = [
        words(
            "A forecast for {h} h ahead is off by {error} on average.",
            h=day.lead_h,
            error=f"{day.absolute:.{max(1, what.decimals)}f} {what.symbol}",
        )
    ]
    if day.gain is not None:
        said.append(
            words("That is {p} % better than taking the present value to stay.", p=round(100 * day.gain))
            if day.gain >= 0
            else words("That is {p} % worse than taking the present value to stay.", p=round(-100 * day.gain))
        )
    said.append(_honesty(lines, words))
    if told := _warnings(onsets, words):
        said.append(told)
    return said


def _honesty(lines: Sequence[LeadLine], words: Words) -> str:
    share = round(100 * sum(line.coverage * line.cases for line in lines) / sum(line.cases for line in lines))
    text = words("The 80 % range held the truth in {p} of 100 cases:", p=share)
    low, high = HONEST_PCT
    verdict = (
        words("it may be relied on.")
        if low <= share <= high
        else words("it is too narrow, allow for more.")
        if share < low
        else words("it is wider than need be.")
    )
    return f"{text}{'' if words.is_zh else ' '}{verdict}"


def _warnings(onsets: Sequence[OnsetRow], words: Words) -> str:
    """Return how many onsets were warned of and how early in the middle; empty without any onset."""
    if not onsets:
        return ""
    early = [lead_h for o in onsets if (lead_h := lead_time_h(o.onset_at, o.warned_at)) is not None]
    if not early:
        return words("Of {n} times that a limit was crossed none was warned of before.", n=len(onsets))
    return words(
        "Of {n} times that a limit was crossed {k} were warned of, half of them {span} or more before.",
        n=len(onsets),
        k=len(early),
        span=span(3600 * median(early), words),
    )


def lead_time_h(onset_at: datetime, warned_at: datetime | None) -> float | None:
    """Return how long before an onset it was first warned of, None when it was not. [h]"""
    if warned_at is None or warned_at > onset_at:
        return None
    return (onset_at - warned_at).total_seconds() / 3600
