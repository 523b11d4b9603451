"""Tables and small pieces of HTML that several screens share; every value is escaped."""

from collections.abc import Iterable, Sequence

import streamlit as st
from markupsafe import Markup


def table(heads: Sequence[str], rows: Iterable[Sequence[object]], *, numeric: Sequence[int] = ()) -> Markup:
    """Return a table; cells that are Markup already stay as they are."""
    top = Markup("").join(
        Markup('<th scope="col"{}>{}</th>').format(Markup(' class="num"') if n in numeric else "", h)
        for n, h in enumerate(heads)
    )
    body = Markup("").join(Markup("<tr>{}</tr>").format(_cells(row, numeric)) for row in rows)
    return Markup(
        '<div class="hy-wrap" tabindex="0"><table class="hy-table"><thead><tr>{}</tr></thead>'
        "<tbody>{}</tbody></table></div>"
    ).format(top, body)


SHORT_TEXT = 16
"""Up to this many characters (a time, a name) a cell is never broken: the table scrolls sideways instead."""


def _cells(row: Sequence[object], numeric: Sequence[int]) -> Markup:
    return Markup("").join(
        Markup("<td{}>{}</td>").format(_kind(cell, n in numeric), "–" if cell is None else cell)
        for n, cell in enumerate(row)
    )


def _kind(cell: object, number: bool) -> Markup:
    if number:
        return Markup(' class="num"')
    text = cell.striptags() if isinstance(cell, Markup) else str(cell)
    short = len(text) <= SHORT_TEXT
    return Markup(' class="short"') if short else Markup("")


def show_table(
    heads: Sequence[str], rows: Sequence[Sequence[object]], *, empty: str, numeric: Sequence[int] = ()
) -> None:
    """Draw a table, or a sentence when there is nothing."""
    if rows:
        st.html(table(heads, rows, numeric=numeric))
    else:
        note(empty)


def note(text: str) -> None:
    """Draw a quiet line."""
    st.html(quiet(text))


def quiet(text: str) -> Markup:
    """Return a quiet line."""
    return Markup('<p class="hy-note">{}</p>').format(text)


def title(text: str, sub: str = "") -> None:
    """Draw a page's heading."""
    st.html(Markup('<div class="hy-head"><div><h1>{}</h1><p class="sub">{}</p></div></div>').format(text, sub))


def link(href: str, text: str) -> Markup:
    """Return a link that stays in this tab."""
    return Markup('<a href="{}" target="_self">{}</a>').format(href, text)
