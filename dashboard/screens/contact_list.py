"""Contacts and the rota: whom messages reach, who has duty when."""

import re
from datetime import UTC, datetime, time, timedelta

import psycopg
import streamlit as st

from dashboard.i18n import mark
from dashboard.screens import calling
from dashboard.screens.tables import note, show_table, title
from dashboard.screens.told import tell
from dashboard.times import SHANGHAI, stamp
from dashboard.visit import Visit
from store import reader_desk

CONTACT_ROLES = {
    "farmer": mark("Farmer"),
    "skipper": mark("Skipper"),
    "owner": mark("Boat owner"),
    "duty": mark("Duty officer"),
    "leader": mark("Leader"),
    "caller": mark("Caller"),
    "technician": mark("Technician"),
}
CHANNEL_WORDS = {"sms": mark("SMS"), "recorder": mark("Recorder"), "chat": mark("Chat")}
SCOPE_WORDS = {"farm": mark("Farm"), "district": mark("District"), "vessel": mark("Boat"), "cage": mark("Cage")}
PHONE = re.compile(r"\+?[0-9]{5,15}")


def render(visit: Visit) -> None:
    """Draw contacts, rota and their forms."""
    words = visit.words
    title(words("Contacts and rota"))
    with visit.scope() as scope:
        contacts, shifts = reader_desk.contacts(scope), reader_desk.shifts(scope)
    rows = [
        (
            c.contact_id,
            c.name_zh,
            words(CONTACT_ROLES.get(c.role, c.role)),
            "、".join(_channel(visit, text) for text in c.channels),
            "、".join(_scope(visit, text) for text in c.scopes),
            stamp(c.opted_out_at),
        )
        for c in contacts
    ]
    heads = (words("Id"), words("Name"), words("Role"), words("Reached by"), words("Answers for"), words("Opted out"))
    show_table(heads, rows, empty=words("No contact yet."))
    left, right = st.columns(2, gap="medium")
    with left:
        _contact(visit)
    with right:
        _shift(visit, contacts)
    calling.draw(visit, drill_only=True)
    st.subheader(words("Rota"), anchor=False)
    lines = [(s.district_id, s.name_zh, stamp(s.starts_at), stamp(s.ends_at)) for s in shifts]
    show_table(
        (words("District"), words("Name"), words("From"), words("Until")),
        lines,
        empty=words("Nobody has duty: escalation reaches the leader only."),
    )


def _channel(visit: Visit, text: str) -> str:
    kind, _, address = text.partition(":")
    return f"{visit.words(CHANNEL_WORDS.get(kind, kind))} {address}"


def _scope(visit: Visit, text: str) -> str:
    kind, _, rest = text.partition(":")
    target, _, level = rest.rpartition(":")
    named = f"{visit.words(SCOPE_WORDS.get(kind, kind))} {target}"
    return named if level == "0" else visit.words("{scope} (level {n})", scope=named, n=level)


def _contact(visit: Visit) -> None:
    words = visit.words
    with st.form("contact", border=True):
        st.subheader(words("Enter or change a contact"), anchor=False)
        contact_id = st.text_input(words("Id"), max_chars=60)
        name = st.text_input(words("Name"), max_chars=60)
        role = st.selectbox(words("Role"), list(CONTACT_ROLES), format_func=lambda r: words(CONTACT_ROLES[r]))
        phone = st.text_input(words("Phone number"), max_chars=20)
        farm = st.text_input(words("Farm id (empty: none)"), max_chars=60)
        district = st.text_input(words("District id"), max_chars=60, value="dongtou")
        level = st.number_input(words("Level: 0 is told first"), 0, 9, 0)
        if not st.form_submit_button(words("Save")):
            return
        if not PHONE.fullmatch(phone.strip()) or not name.strip() or not contact_id.strip():
            st.error(words("Id, name and a phone number of 5 to 15 digits are needed."))
            return
        try:
            with visit.scope() as scope:
                scope.execute(
                    "reader/save_contact",
                    contact_id=contact_id.strip(),
                    name_zh=name.strip(),
                    role=role,
                    farm_id=farm.strip() or None,
                    district_id=district.strip() or None,
                )
                scope.execute("reader/clear_channels", contact_id=contact_id.strip())
                scope.execute("reader/save_channel", contact_id=contact_id.strip(), address=phone.strip())
                kind, target = ("farm", farm.strip()) if farm.strip() else ("district", district.strip())
                if target:
                    scope.execute(
                        "reader/save_scope", contact_id=contact_id.strip(), kind=kind, id=target, level=int(level)
                    )
        except psycopg.errors.IntegrityError:
            st.error(words("The database refused: check the id and the farm."))
            return
        tell(words("Recorded."))


def _shift(visit: Visit, contacts: list[reader_desk.ContactRow]) -> None:
    words = visit.words
    on_duty = [c for c in contacts if c.role in {"duty", "leader", "caller"}]
    if not on_duty:
        note(words("Enter a duty officer, leader or caller first: then duty can be entered here."))
        return
    with st.form("shift", border=True):
        st.subheader(words("Enter duty"), anchor=False)
        who = st.selectbox(words("Who"), on_duty, format_func=lambda c: c.name_zh)
        day = st.date_input(words("Day"), format="YYYY-MM-DD")
        hour = st.number_input(words("From hour"), 0, 23, 8)
        hours = st.number_input(words("Hours"), 1, 72, 12)
        district = st.text_input(words("District id"), max_chars=60, value="dongtou")
        if st.form_submit_button(words("Save")) and who is not None:
            starts = datetime.combine(day, time(int(hour)), SHANGHAI).astimezone(UTC)
            with visit.scope() as scope:
                scope.execute(
                    "reader/save_shift",
                    district_id=district.strip(),
                    contact_id=who.contact_id,
                    starts_at=starts,
                    ends_at=starts + timedelta(hours=int(hours)),
                )
            tell(words("Recorded."))
