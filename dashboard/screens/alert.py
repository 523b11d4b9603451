"""One alert from raised to closed: what is so, what to do, who did what, who was told, the evidence."""

import uuid

import streamlit as st
from markupsafe import Markup

from dashboard.deciding import choices
from dashboard.i18n import mark
from dashboard.look import HANDLING, STATES, STEP_WORDS, severity_badge, state_of
from dashboard.screens import recognition
from dashboard.screens.alert_actions import act
from dashboard.screens.tables import show_table
from dashboard.screens.told import REFUSED, tell
from dashboard.times import ago, stamp
from dashboard.visit import Visit
from store import reader
from store.scoped import ForbiddenError

SHELVE_H = (1, 2, 4, 8, 12, 24)
MESSAGE_WORDS = {
    "queued": mark("Waiting to be sent"),
    "leased": mark("Being sent"),
    "sent": mark("Sent"),
    "delivered": mark("Delivered"),
    "failed": mark("Failed"),
    "dead": mark("Given up"),
    "expired": mark("Too late"),
    "replaced": mark("Replaced by a newer one"),
    "cancelled": mark("Cancelled"),
}


def render(visit: Visit) -> None:
    """Draw the alert that ``?id=`` names, if it is in this person's scope."""
    alert = _wanted(visit)
    if alert is None:
        st.html(Markup('<p class="hy-banner stale">{}</p>').format(visit.words("There is no such alert for you.")))
        return
    _head(visit, alert)
    left, right = st.columns([1.4, 1], gap="medium")
    with left:
        _actions(visit, alert)
        recognition.draw(visit, alert)
        _history(visit, alert)
    with right:
        _links(visit, alert)
        _phones(visit, alert)
        _messages(visit, alert)


def _wanted(visit: Visit) -> reader.AlertRow | None:
    try:
        wanted = str(uuid.UUID(st.query_params.get("id", "")))
    except ValueError:
        return None
    with visit.scope() as scope:
        return reader.alert(scope, wanted)


def _head(visit: Visit, alert: reader.AlertRow) -> None:
    words = visit.words
    look = STATES[state_of(alert.severity)]
    if alert.drill:
        st.html(Markup('<p class="hy-banner drill">{}</p>').format(words("This is a drill.")))
    title = alert.subject_name or alert.subject_id
    st.html(
        Markup(
            '<div class="hy-head"><div><h1>{title}</h1><p class="sub">{state} · {raised}</p></div></div>'
            '<div class="hy-alert" style="--strong:{strong};--ink:{ink}">{badge}<span class="what">{reason}</span>'
            '<span class="when">{condition}</span><span class="todo">{advice}</span></div>'
        ).format(
            title=title,
            state=words(HANDLING.get(alert.handling, alert.handling))
            + (f" · {alert.assignee_name}" if alert.assignee_name else ""),
            raised=words("raised {ago}", ago=ago(alert.raised_at, now=visit.now, words=words)),
            strong=look.strong,
            ink=look.ink,
            badge=severity_badge(alert.severity, words),
            reason=words.pick(alert.reason_zh, alert.reason_en),
            condition=words("still so")
            if alert.condition == "active"
            else words("over since {at}", at=stamp(alert.cleared_at)),
            advice=words.pick(alert.advice_zh, alert.advice_en),
        )
    )
    if alert.shelved_until is not None and alert.shelved_until > visit.now:
        st.html(
            Markup('<p class="hy-banner stale">{}</p>').format(
                words("Put aside until {at}: {reason}", at=stamp(alert.shelved_until), reason=alert.shelve_reason)
            )
        )


def _actions(visit: Visit, alert: reader.AlertRow) -> None:
    words = visit.words
    offered = choices(alert, visit.person)
    if not offered:
        return
    with st.container(border=True, key="alert_actions"):
        text = st.text_area(
            words("What was found and done"),
            key=f"text_{alert.alert_id}",
            height=90,
            max_chars=500,
            placeholder=words("For example: boarded at 14:20, name plate missing, owner told to come to port."),
        )
        names = {c.name for c in offered}
        with st.container(horizontal=True, vertical_alignment="bottom"):
            hours = 4
            if "shelve" in names:
                hours = st.selectbox(
                    words("Put aside for"), SHELVE_H, index=2, format_func=lambda h: words("{n} h", n=h), width=130
                )
            false_alarm = "dispose" in names and st.checkbox(words("It was a false alarm"))
        with st.container(horizontal=True):
            for n, choice in enumerate(offered):
                pressed = st.button(
                    words(choice.word),
                    key=f"do_{choice.name}",
                    type="primary" if n == 0 else "secondary",
                    shortcut=choice.key,
                )
                if pressed and choice.needs_text and not text.strip():
                    tell(words("Please write down what was found or why."), how=REFUSED)
                if pressed:
                    act(visit, alert, choice.name, text=text.strip(), until_h=hours, false_alarm=bool(false_alarm))
        st.html(
            Markup('<p class="hy-note">{}</p>').format(
                words("Every step is recorded with your name and cannot be changed afterwards.")
            )
        )


def _history(visit: Visit, alert: reader.AlertRow) -> None:
    words = visit.words
    with visit.scope() as scope:
        events = reader.alert_events(scope, alert.alert_id)
    rows = [(stamp(e.at), words(STEP_WORDS.get(e.step, e.step)), e.actor_name, e.note) for e in events]
    st.subheader(words("What happened"), anchor=False)
    show_table((words("Time"), words("Step"), words("Who"), words("Note")), rows, empty="")


def _links(visit: Visit, alert: reader.AlertRow) -> None:
    words = visit.words
    links = []
    if alert.subject_kind in {"target", "vessel"} and visit.person.has("regulator"):
        links.append((f"/target?mmsi={alert.subject_id.split('-')[0]}", words("Open target")))
    if alert.farm_id is not None and alert.subject_kind in {"cage", "sensor", "forecast"}:
        links.append((f"/cage?cage={alert.subject_id.split('.')[0]}", words("Open cage")))
    if alert.subject_kind in {"target", "vessel"} and visit.person.has("regulator"):
        links.append((f"/download/evidence/{alert.alert_id}", words("Download evidence")))
    shown = Markup(" ").join(
        Markup('<a class="hy-light" href="{}" target="_self">{}</a>').format(*link) for link in links
    )
    st.html(Markup("<p>{}</p>").format(shown))


def _phones(visit: Visit, alert: reader.AlertRow) -> None:
    words = visit.words
    if not visit.person.has("regulator") or alert.assignee != visit.person.login or alert.closed_at is not None:
        return
    if not st.button(words("Show phone numbers (recorded)"), key="phones"):
        return
    try:
        with visit.scope() as scope:
            found = reader.phones(scope, alert.alert_id)
    except ForbiddenError:
        tell(words("Your account may not do that."), how=REFUSED)
    rows = Markup("").join(Markup("<tr><td>{}</td><td>{}</td></tr>").format(p.who, p.number) for p in found)
    st.html(Markup('<table class="hy-table"><tbody>{}</tbody></table>').format(rows or Markup("<tr><td>–</td></tr>")))


def _messages(visit: Visit, alert: reader.AlertRow) -> None:
    words = visit.words
    with visit.scope() as scope:
        found = reader.alert_messages(scope, alert.alert_id)
    st.subheader(words("Who was told"), anchor=False)
    if not found:
        st.html(Markup('<p class="hy-note">{}</p>').format(words("Nobody yet.")))
        return
    said = Markup("").join(
        Markup('<div class="hy-said"><b>{}</b> <span>{} · {}</span><p>{}</p></div>').format(
            m.contact_name,
            words(MESSAGE_WORDS.get(m.state, m.state)),
            stamp(m.delivered_at or m.sent_at or m.created_at),
            m.text,
        )
        for m in found
    )
    st.html(said)
