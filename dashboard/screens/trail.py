"""The audit trail: who wrote or unmasked what; and whether the chain is whole."""

import json
from datetime import timedelta

import streamlit as st
from markupsafe import Markup

from dashboard.look import State, badge
from dashboard.screens.tables import show_table, title
from dashboard.times import stamp
from dashboard.visit import Visit
from store.access import AuditRow

DAYS = (1, 7, 30, 365)


def render(visit: Visit) -> None:
    """Draw the newest links and the check of the chain."""
    words = visit.words
    title(words("Audit"))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        like = st.text_input(words("Person, action or object begins with"), key="trail_like", max_chars=60, width=320)
        days = st.segmented_control(words("Days"), DAYS, default=7, required=True, key="trail_days")
    with visit.scope() as scope:
        rows = scope.rows(
            AuditRow, "access/trail", like=like.strip(), since=visit.now - timedelta(days=days or 7), limit=300
        )
        broken = scope.value("access/broken_links") if visit.person.has("administrator") else None
    if visit.person.has("administrator"):
        state, text = (
            (State.RED, words("The chain is broken at entry {n}.", n=broken))
            if broken
            else (State.GOOD, words("The chain is whole."))
        )
        st.html(Markup("<p>{}</p>").format(badge(state, words, text)))
    lines = [(stamp(r.at), r.login, r.action, r.object, json.dumps(r.detail, ensure_ascii=False)[:300]) for r in rows]
    show_table(
        (words("Time"), words("Who"), words("Action"), words("Object"), words("Old and new")),
        lines,
        empty=words("Nothing in that time."),
    )
