"""How a cage's probes are and what its fish have borne: rows for the cage's page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from cages.exposure import Exposure, exposure
from cages.farmlog import LogEntry, LogKind, stock_of
from cages.health import ProbeHealth
from core.units import QUANTITIES
from dashboard.i18n import Words
from dashboard.look import State
from dashboard.times import clock, local
from dashboard.views.cage_page import point_word, quantity_word
from dashboard.views.limits import rules
from store.reader import AlertRow, Bucket, LatestRow
from store.reader_cages import LogRow

SPANS_H = (24, 168, 720)


@dataclass(frozen=True, kw_only=True)
class ProbeLine:
    """One probe: how well it came through, what it drifts, and what it wants by when."""

    label: str
    uptime: str
    drift: str
    wants: str
    state: State


def probe_lines(found: Sequence[ProbeHealth], *, now: datetime, words: Words) -> list[ProbeLine]:
    """Return a line for each probe of the water, those that want something first."""
    known = {row.quantity for row in rules().health.probe.service}
    lines = [_line(row, now, words) for row in found if row.quantity in known]
    return sorted(lines, key=lambda line: line.state is State.GOOD)


def _line(row: ProbeHealth, now: datetime, words: Words) -> ProbeLine:
    uptime = "–" if row.uptime_pct is None else f"{row.uptime_pct:.0f} %"
    if row.dropouts:
        uptime = words("{share}, {n} dropouts", share=uptime, n=row.dropouts)
    wants, state = _wants(row, now, words)
    label = f"{quantity_word(row.quantity, words)} · {point_word(row.point, words)}"
    return ProbeLine(label=label, uptime=uptime, drift=_drift(row, words), wants=wants, state=state)


def _drift(row: ProbeHealth, words: Words) -> str:
    if row.offset is None:
        return words("cannot be compared")
    unit = QUANTITIES[row.quantity].symbol
    text = f"{row.offset:+.2f} {unit}"
    if row.drift_since is not None:
        return words("{offset} since {day}", offset=text, day=_day(row.drift_since))
    return text


def _wants(row: ProbeHealth, now: datetime, words: Words) -> tuple[str, State]:
    """Return the most pressing thing and its day."""
    if row.out_at is not None and row.out_at <= now:
        return words("Out of tolerance: clean or calibrate now"), State.YELLOW
    if row.out_at is not None:
        return words("Leaves tolerance about {day}", day=_day(row.out_at)), State.BLUE
    if row.drift_since is not None:
        return words("Drifts: clean it"), State.YELLOW
    due = [(at, name) for at, name in ((row.calibrate_at, "calibrate"), (row.clean_at, "clean")) if at is not None]
    if not due:
        return words("No service is logged"), State.UNKNOWN
    at, name = min(due)
    text = words("Calibrate by {day}", day=_day(at)) if name == "calibrate" else words("Clean by {day}", day=_day(at))
    return text, State.BLUE if at <= now else State.GOOD


def exposures(
    oxygen: Sequence[Bucket], warm: Sequence[Bucket], *, now: datetime, hours: Sequence[int] = SPANS_H
) -> dict[int, Exposure]:
    """Return the counters of the last hours, by length of the span; buckets are hourly, the lowest point counts."""
    limits = tuple(level.below_mg_l for level in rules().oxygen.level)
    longest = max(hours)
    low, hot = _hourly(oxygen, now, longest), _hourly(warm, now, longest)
    return {span: exposure(low[-span:], hot[-span:], limits, rules().health.exposure) for span in hours}


def _hourly(buckets: Sequence[Bucket], now: datetime, hours: int) -> np.ndarray:
    """Return the lowest mean of each of the last hours, NaN where there is none."""
    values = np.full(hours, np.nan)
    for bucket in buckets:
        back = int((now - bucket.at).total_seconds() // 3600)
        if 0 <= back < hours and bucket.mean is not None:
            values[hours - 1 - back] = np.fmin(values[hours - 1 - back], bucket.mean)
    return values


def why(alert: AlertRow, *, now: datetime, words: Words) -> str:
    """Return when a cage rule saw what an alert says, what to do, and by which rule; empty for other alerts."""
    row = rules().advice.of(alert.rule, str(alert.values.get("case", "")))
    if row is None or alert.condition != "active":
        return ""
    advice = words.pick(alert.advice_zh, alert.advice_en)
    basis = words.pick(row.basis_zh, row.basis_en)
    return words("{at}: {advice} By: {basis}", at=clock(alert.observed_at, now=now), advice=advice, basis=basis)


def stock_line(entries: Sequence[LogRow], words: Words) -> str:
    """Return the fish in the cage by its log, in a sentence."""
    rows = [
        LogEntry(cage_id="", at=e.at, kind=LogKind(e.kind), fish_count=e.fish_count, mean_weight_g=e.mean_weight_g)
        for e in entries
    ]
    stock = stock_of(rows).get("")
    if stock is None:
        return words("No stock is entered: oxygen at slack water cannot be worked out.")
    return words(
        "{n} fish of {g} g, {kg} kg in all; {survival} % of those stocked are alive.",
        n=f"{stock.fish_count:,}", g=f"{stock.mean_weight_g:.0f}", kg=f"{stock.biomass_kg:,.0f}",
        survival=f"{100 * stock.survival:.1f}",
    )  # fmt: skip


def _day(at: datetime) -> str:
    return f"{local(at):%m-%d}"


def trusted(latest: Sequence[LatestRow], quantity: str, found: Sequence[ProbeHealth]) -> list[int]:
    """Return the series of a quantity whose probes do not drift: those count no hours against the fish."""
    drifting = {(row.point, row.quantity) for row in found if row.drift_since is not None}
    return [row.series_id for row in latest if row.quantity == quantity and (row.point, quantity) not in drifting]


def exposure_rows(counted: Mapping[int, Exposure], words: Words) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return heads and rows of the exposure table: a counter a row, a span a column."""
    heads = (words("Counter"), *(words("{n} days", n=span // 24) for span in counted))
    limits = next(iter(counted.values())).hours_below
    rows = [
        (words("Hours with oxygen below {limit} mg/L", limit=f"{limit:g}"),
         *(f"{one.hours_below[limit]:.0f}" for one in counted.values()))
        for limit in limits
    ]  # fmt: skip
    exposed = rules().health.exposure
    rows += [
        (words("Oxygen missing to {limit}, mg/L·h", limit=f"{exposed.deficit_below_mg_l:g}"),
         *(f"{one.deficit_mg_l_h:.1f}" for one in counted.values())),
        (words("Degree hours above {limit} °C", limit=f"{exposed.hot_above_c:g}"),
         *(f"{one.hot_c_h:.0f}" for one in counted.values())),
        (words("Hours not seen"), *(f"{one.unknown_h:.0f}" for one in counted.values())),
    ]  # fmt: skip
    return heads, rows
