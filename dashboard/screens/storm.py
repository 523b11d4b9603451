"""Storm: how long is left, my boats, what to secure, who has confirmed; for the desk also who has not answered."""

from datetime import datetime

import streamlit as st
from markupsafe import Markup

from dashboard.i18n import mark
from dashboard.look import HANDLING, STATES, State, badge, severity_badge, state_of
from dashboard.screens import calling
from dashboard.screens.alert_actions import acknowledge_button, act
from dashboard.screens.tables import link, note, show_table, title
from dashboard.screens.told import tell
from dashboard.times import ago, clock, countdown, stamp
from dashboard.views import storm as storm_view
from dashboard.views import typhoon as typhoon_view
from dashboard.visit import Visit
from store import reader, reader_desk

RESULTS = {"reached": mark("reached"), "no_answer": mark("no answer"), "wrong_number": mark("wrong number")}


def render(visit: Visit) -> None:
    """Draw the storm page; calm says so."""
    words = visit.words
    with visit.scope() as scope:
        alerts = [a for a in reader.alerts(scope) if storm_view.is_storm(a)]
        storms = reader_desk.storms(scope, visit.now)
        boats = reader_desk.own_boats(scope) if visit.person.has("farmer") else []
        campaigns = reader_desk.campaigns(scope)
    title(words("Storm"))
    if not alerts and not storms:
        st.html(
            Markup('<p class="hy-do" style="--wash:{};--ink:{}">{} {}</p>').format(
                STATES[State.GOOD].wash,
                STATES[State.GOOD].ink,
                badge(State.GOOD, words),
                words("No storm warning now."),
            )
        )
    if visit.person.has("regulator"):
        _campaigns(visit, campaigns)
        calling.draw(visit)
        _warned(visit, alerts)
    else:
        for alert in alerts:
            _warning(visit, alert)
    for storm in storms:
        note(
            words(
                "{name}, track of {at} from {source}",
                name=words.pick(storm.name_zh, storm.name_en),
                at=stamp(storm.issued_at),
                source=storm.source,
            )
        )
    _arrivals(visit, alerts)
    if visit.person.has("farmer"):
        _boats(visit, boats)
        _secure(visit, bool(alerts))


def _warned(visit: Visit, alerts: list[reader.AlertRow]) -> None:
    """Show the desk everyone who is warned in one table, who has least time first."""
    words = visit.words
    st.subheader(words("Warned: {n}", n=len(alerts)), anchor=False)
    rows = [
        (
            severity_badge(a.severity, words),
            link(f"/alert?id={a.alert_id}", a.subject_name or a.subject_id),
            clock(storm_view.onset(a), now=visit.now),
            words(HANDLING.get(a.handling, a.handling)),
            words.pick(a.reason_zh, a.reason_en),
            words.pick(a.advice_zh, a.advice_en),
        )
        for a in sorted(alerts, key=lambda a: (-a.severity, storm_view.onset(a) or visit.now))
    ]
    heads = (words("Severity"), words("Whom"), words("Time limit"), words("State"), words("Why"), words("What to do"))
    show_table(heads, rows, empty=words("Nobody is warned now."))


def _arrivals(visit: Visit, alerts: list[reader.AlertRow]) -> None:
    """Show when a typhoon's winds come and go at each cage, where any is told."""
    rows = typhoon_view.arrivals(alerts, now=visit.now, words=visit.words)
    if rows:
        st.subheader(visit.words("Typhoon at the cages"), anchor=False)
        show_table(typhoon_view.heads(visit.words), rows, empty="")


def _warning(visit: Visit, alert: reader.AlertRow) -> None:
    words = visit.words
    look = STATES[state_of(alert.severity)]
    left = storm_view.onset(alert)
    st.html(
        Markup(
            '<div class="hy-card" style="--strong:{};--wash:{};--ink:{}"><header><b>{}</b>{}</header>{}'
            '<p class="hy-do">{}</p></div>'
        ).format(
            look.strong,
            look.wash,
            look.ink,
            f"{alert.subject_name or alert.subject_id} · {words.pick(alert.reason_zh, alert.reason_en)}",
            severity_badge(alert.severity, words),
            _left(left, visit, return_by=storm_view.has_return_time(alert)),
            words.pick(alert.advice_zh, alert.advice_en),
        )
    )
    acknowledge_button(visit, alert, key="storm")
    if alert.handling not in {"raised", "notified"} and st.button(
        words("Note “all secured”"), key=f"secured_{alert.alert_id}"
    ):
        act(visit, alert, "note", text=words("All secured."))


def _left(onset: datetime | None, visit: Visit, *, return_by: bool) -> Markup:
    if onset is None:
        return Markup("")
    at = clock(onset, now=visit.now)
    text = (
        visit.words("hours left to turn back, at the latest {at}", at=at)
        if return_by
        else visit.words("hours left, until {at}", at=at)
    )
    return Markup('<p style="margin:0"><span class="hy-count">{}</span> <span>{}</span></p>').format(
        countdown(onset, now=visit.now), text
    )


def _boats(visit: Visit, boats: list[reader_desk.BoatRow]) -> None:
    words = visit.words
    st.subheader(words("My boats"), anchor=False)
    with visit.scope() as scope:
        heard = {t.mmsi: t for t in reader.targets(scope, now=visit.now, age_s=7 * 86_400)}
    rows = []
    known = {boat.mmsi for boat in boats}
    for boat in boats:
        seen = heard.get(boat.mmsi or 0)
        rows.append(
            (
                boat.name_zh,
                ago(seen.observed_at, now=visit.now, words=words) if seen else words("not heard"),
                "–" if seen is None or seen.sog_kn is None else words("{kn} kn", kn=f"{seen.sog_kn:.1f}"),
                boat.wind_class_bft,
            )
        )
    for mmsi, seen in heard.items():
        if mmsi not in known:
            speed = "–" if seen.sog_kn is None else words("{kn} kn", kn=f"{seen.sog_kn:.1f}")
            rows.append((seen.name or str(mmsi), ago(seen.observed_at, now=visit.now, words=words), speed, None))
    show_table(
        (words("Boat"), words("Last heard"), words("Speed"), words("Wind class")),
        rows,
        empty=words("No boat is entered for you."),
    )


def _secure(visit: Visit, warned: bool) -> None:
    words = visit.words
    with st.expander(words("What to secure"), expanded=warned):
        for n, item in enumerate(storm_view.CHECKLIST):
            st.checkbox(words(item), key=f"secure_{n}")


def _campaigns(visit: Visit, campaigns: list[reader_desk.CampaignRow]) -> None:
    words = visit.words
    st.subheader(words("Storm campaigns"), anchor=False)
    if not campaigns:
        note(words("No campaign has been started."))
        return
    for campaign in campaigns:
        left = campaign.total - campaign.answered - campaign.called
        tiles = Markup("").join(
            Markup('<div class="hy-kpi{}"><dt>{}</dt><dd>{}</dd></div>').format(" hot" if hot else "", label, value)
            for label, value, hot in (
                (words("To tell"), campaign.total, False),
                (words("Told"), campaign.told, False),
                (words("Answered"), campaign.answered, False),
                (words("Called"), campaign.called, False),
                (words("Left"), left, left > 0),
            )
        )
        st.html(
            Markup('<p style="margin:.3rem 0">{} <b>{}</b> · {}</p><dl class="hy-kpis">{}</dl>').format(
                severity_badge(campaign.severity, words),
                words.pick(campaign.name_zh, campaign.name_en),
                stamp(campaign.started_at),
                tiles,
            )
        )
        if campaign.ended_at is None and left:
            _call_list(visit, campaign)


def _call_list(visit: Visit, campaign: reader_desk.CampaignRow) -> None:
    """Let the officer record the calls (叫应) to those who have not answered."""
    words = visit.words
    with visit.scope() as scope:
        left = reader_desk.unanswered(scope, campaign.campaign_id)
    with st.form(f"call_{campaign.campaign_id}", border=True):
        who = st.selectbox(words("Not answered yet"), left, format_func=lambda r: r.name_zh)
        result = st.segmented_control(
            words("Call"), list(RESULTS), format_func=lambda r: words(RESULTS[r]), default="reached", required=True
        )
        if st.form_submit_button(words("Record the call")) and who is not None:
            with visit.scope() as scope:
                scope.execute(
                    "reader/called",
                    campaign_id=campaign.campaign_id,
                    recipient_id=who.recipient_id,
                    result=result,
                    login=visit.person.login,
                )
                scope.audit(
                    "campaign.call",
                    f"campaign:{campaign.campaign_id}",
                    {"recipient": who.recipient_id, "result": result},
                )
            tell(words("Recorded."))
