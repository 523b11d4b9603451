"""What forecasts of oxygen mean for a farm, and which forecasts are out of date; waves have their own judge.

One finding per cage, whatever number of depths and instruments it has: people act on a cage, not on a probe.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

from core.finding import Condition, Evidence, Finding, Severity, Subject, SubjectKind
from forecasting.rules import ForecastRules, SeriesRule, load_rules
from services.judges import JudgeContext, typhoon
from services.judges.spoken import cage_names, clock_en, clock_zh
from store.forecast_rows import DemotionRow, RiskRow, RunRow

LATE_AFTER = timedelta(hours=3)
"""Three missed hourly passes: the loop itself is in trouble, or the series is."""
RULE_OXYGEN, RULE_STALE, RULE_ASIDE = "forecast.oxygen", "forecast.stale", "forecast.aside"
QUANTITIES = {"do_mg_l": ("溶氧", "oxygen"), "hs_m": ("波高", "waves"), "wind_mps": ("风", "wind")}


@lru_cache(maxsize=4)
def _rules(path: Path, modified_ns: int) -> ForecastRules:
    del modified_ns  # part of the key, so that an edited file is read again
    return load_rules(path)


def forecast_rules(context: JudgeContext) -> ForecastRules:
    """Return the rules of forecasts, read again when their file was edited."""
    path = context.rules_dir / "forecast.toml"
    return _rules(path, path.stat().st_mtime_ns)


async def judge(context: JudgeContext) -> list[Finding]:
    """Return the findings of the newest forecasts, one of lateness and one of oxygen a place, and of typhoons."""
    rules = forecast_rules(context)
    runs: list[RunRow] = await context.store.forecasts.latest_runs(context.at)
    risks: list[RiskRow] = await context.store.forecasts.risks([run.run_id for run in runs])
    names = await cage_names(context.store)
    by_place: dict[str, list[RunRow]] = {}
    for run in runs:
        by_place.setdefault(run.place_id, []).append(run)
    found = [stale_finding(own, names, rules, context.at) for _, own in sorted(by_place.items())]
    rule = rules.rule_for("do_mg_l")
    for place, own in sorted(by_place.items()):
        oxygen = [run for run in own if run.quantity == "do_mg_l"]
        if rule is not None and oxygen:
            numbers = {run.run_id for run in oxygen}
            told = [r for r in risks if r.run_id in numbers and r.window_h == rule.alert_window_h]
            subject = Subject(kind=SubjectKind.CAGE, id=place, name=names.get(place, place))
            found += oxygen_findings(subject, oxygen, told, rule, rules.version, context)
    found += aside_findings(await context.store.forecasts.demotions(), names, rules.version, context)
    return found + await typhoon.judge(context)


def aside_findings(
    decisions: Sequence[DemotionRow], names: Mapping[str, str], version: str, context: JudgeContext
) -> list[Finding]:
    """Return one finding for each place with a model set aside, and one for each whose models are all back."""
    by_place: dict[str, list[DemotionRow]] = {}
    for row in decisions:
        by_place.setdefault(row.place_id, []).append(row)
    found = []
    for place, rows in sorted(by_place.items()):
        aside = [row for row in rows if row.demoted]
        if aside or f"{RULE_ASIDE}:{place}" in context.open_keys:
            found.append(_aside(place, names.get(place, place), aside, rows, version))
    return found


def _aside(place: str, name: str, aside: Sequence[DemotionRow], rows: Sequence[DemotionRow], version: str) -> Finding:
    what = list(dict.fromkeys(QUANTITIES.get(row.quantity, (row.quantity, row.quantity)) for row in aside or rows))
    zh, en = "、".join(w[0] for w in what), " and ".join(w[1] for w in what)
    newest = max(aside or rows, key=lambda row: row.decided_at)
    return Finding(
        key=f"{RULE_ASIDE}:{place}",
        rule=RULE_ASIDE,
        rule_version=version,
        condition=Condition.ACTIVE if aside else Condition.CLEARED,
        severity=Severity.BLUE,
        subject=Subject(kind=SubjectKind.FORECAST, id=place, name=name),
        observed_at=newest.decided_at,
        reason_zh=f"{zh}{newest.reason_zh}" if aside else f"{zh}预报已恢复，{newest.reason_zh}",
        reason_en=f"{en}: {newest.reason_en}" if aside else f"{en}: the model is back, {newest.reason_en}",
        advice_zh="检查探头是否漂移、网箱是否移位；恢复后自动换回" if aside else "",
        advice_en="Check the probe and whether the cage was moved; it is taken back by itself." if aside else "",
        values={"skill": None if newest.skill is None else round(newest.skill, 3), "cases": float(newest.cases)},
    )


def stale_finding(runs: Sequence[RunRow], names: Mapping[str, str], rules: ForecastRules, at: datetime) -> Finding:
    """Return whether any newest forecast of a place is too old to be relied on."""
    place = runs[0].place_id
    name = names.get(place, place)
    late = [run for run in runs if at - run.issued_at > LATE_AFTER]
    oldest = min(runs, key=lambda run: run.issued_at)
    hours = (at - oldest.issued_at).total_seconds() / 3600
    what = list(dict.fromkeys(QUANTITIES.get(run.quantity, (run.quantity, run.quantity)) for run in late))
    return Finding(
        key=f"{RULE_STALE}:{place}",
        rule=RULE_STALE,
        rule_version=rules.version,
        condition=Condition.ACTIVE if late else Condition.CLEARED,
        severity=Severity.BLUE,
        subject=Subject(kind=SubjectKind.FORECAST, id=place, name=name),
        observed_at=oldest.issued_at,
        reason_zh=f"{'、'.join(w[0] for w in what)}预报已 {hours:.0f} 小时没有更新" if late else "预报正常更新",
        reason_en=f"the forecast of {' and '.join(w[1] for w in what)} is {hours:.0f} h old"
        if late
        else "forecasts are fresh",
        advice_zh="检查传感器和预报服务，期间以实测为准" if late else "",
        advice_en="Check the sensor and the forecast service; rely on measurements meanwhile." if late else "",
    )


def oxygen_findings(
    subject: Subject,
    runs: Sequence[RunRow],
    risks: Sequence[RiskRow],
    rule: SeriesRule,
    version: str,
    context: JudgeContext,
) -> list[Finding]:
    """Return the cage's finding over all its depths: the worst level whose risk makes acting pay.

    UNKNOWN when every forecast is too old to judge by; nothing where no risk is stored.
    """
    fresh = {run.run_id for run in runs if context.at - run.issued_at <= LATE_AFTER}
    judged = [r for r in risks if r.run_id in fresh] or list(risks)
    if not judged:
        return []
    key = f"{RULE_OXYGEN}:{subject.id}"
    paying = [
        r
        for r in judged
        if rule.pays(r.severity, r.probability, r.expected_hours, acting=context.holds(key, r.severity))
    ]
    basis = max(paying or judged, key=lambda r: (r.severity or 0 if paying else -(r.severity or 0), r.probability))
    condition = Condition.UNKNOWN if not fresh else Condition.ACTIVE if paying else Condition.CLEARED
    return [_oxygen(subject, basis, condition, rule, version, context.at)]


def _oxygen(
    subject: Subject, basis: RiskRow, condition: Condition, rule: SeriesRule, version: str, at: datetime
) -> Finding:
    begin = basis.onset_p50_at or basis.worst_at
    limit = rule.limit_of(basis.severity)
    advice_zh, advice_en = _advice(Severity(basis.severity or 1), begin, at)
    active = condition is Condition.ACTIVE
    return Finding(
        key=f"{RULE_OXYGEN}:{subject.id}",
        rule=RULE_OXYGEN,
        rule_version=version,
        condition=condition,
        severity=Severity(basis.severity or 1),
        subject=subject,
        observed_at=basis.origin_at,
        reason_zh=_reason_zh(basis, at),
        reason_en=_reason_en(basis),
        advice_zh=advice_zh if active else "",
        advice_en=advice_en if active else "",
        valid_from=begin,
        valid_until=basis.origin_at + timedelta(hours=rule.alert_window_h),
        probability=basis.probability,
        evidence=(
            Evidence(
                kind="forecast",
                text=f"P(do_mg_l < {basis.limit_value:g}) {basis.point}".strip(),
                ref=str(basis.run_id),
                observed_at=basis.issued_at,
            ),
        ),
        values={
            "limit_do_mg_l": basis.limit_value,
            "expected_hours": round(basis.expected_hours, 1),
            "threshold": None if limit is None else round(limit.decision(rule.decision).threshold, 3),
            "point": basis.point,
            "worst_at": basis.worst_at.isoformat(),
        },
    )


def _advice(severity: Severity, begin: datetime, at: datetime) -> tuple[str, str]:
    """Return what to do before it begins; at blue, where no fish is lost yet, only feeding is cut."""
    if severity is Severity.BLUE:
        return "少投饵，留意溶氧", "Feed less and watch the oxygen."
    when_zh = f"{clock_zh(begin, at)}前" if begin > at else "现在"
    when_en = f"before {clock_en(begin)}" if begin > at else "now"
    return f"{when_zh}停喂、备好增氧机，夜间值守", f"Stop feeding and ready the aerators {when_en}; keep a night watch."


def _reason_zh(risk: RiskRow, at: datetime) -> str:
    depth = f"{risk.point[1:]}米层" if risk.point[:1] == "d" else ""
    begin = "" if risk.onset_p50_at is None or risk.onset_p50_at <= at else f"，约{clock_zh(risk.onset_p50_at, at)}起"
    return f"{risk.window_h}小时内{depth}溶氧低于{risk.limit_value:g} mg/L可能性{risk.probability:.0%}{begin}"


def _reason_en(risk: RiskRow) -> str:
    depth = f" at {risk.point[1:]} m" if risk.point[:1] == "d" else ""
    begin = "" if risk.onset_p50_at is None else f", from about {clock_en(risk.onset_p50_at)}"
    limit = f"{risk.limit_value:g} mg/L within {risk.window_h} h"
    return f"{risk.probability:.0%} chance of oxygen{depth} below {limit}{begin}"
