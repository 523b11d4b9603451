"""Ordering a call (叫应) to everyone of a district, or a drill of it: written, confirmed, carried out by the sender."""

import streamlit as st

from dashboard.i18n import mark
from dashboard.look import severity_badge
from dashboard.screens.tables import show_table
from dashboard.screens.told import tell
from dashboard.times import stamp
from dashboard.visit import Visit
from store import reader_desk

COLOURS = (4, 3, 2, 1)
TEXT = "台风将至，{name}须于今日18时前回最近避风港避风，人员上岸。{reply}"
TEXT_EN = "Typhoon coming: {name} must be in the nearest shelter by 18:00 today, everyone ashore. {reply}"
"""What the form offers; ``{name}`` and ``{reply}`` are filled for each recipient."""


HELP = mark("{name} becomes each boat or farm, {reply} the way to answer.")


def draw(visit: Visit, *, drill_only: bool = False) -> None:
    """Draw the form and what became of the last day's orders."""
    words = visit.words
    with visit.scope() as scope:
        districts, orders = reader_desk.districts(scope), reader_desk.orders(scope, visit.now)
    if districts:
        heading = words("Begin a drill") if drill_only else words("Call everyone of the district")
        with st.expander(heading, expanded=False):
            _form(visit, districts, drill_only=drill_only)
    rows = [
        (
            stamp(o.ordered_at),
            severity_badge(o.severity, words),
            o.name_zh + (f" · {words('drill')}" if o.drill else ""),
            o.district_id,
            o.ordered_by,
            words("waiting for the sender") if o.done_at is None else o.outcome or words("begun"),
        )
        for o in orders
    ]
    if rows:
        heads = (words("Time"), words("Severity"), words("Name"), words("District"), words("By"), words("State"))
        show_table(heads, rows, empty="")


def _form(visit: Visit, districts: list[str], *, drill_only: bool) -> None:
    words = visit.words
    with st.form("calling", border=False):
        name = st.text_input(words("Name of the storm or drill"), max_chars=40)
        district = st.selectbox(words("District"), districts)
        severity = st.segmented_control(
            words("Severity"), COLOURS, default=3, format_func=lambda s: words(SEVERITY[s]), required=True
        )
        text = st.text_area(words("What people are told"), TEXT, max_chars=400, height=100, help=words(HELP))
        english = st.text_area(words("The same in English, for who reads it"), TEXT_EN, max_chars=400, height=80)
        drill = drill_only or st.checkbox(words("Only a drill: every message says so"))
        sure = st.checkbox(words("I have read it: it goes to everyone of the district"))
        if not st.form_submit_button(words("Begin"), type="primary"):
            return
    if not name.strip() or not text.strip() or not sure:
        st.error(words("Name, text and your confirmation are needed."))
        return
    with visit.scope() as scope:
        scope.execute(
            "reader/order_campaign",
            district_id=district,
            name_zh=name.strip(),
            severity=severity or 3,
            text_zh=text.strip(),
            text_en=english.strip(),
            drill=drill,
            login=visit.person.login,
        )
    tell(words("Ordered: the sender begins within seconds."))


SEVERITY = {4: "Red", 3: "Orange", 2: "Yellow", 1: "Blue"}
