"""What forecasts of oxygen and wind mean for a farm, and which forecasts are late; waves have their own judge."""

from datetime import timedelta
from functools import lru_cache
from pathlib import Path

from core.finding import Condition, Evidence, Finding, Severity, Subject, SubjectKind
from forecasting.rules import ForecastRules, SeriesRule, load_rules
from services.judges import JudgeContext
from services.judges.waves import local_clock, local_clock_en
from store.forecast_rows import RiskRow, RunRow

LATE_AFTER = timedelta(hours=3)
"""Three missed hourly passes: the loop itself is in trouble, or the series is."""
RULE_OXYGEN, RULE_LATE = "forecast.oxygen", "forecast.late"


@lru_cache(maxsize=4)
def _rules(path: Path, modified_ns: int) -> ForecastRules:
    del modified_ns  # part of the key, so that an edited file is read again
    return load_rules(path)


async def judge(context: JudgeContext) -> list[Finding]:
    """Return the findings of the newest forecasts."""
    path = context.rules_dir / "forecast.toml"
    rules = _rules(path, path.stat().st_mtime_ns)
    runs: list[RunRow] = await context.store.forecasts.latest_runs(context.at)
    risks: list[RiskRow] = await context.store.forecasts.risks([run.run_id for run in runs])
    found = [late_finding(run, rules, context) for run in runs]
    rule = rules.rule_for("do_mg_l")
    for run in runs:
        if rule is not None and run.quantity == "do_mg_l":
            own = [r for r in risks if r.run_id == run.run_id and r.window_h == rule.alert_window_h]
            if own:
                found.append(oxygen_finding(run, own, rule, rules.version, context))
    return found


def late_finding(run: RunRow, rules: ForecastRules, context: JudgeContext) -> Finding:
    """Return whether the newest forecast of a series is too old to be relied on."""
    age = context.at - run.issued_at
    late = age > LATE_AFTER
    hours = age.total_seconds() / 3600
    name = f"{run.place_id}.{run.point}.{run.quantity}"
    return Finding(
        key=f"{RULE_LATE}:{name}",
        rule=RULE_LATE,
        rule_version=rules.version,
        condition=Condition.ACTIVE if late else Condition.CLEARED,
        severity=Severity.BLUE,
        subject=Subject(kind=SubjectKind.FORECAST, id=name),
        observed_at=run.issued_at,
        reason_zh=f"{name} 的预报已 {hours:.0f} 小时没有更新" if late else f"{name} 的预报正常更新",
        reason_en=f"the forecast of {name} is {hours:.0f} h old" if late else f"the forecast of {name} is fresh",
        advice_zh="检查传感器和预报服务，期间以实测为准。" if late else "",
        advice_en="Check the sensor and the forecast service; rely on measurements meanwhile." if late else "",
    )


def oxygen_finding(run: RunRow, risks: list[RiskRow], rule: SeriesRule, version: str, context: JudgeContext) -> Finding:
    """Return the worst level whose risk makes acting pay; UNKNOWN when the forecast is too old to judge by."""
    key = f"{RULE_OXYGEN}:{run.place_id}.{run.point}"
    subject = Subject(kind=SubjectKind.CAGE, id=run.place_id)
    acting = key in context.open_keys
    paying = [r for r in risks if rule.decision.acts(r.probability, acting=acting)]
    basis = max(paying or risks, key=lambda r: (r.severity or 0) if paying else -(r.severity or 0))
    condition = Condition.ACTIVE if paying else Condition.CLEARED
    if context.at - run.issued_at > LATE_AFTER:
        condition = Condition.UNKNOWN
    begin = basis.onset_p50_at or basis.worst_at
    return Finding(
        key=key,
        rule=RULE_OXYGEN,
        rule_version=version,
        condition=condition,
        severity=Severity(basis.severity or 1),
        subject=subject,
        observed_at=run.origin_at,
        reason_zh=_reason_zh(run, basis),
        reason_en=_reason_en(run, basis),
        advice_zh=f"{local_clock(begin)} 前备好增氧机并停止投饵，夜间专人值守。" if paying else "",
        advice_en=f"Have aerators ready and stop feeding before {local_clock_en(begin)}; keep a night watch."
        if paying
        else "",
        valid_from=begin,
        valid_until=run.origin_at + timedelta(hours=rule.alert_window_h),
        probability=basis.probability,
        evidence=(
            Evidence(
                kind="forecast",
                text=f"P(do_mg_l < {basis.limit_value:g})",
                ref=str(run.run_id),
                observed_at=run.issued_at,
            ),
        ),
        values={
            "limit_do_mg_l": basis.limit_value,
            "expected_hours": round(basis.expected_hours, 1),
            "threshold": round(rule.decision.threshold, 3),
            "worst_at": basis.worst_at.isoformat(),
        },
    )


def _reason_zh(run: RunRow, risk: RiskRow) -> str:
    depth = f"（{run.point[1:]} 米层）" if run.point[:1] == "d" else ""
    begin = "" if risk.onset_p50_at is None else f"，最可能 {local_clock(risk.onset_p50_at)} 前后开始"
    return f"未来 {risk.window_h} 小时溶氧{depth}低于 {risk.limit_value:g} mg/L 的可能性 {risk.probability:.0%}{begin}"


def _reason_en(run: RunRow, risk: RiskRow) -> str:
    depth = f" at {run.point[1:]} m" if run.point[:1] == "d" else ""
    begin = "" if risk.onset_p50_at is None else f", most likely from about {local_clock_en(risk.onset_p50_at)}"
    limit = f"{risk.limit_value:g} mg/L within {risk.window_h} h"
    return f"{risk.probability:.0%} chance of oxygen{depth} below {limit}{begin}"
