"""The regulator's first screen: the map of live targets and the alert queue beside it."""

import time
from datetime import datetime

import streamlit as st
from markupsafe import Markup

from dashboard.look import CLASS_ORDER, CLASSES, STATES, badge, class_mark, severity_badge, state_of
from dashboard.screens import map_view, sound
from dashboard.screens.tables import show_table
from dashboard.views import deck, desk, devices, storm
from dashboard.views.placenames import place_labels
from dashboard.visit import Visit
from dashboard.web.live import TARGET_AGE_S
from store import reader, reader_desk
from vessels import coast

QUEUE_SHOWN = 12


def render(visit: Visit) -> None:
    """Draw figures, map and queue; map and queue refresh on their own timers."""
    words = visit.words
    st.html(Markup('<div class="hy-head"><h1>{}</h1></div>').format(words("Duty desk")))
    _figures(visit)
    left, right = st.columns([2.1, 1], gap="medium")
    with left:
        chosen = _filters(visit)
        _map(visit, chosen)
        _receivers(visit)
    with right:
        _queue(visit)
    sound.watch(visit)


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


def _figures(visit: Visit) -> None:
    @st.fragment(run_every=max(visit.settings.refresh_s, 10), key="figures")
    def live() -> None:
        now = visit.again()
        with now.scope() as scope:
            targets = reader.target_counts(scope, now=now.now, age_s=TARGET_AGE_S)
            alerts = reader.alerts(scope)
        tiles = "".join(
            Markup('<div class="hy-kpi{}"><dt>{}</dt><dd>{}</dd></div>').format(
                " hot" if k.hot else "", k.label, k.text
            )
            for k in desk.figures(targets, alerts, words=now.words, now=now.now)
        )
        st.html(f'<dl class="hy-kpis">{tiles}</dl>')

    live()


def _map(visit: Visit, classes: list[str]) -> None:
    @st.fragment(run_every=visit.settings.refresh_s, key="map")
    def live() -> None:
        now = visit.again()
        with now.scope() as scope:
            cages, zones = reader.cages(scope), reader.zones(scope)
            alerts = reader.alerts(scope)
            storms = reader_desk.storms(scope, now.now)
        picked = map_view.show(
            _deck(now, classes, cages, zones, alerts, storms),
            key="desk_map",
            height=620,
            alt=now.words("Map of live targets around Dongtou"),
        )
        _legend(now)
        for picked_target in picked.get("targets", [])[:1]:
            _target_strip(now, desk.picked_properties(picked_target))

    live()


def _deck(
    visit: Visit,
    classes: list[str],
    cages: list[reader.CageRow],
    zones: list[reader.ZoneRow],
    alerts: list[reader.AlertRow],
    storms: list[reader_desk.StormRow],
) -> dict[str, object]:
    step = int(time.time() // visit.settings.refresh_s)
    query = f"classes={','.join(classes)}&t={step}" if classes else f"t={step}"
    marks = desk.cage_marks(cages, alerts)
    lines, points = storm.tracks(storms, now=visit.now, words=visit.words)
    return deck.deck(
        [
            deck.area_layer("zones", desk.zone_features(zones, visit.words)),
            deck.path_layer("storms", lines, width_px=4),
            deck.text_layer("storm_points", points, colour=(*storm.TRACK_COLOUR, 255)),
            deck.text_layer("names", place_labels(visit.words)),
            deck.mark_layer("cages", marks, icon="cage", size=22),
            deck.target_layer(query),
            deck.mark_layer("alerts", desk.alert_rings(alerts), icon="ring", size=44, pickable=False),
        ],
        visit.settings,
    )


def _legend(visit: Visit) -> None:
    shown = sorted(CLASSES, key=lambda name: CLASS_ORDER[name])[:11]
    marks = Markup("").join(class_mark(name, visit.words) for name in shown)
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
        with now.scope() as scope:
            heard = devices.receivers(reader_desk.gateways(scope), now=now.now, words=now.words)
        words = now.words
        st.subheader(words("How well we hear"), anchor=False)
        rows = [(r.name, badge(r.state, words, r.word), r.per_minute, r.targets, r.range_nm, r.age) for r in heard]
        show_table(
            (
                words("Receiver"),
                words("State"),
                words("Messages a minute"),
                words("Targets, 10 min"),
                words("Reach (nm)"),
                words("Age"),
            ),
            rows,
            empty=words("No receiver has reported: an empty map says nothing."),
            numeric=(2, 3, 4),
        )

    live()


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
        with now.scope() as scope:
            alerts = reader.alerts(scope)
        waiting = desk.queue(alerts, now=now.now)
        st.html(
            Markup('<h3 style="margin:.2rem 0 .4rem">{}</h3>').format(now.words("Alerts waiting: {n}", n=len(waiting)))
        )
        if not waiting:
            st.html(Markup('<p class="hy-note">{}</p>').format(now.words("No open alert.")))
        st.html(
            Markup("").join(alert_row(alert, now, now.now) for alert in waiting[:QUEUE_SHOWN])
            or Markup("<span></span>")
        )

    live()


def alert_row(alert: reader.AlertRow, visit: Visit, now: datetime) -> Markup:
    """Return one alert as a row that leads to its page."""
    look = STATES[state_of(alert.severity)]
    return Markup(
        '<a class="hy-alert" href="/alert?id={id}" target="_self" style="--strong:{strong};--ink:{ink}">'
        '{badge}<span class="what">{name}</span><span class="when">{age} · {handling}</span>'
        '<span class="why">{reason}</span></a>'
    ).format(
        id=alert.alert_id,
        strong=look.strong,
        ink=look.ink,
        badge=severity_badge(alert.severity, visit.words),
        name=alert.subject_name or alert.subject_id,
        age=desk.age(alert, now, visit.words),
        handling=desk.handling(alert, visit.words),
        reason=visit.words.pick(alert.reason_zh, alert.reason_en),
    )
