"""Zones and closed seasons: what is in force, and changing it; every change is audited."""

from datetime import datetime, time

import streamlit as st
from psycopg.types.json import Jsonb

from dashboard.screens import map_view
from dashboard.screens.tables import link, note, show_table, title
from dashboard.screens.told import tell
from dashboard.times import SHANGHAI, stamp
from dashboard.views import areas, deck
from dashboard.views.desk import ZONE_WORDS, zone_features
from dashboard.views.placenames import place_labels
from dashboard.visit import Visit
from store import reader, reader_desk


def render(visit: Visit) -> None:
    """Draw map, lists and the two forms."""
    words = visit.words
    title(words("Zones and seasons"))
    with visit.scope() as scope:
        zones, seasons = reader.zones(scope), reader_desk.seasons(scope)
    map_view.show(
        deck.deck(
            [deck.area_layer("zones", zone_features(zones, words)), deck.text_layer("names", place_labels(words))],
            visit.settings,
        ),
        key="zone_map",
        height=420,
        alt=words("Map of zones"),
        select=False,
    )
    rows = [
        (
            z.zone_id,
            link(f"/sea?zone={z.zone_id}", words.pick(z.name_zh, z.name_en)),
            words(ZONE_WORDS.get(z.purpose, z.purpose)),
            z.source,
            z.version,
        )
        for z in zones
    ]
    show_table(
        (words("Id"), words("Name"), words("Purpose"), words("Source"), words("Version")),
        rows,
        empty=words("No zone is entered."),
    )
    left, right = st.columns(2, gap="medium")
    with left:
        _zone_form(visit, zones)
    with right:
        _season_form(visit)
    st.subheader(words("Closed seasons"), anchor=False)
    lines = [
        (
            s.name_zh,
            "、".join(s.gears),
            f"{s.lat_from_deg:g}°–{s.lat_until_deg:g}°",
            stamp(s.closed_from),
            stamp(s.closed_until),
            s.source,
        )
        for s in seasons
    ]
    show_table(
        (words("Name"), words("Gear"), words("Latitude"), words("Closed from"), words("Closed until"), words("Source")),
        lines,
        empty=words("The district has entered none; the rule file of the province holds."),
    )


def _zone_form(visit: Visit, zones: list[reader.ZoneRow]) -> None:
    words = visit.words
    with st.form("zone", border=True):
        st.subheader(words("Enter or change a zone"), anchor=False)
        zone_id = st.text_input(words("Id"), max_chars=60, placeholder="closed-2026-01")
        name = st.text_input(words("Name"), max_chars=60)
        purpose = st.selectbox(words("Purpose"), list(ZONE_WORDS), format_func=lambda p: words(ZONE_WORDS[p]))
        corners = st.text_area(
            words("Corners, one a line: latitude, longitude"),
            height=110,
            placeholder="27.80, 121.20\n27.85, 121.20\n27.85, 121.27",
        )
        source = st.text_input(words("Source: notice or decision"), max_chars=120)
        if st.form_submit_button(words("Save")):
            zone, problem = areas.zone_of(zone_id, name, purpose, corners, source, words)
            if problem or zone is None:
                st.error(problem)
            else:
                with visit.scope() as scope:
                    scope.execute("reader/save_zone", **(zone | {"geometry": Jsonb(zone["geometry"])}))
                tell(words("Recorded."))
    gone = st.selectbox(words("Remove a zone"), [None, *(z.zone_id for z in zones)], format_func=lambda z: z or "–")
    if gone and st.button(words("Remove")):
        with visit.scope() as scope:
            scope.execute("reader/drop_zone", zone_id=gone)
        tell(words("Recorded."))


def _season_form(visit: Visit) -> None:
    words = visit.words
    with st.form("season", border=True):
        st.subheader(words("Enter or change a closed season"), anchor=False)
        rule_id = st.text_input(words("Id"), max_chars=60, placeholder="2026-trawl")
        name = st.text_input(words("Name"), max_chars=60)
        gears = st.text_input(words("Gear, separated by commas; * for all"), max_chars=200)
        lat_from, lat_until = st.columns(2)
        south = lat_from.number_input(words("From latitude"), 20.0, 41.0, 26.5, 0.1)
        north = lat_until.number_input(words("To latitude"), 20.0, 41.0, 35.0, 0.1)
        first, last = st.columns(2)
        begins = first.date_input(words("Closed from, 12:00"), format="YYYY-MM-DD")
        ends = last.date_input(words("Closed until, 12:00"), format="YYYY-MM-DD")
        source = st.text_input(words("Source: notice or decision"), max_chars=120, key="season_source")
        if st.form_submit_button(words("Save")):
            season, problem = areas.season_of(
                rule_id,
                name,
                gears,
                (south, north),
                datetime.combine(begins, time(12), SHANGHAI),
                datetime.combine(ends, time(12), SHANGHAI),
                source,
                words,
            )
            if problem or season is None:
                st.error(problem)
            else:
                with visit.scope() as scope:
                    scope.execute("reader/save_season", **season)
                tell(words("Recorded."))
    note(words("Times are local (Asia/Shanghai)."))
