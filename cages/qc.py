"""QARTOD tests on whole series: each a pure function of arrays ``(time,)`` to flags ``(time,)``.

Manual for Real-Time Quality Control of Dissolved Oxygen Observations, version 3.0 (U.S. IOOS, 2018), sections 3.3-3.4.
Equal to ``ioos_qc.qartod`` where it has the test (tests hold them to it on real series with gaps). NaN means that the
instrument gave no value and is flagged MISSING; flags are the integers of `core.qc.QcFlag`.
"""

import numpy as np
from numpy.typing import NDArray

from core.qc import QcFlag

Array = NDArray[np.float64]
Flags = NDArray[np.uint8]

GOOD, UNKNOWN, SUSPECT, FAIL, MISSING = (
    np.uint8(flag) for flag in (QcFlag.GOOD, QcFlag.UNKNOWN, QcFlag.SUSPECT, QcFlag.FAIL, QcFlag.MISSING)
)
_RANK = np.zeros(10, dtype=np.uint8)
_RANK[[UNKNOWN, GOOD, SUSPECT, FAIL, MISSING]] = (0, 1, 2, 3, 4)


def worst_of(*tests: Flags) -> Flags:
    """Return the gravest flag of several tests at each instant, by the order of `core.qc.worst`."""
    stacked = np.stack(tests)
    gravest = np.argmax(_RANK[stacked], axis=0)
    return np.asarray(np.take_along_axis(stacked, gravest[None, ...], axis=0)[0], dtype=np.uint8)


def gross_range(values: Array, fail: tuple[float, float], suspect: tuple[float, float] | None = None) -> Flags:
    """Return FAIL outside what the instrument can measure, SUSPECT outside what the place is known for."""
    flags = _start(values)
    if suspect is not None:
        flags[(values < suspect[0]) | (values > suspect[1])] = SUSPECT
    flags[(values < fail[0]) | (values > fail[1])] = FAIL
    return flags


def impossible_word(values: Array) -> Flags:
    """Return FAIL for what a 32-bit float with its words swapped looks like: not zero, yet below 1e-6, or beyond 1e6.

    The exponent of an ordinary measurement (0.01 to 1000) sits in the high word; read in the wrong order it becomes
    the low half of the mantissa, and the exponent is whatever the mantissa was.
    """
    flags = _start(values)
    size = np.abs(values)
    flags[((size < 1e-6) & (size > 0)) | (size > 1e6)] = FAIL
    return flags


def spike(values: Array, suspect: float | None, fail: float | None) -> Flags:
    """Return the flags of the spike test: distance from the middle of both neighbours, in the values' unit.

    The first and the last value cannot be judged (UNKNOWN); nor can one beside a gap.
    """
    flags = _start(values)
    distance = np.full(values.shape, np.nan)
    distance[1:-1] = np.abs(values[1:-1] - (values[:-2] + values[2:]) / 2)
    if suspect:
        flags[distance > suspect] = SUSPECT
    if fail:
        flags[distance > fail] = FAIL
    flags[np.isnan(distance)] = UNKNOWN
    flags[np.isnan(values)] = MISSING
    return flags


def rate_of_change(
    values: Array,
    times_s: Array,
    suspect_per_s: float,
    fail_per_s: float | None = None,
    *,
    usual_per_s: Array | None = None,
) -> Flags:
    """Return SUSPECT (FAIL) where a value moved faster than the limit since the one before.

    Parameters
    ----------
    usual_per_s
        How fast tide and daylight usually move it over the step that ends at each value (`cages.tidal`): only what is
        beyond that counts. NaN, or None for all, is no movement expected. [1/s]
    """
    flags = _start(values)
    rate = np.zeros(values.shape)
    rate[1:] = np.diff(values) / np.diff(times_s)
    if usual_per_s is not None:
        rate -= np.nan_to_num(usual_per_s)
    rate = np.abs(rate)
    flags[rate > suspect_per_s] = SUSPECT
    if fail_per_s is not None:
        flags[rate > fail_per_s] = FAIL
    flags[np.isnan(values)] = MISSING
    return flags


def flat_line(
    values: Array, times_s: Array, *, suspect_s: float, fail_s: float, tolerance: float, whole_spans: bool = False
) -> Flags:
    """Return SUSPECT (FAIL) where the values stayed within `tolerance` for the given span before.

    Parameters
    ----------
    whole_spans
        Leave a span with a missing value unjudged. Otherwise, as in ``ioos_qc``, it is judged by the values left in it,
        so that a single value after a dropout counts as a flat line.
    """
    flags = _start(values)
    if values.size < 3:
        return flags
    interval_s = float(np.median(np.diff(times_s)))
    for span_s, flag in ((suspect_s, SUSPECT), (fail_s, FAIL)):
        count = int(int(span_s) / interval_s)
        if values.size <= count:
            continue
        windows = np.lib.stride_tricks.sliding_window_view(values, count + 1)
        missing = np.isnan(windows)
        low = np.where(missing, np.inf, windows).min(axis=1)
        high = np.where(missing, -np.inf, windows).max(axis=1)
        judged = ~missing.any(axis=1) if whole_spans else ~missing.all(axis=1)
        flags[count:][judged & (high - low < tolerance)] = flag
    flags[np.isnan(values)] = MISSING
    return flags


def attenuated_signal(
    values: Array, times_s: Array, *, suspect: float, fail: float, period_s: float, least: int = 1
) -> Flags:
    """Return SUSPECT (FAIL) where the range of the last `period_s` is too small: a probe in slime or behind a cap.

    Parameters
    ----------
    suspect, fail
        Least range that is believed, in the values' unit.
    least
        Fewer values than this in the period give UNKNOWN, as does a missing one among them.
    """
    low, high, count, asked = _trailing_range(values, times_s, period_s)
    spread = np.where((count >= least) & (count == asked), high - low, np.nan)
    flags = np.full(values.shape, GOOD, dtype=np.uint8)
    flags[spread < suspect] = SUSPECT
    flags[np.isnan(spread)] = UNKNOWN
    flags[spread < fail] = FAIL
    flags[np.isnan(values)] = MISSING
    return flags


def neighbour(values: Array, expected: Array, suspect: float, fail: float) -> Flags:
    """Return SUSPECT (FAIL) where a value is too far from what its neighbours say; UNKNOWN where none speaks."""
    flags = _start(values)
    distance = np.abs(values - expected)
    flags[distance > suspect] = SUSPECT
    flags[distance > fail] = FAIL
    flags[np.isnan(expected)] = UNKNOWN
    flags[np.isnan(values)] = MISSING
    return flags


def time_gap(times_s: Array, limit_s: float) -> Flags:
    """Return FAIL for a value that came more than `limit_s` after the one before; the first is UNKNOWN."""
    flags = np.full(times_s.shape, GOOD, dtype=np.uint8)
    flags[1:][np.diff(times_s) > limit_s] = FAIL
    flags[:1] = UNKNOWN
    return flags


def oxygen_ceiling(do_mg_l: Array, saturation_mg_l: Array, suspect_pct: float, fail_pct: float) -> Flags:
    """Return SUSPECT (FAIL) where oxygen is above a share of saturation that water is not known to hold.

    `saturation_mg_l` comes from temperature, salinity and pressure (`cages.saturation`); NaN there gives UNKNOWN.
    """
    flags = _start(do_mg_l)
    share = 100.0 * do_mg_l / saturation_mg_l
    flags[share > suspect_pct] = SUSPECT
    flags[share > fail_pct] = FAIL
    flags[np.isnan(saturation_mg_l)] = UNKNOWN
    flags[np.isnan(do_mg_l)] = MISSING
    return flags


def _start(values: Array) -> Flags:
    return np.where(np.isnan(values), MISSING, GOOD).astype(np.uint8)


def _trailing_range(
    values: Array, times_s: Array, period_s: float
) -> tuple[Array, Array, NDArray[np.int64], NDArray[np.int64]]:
    """Return least, greatest and number of the values in (t - period, t] for each t, and how many instants it has."""
    start = np.searchsorted(times_s, times_s - period_s, side="right")
    end = np.arange(1, values.size + 1)
    there = np.concatenate(([0], np.cumsum(~np.isnan(values))))
    edges = np.stack([start, end], axis=1).ravel()
    padded_low = np.append(np.where(np.isnan(values), np.inf, values), np.inf)
    padded_high = np.append(np.where(np.isnan(values), -np.inf, values), -np.inf)
    low = np.minimum.reduceat(padded_low, edges)[::2]
    high = np.maximum.reduceat(padded_high, edges)[::2]
    return low, high, there[end] - there[start], end - start
