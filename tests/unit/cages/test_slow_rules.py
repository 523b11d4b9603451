"""Rules that look back over hours and days: drift, services, exposure, power, lines; their rows of advice."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from cages.advice import advise
from cages.calibration import Calibration
from cages.drift import Look
from cages.energy import energy_budget, judge_energy
from cages.exposure import exposure, judge_day
from cages.health import ProbeHealth, judge_service, probe_health
from cages.limits import load_limits
from cages.loads import cage_load, crest_speed_mps
from cages.moorings import judge_balance, judge_lines
from cages.probes import judge_drift
from cages.sensing import judge_sight
from cages.snapshot import CageSnapshot, Sample, SeriesWindow
from core.finding import Condition, Finding, Severity
from core.qc import QcFlag
from core.reading import SeriesKey

LIMITS = load_limits(Path(__file__).parents[3] / "config" / "rules")
AT = datetime(2026, 7, 1, 4, 0, tzinfo=UTC)
KEY = SeriesKey(cage="c", point="d2", quantity="do_mg_l")
BARE = CageSnapshot(cage="c", name="1号网箱", farm="f", windows={})
WEEK = np.full(168, 360.0)


def advised(finding: Finding | None) -> Finding:
    assert finding is not None
    (said,) = advise([finding], LIMITS.advice)
    assert said.advice_zh.endswith("。")
    assert "{" not in said.advice_zh + said.advice_en
    return said


def look(offset: float, per_day: float = 0.0, z: float = 5.0, *, since_d: float | None = None) -> Look:
    since = None if since_d is None else (AT - timedelta(days=since_d)).timestamp()
    return Look(at_s=AT.timestamp(), offset=offset, since_s=since, per_day=per_day, z=z)


def service(kind: str, days_ago: float) -> Calibration:
    return Calibration(
        cage_id="c", point="d2", quantity="do_mg_l", at=AT - timedelta(days=days_ago), kind=kind
    )  # fmt: skip


def health(counts: np.ndarray = WEEK, seen: Look | None = None, services: tuple[Calibration, ...] = ()) -> ProbeHealth:
    return probe_health(KEY, WEEK, counts, seen, services, LIMITS.health.probe, AT)


@pytest.mark.parametrize(("offset", "case", "word"), [(-0.6, "low", "偏低约0.6"), (0.4, "high", "偏高约0.4")])
def test_drift_says_which_way_how_much_and_since_which_day(offset: float, case: str, word: str) -> None:
    found = judge_drift(KEY, "3号网箱", 2.0, look(offset, since_d=4.0), version="v", clear_at=0.13, held=False)
    said = advised(found)
    assert said.values["case"] == case
    assert word in said.reason_zh
    assert "6月27日（周六）" in said.reason_zh
    assert "清洗探头" in said.advice_zh


@pytest.mark.parametrize(
    ("case", "state", "words"),
    [
        ("tolerance", health(seen=look(-0.3, -0.05)), "预计7月5日超出允许误差"),
        ("dropout", health(np.where(np.arange(168) % 4 == 0, 0.0, 360.0)), "近7天可信读数只有75%，断线41次"),
        ("calibrate", health(services=(service("calibrated", 95), service("cleaned", 3))), "应于6月26日校准"),
        ("clean", health(services=(service("calibrated", 40),)), "应于6月21日清洗"),
    ],
)
def test_probe_service_names_what_is_wanted_and_by_when(case: str, state: ProbeHealth, words: str) -> None:
    found = judge_service(state, "3号网箱", LIMITS.health.probe, "v", drifting=False, open_severity={})
    said = advised(found)
    assert said.values["case"] == case
    assert words in said.reason_zh
    assert said.severity is Severity.BLUE


@pytest.mark.parametrize(
    ("case", "state", "drifting"),
    [
        ("well and just serviced", health(services=(service("calibrated", 5),)), False),
        ("never serviced: no date to miss", health(), False),
        ("drifts the other way than its offset", health(seen=look(-0.3, 0.05)), False),
        ("not sure that it drifts", health(seen=look(-0.3, -0.05, z=1.0)), False),
        ("drift watch speaks already", health(seen=look(-0.6, -0.05, since_d=5)), True),
    ],
)
def test_probe_service_is_silent(case: str, state: ProbeHealth, drifting: bool) -> None:
    assert judge_service(state, "c", LIMITS.health.probe, "v", drifting=drifting, open_severity={}) is None, case


def test_probe_service_clears_when_done() -> None:
    held = {f"cages.probe_service:{KEY}": Severity.BLUE}
    state = health(services=(service("calibrated", 1),))
    found = judge_service(state, "c", LIMITS.health.probe, "v", drifting=False, open_severity=held)
    assert found is not None
    assert found.condition is Condition.CLEARED


def test_health_carries_drift_forward_and_counts_from_the_first_reading() -> None:
    late = np.concatenate([np.zeros(100), np.full(68, 360.0)])
    fresh = probe_health(KEY, late, late, look(-0.3, -0.05), (), LIMITS.health.probe, AT)
    assert fresh.uptime_pct == 100.0
    assert fresh.out_at == AT + timedelta(days=4)
    assert probe_health(KEY, np.zeros(168), np.zeros(168), None, (), LIMITS.health.probe, AT).uptime_pct is None


def test_health_takes_a_new_polling_pace_for_no_dropout() -> None:
    faster = np.concatenate([np.full(60, 6.0), np.full(108, 360.0)])
    state = probe_health(KEY, faster, faster, None, (), LIMITS.health.probe, AT)
    assert state.uptime_pct is not None
    assert state.uptime_pct > 90
    assert state.dropouts == 0


def test_blind_row_says_do_not_rely() -> None:
    silent = CageSnapshot(cage="c", name="1号网箱", farm="f", windows={KEY: SeriesWindow(key=KEY, samples=())})
    (found,) = judge_sight(silent, LIMITS.sensing, at=AT, open_severity={})
    assert "不能以读数为准" in advised(found).advice_zh


@pytest.mark.parametrize(
    ("case", "bad_h", "unseen_h", "spoken"),
    [("10 h below 5", 10, 0, True), ("6 h below 5", 6, 0, False), ("unseen hours are not bad", 6, 6, False),
     ("too little seen", 10, 14, False)],
)  # fmt: skip
def test_exposure_holds_the_16_hours_of_gb_11607(case: str, bad_h: int, unseen_h: int, spoken: bool) -> None:
    hours = np.array([np.nan] * unseen_h + [4.5] * bad_h + [6.0] * (24 - bad_h - unseen_h))
    found = judge_day(BARE, hours, LIMITS.health.exposure, "v", at=AT, open_severity={})
    assert bool(found) is spoken, case
    if spoken:
        said = advised(found[0])
        assert said.reason_zh == "1号网箱近24小时有10小时溶氧不高于5 mg/L（把握中等）"


def test_exposure_counts_hours_deficit_and_degrees() -> None:
    oxygen, warm = np.array([6.0, 4.5, 3.5, 2.5, np.nan]), np.array([25.0, 29.0, 30.0, 11.0, np.nan])
    counted = exposure(oxygen, warm, (5.0, 4.0, 3.0), LIMITS.health.exposure)
    assert counted.hours_below == {5.0: 3.0, 4.0: 2.0, 3.0: 1.0}
    assert counted.deficit_mg_l_h == pytest.approx(0.5 + 1.5)
    assert (counted.hot_c_h, counted.cold_c_h) == (pytest.approx(3.0), pytest.approx(1.0))
    assert (counted.known_h, counted.unknown_h) == (4.0, 1.0)


def test_energy_days_follow_from_sun_load_and_capacity() -> None:
    volts, sun = np.full(120, 12.25), np.full(120, 8.0)
    budget = energy_budget(volts, sun, 100.0, 18.0, LIMITS.health.energy)
    assert budget is not None
    assert budget.days_left == pytest.approx(0.5 * 100 * 12 / (24 * 10.0))
    (found,) = judge_energy(BARE, "power", budget, LIMITS.health.energy, "v", at=AT, open_severity={})
    said = advised(found)
    assert said.values["case"] == "days"
    assert "预计还能用2天" in said.reason_zh
    assert "7月4日前充电" in said.advice_zh
    assert energy_budget(volts, np.full(120, 40.0), 100.0, 18.0, LIMITS.health.energy).days_left is None  # type: ignore[union-attr]


def test_energy_without_a_plate_carries_the_nightly_low_forward() -> None:
    falling = np.repeat(12.6 - 0.1 * np.arange(5), 24)
    budget = energy_budget(falling, np.full(120, np.nan), None, None, LIMITS.health.energy)
    assert budget is not None
    assert budget.days_left == pytest.approx(4.0)
    assert energy_budget(np.full(120, np.nan), falling, None, None, LIMITS.health.energy) is None


def lines(**kn: tuple[float, float]) -> CageSnapshot:
    windows = {}
    for point, (before, now) in kn.items():
        key = SeriesKey(cage="c", point=point, quantity="tension_kn")
        samples = tuple(
            Sample(observed_at=AT - timedelta(seconds=10 * i), value=now if i < 8 else before, qc=QcFlag.GOOD)
            for i in range(36, -1, -1)
        )
        windows[key] = SeriesWindow(key=key, samples=samples)
    return CageSnapshot(cage="c", name="1号网箱", farm="f", windows=windows)


@pytest.mark.parametrize(
    ("case", "snapshot", "spoken"),
    [
        ("one of two falls", lines(m1=(20.0, 3.0), m2=(18.0, 19.0)), ["sudden"]),
        ("all ease with the tide", lines(m1=(20.0, 3.0), m2=(18.0, 3.0), m3=(15.0, 3.0)), []),
        ("steady", lines(m1=(20.0, 20.0), m2=(8.0, 8.0), m3=(9.0, 9.0)), []),
    ],
)
def test_line_that_loses_its_pull_at_once_is_told(case: str, snapshot: CageSnapshot, spoken: list[str]) -> None:
    found = judge_lines(snapshot, 150.0, LIMITS.croaker.structure.line, "v", AT, {})
    assert [advised(f).values["case"] for f in found] == spoken, case


def test_lines_that_share_unevenly_over_a_tide_are_told() -> None:
    rule = LIMITS.croaker.structure.line
    even = judge_balance(BARE, {"m1": 9.0, "m2": 11.0, "m3": 10.0}, rule, "v", at=AT, open_severity={})
    uneven = judge_balance(BARE, {"m1": 9.0, "m2": 30.0, "m3": 10.0}, rule, "v", at=AT, open_severity={})
    assert even == []
    assert [advised(f).key for f in uneven] == ["cages.asymmetry:c.m2"]


def test_load_of_a_current_equals_the_hand_computed_drag() -> None:
    # Sn 0.2: Cd = 0.04 - 0.04 + 0.2 - 0.0496 + 0.1096 = 0.26; u/U = 0.8804; 0.5*1025*0.26*16*7*(1+0.7751)*1 = 26.49 kN.
    load = cage_load(current_mps=1.0, hs_m=0.0, tp_s=None, solid=0.2, width_m=16.0, depth_m=7.0)
    assert load.current_kn == pytest.approx(26.49, abs=0.02)
    assert load.wave_kn == 0.0
    # Hs 2 m, 8 s: w = 0.785, k = 0.0629; 0.785 * (1 - exp(-0.440)) / 0.440 = 0.635 m/s.
    assert crest_speed_mps(2.0, 8.0, 7.0) == pytest.approx(0.635, abs=0.003)
    assert cage_load(current_mps=1.0, hs_m=2.0, tp_s=8.0, solid=0.2, width_m=16.0, depth_m=7.0).total_kn > 60
