"""The wave warning colour of now, and of waves and wind in the hours to come, at every cage they are forecast for."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

from core.finding import Condition, Evidence, Finding, Severity, Subject, SubjectKind
from forecasting.rules import SeriesRule
from forecasting.storms.typhoon import FORCE_MPS
from forecasting.warnings import WaveTable, load_wave_table, wave_colour
from services.judges import JudgeContext
from services.judges.forecasts import forecast_rules
from services.judges.spoken import cage_names, clock_en, clock_zh
from store.forecast_rows import RiskRow
from store.readings import LatestReading

USABLE = (1, 2)
"""QC flags that a warning may rest on: good, and not yet checked."""
RULE_NOW, RULE_FORECAST, RULE_WIND = "waves.now", "waves.forecast", "wind.forecast"


@lru_cache(maxsize=4)
def _table(path: Path, modified_ns: int) -> WaveTable:
    del modified_ns  # part of the key, so that an edited file is read again
    return load_wave_table(path)


async def judge(context: JudgeContext) -> list[Finding]:
    """Return the wave findings of every series of significant wave height."""
    path = context.rules_dir / "waves.toml"
    table = _table(path, path.stat().st_mtime_ns)
    names = await cage_names(context.store)
    readings = [r for r in await context.store.readings.latest() if r.quantity == "hs_m"]
    found = [now_finding(reading, names, table, context) for reading in readings]
    return found + await _forecasts(context, names)


def now_finding(reading: LatestReading, names: Mapping[str, str], table: WaveTable, context: JudgeContext) -> Finding:
    """Return what the newest reading says; UNKNOWN when it is old, unusable or missing."""
    key = f"{RULE_NOW}:{reading.cage_id}"
    subject = _subject(reading.cage_id, names)
    age = context.at - reading.observed_at
    if reading.value is None or reading.qc not in USABLE or age > timedelta(seconds=table.max_age_s):
        return Finding(
            key=key, rule=RULE_NOW, rule_version=table.version, condition=Condition.UNKNOWN, severity=Severity.BLUE,
            subject=subject, observed_at=reading.observed_at, reason_zh="没有可用的近期波高数据",
            reason_en="no usable recent wave height",
        )  # fmt: skip
    hs_m = round(float(reading.value), 2)
    colour = wave_colour(table, hs_m, "nearshore", kept=context.open_severity.get(key))
    level_zh, level_en = _level(colour, held=colour != wave_colour(table, hs_m, "nearshore"))
    severity = colour or Severity.BLUE
    return Finding(
        key=key,
        rule=RULE_NOW,
        rule_version=table.version,
        condition=Condition.CLEARED if colour is None else Condition.ACTIVE,
        severity=severity,
        subject=subject,
        observed_at=reading.observed_at,
        reason_zh=f"有效波高 {hs_m:.1f} 米，{level_zh}",
        reason_en=f"significant wave height {hs_m:.1f} m, {level_en}",
        advice_zh=ADVICE_ZH[severity] if colour else "",
        advice_en=ADVICE_EN[severity] if colour else "",
        evidence=(
            Evidence(kind="reading", text=f"hs_m {hs_m:.2f}", ref=str(reading.key), observed_at=reading.observed_at),
        ),
        values={"hs_m": hs_m},
    )


def _level(colour: Severity | None, *, held: bool) -> tuple[str, str]:
    """Return how the waves stand to the warning levels; `held` where they are just below the colour that is kept."""
    if colour is None:
        return "低于警报标准", "below warning levels"
    name_zh, name_en = f"近岸{colour.zh}色警报标准", f"{colour.name.lower()} nearshore level"
    return (f"略低于{name_zh}，暂不解除", f"just below the {name_en}") if held else (f"达到{name_zh}", name_en)


ADVICE_ZH = {
    Severity.BLUE: "检查网箱缆绳和浮架，小船不要靠泊作业。",
    Severity.YELLOW: "停止投饵和换网，加固缆绳，平台人员做好撤离准备。",
    Severity.ORANGE: "平台人员撤到岸上，船只回港避风。",
    Severity.RED: "人员已撤离的不得返回，船只一律不得出港。",
}
ADVICE_EN = {
    Severity.BLUE: "Check mooring lines and frames; no small boat alongside.",
    Severity.YELLOW: "Stop feeding and net changes, double the lines, make ready to leave the platform.",
    Severity.ORANGE: "People ashore, boats to shelter.",
    Severity.RED: "Nobody returns to the platform, no boat leaves port.",
}


def _subject(place_id: str, names: Mapping[str, str]) -> Subject:
    return Subject(kind=SubjectKind.CAGE, id=place_id, name=names.get(place_id, place_id))


@dataclass(frozen=True, kw_only=True)
class Told:
    """How the forecast of one quantity is told."""

    rule: str
    quantity: str
    zh: Callable[[float], str]
    en: Callable[[float], str]


FORECASTS = (
    Told(
        rule=RULE_FORECAST,
        quantity="hs_m",
        zh=lambda limit: f"浪高超过{limit:g}米",
        en=lambda limit: f"waves above {limit:g} m",
    ),
    Told(
        rule=RULE_WIND,
        quantity="wind_mps",
        zh=lambda limit: f"风力达到{force_of(limit)}级",
        en=lambda limit: f"wind of force {force_of(limit)} or more",
    ),
)


def force_of(wind_mps: float) -> int:
    """Return the Beaufort force that a wind limit begins."""
    return max((force for force, low in FORCE_MPS.items() if wind_mps >= low - 0.05), default=min(FORCE_MPS))


async def _forecasts(context: JudgeContext, names: Mapping[str, str]) -> list[Finding]:
    rules = forecast_rules(context)
    found: list[Finding] = []
    for told in FORECASTS:
        rule = rules.rule_for(told.quantity)
        if rule is not None:
            found += await _of_quantity(context, names, told, rule, rules.version)
    return found


async def _of_quantity(
    context: JudgeContext, names: Mapping[str, str], told: Told, rule: SeriesRule, version: str
) -> list[Finding]:
    runs = await context.store.forecasts.latest_runs(context.at, None, told.quantity)
    fresh = [run for run in runs if context.at - run.origin_at <= timedelta(hours=rule.alert_window_h // 4)]
    risks: list[RiskRow] = await context.store.forecasts.risks([run.run_id for run in fresh])
    by_place: dict[str, list[RiskRow]] = {}
    for risk in risks:
        if risk.window_h == rule.alert_window_h and risk.severity is not None:
            by_place.setdefault(risk.place_id, []).append(risk)
    return [
        forecast_finding(_subject(place, names), rows, told, rule, version, context)
        for place, rows in sorted(by_place.items())
    ]


def forecast_finding(
    subject: Subject, risks: Sequence[RiskRow], told: Told, rule: SeriesRule, version: str, context: JudgeContext
) -> Finding:
    """Return the highest colour for which acting pays by the operator's cost and loss, with hysteresis."""
    key = f"{told.rule}:{subject.id}"
    paying = [
        r
        for r in risks
        if rule.pays(r.severity, r.probability, r.expected_hours, acting=context.holds(key, r.severity))
    ]
    chosen = max(paying, key=lambda r: r.severity or 0, default=None)
    basis = chosen or min(risks, key=lambda r: r.severity or 0)
    severity = Severity(basis.severity or 1)
    limit = rule.limit_of(basis.severity)
    return Finding(
        key=key,
        rule=told.rule,
        rule_version=version,
        condition=Condition.CLEARED if chosen is None else Condition.ACTIVE,
        severity=severity,
        subject=subject,
        observed_at=basis.origin_at,
        reason_zh=_reason_zh(basis, told, context.at),
        reason_en=_reason_en(basis, told),
        advice_zh=ADVICE_ZH[severity] if chosen else "",
        advice_en=ADVICE_EN[severity] if chosen else "",
        valid_from=basis.onset_p50_at or basis.worst_at,
        valid_until=basis.origin_at + timedelta(hours=basis.window_h),
        probability=basis.probability,
        evidence=(
            Evidence(
                kind="forecast",
                text=f"P({told.quantity} > {basis.limit_value:g})",
                ref=str(basis.run_id),
                observed_at=basis.issued_at,
            ),
        ),
        values={
            f"limit_{told.quantity}": basis.limit_value,
            "expected_hours": round(basis.expected_hours, 1),
            "threshold": None if limit is None else round(limit.decision(rule.decision).threshold, 3),
            "worst_at": basis.worst_at.isoformat(),
        },
    )


def _reason_zh(risk: RiskRow, told: Told, at: datetime) -> str:
    begin = "" if risk.onset_p50_at is None or risk.onset_p50_at <= at else f"，约{clock_zh(risk.onset_p50_at, at)}起"
    return f"{risk.window_h}小时内{told.zh(risk.limit_value)}可能性{risk.probability:.0%}{begin}"


def _reason_en(risk: RiskRow, told: Told) -> str:
    begin = "" if risk.onset_p50_at is None else f", from about {clock_en(risk.onset_p50_at)}"
    return f"{risk.probability:.0%} chance of {told.en(risk.limit_value)} within {risk.window_h} h{begin}"
