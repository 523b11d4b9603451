"""Forecasts as issued, their risks and scores, kept models, demotions."""

import json
from collections.abc import Collection, Sequence
from dataclasses import fields
from datetime import date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from store import arrays
from store.columns import unix_us
from store.database import Executor
from store.errors import StoreConflictError
from store.forecast_rows import (
    DECILE_COLUMNS,
    DemotionRow,
    EventRow,
    EventSum,
    NewForecast,
    OnsetSum,
    QuantileRow,
    RiskRow,
    RunRow,
    ScoreRow,
    SkillRow,
    SkillSum,
    StateRow,
)
from store.grids import Grids

Floats = NDArray[np.float64]
HOUR_US = 3_600_000_000
NEWEST_WITHIN = timedelta(days=3)
"""A forecast older than this is no longer anyone's latest."""


class Forecasts(Grids):
    """Family of the forecast tables; gridded fields and storm tracks come with it."""

    def __init__(self, db: Executor) -> None:
        super().__init__(db)
        self._db = db

    async def save(self, forecasts: Sequence[NewForecast], states: Sequence[StateRow] = ()) -> int:
        """Store forecasts whole, and models fitted on the way, all or none; return how many forecasts were new.

        A series that has a forecast of the same moment keeps that one.
        """
        async with self._db.transaction() as tx:
            numbers = await _insert_runs(tx, forecasts)
            new = [(numbers[one.run.key], one) for one in forecasts if one.run.key in numbers]
            if new:
                await tx.execute("forecasts/insert_quantiles", **_fan_columns(new))
                await tx.execute_many("forecasts/insert_path", [_path(number, one) for number, one in new])
                await tx.execute("forecasts/insert_risks", **_risk_columns(new))
            for row in states:
                await tx.execute("forecasts/save_state", **_plain(row))
        return len(new)

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

    async def fans(self, run_ids: Collection[int], leads_h: Collection[int]) -> dict[int, list[QuantileRow]]:
        """Return the deciles of some leads of forecasts, by forecast."""
        rows = await self._db.rows(
            QuantileRow, "forecasts/fans", run_ids=arrays.int8(list(run_ids)), lead_h=arrays.int2(list(leads_h))
        )
        found: dict[int, list[QuantileRow]] = {}
        for row in rows:
            found.setdefault(row.run_id, []).append(row)
        return found

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

    async def score(
        self,
        runs: Sequence[RunRow],
        scores: Sequence[ScoreRow],
        risks: Sequence[RiskRow],
        at: datetime,
        *,
        skills: Sequence[SkillSum],
        events: Sequence[EventSum],
        onsets: Sequence[OnsetSum],
    ) -> None:
        """Keep what came true of forecasts, and add it to the sums; a forecast without truth is marked all the same.

        Raises
        ------
        StoreConflictError
            One of them was scored already by another process: nothing is kept.
        """
        async with self._db.transaction() as tx:
            claimed = await tx.execute("forecasts/claim_scored", run_ids=arrays.int8([r.run_id for r in runs]), at=at)
            if claimed != len(runs):
                raise StoreConflictError("Forecasts were scored already: another forecast loop runs beside this one.")
            await tx.execute("forecasts/insert_scores", **_score_columns(scores))
            await tx.execute("forecasts/settle_risks", **_settled_columns(risks))
            for query, rows in (("add_skill", skills), ("add_event", events), ("add_onset", onsets)):
                if rows:
                    ordered = sorted((_plain(row) for row in rows), key=lambda r: [str(v) for v in r.values()])
                    await tx.execute_many(f"forecasts/{query}", ordered)

    async def drop_old_runs(self, before: datetime, limit: int) -> int:
        """Forget scored forecasts made before a time, the oldest first, at most `limit`; their sums stay."""
        return await self._db.execute("forecasts/drop_old_runs", before=before, limit=limit)

    async def compact_skill(self, before: date) -> None:
        """Join the daily sums of scores before a day into one row a month, kept under the month's first day."""
        await self._db.execute("forecasts/compact_skill", before=before)

    async def skill(self, since: date, place_id: str | None = None, quantity: str | None = None) -> list[SkillRow]:
        """Return mean scores by series, model and lead over forecasts made since a day in China."""
        return await self._db.rows(SkillRow, "forecasts/skill", since=since, place_id=place_id, quantity=quantity)

    async def events(self, since: datetime, place_id: str | None = None, quantity: str | None = None) -> list[EventRow]:
        """Return forecast risks whose window is over, for reliability, POD and FAR."""
        return await self._db.rows(EventRow, "forecasts/events", since=since, place_id=place_id, quantity=quantity)

    async def states(self) -> list[StateRow]:
        """Return every kept model."""
        return await self._db.rows(StateRow, "forecasts/states")

    async def save_demotion(self, row: DemotionRow) -> None:
        """Keep the newest decision about a series' model."""
        await self._db.execute("forecasts/save_demotion", **_plain(row))

    async def demotions(self) -> list[DemotionRow]:
        """Return the newest decision of each series that has one."""
        return await self._db.rows(DemotionRow, "forecasts/demotions")


async def _insert_runs(tx: Executor, forecasts: Sequence[NewForecast]) -> dict[tuple[str, str, str], int]:
    """Return the numbers of the runs that were new, by place, point and quantity."""
    runs = [one.run for one in forecasts]
    words = ("place_id", "point", "quantity", "model", "model_version", "status", "notice_zh", "notice_en")
    rows = await tx.tuples(
        "forecasts/insert_runs",
        **{name: arrays.text([getattr(run, name) for run in runs]) for name in words},
        farm_id=arrays.text([run.farm_id or "" for run in runs]),
        issued_at=_times([run.issued_at for run in runs]),
        origin_at=_times([run.origin_at for run in runs]),
        horizon_h=arrays.int2([run.horizon_h for run in runs]),
        weights=arrays.text([json.dumps(dict(run.weights)) for run in runs]),
        shadow=arrays.text([json.dumps(dict(run.shadow)) for run in runs]),
    )
    return {(place, point, quantity): number for number, place, point, quantity in rows}


def _times(instants: Sequence[datetime]) -> arrays.TimeColumn:
    return arrays.times([unix_us(at) for at in instants])


def _fan_columns(new: Sequence[tuple[int, NewForecast]]) -> dict[str, object]:
    """Return the fans of runs as columns, one after the other."""
    lead = np.concatenate([np.arange(1, len(one.deciles) + 1) for _, one in new])
    counts = [len(one.deciles) for _, one in new]
    origin_us = np.repeat([unix_us(one.run.origin_at) for _, one in new], counts)
    deciles = np.concatenate([one.deciles for _, one in new])
    return {
        "run_id": arrays.int8(np.repeat([number for number, _ in new], counts)),
        "lead_h": arrays.int2(lead),
        "valid_at": arrays.times(origin_us + (lead - 1) * HOUR_US),
        **{name: arrays.float4(deciles[:, i]) for i, name in enumerate(DECILE_COLUMNS)},
    }


def _path(number: int, one: NewForecast) -> dict[str, object]:
    return {"run_id": number, "n_paths": len(one.paths), "values": arrays.float4(np.round(one.paths, 3).ravel())}


def _risk_columns(new: Sequence[tuple[int, NewForecast]]) -> dict[str, object]:
    """Return the risks of runs as columns; times are hours after the origin, NaN for none."""
    rows = [(number, one.run.origin_at, risk) for number, one in new for risk in one.risks]
    risks = [risk for *_, risk in rows]

    def hours(name: str) -> arrays.Float4Column:
        instants = [(getattr(risk, name), origin) for _, origin, risk in rows]
        return arrays.float4([np.nan if at is None else (at - origin) / timedelta(hours=1) for at, origin in instants])

    return {
        "run_id": arrays.int8([number for number, *_ in rows]),
        "origin_at": _times([origin for _, origin, _ in rows]),
        "limit_value": arrays.float4([r.limit_value for r in risks]),
        "below": arrays.int2([int(r.below) for r in risks]),
        "window_h": arrays.int2([r.window_h for r in risks]),
        "probability": arrays.float4([r.probability for r in risks]),
        "expected_hours": arrays.float4([r.expected_hours for r in risks]),
        "worst_h": hours("worst_at"),
        "onset_p10_h": hours("onset_p10_at"),
        "onset_p50_h": hours("onset_p50_at"),
        "onset_p90_h": hours("onset_p90_at"),
        "severity": arrays.int2([r.severity or 0 for r in risks]),
    }


def _score_columns(scores: Sequence[ScoreRow]) -> dict[str, object]:
    return {
        "run_id": arrays.int8([s.run_id for s in scores]),
        "model": arrays.text([s.model for s in scores]),
        "lead_h": arrays.int2([s.lead_h for s in scores]),
        "inside": arrays.int2([int(bool(s.covered80)) for s in scores]),
        **{name: arrays.float4([getattr(s, name) for s in scores]) for name in ("truth", "pinball", "crps", "error")},
    }


def _settled_columns(risks: Sequence[RiskRow]) -> dict[str, object]:
    """Return settled risks as columns; onsets are hours after the origin, NaN for none."""
    onset_h = [np.nan if r.onset_at is None else (r.onset_at - r.origin_at) / timedelta(hours=1) for r in risks]
    flags = ("below", "happened", "warned", "ongoing")
    return {
        "run_id": arrays.int8([r.run_id for r in risks]),
        "limit_value": arrays.float4([r.limit_value for r in risks]),
        "window_h": arrays.int2([r.window_h for r in risks]),
        "onset_h": arrays.float4(onset_h),
        "origin_at": _times([r.origin_at for r in risks]),
        **{name: arrays.int2([int(bool(getattr(r, name))) for r in risks]) for name in flags},
    }


def _plain(row: StateRow | DemotionRow | SkillSum | EventSum | OnsetSum) -> dict[str, object]:
    """Return a row's fields as query parameters."""
    return {f.name: getattr(row, f.name) for f in fields(row)}
