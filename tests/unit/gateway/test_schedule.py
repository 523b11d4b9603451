"""Fair scheduling and circuit breakers, in simulated time."""

import random
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from gateway.schedule import (
    FAILURES_TO_OPEN,
    OPEN_MOST_S,
    Breaker,
    Turn,
    after_poll,
    after_turn,
    choose,
    first_turns,
    wake_s,
)


def simulate(costs: dict[str, float], *, dead: set[str], periods: dict[str, float], until_s: float) -> dict[str, Turn]:
    """Run a bus whose unit polls take `costs` seconds; dead ones fail."""
    rng, now = random.Random(7), 0.0
    turns = {t.unit: t for t in first_turns(list(periods.items()), now)}
    polls = dict.fromkeys(periods, 0)
    while now < until_s:
        turn = choose(list(turns.values()), now)
        if turn is None:
            now = wake_s(list(turns.values()))
            continue
        ended = now + costs[turn.unit]
        polls[turn.unit] += 1
        turns[turn.unit] = after_turn(
            turn, list(turns.values()), ok=turn.unit not in dead, started_s=now, ended_s=ended, rng=rng
        )
        now = ended
    return {name: replace(turn, missed=polls[name]) for name, turn in turns.items()}


def test_dead_unit_costs_the_others_nothing_but_its_rare_timeouts() -> None:
    units = {f"u{i}": 1.0 for i in range(5)}
    costs = dict.fromkeys(units, 0.05) | {"u0": 1.0}
    polls = simulate(costs, dead={"u0"}, periods=units, until_s=600.0)
    assert polls["u0"].missed < 25
    assert all(polls[f"u{i}"].missed > 560 for i in range(1, 5))


def test_slow_unit_does_not_starve_the_others_of_their_period() -> None:
    periods = {"slow": 1.0, "a": 1.0, "b": 1.0}
    polls = simulate({"slow": 0.9, "a": 0.05, "b": 0.05}, dead=set(), periods=periods, until_s=300.0)
    assert polls["a"].missed > 270
    assert polls["b"].missed > 270
    assert polls["slow"].missed > 200


def test_two_hopeless_units_leave_a_fast_one_its_share() -> None:
    polls = simulate(
        {"x": 2.0, "y": 2.0, "fast": 0.02}, dead=set(), periods=dict.fromkeys(["x", "y", "fast"], 1.0), until_s=300.0
    )
    assert polls["fast"].missed >= 95, "about every second of its turns at least"
    assert abs(polls["x"].missed - polls["y"].missed) <= 2


def test_missed_cycles_are_counted_and_not_made_up_for() -> None:
    turn = Turn(unit="u", period_s=1.0, due_s=0.0)
    after = after_turn(turn, [turn], ok=True, started_s=0.0, ended_s=3.5, rng=random.Random(1))
    assert (after.due_s, after.missed) == (3.5, 3)
    beside = Turn(unit="v", period_s=1.0, due_s=0.0, mean_poll_s=0.5)
    shared = after_turn(turn, [turn, beside], ok=True, started_s=0.0, ended_s=3.5, rng=random.Random(1))
    assert shared.due_s == 7.0, "half of the bus is the other's"


@given(st.integers(1, 60), st.integers())
def test_breaker_opens_ever_longer_up_to_the_limit_and_closes_at_once(failures: int, seed: int) -> None:
    rng, breaker = random.Random(seed), Breaker()
    for _ in range(failures):
        breaker = after_poll(breaker, ok=False, now_s=100.0, rng=rng)
    assert breaker.tripped is (failures >= FAILURES_TO_OPEN)
    assert breaker.open_until_s <= 100.0 + OPEN_MOST_S
    assert after_poll(breaker, ok=True, now_s=100.0, rng=rng) == Breaker()


def test_first_turns_are_spread() -> None:
    turns = first_turns([(f"u{i}", 10.0) for i in range(10)], 0.0)
    assert len({turn.due_s for turn in turns}) == 10
