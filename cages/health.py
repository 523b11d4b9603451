"""How is each probe, and when does it want a hand? Uptime, dropouts, drift carried forward, services due."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from cages.calibration import Calibration
from cages.drift import Look
from core.finding import Condition, Evidence, Finding, Severity, Subject, SubjectKind
from core.reading import SeriesKey
from core.units import QUANTITIES

Array = NDArray[np.float64]
RULE = "cages.probe_service"
SURE_Z = 3.0
"""Standard deviations of its own wandering below which a probe's drift is not carried forward."""
_LOCAL = timedelta(hours=8)


@dataclass(frozen=True, kw_only=True)
class ServiceRule:
    """Tolerance and intervals of one quantity's probes. [the quantity's unit, d]"""

    quantity: str
    tolerance: float
    clean_every_d: float
    calibrate_every_d: float

    def __post_init__(self) -> None:
        if self.quantity not in QUANTITIES:
            raise ValueError(f"unknown quantity {self.quantity!r}.")
        if min(self.tolerance, self.clean_every_d, self.calibrate_every_d) <= 0:
            raise ValueError("tolerance and intervals must be above zero.")


@dataclass(frozen=True, kw_only=True)
class HealthRule:
    """When health becomes a finding. [%, d]"""

    least_uptime_pct: float
    clear_uptime_pct: float
    warn_ahead_d: float
    farthest_d: float
    service: tuple[ServiceRule, ...]


@dataclass(frozen=True, kw_only=True)
class ProbeHealth:
    """Health of one series; what is not known is None.

    Parameters
    ----------
    uptime_pct
        Good readings in the last seven days against its own pace. [%]
    dropouts
        Times in seven days that it fell silent or untrusted for an hour or more.
    offset, rate_per_day
        Drift against its neighbours and how fast it grows, in the quantity's unit.
    out_at
        When the drift, carried forward, leaves tolerance; a time already past says that it has.
    clean_at, calibrate_at
        Next cleaning and calibration by interval; None where no service was ever logged.
    """

    cage_id: str
    point: str
    quantity: str
    computed_at: datetime
    uptime_pct: float | None = None
    dropouts: int = 0
    offset: float | None = None
    rate_per_day: float | None = None
    drift_since: datetime | None = None
    out_at: datetime | None = None
    clean_at: datetime | None = None
    calibrate_at: datetime | None = None

    @property
    def key(self) -> SeriesKey:
        """Return the series."""
        return SeriesKey(cage=self.cage_id, point=self.point, quantity=self.quantity)


def probe_health(
    key: SeriesKey, counts: Array, good: Array, look: Look | None, services: Sequence[Calibration], rule: HealthRule,
    at: datetime,
) -> ProbeHealth:  # fmt: skip
    """Return the health of a series.

    Parameters
    ----------
    counts, good
        Readings and good readings in each of the last 168 hours, 0 where there were none ``(time,)``.
    look
        Newest look of the drift watch, None where it does not watch this quantity.
    services
        Services of this very probe.
    """
    limits = next((row for row in rule.service if row.quantity == key.quantity), None)
    known = look is not None and not np.isnan(look.offset)
    due = _due(services, limits)
    uptime, dropouts = _uptime(counts, good)
    return ProbeHealth(
        cage_id=key.cage, point=key.point, quantity=key.quantity, computed_at=at, uptime_pct=uptime, dropouts=dropouts,
        offset=look.offset if look is not None and known else None,
        rate_per_day=look.per_day if look is not None and known else None,
        drift_since=datetime.fromtimestamp(look.since_s, at.tzinfo) if look is not None and look.since_s else None,
        out_at=_out_at(look, limits, rule, at) if look is not None and known and limits is not None else None,
        clean_at=due[0], calibrate_at=due[1],
    )  # fmt: skip


def _uptime(counts: Array, good: Array) -> tuple[float | None, int]:
    """Return good readings against the probe's own pace since it was first heard, and how often it fell out."""
    heard = np.flatnonzero(counts)
    if not heard.size:
        return None, 0
    counts, good = counts[heard[0] :], good[heard[0] :]
    pace = _pace(counts)
    there = good >= pace / 2
    falls = int((there[:-1] & ~there[1:]).sum())
    return float(100.0 * (np.minimum(good, pace) / pace).mean()), falls


def _pace(counts: Array) -> Array:
    """Return how many readings each hour is made for: the middle of the day about it, as the pace may change."""
    near = np.lib.stride_tricks.sliding_window_view(np.pad(np.where(counts > 0, counts, np.nan), 12, mode="edge"), 25)
    silent = np.isnan(near).all(axis=1)
    usual = float(np.median(counts[counts > 0]))
    out: Array = np.where(silent, usual, np.nanmedian(np.where(silent[:, None], usual, near), axis=1))
    return out


def _out_at(look: Look, limits: ServiceRule, rule: HealthRule, at: datetime) -> datetime | None:
    """Return when the offset reaches tolerance if it goes on so; None when it shrinks, stands, or is unsure."""
    if abs(look.offset) >= limits.tolerance:
        return at
    if abs(look.z) < SURE_Z or look.per_day * look.offset <= 0:
        return None
    days = (limits.tolerance - abs(look.offset)) / abs(look.per_day)
    return at + timedelta(days=days) if days <= rule.farthest_d else None


def _due(services: Sequence[Calibration], limits: ServiceRule | None) -> tuple[datetime | None, datetime | None]:
    if limits is None or not services:
        return None, None
    cleaned = max(s.at for s in services)
    calibrated = max((s.at for s in services if s.kind != "cleaned"), default=None)
    return (
        cleaned + timedelta(days=limits.clean_every_d),
        None if calibrated is None else calibrated + timedelta(days=limits.calibrate_every_d),
    )


def judge_service(
    health: ProbeHealth, cage_name: str, rule: HealthRule, version: str, *, drifting: bool,
    open_severity: Mapping[str, Severity],
) -> Finding | None:  # fmt: skip
    """Return what this probe wants, the most pressing thing only; its end when it was open; else None.

    A probe that already drifts is the drift watch's, and one that nobody ever serviced has no date to miss.
    """
    key = f"{RULE}:{health.key}"
    held, at = key in open_severity, health.computed_at
    case, due = _pressing(health, rule, held=held)
    if drifting and case != "dropout":
        case = ""
    if not case and not held:
        return None
    where = f"{cage_name}{_point_zh(health.point)}{QUANTITIES[health.quantity].zh}探头"
    where_en = f"{cage_name} {health.point}: the {QUANTITIES[health.quantity].en} probe"
    zh, en = _words(case, health, due)
    values: dict[str, float | str | None] = {
        "case": case, "cage": health.cage_id, "point": health.point, "due_day_zh": _day_zh(due),
        "due_day_en": _day_en(due),
    }  # fmt: skip
    return Finding(
        key=key, rule=RULE, rule_version=version, condition=Condition.ACTIVE if case else Condition.CLEARED,
        severity=Severity.BLUE, subject=Subject(kind=SubjectKind.SENSOR, id=str(health.key), name=where),
        observed_at=at, reason_zh=f"{where}{zh}", reason_en=f"{where_en} {en}",
        evidence=(Evidence(kind="series", ref=str(health.key), text=f"case {case or 'over'}"),), values=values,
    )  # fmt: skip


def _pressing(health: ProbeHealth, rule: HealthRule, *, held: bool) -> tuple[str, datetime | None]:
    at, ahead = health.computed_at, timedelta(days=rule.warn_ahead_d)
    least = rule.clear_uptime_pct if held else rule.least_uptime_pct
    if health.out_at is not None and health.out_at <= at + ahead:
        return "tolerance", health.out_at
    if health.uptime_pct is not None and health.uptime_pct < least:
        return "dropout", None
    if health.calibrate_at is not None and health.calibrate_at <= at:
        return "calibrate", health.calibrate_at
    if health.clean_at is not None and health.clean_at <= at:
        return "clean", health.clean_at
    return "", None


def _words(case: str, health: ProbeHealth, due: datetime | None) -> tuple[str, str]:
    if case == "tolerance":
        return f"预计{_day_zh(due)}超出允许误差", f"will leave tolerance about {_day_en(due)}"
    if case == "dropout":
        return (
            f"近7天可信读数只有{health.uptime_pct:.0f}%，断线{health.dropouts}次",
            f"gave only {health.uptime_pct:.0f} % good readings in 7 days, {health.dropouts} dropouts",
        )
    if case == "calibrate":
        return f"应于{_day_zh(due)}校准，已过期", f"was due for calibration on {_day_en(due)}"
    if case == "clean":
        return f"应于{_day_zh(due)}清洗，已过期", f"was due for cleaning on {_day_en(due)}"
    return "无需保养", "needs no service"


def _point_zh(point: str) -> str:
    deep = point[:1] == "d" and point[1:].replace(".", "", 1).isdigit()
    return f"{point[1:]}米层" if deep else point


def _day_zh(at: datetime | None) -> str:
    local = None if at is None else at + _LOCAL
    return "" if local is None else f"{local.month}月{local.day}日"


def _day_en(at: datetime | None) -> str:
    return "" if at is None else f"{at + _LOCAL:%d %b}"
