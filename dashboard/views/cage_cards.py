"""The farmer's first screen: one card a cage, the worst first, each with the one thing to do now."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from core.qc import QcFlag, usable
from core.units import QUANTITIES
from dashboard.i18n import Words, mark
from dashboard.look import ORDER, State, state_of
from dashboard.times import ago
from store.reader import AlertRow, CageRow, FarmRow, LatestRow

OLD_S = 900
"""A reading older than a quarter of an hour is not shown as the present."""
CARD_QUANTITIES = ("do_mg_l", "water_temp_c", "hs_m", "salinity_psu", "current_mps", "wind_mps", "battery_v")
CARD_FIGURES = 3


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One number on a card: `text` is ready to print, `old` greys it."""

    label: str
    text: str
    unit: str
    old: bool


@dataclass(frozen=True, kw_only=True)
class CageCard:
    """What one card says."""

    cage_id: str
    name: str
    state: State
    figures: tuple[Figure, ...]
    reason: str
    advice: str
    age: str
    more: int
    farm: str = ""


def cards(
    cages: Sequence[CageRow],
    latest: Sequence[LatestRow],
    alerts: Sequence[AlertRow],
    *,
    now: datetime,
    words: Words,
    farms: Sequence[FarmRow] = (),
) -> list[CageCard]:
    """Return a card for every cage and platform, worst first, then by name; with several farms, each names its own."""
    names = {f.farm_id: words.pick(f.name_zh, f.name_en) for f in farms} if len(farms) > 1 else {}
    by_cage = _grouped(latest)
    made = [
        _card(cage, by_cage.get(cage.cage_id, []), _alerts_of(cage.cage_id, alerts), now=now, words=words)
        for cage in cages
    ]
    owners = {cage.cage_id: names.get(cage.farm_id or "", "") for cage in cages}
    return sorted(
        (replace(card, farm=owners[card.cage_id]) for card in made), key=lambda c: (ORDER[c.state], c.cage_id)
    )


def _grouped(latest: Iterable[LatestRow]) -> Mapping[str, list[LatestRow]]:
    groups: dict[str, list[LatestRow]] = {}
    for row in latest:
        groups.setdefault(row.cage_id, []).append(row)
    return groups


def _alerts_of(cage_id: str, alerts: Sequence[AlertRow]) -> list[AlertRow]:
    """Return the open, unshelved alerts about a cage or one of its series, worst first as given."""
    return [a for a in alerts if a.subject_id == cage_id or a.subject_id.startswith(f"{cage_id}.")]


def _card(cage: CageRow, latest: list[LatestRow], alerts: list[AlertRow], *, now: datetime, words: Words) -> CageCard:
    active = [a for a in alerts if a.condition == "active" and (a.shelved_until is None or a.shelved_until < now)]
    newest = max((row.observed_at for row in latest), default=None)
    blind = newest is None or (now - newest).total_seconds() > OLD_S
    state = state_of(max((a.severity for a in active), default=None))
    if state is State.GOOD and blind:
        state = State.UNKNOWN
    worst = active[0] if active else None
    return CageCard(
        cage_id=cage.cage_id,
        name=words.pick(cage.name_zh, cage.name_en),
        state=state,
        figures=tuple(figures(latest, now=now, words=words)),
        reason=words.pick(worst.reason_zh, worst.reason_en) if worst else "",
        advice=_advice(worst, state, words),
        age=ago(newest, now=now, words=words),
        more=max(0, len(active) - 1),
    )


def _advice(worst: AlertRow | None, state: State, words: Words) -> str:
    if worst is not None:
        return words.pick(worst.advice_zh, worst.advice_en) or words.pick(worst.reason_zh, worst.reason_en)
    if state is State.UNKNOWN:
        return words("No fresh readings: look at the cage yourself and check power and cable.")
    return words("Nothing to do now.")


def figures(latest: Sequence[LatestRow], *, now: datetime, words: Words, limit: int = CARD_FIGURES) -> list[Figure]:
    """Return the figures that matter most, one a quantity: the lowest oxygen, else the first point's value."""
    found: list[Figure] = []
    for name in CARD_QUANTITIES:
        rows = [row for row in latest if row.quantity == name]
        good = [row for row in rows if row.value is not None and usable(QcFlag(row.qc))]
        if not rows or len(found) == limit:
            continue
        quantity = QUANTITIES[name]
        chosen = min(good, key=lambda r: r.value or 0.0) if good and name == "do_mg_l" else (good or rows)[0]
        fresh = chosen in good and (now - chosen.observed_at).total_seconds() <= OLD_S
        text = f"{chosen.value:.{quantity.decimals}f}" if chosen in good and chosen.value is not None else "–"
        found.append(
            Figure(
                label=words.pick(quantity.zh, SHORT.get(name, quantity.en)),
                text=text,
                unit=quantity.symbol,
                old=not fresh,
            )
        )
    return found


SHORT = {
    "do_mg_l": "Oxygen",
    "water_temp_c": "Water",
    "hs_m": "Waves",
    "salinity_psu": "Salinity",
    "current_mps": "Current",
    "wind_mps": "Wind",
    "battery_v": "Battery",
}
KIND_WORDS = {"cage": mark("Cage"), "platform": mark("Platform"), "buoy": mark("Buoy")}


def summary(made: Sequence[CageCard], words: Words) -> str:
    """Return one line over all cards: how many need something."""
    wanting = sum(1 for card in made if card.state not in {State.GOOD, State.UNKNOWN})
    blind = sum(1 for card in made if card.state is State.UNKNOWN)
    if wanting == 0 and blind == 0:
        return words("All {n} are well.", n=len(made))
    parts = []
    if wanting:
        parts.append(words("{n} of {all} need you", n=wanting, all=len(made)))
    if blind:
        parts.append(words("{n} without fresh data", n=blind))
    return words(", ").join(parts)
