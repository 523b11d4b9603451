"""What is known ahead (a forecast wind, a timetable) corrects the linear forecast lead by lead."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from forecasting.model.growth import BASINS, grown, sheltered
from forecasting.model.ridge import Fit
from forecasting.series.columns import centre_and_spread
from forecasting.series.harmonics import Floats
from forecasting.series.history import Hourly, Kind, fill_gaps
from forecasting.series.scale import from_model, to_model
from forecasting.series.winds import WIND

PENALTY = 150.0
"""Ridge penalty in units of standardised cases."""
WIND_ERROR_MPS = 2.0
"""Error of a forecast wind at 24 h, added to the measured wind that is learned from: a perfect past would be trusted
too much (root mean square of operational models in these seas). [m/s]"""
ERROR_MEMORY_H = 6.0
"""How long an error of forecast wind holds. [h]"""
LEAST_CASES = 24
"""Below so many cases of a lead nothing is learned there."""
OUTLOOK_INPUTS = (2, 5, len(BASINS), 3)
"""Inputs of the course, of each column, of the sea grown by the wind in each basin, and of the wind's force and use."""
BLOCKS = 4
"""Blocks of time, each forecast by a correction that has not seen it."""
BEYOND, BEYOND_SPREAD = 0.35, 0.3
"""What a rise beyond any in the past adds to `BELIEF`, and to the spread, as shares of the excess: nothing was learned
there and learned slopes stop, so of the excess 1.2 is followed and a third is doubted (ours, not fitted)."""
BELIEF, BELIEF_H = 0.85, 3.0
"""Share of the physical growth that is believed before any case, and the lead by which most of it counts. [-], [h]"""
SHELTER, SHELTER_H = 0.35, 9.0
"""Share of `growth.sheltered` by which that growth is believed less, and the lead by which most of it counts: between
what a buoy in the Gulf of Maine and records of typhoons of 2010 to 2014 off China teach. [-], [h]"""


@dataclass(frozen=True, kw_only=True)
class KnownAhead:
    """A correction by lead, linear in what is known ahead, on top of what physics lets one believe.

    Parameters
    ----------
    names
        Covariates it needs ahead.
    centre, spread
        Of its inputs, shape ``(lead, input)``.
    slope
        Shape ``(lead, input)``.
    offset, reach, risen
        Shape ``(lead,)``; inputs are held within `reach` spreads of their centre, as far as the past went: beyond it
        only physics speaks, for a line through light winds may point anywhere in a gale. `risen` is the most that
        physics ever stood above the linear forecast in that past.
    """

    kind: Kind
    names: tuple[str, ...]
    centre: Floats
    spread: Floats
    slope: Floats
    offset: Floats
    reach: Floats
    risen: Floats

    def correction(self, series: Hourly, late: int, course: Floats) -> tuple[Floats, Floats]:
        """Return what to add to the linear forecast and to its spread by lead, zero beyond what is known."""
        out, doubt = np.zeros(len(self.offset)), np.zeros(len(self.offset))
        origin = len(series.y) - 1 - late
        known_until = min(len(series.y) - 1 + _known_hours(series.future.get(n)) for n in self.names)
        leads = min(len(out), known_until - origin)
        if leads < 1:
            return out, doubt
        whole = {n: fill_gaps(_joined(series, n)) for n in self.names}
        level = fill_gaps(to_model(series.y[: origin + 1], self.kind))
        seen = _Outlook(
            self.kind, whole, np.array([origin]), level, course[None, :leads], blind=WIND not in series.covariates
        )
        for k in range(leads):
            row = np.clip((seen.inputs(k + 1)[0] - self.centre[k]) / self.spread[k], -self.reach[k], self.reach[k])
            beyond = max(0.0, float(seen.rise(k + 1)[0] - self.risen[k]))
            out[k] = self.offset[k] + row @ self.slope[k] + seen.belief(k + 1)[0] + BEYOND * beyond
            doubt[k] = BEYOND_SPREAD * beyond
        return np.where(np.isfinite(out), out, 0.0), doubt


class _Outlook:
    """What the known-ahead columns say from some origins, by lead.

    Parameters
    ----------
    whole
        Columns over the past and the hours ahead, without gaps.
    past
        The series on the model's scale without gaps, at least up to the last origin, shape ``(time,)``.
    course
        Linear forecast from each origin, shape ``(origin, lead)``.
    measured
        Columns as they were measured, for what is known at the origin; `whole` where None.
    blind
        The wind of the past was not measured.
    """

    def __init__(
        self,
        kind: Kind,
        whole: Mapping[str, Floats],
        origins: NDArray[np.int64],
        past: Floats,
        course: Floats,
        *,
        measured: Mapping[str, Floats] | None = None,
        blind: bool = False,
    ) -> None:
        self.origins, self.level, self.course = origins, past[origins], course
        self.values = {n: _scaled(n, c) for n, c in whole.items()}
        self.now = {n: _scaled(n, c)[origins] for n, c in (measured or whole).items()}
        self.total = {n: np.concatenate([[0.0], np.cumsum(c)]) for n, c in self.values.items()}
        self.wind: Floats | None = None
        self.sea: list[Floats] = []
        self.unused = np.zeros(len(origins))
        if kind == "wave" and WIND in whole:
            hours = origins[:, None] + np.arange(1, course.shape[1] + 1)
            self.wind = whole[WIND][np.minimum(hours, len(whole[WIND]) - 1)]
            start = from_model(self.level, kind)
            self.sea = [to_model(grown(start, self.wind, basin), kind) for basin in BASINS]
            if not blind:
                self.unused = sheltered(from_model(past, kind), (measured or whole)[WIND], origins)

    def inputs(self, lead: int) -> Floats:
        """Return everything that bears on one lead, shape ``(origin, input)``."""
        course = self.course[:, lead - 1]
        columns = [course, course - self.level]
        for name in self.values:
            columns += self._around(name, lead)
        columns += [sea[:, lead - 1] - course for sea in self.sea]
        if self.wind is not None:
            on_the_way = self.wind[:, :lead]
            columns += [np.square(on_the_way.max(axis=1)), np.square(on_the_way[:, -6:].mean(axis=1)), self.unused]
        return np.column_stack(columns)

    def _around(self, name: str, lead: int) -> list[Floats]:
        """Return what one column says of a lead: then, around then, on the way, and now."""
        values, there, now = self.values[name], self.origins + lead, self.now[name]

        def mean(first: NDArray[np.int64]) -> Floats:
            start = np.maximum(first, 0)
            result: Floats = (self.total[name][there + 1] - self.total[name][start]) / (there + 1 - start)
            return result

        return [
            values[there] - now, mean(there - 5) - now, mean(there - 11) - now, mean(self.origins + 1) - now, now,
        ]  # fmt: skip

    def rise(self, lead: int) -> Floats:
        """Return how far the sea that the wind grows stands above the linear forecast, shape ``(origin,)``."""
        if not self.sea:
            return np.zeros(len(self.origins))
        rise: Floats = np.mean([sea[:, lead - 1] for sea in self.sea], axis=0) - self.course[:, lead - 1]
        return rise

    def belief(self, lead: int) -> Floats:
        """Return the correction that physics makes before anything is learned, shape ``(origin,)``."""
        growth, shelter = 1 - np.exp(-lead / BELIEF_H), 1 - np.exp(-lead / SHELTER_H)
        belief: Floats = BELIEF * growth * self.rise(lead) - SHELTER * shelter * self.unused
        return belief


def _scaled(name: str, column: Floats) -> Floats:
    """Return a column as the ridge reads it: of wind the logarithm, for heights are modelled on that scale too."""
    return np.log1p(np.maximum(column, 0)) if name == WIND else column


def _joined(series: Hourly, name: str) -> Floats:
    """Return a column over the past and the hours known ahead; a past nobody measured is unknown."""
    past = series.covariates.get(name, np.full(len(series.y), np.nan))
    return np.concatenate([past, series.future.get(name, np.empty(0))])


def _known_hours(column: Floats | None) -> int:
    """Return how many hours ahead a column reaches: up to its last known value. [h]"""
    if column is None or not np.isfinite(column).any():
        return 0
    return int(np.flatnonzero(np.isfinite(column))[-1]) + 1


def fit_known_ahead(series: Hourly, kind: Kind, fitted: Fit, level: Floats) -> tuple[KnownAhead | None, Floats, Floats]:
    """Return the correction for the covariates known ahead, with what it would have said without having seen the case.

    Parameters
    ----------
    level
        The series on the model's scale without gaps, shape ``(time,)``.

    Returns
    -------
    tuple
        None where nothing is known ahead; the corrected course and the error left, ``(origin, lead)`` each.
    """
    course, error = fitted.unseen.copy(), fitted.error.copy()
    leads = error.shape[1]
    names = tuple(sorted(set(series.future) & set(series.covariates)))
    if kind == "wave" and WIND in series.future and WIND not in names:
        return _believed(kind, leads), course, error
    if not names:
        return None, course, error
    clean = {n: np.pad(fill_gaps(series.covariates[n]), (0, leads), mode="edge") for n in names}
    seen = _Outlook(kind, noisy(clean), fitted.origins, level, fitted.unseen, measured=clean)
    parts, risen = [], []
    for lead in range(1, leads + 1):
        told = fitted.origins + lead < len(series.y)
        usable = np.isfinite(error[:, lead - 1]) & told
        x, belief, rise = seen.inputs(lead), seen.belief(lead), seen.rise(lead)
        risen.append(float(rise[usable].max()) if usable.any() else 0.0)
        part, unseen = _one_lead(x, error[:, lead - 1] - belief, usable)
        parts.append(part)
        change = np.where(told, belief + unseen, 0.0)
        course[:, lead - 1] += change
        error[:, lead - 1] -= change
    return _stacked(kind, names, parts, np.array(risen)), course, error


class _Part(NamedTuple):
    """The ridge of one lead; arrays of shape ``(input,)``, see `KnownAhead`."""

    centre: Floats
    spread: Floats
    slope: Floats
    offset: float
    reach: float

    def told(self, x: Floats) -> Floats:
        """Return the correction at some inputs ``(row, input)``, none of them taken further than the past went."""
        change: Floats = self.offset + np.clip((x - self.centre) / self.spread, -self.reach, self.reach) @ self.slope
        return change


def _one_lead(x: Floats, y: Floats, usable: NDArray[np.bool_]) -> tuple[_Part, Floats]:
    """Return the ridge of one lead, and what ridges that had not seen a row's block say of it, shape ``(origin,)``.

    Where those make the error no smaller, the columns are of no use at this lead and the ridge is zero.
    """
    unseen = np.zeros(len(y))
    none = np.zeros(x.shape[1])
    nothing = _Part(centre=x.mean(axis=0), spread=none + 1, slope=none, offset=0.0, reach=0.0)
    if usable.sum() < LEAST_CASES:
        return nothing, unseen
    block = np.arange(len(y)) * BLOCKS // len(y)
    for one in range(BLOCKS):
        rows = usable & (block != one)
        if rows.sum() >= LEAST_CASES:
            unseen[block == one] = _small_ridge(x[rows], y[rows]).told(x[block == one])
    if np.square(y - unseen)[usable].sum() >= np.square(y)[usable].sum():
        return nothing, np.zeros(len(y))
    return _small_ridge(x[usable], y[usable]), unseen


def _stacked(kind: Kind, names: tuple[str, ...], parts: list[_Part], risen: Floats) -> KnownAhead:
    return KnownAhead(
        kind=kind,
        names=names,
        centre=np.stack([part.centre for part in parts]),
        spread=np.stack([part.spread for part in parts]),
        slope=np.stack([part.slope for part in parts]),
        offset=np.array([part.offset for part in parts]),
        reach=np.array([part.reach for part in parts]),
        risen=risen,
    )


def _believed(kind: Kind, leads: int) -> KnownAhead:
    """Return the correction by wind ahead where its past was never measured: physics alone."""
    width = sum(OUTLOOK_INPUTS)
    none = np.zeros((leads, width))
    zero = np.zeros(leads)
    return KnownAhead(
        kind=kind, names=(WIND,), centre=none, spread=none + 1, slope=none, offset=zero, reach=zero, risen=zero
    )


def noisy(columns: Mapping[str, Floats]) -> dict[str, Floats]:
    """Return winds with the error that a forecast wind has; other columns are taken to be known as they are."""
    out = dict(columns)
    if WIND in out:
        column = out[WIND]
        keep = np.exp(-1 / ERROR_MEMORY_H)
        steps = np.random.default_rng(len(column)).standard_normal(len(column)) * np.sqrt(1 - keep**2)
        error = lfilter([1.0], [1.0, -keep], steps)
        out[WIND] = np.maximum(column + WIND_ERROR_MPS * error, 0.0)
    return out


def _small_ridge(x: Floats, y: Floats) -> _Part:
    """Return the ridge of what the linear forecast missed at one lead; inputs ``(row, input)``, misses ``(row,)``."""
    centre, spread = centre_and_spread(x)
    scaled = (x - centre) / spread
    offset = float(y.mean())
    gram = scaled.T @ scaled + PENALTY * np.eye(x.shape[1])
    slope = np.asarray(np.linalg.solve(gram, scaled.T @ (y - offset)), dtype=np.float64)
    reach = float(np.median(np.abs(scaled).max(axis=0)))
    return _Part(centre=centre, spread=spread, slope=slope, offset=offset, reach=reach)
