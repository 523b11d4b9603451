"""Place names of the map, from ``config/rules/placenames.toml``."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from core.settings import build, load_toml
from dashboard.i18n import Words


@dataclass(frozen=True, kw_only=True)
class PlaceName:
    """A name at a point; `rank` 1 is drawn largest. [deg]"""

    zh: str
    en: str
    lat_deg: float
    lon_deg: float
    rank: int


@dataclass(frozen=True, kw_only=True)
class PlaceNames:
    """The file."""

    version: str
    place: tuple[PlaceName, ...]


@cache
def place_names() -> tuple[PlaceName, ...]:
    """Return the names of the map."""
    path = Path(str(files("config").joinpath("rules").joinpath("placenames.toml")))
    return build(PlaceNames, load_toml(path), where=str(path)).place


def place_labels(words: Words) -> list[dict[str, object]]:
    """Return label rows for the map's text layer."""
    return [{"lon": p.lon_deg, "lat": p.lat_deg, "text": words.pick(p.zh, p.en)} for p in place_names()]
