"""One forecast against the truth that came, and the sums kept of many, on tables small enough to count by hand."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import norm

from forecasting.risk import event_risks
from forecasting.rules import load_rules
from forecasting.verify import crps_of_deciles
from services.forecast_issue import due
from services.forecast_settling import Settled, event_sums, onset_sums, settle, settled, skill_sums
from store.forecast_rows import DECILE_COLUMNS, QuantileRow, RiskRow, RunRow

RULES = load_rules(Path(__file__).parents[3] / "config" / "rules" / "forecast.toml")
ORIGIN = datetime(2026, 8, 20, 6, tzinfo=UTC)
WAVES = {rule.quantity: rule for rule in RULES.series}
CALM = np.full(96, 1.0)


def run(model: str = "blend", **changes: object) -> RunRow:
    plain = RunRow(
        run_id=1, place_id="p1", farm_id="f", point="wave", quantity="hs_m", issued_at=ORIGIN + timedelta(minutes=5),
        origin_at=ORIGIN, horizon_h=48, model=model, model_version="5", status="ok",
    )  # fmt: skip
    return replace(plain, **changes)  # type: ignore[arg-type]


def risk(probability: float, hours: float = 3.0, window_h: int = 24, **changes: object) -> RiskRow:
    plain = RiskRow(
        run_id=1, place_id="p1", farm_id="f", point="wave", quantity="hs_m", issued_at=ORIGIN + timedelta(minutes=5),
        origin_at=ORIGIN, limit_value=2.5, below=False, window_h=window_h, probability=probability,
        expected_hours=hours, worst_at=ORIGIN, onset_p10_at=None, onset_p50_at=None, onset_p90_at=None, severity=1,
    )  # fmt: skip
    return replace(plain, **changes)  # type: ignore[arg-type]


def truth(*, storm_from: int | None, hours: int = 6) -> np.ndarray:
    """Two days before the origin and two after; a storm of 3 m begins so many hours after the origin."""
    level = CALM.copy()
    if storm_from is not None:
        level[48 + storm_from : 48 + storm_from + hours] = 3.0
    return level


@pytest.mark.parametrize(
    ("case", "storm_from", "chance", "came", "ongoing", "warned"),
    [
        ("warned and came", 10, 0.6, True, False, True),
        ("came unwarned", 10, 0.1, True, False, False),
        ("came after the window", 30, 0.6, False, False, True),
        ("nothing came", None, 0.1, False, False, False),
        ("was there before", -2, 0.6, True, True, True),
    ],
)
def test_risk_is_settled_by_what_was_seen(
    case: str, storm_from: int | None, chance: float, came: bool, ongoing: bool, warned: bool
) -> None:
    (found,) = settled([risk(chance)], run(), truth(storm_from=storm_from), WAVES["hs_m"])
    assert (found.happened, found.ongoing, found.warned) == (came, ongoing, warned), case
    if came and not ongoing:
        assert found.onset_at == ORIGIN + timedelta(hours=storm_from or 0)


def test_gap_in_truth_leaves_a_risk_open_unless_it_was_seen_to_come() -> None:
    level = truth(storm_from=None)
    level[50:60] = np.nan
    assert settled([risk(0.5)], run(), level, WAVES["hs_m"]) == []
    level[70] = 3.0
    assert settled([risk(0.5)], run(), level, WAVES["hs_m"])[0].happened


def test_event_sums_count_onsets_cost_and_reliability_by_hand() -> None:
    cases = [(0.62, 10), (0.68, None), (0.1, 10), (0.15, None), (0.65, -2)]
    risks = [settled([risk(p)], run(), truth(storm_from=s), WAVES["hs_m"]) for p, s in cases]
    found = [Settled(run=run(), scores=(), risks=tuple(own)) for own in risks]
    low, high = sorted(event_sums(found, WAVES), key=lambda e: e.bin)
    assert (low.bin, low.cases, low.came, low.fresh, low.warned, low.hits, low.misses) == (1, 2, 1, 2, 0, 0, 1)
    assert (high.bin, high.cases, high.came, high.fresh, high.warned, high.hits, high.misses) == (6, 3, 2, 2, 2, 1, 0)
    # Acting costs 1 / 2.5 of the loss each time; what comes unwarned costs the loss.
    assert (high.cost, low.cost) == (pytest.approx(3 * 0.4), 1.0)
    assert low.brier == pytest.approx(0.9**2 + 0.15**2)
    assert high.month.isoformat() == "2026-08-01"


def test_onset_remembers_the_first_forecast_that_warned_of_it() -> None:
    found = []
    for n, (ahead_h, chance) in enumerate([(20, 0.1), (15, 0.5), (8, 0.7)]):
        issued = ORIGIN - timedelta(hours=ahead_h)
        one = risk(chance, issued_at=issued, origin_at=issued, run_id=n)
        there = run(issued_at=issued, origin_at=issued, run_id=n)
        risks = settled([one], there, truth(storm_from=ahead_h), WAVES["hs_m"])
        found.append(Settled(run=there, scores=(), risks=tuple(risks)))
    (onset,) = onset_sums(found, WAVES)
    assert (onset.onset_at, onset.forecasts, onset.warned) == (ORIGIN, 3, 2)
    assert onset.warned_at == ORIGIN - timedelta(hours=15)


def test_skill_sums_add_up_by_day_of_china_and_keep_the_shadow_of_a_model_set_aside() -> None:
    deciles = dict(zip(DECILE_COLUMNS, np.linspace(0.6, 1.4, 9), strict=True))
    fan = [QuantileRow(run_id=1, lead_h=h, valid_at=ORIGIN, **deciles) for h in (6, 12)]
    aside = run("persistence", shadow={"6": [1.0] * 9})
    found = [settle(one, fan, [], truth(storm_from=None), WAVES["hs_m"], (6, 12)) for one in (run(), aside)]
    sums = {(s.model, s.lead_h): s for s in skill_sums(found)}
    assert set(sums) == {("blend", 6), ("blend", 12), ("persistence", 6), ("persistence", 12)}
    assert sums["blend", 6].cases == 2
    assert sums["persistence", 6].cases == 2
    assert sums["blend", 12].inside == 1
    assert sums["blend", 6].day.isoformat() == "2026-08-20"


def test_crps_of_the_deciles_of_a_normal_is_near_its_closed_form() -> None:
    deciles = norm.ppf(np.linspace(0.1, 0.9, 9))
    for seen in (-0.8, 0.0, 0.4, 1.5):
        exact = seen * (2 * norm.cdf(seen) - 1) + 2 * norm.pdf(seen) - 1 / np.sqrt(np.pi)
        assert crps_of_deciles(seen, deciles) == pytest.approx(exact, abs=0.03)


def test_risks_of_several_windows_are_those_of_each_alone() -> None:
    random = np.random.default_rng(1)
    paths = np.cumsum(random.normal(0, 0.4, (200, 48)), axis=1) + 2.0
    for below in (True, False):
        several = event_risks(paths, 2.5, below=below, windows_h=(12, 24, 48))
        assert several == [event_risks(paths[:, :w], 2.5, below=below, windows_h=(w,))[0] for w in (12, 24, 48)]
        crossed = [path[:24] < 2.5 if below else path[:24] > 2.5 for path in paths]
        assert several[1].probability == np.mean([c.any() for c in crossed])
        assert several[1].expected_hours == pytest.approx(np.mean([c.sum() for c in crossed]))
        onsets = [int(c.argmax()) + 1 for c in crossed if c.any()]
        assert several[1].onset_p90_h == pytest.approx(np.quantile(onsets, 0.9))


def test_fits_of_many_series_that_began_together_spread_over_the_day() -> None:
    keys = [(f"c{n}", "d2", "do_mg_l") for n in range(480)]
    fitted, counts = dict.fromkeys(keys, ORIGIN), []
    for hour in range(1, 97):
        at = ORIGIN + timedelta(hours=hour)
        now = [key for key in keys if due(key, fitted[key], at, 24.0)]
        fitted |= dict.fromkeys(now, at)
        counts.append(len(now))
    assert max(counts) < 3 * 480 / 24
    assert all(sum(counts[day : day + 24]) == 480 for day in (36, 48, 60))
    assert all(ORIGIN + timedelta(hours=96) - at < timedelta(hours=24) for at in fitted.values())
