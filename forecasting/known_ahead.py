"""What is known ahead (a forecast wind, a timetable) corrects the linear forecast lead by lead."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from forecasting.harmonics import Floats
from forecasting.history import Hourly, Kind, fill_gaps
from forecasting.ridge import Fit

PENALTY = 150.0
"""Ridge penalty in units of standardised cases."""
WIND_NAMES = ("wind", "wspd", "wind_mps", "wind_speed", "ws")
WIND_ERROR_MPS = 2.0
"""Error of a forecast wind at 24 h, added to the measured wind that is learned from: a perfect past would be trusted
too much (root mean square of operational models in these seas). [m/s]"""
ERROR_MEMORY_H = 6.0
"""How long an error of forecast wind holds. [h]"""
LEAST_CASES = 24


@dataclass(frozen=True, kw_only=True)
class KnownAhead:
    """A correction by lead, linear in what is known ahead.

    Parameters
    ----------
    names
        Covariates it needs ahead.
    centre, spread
        Of its inputs, shape ``(lead, input)``.
    slope
        Shape ``(lead, input)``.
    offset
        Shape ``(lead,)``.
    """

    kind: Kind
    names: tuple[str, ...]
    centre: Floats
    spread: Floats
    slope: Floats
    offset: Floats

    def correction(self, series: Hourly, late: int, course: Floats) -> Floats:
        """Return what to add to the linear forecast by lead; zero beyond what is known, shape ``(lead,)``."""
        out = np.zeros(len(self.offset))
        whole = {
            n: np.concatenate([fill_gaps(series.covariates[n]), series.future.get(n, np.empty(0))]) for n in self.names
        }
        origin = len(series.y) - 1 - late
        for lead in range(1, len(out) + 1):
            if origin + lead >= min(len(column) for column in whole.values()):
                break
            row = np.concatenate([inputs(whole[n], np.array([origin]), lead, n)[0] for n in self.names])
            row = np.append(row, course[lead - 1])
            if np.isfinite(row).all():
                k = lead - 1
                out[k] = self.offset[k] + ((row - self.centre[k]) / self.spread[k]) @ self.slope[k]
        return out


def inputs(column: Floats, origins: "np.ndarray[tuple[int], np.dtype[np.int64]]", lead: int, name: str) -> Floats:
    """Return what one covariate says of one lead: then, around then, on the way, and now, shape ``(origin, 5)``."""
    values = np.log1p(np.maximum(column, 0)) if is_wind(name) else column
    total = np.concatenate([[0.0], np.cumsum(values)])
    there = origins + lead

    def mean(first: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> Floats:
        start = np.maximum(first, 0)
        result: Floats = (total[there + 1] - total[start]) / (there + 1 - start)
        return result

    now = values[origins]
    return np.column_stack(
        [values[there] - now, mean(there - 5) - now, mean(there - 11) - now, mean(origins + 1) - now, now]
    )


def is_wind(name: str) -> bool:
    """Return whether a column's name says that it is a wind speed."""
    return name.lower() in WIND_NAMES


def fit_known_ahead(series: Hourly, kind: Kind, fitted: Fit) -> tuple[KnownAhead | None, Floats]:
    """Return the correction for the covariates known ahead, None without any, and the errors left after it."""
    names = tuple(sorted(set(series.future) & set(series.covariates)))
    if not names:
        return None, fitted.error
    whole = noisy({name: fill_gaps(series.covariates[name]) for name in names})
    leads = fitted.error.shape[1]
    left = fitted.error.copy()
    parts: list[tuple[Floats, Floats, Floats, float]] = []
    for lead in range(1, leads + 1):
        rows = np.flatnonzero(np.isfinite(fitted.error[:, lead - 1]) & (fitted.origins + lead < len(series.y)))
        origins = fitted.origins[rows]
        size = 5 * len(names) + 1
        if len(rows) < LEAST_CASES:
            parts.append((np.zeros(size), np.ones(size), np.zeros(size), 0.0))
            continue
        x = np.column_stack([*(inputs(whole[n], origins, lead, n) for n in names), fitted.unseen[rows, lead - 1]])
        parts.append(_small_ridge(x, fitted.error[rows, lead - 1]))
        centre, wide, slope, offset = parts[-1]
        left[rows, lead - 1] -= offset + ((x - centre) / wide) @ slope
    model = KnownAhead(
        kind=kind,
        names=names,
        centre=np.stack([part[0] for part in parts]),
        spread=np.stack([part[1] for part in parts]),
        slope=np.stack([part[2] for part in parts]),
        offset=np.array([part[3] for part in parts]),
    )
    return model, left


def noisy(columns: Mapping[str, Floats]) -> dict[str, Floats]:
    """Return winds with the error that a forecast wind has; other columns are taken to be known as they are."""
    out = {}
    for name, column in columns.items():
        if not is_wind(name):
            out[name] = column
            continue
        keep = np.exp(-1 / ERROR_MEMORY_H)
        steps = np.random.default_rng(len(column)).standard_normal(len(column)) * np.sqrt(1 - keep**2)
        error = np.empty(len(column))
        held = 0.0
        for hour, step in enumerate(steps):
            held = keep * held + step
            error[hour] = held
        out[name] = np.maximum(column + WIND_ERROR_MPS * error, 0.0)
    return out


def _small_ridge(x: Floats, y: Floats) -> tuple[Floats, Floats, Floats, float]:
    centre, wide = x.mean(axis=0), x.std(axis=0)
    wide[wide < 1e-9] = 1.0
    scaled = (x - centre) / wide
    offset = float(y.mean())
    slope = np.linalg.solve(scaled.T @ scaled + PENALTY * np.eye(x.shape[1]), scaled.T @ (y - offset))
    return centre, wide, slope, offset
