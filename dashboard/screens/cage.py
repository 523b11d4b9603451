"""One cage."""

import streamlit as st

from dashboard.visit import Visit


def render(visit: Visit) -> None:
    """Draw the cage."""
    st.write(visit.words("Cage"))
