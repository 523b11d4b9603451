"""The alert queue: filter, take the next one by keyboard, hand over at the change of shift."""

import streamlit as st
from markupsafe import Markup

from alerts.model import Actor
from dashboard.deciding import hand_over_step, take_step
from dashboard.i18n import mark
from dashboard.screens import alert_group, sound
from dashboard.screens.alert_actions import act
from dashboard.screens.alert_rows import queue_lines
from dashboard.screens.live import common
from dashboard.screens.tables import quiet, title
from dashboard.screens.told import REFUSED, tell
from dashboard.views import desk, queue
from dashboard.visit import Visit
from store import reader, reader_desk
from store.scoped import Scope

FILTERS = {
    "waiting": mark("Waiting"),
    "mine": mark("Mine"),
    "aside": mark("Put aside"),
    "closed": mark("Closed, 7 days"),
}
SHOWN = 60


def render(visit: Visit) -> None:
    """Draw the queue, or the alerts of the one kind that ``?rule=`` names."""
    rule = st.query_params.get("rule", "")
    if rule:
        alert_group.draw(visit, rule)
        return
    words = visit.words
    title(words("Alerts"))
    chosen = st.segmented_control(
        words("Which"),
        [f for f in FILTERS if f != "mine" or visit.person.has("regulator")],
        default="waiting",
        format_func=lambda f: words(FILTERS[f]),
        key="queue_filter",
        required=True,
        label_visibility="collapsed",
        bind="query-params",
    )
    if visit.person.has("regulator"):
        _next(visit)
    sound.switch(visit)
    _list(visit, chosen or "waiting")
    if visit.person.has("regulator") and chosen == "mine":
        _hand_over(visit)


def _next(visit: Visit) -> None:
    """Offer the worst untaken alert to whoever presses N."""
    words = visit.words
    if st.button(words("Take the next alert"), key="next", type="primary", shortcut="n"):
        with visit.scope() as scope:
            waiting = desk.queue(reader.alerts(scope), now=visit.now)
        free = next((a for a in waiting if a.assignee is None), None)
        if free is None:
            tell(words("Nothing is waiting."))
        st.session_state["taken"] = free.alert_id
        act(visit, free, "take")
    taken = st.session_state.get("taken")
    if taken:
        st.html(
            Markup('<p><a class="hy-light" href="/alert?id={}" target="_self">{}</a></p>').format(
                taken, words("Open the alert just taken")
            )
        )


def _list(visit: Visit, chosen: str) -> None:
    @st.fragment(run_every=visit.settings.refresh_s, key="queue_list")
    def live() -> None:
        now = visit.again()
        whose = now.person.login if chosen == "mine" else ""
        shown, script = common(now, ("queue", chosen, whose), lambda scope: _drawn(now, scope, chosen))
        st.html(shown)
        sound.play(script)

    live()


def _drawn(visit: Visit, scope: Scope, chosen: str) -> tuple[Markup, str]:
    """Return one tab of the queue, and the script that sounds for what is new in it."""
    words = visit.words
    found = reader.alerts(scope, still_open=chosen != "closed")
    rows = desk.filtered(found, chosen, login=visit.person.login, now=visit.now)
    lines = queue.grouped(rows) if chosen == "waiting" else list(rows)
    drawn = queue_lines(lines[:SHOWN], now=visit.now, words=words) if lines else quiet(words("No alert here."))
    if len(lines) > SHOWN:
        drawn += quiet(words("and {n} more", n=len(lines) - SHOWN))
    return drawn, sound.tell(found, words)


def _hand_over(visit: Visit) -> None:
    """Give all own alerts to a colleague at the change of shift."""
    words = visit.words
    with visit.scope() as scope:
        others = reader_desk.colleagues(scope)
        mine = [a for a in reader.alerts(scope) if a.assignee == visit.person.login and a.handling == "in_disposal"]
    if not others or not mine:
        return
    with st.form("hand_over", border=True):
        st.subheader(words("Change of shift"), anchor=False)
        to = st.selectbox(words("Hand my {n} alerts to", n=len(mine)), others, format_func=lambda c: c.name_zh)
        if st.form_submit_button(words("Hand over")):
            step = hand_over_step(visit.person, Actor(id=to.login, name=to.name_zh, role="regulator"))
            problems = [take_step(visit.shared, visit.token, a.alert_id, a.version, step, words) for a in mine]
            bad = [p for p in problems if p]
            if bad:
                tell(bad[0], how=REFUSED)
            tell(words("Recorded."))
