"""What a model may know at each hour: one row of numbers made only of that hour and those before it."""

from dataclasses import dataclass

import numpy as np

from forecasting.series.harmonics import PERIOD_H, YEAR_H, Floats, demodulate, smooth, waves
from forecasting.series.history import Hourly, Kind, fill_gaps
from forecasting.series.scale import to_model

SEASON_HOURS = 300 * 24
"""A yearly cycle is learned only from a history of about a year or more."""
LEAST_UNREST = 0.01
"""Hourly change below which a series counts as still, on its model's scale."""
LOGGED = {"tz", "tp", "tm", "hmax", "tp_s", "tz_s", "hs_m", "hmax_m", "dpd", "apd", "mwp", "pp1d", "vtpk", "vtm10"}
"""Covariates of waves whose logarithm is closer to linear in log height."""


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Which features a kind of series gets; hours and names of periods.

    Parameters
    ----------
    anchor_lags
        The first so many lags, 0, 1, 2..., carry the autoregression that the linear forecast shrinks towards.
    still_h
        How strongly that one is believed to be persistence while the past is short, see `ridge.iterated`. [h]
    """

    lags: tuple[int, ...]
    means_h: tuple[float, ...]
    rhythm: tuple[str, ...]
    rhythm_memory_h: tuple[float, ...]
    clock: tuple[str, ...]
    covariate_means_h: tuple[float, ...]
    anchor_lags: int
    still_h: float


LAYOUTS: dict[Kind, Layout] = {
    "oxygen": Layout(
        lags=tuple(range(49)),
        means_h=(12, 48, 168, 720),
        rhythm=("D1", "M2", "S2", "O1", "M4"),
        rhythm_memory_h=(240,),
        clock=("D1", "S2", "M2", "O1", "N2", "M4", "D3"),
        covariate_means_h=(),
        anchor_lags=26,
        still_h=200,
    ),
    "wave": Layout(
        lags=(*range(26), 36, 48),
        means_h=(6, 24, 72, 240, 720),
        rhythm=(),
        rhythm_memory_h=(),
        clock=("D1",),
        covariate_means_h=(12,),
        anchor_lags=26,
        still_h=4000,
    ),
    "wind": Layout(
        lags=(*range(26), 48),
        means_h=(6, 24, 72, 240, 720),
        rhythm=("D1", "S2"),
        rhythm_memory_h=(240,),
        clock=("D1", "S2"),
        covariate_means_h=(12,),
        anchor_lags=26,
        still_h=4000,
    ),
}


@dataclass(frozen=True, kw_only=True)
class Design:
    """Features of every hour, shape ``(time, feature)``, with their names."""

    rows: Floats
    names: tuple[str, ...]

    def column(self, name: str) -> Floats:
        """Return one feature over time."""
        return self.rows[:, self.names.index(name)]


def design(series: Hourly, kind: Kind, *, seasonal: bool) -> Design:
    """Return the features of each hour of a series.

    Gaps in ``y`` are bridged by straight lines first, so a hole inside the past leans on both its sides; nothing
    after the last hour is ever read.
    """
    layout = LAYOUTS[kind]
    level = fill_gaps(to_model(series.y, kind))
    columns: dict[str, Floats] = {}
    for lag in layout.lags:
        columns[f"lag{lag}"] = shifted(level, lag)
    for memory_h in layout.means_h:
        columns[f"mean{memory_h:g}"] = smooth(level, memory_h)
    fast = level - smooth(level, 72.0)
    unrest = np.sqrt(smooth(np.square(np.diff(level, prepend=level[0])), 24.0))
    columns["unrest24"] = np.log(unrest + LEAST_UNREST)
    for memory_h in layout.rhythm_memory_h:
        for name in layout.rhythm:
            turned = demodulate(fast, PERIOD_H[name], memory_h)
            columns[f"{name}.{memory_h:g}.re"], columns[f"{name}.{memory_h:g}.im"] = turned.real, turned.imag
    columns |= _clock(series.time_h, layout.clock, seasonal=seasonal)
    columns |= _covariates(series, kind, layout)
    return Design(rows=np.column_stack(list(columns.values())), names=tuple(columns))


def shifted(values: Floats, lag: int) -> Floats:
    """Return the series `lag` hours late, its first value held."""
    return values if lag == 0 else np.concatenate([np.full(min(lag, len(values)), values[0]), values[:-lag]])


def _clock(time_h: Floats, names: tuple[str, ...], *, seasonal: bool) -> dict[str, Floats]:
    turning = waves(time_h, names)
    columns = {
        f"{name}.{part}": turning[:, 2 * i + j] for i, name in enumerate(names) for j, part in enumerate(("cos", "sin"))
    }
    if seasonal:
        phase = 2 * np.pi * time_h / YEAR_H
        columns |= {"year.cos": np.cos(phase), "year.sin": np.sin(phase)}
    return columns


def _covariates(series: Hourly, kind: Kind, layout: Layout) -> dict[str, Floats]:
    columns = {}
    for name, raw in sorted(series.covariates.items()):
        known = fill_gaps(raw)
        values = np.log(np.maximum(known, 0.05)) if kind == "wave" and name.lower() in LOGGED else known
        columns[f"{name}.now"] = values
        for memory_h in layout.covariate_means_h:
            columns[f"{name}.mean{memory_h:g}"] = smooth(values, memory_h)
    return columns
