"""Every sentence of advice has a row here: what is measured, which finding speaks, how grave."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from cages.advice import AdviceTable
from cages.budget import budget, respiration_mg_kg_h, solidity
from cages.calibration import Calibration, by_two_points, corrected
from cages.condition import grade, growth_index
from cages.drift import differences, follow, newest_looks
from cages.gauge import Gauge, gauges
from cages.limits import load_limits
from cages.loads import through_net
from cages.probes import judge_drift
from cages.rules import Setting, evaluate
from cages.snapshot import CageSnapshot, Sample, SeriesWindow
from cages.structure import Plate
from cages.supply import Fish
from core.finding import Condition, Finding, Severity
from core.qc import QcFlag
from core.reading import SeriesKey

LIMITS = load_limits(Path(__file__).parents[3] / "config" / "rules")
AT = datetime(2026, 7, 1, 4, 0, tzinfo=UTC)
GOOD_WATER = {"d2.do_mg_l": 6.5, "d2.water_temp_c": 24.0, "d2.salinity_psu": 30.0}
FISH = Fish(biomass_kg=12_000, weight_g=400, net_days=10)


def cage(qc: QcFlag = QcFlag.GOOD, **changes: float) -> CageSnapshot:
    windows = {}
    for name, value in (GOOD_WATER | {k.replace("__", "."): v for k, v in changes.items()}).items():
        point, quantity = name.split(".")
        key = SeriesKey(cage="c", point=point, quantity=quantity)
        samples = tuple(Sample(observed_at=AT - timedelta(seconds=10 * i), value=value, qc=qc) for i in (3, 2, 1, 0))
        windows[key] = SeriesWindow(key=key, samples=samples)
    return CageSnapshot(cage="c", name="1号网箱", farm="f", windows=windows)


def found(snapshot: CageSnapshot, setting: Setting | None = None, **held: Severity) -> dict[str, Finding]:
    keys = {key.replace("__", "."): severity for key, severity in held.items()}
    findings = evaluate(snapshot, LIMITS, at=AT, open_severity=keys, setting=setting or Setting())
    return {f.key: f for f in findings}


CUR = SeriesKey(cage="c", point="cur", quantity="current_mps")


def stream(mps: float) -> Gauge:
    return Gauge(series=str(CUR), point="cur", value=mps, samples=6, newest_at=AT, depth_m=2.0)


WARM = {"d2__do_mg_l": 3.6, "d2__water_temp_c": 28.0}
PLATE = Plate(volume_m3=1400.0, width_m=16.0)
ROWS = [
    ("cages.oxygen", "notice", {"d2__do_mg_l": 4.6}, Setting(), Severity.BLUE),
    ("cages.oxygen", "warning", {"d2__do_mg_l": 3.6}, Setting(), Severity.YELLOW),
    ("cages.oxygen", "alarm", {"d2__do_mg_l": 2.6}, Setting(), Severity.ORANGE),
    ("cages.oxygen", "emergency", {"d2__do_mg_l": 1.6}, Setting(), Severity.RED),
    ("cages.condition", "water_temp_c.high", {"d2__water_temp_c": 30.4}, Setting(), Severity.YELLOW),
    ("cages.condition", "water_temp_c.low", {"d2__water_temp_c": 9.5}, Setting(), Severity.YELLOW),
    ("cages.condition", "salinity_psu.low", {"d2__salinity_psu": 22.0}, Setting(), Severity.BLUE),
    ("cages.condition", "salinity_psu.high", {"d2__salinity_psu": 35.5}, Setting(), Severity.BLUE),
    ("cages.condition", "ph.low", {"d2__ph": 7.5}, Setting(), Severity.BLUE),
    ("cages.condition", "ph.high", {"d2__ph": 8.7}, Setting(), Severity.BLUE),
    ("cages.condition", "chlorophyll_ug_l.high", {"d2__chlorophyll_ug_l": 35.0}, Setting(), Severity.BLUE),
    ("cages.condition", "turbidity_ntu.high", {"d2__turbidity_ntu": 300.0}, Setting(), Severity.BLUE),
    ("cages.growth", "poor", {"d2__water_temp_c": 31.5}, Setting(), Severity.BLUE),
    ("cages.power", "low", {"power__battery_v": 11.7}, Setting(), Severity.YELLOW),
    ("cages.tension", "high", {"m1__tension_kn": 130.0}, Setting(), Severity.ORANGE),
    ("cages.tension", "high", {"m1__tension_kn": 65.0}, Setting(plate=Plate(design_tension_kn=80)), Severity.ORANGE),
    ("cages.line_broken", "slack", {"m1__tension_kn": 12, "m2__tension_kn": 0.2, "m3__tension_kn": 9}, Setting(),
     Severity.ORANGE),
    ("cages.drag", "overload", {},
     Setting(hs_m=3.0, current=stream(1.2), plate=PLATE, fish=replace(FISH, net_days=120), outside_mg_l=6.8),
     Severity.YELLOW),
    ("cages.wave_damage", "slight", {}, Setting(hs_m=3.6), Severity.YELLOW),
    ("cages.wave_damage", "severe", {}, Setting(hs_m=2.2, plate=Plate(kind="wooden_raft")), Severity.ORANGE),
    ("cages.wave_damage", "loss", {}, Setting(hs_m=6.2), Severity.RED),
    ("cages.adrift", "out", {"gps__lat_deg": 27.801, "gps__lon_deg": 121.2},
     Setting(plate=Plate(anchor_lat_deg=27.8, anchor_lon_deg=121.2, circle_radius_m=40)), Severity.RED),
    ("cages.oxygen_budget", "no_aerator", WARM, Setting(fish=FISH, outside_mg_l=3.7), Severity.YELLOW),
    ("cages.oxygen_budget", "aerator_little", WARM,
     Setting(fish=replace(FISH, aerator_kw=1.0), outside_mg_l=3.7), Severity.YELLOW),
    ("cages.oxygen_budget", "aerator_holds", WARM,
     Setting(fish=replace(FISH, aerator_kw=60.0), outside_mg_l=3.7), Severity.YELLOW),
    ("cages.stocking", "dense", {}, Setting(fish=replace(FISH, volume_m3=700.0), outside_mg_l=6.8), Severity.BLUE),
    ("cages.current", "strong", {}, Setting(fish=FISH, current=stream(0.7), outside_mg_l=6.5), Severity.BLUE),
]  # fmt: skip
"""What is measured in an otherwise good cage, and the row of the advice table that must speak."""
SLOW_ROWS = {
    ("cages.exposure", "day"), ("cages.blind", "silent"), ("cages.drift", "low"), ("cages.drift", "high"),
    ("cages.probe_service", "tolerance"), ("cages.probe_service", "clean"), ("cages.probe_service", "calibrate"),
    ("cages.probe_service", "dropout"), ("cages.power", "days"), ("cages.line_broken", "sudden"),
    ("cages.asymmetry", "uneven"),
}  # fmt: skip
"""Rows that need a history; each has its test in test_slow_rules.py."""


@pytest.mark.parametrize(("rule", "case", "changes", "setting", "severity"), ROWS)
def test_advice_each_row_speaks_with_its_colour(
    rule: str, case: str, changes: dict[str, float], setting: Setting, severity: Severity
) -> None:
    (finding,) = (f for f in found(cage(**changes), setting).values() if f.rule == rule)
    assert (finding.condition, finding.severity, finding.values["case"]) == (Condition.ACTIVE, severity, case)
    row = LIMITS.advice.of(rule, case)
    assert row is not None
    assert finding.reason_zh.startswith("1号网箱")
    assert finding.reason_zh.endswith(("（把握大）", "（把握中等）", "（把握小）"))
    assert "{" not in finding.advice_zh + finding.advice_en
    assert finding.advice_zh.endswith("。")
    assert finding.advice_en.endswith(".")
    if changes:
        assert finding.key not in found(cage(QcFlag.FAIL, **changes), Setting(kind=setting.kind))


def test_advice_every_row_of_the_table_has_a_test() -> None:
    assert {(row.rule, row.case) for row in LIMITS.advice.row} == {(r[0], r[1]) for r in ROWS} | SLOW_ROWS


def test_advice_sentence_says_when_what_how_sure_what_to_do_and_by_which_rule() -> None:
    finding = found(cage(d2__do_mg_l=2.6, d6__do_mg_l=2.4))["cages.oxygen:c"]
    whole = finding.evidence[-1].text
    assert whole.startswith(
        "7月1日12:00，1号网箱d6溶氧2.4 mg/L，低于3（把握大）；立即开增氧机，停止投饵，派人到场"
        "（依据：溶氧四级（GB 11607：任何时候不得低于3））。 "
        "01 Jul 12:00, 1号网箱: oxygen at d6 is 2.4 mg/L, below 3 (sure): Aerate now"
    )
    assert whole.endswith("(by: four oxygen levels (GB 11607: never below 3)).")


@pytest.mark.parametrize(
    ("case", "fish", "severity"),
    [
        ("grown fish", replace(FISH, weight_g=400), Severity.YELLOW),
        ("juveniles", replace(FISH, weight_g=60), Severity.ORANGE),
        ("crowded", replace(FISH, volume_m3=700.0), Severity.ORANGE),
    ],
)
def test_oxygen_limits_follow_life_stage_and_stocking(case: str, fish: Fish, severity: Severity) -> None:
    finding = found(cage(d2__do_mg_l=3.3), Setting(fish=fish, outside_mg_l=6.0))["cages.oxygen:c"]
    assert finding.severity is severity, case


@pytest.mark.parametrize("spoil", ["missing", "strange", "twice"])
def test_advice_table_with_a_gap_is_refused(spoil: str) -> None:
    rows = list(LIMITS.advice.row)
    changed = {
        "missing": rows[1:], "strange": [*rows, replace(rows[0], rule="cages.nothing")], "twice": [*rows, rows[0]],
    }[spoil]  # fmt: skip
    with pytest.raises(ValueError, match=spoil if spoil != "strange" else "unknown"):
        AdviceTable(version="v", row=tuple(changed))


def test_advice_good_water_and_calm_sea_give_nothing() -> None:
    calm = Setting(hs_m=1.0, fish=FISH, outside_mg_l=6.8)
    assert found(cage(m1__tension_kn=9, m2__tension_kn=4, m3__tension_kn=5, power__battery_v=12.9), calm) == {}


@pytest.mark.parametrize(("temp", "condition"), [(29.7, Condition.ACTIVE), (29.4, Condition.CLEARED)])
def test_condition_clears_only_inside_its_hysteresis(temp: float, condition: Condition) -> None:
    held = {"cages.condition:c.water_temp_c": Severity.YELLOW}
    finding = {f.key: f for f in evaluate(cage(d2__water_temp_c=temp), LIMITS, at=AT, open_severity=held)}[
        "cages.condition:c.water_temp_c"
    ]
    assert finding.condition is condition
    assert "高于" not in finding.reason_zh


@pytest.mark.parametrize(("weight_g", "spoken"), [(50.0, True), (400.0, False)])
def test_current_limit_follows_the_size_of_the_fish(weight_g: float, spoken: bool) -> None:
    snapshot = cage(cur__current_mps=0.45)
    (current,) = gauges(snapshot, "current_mps", AT)
    small = Fish(biomass_kg=500, weight_g=weight_g, net_days=10)
    assert ("cages.current:c" in found(snapshot, Setting(current=current, fish=small, outside_mg_l=6.5))) is spoken
    assert found(snapshot, Setting(current=current)) == {}


@pytest.mark.parametrize("salinity_psu", [0.0, 1.5, 44.0])
def test_salinity_that_this_sea_cannot_have_decides_nothing(salinity_psu: float) -> None:
    assert found(cage(d2__salinity_psu=salinity_psu)) == {}


def test_platform_has_no_fish_to_warn_of() -> None:
    assert found(cage(d2__water_temp_c=35.0, d2__do_mg_l=1.0), Setting(kind="platform")) == {}


@pytest.mark.parametrize(
    ("temp", "expected"), [(12.0, 0.0), (15.0, 0.25), (18.0, 0.5), (21.0, 0.75), (24.0, 1.0), (33.0, 0.0)]
)
def test_growth_temperature_part_follows_the_registered_product(temp: float, expected: float) -> None:
    growth = LIMITS.croaker.growth
    index = growth_index(temp, 30.0, 8.0, growth)
    assert index == pytest.approx(min(0.4 * expected + 0.6, 2 * expected))
    assert grade(0.0, growth)[0] == "极度危险"
    assert grade(1.0, growth)[0] == "优越"


def course(**changes: float) -> float | None:
    base = {
        "do_mg_l": 5.0, "outside_mg_l": 5.0, "water_temp_c": 28.0, "biomass_kg": 40_000.0, "weight_g": 400.0,
        "current_mps": 0.0, "solid": 0.2, "volume_m3": 1400.0, "width_m": 16.0, "saturation_mg_l": 6.6,
    }  # fmt: skip
    return budget(**(base | changes), rule=LIMITS.budget).minutes  # type: ignore[arg-type]


def test_budget_equals_a_step_by_step_integration() -> None:
    rule = LIMITS.budget
    use = respiration_mg_kg_h(400, 28, rule) * 40_000 / 1.4e6
    exchange = rule.slack_mps * through_net(0.2) * 3600 / 16
    level, seconds = 5.0, 0
    while level > rule.limit_mg_l and seconds < 86400:
        level += (exchange * (5.0 - level) - use) / 3600
        seconds += 1
    assert course() == pytest.approx(seconds / 60, abs=0.1)


def test_budget_current_and_aerator_help_heat_and_fouling_hurt() -> None:
    slack = course()
    assert slack is not None
    assert course(current_mps=0.4) is None
    assert course(aerator_kw=400.0) is None
    hotter, denser = course(water_temp_c=30.0), course(biomass_kg=50_000.0)
    assert hotter is not None and denser is not None
    assert hotter < slack > denser
    assert through_net(0.4) < through_net(0.15) < 1.0
    assert solidity(1000, 0.14, LIMITS.budget) == LIMITS.budget.solidity_most
    assert course(do_mg_l=2.0) == 0.0


def test_calibration_holds_from_its_time_to_the_next() -> None:
    hours = np.arange(6) * 3600.0

    def service(hour: int, gain: float, offset: float) -> Calibration:
        at = datetime.fromtimestamp(hour * 3600, UTC)
        return Calibration(
            cage_id="c", point="d2", quantity="do_mg_l", at=at, kind="calibrated", gain=gain, offset_value=offset
        )

    fixed = corrected(hours, np.full(6, 5.0), [service(4, 1.0, 0.0), service(2, 1.0, 0.6)])
    assert fixed.tolist() == [5.0, 5.0, 5.6, 5.6, 5.0, 5.0]
    assert by_two_points((0.2, 0.0), (8.2, 8.0)) == pytest.approx((1.0, -0.2))


@pytest.mark.parametrize("sign", [-1.0, 1.0])
def test_drift_is_told_with_sign_and_beginning_and_clears_after_cleaning(sign: float) -> None:
    draw, hours = np.random.default_rng(5), np.arange(70 * 24)
    tide = 6 + np.sin(2 * np.pi * hours / 12.42)
    values = tide[:, None] + draw.normal(0, 0.08, (hours.size, 4)) + np.array([0.0, 0.3, -0.2, 0.1])
    values[50 * 24 : 60 * 24, 1] += sign * 0.5 * np.arange(240) / 240
    rule = LIMITS.qc.drift
    apart, level = differences(values, rule)
    looks = [follow(hours * 3600.0, apart[:, i], level[:, i], rule) for i in range(4)]
    told = [look for look in looks[1] if look.active]
    assert told[0].at_s < 58 * 86400
    assert told[0].offset * sign > 0
    assert told[0].since_s is not None
    assert 49 * 86400 < told[0].since_s < 56 * 86400
    assert not looks[1][-1].active
    assert not any(look.active for other in (0, 2, 3) for look in looks[other])
    key = SeriesKey(cage="c", point="d2", quantity="do_mg_l")
    active = judge_drift(key, "3号网箱", 2.0, told[0], version="v", clear_at=rule.clear_at, held=False)
    assert active is not None
    assert ("偏低" if sign < 0 else "偏高") in active.reason_zh
    over = judge_drift(key, "3号网箱", 2.0, looks[1][-1], version="v", clear_at=rule.clear_at, held=True)
    assert over is not None
    assert over.condition is Condition.CLEARED


def test_drift_of_one_of_three_probes_is_not_laid_at_its_neighbours() -> None:
    draw, hours = np.random.default_rng(6), np.arange(60 * 24)
    tide = 6 + np.sin(2 * np.pi * hours / 12.42)
    values = tide[:, None] + draw.normal(0, 0.05, (hours.size, 3))
    values[54 * 24 :, 2] -= 0.2 * np.arange(6 * 24) / 24
    looks = newest_looks(hours * 3600.0, values, LIMITS.qc.drift, [[], [], []])
    assert [look is not None and look.active for look in looks] == [False, False, True]
    assert looks[2] is not None
    assert looks[2].offset < -0.7


def test_drift_of_two_probes_alone_is_not_judged() -> None:
    apart, _ = differences(np.ones((2000, 2)), LIMITS.qc.drift)
    assert np.isnan(apart).all()
