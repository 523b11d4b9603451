"""Temporary formations (临时编组): which hold, making or extending one, dissolving one."""

import streamlit as st

from dashboard.screens.tables import show_table
from dashboard.screens.told import tell
from dashboard.times import stamp
from dashboard.views import fleet_forms
from dashboard.visit import Visit
from store import reader_desk, reader_fleet

USUAL_HOURS = 24


def draw(visit: Visit, out: list[reader_desk.TripRow]) -> None:
    """Draw the formations in force and their forms; the watch judges by them at its next look."""
    words = visit.words
    with visit.scope() as scope:
        found = reader_fleet.groups(scope, visit.now)
    st.subheader(words("Temporary formations"), anchor=False)
    rows = [(g.group_id, words(", ").join(g.boats), stamp(g.valid_until), g.made_by) for g in found]
    heads = (words("Name"), words("Boats"), words("Until"), words("By"))
    show_table(heads, rows, empty=words("No temporary formation holds."))
    with st.expander(words("Make, extend or dissolve a formation"), expanded=False):
        _make(visit, out)
        _dissolve(visit, found)


def _make(visit: Visit, out: list[reader_desk.TripRow]) -> None:
    words = visit.words
    names = {t.mmsi: t.name_zh or str(t.mmsi) for t in out}
    with st.form("group", border=False):
        name = st.text_input(words("Name of the formation"), max_chars=40)
        chosen = st.multiselect(
            words("Boats that are out"), list(names), format_func=lambda m: names.get(m, str(m)), placeholder="–"
        )
        typed = st.text_input(words("Further boats by MMSI, separated by commas"), max_chars=600)
        hours = st.number_input(words("Hours it holds"), 1, fleet_forms.MOST_HOURS, USUAL_HOURS)
        if not st.form_submit_button(words("Make the formation"), type="primary"):
            return
    made, problem = fleet_forms.formation_of(name, chosen, typed, float(hours), now=visit.now, words=words)
    if made is None:
        st.error(problem)
        return
    with visit.scope() as scope:
        reader_fleet.make_group(scope, made.group_id, made.mmsis, visit.now, made.valid_until, visit.person.login)
    tell(words("Recorded."))


def _dissolve(visit: Visit, found: list[reader_fleet.GroupRow]) -> None:
    words = visit.words
    if not found:
        return
    name = st.selectbox(words("Dissolve"), [g.group_id for g in found], index=None, placeholder="–", key="group_gone")
    if st.button(words("Dissolve the formation"), disabled=name is None) and name is not None:
        with visit.scope() as scope:
            reader_fleet.dissolve(scope, name)
        tell(words("Recorded."))
