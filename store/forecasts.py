"""Forecasts as issued, their risks and scores, kept models, demotions."""

from collections.abc import Collection, Sequence
from dataclasses import fields
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from store.database import Executor, jsonb
from store.forecast_rows import (
    DECILE_COLUMNS,
    DemotionRow,
    EventRow,
    NewRisk,
    NewRun,
    QuantileRow,
    RiskRow,
    RunRow,
    ScoreRow,
    SkillRow,
    StateRow,
)
from store.grids import Grids

Floats = NDArray[np.float64]
NEWEST_WITHIN = timedelta(days=3)
"""A forecast older than this is no longer anyone's latest."""


class Forecasts(Grids):
    """Family of the forecast tables; gridded fields and storm tracks come with it."""

    def __init__(self, db: Executor) -> None:
        super().__init__(db)
        self._db = db

    async def save(self, run: NewRun, deciles: Floats, paths: Floats | None, risks: Sequence[NewRisk]) -> int | None:
        """Store one forecast whole; return its number, None when this series has one of the same moment already.

        Parameters
        ----------
        deciles
            Shape ``(lead, 9)``, in the quantity's unit.
        paths
            Joint futures, shape ``(path, lead)``, or None.
        """
        async with self._db.transaction() as tx:
            run_id: int | None = await tx.value(
                "forecasts/insert_run",
                **{**_plain(run), "weights": jsonb(dict(run.weights)), "shadow": jsonb(dict(run.shadow))},
            )
            if run_id is None:
                return None
            columns = {name: deciles[:, i].tolist() for i, name in enumerate(DECILE_COLUMNS)}
            leads = list(range(1, len(deciles) + 1))
            await tx.execute(
                "forecasts/insert_quantiles", run_id=run_id, origin_at=run.origin_at, lead_h=leads, **columns
            )
            if paths is not None:
                values = np.round(paths, 3).ravel().tolist()
                await tx.execute("forecasts/insert_path", run_id=run_id, n_paths=len(paths), values=values)
            if risks:
                await tx.execute_many("forecasts/insert_risk", [_plain(risk) | {"run_id": run_id} for risk in risks])
        return run_id

    async def drop_old_paths(self, before: datetime) -> int:
        """Forget the joint futures of forecasts issued before a time; return how many."""
        return await self._db.execute("forecasts/drop_old_paths", before=before)

    async def latest_runs(
        self, at: datetime, place_ids: Collection[str] | None = None, quantity: str | None = None
    ) -> list[RunRow]:
        """Return the newest forecast of each series issued in the three days up to `at`."""
        return await self._db.rows(
            RunRow, "forecasts/latest_runs", since=at - NEWEST_WITHIN, until=at, quantity=quantity,
            place_ids=None if place_ids is None else list(place_ids),
        )  # fmt: skip

    async def fan(self, run_id: int) -> list[QuantileRow]:
        """Return the deciles of a forecast by lead."""
        return await self._db.rows(QuantileRow, "forecasts/fan", run_id=run_id)

    async def paths(self, run_id: int) -> Floats | None:
        """Return the joint futures of a forecast, shape ``(path, lead)``; None when they are no longer kept."""
        found = await self._db.tuples("forecasts/paths", run_id=run_id)
        if not found:
            return None
        count, values = found[0]
        return np.asarray(values, dtype=np.float64).reshape(count, -1)

    async def risks(self, run_ids: Collection[int]) -> list[RiskRow]:
        """Return the risks of some forecasts."""
        return await self._db.rows(RiskRow, "forecasts/risks", run_ids=list(run_ids))

    async def unscored(self, at: datetime, limit: int = 200) -> list[RunRow]:
        """Return forecasts whose last lead is over and that have no score yet, oldest first."""
        return await self._db.rows(RunRow, "forecasts/unscored", at=at, limit=limit)

    async def score(self, run_id: int, scores: Sequence[ScoreRow], risks: Sequence[RiskRow], at: datetime) -> None:
        """Keep what came true of one forecast; a forecast without truth is marked all the same."""
        async with self._db.transaction() as tx:
            if scores:
                await tx.execute_many("forecasts/insert_score", [_plain(score) for score in scores])
            settled = [
                {
                    name: getattr(risk, name)
                    for name in ("run_id", "limit_value", "below", "window_h", "happened", "onset_at")
                }
                for risk in risks
            ]
            if settled:
                await tx.execute_many("forecasts/settle_risk", settled)
            await tx.execute("forecasts/mark_scored", run_id=run_id, at=at)

    async def skill(self, since: datetime, place_id: str | None = None, quantity: str | None = None) -> list[SkillRow]:
        """Return mean scores by series, model and lead over forecasts since a time."""
        return await self._db.rows(SkillRow, "forecasts/skill", since=since, place_id=place_id, quantity=quantity)

    async def events(self, since: datetime, place_id: str | None = None, quantity: str | None = None) -> list[EventRow]:
        """Return forecast risks whose window is over, for reliability, POD and FAR."""
        return await self._db.rows(EventRow, "forecasts/events", since=since, place_id=place_id, quantity=quantity)

    async def save_state(self, row: StateRow) -> None:
        """Keep the fitted model of a series."""
        await self._db.execute("forecasts/save_state", **_plain(row))

    async def states(self) -> list[StateRow]:
        """Return every kept model."""
        return await self._db.rows(StateRow, "forecasts/states")

    async def save_demotion(self, row: DemotionRow) -> None:
        """Keep the newest decision about a series' model."""
        await self._db.execute("forecasts/save_demotion", **_plain(row))

    async def demotions(self) -> list[DemotionRow]:
        """Return the newest decision of each series that has one."""
        return await self._db.rows(DemotionRow, "forecasts/demotions")


def _plain(row: NewRun | NewRisk | ScoreRow | StateRow | DemotionRow) -> dict[str, object]:
    """Return a row's fields as query parameters."""
    return {f.name: getattr(row, f.name) for f in fields(row)}
