"""What the forecast loop reads: for every series with a rule its hourly past, with covariates measured nearby."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from cages.adjust import Change, changes_at
from core.units import QUANTITIES, Quantity
from forecasting.model.engine import TAIL_H
from forecasting.rules import ForecastRules, SeriesRule
from forecasting.series.harmonics import Floats
from forecasting.series.history import Hourly
from store.readings import HourColumns, SeriesInfo

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
GOOD_SHARE = 0.5
"""An hour counts as known when at least this share of its readings was usable (flag GOOD, or UNKNOWN: no test met)."""
LEAST_SHARE = 0.3
"""A covariate that is known less often than this over the past of the series is left out."""
COVARIATES_TRIED = 3
"""Nearest series that are read for each covariate: the first one that has any hour is used."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """One series to be forecast, before anything of its past is read.

    Parameters
    ----------
    covariates
        Numbers of the series that may stand for each covariate, nearest first.
    """

    place_id: str
    farm_id: str | None
    point: str
    rule: SeriesRule
    lat_deg: float | None
    lon_deg: float | None
    series_id: int = 0
    covariates: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    @property
    def quantity(self) -> str:
        """Return the quantity forecast."""
        return self.rule.quantity

    @property
    def key(self) -> tuple[str, str, str]:
        """Return what its kept model is filed under."""
        return self.place_id, self.point, self.quantity


@dataclass(frozen=True, kw_only=True)
class Place(Wanted):
    """A series with its past up to the last whole hour, None when it never had a good value.

    Parameters
    ----------
    good_hours
        Hours with a usable mean in that past. [h]
    whole
        False where only the end of the past was read: enough to forecast by a kept model, not to fit one.
    """

    series: Hourly | None
    good_hours: int
    whole: bool = True


def hour_start(at: datetime) -> datetime:
    """Return the beginning of an instant's hour, UTC."""
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


async def wanted_series(store: Any, rules: ForecastRules) -> list[Wanted]:
    """Return every series that a rule forecasts, those of one farm together."""
    quantities = {q for rule in rules.series for q in (rule.quantity, *rule.covariates)}
    infos: list[SeriesInfo] = await store.readings.series(None, sorted(quantities))
    cages = {cage.cage_id: cage for cage in await store.places.cages()}
    changes = [row.change for row in await store.limits.all()]
    nearby, found = Nearby(infos), []
    for info in infos:
        rule = rules.rule_for(info.quantity)
        if rule is None:
            continue
        cage = cages.get(info.cage_id)
        found.append(
            Wanted(
                place_id=info.cage_id,
                farm_id=info.farm_id,
                point=info.point,
                rule=own_rule(rule, changes, info.farm_id, info.cage_id),
                lat_deg=cage.lat_deg if cage else None,
                lon_deg=cage.lon_deg if cage else None,
                series_id=info.series_id,
                covariates=nearby.covariates(info, rule),
            )
        )
    return sorted(found, key=lambda w: (w.farm_id or "", w.key))


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


class Nearby:
    """Series by quantity and by where they are measured, for the nearest of a covariate."""

    def __init__(self, infos: Sequence[SeriesInfo]) -> None:
        self._at: dict[tuple[str, str, str], list[SeriesInfo]] = {}
        for info in sorted(infos, key=lambda i: i.series_id):
            self._at.setdefault(("cage", info.cage_id, info.quantity), []).append(info)
            if info.farm_id is not None:
                self._at.setdefault(("farm", info.farm_id, info.quantity), []).append(info)

    def covariates(self, info: SeriesInfo, rule: SeriesRule) -> dict[str, tuple[int, ...]]:
        """Return the nearest series of each covariate: of the same point, else of the same cage, else of the farm."""
        chosen = {quantity: self._nearest(info, quantity) for quantity in rule.covariates}
        return {quantity: numbers for quantity, numbers in chosen.items() if numbers}

    def _nearest(self, info: SeriesInfo, quantity: str) -> tuple[int, ...]:
        cage = self._at.get(("cage", info.cage_id, quantity), [])
        own = sorted(cage, key=lambda i: (i.point != info.point, i.series_id))
        farm = self._at.get(("farm", info.farm_id or "", quantity), [])[: COVARIATES_TRIED + len(own)]
        numbers = dict.fromkeys(i.series_id for i in (*own, *farm))
        return tuple(numbers)[:COVARIATES_TRIED]


async def read_places(
    store: Any,
    wanted: Sequence[Wanted],
    rules: ForecastRules,
    at: datetime,
    *,
    kept_columns: Mapping[tuple[str, str, str], Collection[str]] | None = None,
) -> list[Place]:
    """Return series with their past, in the same order.

    Parameters
    ----------
    kept_columns
        Covariates that the kept model of each series leans on: only the end of the past is read then, and just these.
        The whole past and whatever covariates are known often enough where None.
    """
    until = hour_start(at)
    since = until - (timedelta(days=rules.history_days) if kept_columns is None else timedelta(hours=TAIL_H))
    quantity = {w.series_id: w.quantity for w in wanted}
    quantity |= {n: name for w in wanted for name, numbers in w.covariates.items() for n in numbers}
    columns = await store.readings.hourly_columns(sorted(quantity), since, until)
    known = {number: usable(found, QUANTITIES.get(quantity[number])) for number, found in columns.items()}
    return [_place(w, known, until, kept_columns.get(w.key, ()) if kept_columns is not None else None) for w in wanted]


@dataclass(frozen=True, kw_only=True, eq=False)
class Known:
    """Usable hourly means of one series, shape ``(hour,)`` each, in no order; hours since 2000."""

    hour: "np.ndarray[Any, np.dtype[np.int64]]"
    value: Floats


def usable(found: HourColumns, what: Quantity | None = None) -> Known:
    """Return the hours that a forecast may rest on.

    The roll-up's usable readings are flags GOOD and UNKNOWN; UNKNOWN ones met no test, so each hour's smallest and
    largest value are held to the physical range of the quantity here.

    Parameters
    ----------
    what
        The quantity; a series without one is not held to any range.
    """
    good = np.isfinite(found.value_avg) & (found.n_good >= GOOD_SHARE * found.n)
    if what is not None:
        for values in (found.value_min, found.value_avg, found.value_max):
            good &= ~((values < what.low) | (values > what.high))
    return Known(hour=found.hour[good], value=found.value_avg[good])


def _place(wanted: Wanted, known: Mapping[int, Known], until: datetime, names: Collection[str] | None) -> Place:
    own = known.get(wanted.series_id)
    near = {name: _first(numbers, known) for name, numbers in wanted.covariates.items()}
    covariates = {name: column for name, column in near.items() if column is not None}
    return Place(
        **{f.name: getattr(wanted, f.name) for f in fields(Wanted)},
        series=None if own is None else hourly_of(own, covariates, until, names),
        good_hours=0 if own is None else len(own.hour),
        whole=names is None,
    )


def _first(numbers: Sequence[int], known: Mapping[int, Known]) -> Known | None:
    return next((known[n] for n in numbers if n in known and len(known[n].hour)), None)


def hourly_of(
    own: Known, covariates: Mapping[str, Known], until: datetime, names: Collection[str] | None = None
) -> Hourly | None:
    """Return a series as `Hourly` from its first good hour up to the hour before `until`.

    Parameters
    ----------
    names
        Covariates to keep, however seldom known; those known often enough where None.
    """
    if not len(own.hour):
        return None
    first, last = int(own.hour.min()), (until - EPOCH) // HOUR - 1
    if last < first:
        return None
    past = {name: dense(column, first, last) for name, column in covariates.items()}
    share = {name: float(np.isfinite(column).mean()) for name, column in past.items()}
    kept = {n for n in past if (share[n] >= LEAST_SHARE if names is None else n in names and share[n] > 0)}
    return Hourly(
        time_h=np.arange(first, last + 1, dtype=np.float64),
        y=dense(own, first, last),
        covariates={name: column for name, column in past.items() if name in kept},
        future={},
    )


def dense(known: Known, first: int, last: int) -> Floats:
    """Return scattered hours as an array, NaN where unknown."""
    out = np.full(last - first + 1, np.nan)
    inside = (known.hour >= first) & (known.hour <= last)
    out[known.hour[inside] - first] = known.value[inside]
    return out
