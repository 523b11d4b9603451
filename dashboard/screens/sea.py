"""Waves and wind of the coming days where there is no buoy: at a boat, in a zone, at a point somebody types."""

from collections.abc import Mapping

import streamlit as st
from markupsafe import Markup

from dashboard import charts
from dashboard.i18n import mark
from dashboard.screens.tables import note, show_table, title
from dashboard.times import stamp
from dashboard.views import cage_page, place, targets
from dashboard.views.limits import limits_of, rules
from dashboard.views.sun import nights
from dashboard.visit import Visit
from forecasting.position import PlaceForecast
from store import reader, reader_desk
from store.scoped import Scope

BOAT, ZONE, POINT = "boat", "zone", "point"
KINDS = {ZONE: mark("Zone"), BOAT: mark("Boat"), POINT: mark("Point")}


def render(visit: Visit) -> None:
    """Draw the forecast of the place that is chosen, or that ``?mmsi=`` or ``?zone=`` names."""
    words = visit.words
    title(
        words("Sea ahead"), words("Waves and wind up to five days ahead, from the gridded forecast and storm tracks.")
    )

    @st.fragment(key="sea")
    def part() -> None:
        with visit.scope() as scope:
            chosen = _chosen(visit, scope)
            if chosen is None:
                return
            field = reader_desk.sea_field(scope, visit.now)
            storms = reader_desk.storms(scope, visit.now)
        made = place.forecasts(chosen, field, storms, visit.now)
        if not made:
            note(words("No gridded forecast and no storm reaches this place: nothing is known, which is not calm."))
        for one in made:
            _draw(visit, chosen, one)

    part()


def _chosen(visit: Visit, scope: Scope) -> place.Spot | None:
    words, asked = visit.words, st.query_params
    zones = {z.zone_id: z for z in reader.zones(scope)}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = st.segmented_control(
            words("Where"),
            list(KINDS),
            default=BOAT if "mmsi" in asked else ZONE if zones else POINT,
            format_func=lambda k: words(KINDS[k]),
            key="sea_kind",
            required=True,
        )
        if kind == BOAT:
            return _boat(visit, scope, targets.mmsi_of(asked.get("mmsi", "")))
        if kind == POINT:
            lat = st.number_input(words("Latitude"), -90.0, 90.0, visit.settings.map_lat_deg, 0.05, "%.3f", width=140)
            lon = st.number_input(
                words("Longitude"), -180.0, 180.0, visit.settings.map_lon_deg, 0.05, "%.3f", width=140
            )
            return place.of_point(lat, lon)
        return _zone(visit, zones, asked.get("zone", ""))


def _zone(visit: Visit, zones: Mapping[str, reader.ZoneRow], asked: str) -> place.Spot | None:
    words = visit.words
    if not zones:
        note(words("No zone is entered."))
        return None
    ids = list(zones)
    picked = st.selectbox(
        words("Zone"),
        ids,
        ids.index(asked) if asked in zones else 0,
        format_func=lambda z: words.pick(zones[z].name_zh, zones[z].name_en),
        key="sea_zone",
        width=240,
    )
    note(words("Of the zone's points the worst one counts, hour by hour."))
    return place.of_zone(zones[picked])


def _boat(visit: Visit, scope: Scope, asked: int | None) -> place.Spot | None:
    words = visit.words
    own = [b.mmsi for b in reader_desk.own_boats(scope) if b.mmsi is not None] if visit.person.has("farmer") else []
    text = st.text_input(
        words("Boat's MMSI"), str(asked or (own[0] if own else "")), max_chars=9, key="sea_mmsi", width=200
    )
    mmsi = targets.mmsi_of(text)
    age_s = int(place.LARGEST_AGE.total_seconds())
    heard = [] if mmsi is None else reader.targets(scope, now=visit.now, age_s=age_s, mmsi=mmsi)
    if not heard:
        note(words("Enter the MMSI of a boat that you may see and that was heard in the last day."))
        return None
    name = heard[0].name or f"MMSI {mmsi}"
    note(words("{name}, where she was at {at}.", name=name, at=stamp(heard[0].observed_at)))
    return place.of_boat(heard[0])


def _draw(visit: Visit, spot: place.Spot, made: PlaceForecast) -> None:
    words = visit.words
    fan, risks = place.fan(made, spot, visit.now), place.risks(made, spot, visit.now)
    name = cage_page.quantity_word(made.quantity, words)
    st.subheader(name, anchor=False)
    text = cage_page.outlook(fan, risks, now=visit.now, words=words)
    st.html(Markup('<p class="hy-note" style="font-size:1rem;color:#10243a">{}</p>').format(text))
    lat, lon = float(spot.lat_deg.mean()), float(spot.lon_deg.mean())
    option = charts.fan(
        [],
        fan,
        quantity=made.quantity,
        now=visit.now,
        stride_s=3600,
        limits=limits_of(made.quantity, rules()),
        nights=nights(visit.now, fan[-1].valid_at, lat, lon),
        words=words,
    )
    st.echarts_chart(option, height=280, key=f"sea_{made.quantity}", alt=f"{name}. {text}")
    heads, rows = cage_page.chance_table(risks, now=visit.now, words=words)
    show_table(heads, rows, empty="", numeric=range(2, len(heads) - 3))
    note(words("Rests on: {sources}.", sources=", ".join(made.sources)))
