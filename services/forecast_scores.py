"""When truth has come: score every issued forecast next to persistence, settle its risks, set models aside or back."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from core.units import QUANTITIES
from forecasting.rules import ForecastRules
from forecasting.verify import demoted, skill
from services.forecast_inputs import EPOCH, HOUR, Known, dense, usable
from services.forecast_settling import CHINA, Settled, event_sums, onset_sums, settle, skill_sums
from store.forecast_rows import DemotionRow, RunRow, SkillRow

REFERENCE_DAYS = 30
"""Past from which the reference learns how much the series changes. [d]"""
LOT, MOST = 500, 20_000
"""Forecasts scored at a time, and at most in one pass: after a long stop the rest waits for the next."""
FORGOTTEN = 20_000
"""Old forecasts forgotten in one pass at most."""


async def score_due(store: Any, rules: ForecastRules, at: datetime) -> int:
    """Score forecasts whose last lead is over; return how many; decide on demotions when any was scored."""
    total = 0
    while total < MOST:
        due: list[RunRow] = await store.forecasts.unscored(at - timedelta(hours=1), LOT)
        if not due:
            break
        await _score(store, due, rules, at)
        total += len(due)
    if total:
        await review(store, rules, at)
        old = at - timedelta(days=rules.keep_days)
        await store.forecasts.drop_old_runs(old, FORGOTTEN)
        await store.forecasts.compact_skill(old.astimezone(CHINA).date())
    return total


async def _score(store: Any, due: Sequence[RunRow], rules: ForecastRules, at: datetime) -> None:
    """Score a lot: truth of all its series is read at once, everything is kept in one transaction."""
    numbers = {(i.cage_id, i.point, i.quantity): i.series_id for i in await store.readings.series(None, None)}
    truth = await _truth(store, {run.key: numbers[run.key] for run in due if run.key in numbers}, due)
    fans = await store.forecasts.fans([run.run_id for run in due], rules.demotion.leads_h)
    risks: dict[int, list[Any]] = {}
    for risk in await store.forecasts.risks([run.run_id for run in due]):
        risks.setdefault(risk.run_id, []).append(risk)
    found = [
        settle(
            run,
            fans.get(run.run_id, []),
            risks.get(run.run_id, []),
            _level(truth.get(run.key), run),
            rules.rule_for(run.quantity),
            rules.demotion.leads_h,
        )
        for run in due
    ]
    await _keep(store, found, rules, at)


async def _keep(store: Any, found: Sequence[Settled], rules: ForecastRules, at: datetime) -> None:
    by_quantity = {rule.quantity: rule for rule in rules.series}
    await store.forecasts.score(
        [one.run for one in found],
        [score for one in found for score in one.scores],
        [risk for one in found for risk in one.risks],
        at,
        skills=skill_sums(found),
        events=event_sums(found, by_quantity),
        onsets=onset_sums(found, by_quantity),
    )


async def _truth(
    store: Any, numbers: Mapping[tuple[str, str, str], int], due: Sequence[RunRow]
) -> dict[tuple[str, str, str], Known]:
    """Return usable hours of each series from `REFERENCE_DAYS` before the first origin to the last lead."""
    if not numbers:
        return {}
    since = min(run.origin_at for run in due) - timedelta(days=REFERENCE_DAYS)
    until = max(run.origin_at + run.horizon_h * HOUR for run in due)
    columns = await store.readings.hourly_columns(sorted(numbers.values()), since, until)
    return {
        key: usable(columns[number], QUANTITIES.get(key[2])) for key, number in numbers.items() if number in columns
    }


def _level(known: Known | None, run: RunRow) -> "np.ndarray[Any, np.dtype[np.float64]]":
    """Return hourly truth from `REFERENCE_DAYS` before the origin to the last lead, NaN where unknown."""
    first = (run.origin_at - EPOCH) // HOUR - REFERENCE_DAYS * 24
    last = (run.origin_at - EPOCH) // HOUR + run.horizon_h - 1
    return np.full(last - first + 1, np.nan) if known is None else dense(known, first, last)


async def review(store: Any, rules: ForecastRules, at: datetime) -> None:
    """Decide for every series whether its model stays ahead of persistence, and keep what was decided."""
    since = (at - timedelta(days=rules.demotion.window_days)).astimezone(CHINA).date()
    before = {(d.place_id, d.point, d.quantity): d.demoted for d in await store.forecasts.demotions()}
    for row in decisions(await store.forecasts.skill(since), before, rules, at):
        await store.forecasts.save_demotion(row)


def decisions(
    rows: Sequence[SkillRow], before: dict[tuple[str, str, str], bool], rules: ForecastRules, at: datetime
) -> list[DemotionRow]:
    """Return the decision on every series that has scores of a model and of persistence."""
    rule, out = rules.demotion, []
    by_series: dict[tuple[str, str, str], list[SkillRow]] = {}
    for row in rows:
        if row.lead_h in rule.leads_h:
            by_series.setdefault((row.place_id, row.point, row.quantity), []).append(row)
    for key, own in sorted(by_series.items()):
        ours, reference = [r for r in own if r.model == "blend"], [r for r in own if r.model == "persistence"]
        cases = sum(r.cases for r in ours)
        if not cases or not reference:
            continue
        gain = skill(_mean(ours), _mean(reference))
        was = before.get(key, False)
        now = demoted(gain, cases, was=was, least_cases=rule.least_cases, behind=rule.behind, recovered=rule.recovered)
        out.append(_decision(key, now, gain, cases, rule.window_days, at))
    return out


def _mean(rows: Sequence[SkillRow]) -> float:
    return sum(r.pinball * r.cases for r in rows) / sum(r.cases for r in rows)


def _decision(
    key: tuple[str, str, str], now: bool, gain: float | None, cases: int, days: int, at: datetime
) -> DemotionRow:
    share = 0.0 if gain is None else gain
    if now:
        zh = f"近 {days} 天预报不如持续性预报（技巧 {share:.0%}），暂用持续性预报"
        en = f"over {days} days the model fell behind persistence (skill {share:.0%}): persistence stands in"
    else:
        zh = f"近 {days} 天比持续性预报好 {share:.0%}"
        en = f"over {days} days {share:.0%} better than persistence"
    return DemotionRow(
        place_id=key[0], point=key[1], quantity=key[2], demoted=now, decided_at=at, skill=gain, cases=cases,
        reason_zh=zh, reason_en=en,
    )  # fmt: skip
