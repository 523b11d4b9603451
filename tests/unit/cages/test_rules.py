"""First cage rules: oxygen level with hysteresis on good data, and a blind cage."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cages.limits import CageLimits, load_limits
from cages.rules import evaluate
from cages.snapshot import CageSnapshot, Sample, SeriesWindow
from core.errors import ConfigError
from core.finding import Condition, Finding, Severity
from core.qc import QcFlag
from core.reading import SeriesKey

RULES = Path(__file__).parents[3] / "config" / "rules"
LIMITS: CageLimits = load_limits(RULES)
AT = datetime(2026, 7, 1, 4, 0, tzinfo=UTC)
KEY = SeriesKey(cage="dt01-c01", point="d2", quantity="do_mg_l")
OXYGEN, BLIND = "cages.oxygen:dt01-c01", "cages.blind:dt01-c01.do_mg_l"


def snapshot(*values: float | None, qc: QcFlag = QcFlag.GOOD, newest_age_s: float = 0.0) -> CageSnapshot:
    last = AT - timedelta(seconds=newest_age_s)
    samples = tuple(
        Sample(observed_at=last - timedelta(seconds=10 * (len(values) - 1 - i)), value=value, qc=qc)
        for i, value in enumerate(values)
    )
    windows = {KEY: SeriesWindow(key=KEY, samples=samples, depth_m=2.0)}
    return CageSnapshot(cage="dt01-c01", name="1号网箱", farm="dt01", windows=windows)


def judge(cage: CageSnapshot, open_severity: dict[str, Severity] | None = None) -> dict[str, Finding]:
    return {f.key: f for f in evaluate(cage, LIMITS, at=AT, open_severity=open_severity or {})}


@pytest.mark.parametrize(
    ("do_mg_l", "severity"),
    [
        (5.1, None),
        (4.99, Severity.BLUE),
        (4.0, Severity.BLUE),
        (3.99, Severity.YELLOW),
        (2.9, Severity.ORANGE),
        (1.5, Severity.RED),
    ],
)
def test_oxygen_level_follows_the_table(do_mg_l: float, severity: Severity | None) -> None:
    found = judge(snapshot(do_mg_l, do_mg_l, do_mg_l)).get(OXYGEN)
    assert (found.severity if found else None) is severity


@pytest.mark.parametrize(
    ("case", "do_mg_l", "held", "condition", "severity"),
    [
        ("just above its limit it holds", 4.2, Severity.YELLOW, Condition.ACTIVE, Severity.YELLOW),
        ("above limit and margin it steps down", 4.31, Severity.YELLOW, Condition.ACTIVE, Severity.BLUE),
        ("above every margin it clears", 5.31, Severity.YELLOW, Condition.CLEARED, Severity.BLUE),
        ("inside the top margin it holds", 5.29, Severity.BLUE, Condition.ACTIVE, Severity.BLUE),
        ("worse than held it rises at the plain limit", 2.99, Severity.YELLOW, Condition.ACTIVE, Severity.ORANGE),
        ("margin of a graver level does not raise it", 3.2, Severity.YELLOW, Condition.ACTIVE, Severity.YELLOW),
    ],
)
def test_oxygen_level_has_hysteresis(
    case: str, do_mg_l: float, held: Severity, condition: Condition, severity: Severity
) -> None:
    found = judge(snapshot(do_mg_l, do_mg_l), {OXYGEN: held})[OXYGEN]
    assert (found.condition, found.severity) == (condition, severity)


@pytest.mark.parametrize("qc", [QcFlag.FAIL, QcFlag.SUSPECT, QcFlag.UNKNOWN, QcFlag.MISSING])
def test_oxygen_without_good_samples_neither_raises_nor_clears(qc: QcFlag) -> None:
    assert OXYGEN not in judge(snapshot(0.0, 0.0, 0.0, qc=qc))
    assert OXYGEN not in judge(snapshot(8.0, 8.0, 8.0, qc=qc), {OXYGEN: Severity.RED})


def test_oxygen_single_spike_among_good_samples_is_outvoted() -> None:
    assert OXYGEN not in judge(snapshot(6.0, 6.1, 0.4, 6.0, 6.1))


def test_oxygen_single_sample_is_too_little() -> None:
    assert OXYGEN not in judge(snapshot(1.0))


def test_oxygen_old_samples_do_not_count_as_live() -> None:
    assert OXYGEN not in judge(snapshot(1.0, 1.0, 1.0, newest_age_s=120))


def test_oxygen_lowest_depth_decides() -> None:
    cage = snapshot(6.0, 6.0)
    deep = replace(KEY, point="d6")
    low = SeriesWindow(key=deep, samples=tuple(replace(s, value=3.5) for s in cage.windows[KEY].samples), depth_m=6.0)
    found = judge(replace(cage, windows={**cage.windows, deep: low}))[OXYGEN]
    assert found.values["point"] == "d6"
    assert found.reason_zh == "1号网箱6米层溶氧3.5 mg/L，低于4（把握中等）"  # one of two depths says so


@given(st.lists(st.integers(0, 40), min_size=2, max_size=6), st.sampled_from([None, *Severity]), st.integers(1, 1950))
def test_oxygen_any_values_give_at_most_one_finding_that_explains_itself(
    wobbles: list[int], held: Severity | None, level: int
) -> None:
    values = [(level + wobble) / 100 for wobble in wobbles]
    found = judge(snapshot(*values), {} if held is None else {OXYGEN: held}).get(OXYGEN)
    if found is not None:
        assert found.reason_zh
        assert found.reason_en
        assert found.evidence
        assert found.rule_version
    if held is not None:
        assert found is not None


@pytest.mark.parametrize(
    ("case", "cage", "held", "condition"),
    [
        ("seen just now", snapshot(6.0, 6.0), False, None),
        ("silent for 6 min", snapshot(6.0, 6.0, newest_age_s=360), False, Condition.ACTIVE),
        ("only failed samples", snapshot(6.0, 6.0, qc=QcFlag.FAIL), False, Condition.ACTIVE),
        ("no sample at all", snapshot(), False, Condition.ACTIVE),
        ("seen again", snapshot(6.0, 6.0), True, Condition.CLEARED),
    ],
)
def test_blind_cage_is_an_alert_of_its_own(
    case: str, cage: CageSnapshot, held: bool, condition: Condition | None
) -> None:
    found = judge(cage, {BLIND: Severity.YELLOW} if held else {}).get(BLIND)
    assert (found.condition if found else None) is condition


def test_limits_in_wrong_order_are_refused(tmp_path: Path) -> None:
    for name in (path.name for path in RULES.glob("*.toml")):
        (tmp_path / name).write_text((RULES / name).read_text())
    text = (tmp_path / "oxygen.toml").read_text().replace("below_mg_l = 5.0", "below_mg_l = 1.0")
    (tmp_path / "oxygen.toml").write_text(text)
    with pytest.raises(ConfigError, match="highest limit"):
        load_limits(tmp_path)
