"""The regulator's first screen: the map of live targets and the alert queue beside it."""

import time
from typing import Any

import streamlit as st
from markupsafe import Markup

from dashboard.i18n import mark
from dashboard.look import CLASS_ORDER, CLASSES, badge, class_mark
from dashboard.screens import map_view, sound
from dashboard.screens.alert_rows import queue_lines
from dashboard.screens.live import common
from dashboard.screens.tables import quiet, table
from dashboard.views import deck, desk, devices, hearing, queue, sea, search, storm, typhoon
from dashboard.views.placenames import place_labels
from dashboard.visit import Visit
from dashboard.web.live import TARGET_AGE_S
from store import reader, reader_desk
from store.scoped import Scope
from vessels import coast

QUEUE_SHOWN = 12


def render(visit: Visit) -> None:
    """Draw figures, map and queue; map and queue refresh on their own timers."""
    words = visit.words
    st.html(Markup('<div class="hy-head"><h1>{}</h1></div>').format(words("Duty desk")))
    _figures(visit)
    with st.container(key="desk_sides"):
        left, right = st.columns([2.1, 1], gap="medium")
    # The queue first: it is what an officer opens the page for, and a browser draws the map for a second.
    with right:
        _queue(visit)
    with left:
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            chosen, under = _filters(visit), _under(visit)
        _map(visit, chosen, under)
        _receivers(visit)


def _filters(visit: Visit) -> list[str]:
    groups = desk.CLASS_GROUPS
    picked = st.pills(
        visit.words("Show"),
        list(groups),
        selection_mode="multi",
        format_func=lambda g: visit.words(groups[g].word),
        key="desk_groups",
        label_visibility="collapsed",
        bind="query-params",
    )
    return [name for group in picked or [] for name in groups[group].classes]


HEARING = "heard"
UNDER: dict[str, str] = {
    HEARING: mark("Hearing"),
    "0": mark("Sea now"),
    "6": mark("+6 h"),
    "12": mark("+12 h"),
    "24": mark("+24 h"),
    "48": mark("+48 h"),
}
"""What can lie under the boats: the water that receivers reach, or waves and wind so many hours from now."""


def _under(visit: Visit) -> str | None:
    return st.segmented_control(
        visit.words("Under the boats"),
        list(UNDER),
        format_func=lambda name: visit.words(UNDER[name]),
        key="desk_under",
        label_visibility="collapsed",
    )


def _under_layers(under: str | None, now_s: float) -> list[dict[str, Any]]:
    if under is None:
        return []
    if under == HEARING:
        return [deck.cell_layer("heard", f"/live/heard.json?at={int(now_s // 120)}")]
    return deck.sea_layers(int(under), int(now_s // 3600))


def _figures(visit: Visit) -> None:
    @st.fragment(run_every=max(visit.settings.refresh_s, 10), key="figures")
    def live() -> None:
        now = visit.again()
        st.html(common(now, "desk figures", lambda scope: _tiles(now, scope)))

    live()


def _tiles(visit: Visit, scope: Scope) -> Markup:
    targets = reader.target_counts(scope, now=visit.now, age_s=TARGET_AGE_S)
    figures = desk.figures(targets, reader.alerts(scope), words=visit.words, now=visit.now)
    tiles = Markup("").join(
        Markup('<div class="hy-kpi{}"><dt>{}</dt><dd>{}</dd></div>').format(" hot" if k.hot else "", k.label, k.text)
        for k in figures
    )
    return Markup('<dl class="hy-kpis">{}</dl>').format(tiles)


def _map(visit: Visit, classes: list[str], under: str | None) -> None:
    @st.fragment(run_every=visit.settings.refresh_s, key="map")
    def live() -> None:
        now = visit.again()
        picked = map_view.show(
            common(
                now, ("desk map", tuple(classes), under), lambda scope: map_view.Deck(_deck(now, classes, under, scope))
            ),
            key="desk_map",
            height=620,
            alt=now.words("Map of live targets around Dongtou"),
        )
        _legend(now, under)
        for picked_target in picked.get("targets", [])[:1]:
            _target_strip(now, desk.picked_properties(picked_target))

    live()


def _deck(visit: Visit, classes: list[str], under: str | None, scope: Scope) -> dict[str, object]:
    step = int(time.time() // visit.settings.refresh_s)
    query = f"classes={','.join(classes)}&t={step}" if classes else f"t={step}"
    alerts = reader.alerts(scope)
    storms = reader_desk.storms(scope, visit.now)
    lines, points = storm.tracks(storms, now=visit.now, words=visit.words)
    return deck.deck(
        [
            deck.area_layer("zones", desk.zone_features(reader.zones(scope), visit.words)),
            deck.area_layer("search", search.rings(alerts, now=visit.now, words=visit.words)),
            deck.path_layer("storms", lines, width_px=4),
            deck.path_layer("storm_circles", typhoon.circles(storms, now=visit.now), width_px=2),
            deck.text_layer("storm_points", points, colour=(*storm.TRACK_COLOUR, 255)),
            deck.text_layer("names", place_labels(visit.words)),
            deck.mark_layer("cages", desk.cage_marks(reader.cages(scope), alerts), icon="cage", size=22),
            deck.target_layer(query),
            deck.mark_layer("alerts", desk.alert_rings(alerts), icon="ring", size=44, pickable=False),
        ],
        visit.settings,
        under=_under_layers(under, time.time()),
    )


def _legend(visit: Visit, under: str | None) -> None:
    shown = sorted(CLASSES, key=lambda name: CLASS_ORDER[name])[:11]
    marks = Markup("").join(class_mark(name, visit.words) for name in shown)
    if under is not None:
        steps = hearing.legend(visit.words) if under == HEARING else sea.legend()
        marks += Markup("").join(
            Markup('<span class="hy-class"><i aria-hidden="true" style="color:{}">■</i>{}</span>').format(*step)
            for step in steps
        )
    notice = coast.NOTICE_ZH if visit.words.is_zh else coast.NOTICE_EN
    tiles = visit.settings.tile_notice
    st.html(
        Markup('<div class="hy-legend">{}</div><p class="hy-note">{}</p>').format(marks, f"{notice} {tiles}".strip())
    )


def _receivers(visit: Visit) -> None:
    """Say how well we hear: without that an empty map means nothing."""

    @st.fragment(run_every=30, key="receivers")
    def live() -> None:
        now = visit.again()
        st.subheader(now.words("How well we hear"), anchor=False)
        st.html(common(now, "receivers", lambda scope: _hearing(now, scope)))

    live()


def _hearing(visit: Visit, scope: Scope) -> Markup:
    words = visit.words
    heard = devices.receivers(reader_desk.gateways(scope), now=visit.now, words=words)
    if not heard:
        return quiet(words("No receiver has reported: an empty map says nothing."))
    heads = (
        words("Receiver"),
        words("State"),
        words("Messages a minute"),
        words("Targets, 10 min"),
        words("Reach (nm)"),
        words("Age"),
    )
    rows = [(r.name, badge(r.state, words, r.word), r.per_minute, r.targets, r.range_nm, r.age) for r in heard]
    return table(heads, rows, numeric=(2, 3, 4))


def _target_strip(visit: Visit, target: desk.PickedTarget | None) -> None:
    if target is None:
        return
    st.html(
        Markup(
            '<div class="hy-alert" style="--strong:{c};--ink:#10243a">{mark}<span class="what">{name}</span>'
            '<a class="when" href="/target?mmsi={mmsi}" target="_self">{more}</a><span class="why">{facts}</span></div>'
        ).format(
            c=CLASSES.get(target.kind, CLASSES["unknown"]).colour,
            mark=class_mark(target.kind, visit.words),
            name=target.name or visit.words("no name sent"),
            mmsi=target.mmsi,
            more=visit.words("Open target"),
            facts=desk.target_facts(target, visit.words),
        )
    )


def _queue(visit: Visit) -> None:
    @st.fragment(run_every=visit.settings.refresh_s, key="queue")
    def live() -> None:
        now = visit.again()
        shown, script = common(now, "desk queue", lambda scope: _waiting(now, reader.alerts(scope)))
        st.html(shown)
        sound.play(script)

    live()


def _waiting(visit: Visit, alerts: list[reader.AlertRow]) -> tuple[Markup, str]:
    """Return the queue as drawn, and the script that sounds for what is new in it."""
    words = visit.words
    waiting = desk.queue(alerts, now=visit.now)
    lines = queue.grouped(waiting)
    head = Markup('<h2 class="hy-sub">{}</h2>').format(words("Alerts waiting: {n}", n=len(waiting)))
    drawn = queue_lines(lines[:QUEUE_SHOWN], now=visit.now, words=words)
    if not lines:
        drawn = quiet(words("No open alert."))
    elif len(lines) > QUEUE_SHOWN:
        drawn += Markup('<p><a class="hy-light" href="/alerts" target="_self">{}</a></p>').format(
            words("All alerts ({n} lines more)", n=len(lines) - QUEUE_SHOWN)
        )
    return head + drawn, sound.tell(alerts, words)
