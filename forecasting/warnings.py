"""The wave warning colours of GB/T 19721.2-2017; the table itself is data in config/rules/waves.toml."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from core.finding import Severity
from core.settings import build, load_toml

Zone = Literal["nearshore", "offshore"]


@dataclass(frozen=True, kw_only=True)
class WaveStep:
    """From which significant wave height a colour holds; None where the zone has no such colour. [m]"""

    colour: str
    nearshore_hs_m: float
    offshore_hs_m: float | None = None

    def __post_init__(self) -> None:
        if self.colour.upper() not in Severity.__members__:
            raise ValueError(f"colour {self.colour!r} is not blue, yellow, orange or red.")

    @property
    def severity(self) -> Severity:
        """Return the colour as a severity."""
        return Severity[self.colour.upper()]


@dataclass(frozen=True, kw_only=True)
class WaveTable:
    """The steps of the standard and how far waves must fall before a colour is taken back."""

    version: str
    source: str
    clear_margin_m: float
    max_age_s: float
    step: tuple[WaveStep, ...]

    def __post_init__(self) -> None:
        heights = [s.nearshore_hs_m for s in sorted(self.step, key=lambda s: s.severity)]
        if not heights or heights != sorted(set(heights)):
            raise ValueError("step: heights must rise from blue to red, each colour once.")


def load_wave_table(path: Path) -> WaveTable:
    """Return the table of a rule file; ConfigError names what is wrong."""
    return build(WaveTable, load_toml(path), where=path.name)


def lower_bound_m(step: WaveStep, zone: Zone) -> float | None:
    """Return from which height a step holds in a zone, None where it does not exist there. [m]"""
    return step.nearshore_hs_m if zone == "nearshore" else step.offshore_hs_m


def wave_colour(
    table: WaveTable, hs_m: float, zone: Zone = "nearshore", *, kept: Severity | None = None
) -> Severity | None:
    """Return the highest colour whose lower bound the height reaches, None below blue.

    Parameters
    ----------
    hs_m
        Significant wave height. [m]
    kept
        Colour of an open warning: it and those below hold until waves are `clear_margin_m` below their bounds; a
        higher one is raised at its bound alone.
    """
    reached = [
        step.severity
        for step in table.step
        if (bound := lower_bound_m(step, zone)) is not None
        and hs_m >= bound - (table.clear_margin_m if kept is not None and step.severity <= kept else 0.0)
    ]
    return max(reached, default=None)
