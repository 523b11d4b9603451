"""One cage: how it is now, the next 48 hours, its sensors and how far to trust them, its past."""

from datetime import timedelta

import streamlit as st
from markupsafe import Markup

from cages.limits import CageLimits
from dashboard import charts
from dashboard.look import STATES, badge, state_of
from dashboard.screens import cage_care, cage_log, cage_past, cage_services, orders
from dashboard.screens.alert_actions import acknowledge_button
from dashboard.screens.cage_list import head
from dashboard.screens.tables import note, show_table
from dashboard.views import cage_page
from dashboard.views.cage_cards import cards
from dashboard.views.cage_care import why
from dashboard.views.limit_page import own_limits
from dashboard.views.limits import limits_of, rules_at
from dashboard.views.sun import nights
from dashboard.visit import Visit
from store import reader, reader_cages, reader_limits

PAST_H = 24
REACH_H = 120
"""As far as a gridded forecast reaches; what rests on the buoy alone ends earlier by itself. [h]"""


def render(visit: Visit) -> None:
    """Draw the cage that ``?cage=`` names, if it is in this person's scope."""
    wanted = st.query_params.get("cage", "")
    with visit.scope() as scope:
        cages, changed = reader.cages(scope), reader_limits.changed(scope)
    cage = next((c for c in cages if c.cage_id == wanted), None)
    if cage is None:
        st.html(Markup('<p class="hy-banner stale">{}</p>').format(visit.words("There is no such cage for you.")))
        _choose(visit, cages)
        return
    limits = rules_at(changed, cage.farm_id, cage.cage_id)
    _now(visit, cage)
    orders.draw_for_cage(visit, cage)
    _ahead(visit, cage, limits)
    if own := own_limits(changed, cage.farm_id, cage.cage_id, visit.words):
        note(own)
    cage_past.draw(visit, cage, [c for c in cages if c.farm_id == cage.farm_id], limits)
    cage_care.draw(visit, cage)
    cage_log.draw(visit, cage)
    cage_services.draw(visit, cage)


def _choose(visit: Visit, cages: list[reader.CageRow]) -> None:
    links = Markup(" ").join(
        Markup('<a class="hy-light" href="/cage?cage={}" target="_self">{}</a>').format(
            c.cage_id, visit.words.pick(c.name_zh, c.name_en)
        )
        for c in cages[:60]
    )
    st.html(Markup("<p>{}</p>").format(links))


def _now(visit: Visit, cage: reader.CageRow) -> None:
    @st.fragment(run_every=visit.settings.refresh_s, key="cage_now")
    def live() -> None:
        now = visit.again()
        with now.scope() as scope:
            latest = reader.latest(scope, cage.cage_id)
            alerts = [a for a in reader.alerts(scope) if a.subject_id.split(".", 1)[0] == cage.cage_id]
        card = cards([cage], latest, alerts, now=now.now, words=now.words)[0]
        st.html(head(card.name, card.age))
        look = STATES[card.state]
        st.html(
            Markup('<p class="hy-do" style="--wash:{};--ink:{};margin:0">{} {}</p>').format(
                look.wash, look.ink, badge(card.state, now.words), card.advice
            )
        )
        for alert in alerts:
            _alert(now, alert)
        _sensors(now, latest)

    live()


def _alert(visit: Visit, alert: reader.AlertRow) -> None:
    look = STATES[state_of(alert.severity)]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.html(
            Markup(
                '<a class="hy-alert" href="/alert?id={}" target="_self" style="--strong:{};--ink:{}">{}'
                '<span class="what">{}</span></a>'
            ).format(
                alert.alert_id,
                look.strong,
                look.ink,
                badge(state_of(alert.severity), visit.words),
                visit.words.pick(alert.reason_zh, alert.reason_en),
            ),
        )
        acknowledge_button(visit, alert)
    if said := why(alert, now=visit.now, words=visit.words):
        note(said)


def _sensors(visit: Visit, latest: list[reader.LatestRow]) -> None:
    words = visit.words
    lines = cage_page.sensors(latest, now=visit.now, words=words)
    rows = [(line.label, line.value, badge(line.state, words, line.word), line.age) for line in lines]
    with st.expander(words("Sensors and how far to trust them"), expanded=False):
        heads = (words("Sensor"), words("Value"), words("Trust"), words("Age"))
        show_table(heads, rows, empty=words("No sensor has reported yet."), numeric=(1,))


def _ahead(visit: Visit, cage: reader.CageRow, limits: CageLimits) -> None:
    with visit.scope() as scope:
        latest = reader.latest(scope, cage.cage_id)
        fans = reader_cages.fans(scope, now=visit.now, place_id=cage.cage_id, hours=REACH_H)
        risks = reader_cages.risks(scope, now=visit.now, place_id=cage.cage_id)
        for quantity in cage_page.CHARTED:
            point = cage_page.lowest_point(latest, quantity)
            if point is None:
                continue
            numbers = [r.series_id for r in latest if r.quantity == quantity and r.point == point]
            since = visit.now - timedelta(hours=PAST_H)
            past = reader.buckets(scope, numbers, since, visit.now, points=PAST_H * 12)
            fan = [f for f in fans if f.quantity == quantity and f.point == point]
            _fan(visit, cage, quantity, point, past, fan, [r for r in risks if r.point == point], limits)


def _fan(
    visit: Visit,
    cage: reader.CageRow,
    quantity: str,
    point: str,
    past: list[reader.Bucket],
    fan: list[reader_cages.FanRow],
    risks: list[reader_cages.RiskRow],
    limits: CageLimits,
) -> None:
    words = visit.words
    title = f"{cage_page.quantity_word(quantity, words)} · {cage_page.point_word(point, words)}"
    st.subheader(title, anchor=False)
    text = cage_page.outlook(fan, risks, now=visit.now, words=words)
    st.html(Markup('<p class="hy-note" style="font-size:1rem;color:#10243a">{}</p>').format(text))
    until = fan[-1].valid_at if fan else visit.now
    since = visit.now - timedelta(hours=PAST_H)
    lat, lon = cage.lat_deg or visit.settings.map_lat_deg, cage.lon_deg or visit.settings.map_lon_deg
    option = charts.fan(
        past,
        fan,
        quantity=quantity,
        now=visit.now,
        stride_s=reader.stride_s(since, visit.now, PAST_H * 12),
        limits=limits_of(quantity, limits),
        nights=nights(since, until, lat, lon),
        words=words,
    )
    st.echarts_chart(option, height=300, key=f"fan_{quantity}", alt=f"{title}. {text}")
    _chances(visit, risks, quantity)


def _chances(visit: Visit, risks: list[reader_cages.RiskRow], quantity: str) -> None:
    """Show the chance of every limit, when it would begin and how long it would last."""
    words = visit.words
    own = [r for r in risks if r.quantity == quantity]
    if not own:
        return
    with st.expander(words("Chances of each limit"), expanded=False):
        heads, rows = cage_page.chance_table(own, now=visit.now, words=words)
        show_table(heads, rows, empty="", numeric=range(2, len(heads) - 3))
        note(words("Each chance is for at least once in the whole window, from the same joint futures as the chart."))
