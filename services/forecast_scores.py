"""When truth has come: score every issued forecast next to persistence, settle its risks, set models aside or back."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from core.units import QUANTITIES
from forecasting.harmonics import Floats
from forecasting.predictive import DECILES
from forecasting.rules import ForecastRules
from forecasting.verify import demoted, persistence_deciles, pinball, skill
from services.forecast_inputs import EPOCH, HOUR, by_series, dense
from store.forecast_rows import DECILE_COLUMNS, DemotionRow, QuantileRow, RiskRow, RunRow, ScoreRow, SkillRow

LEVELS = np.array(DECILES)
REFERENCE_DAYS = 30
"""Past from which the reference learns how much the series changes. [d]"""


async def score_due(store: Any, rules: ForecastRules, at: datetime) -> int:
    """Score forecasts whose last lead is over; return how many; decide on demotions when any was scored."""
    due = await store.forecasts.unscored(at - timedelta(hours=1))
    if not due:
        return 0
    numbers = {(i.cage_id, i.point, i.quantity): i.series_id for i in await store.readings.series(None, None)}
    for run in due:
        series_id = numbers.get((run.place_id, run.point, run.quantity))
        level = await _truth(store, series_id, run)
        fan = await store.forecasts.fan(run.run_id)
        scores = scores_of(run, fan, level, rules.demotion.leads_h)
        risks = settled(await store.forecasts.risks([run.run_id]), run, level)
        await store.forecasts.score(run.run_id, scores, risks, at)
    await review(store, rules, at)
    return len(due)


async def _truth(store: Any, series_id: int | None, run: RunRow) -> Floats:
    """Return hourly truth from `REFERENCE_DAYS` before the origin to the last lead, NaN where unknown."""
    first = (run.origin_at - EPOCH) // HOUR - REFERENCE_DAYS * 24
    last = (run.origin_at - EPOCH) // HOUR + run.horizon_h - 1
    if series_id is None:
        return np.full(last - first + 1, np.nan)
    rows = await store.readings.hourly([series_id], EPOCH + first * HOUR, EPOCH + (last + 1) * HOUR)
    known = by_series(rows, {series_id: QUANTITIES[run.quantity]} if run.quantity in QUANTITIES else None)
    return dense(known.get(series_id, {}), first, last)


def scores_of(run: RunRow, fan: Sequence[QuantileRow], level: Floats, leads_h: Sequence[int]) -> list[ScoreRow]:
    """Return the scores of the chosen leads whose truth is known, of the forecast and of persistence."""
    past, truth = level[: -run.horizon_h], level[-run.horizon_h :]
    reference = persistence_deciles(past, run.horizon_h, LEVELS) if np.isfinite(past).any() else None
    rows: list[ScoreRow] = []
    for lead in fan:
        if lead.lead_h not in leads_h or not np.isfinite(truth[lead.lead_h - 1]):
            continue
        seen = float(truth[lead.lead_h - 1])
        rows.append(_score(run, run.model, lead.lead_h, seen, np.array([getattr(lead, c) for c in DECILE_COLUMNS])))
        if str(lead.lead_h) in run.shadow:
            rows.append(_score(run, "blend", lead.lead_h, seen, np.array(run.shadow[str(lead.lead_h)])))
        if reference is not None and run.model != "persistence":
            rows.append(_score(run, "persistence", lead.lead_h, seen, reference[lead.lead_h - 1]))
    return rows


def _score(run: RunRow, model: str, lead_h: int, truth: float, deciles: Floats) -> ScoreRow:
    return ScoreRow(
        run_id=run.run_id,
        model=model,
        lead_h=lead_h,
        truth=truth,
        pinball=float(pinball(np.array(truth), deciles, LEVELS).mean()),
        covered80=bool(deciles[0] <= truth <= deciles[-1]),
        error=float(deciles[4] - truth),
    )


def settled(risks: Sequence[RiskRow], run: RunRow, level: Floats) -> list[RiskRow]:
    """Return the risks of which it is known whether they came true: seen beyond the limit, or hardly a gap in truth."""
    truth = level[-run.horizon_h :]
    out = []
    for risk in risks:
        window = truth[: risk.window_h]
        beyond = window < risk.limit_value if risk.below else window > risk.limit_value
        if not beyond.any() and np.isfinite(window).mean() < 0.8:
            continue
        onset = run.origin_at + int(beyond.argmax()) * HOUR if beyond.any() else None
        values = {name: getattr(risk, name) for name in risk.__dataclass_fields__}
        out.append(RiskRow(**{**values, "happened": bool(beyond.any()), "onset_at": onset}))
    return out


async def review(store: Any, rules: ForecastRules, at: datetime) -> None:
    """Decide for every series whether its model stays ahead of persistence, and keep what was decided."""
    since = at - timedelta(days=rules.demotion.window_days)
    before = {(d.place_id, d.point, d.quantity): d.demoted for d in await store.forecasts.demotions()}
    for row in decisions(await store.forecasts.skill(since), before, rules, at):
        await store.forecasts.save_demotion(row)


def decisions(
    rows: Sequence[SkillRow], before: dict[tuple[str, str, str], bool], rules: ForecastRules, at: datetime
) -> list[DemotionRow]:
    """Return the decision on every series that has scores of a model and of persistence."""
    rule, out = rules.demotion, []
    for key in sorted({(r.place_id, r.point, r.quantity) for r in rows}):
        own = [r for r in rows if (r.place_id, r.point, r.quantity) == key and r.lead_h in rule.leads_h]
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
