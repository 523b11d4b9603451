"""Does a probe drift against its neighbours? Hourly differences in, an offset with its sign and its beginning out.

Fouling and ageing move a probe by hundredths a day, far less than tide and daylight move the water. What is left after
the neighbours are taken out is looked at over a tidal day (25 h: two semidiurnal tides), against the same probe weeks
before. An alarm freezes that baseline, so a drift is never learned as normal; a calibration starts it anew.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from cages.neighbours import expected, standing_offsets, trailing_median

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class DriftRule:
    """How a drift is told from the water, for hourly values of one quantity.

    Parameters
    ----------
    raise_at, clear_at
        Offset from the baseline that raises, and that clears, in the quantity's unit.
    noise_factor
        The offset must also be this many robust standard deviations of the probe's own past.
    look_h
        Span of one look: several tidal days average the water's own differences out. [h]
    block_h
        Time between looks. [h]
    confirm
        Looks in a row that must agree.
    gap_d, baseline_d
        The baseline ends `gap_d` before the look and is `baseline_d` long. [d]
    gain_d, gain_ridge
        The probe's gain against the others is learned over this span, and held to zero where the level of the water
        moved less than the ridge. [d, the quantity's unit]
    least_d
        Least length of usable baseline. [d]
    """

    raise_at: float
    clear_at: float
    noise_factor: float
    look_h: int
    block_h: int
    confirm: int
    gap_d: float
    baseline_d: float
    gain_d: float
    gain_ridge: float
    least_d: float

    def __post_init__(self) -> None:
        if not 0 < self.clear_at < self.raise_at or self.block_h < 1 or self.confirm < 1:
            raise ValueError("needs 0 < clear_at < raise_at, block_h >= 1 and confirm >= 1.")


@dataclass(frozen=True, kw_only=True)
class _Baseline:
    """What a probe's difference from its neighbours usually is at a level of the water."""

    height: float
    gain: float
    noise: float

    def at(self, level: float) -> float:
        return self.height + self.gain * level


@dataclass(frozen=True, kw_only=True)
class Look:
    """One look at a probe: `offset` from its baseline, and since when it has drifted (None: it does not)."""

    at_s: float
    offset: float
    since_s: float | None

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
    watcher = _Watcher(rule, sorted(serviced_s))
    rows = zip(
        times_s[:: rule.block_h],
        trailing_median(difference, rule.look_h)[:: rule.block_h],
        trailing_median(level, rule.look_h)[:: rule.block_h],
        strict=True,
    )
    return [watcher.look(float(at), float(apart), float(around)) for at, apart, around in rows]


class _Watcher:
    """The state between two looks: what was usable before, and whether an alarm holds."""

    def __init__(self, rule: DriftRule, serviced_s: list[float]) -> None:
        self._rule = rule
        self._serviced = serviced_s
        self._forget()

    def _forget(self) -> None:
        self._past: list[tuple[float, float, float]] = []
        self._frozen: _Baseline | None = None
        self._since: float | None = None
        self._agree: list[float] = []

    def look(self, at_s: float, value: float, level: float) -> Look:
        while self._serviced and at_s >= self._serviced[0]:
            self._serviced.pop(0)
            self._forget()
        if np.isnan(value) or np.isnan(level):
            return Look(at_s=at_s, offset=float("nan"), since_s=self._since)
        base = self._frozen or self._baseline(at_s)
        if base is None:
            self._past.append((at_s, value, level))
            return Look(at_s=at_s, offset=float("nan"), since_s=None)
        offset = value - base.at(level)
        self._step(at_s, value, level, offset, base)
        return Look(at_s=at_s, offset=offset, since_s=self._since)

    def _step(self, at_s: float, value: float, level: float, offset: float, base: _Baseline) -> None:
        if self._since is not None:
            if abs(offset) < self._rule.clear_at:
                self._frozen, self._since, self._agree = None, None, []
            return
        self._past.append((at_s, value, level))
        beyond = abs(offset) > max(self._rule.raise_at, self._rule.noise_factor * base.noise)
        if not beyond or (self._agree and offset * self._agree[-1] < 0):
            self._agree = []
        if beyond:
            self._agree.append(offset)
        if len(self._agree) >= self._rule.confirm:
            self._frozen, self._since = base, self._began(at_s, offset, base)

    def _began(self, at_s: float, offset: float, base: _Baseline) -> float:
        """Return when the offset left a quarter of what it is now for good, and forget what came after."""
        began = at_s
        while self._past and (self._past[-1][1] - base.at(self._past[-1][2])) / offset > 0.25:
            began = self._past.pop()[0]
        return began

    def _baseline(self, at_s: float) -> _Baseline | None:
        rule = self._rule
        newest = at_s - rule.gap_d * 86400
        while self._past and self._past[0][0] < newest - rule.gain_d * 86400:
            self._past.pop(0)
        count = bisect_right(self._past, newest, key=itemgetter(0))
        if count * rule.block_h < rule.least_d * 24:
            return None
        past = np.array(self._past[:count])
        return _baseline_of(past, newest - rule.baseline_d * 86400, rule)


def _baseline_of(past: Array, since_s: float, rule: DriftRule) -> _Baseline | None:
    """Return the line through looks ``(look, [at_s, difference, level])``: gain from all, height from the recent."""
    recent = past[past[:, 0] >= since_s]
    if len(recent) * rule.block_h < rule.least_d * 24:
        return None
    level = past[:, 2] - past[:, 2].mean()
    spread = float(level @ level)
    # Ridge: a gain is believed only as far as the water moved; unmoved water says nothing of it.
    gain = float(level @ (past[:, 1] - past[:, 1].mean())) / (spread + len(past) * rule.gain_ridge**2)
    flat = recent[:, 1] - gain * recent[:, 2]
    height = float(np.median(flat))
    return _Baseline(height=height, gain=gain, noise=1.4826 * float(np.median(np.abs(flat - height))))
