"""Tests of probes together and of one alone: tide-aware steps, faint signals, and a neighbour's voice."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cages import qc
from cages.group import judge_group, judge_one
from cages.limits import load_limits
from cages.tidal import tidal_rate

HOURLY = load_limits(Path(__file__).parents[3] / "config" / "rules").qc.hourly
TIMES_S = 3600.0 * np.arange(40 * 24)
TIDE = 6.0 + 2.0 * np.sin(2 * np.pi * TIMES_S / 3600 / 12.4206) + 0.5 * np.sin(2 * np.pi * TIMES_S / 86400)


def test_tidal_rate_is_the_tides_own_step() -> None:
    rate = tidal_rate(TIDE, TIMES_S) * 3600
    assert np.isnan(rate[: 15 * 24]).all()
    known = ~np.isnan(rate)
    assert np.abs(rate[known] - np.diff(TIDE, prepend=TIDE[0])[known]).max() < 0.1
    assert np.isnan(tidal_rate(np.full(TIDE.size, np.nan), TIMES_S)).all()


@pytest.mark.parametrize(("case", "step", "flag"), [("with the tide", 0.0, qc.GOOD), ("against it", -1.2, qc.SUSPECT)])
def test_rate_of_change_counts_only_what_the_tide_does_not_explain(case: str, step: float, flag: int) -> None:
    # The tide alone moves this water by 1 mg/L an hour: a plain limit of 0.9 would flag every flood.
    limits = replace(HOURLY, rate_suspect_h=0.9, rate_fail_h=3.0)
    rising = int(np.argmax(np.diff(TIDE[30 * 24 : 31 * 24]))) + 30 * 24 + 1
    values = TIDE + np.random.default_rng(1).normal(0, 0.02, TIDE.size)
    values[rising:] += step
    assert judge_one(values, TIMES_S, limits)[rising] == flag, case
    plain = qc.rate_of_change(values, TIMES_S, 0.9 / 3600)
    assert plain[rising] == (qc.SUSPECT if step == 0.0 else qc.GOOD)


def test_attenuated_probe_is_flagged_and_a_living_one_is_not() -> None:
    slimed = 5.0 + 0.01 * (TIDE - 6.0) + np.random.default_rng(2).normal(0, 0.002, TIDE.size)
    assert (judge_one(slimed, TIMES_S, HOURLY)[48:] >= qc.SUSPECT).all()
    assert (judge_one(TIDE, TIMES_S, HOURLY)[48:] == qc.GOOD).all()


def test_group_spike_of_one_is_laid_at_no_neighbour() -> None:
    values = np.stack([TIDE, TIDE + 0.1, TIDE - 0.1], axis=1)
    values[700, 0] += 6.0
    flags = judge_group(values, TIMES_S, HOURLY)
    assert flags[700].tolist() == [qc.FAIL, qc.GOOD, qc.GOOD]


def test_group_ceiling_flags_oxygen_that_water_cannot_hold() -> None:
    flags = judge_group(np.stack([TIDE, TIDE, TIDE * 3], axis=1), TIMES_S, HOURLY, np.full(TIDE.size, 7.0))
    assert (flags[:, 2][TIDE * 3 > 14.1] >= qc.SUSPECT).all()
