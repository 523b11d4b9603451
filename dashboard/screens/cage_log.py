"""The farm log of one cage: the newest entries, and the form for a new one."""

import psycopg
import streamlit as st

from core.errors import StoreError
from dashboard.i18n import Words, mark
from dashboard.screens.tables import show_table
from dashboard.times import stamp
from dashboard.visit import Visit
from store import reader

KINDS = {
    "feeding": mark("Feeding"),
    "mortality": mark("Dead fish"),
    "sample": mark("Weighing"),
    "treatment": mark("Treatment"),
    "cleaning": mark("Net cleaning"),
    "stocking": mark("Stocking"),
    "harvest": mark("Harvest"),
    "note": mark("Note"),
}


def draw(visit: Visit, cage: reader.CageRow) -> None:
    """Draw the log; only people of the farm write into it."""
    words = visit.words
    with st.expander(words("Farm log"), expanded=False):
        with visit.scope() as scope:
            found = reader.log_entries(scope, cage.cage_id)
        rows = [(stamp(e.at), words(KINDS.get(e.kind, e.kind)), _amount(e, words), e.note, e.entered_by) for e in found]
        heads = (words("Time"), words("Kind"), words("Amount"), words("Note"), words("By"))
        show_table(heads, rows, empty=words("Nothing is entered yet."))
        if visit.person.has("farmer"):
            _form(visit, cage)


def _amount(entry: reader.LogRow, words: Words) -> str:
    parts = (
        "" if entry.fish_count is None else words("{n} fish", n=f"{entry.fish_count:,}"),
        "" if entry.mean_weight_g is None else f"{entry.mean_weight_g:g} g",
        "" if entry.feed_kg is None else f"{entry.feed_kg:g} kg",
        f"{entry.substance} {entry.dose}".strip(),
    )
    return " · ".join(part for part in parts if part)


def _form(visit: Visit, cage: reader.CageRow) -> None:
    words = visit.words
    with st.form("log", border=True, clear_on_submit=True):
        kind = st.selectbox(words("Kind"), list(KINDS), format_func=lambda k: words(KINDS[k]))
        count = st.number_input(words("Number of fish"), min_value=0, step=10)
        weight = st.number_input(words("Mean weight (g)"), min_value=0.0, max_value=20_000.0, step=10.0)
        feed = st.number_input(words("Feed (kg)"), min_value=0.0, step=5.0)
        substance = st.text_input(words("Substance and dose of a treatment"), max_chars=120)
        text = st.text_input(words("Note"), max_chars=300, key="log_note")
        if not st.form_submit_button(words("Enter")):
            return
        try:
            with visit.scope() as scope:
                scope.execute(
                    "farmlog/add",
                    cage_id=cage.cage_id,
                    at=visit.now,
                    kind=kind,
                    fish_count=int(count) or None,
                    mean_weight_g=weight or None,
                    feed_kg=feed or None,
                    substance=substance.strip(),
                    dose="",
                    note=text.strip(),
                    entered_by=visit.person.login,
                    source_file="",
                )
                scope.audit("farm_log.insert", f"cage:{cage.cage_id}", {"kind": kind})
        except (psycopg.errors.CheckViolation, StoreError):
            st.error(words("Something is missing for this kind: number of fish, mean weight, feed or substance."))
            return
        st.rerun()
