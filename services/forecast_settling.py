"""Pure part of verification: one forecast against the truth that came, and what of it is added to the kept sums."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, timezone

import numpy as np

from forecasting.model.predictive import DECILES
from forecasting.rules import SeriesRule
from forecasting.series.harmonics import Floats
from forecasting.verify import crps_of_deciles, persistence_deciles, pinball
from services.forecast_inputs import HOUR
from store.forecast_rows import DECILE_COLUMNS, EventSum, OnsetSum, QuantileRow, RiskRow, RunRow, ScoreRow, SkillSum

LEVELS = np.array(DECILES)
CHINA = timezone(timedelta(hours=8))
CALM_H = 6
"""Hours on the right side of a limit after which its crossing is a new onset. [h]"""
LEAST_KNOWN = 0.8
"""Share of a window whose truth must be known before "it did not come" is believed."""


@dataclass(frozen=True, kw_only=True)
class Settled:
    """One forecast with its scores and its risks of which it is known whether they came true."""

    run: RunRow
    scores: tuple[ScoreRow, ...]
    risks: tuple[RiskRow, ...]


def settle(
    run: RunRow,
    fan: Sequence[QuantileRow],
    risks: Sequence[RiskRow],
    level: Floats,
    rule: SeriesRule | None,
    leads_h: Sequence[int],
) -> Settled:
    """Return what came of a forecast.

    Parameters
    ----------
    level
        Truth by the hour from well before the origin to the last lead, NaN where unknown, shape ``(time,)``.
    rule
        By which acting pays or not; nothing counts as warned where None.
    """
    return Settled(
        run=run,
        scores=tuple(scores_of(run, fan, level, leads_h)),
        risks=tuple(settled(risks, run, level, rule)),
    )


def scores_of(run: RunRow, fan: Sequence[QuantileRow], level: Floats, leads_h: Sequence[int]) -> list[ScoreRow]:
    """Return the scores of the chosen leads whose truth is known, of the forecast and of persistence."""
    past, truth = level[: -run.horizon_h], level[-run.horizon_h :]
    told = [f for f in fan if f.lead_h in leads_h and np.isfinite(truth[f.lead_h - 1])]
    if not told:
        return []
    leads = [f.lead_h for f in told]
    reference = persistence_deciles(past, leads, LEVELS) if np.isfinite(past).any() else None
    rows: list[ScoreRow] = []
    for n, lead in enumerate(told):
        seen, hours = float(truth[lead.lead_h - 1]), lead.lead_h
        rows.append(_score(run, run.model, hours, seen, np.array([getattr(lead, c) for c in DECILE_COLUMNS])))
        if str(hours) in run.shadow:
            rows.append(_score(run, "blend", hours, seen, np.array(run.shadow[str(hours)])))
        if reference is not None and run.model != "persistence":
            rows.append(_score(run, "persistence", hours, seen, reference[n]))
    return rows


def _score(run: RunRow, model: str, lead_h: int, truth: float, deciles: Floats) -> ScoreRow:
    return ScoreRow(
        run_id=run.run_id,
        model=model,
        lead_h=lead_h,
        truth=truth,
        pinball=float(pinball(np.array(truth), deciles, LEVELS).mean()),
        crps=crps_of_deciles(truth, deciles),
        covered80=bool(deciles[0] <= truth <= deciles[-1]),
        error=float(deciles[4] - truth),
    )


def settled(risks: Sequence[RiskRow], run: RunRow, level: Floats, rule: SeriesRule | None) -> list[RiskRow]:
    """Return the risks of which it is known whether they came true: seen beyond the limit, or hardly a gap in truth."""
    before, truth = level[: -run.horizon_h][-CALM_H:], level[-run.horizon_h :]
    out = []
    for risk in risks:
        window = truth[: risk.window_h]
        beyond = window < risk.limit_value if risk.below else window > risk.limit_value
        if not beyond.any() and np.isfinite(window).mean() < LEAST_KNOWN:
            continue
        held = before < risk.limit_value if risk.below else before > risk.limit_value
        onset = run.origin_at + int(beyond.argmax()) * HOUR if beyond.any() else None
        out.append(
            replace(
                risk,
                happened=bool(beyond.any()),
                onset_at=onset,
                ongoing=bool(held.any()),
                warned=rule is not None
                and rule.pays(risk.severity, risk.probability, risk.expected_hours, acting=False),
            )
        )
    return out


def skill_sums(found: Iterable[Settled]) -> list[SkillSum]:
    """Return the scores summed by series, model, lead and day of issue."""
    groups: dict[tuple[str, str, str, str, int, date], list[ScoreRow]] = {}
    farms: dict[tuple[str, str, str], str | None] = {}
    for one in found:
        farms[one.run.key] = one.run.farm_id
        day = one.run.origin_at.astimezone(CHINA).date()
        for score in one.scores:
            groups.setdefault((*one.run.key, score.model, score.lead_h, day), []).append(score)
    return [_skill_sum(key, farms[key[:3]], scores) for key, scores in groups.items()]


def _skill_sum(key: tuple[str, str, str, str, int, date], farm_id: str | None, scores: Sequence[ScoreRow]) -> SkillSum:
    place, point, quantity, model, lead_h, day = key
    return SkillSum(
        place_id=place,
        point=point,
        quantity=quantity,
        farm_id=farm_id,
        model=model,
        lead_h=lead_h,
        day=day,
        cases=len(scores),
        pinball=sum(s.pinball for s in scores),
        crps=sum(s.crps or 0.0 for s in scores),
        inside=sum(bool(s.covered80) for s in scores),
        error=sum(s.error for s in scores),
        absolute=sum(abs(s.error) for s in scores),
    )


def event_sums(found: Iterable[Settled], rules: Mapping[str, SeriesRule]) -> list[EventSum]:
    """Return settled risks of a colour summed by series, colour, window, month and tenth of the chance."""
    groups: dict[tuple[str, str, str, int, int, date, int], list[RiskRow]] = {}
    for one in found:
        month = one.run.origin_at.astimezone(CHINA).date().replace(day=1)
        for risk in one.risks:
            if risk.severity is not None:
                tenth = min(9, int(risk.probability * 10 + 1e-6))
                groups.setdefault((*one.run.key, risk.severity, risk.window_h, month, tenth), []).append(risk)
    return [_event_sum(key, risks, rules.get(key[2])) for key, risks in groups.items()]


def _event_sum(
    key: tuple[str, str, str, int, int, date, int], risks: Sequence[RiskRow], rule: SeriesRule | None
) -> EventSum:
    place, point, quantity, severity, window_h, month, tenth = key
    limit = None if rule is None else rule.limit_of(severity)
    share = 1.0 if rule is None or limit is None else limit.decision(rule.decision).threshold
    fresh = [r for r in risks if not r.ongoing]
    return EventSum(
        place_id=place,
        point=point,
        quantity=quantity,
        farm_id=risks[0].farm_id,
        severity=severity,
        window_h=window_h,
        month=month,
        bin=tenth,
        cases=len(risks),
        chance=sum(r.probability for r in risks),
        came=sum(bool(r.happened) for r in risks),
        brier=sum((r.probability - bool(r.happened)) ** 2 for r in risks),
        cost=sum(share if r.warned else float(bool(r.happened)) for r in risks),
        fresh=len(fresh),
        warned=sum(bool(r.warned) for r in fresh),
        hits=sum(bool(r.warned and r.happened) for r in fresh),
        misses=sum(bool(r.happened and not r.warned) for r in fresh),
    )


def onset_sums(found: Iterable[Settled], rules: Mapping[str, SeriesRule]) -> list[OnsetSum]:
    """Return every onset that fell into the alert window of these forecasts, with the first that warned of it."""
    groups: dict[tuple[str, str, str, int, datetime], list[RiskRow]] = {}
    for one in found:
        rule = rules.get(one.run.quantity)
        for risk in one.risks:
            in_window = rule is not None and risk.window_h == rule.alert_window_h
            if in_window and risk.severity is not None and risk.onset_at is not None and not risk.ongoing:
                groups.setdefault((*one.run.key, risk.severity, risk.onset_at), []).append(risk)
    return [_onset_sum(key, risks) for key, risks in groups.items()]


def _onset_sum(key: tuple[str, str, str, int, datetime], risks: Sequence[RiskRow]) -> OnsetSum:
    place, point, quantity, severity, onset_at = key
    return OnsetSum(
        place_id=place,
        point=point,
        quantity=quantity,
        farm_id=risks[0].farm_id,
        severity=severity,
        onset_at=onset_at,
        limit_value=risks[0].limit_value,
        warned_at=min((r.issued_at for r in risks if r.warned), default=None),
        forecasts=len(risks),
        warned=sum(bool(r.warned) for r in risks),
    )
