"""The radar operator's form: SART dots seen on the radar, an alarm at once."""

import streamlit as st

from core.finding import Place
from dashboard.screens.tables import note
from dashboard.screens.told import tell
from dashboard.visit import Visit


def draw(visit: Visit) -> None:
    """Draw the form for whoever watches the sea; one report is one distress alarm."""
    if not visit.person.has("regulator"):
        return
    words = visit.words
    with (
        st.expander(words("Report distress dots on the radar"), expanded=False),
        st.form("radar_sart", border=False, clear_on_submit=True),
    ):
        note(words("A radar SART shows as a row of twelve dots; the nearest dot is its place."))
        left, right = st.columns(2)
        lat = left.number_input(words("Latitude"), -90.0, 90.0, value=None, step=0.001, format="%.4f")
        lon = right.number_input(words("Longitude"), -180.0, 180.0, value=None, step=0.001, format="%.4f")
        if not st.form_submit_button(words("Raise the alarm"), type="primary"):
            return
        if lat is None or lon is None:
            st.error(words("Both figures are needed."))
            return
    _report(visit, Place(lat_deg=lat, lon_deg=lon))


def _report(visit: Visit, place: Place) -> None:
    with visit.scope() as scope:
        scope.execute(
            "safety/report_radar_sart",
            track=f"{place.lat_deg:.2f},{place.lon_deg:.2f}",
            observed_at=visit.now,
            lat_deg=place.lat_deg,
            lon_deg=place.lon_deg,
            reported_by=visit.person.login,
        )
        scope.audit("distress.radar", f"place:{place.lat_deg:.4f},{place.lon_deg:.4f}")
    tell(visit.words("Reported: the alarm comes within seconds."))
