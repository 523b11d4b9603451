"""What forecasts are told as: one finding a cage, by name, in at most two message parts, when acting pays."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import alerts.rules
from alerts import lifecycle
from alerts.model import NoticeKind
from alerts.segments import measure
from alerts.wording import write
from core.finding import Condition, Finding, Severity, Subject, SubjectKind
from forecasting.rules import Limit, load_rules
from forecasting.warnings import load_wave_table
from services.judges import JudgeContext
from services.judges.forecasts import aside_findings, oxygen_findings, stale_finding
from services.judges.spoken import clock_zh
from services.judges.waves import FORECASTS, force_of, forecast_finding, now_finding
from store.forecast_rows import DemotionRow, RiskRow, RunRow
from store.readings import LatestReading

RULES_DIR = Path(__file__).parents[3] / "config" / "rules"
RULES = load_rules(RULES_DIR / "forecast.toml")
OXYGEN = RULES.rule_for("do_mg_l")
AT = datetime(2026, 8, 20, 6, 20, tzinfo=UTC)
CAGE = Subject(kind=SubjectKind.CAGE, id="dt01-c02", name="2号网箱")


def run(number: int, point: str, age_h: float = 0.0, quantity: str = "do_mg_l") -> RunRow:
    issued = AT - timedelta(hours=age_h)
    return RunRow(
        run_id=number, place_id="dt01-c02", farm_id="dt01", point=point, quantity=quantity, issued_at=issued,
        origin_at=issued.replace(minute=0), horizon_h=48, model="blend", model_version="2", status="ok",
    )  # fmt: skip


def risk(one: RunRow, limit: float, severity: int, probability: float, hours: float = 10.0) -> RiskRow:
    onset = one.origin_at + timedelta(hours=12)
    return RiskRow(
        run_id=one.run_id, place_id=one.place_id, farm_id="dt01", point=one.point, quantity=one.quantity,
        issued_at=one.issued_at, origin_at=one.origin_at, limit_value=limit, below=True, window_h=24,
        probability=probability, expected_hours=hours, worst_at=onset, onset_p10_at=onset, onset_p50_at=onset,
        onset_p90_at=onset, severity=severity,
    )  # fmt: skip


def context(key: str = "", colour: Severity | None = None) -> JudgeContext:
    """Return a context in which the alert of a key is open at a colour, none at None."""
    held = {} if colour is None else {key: colour}
    return JudgeContext(store=None, rules_dir=RULES_DIR, at=AT, open_keys=frozenset(held), open_severity=held)


def told(runs: list[RunRow], risks: list[RiskRow], *, held: Severity | None = None) -> list[Finding]:
    assert OXYGEN is not None
    looked = context("forecast.oxygen:dt01-c02", held)
    return oxygen_findings(CAGE, runs, risks, OXYGEN, RULES.version, looked)


def test_cage_with_two_depths_gets_one_finding_of_the_worse_one() -> None:
    shallow, deep = run(1, "d2"), run(2, "d6")
    found = told([shallow, deep], [risk(shallow, 4.0, 2, 0.5), risk(deep, 4.0, 2, 0.6), risk(deep, 3.0, 3, 0.3)])
    assert [f.key for f in found] == ["forecast.oxygen:dt01-c02"]
    assert found[0].severity is Severity.ORANGE
    assert found[0].subject.name == "2号网箱"
    assert "6米层" in found[0].reason_zh


@pytest.mark.parametrize(
    ("case", "limit", "severity", "probability", "hours", "is_open", "active"),
    [
        ("blue, as likely as not", 5.0, 1, 0.5, 20.0, False, False),
        ("blue, sure but short", 5.0, 1, 0.95, 3.0, False, False),
        ("blue, sure and long", 5.0, 1, 0.95, 9.0, False, True),
        ("blue stays while it is only a little less likely", 5.0, 1, 0.5, 7.0, True, True),
        ("yellow from 40 %", 4.0, 2, 0.41, 3.0, False, True),
        ("yellow below 40 %", 4.0, 2, 0.39, 3.0, False, False),
        ("orange from 20 %", 3.0, 3, 0.21, 0.4, False, True),
        ("red from 10 %", 2.0, 4, 0.11, 0.2, False, True),
        ("a cage's own yellow limit", 4.5, 2, 0.41, 3.0, False, True),
        ("colour that no rule has", 4.5, 0, 0.99, 20.0, False, False),
    ],
)
def test_colour_is_told_only_where_acting_pays(
    case: str, limit: float, severity: int, probability: float, hours: float, is_open: bool, active: bool
) -> None:
    one = run(1, "d2")
    held = Severity.RED if is_open else None
    found = told([one], [risk(one, limit, severity, probability, hours)], held=held)
    assert (found[0].condition is Condition.ACTIVE) is active, case


@pytest.mark.parametrize(
    ("held", "active"), [(None, False), (Severity.YELLOW, False), (Severity.ORANGE, True), (Severity.RED, True)]
)
def test_only_a_colour_that_was_raised_is_held_and_a_lower_one_raises_no_higher_early(
    held: Severity | None, active: bool
) -> None:
    one = run(1, "d2")  # orange pays from 0.2, and is kept down to 0.7 of that
    (found,) = told([one], [risk(one, 3.0, 3, 0.15, 0.4)], held=held)
    assert (found.condition is Condition.ACTIVE) is active


def test_old_forecast_cannot_be_judged_and_a_fresh_one_of_the_cage_still_is() -> None:
    old, fresh = run(1, "d2", age_h=4), run(2, "d6")
    risks = [risk(old, 3.0, 3, 0.9), risk(fresh, 3.0, 3, 0.01)]
    assert told([old], risks[:1])[0].condition is Condition.UNKNOWN
    assert told([old, fresh], risks)[0].condition is Condition.CLEARED


def test_stale_forecasts_of_a_place_are_one_finding_with_names() -> None:
    runs = [run(1, "d2", age_h=5), run(2, "d6", age_h=4), run(3, "wave", quantity="hs_m", age_h=1)]
    found = stale_finding(runs, {"dt01-c02": "2号网箱"}, RULES, AT)
    assert (found.key, found.condition) == ("forecast.stale:dt01-c02", Condition.ACTIVE)
    assert found.reason_zh == "溶氧预报已 5 小时没有更新"
    assert found.subject.name == "2号网箱"
    assert stale_finding(runs[2:], {}, RULES, AT).condition is Condition.CLEARED


def message(finding: Finding, language: str) -> str:
    rules = alerts.rules.load(RULES_DIR)
    made = lifecycle.step(None, finding, at=AT, policies=rules.policies)
    assert made is not None
    return write(rules.wording, [made.alert], NoticeKind.RAISED, language, AT, drill=True).text


def sea_finding(number: int, chances: dict[int, float], *, is_open: bool = False) -> Finding:
    """Return what is told of waves (0) or wind (1) whose colours have these chances."""
    told = FORECASTS[number]
    rule = RULES.rule_for(told.quantity)
    assert rule is not None
    bounds = {int(one.severity): one.value for one in rule.limit}
    risks = [risk(run(2, "p"), bounds[severity], severity, chance) for severity, chance in chances.items()]
    looked = context(f"{told.rule}:dt01-c02", Severity.BLUE if is_open else None)
    return forecast_finding(CAGE, risks, told, rule, RULES.version, looked)


@pytest.mark.parametrize("number", [0, 1])
def test_sea_colour_is_told_when_acting_pays_and_held_until_it_clearly_does_not(number: int) -> None:
    # Cost 1 against loss 2.5: from 40 %, and an open one down to 28 %.
    assert sea_finding(number, {1: 0.39, 2: 0.1}).condition is Condition.CLEARED
    raised = sea_finding(number, {1: 0.9, 2: 0.41, 3: 0.2})
    assert (raised.condition, raised.severity, raised.values["threshold"]) == (Condition.ACTIVE, Severity.YELLOW, 0.4)
    assert sea_finding(number, {1: 0.3}, is_open=True).condition is Condition.ACTIVE
    assert sea_finding(number, {1: 0.27}, is_open=True).condition is Condition.CLEARED
    higher = sea_finding(number, {1: 0.9, 2: 0.3}, is_open=True)
    assert higher.severity is Severity.BLUE, "an open blue alert raises no yellow one early"


def test_wind_is_told_in_forces() -> None:
    assert "风力达到8级可能性90%" in sea_finding(1, {2: 0.9}).reason_zh
    assert [force_of(limit) for limit in (10.8, 17.2, 24.5, 32.7)] == [6, 8, 10, 12]


def decision(point: str, *, demoted: bool) -> DemotionRow:
    return DemotionRow(
        place_id="dt01-c02", point=point, quantity="do_mg_l", demoted=demoted, decided_at=AT, skill=-0.08, cases=200,
        reason_zh="近 14 天预报不如持续性预报（技巧 -8%），暂用持续性预报", reason_en="the model fell behind",
    )  # fmt: skip


def test_model_set_aside_is_announced_once_a_cage_and_its_return_too() -> None:
    names = {"dt01-c02": "2号网箱"}
    rows = [decision("d2", demoted=True), decision("d6", demoted=True)]
    (aside,) = aside_findings(rows, names, "v", context())
    assert (aside.key, aside.condition, aside.subject.name) == ("forecast.aside:dt01-c02", Condition.ACTIVE, "2号网箱")
    assert aside.reason_zh.startswith("溶氧近 14 天")
    back = [decision("d2", demoted=False), decision("d6", demoted=False)]
    assert aside_findings(back, names, "v", context()) == []
    (returned,) = aside_findings(back, names, "v", context(aside.key, Severity.BLUE))
    assert (returned.condition, "已恢复" in returned.reason_zh) == (Condition.CLEARED, True)


@pytest.mark.parametrize("severity", [1, 2, 3, 4])
@pytest.mark.parametrize(("language", "name"), [("zh", "东屏渔场深水抗风浪12号网箱"), ("en", "Cage 12")])
def test_whole_message_has_at_most_two_parts_even_as_a_drill(severity: int, language: str, name: str) -> None:
    # English beside a Chinese name counts as UCS-2 and may take more; a Latin name keeps it to two.
    one = run(1, "d2")
    oxygen = told([one], [risk(one, 6.0 - severity, severity, 0.97)])[0]
    for finding in (oxygen, *(sea_finding(n, {severity: 0.97}) for n in (0, 1))):
        assert finding.condition is Condition.ACTIVE
        text = message(replace(finding, subject=replace(CAGE, name=name)), language)
        assert measure(text).segments <= 2, text
        assert "dt01-c02" not in text


def test_hour_is_said_as_people_say_it() -> None:
    assert clock_zh(datetime(2026, 8, 20, 18, 0, tzinfo=UTC), AT) == "明日02时"
    assert clock_zh(datetime(2026, 8, 20, 7, 0, tzinfo=UTC), AT) == "今日15时"
    assert clock_zh(datetime(2026, 8, 25, 7, 0, tzinfo=UTC), AT) == "8月25日15时"


def test_limit_with_half_a_case_is_refused() -> None:
    with pytest.raises(ValueError, match="cost and loss"):
        Limit(value=5.0, colour="blue", cost=1.0)


def wave_now(hs_m: float | None, *, qc: int = 1, age_h: float = 0.2, kept: Severity | None = None) -> Finding:
    reading = LatestReading(
        series_id=1, cage_id="dt01-c02", farm_id="dt01", point="wave", quantity="hs_m", unit="m", depth_m=None,
        observed_at=AT - timedelta(hours=age_h), value=hs_m, qc=qc, received_at=AT, clock=0,
    )  # fmt: skip
    looked = context("waves.now:dt01-c02", kept)
    return now_finding(reading, {"dt01-c02": "2号网箱"}, load_wave_table(RULES_DIR / "waves.toml"), looked)


@pytest.mark.parametrize(
    ("hs_m", "kept", "condition", "severity", "words"),
    [
        (2.49, None, Condition.CLEARED, Severity.BLUE, "低于警报标准"),
        (2.5, None, Condition.ACTIVE, Severity.BLUE, "达到近岸蓝色警报标准"),
        (2.4, Severity.BLUE, Condition.ACTIVE, Severity.BLUE, "略低于近岸蓝色警报标准，暂不解除"),
        (2.2, Severity.BLUE, Condition.CLEARED, Severity.BLUE, "低于警报标准"),
        (4.4, Severity.YELLOW, Condition.ACTIVE, Severity.YELLOW, "达到近岸黄色警报标准"),
        (4.6, Severity.YELLOW, Condition.ACTIVE, Severity.ORANGE, "达到近岸橙色警报标准"),
    ],
)
def test_waves_now_say_whether_a_level_is_reached_or_only_kept(
    hs_m: float, kept: Severity | None, condition: Condition, severity: Severity, words: str
) -> None:
    found = wave_now(hs_m, kept=kept)
    assert (found.condition, found.severity) == (condition, severity)
    assert found.reason_zh == f"有效波高 {hs_m:.1f} 米，{words}"
    assert bool(found.advice_zh) is (condition is Condition.ACTIVE)


@pytest.mark.parametrize(("hs_m", "qc", "age_h"), [(None, 9, 0.2), (3.0, 4, 0.2), (3.0, 3, 0.2), (3.0, 1, 30.0)])
def test_waves_without_a_usable_new_reading_are_unknown(hs_m: float | None, qc: int, age_h: float) -> None:
    assert wave_now(hs_m, qc=qc, age_h=age_h).condition is Condition.UNKNOWN
