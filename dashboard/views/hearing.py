"""Where boats were heard lately: the water our receivers reach, so that an empty place on the map can be judged."""

from collections.abc import Sequence
from typing import Any

from dashboard.i18n import Words, mark
from dashboard.views.map_layers import rgb
from store.reader_desk import HeardCell

CELL_DEG = 0.1
"""As in the judgement of silent boats (config/rules/coverage.toml). [deg]"""
STEPS = (
    (5, "#0b4f7a", mark("5 boats or more heard in the hour")),
    (2, "#3f86b0", mark("2 to 4")),
    (1, "#8fb9d2", mark("1")),
)


def cells(heard: Sequence[HeardCell]) -> list[dict[str, Any]]:
    """Return the cells as squares, the darker the more different boats were heard there."""
    return [
        {
            "p": [
                [h.west_deg, h.south_deg],
                [h.west_deg + CELL_DEG, h.south_deg],
                [h.west_deg + CELL_DEG, h.south_deg + CELL_DEG],
                [h.west_deg, h.south_deg + CELL_DEG],
            ],
            "c": [*rgb(next(colour for least, colour, _ in STEPS if h.n >= least)), 90],
        }
        for h in heard
    ]


def legend(words: Words) -> list[tuple[str, str]]:
    """Return (colour, word) of each step."""
    return [(colour, words(word)) for _, colour, word in STEPS]
