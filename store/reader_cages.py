"""What the pages of a cage ask for besides its readings: forecasts and risks, the log, the care of its probes.

Each function takes a `store.scoped.Scope`; the database decides which rows that session may see.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from cages.health import ProbeHealth
from store.scoped import Scope


@dataclass(frozen=True, kw_only=True)
class FanRow:
    """One lead of the newest forecast of one series: deciles in the quantity's unit."""

    run_id: int
    place_id: str
    point: str
    quantity: str
    issued_at: datetime
    status: str
    notice_zh: str
    notice_en: str
    valid_at: datetime
    q10: float
    q30: float
    q50: float
    q70: float
    q90: float


@dataclass(frozen=True, kw_only=True)
class RiskRow:
    """Chance that a limit is crossed within a window of the newest forecast."""

    place_id: str
    point: str
    quantity: str
    issued_at: datetime
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


def fans(
    scope: Scope,
    *,
    now: datetime,
    place_id: str | None = None,
    quantity: str | None = None,
    hours: int = 48,
    age_h: int = 12,
) -> list[FanRow]:
    """Return the newest forecast of each series in scope, lead by lead, for the next `hours`."""
    return scope.rows(
        FanRow,
        "reader/fans",
        place_id=place_id,
        quantity=quantity,
        since=now - timedelta(hours=age_h),
        from_at=now - timedelta(hours=1),
        until=now + timedelta(hours=hours),
    )


def risks(scope: Scope, *, now: datetime, place_id: str | None = None, age_h: int = 12) -> list[RiskRow]:
    """Return the risks of the newest forecast of each series in scope."""
    return scope.rows(RiskRow, "reader/risks", place_id=place_id, since=now - timedelta(hours=age_h))


@dataclass(frozen=True, kw_only=True)
class LogRow:
    """One entry of a cage's log."""

    at: datetime
    kind: str
    fish_count: int | None
    mean_weight_g: float | None
    feed_kg: float | None
    substance: str
    dose: str
    note: str
    entered_by: str


def log_entries(scope: Scope, cage_id: str) -> list[LogRow]:
    """Return the newest entries of a cage's log."""
    return scope.rows(LogRow, "reader/log_entries", cage_id=cage_id)


@dataclass(frozen=True, kw_only=True)
class ProbeServiceRow:
    """One service of a probe; true value = `gain` * reading + `offset_value` from then on."""

    point: str
    quantity: str
    at: datetime
    kind: str
    gain: float
    offset_value: float
    by_person: str
    note: str


def services_of(scope: Scope, cage_id: str) -> list[ProbeServiceRow]:
    """Return the newest services of a cage's probes."""
    return scope.rows(ProbeServiceRow, "reader/services_of", cage_id=cage_id)


def probe_health(scope: Scope, cage_id: str) -> list[ProbeHealth]:
    """Return how the probes of a cage are, and when they want a hand, as the watch last saw it."""
    return scope.rows(ProbeHealth, "reader/probe_health", cage_id=cage_id)


def stock_entries(scope: Scope, cage_id: str) -> list[LogRow]:
    """Return every entry of a cage's log that changes its stock, oldest first."""
    return scope.rows(LogRow, "reader/stock_entries", cage_id=cage_id)
