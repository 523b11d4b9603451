"""Alerts of one kind that came together: read as a list, seen or taken with one press."""

from collections.abc import Callable, Sequence

import streamlit as st
from markupsafe import Markup

from alerts.model import Alert, Outcome
from dashboard.deciding import policies, step_of, take_step
from dashboard.screens.alert_rows import queue_lines
from dashboard.screens.live import common
from dashboard.screens.tables import quiet, title
from dashboard.screens.told import REFUSED, tell
from dashboard.views import desk, queue
from dashboard.visit import Visit
from store import reader
from store.reader import AlertRow
from store.scoped import Scope


def draw(visit: Visit, rule: str) -> None:
    """Draw the waiting alerts of a rule, worst and longest waiting first."""
    words = visit.words
    title(queue.kind_word(rule, policies(), words))
    st.html(Markup('<p><a class="hy-light" href="/alerts" target="_self">{}</a></p>').format(words("All alerts")))
    with visit.scope() as scope:
        waiting = _waiting(visit, scope, rule)
    _buttons(visit, waiting)

    @st.fragment(run_every=visit.settings.refresh_s, key="group_list")
    def live() -> None:
        now = visit.again()
        st.html(common(now, ("group", rule), lambda scope: _drawn(now, scope, rule)))

    live()


def _waiting(visit: Visit, scope: Scope, rule: str) -> list[AlertRow]:
    return [a for a in desk.queue(reader.alerts(scope), now=visit.now) if a.rule == rule]


def _drawn(visit: Visit, scope: Scope, rule: str) -> Markup:
    rows = _waiting(visit, scope, rule)
    return queue_lines(rows, now=visit.now, words=visit.words) if rows else quiet(visit.words("No alert here."))


def _buttons(visit: Visit, waiting: Sequence[AlertRow]) -> None:
    """Offer one step for all of the kind that may be handled together; a red alert is always handled by itself."""
    words = visit.words
    unseen = [a for a in waiting if queue.may_group(a) and a.handling in {"raised", "notified"}]
    free = [a for a in waiting if queue.may_group(a)]
    with st.container(horizontal=True):
        if unseen and st.button(words("Acknowledge all {n}", n=len(unseen)), type="primary", shortcut="a"):
            _step_all(visit, unseen, "acknowledge")
        if free and visit.person.has("regulator") and st.button(words("Take over all {n}", n=len(free)), shortcut="t"):
            _step_all(visit, free, "take")


def _step_all(visit: Visit, alerts: Sequence[AlertRow], name: str) -> None:
    """Take the step on each alert by itself, so that each history names who did it; say how many were refused."""
    step: Callable[[Alert], Outcome] = step_of(name, visit.person)
    problems = [take_step(visit.shared, visit.token, a.alert_id, a.version, step, visit.words) for a in alerts]
    bad = [problem for problem in problems if problem]
    if bad:
        tell(visit.words("{n} were refused: {why}", n=len(bad), why=bad[0]), how=REFUSED)
    tell(visit.words("Recorded."))
