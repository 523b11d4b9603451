"""The one way screens draw a map: a deck as JSON through Streamlit's deck.gl element."""

import json
from collections.abc import Mapping
from typing import Any

import streamlit as st


class Deck:
    """A deck that is JSON already: Streamlit asks a pydeck object for little more than this."""

    def __init__(self, spec: Mapping[str, Any], tooltip: Mapping[str, Any] | bool = False) -> None:
        self._json = json.dumps(spec, ensure_ascii=False)
        self._tooltip = tooltip
        self.mapbox_key = None
        self.map_provider = None
        self.deck_widget = None

    def to_json(self) -> str:
        """Return the deck's JSON."""
        return self._json


def show(
    spec: Mapping[str, Any] | Deck, *, key: str, height: int = 560, alt: str = "", select: bool = True
) -> dict[str, list[Any]]:
    """Draw a deck, one that many sessions share or a new one; return the picked objects by layer."""
    event: Any = st.pydeck_chart(
        spec if isinstance(spec, Deck) else Deck(spec),
        key=key,
        height=height,
        alt=alt,
        selection_mode="single-object",
        on_select="rerun" if select else "ignore",
    )
    return dict(event.selection.objects) if select and event is not None else {}
