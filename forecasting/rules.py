"""The rule file of forecasts as frozen settings."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from core.finding import Severity
from core.settings import build, load_toml
from forecasting.risk import CostLoss
from forecasting.series.history import Kind


@dataclass(frozen=True, kw_only=True)
class Limit:
    """A limit that people are told the risk of, and the colour it stands for; in the quantity's unit.

    Parameters
    ----------
    cost, loss
        What acting on this limit costs and what it saves; those of the series where absent.
    least_hours
        Expected hours beyond the limit within the window below which nobody acts. [h]
    """

    value: float
    colour: str
    cost: float | None = None
    loss: float | None = None
    least_hours: float = 0.0

    def __post_init__(self) -> None:
        if self.colour.upper() not in Severity.__members__:
            raise ValueError(f"colour {self.colour!r} is not blue, yellow, orange or red.")
        if (self.cost is None) != (self.loss is None):
            raise ValueError("a limit has its own cost and loss, or neither.")
        if self.least_hours < 0:
            raise ValueError("least_hours must not be negative.")

    @property
    def severity(self) -> Severity:
        """Return the colour as a severity."""
        return Severity[self.colour.upper()]

    def decision(self, usual: CostLoss) -> CostLoss:
        """Return the rule that says when acting on this limit pays."""
        if self.cost is None or self.loss is None:
            return usual
        return CostLoss(cost=self.cost, loss=self.loss, keep=usual.keep)

    def acts(self, probability: float, expected_hours: float, usual: CostLoss, *, acting: bool) -> bool:
        """Return whether to act now, given whether we act already; hours are held to the same hysteresis."""
        enough = self.least_hours * (usual.keep if acting else 1.0)
        return expected_hours >= enough and self.decision(usual).acts(probability, acting=acting)


@dataclass(frozen=True, kw_only=True)
class SeriesRule:
    """How one quantity is forecast and judged. Windows and horizon in hours."""

    quantity: str
    kind: Kind
    horizon_h: int
    below: bool
    windows_h: tuple[int, ...]
    cost: float
    loss: float
    keep: float
    alert_window_h: int
    limit: tuple[Limit, ...]
    covariates: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.alert_window_h not in self.windows_h or max(self.windows_h) > self.horizon_h:
            raise ValueError("alert_window_h must be one of windows_h, and no window longer than horizon_h.")
        for one in self.limit:
            one.decision(self.decision)  # raises when cost and loss make no sense

    def with_limits(self, values: Mapping[str, float]) -> "SeriesRule":
        """Return the rule with other limits for some colours (``yellow``), in the quantity's unit."""
        limits = (replace(one, value=values.get(one.colour, one.value)) for one in self.limit)
        return replace(self, limit=tuple(limits))

    def limit_of(self, severity: int | None) -> Limit | None:
        """Return the limit of a colour, None where the rule has none: a cage may have other values for it."""
        return next((one for one in self.limit if one.severity == severity), None)

    def pays(self, severity: int | None, probability: float, expected_hours: float, *, acting: bool) -> bool:
        """Return whether acting on the risk of a colour pays, given whether we act already; never without a limit."""
        limit = self.limit_of(severity)
        return limit is not None and limit.acts(probability, expected_hours, self.decision, acting=acting)

    @property
    def decision(self) -> CostLoss:
        """Return the rule that says when acting pays."""
        return CostLoss(cost=self.cost, loss=self.loss, keep=self.keep)


@dataclass(frozen=True, kw_only=True)
class DemotionRule:
    """When a model is set aside for persistence and when it is taken back."""

    window_days: int
    leads_h: tuple[int, ...]
    least_cases: int
    behind: float
    recovered: float

    def __post_init__(self) -> None:
        if self.behind >= self.recovered:
            raise ValueError("behind must be below recovered, else a model would flap.")


@dataclass(frozen=True, kw_only=True)
class ForecastRules:
    """The whole rule file."""

    version: str
    source: str
    refit_h: float
    paths: int
    keep_paths_h: float
    history_days: int
    cold_below_h: int
    silent_after_h: int
    bridged_h: int
    keep_days: int
    demotion: DemotionRule
    series: tuple[SeriesRule, ...]

    def rule_for(self, quantity: str) -> SeriesRule | None:
        """Return the rule of a quantity, None where it is not forecast."""
        return next((rule for rule in self.series if rule.quantity == quantity), None)


def load_rules(path: Path) -> ForecastRules:
    """Return the rules of a file; ConfigError names every problem."""
    return build(ForecastRules, load_toml(path), where=path.name)
