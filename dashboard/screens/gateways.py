"""The technician's screen: gateways, units, receivers, services, what was put aside, what never arrived."""

from datetime import timedelta

import streamlit as st
from markupsafe import Markup

from dashboard.look import STATES, State, badge
from dashboard.screens import orders
from dashboard.screens.tables import show_table, title
from dashboard.times import ago, stamp
from dashboard.views import devices
from dashboard.visit import Visit
from store import reader_desk


def render(visit: Visit) -> None:
    """Draw the devices and keep them fresh."""
    title(visit.words("Devices"))

    @st.fragment(run_every=max(visit.settings.refresh_s, 10), key="devices")
    def live() -> None:
        now = visit.again()
        with now.scope() as scope:
            gateways, services = reader_desk.gateways(scope), reader_desk.services(scope)
        _gateways(now, gateways)
        _services(now, services)

    live()
    _rollout(visit)
    _aside(visit)


def _rollout(visit: Visit) -> None:
    """Draw each gateway's orders and the form for a new configuration; outside the fragment, so that typing stays."""
    with visit.scope() as scope:
        gateways = reader_desk.gateways(scope)
    for gateway in gateways:
        with st.expander(f"{visit.words('Orders and configuration')} · {gateway.name_zh}", expanded=False):
            orders.draw_for_gateway(visit, gateway)


def _gateways(visit: Visit, gateways: list[reader_desk.GatewayRow]) -> None:
    words = visit.words
    cards = Markup("").join(_card(visit, devices.card(g, now=visit.now, words=words)) for g in gateways)
    st.html(
        Markup('<div class="hy-cards">{}</div>').format(cards)
        if gateways
        else Markup('<p class="hy-note">{}</p>').format(words("No gateway yet."))
    )
    for gateway in gateways:
        parts = devices.parts(gateway, now=visit.now, words=words)
        if parts:
            with st.expander(f"{gateway.name_zh} · {gateway.gateway_id}", expanded=False):
                rows = [(p.kind, p.name, badge(p.state, words, p.word), p.detail, p.age) for p in parts]
                show_table((words("Kind"), words("Name"), words("State"), words("Says"), words("Age")), rows, empty="")


def _card(visit: Visit, card: devices.GatewayCard) -> Markup:
    look = STATES[card.state]
    facts = Markup("").join(Markup("<div><dt>{}</dt><dd>{}</dd></div>").format(*fact) for fact in card.facts)
    return Markup(
        '<div class="hy-card" style="--strong:{};--wash:{};--ink:{}"><header><b>{}</b>{}</header>'
        '<dl class="hy-figs">{}</dl>'
        '<p class="hy-age"><span>{}</span></p></div>'
    ).format(look.strong, look.wash, look.ink, card.name, badge(card.state, visit.words, card.word), facts, card.note)


def _services(visit: Visit, services: list[reader_desk.ServiceRow]) -> None:
    words = visit.words
    st.subheader(words("Services on shore"), anchor=False)
    rows = []
    for s in services:
        late = (visit.now - s.beat_at).total_seconds() > max(60.0, 3 * s.period_s)
        state = State.ORANGE if late else State.GOOD if s.state == "running" else State.YELLOW
        word = words("silent") if late else words(devices.SERVICE_STATES.get(s.state, s.state))
        rows.append(
            (
                words(devices.SERVICE_WORDS.get(s.name, s.name)),
                badge(state, words, word),
                s.version,
                stamp(s.started_at),
                ago(s.beat_at, now=visit.now, words=words),
            )
        )
    show_table(
        (words("Service"), words("State"), words("Version"), words("Since"), words("Last sign")),
        rows,
        empty=words("No service has reported yet."),
    )


def _aside(visit: Visit) -> None:
    words = visit.words
    since = visit.now - timedelta(days=7)
    with visit.scope() as scope:
        aside, dead = reader_desk.quarantine(scope, since), reader_desk.dead_letters(scope, since)
    st.subheader(words("Put in quarantine, 7 days"), anchor=False)
    rows = [
        (stamp(pile.newest.received_at), pile.n, pile.newest.gateway_id, pile.newest.topic, pile.newest.reason)
        for pile in devices.piles(aside)
    ]
    show_table(
        (words("Newest"), words("Pieces"), words("Gateway"), words("Topic"), words("Reason")),
        rows,
        empty=words("Nothing was put aside."),
        numeric=(1,),
    )
    st.subheader(words("Messages that never arrived, 7 days"), anchor=False)
    letters = [(stamp(m.created_at), m.contact_name, m.text, m.last_error) for m in dead]
    show_table(
        (words("Time"), words("To"), words("Text"), words("Error")), letters, empty=words("Every message arrived.")
    )
