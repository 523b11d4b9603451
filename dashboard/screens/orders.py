"""Orders to gateways: a cage's switches for who runs the farm, a gateway's configuration for the technician."""

import streamlit as st
from markupsafe import Markup

from core.downlink import config_problems
from dashboard.look import badge
from dashboard.screens.tables import note, show_table
from dashboard.screens.told import tell
from dashboard.times import ago, stamp
from dashboard.views.switches import Switch, reason, switches, value_word, verdict, what
from dashboard.visit import Visit
from store import orders, reader, reader_desk

REFRESH_S = 2
LINES, ROWS = 3, 8


def draw_for_cage(visit: Visit, cage: reader.CageRow) -> None:
    """Draw the switches of a cage, if its gateway offers any, and how the last orders went."""
    if not (visit.person.has("farmer") or visit.person.has("technician")):
        return
    with visit.scope() as scope:
        gateways = reader_desk.gateways(scope)
    if not switches(gateways, cage.cage_id, {}, words=visit.words):
        return
    st.subheader(visit.words("Switches"), anchor=False)

    @st.fragment(run_every=REFRESH_S, key="switches")
    def live() -> None:
        now = visit.again()
        with now.scope() as scope:
            latest = reader.latest(scope, cage.cage_id)
            found = reader_desk.gateways(scope)
        states = {r.quantity: r.value for r in latest if r.value is not None}
        offered = switches(found, cage.cage_id, states, words=now.words)
        for switch in offered:
            _switch(now, switch)
        names = frozenset(s.name for s in offered)
        _lines(now, [row for row in _orders(now, sorted({s.gateway_id for s in offered})) if row.name in names])

    live()


def _switch(visit: Visit, switch: Switch) -> None:
    words = visit.words
    state = words("unknown") if switch.on is None else value_word(int(switch.on), words)
    asked = f"ask_{switch.name}"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.html(Markup('<p style="margin:0;min-width:9rem"><b>{}</b> · {}</p>').format(switch.label, state))
        for value in switch.values:
            word = value_word(value, words)
            if st.button(word, key=f"{switch.name}_{value}", disabled=not switch.reachable):
                st.session_state[asked] = value
    if not switch.reachable:
        note(words("The gateway is offline: switch on site."))
    elif asked in st.session_state:
        _ask(visit, switch, st.session_state[asked], asked)


def _ask(visit: Visit, switch: Switch, value: int, asked: str) -> None:
    """Ask back before anything turns in the water."""
    words = visit.words
    with st.container(border=True):
        st.write(words("{what}: {value}? It is done within seconds, or not at all.", what=switch.label,
                       value=value_word(value, words)))  # fmt: skip
        with st.container(horizontal=True):
            sure = st.button(words("Yes, do it"), key=f"{switch.name}_sure", type="primary")
            if st.button(words("No"), key=f"{switch.name}_no") or sure:
                del st.session_state[asked]
                if sure:
                    _order(visit, switch, value)
                st.rerun(scope="fragment")


def _order(visit: Visit, switch: Switch, value: int) -> None:
    with visit.scope() as scope:
        scope.execute(
            "orders/add_command",
            gateway_id=switch.gateway_id,
            name=switch.name,
            value=value,
            by=visit.person.login,
            valid_s=switch.valid_s,
            order_id=None,
        )
    tell(visit.words("Ordered. The answer appears below."))


def draw_for_gateway(visit: Visit, gateway: reader_desk.GatewayRow) -> None:
    """Draw a gateway's orders and the form for a new configuration."""
    words = visit.words
    _table(visit, _orders(visit, [gateway.gateway_id]))
    if not visit.person.has("technician"):
        return
    with st.form(f"config_{gateway.gateway_id}", border=True):
        text = st.text_area(
            words("New configuration (TOML): buses, units, inputs"), _in_force(visit, gateway.gateway_id), height=220
        )
        note(
            words("The gateway tries it for a minute and goes back to the one before by itself when it is not healthy.")
        )
        if not st.form_submit_button(words("Roll out")):
            return
    if problems := config_problems(text):
        st.error(words("Not sent: {why}", why=" ".join(problems)))
        return
    with visit.scope() as scope:
        scope.execute("orders/add_config", gateway_id=gateway.gateway_id, body=text, by=visit.person.login)
    tell(words("Ordered. The answer appears below."))


def _in_force(visit: Visit, gateway_id: str) -> str:
    """Return the newest configuration that proved itself, to start from."""
    with visit.scope() as scope:
        rows = scope.rows(orders.OrderRow, "orders/newest", gateway_id=gateway_id, limit=100)
    return next((row.body for row in rows if row.state == "good" and row.body), "")


def _orders(visit: Visit, gateway_ids: list[str]) -> list[orders.OrderRow]:
    """Return the newest orders of some gateways, the newest first."""
    with visit.scope() as scope:
        rows = [
            row
            for gateway_id in gateway_ids
            for row in scope.rows(orders.OrderRow, "orders/newest", gateway_id=gateway_id, limit=50)
        ]
    return sorted(rows, key=lambda row: row.ordered_at, reverse=True)


def _lines(visit: Visit, rows: list[orders.OrderRow]) -> None:
    """Draw orders as lines that fit a phone: what, how it went, when, by whom."""
    words = visit.words
    for row in rows[:LINES]:
        state, word = verdict(row, now=visit.now, words=words)
        st.html(
            Markup('<p style="margin:0">{} {} <span class="hy-note">{} · {} {}</span></p>').format(
                badge(state, words, word),
                what(row, words, place=False),
                ago(row.ordered_at, now=visit.now, words=words),
                row.ordered_by,
                reason(row),
            )
        )


def _table(visit: Visit, rows: list[orders.OrderRow]) -> None:
    words = visit.words
    shown = []
    for row in rows[:ROWS]:
        state, word = verdict(row, now=visit.now, words=words)
        shown.append((stamp(row.ordered_at), what(row, words), badge(state, words, word), row.ordered_by, reason(row)))
    if shown:
        heads = (words("Time"), words("Order"), words("State"), words("By"), words("Reason"))
        show_table(heads, shown, empty="")
