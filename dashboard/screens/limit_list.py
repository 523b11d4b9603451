"""The administrator's limits: what holds where, changing it with a reason, and who changed what when."""

from collections.abc import Sequence

import streamlit as st

from cages.adjust import EVERYBODY, Change, adjustable
from dashboard.look import State, badge
from dashboard.screens.tables import note, show_table, title
from dashboard.screens.told import tell
from dashboard.times import stamp
from dashboard.views import limit_page
from dashboard.views.limit_page import MOST_REASON, LimitLine
from dashboard.views.limits import rules
from dashboard.visit import Visit
from store import reader_limits
from store.limits import LimitRow
from store.reader_limits import PlaceRow

ALL = PlaceRow(place_id=EVERYBODY, farm_id=None, name_zh="", name_en="")


def render(visit: Visit) -> None:
    """Draw the place to choose, its limits, the form and the history."""
    words = visit.words
    title(words("Limits"), words("The watch and the forecast judge by these within seconds to an hour."))
    with visit.scope() as scope:
        changed, places = reader_limits.changed(scope), reader_limits.places(scope)
        history = reader_limits.history(scope)
    known = {p.place_id: p for p in (ALL, *places)}
    place = known[
        st.selectbox(
            words("Set for"), list(known), format_func=lambda n: _place_word(visit, places, known[n]), key="limit_place"
        )
    ]
    farm, cage = _farm_and_cage(place)
    found = limit_page.lines(changed, farm, cage, words)
    left, right = st.columns([2, 3], gap="medium")
    with left:
        _form(visit, changed, places, place, found)
    with right:
        _table(visit, found, places)
    st.subheader(words("Who changed what when"), anchor=False)
    _history(visit, history, places)


def _farm_and_cage(place: PlaceRow) -> tuple[str | None, str | None]:
    if place.place_id == EVERYBODY:
        return None, None
    return (place.farm_id, place.place_id) if place.farm_id else (place.place_id, None)


def _place_word(visit: Visit, places: Sequence[PlaceRow], place: PlaceRow) -> str:
    words = visit.words
    if place.place_id == EVERYBODY:
        return words("All cages")
    name = words.pick(place.name_zh, place.name_en) or place.place_id
    if place.farm_id is None:
        return words("{farm}: all its cages", farm=name)
    farm = next((p for p in places if p.place_id == place.farm_id), None)
    return f"{words.pick(farm.name_zh, farm.name_en) if farm else place.farm_id} · {name}"


def _named(visit: Visit, places: Sequence[PlaceRow], place_id: str) -> str:
    known = [ALL, *places]
    return next((_place_word(visit, places, p) for p in known if p.place_id == place_id), place_id)


def _table(visit: Visit, found: Sequence[LimitLine], places: Sequence[PlaceRow]) -> None:
    words = visit.words
    heads = (words("Limit"), words("Standard"), words("Holds"), words("Changed"))
    rows = [
        (line.label, f"{line.standard:g} {line.unit}", f"{line.holds:g} {line.unit}", _changed(visit, line, places))
        for line in found
    ]
    show_table(heads, rows, empty="", numeric=(1, 2))


def _changed(visit: Visit, line: LimitLine, places: Sequence[PlaceRow]) -> object:
    if line.change is None:
        return "–"
    by = f"{_named(visit, places, line.change.scope)} · {line.change.changed_by} {stamp(line.change.changed_at)}"
    return badge(State.BLUE, visit.words, by)


def _form(
    visit: Visit, changed: Sequence[LimitRow], places: Sequence[PlaceRow], place: PlaceRow, found: Sequence[LimitLine]
) -> None:
    words = visit.words
    st.subheader(words("Change a limit"), anchor=False)
    by_name = {line.name: line for line in found}
    line = by_name[
        st.selectbox(words("Limit"), list(by_name), format_func=lambda name: by_name[name].label, key="limit_name")
    ]
    row = adjustable(rules())[line.name]
    with st.form("limit", border=True):
        value = st.number_input(
            words("New value ({unit})", unit=row.unit or "–"),
            value=line.holds,
            step=limit_page.step_of(line.name),
            key=f"limit_value_{place.place_id}_{line.name}",
        )
        reason = st.text_input(words("Why"), max_chars=MOST_REASON, key="limit_reason")
        saving = st.form_submit_button(words("Save"), type="primary")
        own = line.change is not None and line.change.scope == place.place_id
        backing = st.form_submit_button(words("Back to the standard"), disabled=not own)
    note(words("Standard {standard} {unit}; from {least} to {most} may be set.", standard=f"{line.standard:g}",
               unit=row.unit, least=f"{row.least:g}", most=f"{row.most:g}"))  # fmt: skip
    if saving or backing:
        change = Change(place=place.place_id, name=line.name, value=float(value))
        _apply(visit, changed, places, change, row.unit, reason.strip(), taken_back=backing)


def _apply(
    visit: Visit, changed: Sequence[LimitRow], places: Sequence[PlaceRow], change: Change, unit: str, reason: str,
    *, taken_back: bool,
) -> None:  # fmt: skip
    words = visit.words
    problem = limit_page.refusal(changed, places, change, taken_back=taken_back, words=words)
    if not problem and not reason and not taken_back:
        problem = words("Say why: whoever reads the limit later must know.")
    if problem:
        st.error(problem)
        return
    with visit.scope() as scope:
        if taken_back:
            reader_limits.take_back(scope, change.place, change.name)
        else:
            reader_limits.save(scope, change.place, change.name, change.value, unit=unit, reason=reason)
    tell(words("Recorded."))


def _history(visit: Visit, history: Sequence[reader_limits.LimitChange], places: Sequence[PlaceRow]) -> None:
    words = visit.words
    known = adjustable(rules())
    rows = [
        (
            stamp(h.at),
            h.login,
            _named(visit, places, h.scope),
            limit_page.label(h.name, words) if h.name in known else h.name,
            words("standard") if h.before is None else f"{h.before:g}",
            words("standard") if h.after is None else f"{h.after:g}",
            h.reason,
        )
        for h in history
    ]
    heads = (
        words("Time"), words("Who"), words("Set for"), words("Limit"), words("Before"), words("After"), words("Why"),
    )  # fmt: skip
    show_table(heads, rows, empty=words("No limit was changed yet."), numeric=(4, 5))
