"""Services of a cage's probes: what was done, and the technician's form."""

import psycopg
import streamlit as st

from core.errors import StoreError
from dashboard.i18n import mark
from dashboard.screens.tables import show_table
from dashboard.screens.told import tell
from dashboard.times import stamp
from dashboard.views.cage_page import point_word, quantity_word
from dashboard.visit import Visit
from store import reader, reader_cages

KINDS = {"cleaned": mark("Cleaned"), "calibrated": mark("Calibrated"), "replaced": mark("Replaced")}


def draw(visit: Visit, cage: reader.CageRow) -> None:
    """Draw the services; only a technician enters one."""
    words = visit.words
    with st.expander(words("Probe services and calibration"), expanded=False):
        with visit.scope() as scope:
            found = reader_cages.services_of(scope, cage.cage_id)
            latest = reader.latest(scope, cage.cage_id)
        rows = [
            (
                stamp(s.at),
                f"{quantity_word(s.quantity, words)} · {point_word(s.point, words)}",
                words(KINDS[s.kind]),
                f"{s.gain:g} · x + {s.offset_value:g}" if s.kind == "calibrated" else "",
                s.by_person,
                s.note,
            )
            for s in found
        ]
        heads = (words("Time"), words("Sensor"), words("Kind"), words("Correction"), words("By"), words("Note"))
        show_table(heads, rows, empty=words("Nothing is entered yet."))
        if visit.person.has("technician") and latest:
            _form(visit, cage, latest)


def _form(visit: Visit, cage: reader.CageRow, latest: list[reader.LatestRow]) -> None:
    words = visit.words
    with st.form("service", border=True, clear_on_submit=True):
        probe = st.selectbox(
            words("Sensor"),
            latest,
            format_func=lambda r: f"{quantity_word(r.quantity, words)} · {point_word(r.point, words)}",
        )
        kind = st.segmented_control(
            words("What was done"), list(KINDS), default="cleaned", required=True, format_func=lambda k: words(KINDS[k])
        )
        st.caption(words("For a calibration: what the probe and the reference said side by side."))
        left, right = st.columns(2)
        reading = left.number_input(words("Probe said"), value=None, step=0.01)
        reference = right.number_input(words("Reference said"), value=None, step=0.01)
        text = st.text_input(words("Note"), max_chars=300, key="service_note")
        if not st.form_submit_button(words("Enter")) or probe is None:
            return
        if kind == "calibrated" and (reading is None or reference is None):
            st.error(words("A calibration needs both values."))
            return
        offset = reference - reading if kind == "calibrated" and reading is not None and reference is not None else 0.0
        try:
            with visit.scope() as scope:
                scope.execute(
                    "farmlog/add_calibration",
                    cage_id=cage.cage_id,
                    point=probe.point,
                    quantity=probe.quantity,
                    at=visit.now,
                    kind=kind,
                    reference_value=reference,
                    reading_value=reading,
                    gain=1.0,
                    offset_value=offset,
                    by_person=visit.person.login,
                    note=text.strip(),
                )
                scope.audit("calibration.insert", f"cage:{cage.cage_id}", {"kind": kind, "probe": probe.quantity})
        except (psycopg.errors.IntegrityError, StoreError):
            st.error(words("This was not kept. Look at the values and try again."))
            return
        tell(words("Recorded."))
