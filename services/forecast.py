"""The forecast loop: read hourly truth, keep models fitted, issue and store forecasts, score what has come true.

Series go through in small lots, each stored before the next is read: memory stays bounded, the first farms need not
wait for the last, and a stop in the middle loses nothing that was issued.
"""

import asyncio
import logging
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from forecasting.grids.fields import SeaField
from forecasting.model import keeping
from forecasting.model.engine import MODEL_VERSION, Model
from forecasting.model.predictive import Predictive
from forecasting.rules import ForecastRules, load_rules
from forecasting.series.harmonics import Floats
from forecasting.series.winds import WIND
from services.forecast_grids import (
    TEMPERATURE,
    GridMemory,
    corrected,
    course_at,
    with_temperature_ahead,
    with_wind_ahead,
)
from services.forecast_inputs import Place, Wanted, read_places, wanted_series
from services.forecast_issue import Issued, due, issue
from services.forecast_scores import score_due
from services.forecast_storms import StormCourse, storm_courses
from services.grid_feeds import FeedWatch, follow
from services.grids import FolderWatch, GridRules, lateness, load_grid_rules, watch_folder
from store.forecast_rows import NewForecast, StateRow

log = logging.getLogger(__name__)

Key = tuple[str, str, str]
Series = TypeVar("Series", bound=Wanted)
LOT, WHOLE_LOT = 100, 10
"""Series of one lot: of those forecast by a kept model, and of those whose whole past is read to fit one."""
NEIGHBOURS = 20
"""Forecasts of one farm and quantity that a cage without history learns from."""


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A fitted model as it is stored, and the covariates that it leans on."""

    fitted_at: datetime
    state: bytes
    columns: frozenset[str]

    def model(self) -> Model:
        """Return the model; StateError when the bytes are of another version."""
        return keeping.from_bytes(self.state)


def kept_of(fitted_at: datetime, state: bytes, model: Model) -> Kept:
    """Return what is kept of a model."""
    columns = frozenset(name.removesuffix(".now") for name in model.names if name.endswith(".now"))
    return Kept(fitted_at=fitted_at, state=state, columns=columns)


@dataclass(kw_only=True)
class ForecastMemory:
    """What the loop keeps between passes and can always make anew: fitted models by (place, point, quantity)."""

    models: dict[Key, Kept] = field(default_factory=dict)
    folder: FolderWatch = field(default_factory=FolderWatch)
    grids: GridMemory = field(default_factory=GridMemory)
    feed: FeedWatch = field(default_factory=FeedWatch)
    loaded: bool = False


@dataclass(frozen=True, kw_only=True)
class ForecastReport:
    """What one pass did."""

    issued: int
    fitted: int
    degraded: int
    scored: int
    skipped: tuple[str, ...]
    grids_taken: int = 0
    grid_problems: tuple[str, ...] = ()


_PROCESS_MEMORY = ForecastMemory()


async def forecast_once(
    store: Any,
    rules_dir: Path,
    at: datetime,
    memory: ForecastMemory | None = None,
    *,
    grid_folder: Path | None = None,
    grid_feed: str = "",
) -> ForecastReport:
    """Issue a forecast for every series that has a rule, then score those whose time has come.

    Parameters
    ----------
    store
        A `store.store.Store`.
    at
        Now, UTC; the forecast starts at the beginning of this hour.
    memory
        Kept models; the process's own where None.
    grid_folder
        Folder watched for gridded forecasts.
    grid_feed
        Address template or bucket prefix of gridded forecasts, see `services.grid_feeds`.
    """
    memory = memory or _PROCESS_MEMORY
    rules = load_rules(rules_dir / "forecast.toml")
    grids = load_grid_rules(rules_dir)
    await _load_models(store, memory)
    taken, problems = await _take_in(store, grids, at, memory, grid_folder, grid_feed)
    asked = grid_folder is not None or bool(grid_feed)
    job = await _job(store, rules, grids, rules_dir, at, memory, grid_asked=asked)
    tally = await _issue_all(job, await wanted_series(store, rules))
    await store.forecasts.drop_old_paths(at - timedelta(hours=rules.keep_paths_h))
    scored = await score_due(store, rules, at)
    log.info("forecast pass", extra={"issued": tally.issued, "fitted": tally.fitted, "scored": scored})
    return ForecastReport(
        issued=tally.issued,
        fitted=tally.fitted,
        degraded=tally.degraded,
        scored=scored,
        skipped=tuple(sorted(tally.skipped)),
        grids_taken=taken,
        grid_problems=tuple(problems),
    )


@dataclass(frozen=True, kw_only=True)
class _Job:
    """What every lot of one pass needs; `field` is the newest gridded run, `notice` what people must know of it.

    Parameters
    ----------
    fed
        A gridded forecast is expected: one is asked for or was taken in before.
    """

    store: Any
    rules: ForecastRules
    rules_dir: Path
    grids: GridRules
    at: datetime
    memory: ForecastMemory
    aside: Set[Key]
    field: SeaField | None
    fed: bool
    notice: tuple[str, str]

    def notice_at(self, *, reached: bool) -> tuple[str, str]:
        """Return what people must know of the grid at a place that it reaches or not; empty when all is well."""
        return UNREACHED if self.fed and not reached and not self.notice[0] else self.notice


async def _job(
    store: Any,
    rules: ForecastRules,
    grids: GridRules,
    rules_dir: Path,
    at: datetime,
    memory: ForecastMemory,
    *,
    grid_asked: bool,
) -> _Job:
    """Return what every lot of this pass needs, read once."""
    runs = await store.forecasts.grid_runs(at, timedelta(days=grids.keep_days))
    # Where no grid is asked for and none was ever taken in, nothing is missed and nothing is said of it.
    fed = grid_asked or bool(runs)
    return _Job(
        store=store,
        rules=rules,
        rules_dir=rules_dir,
        grids=grids,
        at=at,
        memory=memory,
        aside=frozenset((d.place_id, d.point, d.quantity) for d in await store.forecasts.demotions() if d.demoted),
        field=await store.forecasts.sea_field(at),
        fed=fed,
        notice=lateness(runs, grids, at) if fed else ("", ""),
    )


UNREACHED = (
    "数值预报没有到达本站，只用本站统计",
    "the gridded forecast does not reach this place: it rests on its own statistics",
)


@dataclass(kw_only=True)
class _Tally:
    """What a pass has done so far, and the forecasts that cages without history may learn from."""

    issued: int = 0
    fitted: int = 0
    degraded: int = 0
    skipped: list[str] = field(default_factory=list)
    neighbours: dict[tuple[str, str], list[Issued]] = field(default_factory=dict)

    def remember(self, one: Issued) -> None:
        """Keep a forecast by a model for its neighbours."""
        near = self.neighbours.setdefault((one.place.farm_id or "", one.place.quantity), [])
        if one.run.model == "blend" and len(near) < NEIGHBOURS:
            near.append(one)

    def near(self, place: Place) -> list[Issued]:
        """Return the forecasts of the place's farm and quantity."""
        return self.neighbours.get((place.farm_id or "", place.quantity), [])


async def _issue_all(job: _Job, wanted: Sequence[Wanted]) -> _Tally:
    """Forecast every series: first by kept models, then those to be fitted, last those with too little history."""
    tally = _Tally()
    kept = [w for w in wanted if _serves(job, w)]
    served = {w.key for w in kept}
    unfit: list[Wanted] = []
    for lot in _lots(kept, LOT):
        columns = {w.key: job.memory.models[w.key].columns for w in lot}
        places = await read_places(job.store, lot, job.rules, job.at, kept_columns=columns)
        unfit += await _lot(job, places, tally)
    young: list[Place] = []
    for lot in _lots([*(w for w in wanted if w.key not in served), *unfit], WHOLE_LOT):
        places = await read_places(job.store, lot, job.rules, job.at)
        old = [p for p in places if p.good_hours >= job.rules.cold_below_h]
        young += [p for p in places if p.good_hours < job.rules.cold_below_h]
        await _lot(job, old, tally)
    for part in _lots(young, LOT):
        await _lot(job, part, tally)
    return tally


def _serves(job: _Job, wanted: Wanted) -> bool:
    kept = job.memory.models.get(wanted.key)
    return kept is not None and not due(wanted.key, kept.fitted_at, job.at, job.rules.refit_h)


def _lots(items: Sequence[Series], size: int) -> Iterator[Sequence[Series]]:
    for first in range(0, len(items), size):
        yield items[first : first + size]


async def _lot(job: _Job, places: Sequence[Place], tally: _Tally) -> list[Place]:
    """Issue and store the forecasts of a lot; return the places whose whole past is needed for one."""
    sea = await _sea(job, places)
    storms = await storm_courses(job.store, places, sea.grids.keys(), job.rules_dir, job.at)
    # A parametric storm is calm far from its centre, no forecast of the wind there: it acts as a floor instead.
    told = [with_temperature_ahead(with_wind_ahead(p, sea.winds.get(p.key)), sea.warmth.get(p.key)) for p in places]
    made = await asyncio.to_thread(_issue_lot, job, told, sea, storms, tally)
    issued = [one for one in made if one is not None]
    states = [_state(one.place, job.memory.models[one.place.key]) for one in issued if one.fitted is not None]
    tally.issued += await job.store.forecasts.save([_row(one) for one in issued], states)
    tally.fitted += len(states)
    tally.degraded += sum(one.run.status != "ok" for one in issued)
    without = [place for place, one in zip(places, made, strict=True) if one is None]
    tally.skipped += [f"{p.place_id}.{p.point}.{p.quantity}" for p in without if p.whole]
    log.info("forecasts stored", extra={"issued": tally.issued, "fitted": tally.fitted})
    return [place for place in without if not place.whole]


def _issue_lot(
    job: _Job, places: Sequence[Place], sea: "_Sea", storms: Mapping[Key, StormCourse], tally: _Tally
) -> list[Issued | None]:
    """Return the forecast of each place; the heavy part, run beside the event loop."""
    made = []
    for place in places:
        kept = job.memory.models.get(place.key)
        one = issue(
            place,
            job.rules,
            job.at,
            None if kept is None else (kept.fitted_at, kept.model()),
            tally.near(place),
            set_aside=place.key in job.aside,
            grid=sea.grids.get(place.key),
            grid_notice=job.notice_at(reached=place.key in sea.grids),
            storm=storms.get(place.key),
        )
        made.append(one)
        if one is not None:
            tally.remember(one)
            if one.fitted is not None:
                state = keeping.to_bytes(one.fitted)
                job.memory.models[place.key] = kept_of(job.at, state, one.fitted)
    return made


@dataclass(frozen=True, kw_only=True)
class _Sea:
    """Corrected gridded forecasts, and the grid's wind over waves and temperature of the water around oxygen probes."""

    grids: Mapping[Key, Predictive]
    winds: Mapping[Key, Floats]
    warmth: Mapping[Key, Floats]


async def _sea(job: _Job, places: Sequence[Place]) -> _Sea:
    """Return what the newest gridded run says at every place it reaches."""
    if job.field is None:
        return _Sea(grids={}, winds={}, warmth={})
    grids = await corrected(job.store, places, job.field, job.at, job.memory.grids, job.grids.keep_days)
    return _Sea(grids=grids, winds=_ahead(job, places, "wave", WIND), warmth=_ahead(job, places, "oxygen", TEMPERATURE))


def _ahead(job: _Job, places: Sequence[Place], kind: str, quantity: str) -> dict[Key, Floats]:
    """Return the grid's course of a quantity at the places of one kind that it reaches."""
    if job.field is None:
        return {}
    own = [p for p in places if p.rule.kind == kind]
    return {p.key: course for p in own if (course := course_at(job.field, p, job.at, quantity=quantity)) is not None}


async def _take_in(
    store: Any, rules: GridRules, at: datetime, memory: ForecastMemory, folder: Path | None, feed: str
) -> tuple[int, list[str]]:
    """Return how many new gridded runs came in by folder and feed, and what went wrong."""
    taken, problems = 0, list[str]()
    if folder is not None:
        taken, problems = await watch_folder(store, folder, rules, at, memory.folder)
    if feed:
        known = await store.forecasts.grid_runs(at, timedelta(days=rules.keep_days))
        fetched, refused = await follow(store, feed, rules, at, known, memory.feed)
        taken, problems = taken + fetched, [*problems, *refused]
    return taken, problems


async def _load_models(store: Any, memory: ForecastMemory) -> None:
    """Fill the memory once from the database; a model of another version is left to be fitted anew."""
    if memory.loaded:
        return
    for row in await store.forecasts.states():
        try:
            memory.models[(row.place_id, row.point, row.quantity)] = kept_of(
                row.fitted_at, row.state, keeping.from_bytes(row.state)
            )
        except keeping.StateError as exc:
            log.info("kept model not used", extra={"place": row.place_id, "reason": str(exc)})
    memory.loaded = True


def _state(place: Place, kept: Kept) -> StateRow:
    return StateRow(
        place_id=place.place_id, point=place.point, quantity=place.quantity, fitted_at=kept.fitted_at,
        version=MODEL_VERSION, state=kept.state,
    )  # fmt: skip


def _row(one: Issued) -> NewForecast:
    return NewForecast(run=one.run, deciles=one.deciles, paths=one.paths, risks=one.risks)
