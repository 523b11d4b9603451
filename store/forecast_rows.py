"""Rows of the forecast tables as frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

DECILE_COLUMNS = ("q10", "q20", "q30", "q40", "q50", "q60", "q70", "q80", "q90")


@dataclass(frozen=True, kw_only=True)
class NewRun:
    """A forecast to be stored; see the comments of table forecast_run."""

    place_id: str
    farm_id: str | None
    point: str
    quantity: str
    issued_at: datetime
    origin_at: datetime
    horizon_h: int
    model: str
    model_version: str
    status: str
    notice_zh: str = ""
    notice_en: str = ""
    weights: Mapping[str, float] = field(default_factory=dict)
    shadow: Mapping[str, list[float]] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str, str]:
        """Return which series it is of."""
        return self.place_id, self.point, self.quantity


@dataclass(frozen=True, kw_only=True)
class RunRow(NewRun):
    """A stored forecast."""

    run_id: int


@dataclass(frozen=True, kw_only=True)
class QuantileRow:
    """One lead of a fan: nine deciles in the quantity's unit."""

    run_id: int
    lead_h: int
    valid_at: datetime
    q10: float
    q20: float
    q30: float
    q40: float
    q50: float
    q60: float
    q70: float
    q80: float
    q90: float


@dataclass(frozen=True, kw_only=True)
class NewRisk:
    """The risk of one limit in one window; see the comments of table forecast_risk."""

    limit_value: float
    below: bool
    window_h: int
    probability: float
    expected_hours: float
    worst_at: datetime
    onset_p10_at: datetime | None
    onset_p50_at: datetime | None
    onset_p90_at: datetime | None
    severity: int | None


@dataclass(frozen=True, kw_only=True, eq=False)
class NewForecast:
    """One forecast whole, in the quantity's unit.

    Parameters
    ----------
    deciles
        Shape ``(lead, 9)``.
    paths
        Joint futures, shape ``(path, lead)``.
    """

    run: NewRun
    deciles: NDArray[np.float64]
    paths: NDArray[np.float64]
    risks: tuple[NewRisk, ...]


@dataclass(frozen=True, kw_only=True)
class RiskRow(NewRisk):
    """A stored risk with its forecast's place; `happened` None until the window is over."""

    run_id: int
    place_id: str
    farm_id: str | None
    point: str
    quantity: str
    issued_at: datetime
    origin_at: datetime
    happened: bool | None = None
    onset_at: datetime | None = None
    warned: bool | None = None
    ongoing: bool | None = None


@dataclass(frozen=True, kw_only=True)
class ScoreRow:
    """One scored lead of one forecast."""

    run_id: int
    model: str
    lead_h: int
    truth: float
    pinball: float
    covered80: bool | None
    error: float
    crps: float | None = None


@dataclass(frozen=True, kw_only=True)
class SkillRow:
    """Mean scores of one series by model and lead."""

    place_id: str
    point: str
    quantity: str
    model: str
    lead_h: int
    cases: int
    pinball: float
    crps: float
    coverage80: float
    bias: float


@dataclass(frozen=True, kw_only=True)
class SkillSum:
    """What is added to a row of forecast_skill; see its comments."""

    place_id: str
    point: str
    quantity: str
    farm_id: str | None
    model: str
    lead_h: int
    day: date
    cases: int
    pinball: float
    crps: float
    inside: int
    error: float
    absolute: float


@dataclass(frozen=True, kw_only=True)
class EventSum:
    """What is added to a row of forecast_event; see its comments."""

    place_id: str
    point: str
    quantity: str
    farm_id: str | None
    severity: int
    window_h: int
    month: date
    bin: int
    cases: int
    chance: float
    came: int
    brier: float
    cost: float
    fresh: int
    warned: int
    hits: int
    misses: int


@dataclass(frozen=True, kw_only=True)
class OnsetSum:
    """What is added to a row of forecast_onset; see its comments."""

    place_id: str
    point: str
    quantity: str
    farm_id: str | None
    severity: int
    onset_at: datetime
    limit_value: float
    warned_at: datetime | None
    forecasts: int
    warned: int


@dataclass(frozen=True, kw_only=True)
class EventRow:
    """One risk whose window is over."""

    place_id: str
    point: str
    quantity: str
    origin_at: datetime
    limit_value: float
    below: bool
    window_h: int
    probability: float
    happened: bool
    onset_at: datetime | None
    onset_p50_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class StateRow:
    """The kept model of one series."""

    place_id: str
    point: str
    quantity: str
    fitted_at: datetime
    version: str
    state: bytes


@dataclass(frozen=True, kw_only=True)
class DemotionRow:
    """Whether a series' model is set aside, and why."""

    place_id: str
    point: str
    quantity: str
    demoted: bool
    decided_at: datetime
    skill: float | None
    cases: int
    reason_zh: str
    reason_en: str


@dataclass(frozen=True, kw_only=True)
class NewGridRun:
    """One run of a numerical model as taken in."""

    source: str
    init_at: datetime
    received_at: datetime
    file_name: str = ""
    sha256: str = ""
    notice_zh: str = ""
    notice_en: str = ""


@dataclass(frozen=True, kw_only=True)
class GridRunRow(NewGridRun):
    """A stored run."""

    grid_run_id: int


@dataclass(frozen=True, kw_only=True)
class GridFieldRow:
    """One quantity of a run; `values` is ``(lead, lat, lon)`` float32, NaN where there is none."""

    quantity: str
    member: int
    lat_deg: NDArray[np.float64]
    lon_deg: NDArray[np.float64]
    lead_h: NDArray[np.float64]
    values: NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class TrackRow:
    """A storm's track as issued; `points` as in the comment of table storm_track."""

    storm_id: str
    source: str
    issued_at: datetime
    kind: str
    name_zh: str
    name_en: str
    points: list[dict[str, Any]]
