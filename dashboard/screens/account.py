"""My account: language, password, sessions, tokens for programs, signing out."""

import streamlit as st
from markupsafe import Markup

from dashboard.frame import who_line
from dashboard.screens.tables import note, show_table, title
from dashboard.times import stamp
from dashboard.visit import Visit
from store import totp
from store.access import SessionRow, open_api_token, set_second


def render(visit: Visit) -> None:
    """Draw the account."""
    words = visit.words
    title(words("My account"), who_line(visit))
    chosen = st.segmented_control(
        words("Language"),
        ["zh", "en"],
        default=visit.person.locale,
        format_func=lambda c: {"zh": "中文", "en": "English"}[c],
        required=True,
    )
    if chosen and chosen != visit.person.locale:
        with visit.scope() as scope:
            scope.value("access/set_locale", locale=chosen)
        st.rerun()
    with st.container(horizontal=True):
        st.link_button(words("Change password"), "/password")
        st.link_button(words("Light page for slow networks"), "/m/")
        if st.button(words("Sign out")):
            _close(visit, everywhere=False)
        if st.button(words("Sign out everywhere")):
            _close(visit, everywhere=True)
    _second(visit)
    _sessions(visit)
    _token(visit)


def _close(visit: Visit, *, everywhere: bool) -> None:
    with visit.scope() as scope:
        scope.value("access/close", everywhere=everywhere, person_id=None)
    st.rerun()


def _sessions(visit: Visit) -> None:
    words = visit.words
    with visit.scope() as scope:
        found = scope.rows(SessionRow, "access/my_sessions")
    st.subheader(words("Open sessions"), anchor=False)
    rows = [
        (
            words("browser") if s.kind == "web" else words("program: {label}", label=s.label),
            s.agent[:60],
            s.address,
            stamp(s.created_at),
            stamp(s.seen_at),
        )
        for s in found
    ]
    show_table((words("Kind"), words("Client"), words("Address"), words("Since"), words("Last seen")), rows, empty="")


def _second(visit: Visit) -> None:
    """Switch one-time codes on or off; on only once the phone has shown a right one."""
    words = visit.words
    with visit.scope() as scope:
        on = bool(scope.value("access/has_second"))
    with st.expander(words("One-time codes: on") if on else words("One-time codes: off"), expanded=False):
        if on:
            if st.button(words("Switch one-time codes off")):
                with visit.scope() as scope:
                    set_second(scope, None, code="")
                st.rerun()
            return
        secret = st.session_state.setdefault("second", totp.new_secret())
        note(
            words("Enter this key into an authenticator app on your phone, or open the link there; then type its code.")
        )
        st.html(
            Markup('<p style="font-family:monospace;font-size:1.1rem">{}</p>').format(
                " ".join(secret[n : n + 4] for n in range(0, len(secret), 4))
            )
        )
        st.link_button(words("Open in the authenticator app"), totp.address(secret, visit.person.login))
        with st.form("second_factor", border=False):
            code = st.text_input(words("One-time code"), max_chars=8)
            if st.form_submit_button(words("Switch one-time codes on")):
                with visit.scope() as scope:
                    done = set_second(scope, secret, code=code)
                if done:
                    del st.session_state["second"]
                    st.rerun()
                st.error(words("That code is wrong: check the phone's clock and type the newest one."))


def _token(visit: Visit) -> None:
    words = visit.words
    with st.form("token", border=True):
        st.subheader(words("Token for programs"), anchor=False)
        label = st.text_input(words("What is it for?"), max_chars=60)
        if st.form_submit_button(words("Make a token")) and label.strip():
            with visit.scope() as scope:
                token = open_api_token(scope, visit.person, label=label.strip())
            st.html(Markup('<p class="hy-banner drill" style="word-break:break-all">{}</p>').format(token))
            note(words("Copy it now: it is shown once. It sees what you may see and can change nothing."))
