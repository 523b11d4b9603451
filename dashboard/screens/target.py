"""One target: where it was, who it says it is, who it is held to be and why."""

from datetime import timedelta

import streamlit as st
from markupsafe import Markup

from dashboard.look import STATES, State, badge, class_mark
from dashboard.screens import map_view
from dashboard.screens.alert_rows import alert_row
from dashboard.screens.tables import link, note, show_table, title
from dashboard.screens.told import REFUSED, tell
from dashboard.times import ago, clock, stamp
from dashboard.views import deck, targets
from dashboard.views.placenames import place_labels
from dashboard.visit import Visit
from store import reader, reader_desk

HOURS = (1, 6, 24, 72)


def render(visit: Visit) -> None:
    """Draw the target that ``?mmsi=`` names."""
    words = visit.words
    mmsi = targets.mmsi_of(st.query_params.get("mmsi", ""))
    if mmsi is None:
        title(words("Target"))
        note(words("There is no such target."))
        return
    with visit.scope() as scope:
        found = reader.targets(scope, now=visit.now, age_s=30 * 86_400, mmsi=mmsi)
        verdicts = reader_desk.verdicts(scope, mmsi)
        boats = reader_desk.boats_of(scope, mmsi)
        alerts = reader.alerts(scope, still_open=None, subject_id=str(mmsi), limit=20)
    target = found[0] if found else None
    name = (target.name if target else None) or (boats[0].name_zh if boats else "") or words("no name sent")
    title(
        f"{name} · MMSI {mmsi}",
        ago(target.observed_at, now=visit.now, words=words) if target else words("not heard in the last 30 days"),
    )
    if target is not None:
        st.html(class_mark(target.target_class, words) + Markup(" ") + link(f"/sea?mmsi={mmsi}", words("Sea ahead")))
    left, right = st.columns([1.6, 1], gap="medium")
    with left:
        _track(visit, mmsi, target)
    with right:
        for verdict in verdicts:
            _limbs(visit, verdict)
        _register(visit, boats)
    st.subheader(words("Alerts"), anchor=False)
    st.html(
        Markup("").join(alert_row(a, now=visit.now, words=words) for a in alerts)
        or Markup('<p class="hy-note">{}</p>').format(words("No alert here."))
    )
    _watch(visit, mmsi)


def _track(visit: Visit, mmsi: int, target: reader.TargetRow | None) -> None:
    words = visit.words
    hours = st.segmented_control(
        words("Track of"), HOURS, default=6, format_func=lambda h: words("{n} h", n=h), key="track_hours", required=True
    )
    since = visit.now - timedelta(hours=hours or 6)
    with visit.scope() as scope:
        fixes = reader.track(scope, mmsi, since, visit.now)
    if not fixes:
        note(words("No position in that time."))
        return
    shown = len(fixes) - 1
    if len(fixes) > 2:
        stops = targets.stops(len(fixes))
        shown = st.select_slider(
            words("Replay"),
            stops,
            stops[-1],
            format_func=lambda n: clock(fixes[n].observed_at, now=visit.now),
            key=f"replay_{hours}",
        )
    at = fixes[shown]
    centre, zoom = deck.view_of([(f.lat_deg, f.lon_deg) for f in fixes])
    layers = [
        deck.text_layer("names", place_labels(words)),
        deck.path_layer("track", targets.paths(fixes[: shown + 1])),
        deck.mark_layer("now", [targets.mark_of(at, target)], icon="dot", size=18, pickable=False),
    ]
    map_view.show(
        deck.deck(layers, visit.settings, centre=centre, zoom=zoom),
        key=f"track_{mmsi}_{hours}",
        height=460,
        alt=words("Track of the target"),
        select=False,
    )
    speed = "–" if at.sog_kn is None else words("{kn} kn", kn=f"{at.sog_kn:.1f}")
    note(f"{clock(at.observed_at, now=visit.now)} · {at.lat_deg:.4f}, {at.lon_deg:.4f} · {speed}")


def _limbs(visit: Visit, verdict: reader_desk.VerdictRow) -> None:
    words = visit.words
    st.html(
        Markup("<p style='margin:0'>{} · {}</p>").format(
            class_mark(verdict.target_class, words), words("probability {p} %", p=round(verdict.probability * 100))
        )
    )
    cards = Markup("").join(
        Markup('<div class="hy-limb" style="--strong:{}"><b>{}</b>{}<p>{}</p></div>').format(
            STATES[limb.state].strong,
            words(limb.title),
            badge(limb.state, words, words(limb.word)),
            words.pick(limb.reason_zh, limb.reason_en),
        )
        for limb in targets.limbs(verdict)
    )
    st.html(Markup('<div class="hy-limbs">{}</div>').format(cards))
    reasons = verdict.reasons_zh if words.is_zh else verdict.reasons_en
    note(
        words("Rules {version}, judged {at}.", version=verdict.rule_version, at=stamp(verdict.judged_at))
        + " "
        + "；".join(reasons[:4])
    )


def _register(visit: Visit, boats: list[reader_desk.BoatRow]) -> None:
    words = visit.words
    st.subheader(words("Register"), anchor=False)
    if not boats:
        st.html(badge(State.ORANGE, words, words("Not in the register")))
    for boat in boats:
        show_table(
            (words("Item"), words("Register says")),
            targets.register_lines(boat, words, today=visit.now.date()),
            empty="",
        )


def _watch(visit: Visit, mmsi: int) -> None:
    words = visit.words
    with st.form("watch", border=True):
        st.subheader(words("Inspection list"), anchor=False)
        reason = st.text_input(words("Why should it be inspected?"), max_chars=200)
        if st.form_submit_button(words("Put on the list")):
            if not reason.strip():
                tell(words("Please write down what was found or why."), how=REFUSED)
            with visit.scope() as scope:
                scope.execute(
                    "reader/watch", mmsi=mmsi, reason=reason.strip(), points=20, login=visit.person.login, until=None
                )
            tell(words("Recorded."))
