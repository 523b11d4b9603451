"""How a step went, said once at the foot of the next drawing: Streamlit's own toast has no name that a reader hears."""

from typing import NoReturn

import streamlit as st
from markupsafe import Markup

KEPT, REFUSED = "kept", "refused"


def tell(text: str, *, how: str = KEPT) -> NoReturn:
    """Draw the page anew and say `text` on it; what is typed stays typed."""
    st.session_state["told"] = (how, text)
    st.rerun()
    raise AssertionError("a rerun never returns")


def draw() -> None:
    """Say what the last step left to say; it goes away by itself."""
    how, text = st.session_state.pop("told", (KEPT, ""))
    if text:
        mark = "✓" if how == KEPT else "!"
        st.html(
            Markup('<p class="hy-told {}" role="status"><i aria-hidden="true">{}</i> {}</p>').format(how, mark, text)
        )
