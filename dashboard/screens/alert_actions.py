"""Buttons that move an alert on."""

import streamlit as st

from dashboard.deciding import choices, step_of, take_step
from dashboard.screens.told import REFUSED, tell
from dashboard.visit import Visit
from store import reader


def acknowledge_button(visit: Visit, alert: reader.AlertRow, *, key: str = "") -> None:
    """Draw "I have seen it" where it still fits."""
    if "acknowledge" not in [c.name for c in choices(alert, visit.person)]:
        return
    if st.button(visit.words("Acknowledge"), key=f"ack_{key}{alert.alert_id}", type="primary"):
        act(visit, alert, "acknowledge")


def act(
    visit: Visit,
    alert: reader.AlertRow,
    name: str,
    *,
    text: str = "",
    until_h: int = 4,
    false_alarm: bool = False,
    result: str = "",
) -> None:
    """Take a step and say how it went; the page is drawn anew when it was kept."""
    step = step_of(name, visit.person, text=text, until_h=until_h, false_alarm=false_alarm, result=result)
    problem = take_step(visit.shared, visit.token, alert.alert_id, alert.version, step, visit.words)
    if problem:
        tell(problem, how=REFUSED)
    tell(visit.words("Recorded."))
