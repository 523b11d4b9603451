"""The limit lines of charts, from the same rule files that judge."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from core.settings import load_toml

RULES = Path(str(files("config").joinpath("rules")))
_COLOURS = {"blue": 1, "yellow": 2, "orange": 3, "red": 4}


@dataclass(frozen=True, kw_only=True)
class Limit:
    """A value at which a warning of `severity` (1 blue .. 4 red) begins."""

    value: float
    severity: int


@cache
def limits_of(quantity: str) -> tuple[Limit, ...]:
    """Return the limits that a chart of this quantity draws; none for quantities without a rule."""
    if quantity == "do_mg_l":
        return _oxygen(load_toml(RULES / "oxygen.toml"))
    if quantity == "hs_m":
        return _waves(load_toml(RULES / "waves.toml"))
    return ()


def _oxygen(table: Mapping[str, Any]) -> tuple[Limit, ...]:
    return tuple(Limit(value=float(row["below_mg_l"]), severity=int(row["severity"])) for row in table["level"])


def _waves(table: Mapping[str, Any]) -> tuple[Limit, ...]:
    return tuple(Limit(value=float(row["nearshore_hs_m"]), severity=_COLOURS[row["colour"]]) for row in table["step"])
