"""Risk from joint paths, cost and loss, the wave table, verification and demotion: figures worked out by hand."""

from pathlib import Path

import numpy as np
import pytest

from core.errors import ConfigError
from core.finding import Severity
from forecasting.model.physics import saturation_mg_l
from forecasting.risk import CostLoss, EventRisk, event_risks
from forecasting.rules import load_rules
from forecasting.verify import demoted, pinball, reliability
from forecasting.warnings import load_wave_table, wave_colour

RULES = Path(__file__).parents[3] / "config" / "rules"
TABLE = load_wave_table(RULES / "waves.toml")


def event_risk(paths: np.ndarray, limit: float, *, below: bool, window_h: int) -> EventRisk:
    return event_risks(paths, limit, below=below, windows_h=(window_h,))[0]


def test_event_risk_counts_paths_not_hours() -> None:
    # Four futures of three hours against a limit of 3: one crosses at lead 2, one at leads 1 and 3.
    paths = np.array([[4.0, 2.0, 4.0], [2.5, 3.5, 2.9], [4.0, 4.0, 4.0], [5.0, 5.0, 3.0]])
    risk = event_risk(paths, 3.0, below=True, window_h=3)
    assert risk.probability == 0.5
    assert risk.expected_hours == 0.75
    assert risk.onset_p50_h == 1.5
    assert event_risk(paths, 3.0, below=True, window_h=1).probability == 0.25
    assert event_risk(paths, 10.0, below=False, window_h=3).onset_p50_h is None


def test_joint_risk_is_above_the_largest_hourly_chance() -> None:
    paths = np.where(np.eye(6) > 0, 1.0, 5.0)
    assert event_risk(paths, 3.0, below=True, window_h=6).probability == 1.0
    assert (paths < 3).mean(axis=0).max() == pytest.approx(1 / 6)


def test_acting_pays_from_cost_over_loss_and_is_kept_by_hysteresis() -> None:
    rule = CostLoss(cost=1, loss=5, keep=0.7)
    assert rule.threshold == 0.2
    assert rule.acts(0.2, acting=False)
    assert not rule.acts(0.19, acting=False)
    assert rule.acts(0.15, acting=True)
    assert not rule.acts(0.13, acting=True)


@pytest.mark.parametrize(("cost", "loss"), [(0, 1), (2, 1), (1, 1)])
def test_cost_that_never_pays_is_refused(cost: float, loss: float) -> None:
    with pytest.raises(ValueError, match="cost"):
        CostLoss(cost=cost, loss=loss)


@pytest.mark.parametrize(
    ("hs_m", "zone", "colour"),
    [
        (2.49, "nearshore", None),
        (2.5, "nearshore", Severity.BLUE),
        (3.5, "nearshore", Severity.YELLOW),
        (4.49, "nearshore", Severity.YELLOW),
        (4.5, "nearshore", Severity.ORANGE),
        (6.0, "nearshore", Severity.RED),
        (5.9, "offshore", None),
        (6.0, "offshore", Severity.YELLOW),
        (9.0, "offshore", Severity.ORANGE),
        (14.0, "offshore", Severity.RED),
    ],
)
def test_wave_colour_follows_gb_t_19721_2_2017(hs_m: float, zone: str, colour: Severity | None) -> None:
    assert wave_colour(TABLE, hs_m, zone) is colour  # type: ignore[arg-type]


def test_open_wave_colour_is_kept_until_waves_are_clearly_below_its_bound() -> None:
    assert wave_colour(TABLE, 2.4, kept=Severity.BLUE) is Severity.BLUE
    assert wave_colour(TABLE, 2.25, kept=Severity.BLUE) is None
    assert wave_colour(TABLE, 3.4, kept=Severity.RED) is Severity.YELLOW


def test_open_wave_colour_does_not_raise_a_higher_one_early() -> None:
    assert wave_colour(TABLE, 4.45, kept=Severity.YELLOW) is Severity.YELLOW
    assert wave_colour(TABLE, 4.5, kept=Severity.YELLOW) is Severity.ORANGE


def test_rule_file_with_mistakes_names_every_one(tmp_path: Path) -> None:
    text = (RULES / "forecast.toml").read_text(encoding="utf-8")
    wrong = tmp_path / "forecast.toml"
    wrong.write_text(text.replace("paths = 200", 'paths = "many"').replace('colour = "red"', 'colour = "pink"', 1))
    with pytest.raises(ConfigError) as caught:
        load_rules(wrong)
    assert "paths" in str(caught.value)
    assert "pink" in str(caught.value)


def test_pinball_of_the_median_is_half_the_absolute_error() -> None:
    assert pinball(np.array([3.0]), np.array([[1.0]]), np.array([0.5]))[0, 0] == 1.0


def test_reliability_leaves_empty_bins_out() -> None:
    bins = reliability(np.array([0.05, 0.06, 1.0]), np.array([False, True, True]))
    assert [(b.cases, b.observed) for b in bins] == [(2, 0.5), (1, 1.0)]


@pytest.mark.parametrize(
    ("skill", "cases", "was", "now"),
    [(-0.06, 100, False, True), (-0.04, 100, False, False), (0.04, 100, True, True), (0.06, 100, True, False),
     (-0.5, 10, False, False), (None, 100, True, True)],
)  # fmt: skip
def test_model_is_set_aside_and_taken_back_with_a_gap_between(
    skill: float | None, cases: int, was: bool, now: bool
) -> None:
    assert demoted(skill, cases, was=was, least_cases=60, behind=-0.05, recovered=0.05) is now


@pytest.mark.parametrize(("temp_c", "salt", "mg_l"), [(20.0, 0.0, 9.09), (20.0, 35.0, 7.36), (10.0, 35.0, 8.98)])
def test_saturation_agrees_with_the_usgs_tables(temp_c: float, salt: float, mg_l: float) -> None:
    # USGS DOTABLES (Benson and Krause), 760 mmHg.
    assert saturation_mg_l(np.array([temp_c]), np.array([salt]))[0] == pytest.approx(mg_l, abs=0.06)
