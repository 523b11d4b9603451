"""Boats for the desk: not yet back, the inspection list, and looking one up in the register."""

import streamlit as st

from dashboard.screens import boat_forms, group_form, sart_form, watch_form
from dashboard.screens.tables import link, show_table, title
from dashboard.times import ago, stamp
from dashboard.visit import Visit
from store import reader_desk


def render(visit: Visit) -> None:
    """Draw the lists and the search."""
    words = visit.words
    title(words("Boats"))
    sart_form.draw(visit)
    _search(visit)
    with visit.scope() as scope:
        out, watched = reader_desk.not_back(scope), reader_desk.watch_list(scope)
    st.subheader(words("Not yet back: {n}", n=len(out)), anchor=False)
    rows = [
        (
            link(f"/target?mmsi={t.mmsi}", t.name_zh or str(t.mmsi)),
            t.port,
            stamp(t.at),
            t.persons,
            ago(t.heard_at, now=visit.now, words=words),
        )
        for t in out
    ]
    show_table(
        (words("Boat"), words("Port"), words("Left at"), words("Persons"), words("Last heard")),
        rows,
        empty=words("No open departure report. Boats that never reported leaving are not listed here."),
        numeric=(3,),
    )
    boat_forms.draw(visit, out)
    group_form.draw(visit, out)
    st.subheader(words("Inspection list"), anchor=False)
    rows2 = [
        (
            link(f"/target?mmsi={w.mmsi}", w.name_zh or str(w.mmsi)),
            words.pick(w.reason_zh, w.reason_en),
            w.points,
            w.added_by,
            stamp(w.added_at),
            stamp(w.until),
        )
        for w in watched
    ]
    show_table(
        (words("Boat"), words("Why"), words("Points"), words("By"), words("Since"), words("Until")),
        rows2,
        empty=words("The list is empty."),
        numeric=(2,),
    )
    watch_form.draw(visit, watched)


def _search(visit: Visit) -> None:
    words = visit.words
    text = st.text_input(words("Look up a boat: name, pinyin, MMSI or permit"), key="boat_search", max_chars=40)
    if not text.strip():
        return
    with visit.scope() as scope:
        found = reader_desk.find_boats(scope, text.strip())
    rows = [
        (link(f"/target?mmsi={b.mmsi}", b.name_zh) if b.mmsi else b.name_zh, b.mmsi, b.port, b.gear, b.length_m)
        for b in found
    ]
    show_table(
        (words("Boat"), "MMSI", words("Port"), words("Gear"), words("Length")),
        rows,
        empty=words("Not in the register"),
        numeric=(1, 4),
    )
