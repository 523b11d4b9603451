"""The audit trail: who wrote or unmasked what; and whether the chain is whole."""

import json
from datetime import timedelta

import streamlit as st
from markupsafe import Markup

from dashboard.i18n import Words, mark
from dashboard.look import State, badge
from dashboard.screens.tables import show_table, title
from dashboard.times import stamp
from dashboard.visit import Visit
from store.access import AuditRow

DAYS = (1, 7, 30, 365)
ACTIONS = {
    "signin.web": mark("Signed in"),
    "signin.api": mark("API token made"),
    "signin.failed": mark("Sign-in failed"),
    "signout": mark("Signed out"),
    "password.change": mark("Password changed"),
    "second.on": mark("One-time codes switched on"),
    "second.off": mark("One-time codes switched off"),
    "phone.shown": mark("Phone number shown"),
    "campaign.call": mark("Call recorded"),
    "distress.radar": mark("Radar distress reported"),
}
VERBS = {"insert": mark("entered"), "update": mark("changed"), "delete": mark("deleted")}
TABLES = {
    "person": mark("Person"),
    "person_role": mark("Role"),
    "person_scope": mark("Scope"),
    "contact": mark("Contact"),
    "contact_scope": mark("Contact's scope"),
    "duty_shift": mark("Rota"),
    "zone": mark("Zone"),
    "season_rule": mark("Closed season"),
    "watch_list": mark("Inspection list"),
    "temporary_group": mark("Temporary formation"),
    "contact_check": mark("Contact check"),
    "trip_report": mark("Trip report"),
    "calibration": mark("Calibration"),
    "farm_log": mark("Farm log"),
    "rule_limit": mark("Limit"),
    "gateway_order": mark("Order to a gateway"),
}


def action_word(action: str, words: Words) -> str:
    """Return an action of the trail as people say it; one that has no word stays as it is."""
    if action in ACTIONS:
        return words(ACTIONS[action])
    table, _, verb = action.rpartition(".")
    if table in TABLES and verb in VERBS:
        return f"{words(TABLES[table])} · {words(VERBS[verb])}"
    return action


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
    lines = [
        (
            stamp(r.at),
            r.login,
            action_word(r.action, words),
            r.object,
            json.dumps(r.detail, ensure_ascii=False)[:300] if r.detail else "",
        )
        for r in rows
    ]
    show_table(
        (words("Time"), words("Who"), words("Action"), words("Object"), words("Old and new")),
        lines,
        empty=words("Nothing in that time."),
    )
