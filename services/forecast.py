"""The forecast loop: read hourly truth, keep models fitted, issue and store forecasts, score what has come true."""

import asyncio
import logging
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from forecasting import keeping
from forecasting.engine import MODEL_VERSION, Model
from forecasting.harmonics import Floats
from forecasting.predictive import Predictive
from forecasting.rules import ForecastRules, load_rules
from forecasting.winds import WIND
from services.forecast_grids import GridMemory, corrected, course_at, with_wind_ahead
from services.forecast_inputs import Place, read_places
from services.forecast_issue import Issued, issue
from services.forecast_scores import score_due
from services.forecast_storms import StormCourse, storm_courses
from services.grid_feeds import FeedWatch, follow
from services.grids import FolderWatch, GridRules, lateness, load_grid_rules, watch_folder
from store.forecast_rows import StateRow

log = logging.getLogger(__name__)

Key = tuple[str, str, str]


@dataclass(kw_only=True)
class ForecastMemory:
    """What the loop keeps between passes and can always make anew: fitted models by (place, point, quantity)."""

    models: dict[Key, tuple[datetime, Model]] = field(default_factory=dict)
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
        A `store.store.Store` or the fake.
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
    await _load_models(store, memory)
    grids = load_grid_rules(rules_dir)
    taken, problems = await _take_in(store, grids, at, memory, grid_folder, grid_feed)
    places = await read_places(store, rules, at)
    fed = grid_folder is not None or bool(grid_feed)
    sea = await _sea(store, places, grids, at, memory, fed=fed)
    storms = await storm_courses(store, places, sea.grids.keys(), rules_dir, at)
    # A parametric storm is calm far from its centre, no forecast of the wind there: it acts as a floor instead.
    places = [with_wind_ahead(p, sea.winds.get(p.key)) for p in places]
    aside = {(d.place_id, d.point, d.quantity) for d in await store.forecasts.demotions() if d.demoted}
    outcome = await asyncio.to_thread(_issue_all, places, rules, at, memory, aside, sea, storms)
    stored = [await _store_one(store, one) for one in outcome.issued]
    for row in outcome.states:
        await store.forecasts.save_state(row)
    await store.forecasts.drop_old_paths(at - timedelta(hours=rules.keep_paths_h))
    scored = await score_due(store, rules, at)
    report = ForecastReport(
        issued=sum(stored),
        fitted=len(outcome.states),
        degraded=sum(one.run.status != "ok" for one in outcome.issued),
        scored=scored,
        skipped=outcome.skipped,
        grids_taken=taken,
        grid_problems=tuple(problems),
    )
    log.info("forecast pass", extra={"issued": report.issued, "fitted": report.fitted, "scored": scored})
    return report


@dataclass(frozen=True, kw_only=True)
class _Sea:
    """Corrected gridded forecasts and the grid's wind by series, and what people must know about the grid."""

    grids: Mapping[Key, Predictive]
    winds: Mapping[Key, Floats]
    notice: tuple[str, str]


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


async def _sea(
    store: Any, places: Sequence[Place], rules: GridRules, at: datetime, memory: ForecastMemory, *, fed: bool
) -> _Sea:
    """Return what the newest gridded run says at every place it reaches.

    Where no grid is asked for and none was ever taken in, nothing is missed and nothing is said of it.
    """
    runs = await store.forecasts.grid_runs(at, timedelta(days=rules.keep_days))
    field_now = await store.forecasts.sea_field(at)
    notice = lateness(runs, rules, at) if runs or fed else ("", "")
    if field_now is None:
        return _Sea(grids={}, winds={}, notice=notice)
    grids: dict[Key, Predictive] = {}
    for place in places:
        found = await corrected(store, place, field_now, at, memory.grids, rules.keep_days)
        if found is not None:
            grids[place.key] = found
    winds = {p.key: course for p in places if (course := course_at(field_now, p, at, quantity=WIND)) is not None}
    return _Sea(grids=grids, winds=winds, notice=notice)


@dataclass(frozen=True, kw_only=True)
class _Outcome:
    issued: tuple[Issued, ...]
    states: tuple[StateRow, ...]
    skipped: tuple[str, ...]


async def _load_models(store: Any, memory: ForecastMemory) -> None:
    """Fill the memory once from the database; a model of another version is left to be fitted anew."""
    if memory.loaded:
        return
    for row in await store.forecasts.states():
        try:
            memory.models[(row.place_id, row.point, row.quantity)] = (row.fitted_at, keeping.from_bytes(row.state))
        except keeping.StateError as exc:
            log.info("kept model not used", extra={"place": row.place_id, "reason": str(exc)})
    memory.loaded = True


def _issue_all(
    places: Sequence[Place],
    rules: ForecastRules,
    at: datetime,
    memory: ForecastMemory,
    aside: Set[Key],
    sea: _Sea,
    storms: Mapping[Key, StormCourse],
) -> _Outcome:
    """Return every forecast and the models fitted on the way; the heavy part, run beside the event loop."""
    issued: list[Issued] = []
    states: list[StateRow] = []
    skipped: list[str] = []
    for place in sorted(places, key=lambda p: -p.good_hours):
        made = issue(
            place,
            rules,
            at,
            memory.models.get(place.key),
            issued,
            set_aside=place.key in aside,
            grid=sea.grids.get(place.key),
            grid_notice=sea.notice,
            storm=storms.get(place.key),
        )
        if made is None:
            skipped.append(f"{place.place_id}.{place.point}.{place.quantity}")
            continue
        issued.append(made)
        if made.fitted is not None:
            memory.models[place.key] = (at, made.fitted)
            states.append(_state(place, made.fitted, at))
    return _Outcome(issued=tuple(issued), states=tuple(states), skipped=tuple(skipped))


def _state(place: Place, model: Model, at: datetime) -> StateRow:
    return StateRow(
        place_id=place.place_id, point=place.point, quantity=place.quantity, fitted_at=at, version=MODEL_VERSION,
        state=keeping.to_bytes(model),
    )  # fmt: skip


async def _store_one(store: Any, one: Issued) -> bool:
    return await store.forecasts.save(one.run, one.deciles, one.paths, one.risks) is not None
