"""Limits and spans of the cage rules, read from ``config/rules``; see those files for the sources."""

from dataclasses import dataclass
from pathlib import Path

from cages.budget import BudgetRule
from cages.condition import Growth, Limit, Stage
from cages.drift import DriftRule
from cages.group import SeriesLimits
from cages.structure import Structure
from cages.supply import Power
from core.finding import Severity
from core.settings import build, load_toml


@dataclass(frozen=True, kw_only=True)
class OxygenLevel:
    """One level: oxygen below `below_mg_l` has this severity. [mg/L]"""

    below_mg_l: float
    severity: Severity
    name_zh: str
    name_en: str
    advice_zh: str
    advice_en: str


@dataclass(frozen=True, kw_only=True)
class OxygenRule:
    """``config/rules/oxygen.toml``: levels from mild to grave, with the hysteresis between them."""

    version: str
    level: tuple[OxygenLevel, ...]
    clear_margin_mg_l: float
    window_s: float
    least_samples: int

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
class CageLimits:
    """All rule files of this package."""

    budget: BudgetRule
    croaker: CroakerRule

    qc: QcRule

    oxygen: OxygenRule
    sensing: SensingRule


def load_limits(rules_dir: Path) -> CageLimits:
    """Return the limits of a folder; ConfigError lists what is wrong in its files."""
    return CageLimits(
        budget=build(BudgetRule, load_toml(rules_dir / "budget.toml"), where="budget.toml"),
        croaker=build(CroakerRule, load_toml(rules_dir / "croaker.toml"), where="croaker.toml"),
        qc=build(QcRule, load_toml(rules_dir / "qc.toml"), where="qc.toml"),
        oxygen=build(OxygenRule, load_toml(rules_dir / "oxygen.toml"), where="oxygen.toml"),
        sensing=build(SensingRule, load_toml(rules_dir / "sensing.toml"), where="sensing.toml"),
    )
