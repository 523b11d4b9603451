"""What a quantity reads now, and the finding of a simple limit: shared by the rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from cages.snapshot import CageSnapshot, SeriesWindow
from core.finding import Condition, Evidence, Finding, Severity

LIVE_S = 300.0
"""A value older than this is not live and decides nothing. [s]"""


@dataclass(frozen=True, kw_only=True)
class Gauge:
    """The median of a series' good live values; `newest_at` is the time of the last of them."""

    series: str
    point: str
    value: float
    samples: int
    newest_at: datetime
    depth_m: float | None


def gauge(window: SeriesWindow, at: datetime, *, span_s: float = LIVE_S) -> Gauge | None:
    """Return what a series reads now, None without a good live value."""
    since = at - timedelta(seconds=span_s)
    values, newest_at = [], None
    for sample in reversed(window.samples):
        if sample.observed_at < since:
            break
        if sample.qc == 1 and sample.value is not None and sample.observed_at <= at:
            values.append(sample.value)
            newest_at = newest_at or sample.observed_at
    if newest_at is None:
        return None
    return Gauge(
        series=str(window.key), point=window.key.point, value=median(values), samples=len(values),
        newest_at=newest_at, depth_m=window.depth_m,
    )  # fmt: skip


def gauges(snapshot: CageSnapshot, quantity: str, at: datetime) -> list[Gauge]:
    """Return what every series of a quantity reads now, by point."""
    found = (gauge(window, at) for window in snapshot.of_quantity(quantity))
    return [one for one in found if one is not None]


@dataclass(frozen=True, kw_only=True)
class Words:
    """What a finding says is so, in Chinese and English; what to do about it stands in the advice table."""

    zh: str
    en: str


def say(
    snapshot: CageSnapshot,
    *,
    rule: str,
    version: str,
    about: str,
    words: Words,
    severity: Severity,
    observed_at: datetime,
    active: bool,
    basis: str,
    ref: str = "",
    values: Mapping[str, float | str | None],
    probability: float | None = None,
) -> Finding:
    """Return a finding on a cage; `about` is the rest of its key after the cage, with its dot."""
    return Finding(
        key=f"{rule}:{snapshot.cage}{about}",
        rule=rule,
        rule_version=version,
        condition=Condition.ACTIVE if active else Condition.CLEARED,
        severity=severity,
        subject=snapshot.subject,
        observed_at=observed_at,
        reason_zh=words.zh,
        reason_en=words.en,
        place=snapshot.place,
        probability=probability,
        evidence=(Evidence(kind="series", ref=ref, text=basis, observed_at=observed_at),),
        values=values,
    )
