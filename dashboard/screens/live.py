"""Live parts: what every session of equal rights sees is made once for all of them."""

from collections.abc import Callable, Hashable
from typing import TypeVar

import streamlit as st

from dashboard.visit import Visit
from store.scoped import Scope

Answer = TypeVar("Answer")


def common(visit: Visit, question: Hashable, make: Callable[[Scope], Answer]) -> Answer:
    """Return the shared answer in the visit's language; a session that is over starts the page anew, which says so."""
    found = visit.common((question, visit.words.locale), make)
    if found is None:
        st.rerun()
    return found
