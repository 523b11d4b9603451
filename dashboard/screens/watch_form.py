"""Putting a boat on the inspection list and taking it off."""

from datetime import UTC, datetime, time

import streamlit as st

from dashboard.screens.told import tell
from dashboard.times import SHANGHAI, local
from dashboard.views.fleet_forms import boat_number
from dashboard.visit import Visit
from store import reader_desk

USUAL_POINTS = 20


def draw(visit: Visit, watched: list[reader_desk.WatchRow]) -> None:
    """Draw the form and, where boats are listed, the way off the list."""
    left, right = st.columns(2, gap="medium")
    with left:
        _on(visit)
    with right:
        if watched:
            _off(visit, watched)


def _on(visit: Visit) -> None:
    words = visit.words
    with st.form("watch_on", border=True):
        st.subheader(words("Put a boat on the inspection list"), anchor=False)
        number = st.text_input(words("MMSI of the boat"), max_chars=9, key="watch_mmsi")
        reason = st.text_input(words("Why should it be inspected?"), max_chars=200, key="watch_reason")
        points = st.number_input(words("Points it adds"), 0, 100, USUAL_POINTS)
        until = st.date_input(
            words("Until (empty: until it is taken off)"),
            value=None,
            min_value=local(visit.now).date(),
            format="YYYY-MM-DD",
        )
        if not st.form_submit_button(words("Put on the list")):
            return
    mmsi = boat_number(number)
    if mmsi is None:
        st.error(words("An MMSI has nine digits."))
    elif not reason.strip():
        st.error(words("Please write down what was found or why."))
    else:
        ends = None if until is None else datetime.combine(until, time(23, 59), SHANGHAI).astimezone(UTC)
        with visit.scope() as scope:
            scope.execute(
                "reader/watch",
                mmsi=mmsi,
                reason=reason.strip(),
                points=int(points),
                login=visit.person.login,
                until=ends,
            )
        tell(words("Recorded."))


def _off(visit: Visit, watched: list[reader_desk.WatchRow]) -> None:
    words = visit.words
    names = {w.mmsi: w.name_zh or str(w.mmsi) for w in watched}
    with st.form("watch_off", border=True):
        st.subheader(words("Take a boat off the list"), anchor=False)
        mmsi = st.selectbox(words("Boat"), list(names), format_func=lambda m: names[m])
        if st.form_submit_button(words("Take off the list")) and mmsi is not None:
            with visit.scope() as scope:
                scope.execute("reader/unwatch", mmsi=mmsi)
            tell(words("Recorded."))
