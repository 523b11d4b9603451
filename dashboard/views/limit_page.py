"""The limits page: what holds where, who changed it, and which changes make no sense."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cages.adjust import BLIND_S, EVERYBODY, Change, adjustable, adjusted, changes_at, value_of
from dashboard.i18n import Words, mark
from dashboard.times import stamp
from dashboard.views.cage_page import quantity_word
from dashboard.views.limits import rules, rules_at
from store.limits import LimitRow
from store.reader_limits import PlaceRow

LEVELS = {"blue": mark("Notice"), "yellow": mark("Warning"), "orange": mark("Alarm"), "red": mark("Emergency")}
SIDES = {"low": mark("at least"), "high": mark("at most")}
DAMAGES = {"slight": mark("slight damage"), "severe": mark("severe damage"), "loss": mark("loss")}
KINDS = {
    "wooden_raft": mark("Wooden raft"),
    "hdpe_gravity": mark("HDPE gravity cage"),
    "steel_frame": mark("Steel frame cage"),
    "net_enclosure": mark("Net enclosure"),
}
MOST_REASON = 200


@dataclass(frozen=True, kw_only=True)
class LimitLine:
    """One limit at the chosen place: the rule file's value, what holds, and the change that makes it so."""

    name: str
    label: str
    unit: str
    standard: float
    holds: float
    change: LimitRow | None


def label(name: str, words: Words) -> str:
    """Return a limit as people say it: 溶氧 · 警告 · 低于."""
    head, _, rest = name.partition(".")
    what, _, last = rest.rpartition(".")
    if head == "oxygen":
        return f"{quantity_word('do_mg_l', words)} · {words(LEVELS[rest])} · {words('below')}"
    if head == "water":
        return f"{quantity_word(what, words)} · {words(SIDES[last])}"
    if head == "waves":
        return f"{words('Waves')} · {words(KINDS.get(what, what))} · {words(DAMAGES[last])}"
    return words("No data for this long: the cage counts as blind")


def lines(changed: Sequence[LimitRow], farm: str | None, cage: str | None, words: Words) -> list[LimitLine]:
    """Return every adjustable limit as it holds for everybody (no farm), at a farm, or at one of its cages."""
    holding = rules_at(changed, farm, cage)
    own = {place: {r.name: r for r in changed if r.scope == place} for place in (EVERYBODY, farm, cage) if place}
    return [
        LimitLine(
            name=row.name,
            label=label(row.name, words),
            unit=row.unit,
            standard=value_of(rules(), row.name),
            holds=value_of(holding, row.name),
            change=next((by[row.name] for by in reversed(list(own.values())) if row.name in by), None),
        )
        for row in adjustable(rules()).values()
    ]


def refusal(
    changed: Iterable[LimitRow], places: Sequence[PlaceRow], change: Change, *, taken_back: bool, words: Words
) -> str:
    """Return why a change makes no sense at a place that it reaches, '' when it may be saved.

    A change that is `taken_back` is looked at too: what then holds must not contradict other changes.
    """
    row = adjustable(rules()).get(change.name)
    if row is None:
        return words("There is no such limit.")
    if not taken_back and not row.least <= change.value <= row.most:
        return words("Give a value from {least} to {most} {unit}.", least=f"{row.least:g}", most=f"{row.most:g}",
                     unit=row.unit).strip()  # fmt: skip
    others = [r.change for r in changed if (r.scope, r.name) != (change.place, change.name)]
    after = others if taken_back else [*others, change]
    for farm, cage in reached(places, change.place):
        try:
            adjusted(rules(), changes_at(after, farm, cage))
        except ValueError:
            where = cage or farm or words("all cages")
            return words("At {place} the limits would contradict each other: a graver level must lie further out, "
                         "“at least” below “at most”.", place=where)  # fmt: skip
    return ""


def reached(places: Sequence[PlaceRow], place: str) -> list[tuple[str | None, str | None]]:
    """Return (farm, cage) of every place at which a change counts."""
    every = [(p.farm_id, p.place_id) if p.farm_id else (p.place_id, None) for p in places]
    if place == EVERYBODY:
        return [(None, None), *every]
    return [pair for pair in every if place in pair]


def own_limits(changed: Sequence[LimitRow], farm: str | None, cage: str, words: Words) -> str:
    """Return which limits of a cage an operator changed, as one sentence; '' when the rule files hold."""
    told = [
        words("{limit} {value} {unit} ({login}, {when})", limit=line.label, value=f"{line.holds:g}", unit=line.unit,
              login=line.change.changed_by or "–", when=stamp(line.change.changed_at))
        for line in lines(changed, farm, cage, words)
        if line.change is not None
    ]  # fmt: skip
    return words("Limits set for this cage: {limits}", limits=words("; ").join(told)) if told else ""


def step_of(name: str) -> float:
    """Return by how much a press of the stepper changes a limit, in its unit."""
    if name == BLIND_S.name:
        return 60.0
    return 0.05 if name.startswith("water.ph") else 0.1 if name.startswith(("oxygen.", "waves.")) else 0.5
