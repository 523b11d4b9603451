"""Who is polled next and who is left alone for a while; pure functions of states and time.

A dead unit costs one timeout per attempt and attempts become rare (breaker). A slow unit keeps its own period but
never the others': among units that are due, the one that waited longest in proportion to its period goes first, and
a unit whose polls take more than its fair share of the bus is due less often.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

FAILURES_TO_OPEN = 3
OPEN_FIRST_S, OPEN_MOST_S = 5.0, 300.0
MEMORY = 0.3
"""Weight of the newest poll in the running mean of poll times."""


@dataclass(frozen=True, kw_only=True)
class Breaker:
    """Whether a unit is worth asking: closed, or open until `open_until_s` and then tried once."""

    failures: int = 0
    open_until_s: float = 0.0

    @property
    def tripped(self) -> bool:
        """Return whether the unit counts as down."""
        return self.failures >= FAILURES_TO_OPEN


def after_poll(breaker: Breaker, *, ok: bool, now_s: float, rng: random.Random) -> Breaker:
    """Return the breaker after one poll: closed by a success, open ever longer (with jitter) by failures."""
    if ok:
        return Breaker()
    failures = breaker.failures + 1
    if failures < FAILURES_TO_OPEN:
        return Breaker(failures=failures)
    ceiling = min(OPEN_MOST_S, OPEN_FIRST_S * 2 ** min(failures - FAILURES_TO_OPEN, 10))
    return Breaker(failures=failures, open_until_s=now_s + ceiling * rng.uniform(0.5, 1.0))


@dataclass(frozen=True, kw_only=True)
class Turn:
    """One unit's place in the round: when it is due, how often, and how long its polls take."""

    unit: str
    period_s: float
    due_s: float
    breaker: Breaker = Breaker()
    mean_poll_s: float = 0.0
    missed: int = 0

    def ready_s(self) -> float:
        """Return when the unit may be polled: due, and its breaker not open."""
        return max(self.due_s, self.breaker.open_until_s)


def first_turns(periods_s: Sequence[tuple[str, float]], now_s: float) -> list[Turn]:
    """Return the opening round, spread so that units of one bus do not all start at once."""
    count = max(len(periods_s), 1)
    return [
        Turn(unit=unit, period_s=period_s, due_s=now_s + min(period_s, 5.0) * index / count)
        for index, (unit, period_s) in enumerate(periods_s)
    ]


def choose(turns: Sequence[Turn], now_s: float) -> Turn | None:
    """Return the unit to poll now, None when none is due: the longest wait in periods goes first."""
    due = [turn for turn in turns if turn.ready_s() <= now_s]
    if not due:
        return None
    return max(due, key=lambda turn: ((now_s - turn.ready_s()) / turn.period_s, turn.unit))


def wake_s(turns: Sequence[Turn]) -> float:
    """Return the time at which the next unit is due."""
    return min((turn.ready_s() for turn in turns), default=float("inf"))


def after_turn(
    turn: Turn, turns: Sequence[Turn], *, ok: bool, started_s: float, ended_s: float, rng: random.Random
) -> Turn:
    """Return a unit's next turn after a poll that took from `started_s` to `ended_s`.

    The next due time stays on the unit's own grid; steps of the grid that passed meanwhile are counted as missed
    and not made up for. A unit that takes more than its fair share while others wait gets a longer step.
    """
    spent_s = ended_s - started_s
    mean_s = spent_s if turn.mean_poll_s == 0.0 else MEMORY * spent_s + (1 - MEMORY) * turn.mean_poll_s
    step_s = max(turn.period_s, _fair_step_s(turn.unit, mean_s, turns))
    due_s = turn.due_s + step_s
    if due_s < ended_s:
        due_s += (int((ended_s - due_s) // step_s) + 1) * step_s
    left_out = 0 if turn.breaker.tripped else max(0, int((due_s - turn.due_s) / turn.period_s + 0.5) - 1)
    return replace(
        turn,
        due_s=due_s,
        mean_poll_s=mean_s,
        missed=turn.missed + left_out,
        breaker=after_poll(turn.breaker, ok=ok, now_s=ended_s, rng=rng),
    )


def _fair_step_s(unit: str, mean_s: float, turns: Sequence[Turn]) -> float:
    """Return the shortest step that leaves the other units their time on the bus, 0 when there is enough."""
    others = sum(min(t.mean_poll_s / t.period_s, 1.0) for t in turns if t.unit != unit and not t.breaker.tripped)
    free = max(1.0 - others, 1.0 / max(len(turns), 1))
    return mean_s / free if mean_s > 0 else 0.0
