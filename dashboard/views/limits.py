"""The limit lines of charts, from the same rule files and operator's changes that judge."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from cages.adjust import changes_at, in_force
from cages.limits import CageLimits, load_limits
from core.settings import load_toml
from forecasting.rules import ForecastRules, load_rules
from store.limits import LimitRow

RULES = Path(str(files("config").joinpath("rules")))
_COLOURS = {"blue": 1, "yellow": 2, "orange": 3, "red": 4}


@dataclass(frozen=True, kw_only=True)
class Limit:
    """A value at which a warning of `severity` (1 blue .. 4 red) begins."""

    value: float
    severity: int


@cache
def rules() -> CageLimits:
    """Return the cage rules that the watch uses, as the rule files say."""
    return load_limits(RULES)


def rules_at(changed: Sequence[LimitRow], farm: str | None, cage: str | None) -> CageLimits:
    """Return the cage rules that hold at a cage, or at all of a farm, with what an operator changed."""
    limits, _ = in_force(rules(), changes_at([row.change for row in changed], farm, cage))
    return limits


def limits_of(quantity: str, limits: CageLimits) -> tuple[Limit, ...]:
    """Return the limits that a chart of this quantity draws; none for quantities without a rule."""
    if quantity == "do_mg_l":
        return tuple(Limit(value=level.below_mg_l, severity=int(level.severity)) for level in limits.oxygen.level)
    if quantity == "hs_m":
        return _waves(load_toml(RULES / "waves.toml"))
    if quantity == "wind_mps" and (rule := forecast_rules().rule_for(quantity)) is not None:
        return tuple(Limit(value=one.value, severity=int(one.severity)) for one in rule.limit)
    return tuple(
        Limit(value=bound, severity=int(row.severity))
        for row in limits.croaker.limit
        if row.quantity == quantity
        for bound in (row.low, row.high)
        if bound is not None
    )


@cache
def forecast_rules() -> ForecastRules:
    """Return the rules by which forecasts are made and judged."""
    return load_rules(RULES / "forecast.toml")


def cost_shares(quantity: str) -> dict[int, float]:
    """Return cost over loss of acting on each colour of a quantity; empty for one that is not forecast."""
    rule = forecast_rules().rule_for(quantity)
    return {} if rule is None else {int(one.severity): one.decision(rule.decision).threshold for one in rule.limit}


def _waves(table: Mapping[str, Any]) -> tuple[Limit, ...]:
    return tuple(Limit(value=float(row["nearshore_hs_m"]), severity=_COLOURS[row["colour"]]) for row in table["step"])
