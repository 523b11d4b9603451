"""The farm log of one cage: the newest entries, and the form for a new one."""

from collections.abc import Mapping

import psycopg
import streamlit as st

from core.errors import StoreError
from dashboard.i18n import Words, mark
from dashboard.screens.tables import show_table
from dashboard.screens.told import tell
from dashboard.times import stamp
from dashboard.visit import Visit
from store import reader, reader_cages

KINDS = {
    "feeding": mark("Feeding"),
    "mortality": mark("Dead fish"),
    "sample": mark("Weighing"),
    "treatment": mark("Treatment"),
    "cleaning": mark("Net cleaning"),
    "stocking": mark("Stocking"),
    "harvest": mark("Harvest"),
    "transfer_in": mark("Moved in"),
    "transfer_out": mark("Moved out"),
    "note": mark("Note"),
}
FIELDS = {
    "feeding": ("feed_kg",),
    "mortality": ("fish_count",),
    "sample": ("mean_weight_g", "fish_count"),
    "treatment": ("substance",),
    "cleaning": (),
    "stocking": ("fish_count", "mean_weight_g"),
    "harvest": ("fish_count", "mean_weight_g"),
    "transfer_in": ("fish_count", "mean_weight_g"),
    "transfer_out": ("fish_count",),
    "note": (),
}
"""What a farmer is asked for each kind: nothing that it does not need."""
NEEDED = {
    "feeding": ("feed_kg",),
    "mortality": ("fish_count",),
    "sample": ("mean_weight_g",),
    "treatment": ("substance",),
    "stocking": ("fish_count", "mean_weight_g"),
    "harvest": ("fish_count",),
    "transfer_in": ("fish_count", "mean_weight_g"),
    "transfer_out": ("fish_count",),
}
LABELS = {
    "fish_count": mark("Number of fish"),
    "mean_weight_g": mark("Mean weight (g)"),
    "feed_kg": mark("Feed (kg)"),
    "substance": mark("Substance and dose of a treatment"),
}
MOST = {"fish_count": (5_000_000.0, 10.0), "mean_weight_g": (20_000.0, 10.0), "feed_kg": (100_000.0, 5.0)}


def draw(visit: Visit, cage: reader.CageRow) -> None:
    """Draw the log; only people of the farm write into it."""
    words = visit.words
    with st.expander(words("Farm log"), expanded="log_told" in st.session_state):
        st.session_state.pop("log_told", None)
        with visit.scope() as scope:
            found = reader_cages.log_entries(scope, cage.cage_id)
        rows = [(stamp(e.at), words(KINDS.get(e.kind, e.kind)), _amount(e, words), e.note, e.entered_by) for e in found]
        heads = (words("Time"), words("Kind"), words("Amount"), words("Note"), words("By"))
        show_table(heads, rows, empty=words("Nothing is entered yet."))
        if visit.person.has("farmer"):
            _form(visit, cage)


def _amount(entry: reader_cages.LogRow, words: Words) -> str:
    parts = (
        "" if entry.fish_count is None else words("{n} fish", n=f"{entry.fish_count:,}"),
        "" if entry.mean_weight_g is None else f"{entry.mean_weight_g:g} g",
        "" if entry.feed_kg is None else f"{entry.feed_kg:g} kg",
        f"{entry.substance} {entry.dose}".strip(),
    )
    return " · ".join(part for part in parts if part)


def _form(visit: Visit, cage: reader.CageRow) -> None:
    words = visit.words
    kind = st.selectbox(words("Kind"), list(KINDS), format_func=lambda k: words(KINDS[k]), key="log_kind")
    with st.form("log", border=True, clear_on_submit=True):
        figures = {name: _field(visit, name) for name in FIELDS[kind]}
        text = st.text_input(words("Note"), max_chars=300, key="log_note")
        if not st.form_submit_button(words("Enter"), type="primary"):
            return
        missing = [name for name in NEEDED.get(kind, ()) if not figures.get(name)]
        if missing or (kind == "note" and not text.strip()):
            st.error(words("Please fill in: {fields}",
                           fields=words(", ").join(words(LABELS[n]) for n in missing) or words("Note")))  # fmt: skip
        elif _kept(visit, cage, kind, figures, text.strip()):
            st.session_state["log_told"] = True
            tell(words("Recorded."))


def _field(visit: Visit, name: str) -> float | str | None:
    """Draw one field of the form and return what stands in it, None or an empty text for nothing."""
    label = visit.words(LABELS[name])
    if name == "substance":
        return st.text_input(label, max_chars=120, key="log_substance").strip()
    most, step = MOST[name]
    return st.number_input(label, min_value=0.0, max_value=most, value=None, step=step, key=f"log_{name}",
                           format="%.0f" if name == "fish_count" else "%.1f")  # fmt: skip


def _kept(
    visit: Visit, cage: reader.CageRow, kind: str, figures: Mapping[str, float | str | None], text: str
) -> bool:  # fmt: skip
    count = figures.get("fish_count")
    values = {"fish_count": None, "mean_weight_g": None, "feed_kg": None, "substance": ""} | dict(figures)
    try:
        with visit.scope() as scope:
            scope.execute(
                "farmlog/add",
                **values | {"fish_count": int(count) if count else None},
                cage_id=cage.cage_id,
                at=visit.now,
                kind=kind,
                dose="",
                note=text,
                entered_by=visit.person.login,
                source_file="",
            )
            scope.audit("farm_log.insert", f"cage:{cage.cage_id}", {"kind": kind})
    except (psycopg.errors.CheckViolation, StoreError):
        st.error(visit.words("This was not kept. Look at the values and try again."))
        return False
    return True
