"""Which hours of the roll-up a forecast learns from."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from cages.adjust import Change
from core.units import QUANTITIES
from forecasting.rules import load_rules
from services.forecast_inputs import own_rule, usable
from store.readings import HourColumns

RULES_DIR = Path(__file__).parents[3] / "config" / "rules"
AT = datetime(2026, 8, 20, 6, tzinfo=UTC)
HOUR = (AT - datetime(2000, 1, 1, tzinfo=UTC)).days * 24 + 6
NONE = float("nan")


def hour(n: int, n_good: int, low: float, mean: float, high: float) -> HourColumns:
    values = {"value_min": low, "value_max": high, "value_avg": mean}
    counts = {"hour": HOUR, "n": n, "n_good": n_good}
    return HourColumns(
        **{name: np.array([value]) for name, value in counts.items()},
        **{name: np.array([value]) for name, value in values.items()},
    )


@pytest.mark.parametrize(
    ("case", "one", "kept"),
    [
        ("all usable", hour(6, 6, 5.0, 5.5, 6.0), True),
        ("half usable", hour(6, 3, 5.0, 5.5, 6.0), True),
        ("most refused by a test", hour(6, 2, 5.0, 5.5, 6.0), False),
        ("none usable", hour(6, 0, NONE, NONE, NONE), False),
        ("an untested channel that reads the impossible once", hour(6, 6, 5.0, 9.0, 65.5), False),
        ("a dead untested channel", hour(6, 6, -9.9, -9.9, -9.9), False),
    ],
)
def test_hour_trains_only_when_usable_and_possible(case: str, one: HourColumns, kept: bool) -> None:
    found = usable(one, QUANTITIES["do_mg_l"])
    assert (found.hour.tolist() == [HOUR]) is kept, case
    assert len(found.value) == len(found.hour)


def test_quantity_without_a_range_is_taken_as_it_is() -> None:
    assert usable(hour(6, 6, -900.0, -900.0, -900.0)).value.tolist() == [-900.0]


def test_risk_of_a_cages_own_oxygen_limits_is_told_and_no_other_limit_moves() -> None:
    rules = load_rules(RULES_DIR / "forecast.toml")
    oxygen, waves = rules.rule_for("do_mg_l"), rules.rule_for("hs_m")
    assert oxygen is not None and waves is not None
    changes = [
        Change(place="dt01", name="oxygen.yellow", value=4.5),
        Change(place="dt01-c02", name="oxygen.yellow", value=4.8),
        Change(place="dt02", name="oxygen.red", value=2.5),
        Change(place="*", name="waves.hdpe_gravity.loss", value=5.0),
    ]
    own = own_rule(oxygen, changes, "dt01", "dt01-c02")
    assert [one.value for one in own.limit] == [5.0, 4.8, 3.0, 2.0]
    assert [one.cost for one in own.limit] == [one.cost for one in oxygen.limit]
    assert own_rule(oxygen, changes, "dt03", "dt03-c01") == oxygen
    contrary = Change(place="dt01", name="oxygen.red", value=6.0)
    assert own_rule(oxygen, [*changes, contrary], "dt01", "dt01-c02") is oxygen
    assert own_rule(waves, changes, "dt01", "dt01-c02") is waves
