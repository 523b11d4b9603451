"""Take it with you: reports, tables and open data packages."""

from datetime import timedelta

import streamlit as st
from markupsafe import Markup

from dashboard.screens.tables import note, title
from dashboard.times import local
from dashboard.visit import Visit
from store import reader

KINDS = (("csv", "CSV"), ("xlsx", "Excel"), ("parquet", "Parquet"), ("nc", "NetCDF (CF)"), ("zip", "datapackage"))


def render(visit: Visit) -> None:
    """Draw the links; the files come from an authorised route."""
    words = visit.words
    title(words("Data and reports"))
    with visit.scope() as scope:
        farms = reader.farms(scope)
    if not farms:
        note(words("No farm is in your scope."))
        return
    today = local(visit.now).date()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        farm = st.selectbox(words("Farm"), farms, format_func=lambda f: words.pick(f.name_zh, f.name_en), width=260)
        first = st.date_input(words("From"), today - timedelta(days=7), max_value=today, format="YYYY-MM-DD", width=160)
        last = st.date_input(words("To"), today, max_value=today, format="YYYY-MM-DD", width=160)
    query = f"farm={farm.farm_id}&from={first.isoformat()}&to={last.isoformat()}"
    links = [(f"/download/readings.{kind}?{query}", name) for kind, name in KINDS]
    _links(words("Readings"), links)
    reports = [
        (f"/download/report.pdf?farm={farm.farm_id}&day={last.isoformat()}", words("Daily report of the farm, PDF"))
    ]
    if visit.person.has("regulator"):
        reports.append(
            (
                f"/download/report.pdf?district={farm.district_id}&day={last.isoformat()}",
                words("Daily report of the district, PDF"),
            )
        )
    _links(words("Reports"), reports)
    if visit.person.has("regulator"):
        _links(
            words("Sea"),
            [
                ("/download/targets.geojson", words("Live targets, GeoJSON")),
                ("/download/alerts.csv", words("Alerts of 30 days, CSV")),
            ],
        )
    note(words("Tables carry units and quality flags; the open data package adds licence, provenance and checksums."))


def _links(heading: str, links: list[tuple[str, str]]) -> None:
    st.subheader(heading, anchor=False)
    shown = Markup(" ").join(
        Markup('<a class="hy-light" href="{}" target="_blank" rel="noopener">{}</a>').format(*x) for x in links
    )
    st.html(Markup("<p>{}</p>").format(shown))
