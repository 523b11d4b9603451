"""The administrator's people: accounts, roles, scopes, sessions."""

import secrets

import psycopg
import streamlit as st

from dashboard.i18n import mark
from dashboard.look import ROLE_WORDS, State, badge
from dashboard.screens.tables import note, show_table, title
from dashboard.screens.told import tell
from dashboard.times import stamp
from dashboard.visit import Visit
from store.access import ROLES, SCOPE_KINDS, PersonRow, hash_password, set_second

SCOPE_WORDS = {"farm": mark("Farm"), "district": mark("District"), "vessel": mark("Boat (MMSI)")}


def render(visit: Visit) -> None:
    """Draw the list and the forms."""
    words = visit.words
    title(words("People"))
    with visit.scope() as scope:
        people = scope.rows(PersonRow, "access/people")
    rows = [
        (
            p.login,
            p.name_zh,
            words(", ").join(words(ROLE_WORDS[r]) for r in p.roles),
            "、".join(p.scopes),
            _state(visit, p),
            stamp(p.seen_at),
            p.sessions,
        )
        for p in people
    ]
    heads = (
        words("User name"),
        words("Name"),
        words("Roles"),
        words("Scopes"),
        words("State"),
        words("Last seen"),
        words("Sessions"),
    )
    show_table(heads, rows, empty=words("Nobody yet."), numeric=(6,))
    if "temporary" in st.session_state:
        login, password = st.session_state["temporary"]
        st.success(words("Temporary password of {login}, shown once: {password}", login=login, password=password))
    left, right = st.columns(2, gap="medium")
    with left:
        _change(visit, people)
    with right:
        _new(visit)


def _state(visit: Visit, person: PersonRow) -> object:
    words = visit.words
    if not person.active:
        return badge(State.UNKNOWN, words, words("barred"))
    if person.locked_until is not None and person.locked_until > visit.now:
        return badge(State.YELLOW, words, words("locked for now"))
    return (
        badge(State.BLUE, words, words("temporary password"))
        if person.must_change
        else badge(State.GOOD, words, words("active"))
    )


def _change(visit: Visit, people: list[PersonRow]) -> None:
    words = visit.words
    st.subheader(words("Change an account"), anchor=False)
    chosen = st.selectbox(words("Who"), people, format_func=lambda p: f"{p.name_zh} · {p.login}", key="person")
    if chosen is None:
        return
    with st.form("roles", border=True):
        roles = st.multiselect(words("Roles"), ROLES, default=chosen.roles, format_func=lambda r: words(ROLE_WORDS[r]))
        active = st.checkbox(words("May sign in"), value=chosen.active)
        subject = st.text_input(words("Identity provider: issuer|subject"), chosen.oidc_subject or "", max_chars=300)
        if st.form_submit_button(words("Save")):
            _save(visit, chosen, roles, active=active, subject=subject.strip() or None)
            tell(words("Recorded."))
    with st.form("scopes", border=True):
        kind = st.selectbox(words("Scope"), SCOPE_KINDS, format_func=lambda k: words(SCOPE_WORDS[k]))
        scope_id = st.text_input(words("Id"), max_chars=64)
        add, drop = st.columns(2)
        adding = add.form_submit_button(words("Add scope"))
        dropping = drop.form_submit_button(words("Take scope away"))
        if (adding or dropping) and scope_id.strip():
            with visit.scope() as scope:
                scope.execute(
                    "access/ensure_scope" if adding else "access/drop_scope",
                    person_id=chosen.person_id,
                    kind=kind,
                    id=scope_id.strip(),
                )
            tell(words("Recorded."))
    with st.container(horizontal=True):
        if st.button(words("End all sessions")):
            with visit.scope() as scope:
                scope.value("access/close", everywhere=True, person_id=chosen.person_id)
            tell(words("Recorded."))
        if st.button(words("Set a temporary password")):
            password = secrets.token_urlsafe(9)
            with visit.scope() as scope:
                scope.execute(
                    "access/reset_password",
                    person_id=chosen.person_id,
                    password_hash=hash_password(password),
                    must_change=True,
                )
                scope.value("access/close", everywhere=True, person_id=chosen.person_id)
                set_second(scope, None, code="", person_id=chosen.person_id)
                scope.audit("password.reset", f"person:{chosen.person_id}")
            st.session_state["temporary"] = (chosen.login, password)
            st.rerun()


def _save(visit: Visit, person: PersonRow, roles: list[str], *, active: bool, subject: str | None) -> None:
    with visit.scope() as scope:
        for role in set(roles) - set(person.roles):
            scope.execute("access/ensure_role", person_id=person.person_id, role=role)
        for role in set(person.roles) - set(roles):
            if not (person.login == visit.person.login and role == "administrator"):
                scope.execute("access/drop_role", person_id=person.person_id, role=role)
        if person.login != visit.person.login:
            scope.execute(
                "access/set_person",
                person_id=person.person_id,
                active=active,
                name_zh=person.name_zh,
                phone=person.phone,
            )
        scope.execute("access/set_subject", person_id=person.person_id, subject=subject)


def _new(visit: Visit) -> None:
    words = visit.words
    with st.form("new_person", border=True, clear_on_submit=True):
        st.subheader(words("New account"), anchor=False)
        login = st.text_input(words("User name"), max_chars=64)
        name = st.text_input(words("Name"), max_chars=60)
        role = st.selectbox(words("Role"), ROLES, format_func=lambda r: words(ROLE_WORDS[r]))
        kind = st.selectbox(words("Scope"), SCOPE_KINDS, format_func=lambda k: words(SCOPE_WORDS[k]))
        scope_id = st.text_input(words("Id"), max_chars=64)
        if not st.form_submit_button(words("Make account")):
            return
        password = secrets.token_urlsafe(9)
        try:
            with visit.scope() as scope:
                person_id = scope.value(
                    "access/new_person",
                    login=login.strip().lower(),
                    name_zh=name.strip(),
                    phone=None,
                    password_hash=hash_password(password),
                )
                scope.execute("access/ensure_role", person_id=person_id, role=role)
                if scope_id.strip():
                    scope.execute("access/ensure_scope", person_id=person_id, kind=kind, id=scope_id.strip())
        except psycopg.errors.IntegrityError:
            st.error(words("That user name is taken or not allowed: small letters, digits, dot, hyphen."))
            return
        st.session_state["temporary"] = (login.strip().lower(), password)
        st.rerun()
    note(words("An administrator sees no cages and no boats."))
