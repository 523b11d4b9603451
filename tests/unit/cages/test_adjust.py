"""Changed limits: who wins, what is refused, and that the rules obey."""

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cages.adjust import Change, adjustable, adjusted, changes_at, in_force, value_of
from cages.limits import load_limits
from cages.structure import damage_class

LIMITS = load_limits(Path(__file__).parents[3] / "config" / "rules")
NAMES = list(adjustable(LIMITS))


def test_changes_of_the_cage_come_before_the_farms_and_those_before_everybodys() -> None:
    rows = [
        Change(place="c1", name="oxygen.red", value=2.5),
        Change(place="*", name="oxygen.red", value=2.1),
        Change(place="farm", name="oxygen.red", value=2.2),
        Change(place="farm", name="oxygen.blue", value=5.5),
        Change(place="other", name="oxygen.blue", value=9.0),
    ]
    assert changes_at(rows, "farm", "c1") == {"oxygen.red": 2.5, "oxygen.blue": 5.5}
    assert changes_at(rows, "farm", None) == {"oxygen.red": 2.2, "oxygen.blue": 5.5}
    assert changes_at(rows, None, "c9") == {"oxygen.red": 2.1}


def test_every_limit_is_inside_its_own_span_and_can_be_set() -> None:
    for name, row in adjustable(LIMITS).items():
        now = value_of(LIMITS, name)
        assert row.least <= now <= row.most
        assert value_of(adjusted(LIMITS, {name: now}), name) == now


def test_changed_limit_is_the_rules_limit_and_names_itself_in_the_version() -> None:
    own = adjusted(
        LIMITS, {"oxygen.yellow": 4.5, "waves.wooden_raft.slight": 1.0, "water.ph.low": 7.6, "blind.after": 900}
    )
    assert [level.below_mg_l for level in own.oxygen.level] == [5.0, 4.5, 3.0, 2.0]
    assert own.oxygen.version == LIMITS.oxygen.version + "+own"
    assert damage_class(1.2, "wooden_raft", own.croaker.structure) == 1
    assert next(row for row in own.croaker.limit if row.quantity == "ph").low == 7.6
    assert own.sensing.blind_after_s == 900
    assert adjusted(LIMITS, {"oxygen.yellow": 4.5}).croaker is LIMITS.croaker


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"oxygen.red": 4.5}, "highest limit"),
        ({"water.water_temp_c.low": 31.0}, "low must be below high"),
        ({"waves.wooden_raft.slight": 2.5}, "must rise"),
        ({"oxygen.red": 40.0}, "between 0.5 and 12 mg/L"),
        ({"oxygen.red": -1.0}, "between"),
        ({"oxygen.red": math.nan}, "between"),
        ({"oxygen.red": math.inf}, "between"),
        ({"oxygen.pink": 3.0}, "not a limit"),
    ],
)
def test_nonsense_is_refused_with_the_reason(changes: dict[str, float], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        adjusted(LIMITS, changes)


def test_limits_of_another_version_are_left_out_and_contradictions_leave_the_files_in_force() -> None:
    own, told = in_force(LIMITS, {"oxygen.yellow": 4.5, "oxygen.gone": 1.0})
    assert value_of(own, "oxygen.yellow") == 4.5 and told == "no such limit: oxygen.gone."
    held, why = in_force(LIMITS, {"oxygen.red": 9.0, "oxygen.blue": 5.5})
    assert held is LIMITS and "highest limit" in why


@given(st.dictionaries(st.sampled_from([*NAMES, "x"]), st.floats(), max_size=6))
def test_any_changes_give_sound_limits_or_a_refusal(changes: dict[str, float]) -> None:
    try:
        own = adjusted(LIMITS, changes)
    except ValueError:
        return
    assert all(value_of(own, name) == value for name, value in changes.items())
