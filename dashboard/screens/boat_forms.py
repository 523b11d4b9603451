"""What the desk writes down about boats: a departure or arrival told by phone, and the hourly contact (点名)."""

from datetime import timedelta

import psycopg
import streamlit as st

from core.errors import StoreError
from dashboard.i18n import mark
from dashboard.screens.tables import show_table
from dashboard.screens.told import tell
from dashboard.times import local, stamp
from dashboard.views import fleet_forms
from dashboard.views.fleet_forms import boat_number
from dashboard.visit import Visit
from store import reader_desk
from store.scoped import ForbiddenError
from store.trips import report_row
from vessels.crew import TripReport

KINDS = {"departure": mark("Departure"), "arrival": mark("Arrival")}
ANSWERS = {True: mark("answered"), False: mark("no answer")}
LOOK_BACK = timedelta(hours=24)


def draw(visit: Visit, out: list[reader_desk.TripRow]) -> None:
    """Draw both forms and the contacts of the last day."""
    words = visit.words
    left, right = st.columns(2, gap="medium")
    with left:
        _trip(visit)
    with right:
        _contact(visit, out)
    with visit.scope() as scope:
        checks = reader_desk.contact_checks(scope, visit.now - LOOK_BACK)
    rows = [(stamp(c.at), c.name_zh or c.mmsi, words(ANSWERS[c.reached]), c.by_login, c.note) for c in checks]
    if rows:
        st.subheader(words("Contact checks, 24 h"), anchor=False)
        heads = (words("Time"), words("Boat"), words("Result"), words("By"), words("Note"))
        show_table(heads, rows, empty="")


def _trip(visit: Visit) -> None:
    words = visit.words
    with st.form("trip", border=True, clear_on_submit=True):
        st.subheader(words("Enter a departure or arrival"), anchor=False)
        number = st.text_input(words("MMSI of the boat"), max_chars=9)
        kind = st.segmented_control(
            words("Kind"), list(KINDS), default="departure", required=True, format_func=lambda k: words(KINDS[k])
        )
        port = st.text_input(words("Port"), max_chars=40)
        persons = st.number_input(words("Persons aboard"), min_value=0, max_value=500, value=None, step=1)
        aboard = st.multiselect(words("Officers aboard"), fleet_forms.posts(), placeholder="–")
        first, second = st.columns(2)
        day = first.date_input(words("Day"), value=None, max_value=local(visit.now).date(), format="YYYY-MM-DD")
        clock = second.time_input(words("Time (empty: now)"), value=None, step=300)
        if not st.form_submit_button(words("Save")):
            return
        mmsi = boat_number(number)
        if mmsi is None:
            st.error(words("An MMSI has nine digits."))
            return
        at = fleet_forms.told_at(day, clock, visit.now)
        if at is None:
            st.error(words("That time is still to come."))
            return
        report = TripReport(
            mmsi=mmsi,
            kind=kind or "departure",
            at=at,
            port=port.strip(),
            persons=persons,
            officers=fleet_forms.officers_of(aboard),
            reporter=visit.person.login,
            source="form",
        )
        if _kept(visit, "trips/add_report", report_row(report), audit="trip_report.insert", mmsi=mmsi):
            tell(words("Recorded."))


def _contact(visit: Visit, out: list[reader_desk.TripRow]) -> None:
    words = visit.words
    with st.form("contact_check", border=True, clear_on_submit=True):
        st.subheader(words("Hourly contact"), anchor=False)
        boat = st.selectbox(
            words("Boat at sea"), out, index=None, placeholder="–", format_func=lambda t: t.name_zh or str(t.mmsi)
        )
        number = st.text_input(words("or its MMSI"), max_chars=9)
        reached = st.segmented_control(
            words("Call"), list(ANSWERS), default=True, required=True, format_func=lambda r: words(ANSWERS[r])
        )
        text = st.text_input(words("What was said"), max_chars=200)
        if not st.form_submit_button(words("Record the call")):
            return
        mmsi = boat.mmsi if boat is not None else boat_number(number)
        if mmsi is None:
            st.error(words("Choose a boat or write its MMSI of nine digits."))
            return
        values = {
            "mmsi": mmsi,
            "at": visit.now,
            "by_login": visit.person.login,
            "reached": bool(reached),
            "note": text.strip(),
        }
        if _kept(visit, "trips/add_contact", values, audit="", mmsi=mmsi):
            tell(words("Recorded."))


def _kept(visit: Visit, query: str, values: dict[str, object], *, audit: str, mmsi: int) -> bool:
    """Write one row in the person's name; say so when the database refuses."""
    try:
        with visit.scope() as scope:
            scope.execute(query, **values)
            if audit:
                scope.audit(audit, f"vessel:{mmsi}", {})
    except (ForbiddenError, StoreError, psycopg.errors.IntegrityError):
        st.error(visit.words("This was not kept. Look at the values and try again."))
        return False
    return True
