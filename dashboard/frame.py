"""What every rerun does: who is it, which pages may be seen, is the data fresh; then the page."""

import importlib
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import streamlit as st
from markupsafe import Markup

from dashboard.i18n import Words, mark
from dashboard.look import ROLE_WORDS, STYLE
from dashboard.screens import told
from dashboard.screens.live import common
from dashboard.serving import ASSETS
from dashboard.state import shared
from dashboard.views.freshness import SILENT_S, notices
from dashboard.visit import Visit
from dashboard.web.cookies import LANGUAGE, SESSION
from store import reader
from store.access import whoami
from store.scoped import DatabaseAwayError, Scope

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One page: where it is, what it is called, who may see it, and the module whose ``render`` draws it."""

    path: str
    title: str
    roles: tuple[str, ...]
    module: str
    hidden: bool = False


AWAY = mark("The database does not answer. Nothing shown here is current; the page comes back by itself.")
LATE = ("pandas", "pydeck", "pyarrow")
"""What charts and maps of Streamlit import at first use: pandas alone holds every session up for about a second."""
FARMER, OFFICER, TECH, ADMIN = "farmer", "regulator", "technician", "administrator"
ENTRIES = (
    Entry(path="cages", title=mark("Cages"), roles=(FARMER,), module="dashboard.screens.cage_list"),
    Entry(path="desk", title=mark("Duty desk"), roles=(OFFICER,), module="dashboard.screens.desk"),
    Entry(path="gateways", title=mark("Devices"), roles=(TECH,), module="dashboard.screens.gateways"),
    Entry(path="people", title=mark("People"), roles=(ADMIN,), module="dashboard.screens.people"),
    Entry(path="alerts", title=mark("Alerts"), roles=(FARMER, OFFICER, TECH), module="dashboard.screens.alert_queue"),
    Entry(path="storm", title=mark("Storm"), roles=(FARMER, OFFICER), module="dashboard.screens.storm"),
    Entry(path="farms", title=mark("Cages"), roles=(OFFICER, TECH), module="dashboard.screens.cage_list"),
    Entry(path="sea", title=mark("Sea ahead"), roles=(FARMER, OFFICER), module="dashboard.screens.sea"),
    Entry(
        path="record",
        title=mark("Forecast record"),
        roles=(FARMER, OFFICER, TECH),
        module="dashboard.screens.record",
    ),
    Entry(path="boats", title=mark("Boats"), roles=(OFFICER,), module="dashboard.screens.boats"),
    Entry(path="areas", title=mark("Zones and seasons"), roles=(OFFICER,), module="dashboard.screens.areas"),
    Entry(path="contacts", title=mark("Contacts and rota"), roles=(ADMIN,), module="dashboard.screens.contact_list"),
    Entry(path="limits", title=mark("Limits"), roles=(ADMIN,), module="dashboard.screens.limit_list"),
    Entry(path="trail", title=mark("Audit"), roles=(OFFICER, ADMIN), module="dashboard.screens.trail"),
    Entry(path="take", title=mark("Data and reports"), roles=(FARMER, OFFICER, TECH), module="dashboard.screens.take"),
    Entry(
        path="me", title=mark("My account"), roles=(FARMER, OFFICER, TECH, ADMIN), module="dashboard.screens.account"
    ),
    Entry(path="cage", title=mark("Cage"), roles=(FARMER, OFFICER, TECH), module="dashboard.screens.cage", hidden=True),
    Entry(
        path="alert", title=mark("Alert"), roles=(FARMER, OFFICER, TECH), module="dashboard.screens.alert", hidden=True
    ),
    Entry(path="target", title=mark("Target"), roles=(OFFICER,), module="dashboard.screens.target", hidden=True),
)


def allowed(roles: list[str]) -> list[Entry]:
    """Return the pages that a person with these roles may open; each render checks nothing more than this."""
    return [entry for entry in ENTRIES if any(role in entry.roles for role in roles)]


def preload() -> None:
    """Import every screen and what Streamlit would import while drawing, so that no visitor waits for it."""
    for module in (*(entry.module for entry in ENTRIES), *LATE):
        importlib.import_module(module)


def run() -> None:
    """Draw the page that the address asks for, for the person whose session the cookie names."""
    st.set_page_config(page_title="黄鱼", page_icon=str(ASSETS / "icon.png"), layout="wide")
    st.html(STYLE)
    visit = _visit()
    if visit is None:
        return
    pages = _pages(visit)
    if not pages:
        st.html(
            Markup('<p class="hy-banner away">{}</p>').format(
                visit.words("Your account has no role yet. Ask the administrator.")
            )
        )
        return
    page = st.navigation(pages, position="top")
    st.html(_bar(visit, page.url_path))
    _banners(visit)
    told.draw()
    try:
        page.run()
    except DatabaseAwayError:
        _away(visit.words)


def _pages(visit: Visit) -> list[Any]:
    """Return the person's pages; the first is also the start page; addresses of others say that they are closed."""
    mine = allowed(visit.person.roles)
    if not mine:
        return []
    closed = [entry for entry in ENTRIES if entry not in mine]
    start = replace(mine[0], path="start")
    alias = replace(mine[0], hidden=True)
    return [
        _page(start, visit, default=True),
        *(_page(entry, visit) for entry in (*mine[1:], alias)),
        *(_page(replace(entry, module="", hidden=True), visit) for entry in closed),
    ]


BAR = (("cages", "▦"), ("desk", "◎"), ("gateways", "▤"), ("people", "☺"), ("alerts", "▲"), ("storm", "◉"),
       ("contacts", "✆"), ("limits", "↕"), ("me", "☰"))  # fmt: skip
"""What a thumb must reach at once, with a sign each: the phone's own menu hides every page behind one small arrow."""


BAR_WORDS = {"contacts": mark("Contacts")}
"""Where the page's title is too long for a thumb's width."""


def _bar(visit: Visit, here: str) -> Markup:
    """Return the bar at the foot of a phone's screen; on a desk it is not shown."""
    mine = {entry.path: entry for entry in allowed(visit.person.roles)}
    first = next(iter(mine))
    links = Markup("").join(
        Markup('<a href="/{}" target="_self"{}><i aria-hidden="true">{}</i>{}</a>').format(
            "" if path == first else path,
            Markup(' aria-current="page"') if here == ("" if path == first else path) else "",
            sign,
            visit.words(BAR_WORDS.get(path, mine[path].title)),
        )
        for path, sign in BAR
        if path in mine
    )
    return Markup('<nav class="hy-bar" aria-label="{}">{}</nav>').format(visit.words("Pages"), links)


def _page(entry: Entry, visit: Visit, *, default: bool = False) -> Any:
    def draw() -> None:
        if entry.module:
            _render_of(entry)(visit)
        else:
            st.html(Markup('<p class="hy-banner stale">{}</p>').format(visit.words("Your account may not do that.")))

    return st.Page(
        draw,
        title=visit.words(entry.title),
        url_path=entry.path,
        default=default,
        visibility="hidden" if entry.hidden else "visible",
    )


def _render_of(entry: Entry) -> Callable[[Visit], None]:
    render: Callable[[Visit], None] = importlib.import_module(entry.module).render
    return render


def _visit() -> Visit | None:
    process = shared()
    token = st.context.cookies.get(SESSION, "")
    guess = Words(st.context.cookies.get(LANGUAGE, process.settings.locale))
    try:
        person = whoami(process.pool, token)
    except DatabaseAwayError:
        _away(guess)
        return None
    if person is None or person.must_change:
        _leave("/signin" if person is None else "/password", guess)
        return None
    return Visit(person=person, token=token, words=Words(person.locale), now=datetime.now(UTC), shared=process)


def _leave(target: str, words: Words) -> None:
    """Say that the session is over and take the browser to the form."""
    st.html(
        Markup('<p class="hy-banner stale">{} <a href="{}" target="_self">{}</a></p>').format(
            words("You are signed out."), target, words("Sign in")
        )
    )
    st.html(f"<script>window.location.assign('{target}')</script>", unsafe_allow_javascript=True)


def _away(words: Words) -> None:
    st.html(Markup('<p class="hy-banner away" role="alert">{}</p>').format(words(AWAY)))
    _retry()


@st.fragment(run_every=5)
def _retry() -> None:
    """Rerun the whole page once the database answers again."""
    try:
        with shared().pool.scope("") as scope:
            scope.value("access/alive")
    except DatabaseAwayError:
        return
    st.rerun()


def _banners(visit: Visit) -> None:
    @st.fragment(run_every=max(10, visit.settings.refresh_s), key="banners")
    def live() -> None:
        now = visit.again()
        try:
            st.html(common(now, "banners", lambda scope: _news(now, scope)))
        except DatabaseAwayError:
            st.html(Markup('<p class="hy-banner away" role="alert">{}</p>').format(now.words(AWAY)))

    live()


def _news(visit: Visit, scope: Scope) -> Markup:
    """Return what is wrong with the data as banners; an empty element when nothing is."""
    found = notices(
        reader.freshness(scope, silent_s=SILENT_S),
        now=visit.now,
        stale_after_s=visit.settings.stale_after_s,
        sea=visit.person.has("regulator"),
        words=visit.words,
    )
    banners = (Markup('<p class="hy-banner {}" role="status">{}</p>').format(n.kind, n.text) for n in found)
    return Markup("").join(banners) or Markup('<span class="hy-none"></span>')


def who_line(visit: Visit) -> str:
    """Return the person and role as one line."""
    roles = visit.words(", ").join(visit.words(ROLE_WORDS[role]) for role in visit.person.roles)
    return f"{visit.person.name_zh} · {roles}"


def on_script_error(problem: Exception) -> bool:
    """Log a screen's error and say so in the reader's own language; nothing of it is shown."""
    _log.error("a screen failed", exc_info=problem)
    words = Words(st.context.cookies.get(LANGUAGE, shared().settings.locale))
    text = words("This part of the page failed. The technician finds the reason in the log; try again.")
    st.html(Markup('<p class="hy-banner away" role="alert">{}</p>').format(text))
    return True
