"""Limits and spans of the cage rules, read from ``config/rules``; see those files for the sources."""

from dataclasses import dataclass
from pathlib import Path

from cages.advice import AdviceTable
from cages.budget import BudgetRule
from cages.condition import Growth, Limit, Stage
from cages.drift import DriftRule
from cages.energy import EnergyRule
from cages.exposure import ExposureRule
from cages.group import SeriesLimits
from cages.health import HealthRule
from cages.settle import SiteRange
from cages.structure import Structure
from cages.supply import Power
from core.errors import ConfigError
from core.finding import Severity
from core.settings import build, load_toml


@dataclass(frozen=True, kw_only=True)
class OxygenLevel:
    """One level: oxygen below `below_mg_l` has this severity. [mg/L]"""

    below_mg_l: float
    severity: Severity
    name_zh: str
    name_en: str


@dataclass(frozen=True, kw_only=True)
class OxygenRule:
    """``config/rules/oxygen.toml``: levels from mild to grave, with the hysteresis between them."""

    version: str
    level: tuple[OxygenLevel, ...]
    clear_margin_mg_l: float
    window_s: float
    least_samples: int
    tender_below_g: float
    tender_add_mg_l: float
    dense_above_kg_m3: float
    dense_add_mg_l: float

    def __post_init__(self) -> None:
        limits = [level.below_mg_l for level in self.level]
        severities = [level.severity for level in self.level]
        if not limits or limits != sorted(limits, reverse=True) or severities != sorted(severities):
            raise ValueError("levels must go from the highest limit and mildest severity to the gravest.")
        if self.clear_margin_mg_l <= 0 or self.window_s <= 0 or self.least_samples < 1:
            raise ValueError("clear_margin_mg_l, window_s and least_samples must be above zero.")


@dataclass(frozen=True, kw_only=True)
class SensingRule:
    """``config/rules/sensing.toml``: when a cage counts as blind."""

    version: str
    blind_after_s: float
    severity: Severity
    watched: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class QcRule:
    """``config/rules/qc.toml``: limits of the final quality flags and of the drift watch."""

    version: str
    hourly: SeriesLimits
    live: SeriesLimits
    drift: DriftRule
    site: tuple[SiteRange, ...]


@dataclass(frozen=True, kw_only=True)
class CroakerRule:
    """``config/rules/croaker.toml``: what the fish, the cage and its battery bear."""

    version: str
    stage: tuple[Stage, ...]
    limit: tuple[Limit, ...]
    growth: Growth
    structure: Structure
    power: Power


@dataclass(frozen=True, kw_only=True)
class Health:
    """``config/rules/health.toml``: services of probes, power, exposure."""

    version: str
    probe: HealthRule
    energy: EnergyRule
    exposure: ExposureRule


@dataclass(frozen=True, kw_only=True)
class CageLimits:
    """All rule files of this package."""

    advice: AdviceTable
    budget: BudgetRule
    croaker: CroakerRule
    health: Health
    oxygen: OxygenRule
    qc: QcRule
    sensing: SensingRule


def load_limits(rules_dir: Path) -> CageLimits:
    """Return the limits of a folder; ConfigError lists what is wrong in its files."""
    limits = CageLimits(
        advice=build(AdviceTable, load_toml(rules_dir / "advice.toml"), where="advice.toml"),
        budget=build(BudgetRule, load_toml(rules_dir / "budget.toml"), where="budget.toml"),
        croaker=build(CroakerRule, load_toml(rules_dir / "croaker.toml"), where="croaker.toml"),
        qc=build(QcRule, load_toml(rules_dir / "qc.toml"), where="qc.toml"),
        health=build(Health, load_toml(rules_dir / "health.toml"), where="health.toml"),
        oxygen=build(OxygenRule, load_toml(rules_dir / "oxygen.toml"), where="oxygen.toml"),
        sensing=build(SensingRule, load_toml(rules_dir / "sensing.toml"), where="sensing.toml"),
    )
    silent = [
        f"advice.toml: cages.condition needs a row {limit.quantity}.{side}, as croaker.toml has that limit."
        for limit in limits.croaker.limit
        for side, bound in (("low", limit.low), ("high", limit.high))
        if bound is not None and limits.advice.of("cages.condition", f"{limit.quantity}.{side}") is None
    ]
    if silent:
        raise ConfigError(*silent)
    return limits
