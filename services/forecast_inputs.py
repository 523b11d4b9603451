"""What the forecast loop reads: for every series with a rule its hourly past, with covariates measured nearby."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from cages.adjust import Change, changes_at
from core.units import QUANTITIES, Quantity
from forecasting.harmonics import Floats
from forecasting.history import Hourly
from forecasting.rules import ForecastRules, SeriesRule
from store.readings import HourlyRow, SeriesInfo

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
GOOD_SHARE = 0.5
"""An hour counts as known when at least this share of its readings was usable (flag GOOD, or UNKNOWN: no test met)."""
LEAST_SHARE = 0.3
"""A covariate that is known less often than this over the past of the series is left out."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """One series to be forecast: its past up to the last whole hour, None when it never had a good value.

    Parameters
    ----------
    good_hours
        Hours with a usable mean in that past. [h]
    """

    place_id: str
    farm_id: str | None
    point: str
    rule: SeriesRule
    series: Hourly | None
    good_hours: int
    lat_deg: float | None
    lon_deg: float | None

    @property
    def quantity(self) -> str:
        """Return the quantity forecast."""
        return self.rule.quantity

    @property
    def key(self) -> tuple[str, str, str]:
        """Return what its kept model is filed under."""
        return self.place_id, self.point, self.quantity


def hour_start(at: datetime) -> datetime:
    """Return the beginning of an instant's hour, UTC."""
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


async def read_places(store: Any, rules: ForecastRules, at: datetime) -> list[Place]:
    """Return every series that a rule forecasts, with its past."""
    until = hour_start(at)
    since = until - timedelta(days=rules.history_days)
    wanted = {q for rule in rules.series for q in (rule.quantity, *rule.covariates)}
    infos = await store.readings.series(None, sorted(wanted))
    rows = await store.readings.hourly([info.series_id for info in infos], since, until)
    cages = {cage.cage_id: cage for cage in await store.places.cages()}
    changes = [row.change for row in await store.limits.all()]
    columns = by_series(rows, {i.series_id: QUANTITIES[i.quantity] for i in infos if i.quantity in QUANTITIES})
    places = []
    for info in infos:
        rule = rules.rule_for(info.quantity)
        if rule is None:
            continue
        own = columns.get(info.series_id, {})
        cage = cages.get(info.cage_id)
        places.append(
            Place(
                place_id=info.cage_id,
                farm_id=info.farm_id,
                point=info.point,
                rule=own_rule(rule, changes, info.farm_id, info.cage_id),
                series=hourly_of(own, covariates_of(info, rule, infos, columns), until),
                good_hours=len(own),
                lat_deg=cage.lat_deg if cage else None,
                lon_deg=cage.lon_deg if cage else None,
            )
        )
    return places


def own_rule(rule: SeriesRule, changes: Sequence[Change], farm: str | None, cage: str) -> SeriesRule:
    """Return a cage's rule: the risk of its own oxygen limits is told, where an operator changed them."""
    if rule.quantity != "do_mg_l":
        return rule
    own = changes_at(changes, farm, cage)
    changed = rule.with_limits(
        {name.removeprefix("oxygen."): value for name, value in own.items() if name.startswith("oxygen.")}
    )
    limits = [one.value for one in changed.limit]
    # As in the cages' own rule, changes that contradict each other leave the rule file in force.
    return changed if limits == sorted(limits, reverse=rule.below) else rule


def by_series(rows: Sequence[HourlyRow], ranges: Mapping[int, Quantity] | None = None) -> dict[int, dict[int, float]]:
    """Return usable hourly means as ``{series: {hours since 2000: value}}``.

    The roll-up's usable readings are flags GOOD and UNKNOWN; UNKNOWN ones met no test, so each hour's smallest and
    largest value are held to the physical range of the quantity here.

    Parameters
    ----------
    ranges
        The quantity of each series; a series without one is not held to any range.
    """
    columns: dict[int, dict[int, float]] = {}
    for row in rows:
        what = (ranges or {}).get(row.series_id)
        if row.value_avg is not None and row.n_good >= GOOD_SHARE * row.n and _possible(row, what):
            columns.setdefault(row.series_id, {})[(row.bucket_at - EPOCH) // HOUR] = float(row.value_avg)
    return columns


def _possible(row: HourlyRow, what: Quantity | None) -> bool:
    """Return whether everything an hour rests on lies in the physical range of its quantity."""
    if what is None:
        return True
    known = [v for v in (row.value_min, row.value_avg, row.value_max) if v is not None]
    return all(what.low <= v <= what.high for v in known)


def covariates_of(
    info: SeriesInfo, rule: SeriesRule, infos: Sequence[SeriesInfo], columns: Mapping[int, Mapping[int, float]]
) -> dict[str, Mapping[int, float]]:
    """Return the nearest series of each covariate: same point, else same cage, else same farm."""
    chosen: dict[str, Mapping[int, float]] = {}
    for quantity in rule.covariates:
        candidates = [i for i in infos if i.quantity == quantity and columns.get(i.series_id) and _near(i, info) < 3]
        if candidates:
            nearest = min(candidates, key=lambda i: (_near(i, info), i.series_id))
            chosen[quantity] = columns[nearest.series_id]
    return chosen


def _near(one: SeriesInfo, other: SeriesInfo) -> int:
    """Return how far apart two series are measured: 0 same point, 1 same cage, 2 same farm, 3 elsewhere."""
    if one.cage_id == other.cage_id:
        return 0 if one.point == other.point else 1
    return 2 if one.farm_id is not None and one.farm_id == other.farm_id else 3


def hourly_of(
    own: Mapping[int, float], covariates: Mapping[str, Mapping[int, float]], until: datetime
) -> Hourly | None:
    """Return a series as `Hourly` from its first good hour up to the hour before `until`."""
    if not own:
        return None
    first, last = min(own), (until - EPOCH) // HOUR - 1
    if last < first:
        return None
    past = {name: dense(values, first, last) for name, values in covariates.items()}
    return Hourly(
        time_h=np.arange(first, last + 1, dtype=np.float64),
        y=dense(own, first, last),
        covariates={name: column for name, column in past.items() if np.isfinite(column).mean() >= LEAST_SHARE},
        future={},
    )


def dense(values: Mapping[int, float], first: int, last: int) -> Floats:
    """Return sparse hours as an array, NaN where unknown."""
    out = np.full(last - first + 1, np.nan)
    hours = np.fromiter(values.keys(), dtype=np.int64, count=len(values))
    known = np.fromiter(values.values(), dtype=np.float64, count=len(values))
    inside = (hours >= first) & (hours <= last)
    out[hours[inside] - first] = known[inside]
    return out
