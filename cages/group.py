"""Final flags of the probes of one site together: the QARTOD tests of each, and each against the others."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cages import qc
from cages.neighbours import expected, standing_offsets
from cages.qc import Array, Flags
from cages.tidal import tidal_rate


@dataclass(frozen=True, kw_only=True)
class SeriesLimits:
    """Limits of the tests for one quantity at one pace; ``config/rules/qc.toml`` says what each is."""

    fail_low: float
    fail_high: float
    spike_suspect: float
    spike_fail: float
    flat_suspect_s: float
    flat_fail_s: float
    flat_tolerance: float
    ceiling_suspect_pct: float
    ceiling_fail_pct: float
    jump_suspect: float
    jump_fail: float
    still_s: float
    still_tolerance: float
    moving_least: float
    learn_h: float
    learn_every_s: float
    rate_suspect_h: float
    rate_fail_h: float
    attenuated_s: float
    attenuated_suspect: float
    attenuated_fail: float


def judge_one(values: Array, times_s: Array, limits: SeriesLimits, saturation_mg_l: Array | None = None) -> Flags:
    """Return the final flags of one probe by itself ``(time,)``."""
    usual_per_s = tidal_rate(values, times_s)
    moved = qc.rate_of_change(
        values, times_s, limits.rate_suspect_h / 3600, limits.rate_fail_h / 3600, usual_per_s=usual_per_s
    )
    tests = [
        *_own_tests(values, times_s, limits, saturation_mg_l),
        _passed(qc.spike(values, limits.spike_suspect, limits.spike_fail), values),
        _passed(moved, values),
    ]
    return qc.worst_of(*tests)


def judge_group(values: Array, times_s: Array, limits: SeriesLimits, saturation_mg_l: Array | None = None) -> Flags:
    """Return the final flags of all probes of a site ``(time, sensor)``.

    Parameters
    ----------
    values
        ``(time, sensor)``, NaN where a probe gave none.
    times_s
        Unix time ``(time,)``, evenly spaced. [s]
    saturation_mg_l
        Oxygen at saturation in the site's water ``(time,)``, None where it is not known.
    """
    own = [qc.worst_of(*_own_tests(column, times_s, limits, saturation_mg_l)) for column in values.T]
    flags = np.stack(own, axis=1)
    # A probe's own spike is not asked about its neighbours: of two that are left, their mean would follow it.
    spikes = [qc.spike(column, limits.spike_suspect, limits.spike_fail) for column in values.T]
    steady = ~np.isin(np.stack(spikes, axis=1), (qc.SUSPECT, qc.FAIL))
    usable = np.where((flags == qc.GOOD) & steady, values, np.nan)
    step_s = float(np.median(np.diff(times_s)))
    learned, every = int(limits.learn_h * 3600 / step_s), int(limits.learn_every_s / step_s)
    offsets = standing_offsets(usable, max(learned, 3), max(every, 1))
    told = expected(usable, offsets)
    for sensor in range(values.shape[1]):
        said, others = values[:, sensor], told[:, sensor]
        around = others - offsets[:, sensor]  # the water itself: what is told follows a probe that stands still
        still = _still(said, around, int(limits.still_s / step_s), limits)
        flags[:, sensor] = qc.worst_of(flags[:, sensor], _against(said, others, limits), still)
    return flags


def _own_tests(values: Array, times_s: Array, limits: SeriesLimits, saturation_mg_l: Array | None) -> list[Flags]:
    tests = [
        qc.gross_range(values, (limits.fail_low, limits.fail_high)),
        qc.impossible_word(values),
        qc.flat_line(
            values,
            times_s,
            suspect_s=limits.flat_suspect_s,
            fail_s=limits.flat_fail_s,
            tolerance=limits.flat_tolerance,
            whole_spans=True,
        ),
    ]
    faint = qc.attenuated_signal(
        values, times_s, suspect=limits.attenuated_suspect, fail=limits.attenuated_fail, period_s=limits.attenuated_s,
        least=max(2, int(limits.attenuated_s / float(np.median(np.diff(times_s))))),
    )  # fmt: skip
    tests.append(_passed(faint, values))
    if saturation_mg_l is not None:
        tests.append(qc.oxygen_ceiling(values, saturation_mg_l, limits.ceiling_suspect_pct, limits.ceiling_fail_pct))
    return tests


def _against(values: Array, told: Array, limits: SeriesLimits) -> Flags:
    """Return the flags of one probe against what its neighbours say; by its own spikes where none speaks."""
    alone = np.isnan(told)
    jump = qc.neighbour(values, told, limits.jump_suspect, limits.jump_fail)
    spike = qc.spike(values, limits.spike_suspect, limits.spike_fail)
    jump[alone] = spike[alone]
    return _passed(jump, values)


def _still(values: Array, told: Array, count: int, limits: SeriesLimits) -> NDArray[np.uint8]:
    """Return SUSPECT where a probe stands still while the others move."""
    flags = np.where(np.isnan(values), qc.MISSING, qc.GOOD).astype(np.uint8)
    if count < 1 or values.size <= count:
        return flags
    view = np.lib.stride_tricks.sliding_window_view
    own, others = view(values, count + 1), view(told, count + 1)
    still = np.ptp(own, axis=1) < limits.still_tolerance
    flags[count:][still & (np.ptp(others, axis=1) > limits.moving_least)] = qc.SUSPECT
    return flags


def _passed(flags: Flags, values: Array) -> Flags:
    """Return a test that could not judge as passed: the tests that ran decide."""
    return np.where((flags == qc.UNKNOWN) & ~np.isnan(values), qc.GOOD, flags).astype(np.uint8)
