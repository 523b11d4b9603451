"""A forecast before there is a past: as wide as real water is, from physics or from neighbours."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from forecasting.model import coldstart
from forecasting.model.physics import saturation_mg_l
from forecasting.model.predictive import Predictive

RECORD = Path(__file__).parents[2] / "data" / "oxygen" / "apalachicola_cat_point_hourly.csv.gz"
LON_DEG = -84.9
SEED = 3


def physics(local_hour: float, temp: float, salt: float, last: float | None) -> Predictive:
    hours = (local_hour + np.arange(1.0, 49.0)) % 24
    return coldstart.oxygen_from_physics(hours, temp, salt, last, np.random.default_rng(SEED))


def test_physics_alone_holds_about_the_truth_it_promises() -> None:
    table = pd.read_csv(RECORD)
    times = pd.DatetimeIndex(pd.to_datetime(table.pop("time"), utc=True))
    columns = {name: table[name].to_numpy(dtype=float) for name in ("y", "temp", "sal")}
    inside: dict[bool, list[float]] = {True: [], False: []}
    for origin in range(500, len(times) - 48, 331):
        temp, salt, last = (columns[name][origin - 1] for name in ("temp", "sal", "y"))
        if not np.isfinite([temp, salt, last]).all():
            continue
        clock = (times[origin - 1].hour + LON_DEG / 15) % 24
        truth = columns["y"][origin : origin + 48]
        for read in (True, False):
            fan = physics(clock, temp, salt, last if read else None).quantiles([0.1, 0.9])
            hit = (truth >= fan[:, 0]) & (truth <= fan[:, 1])
            inside[read] += list(hit[np.isfinite(truth)].astype(float))
    assert len(inside[True]) > 1000
    for read, hits in inside.items():
        assert 0.72 < np.mean(hits) < 0.92, (read, np.mean(hits))


def test_reading_narrows_the_first_hours_and_draws_them_to_itself() -> None:
    blind, seen = physics(3, 28, 20, None), physics(3, 28, 20, 3.0)
    wide, narrow = blind.quantiles([0.1, 0.5, 0.9]), seen.quantiles([0.1, 0.5, 0.9])
    assert narrow[0, 2] - narrow[0, 0] < 0.7 * (wide[0, 2] - wide[0, 0])
    assert abs(narrow[0, 1] - 3.0) < 0.6
    away = np.abs(narrow[:, 1] - 3.0)
    assert np.all(away[24:] > away[:24])  # same hours a day later: back towards the usual


@pytest.mark.parametrize(("temp", "salt"), [(-5.0, 60.0), (45.0, 0.0), (12.0, 35.0)])
def test_oxygen_is_never_negative_and_stays_near_saturation(temp: float, salt: float) -> None:
    full = float(saturation_mg_l(np.array([temp]), np.array([salt]))[0])
    paths = physics(0, temp, salt, None).paths(200, np.random.default_rng(SEED))
    assert paths.min() >= 0
    assert 0.5 * full < np.median(paths) < 1.2 * full


def test_neighbours_are_widened_and_shifted_to_the_cages_own_level() -> None:
    neighbour = physics(3, 28, 20, 5.0)
    own = coldstart.from_neighbours([neighbour, neighbour], 4.0, 5.0)
    theirs, ours = neighbour.quantiles([0.1, 0.5, 0.9]), own.quantiles([0.1, 0.5, 0.9])
    assert np.all(ours[:, 2] - ours[:, 0] > theirs[:, 2] - theirs[:, 0])
    assert ours[0, 1] - theirs[0, 1] == pytest.approx(-1.0, abs=0.1)
    assert abs(ours[-1, 1] - theirs[-1, 1]) < 0.5
