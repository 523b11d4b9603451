"""Past hours like this one, and how wrong the linear forecast was after them (analog ensemble).

Delle Monache et al. 2013, doi:10.1175/MWR-D-12-00281.1, with the linear forecast itself as the predictor.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from forecasting.model.predictive import LEVELS
from forecasting.series.features import Design
from forecasting.series.harmonics import Floats, waves
from forecasting.series.history import Kind

NEIGHBOURS: dict[Kind, int] = {"oxygen": 120, "wave": 300, "wind": 300}
"""Analogs that one forecast draws on where there are enough: days of oxygen repeat themselves, seas less so."""
LEAST = 30
"""Fewer analogs than this are not trusted."""
APART_H = 96
"""Analogs nearer in time than this to a case under test are left out: they share its weather. [h]"""
CLOCKS: dict[Kind, tuple[str, ...]] = {"oxygen": ("D1", "M2"), "wave": ("D1",), "wind": ("D1",)}
STATE_WEIGHT, TREND_WEIGHT, STEP_WEIGHT = 0.7, 0.6, 0.4
"""Weights of clock and state, of the forecast's own course, and of the last hours' change, in standard deviations."""
STATES = ("lag0", "mean48", "mean168", "mean24", "mean240", "unrest24", "year.cos", "year.sin")
STEPS = ("lag1", "lag3", "lag6", "lag12")
COURSE_LEADS = (6, 12, 18, 24, 36, 48)


@dataclass(frozen=True, kw_only=True)
class Library:
    """Past cases: coordinates ``(case, coordinate)``, hours, errors ``(case, lead)``; `scale` divides coordinates.

    `neighbours` is how many of them one forecast draws on.
    """

    hours: Floats
    coordinates: Floats
    scale: Floats
    error: Floats
    neighbours: int

    def at(self, leads: NDArray[np.int64]) -> "Library":
        """Return the same cases with the errors of some leads."""
        return replace(self, error=self.error[:, leads])

    def thinned(self, count: int, places: Floats) -> "Library":
        """Return the `count` cases most like some hours, the same number for each hour.

        Parameters
        ----------
        places
            What `coordinates` says of those hours, shape ``(hour, coordinate)``.
        """
        if len(self.hours) <= count:
            return self
        nearest = np.argsort(distances(self, places), axis=1)[:, :count]
        in_turn = nearest.T.ravel()  # the nearest of every hour, then the second nearest...
        _, first = np.unique(in_turn, return_index=True)
        chosen = np.sort(in_turn[np.sort(first)[:count]])
        return replace(self, hours=self.hours[chosen], coordinates=self.coordinates[chosen], error=self.error[chosen])


def distances(book: Library, places: Floats) -> NDArray[np.float32]:
    """Return the square of how unlike places and cases are, shape ``(place, case)``."""
    here, there = (places / book.scale).astype(np.float32), book.coordinates.astype(np.float32)
    square: NDArray[np.float32] = np.square(here).sum(axis=1)[:, None] + np.square(there).sum(axis=1)
    square -= 2 * (here @ there.T)
    np.maximum(square, 0, out=square)
    return square


def coordinates(kind: Kind, features: Design, time_h: Floats, rows: NDArray[np.int64], course: Floats) -> Floats:
    """Return what makes two hours alike, in weighted units before scaling, shape ``(row, coordinate)``.

    Parameters
    ----------
    course
        The linear forecast from each row, shape ``(row, lead)``.
    """
    level = features.column("lag0")[rows]
    columns = [STATE_WEIGHT * c for c in waves(time_h[rows], CLOCKS[kind]).T]
    columns += [STATE_WEIGHT * features.column(name)[rows] for name in STATES if name in features.names]
    leads = [lead for lead in COURSE_LEADS if lead <= course.shape[1]] or [course.shape[1]]
    columns += [TREND_WEIGHT * (course[:, lead - 1] - level) for lead in leads]
    columns += [STEP_WEIGHT * (level - features.column(name)[rows]) for name in STEPS if name in features.names]
    return np.column_stack(columns)


def coordinate_weights(kind: Kind, features: Design, horizon: int) -> Floats:
    """Return the weight that each coordinate of `coordinates` carries."""
    state = 2 * len(CLOCKS[kind]) + sum(name in features.names for name in STATES)
    course = len([lead for lead in COURSE_LEADS if lead <= horizon]) or 1
    step = sum(name in features.names for name in STEPS)
    return np.concatenate([np.full(state, STATE_WEIGHT), np.full(course, TREND_WEIGHT), np.full(step, STEP_WEIGHT)])


def library(
    kind: Kind, features: Design, time_h: Floats, origins: NDArray[np.int64], course: Floats, error: Floats
) -> Library:
    """Return the cases of a fitted linear model: its forecasts and errors on blocks it had not seen."""
    raw = coordinates(kind, features, time_h, origins, course)
    spread = raw.std(axis=0)
    weights = coordinate_weights(kind, features, course.shape[1])
    scale = np.where(spread > 1e-9, spread / weights, np.inf)
    return Library(
        hours=time_h[origins],
        coordinates=raw / scale,
        scale=scale,
        error=error,
        neighbours=min(NEIGHBOURS[kind], max(LEAST, len(origins) // 4)),
    )


@dataclass(frozen=True, kw_only=True)
class Likeness:
    """The cases most like one hour, nearest first, and their weights."""

    cases: NDArray[np.int64]
    weights: Floats


def most_alike(book: Library, places: Floats, hours: Floats | None) -> list[Likeness]:
    """Return the most alike cases of each place; with `hours` given, cases near it in time are left out (for tests).

    Parameters
    ----------
    places
        What `coordinates` says of some hours, shape ``(place, coordinate)``.
    hours
        When they were, shape ``(place,)``. [h]
    """
    unlike = distances(book, places)
    if hours is not None:
        unlike[np.abs(book.hours - hours[:, None]) < APART_H] = np.inf
    return [_nearest(row, book.neighbours) for row in unlike]


def _nearest(unlike: NDArray[np.float32], neighbours: int) -> Likeness:
    count = min(neighbours, int(np.isfinite(unlike).sum()))
    nearest = np.argpartition(unlike, count - 1)[:count] if count else np.empty(0, dtype=np.int64)
    nearest = nearest[np.argsort(unlike[nearest])]
    half = np.median(unlike[nearest]) if count else 1.0
    return Likeness(cases=nearest, weights=np.exp(-0.5 * unlike[nearest] / max(half, 1e-12)))


def error_table(book: Library, alike: Likeness, fallback: Floats) -> Floats:
    """Return weighted quantiles of the analogs' errors at `LEVELS`, shape ``(level, lead)``.

    Parameters
    ----------
    fallback
        Table for leads with fewer than `LEAST` known errors, same shape.
    """
    error = book.error[alike.cases]
    known = np.isfinite(error)
    order = np.argsort(np.where(known, error, np.inf), axis=0)
    ordered = np.take_along_axis(error, order, axis=0)
    weight = np.where(known, alike.weights[:, None], 0.0)[order, np.arange(error.shape[1])]
    reached = np.cumsum(weight, axis=0)
    total = reached[-1] if len(reached) else np.zeros(error.shape[1])
    out = fallback.copy()
    for lead in np.flatnonzero(known.sum(axis=0) >= LEAST):
        count = int(known[:, lead].sum())
        where = (reached[:count, lead] - 0.5 * weight[:count, lead]) / total[lead]
        out[:, lead] = np.interp(LEVELS, where, ordered[:count, lead])
    return out


def trajectories(book: Library, alike: Likeness) -> Floats:
    """Return whole error trajectories ``(case, lead)``: of the analogs where at least `LEAST` are whole."""
    near = book.error[alike.cases]
    whole = near[np.isfinite(near).all(axis=1)]
    if len(whole) >= LEAST:
        return whole
    every = book.error[np.isfinite(book.error).all(axis=1)]
    return every if len(every) >= LEAST else np.where(np.isfinite(book.error), book.error, 0.0)
