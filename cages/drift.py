"""Does a probe drift against its neighbours? Hourly differences in, an offset with its sign and its beginning out.

Fouling and ageing move a probe by hundredths a day, far less than tide and daylight move the water. What is left after
the neighbours are taken out is cut into blocks of hours and held against the same probe weeks before: a ramp or a step
that began some days ago must explain it far better than the probe's own wandering does. An alarm freezes the baseline,
so a drift is never learned as normal; a calibration starts it anew, a cleaned probe is held to what it was before.

A generalised likelihood ratio over onsets: Basseville and Nikiforov (1993), Detection of Abrupt Changes, section 2.4;
wandering as the long-run variance of an AR(1) (Andrews 1991, Econometrica 59, 817-858, section 6).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cages.neighbours import expected, standing_offsets

Array = NDArray[np.float64]
_CLIP = 4.0
"""Robust standard deviations beyond which a block of the baseline is pulled in, so that a storm is no wandering."""


@dataclass(frozen=True, kw_only=True)
class DriftRule:
    """How a drift is told from the water, for hourly values of one quantity.

    Parameters
    ----------
    raise_at, clear_at
        Offset from the baseline that raises, and that clears, in the quantity's unit.
    sure_z
        The offset must also be this many standard deviations of the probe's own wandering.
    block_h
        Length of a block of hours, and time between looks. [h]
    ramp_d, step_d
        Onsets looked for: an even drift, and a step, that began so many days ago. [d]
    clear_d
        The mean of so many days decides whether an alarm is over. [d]
    baseline_d
        Length of the baseline's height; it ends before the earliest onset. [d]
    gain_d, gain_ridge
        The probe's gain against the others is learned over this span, and held to zero where the level of the water
        moved less than the ridge. [d, the quantity's unit]
    least_d
        Least length of usable baseline. [d]
    """

    raise_at: float
    clear_at: float
    sure_z: float
    block_h: int
    ramp_d: tuple[float, ...]
    step_d: tuple[float, ...]
    clear_d: float
    baseline_d: float
    gain_d: float
    gain_ridge: float
    least_d: float

    def __post_init__(self) -> None:
        if not 0 < self.clear_at < self.raise_at or self.block_h < 1 or not self.ramp_d or not self.step_d:
            raise ValueError("needs 0 < clear_at < raise_at, block_h >= 1, and onsets in ramp_d and step_d.")

    def blocks(self, days: float) -> int:
        """Return how many blocks a span has, at least one."""
        return max(1, round(days * 24 / self.block_h))

    @property
    def gap(self) -> int:
        """Return how many of the newest blocks the baseline leaves out."""
        return self.blocks(max(*self.ramp_d, *self.step_d))


@dataclass(frozen=True, kw_only=True)
class Look:
    """One look at a probe: `offset` from its baseline, and since when it has drifted (None: it does not).

    `per_day` is how fast it moves now, in the quantity's unit; `z` how many standard deviations of its own wandering
    the offset is.
    """

    at_s: float
    offset: float
    since_s: float | None
    per_day: float = 0.0
    z: float = 0.0

    @property
    def active(self) -> bool:
        """Return whether the probe is held to drift."""
        return self.since_s is not None


def differences(values: Array, rule: DriftRule) -> tuple[Array, Array]:
    """Return each probe's hourly difference from its neighbours, and their level; both ``(time, sensor)``.

    A probe with fewer than two neighbours has NaN: of two that disagree nobody can say which is wrong.
    """
    offsets = standing_offsets(values, int(rule.baseline_d * 24), 24)
    level = expected(values, offsets, least=2) - offsets
    return values - level, level


def follow(
    times_s: Array, difference: Array, level: Array, rule: DriftRule, *, serviced_s: Sequence[float] = ()
) -> list[Look]:
    """Return the looks at one probe over its history, oldest first.

    Parameters
    ----------
    times_s
        Hourly instants, Unix time ``(time,)``. [s]
    difference, level
        Columns of `differences`, ``(time,)``.
    serviced_s
        When the probe was calibrated or replaced: the baseline starts anew there. After a mere cleaning it reads as
        before.
    """
    count = len(times_s) // rule.block_h
    if count == 0:
        return []
    watcher = _Watcher(rule, times_s, sorted(serviced_s))
    ends = times_s[: count * rule.block_h].reshape(count, -1)[:, -1]
    rows = zip(ends, _block_means(difference, count), _block_means(level, count), strict=True)
    return [watcher.look(float(at), float(apart), float(around)) for at, apart, around in rows]


def newest_looks(
    times_s: Array, values: Array, rule: DriftRule, serviced_s: Sequence[Sequence[float]]
) -> list[Look | None]:
    """Return the newest look at each probe of a site; None where there is no history.

    Parameters
    ----------
    values
        Hourly, ``(time, sensor)``, only usable ones; NaN else.
    serviced_s
        For each sensor, see `follow`.

    Notes
    -----
    Neighbours of a drifting probe see it as their own drift the other way, by half where they are three. So the one
    that is farthest off is taken first, and no longer asked about the others since it began.
    """
    asked, found = values.copy(), dict[int, Look]()
    looks: list[Look | None] = [None] * values.shape[1]
    while len(found) < values.shape[1]:
        apart, level = differences(asked, rule)
        for sensor in range(values.shape[1]):
            history = follow(times_s, apart[:, sensor], level[:, sensor], rule, serviced_s=serviced_s[sensor])
            looks[sensor] = found.get(sensor) or (history[-1] if history else None)
        drifting = {s: look for s, look in enumerate(looks) if look is not None and look.active and s not in found}
        if not drifting:
            return looks
        worst = max(drifting, key=lambda sensor: abs(np.nan_to_num(drifting[sensor].offset)))
        found[worst] = drifting[worst]
        asked[times_s >= (drifting[worst].since_s or 0.0), worst] = np.nan
    return looks


def _block_means(values: Array, count: int) -> Array:
    """Return the mean of each block, NaN where less than a third of it is there."""
    blocks = values[: len(values) // count * count].reshape(count, -1)
    there = ~np.isnan(blocks)
    enough = there.sum(axis=1) * 3 >= blocks.shape[1]
    total = np.where(there, blocks, 0.0).sum(axis=1)
    return np.where(enough, total / np.maximum(there.sum(axis=1), 1), np.nan)


@dataclass(frozen=True, kw_only=True)
class _Baseline:
    """What a probe's difference from its neighbours usually is at a level of the water, and how it wanders.

    `wander` is the standard deviation of one block's difference as it counts in a mean of many.
    """

    height: float
    gain: float
    wander: float

    def residual(self, rows: Array) -> Array:
        return np.asarray(rows[:, 1] - self.height - self.gain * rows[:, 2], dtype=np.float64)


@dataclass(frozen=True, kw_only=True)
class _Fit:
    """The likeliest onset: the offset now, its rate, when it began, and how sure."""

    offset: float
    per_day: float
    since_s: float
    z: float


class _Watcher:
    """The state between two looks: blocks that count as the probe's own past, and whether an alarm holds."""

    def __init__(self, rule: DriftRule, times_s: Array, serviced_s: list[float]) -> None:
        self._rule = rule
        self._serviced = serviced_s
        self._watched = _shapes(rule, rule.ramp_d, rule.step_d)
        whole_days = tuple(float(day) for day in range(2, int(rule.gap * rule.block_h / 24) + 1))
        self._onsets = _shapes(rule, whole_days, (1.0, 2.0))
        self._forget()

    def _forget(self) -> None:
        self._past: list[tuple[float, float, float]] = []
        self._recent: list[tuple[float, float, float]] = []
        self._base: _Baseline | None = None
        self._base_at = 0
        self._alarm: _Fit | None = None

    def look(self, at_s: float, value: float, level: float) -> Look:
        while self._serviced and at_s >= self._serviced[0]:
            self._serviced.pop(0)
            self._forget()
        self._recent.append((at_s, value, level))
        if self._alarm is not None:
            return self._held(at_s)
        while len(self._recent) > self._rule.gap:
            self._keep(self._recent.pop(0))
        base = self._baseline(at_s)
        fit = None if base is None else _likeliest(np.array(self._recent), base, *self._watched, self._rule)
        if fit is None:
            return Look(at_s=at_s, offset=float("nan"), since_s=None)
        if abs(fit.offset) >= self._rule.raise_at and abs(fit.z) >= self._rule.sure_z:
            assert base is not None
            fit = _likeliest(np.array(self._recent), base, *self._onsets, self._rule) or fit
            self._alarm, self._base = fit, base
            return Look(at_s=at_s, offset=fit.offset, since_s=fit.since_s, per_day=fit.per_day, z=fit.z)
        return Look(at_s=at_s, offset=fit.offset, since_s=None, per_day=fit.per_day, z=fit.z)

    def _keep(self, row: tuple[float, float, float]) -> None:
        if not np.isnan(row[1] + row[2]):
            self._past.append(row)
        self._base_at += 1

    def _held(self, at_s: float) -> Look:
        """Return the look while an alarm holds: the offset is a mean now, against the baseline of the beginning."""
        assert self._base is not None and self._alarm is not None
        rule = self._rule
        self._recent = self._recent[-rule.gap :]
        newest = self._base.residual(np.array(self._recent[-rule.blocks(rule.clear_d) :]))
        if np.isnan(newest).mean() > 0.5:
            return Look(at_s=at_s, offset=float("nan"), since_s=self._alarm.since_s)
        offset = float(np.nanmean(newest))
        if abs(offset) < rule.clear_at or offset * self._alarm.offset < 0:
            self._alarm, self._recent = None, self._recent[-rule.blocks(rule.clear_d) :]
            return Look(at_s=at_s, offset=offset, since_s=None)
        fit = _likeliest(np.array(self._recent), self._base, *self._watched, rule)
        rate = fit.per_day if fit is not None else 0.0
        z = fit.z if fit is not None else self._alarm.z
        return Look(at_s=at_s, offset=offset, since_s=self._alarm.since_s, per_day=rate, z=z)

    def _baseline(self, at_s: float) -> _Baseline | None:
        """Return the baseline of the past, made anew once a day."""
        rule = self._rule
        if self._base is not None and self._base_at < rule.blocks(1.0):
            return self._base
        self._base_at = 0
        self._past = [row for row in self._past[-rule.blocks(rule.gain_d) :] if row[0] > at_s - 2 * rule.gain_d * 86400]
        self._base = _baseline_of(np.array(self._past), rule) if len(self._past) >= rule.blocks(rule.least_d) else None
        return self._base


def _shapes(rule: DriftRule, ramp_d: Sequence[float], step_d: Sequence[float]) -> tuple[Array, Array, Array]:
    """Return each onset over the newest blocks, 1 now ``(onset, block)``, its days, and its growth a day."""
    ago = np.arange(rule.gap - 1, -1, -1.0) * rule.block_h / 24
    ramps = [np.clip(1 - ago / days, 0.0, None) for days in ramp_d]
    steps = [(ago < days).astype(np.float64) for days in step_d]
    rates = [*(1.0 / days for days in ramp_d), *(0.0 for _ in step_d)]
    return np.stack([*ramps, *steps]), np.array([*ramp_d, *step_d]), np.array(rates)


def _likeliest(rows: Array, base: _Baseline, shapes: Array, days: Array, rates: Array, rule: DriftRule) -> _Fit | None:
    """Return the onset that explains the newest blocks best; None where too many of them are missing."""
    shapes = shapes[:, -len(rows) :]
    residual = base.residual(rows)
    there = ~np.isnan(residual)
    weight = (shapes**2)[:, there].sum(axis=1)
    enough = weight >= 0.6 * (shapes**2).sum(axis=1)
    if not enough.any() or np.isnan(residual[-rule.blocks(1.0) :]).all():
        return None
    size = shapes[:, there] @ residual[there] / np.maximum(weight, 1e-9)
    z = np.where(enough, size * np.sqrt(weight) / base.wander, 0.0)
    best = int(np.argmax(np.abs(z)))
    offset, since_s = float(size[best]), float(rows[-1, 0] - days[best] * 86400)
    return _Fit(offset=offset, per_day=offset * float(rates[best]), since_s=since_s, z=float(z[best]))


def _baseline_of(past: Array, rule: DriftRule) -> _Baseline:
    """Return the line through blocks ``(block, [at_s, difference, level])``: gain from all, height from the recent."""
    level = past[:, 2] - past[:, 2].mean()
    # Ridge: a gain is believed only as far as the water moved; unmoved water says nothing of it.
    spread = float(level @ level) + len(past) * rule.gain_ridge**2
    gain = float(level @ (past[:, 1] - past[:, 1].mean())) / spread
    flat = past[:, 1] - gain * past[:, 2]
    height = float(np.median(flat[-rule.blocks(rule.baseline_d) :]))
    return _Baseline(height=height, gain=gain, wander=_wander(flat))


def _wander(flat: Array) -> float:
    """Return the square root of the long-run variance of differences, outliers pulled in, by an AR(1) model."""
    middle = np.median(flat)
    scale = max(1.4826 * float(np.median(np.abs(flat - middle))), 1e-3)
    pulled = np.clip(flat - middle, -_CLIP * scale, _CLIP * scale)
    pulled = pulled - pulled.mean()
    variance = max(float(pulled @ pulled) / len(pulled), scale**2 / 4)
    hangs = float(pulled[1:] @ pulled[:-1]) / len(pulled) / variance
    hangs = min(max(hangs, 0.0), 0.9)
    return float(np.sqrt(variance * (1 + hangs) / (1 - hangs)))
