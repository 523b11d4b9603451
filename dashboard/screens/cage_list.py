"""The farmer's first full screen: cages as cards, worst first."""

from collections.abc import Iterable

import streamlit as st
from markupsafe import Markup

from dashboard.i18n import Words
from dashboard.look import STATES, badge
from dashboard.screens.live import common
from dashboard.views import storm
from dashboard.views.cage_cards import CageCard, cards, summary
from dashboard.visit import Visit
from store import reader
from store.scoped import Scope

NAMED_FARMS = 3
"""More than so many farms are counted in the heading, not named."""


def render(visit: Visit) -> None:
    """Draw the cards and keep them fresh."""

    @st.fragment(run_every=visit.settings.refresh_s, key="cards")
    def live() -> None:
        now = visit.again()
        st.html(common(now, "cards", lambda scope: _drawn(now, scope)))

    live()


def _drawn(visit: Visit, scope: Scope) -> Markup:
    """Return heading and cards of everything in scope."""
    words = visit.words
    farms, alerts = reader.farms(scope), reader.alerts(scope)
    made = cards(reader.cages(scope), reader.latest(scope), alerts, now=visit.now, words=words, farms=farms)
    names = words(", ").join(words.pick(f.name_zh, f.name_en) for f in farms[:NAMED_FARMS])
    if len(farms) > NAMED_FARMS:
        names = words("{names} and {n} more", names=names, n=len(farms) - NAMED_FARMS)
    warned = _storm(storm.warning(alerts, now=visit.now, words=words), words)
    return head(names or words("Cages"), summary(made, words)) + warned + grid(made, words)


def _storm(warning: storm.Warning | None, words: Words) -> Markup:
    """Return the storm that is coming as one line that leads to its page; nothing when none is."""
    if warning is None:
        return Markup("")
    look = STATES[warning.state]
    return Markup(
        '<a class="hy-alert" href="/storm" target="_self" style="--strong:{};--ink:{}">{}<span class="what">{}</span>'
        '<span class="when">{}</span><span class="todo">{}</span></a>'
    ).format(look.strong, look.ink, badge(warning.state, words), warning.text, warning.left, warning.advice)


def head(title: str, sub: str) -> Markup:
    """Return a page's heading with one line under it."""
    return Markup('<div class="hy-head"><div><h1>{}</h1><p class="sub">{}</p></div></div>').format(title, sub)


def grid(made: Iterable[CageCard], words: Words) -> Markup:
    """Return the cards as links to their cage."""
    return Markup('<div class="hy-cards">{}</div>').format(Markup("").join(_card(card, words) for card in made))


_CARD = Markup(
    '<a class="hy-card" href="/cage?cage={id}" target="_self" style="--strong:{strong};--wash:{wash};--ink:{ink}">'
    '<header><span><b>{name}</b>{farm}</span>{badge}</header><dl class="hy-figs">{figures}</dl>'
    '<p class="hy-do">{advice}</p>{reason}<p class="hy-age"><span>{age}</span><span>{more}</span></p></a>'
)


def _card(card: CageCard, words: Words) -> Markup:
    look = STATES[card.state]
    shown = Markup("").join(
        Markup("<div><dt>{}</dt><dd{}>{}<small>{}</small></dd></div>").format(
            f.label, Markup(' class="old"') if f.old else "", f.text, f.unit
        )
        for f in card.figures
    )
    reason = (
        Markup('<p class="hy-note">{}</p>').format(card.reason) if card.reason and card.reason != card.advice else ""
    )
    more = words("and {n} more", n=card.more) if card.more else ""
    return _CARD.format(
        id=card.cage_id,
        strong=look.strong,
        wash=look.wash,
        ink=look.ink,
        name=card.name,
        farm=Markup(' <small class="hy-note">{}</small>').format(card.farm) if card.farm else "",
        badge=badge(card.state, words),
        figures=shown,
        advice=card.advice,
        reason=reason,
        age=card.age,
        more=more,
    )
