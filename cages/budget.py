"""The oxygen budget of a cage: minutes until the limit when the current slackens, and what an aerator adds.

One box of water: ``V dC/dt = Q (C_out - C) - R + A``. Q is the current through the net, R the breath of the fish, A the
aerator. Every constant is in ``config/rules/budget.toml`` with its source.
"""

import math
from dataclasses import dataclass

from cages.loads import through_net


@dataclass(frozen=True, kw_only=True)
class BudgetRule:
    """Constants of the budget; see the file."""

    version: str
    rate_a: float
    rate_b: float
    q10: float
    activity: float
    solidity_clean: float
    solidity_per_day: float
    solidity_most: float
    slack_mps: float
    transfer_kg_kwh: float
    limit_mg_l: float
    warn_min: float
    clear_min: float
    volume_m3: float
    width_m: float

    def __post_init__(self) -> None:
        if min(self.rate_a, self.q10, self.volume_m3, self.width_m, self.slack_mps) <= 0:
            raise ValueError("rates, sizes and slack_mps must be above zero.")
        if not self.warn_min < self.clear_min:
            raise ValueError("warn_min must be below clear_min.")


@dataclass(frozen=True, kw_only=True)
class Budget:
    """What happens to a cage's oxygen at a current.

    Parameters
    ----------
    use_mg_l_h
        What the fish take out of the water. [mg/L/h]
    exchange_per_h
        How many times an hour the current renews the water. [1/h]
    balance_mg_l
        Where the oxygen would settle. [mg/L]
    minutes
        Until the limit; None when it is never reached, 0 when it already is.
    """

    use_mg_l_h: float
    exchange_per_h: float
    balance_mg_l: float
    minutes: float | None


def respiration_mg_kg_h(weight_g: float, water_temp_c: float, rule: BudgetRule) -> float:
    """Return what a kilogram of fish breathes in an hour. [mg/kg/h]"""
    routine: float = rule.rate_a * weight_g**rule.rate_b * rule.q10 ** ((water_temp_c - 20.0) / 10.0)
    return routine * rule.activity


def solidity(days_since_cleaning: float, clean: float, rule: BudgetRule) -> float:
    """Return the share of the net that is twine and growth. [0-1]"""
    return min(clean + rule.solidity_per_day * max(days_since_cleaning, 0.0), max(rule.solidity_most, clean))


def budget(
    *,
    do_mg_l: float,
    outside_mg_l: float,
    water_temp_c: float,
    biomass_kg: float,
    weight_g: float,
    current_mps: float,
    solid: float,
    volume_m3: float,
    width_m: float,
    saturation_mg_l: float,
    rule: BudgetRule,
    aerator_kw: float = 0.0,
) -> Budget:
    """Return the course of the oxygen from now at a steady current.

    Notes
    -----
    With k = exchange + aeration per hour the box has the closed form C(t) = B + (C0 - B) exp(-k t), B the balance.
    The aerator gives ``transfer * kW * (Cs - C)/Cs``: nothing at saturation, all at zero oxygen. [kg/h]
    """
    use = respiration_mg_kg_h(weight_g, water_temp_c, rule) * biomass_kg / (volume_m3 * 1000.0)
    flow_mps = max(current_mps, rule.slack_mps) * through_net(solid)
    exchange = flow_mps * 3600.0 / width_m
    aerate = rule.transfer_kg_kwh * aerator_kw * 1000.0 / volume_m3 / saturation_mg_l
    pull = exchange + aerate
    balance = (exchange * outside_mg_l + aerate * saturation_mg_l - use) / pull
    return Budget(
        use_mg_l_h=use,
        exchange_per_h=exchange,
        balance_mg_l=max(balance, 0.0),
        minutes=_minutes(do_mg_l, balance, pull, rule.limit_mg_l),
    )


def _minutes(now_mg_l: float, balance_mg_l: float, pull_per_h: float, limit_mg_l: float) -> float | None:
    if now_mg_l <= limit_mg_l:
        return 0.0
    if balance_mg_l >= limit_mg_l:
        return None
    return 60.0 / pull_per_h * math.log((now_mg_l - balance_mg_l) / (limit_mg_l - balance_mg_l))
