"""The one way screens draw a map: a deck as JSON through Streamlit's deck.gl element."""

import json
from collections.abc import Mapping
from typing import Any

import streamlit as st


class Deck:
    """A deck that is JSON already: Streamlit asks a pydeck object for little more than this."""

    def __init__(self, spec: Mapping[str, Any], tooltip: Mapping[str, Any] | bool = False) -> None:
        self._spec = dict(spec)
        self._tooltip = tooltip
        self.mapbox_key = None
        self.map_provider = None
        self.deck_widget = None

    def to_json(self) -> str:
        """Return the deck's JSON."""
        return json.dumps(self._spec, ensure_ascii=False)


def show(
    spec: Mapping[str, Any], *, key: str, height: int = 560, alt: str = "", select: bool = True
) -> dict[str, list[Any]]:
    """Draw the map; return the picked objects by layer (empty when nothing is picked)."""
    event: Any = st.pydeck_chart(
        Deck(spec),
        key=key,
        height=height,
        alt=alt,
        selection_mode="single-object",
        on_select="rerun" if select else "ignore",
    )
    return dict(event.selection.objects) if select and event is not None else {}
