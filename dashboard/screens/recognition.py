"""Recognition (认定) of a suspected boat on the alert's page: proposed by who boarded, decided by a second officer."""

from datetime import datetime

import streamlit as st
from markupsafe import Markup

from alerts.handling import RESULTS
from dashboard.deciding import recognition_choices
from dashboard.i18n import mark
from dashboard.look import State, badge
from dashboard.screens.alert_actions import act
from dashboard.screens.told import REFUSED, tell
from dashboard.times import stamp
from dashboard.visit import Visit
from store import reader

STATE_WORDS = {
    "proposed": (State.YELLOW, mark("waits for a second officer")),
    "confirmed": (State.GOOD, mark("confirmed")),
    "rejected": (State.UNKNOWN, mark("sent back")),
}
RESULT_WORDS = {
    "三无": mark("No name, papers or home port"),
    "非三无": mark("Not unregistered"),
    "套牌": mark("Borrowed identity"),
    "误报": mark("False alarm"),
}


def draw(visit: Visit, alert: reader.AlertRow) -> None:
    """Draw what was proposed and decided, and the form of the step that this officer may take."""
    offered = recognition_choices(alert, visit.person)
    if alert.recognition is None and not offered:
        return
    words = visit.words
    with st.container(border=True, key="recognition"):
        st.subheader(words("Recognition"), anchor=False)
        if alert.recognition is not None:
            _standing(visit, alert.recognition)
        if not offered:
            return
        result = "" if offered[0].name != "propose" else _result(visit)
        basis = st.text_input(words("Basis: what was seen aboard"), key=f"basis_{alert.alert_id}", max_chars=300)
        with st.container(horizontal=True):
            for choice in offered:
                if not st.button(words(choice.word), key=f"do_{choice.name}"):
                    continue
                if choice.needs_text and not basis.strip():
                    tell(words("Please write down what was found or why."), how=REFUSED)
                act(visit, alert, choice.name, text=basis.strip(), result=result)


def _result(visit: Visit) -> str:
    words = visit.words
    picked = st.segmented_control(
        words("Result"),
        RESULTS,
        default=RESULTS[0],
        format_func=lambda r: words(RESULT_WORDS[r]),
        required=True,
        key="recognition_result",
    )
    return picked or RESULTS[0]


def _standing(visit: Visit, told: dict[str, str | None]) -> None:
    words = visit.words
    state, word = STATE_WORDS.get(told.get("state") or "", (State.UNKNOWN, mark("No data")))
    result = told.get("result") or ""
    st.html(
        Markup('<p style="margin:0">{} <b>{}</b></p><p class="hy-note">{}</p>').format(
            badge(state, words, words(word)),
            words(RESULT_WORDS.get(result, result)),
            words(
                "{who}, {at}: {basis}",
                who=told.get("proposed_by") or "",
                at=stamp(datetime.fromisoformat(str(told["proposed_at"]))),
                basis=told.get("basis") or "",
            ),
        )
    )
