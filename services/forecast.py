"""The forecast loop: read hourly truth, keep models fitted, issue and store forecasts, score what has come true."""

import asyncio
import logging
from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from forecasting import keeping
from forecasting.engine import MODEL_VERSION, Model
from forecasting.rules import ForecastRules, load_rules
from services.forecast_inputs import Place, read_places
from services.forecast_issue import Issued, issue
from services.forecast_scores import score_due
from store.forecast_rows import StateRow

log = logging.getLogger(__name__)

Key = tuple[str, str, str]


@dataclass(kw_only=True)
class ForecastMemory:
    """What the loop keeps between passes and can always make anew: fitted models by (place, point, quantity)."""

    models: dict[Key, tuple[datetime, Model]] = field(default_factory=dict)
    loaded: bool = False


@dataclass(frozen=True, kw_only=True)
class ForecastReport:
    """What one pass did."""

    issued: int
    fitted: int
    degraded: int
    scored: int
    skipped: tuple[str, ...]


_PROCESS_MEMORY = ForecastMemory()


async def forecast_once(
    store: Any, rules_dir: Path, at: datetime, memory: ForecastMemory | None = None
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
    """
    memory = memory or _PROCESS_MEMORY
    rules = load_rules(rules_dir / "forecast.toml")
    await _load_models(store, memory)
    places = await read_places(store, rules, at)
    aside = {(d.place_id, d.point, d.quantity) for d in await store.forecasts.demotions() if d.demoted}
    outcome = await asyncio.to_thread(_issue_all, places, rules, at, memory, aside)
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
    )
    log.info("forecast pass", extra={"issued": report.issued, "fitted": report.fitted, "scored": scored})
    return report


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
    places: Sequence[Place], rules: ForecastRules, at: datetime, memory: ForecastMemory, aside: Set[Key]
) -> _Outcome:
    """Return every forecast and the models fitted on the way; the heavy part, run beside the event loop."""
    issued: list[Issued] = []
    states: list[StateRow] = []
    skipped: list[str] = []
    for place in sorted(places, key=lambda p: -p.good_hours):
        made = issue(place, rules, at, memory.models.get(place.key), issued, set_aside=place.key in aside)
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
