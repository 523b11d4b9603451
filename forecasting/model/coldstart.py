"""A forecast before there is a past: from neighbours where there are any, else from physics, as wide as it must be."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from forecasting.model.physics import saturation_mg_l
from forecasting.model.predictive import LEVELS, Predictive, ranked
from forecasting.series.harmonics import Floats

NEIGHBOUR_SPREAD = 1.5
"""A neighbour's spread is widened by half: cages of one site differ (ours, not fitted)."""
USUAL_SATURATION = 0.87
SATURATION_SPREAD = 0.14
"""Mean and standard deviation of relative saturation, fitted on the record of tests/data/oxygen (Apalachicola Cat
Point, two years, 15,596 hours); one estuary, so an operator's own months replace them as soon as there are any."""
DAY_SHARE = 0.04
PEAK_SOLAR_HOUR = 16.7
"""Half the daily swing of relative saturation and its solar hour, fitted by least squares there. [-], [h]"""
SLOW_SHARE, SLOW_H, FAST_H = 0.66, 150.0, 2.0
"""How long a single reading tells something: autocorrelation of the anomaly of relative saturation in the same record,
0.86 after 1 h, 0.64 after 12 h, 0.51 after 48 h, 0.44 after 72 h, as two exponentials. [-], [h], [h]"""
MEMORY_H = 18.0
"""Memory that joins the leads of a path into a first-order process, between the two above; ours, not fitted. [h]"""


def from_neighbours(neighbours: Sequence[Predictive], last: float | None, usual: float | None) -> Predictive:
    """Return the mean of neighbours' fans, widened, drawn towards the cage's own last value at short leads.

    Parameters
    ----------
    last
        Newest good value of the cage itself on the model's scale, None without any.
    usual
        The neighbours' newest value on that scale, for the offset between the cages; None without any.
    """
    horizon = min(n.horizon for n in neighbours)
    table = np.mean([n.table[:, :horizon] for n in neighbours], axis=0)
    middle = np.median(table, axis=0)
    offset = 0.0 if last is None or usual is None else last - usual
    fade = np.exp(-np.arange(1, horizon + 1) / (2 * MEMORY_H))
    wide = middle + (table - middle) * NEIGHBOUR_SPREAD + offset * fade
    return Predictive(kind=neighbours[0].kind, table=np.sort(wide, axis=0), ranks=neighbours[0].ranks[:, :horizon])


def oxygen_from_physics(
    local_hour: Floats, water_temp_c: float, salinity_psu: float, last_mg_l: float | None, random: np.random.Generator
) -> Predictive:
    """Return oxygen from saturation and a usual day, drawn towards the last reading; for waters without neighbours.

    Parameters
    ----------
    local_hour
        Solar hour of day of each lead, shape ``(lead,)``. [h]
    """
    full = float(saturation_mg_l(np.array([water_temp_c]), np.array([salinity_psu]))[0])
    usual = full * (USUAL_SATURATION + DAY_SHARE * np.cos(2 * np.pi * (local_hour - PEAK_SOLAR_HOUR) / 24))
    lead = np.arange(1, len(local_hour) + 1)
    kept = SLOW_SHARE * np.exp(-lead / SLOW_H) + (1 - SLOW_SHARE) * np.exp(-lead / FAST_H)
    fade = kept if last_mg_l is not None else np.zeros(len(lead))
    centre = usual + fade * ((last_mg_l or 0.0) - usual)
    spread = full * SATURATION_SPREAD * np.sqrt(1 - 0.95 * fade**2)
    table = centre + np.outer(norm.ppf(LEVELS), spread)
    return Predictive(kind="oxygen", table=np.clip(table, 0, None), ranks=correlated_ranks(len(lead), random))


def correlated_ranks(horizon: int, random: np.random.Generator, cases: int = 200) -> NDArray[np.float32]:
    """Return joint ranks of a first-order process with the memory above, shape ``(case, lead)``."""
    keep = np.exp(-1 / MEMORY_H)
    steps = random.standard_normal((cases, horizon))
    for lead in range(1, horizon):
        steps[:, lead] = keep * steps[:, lead - 1] + np.sqrt(1 - keep**2) * steps[:, lead]
    return ranked(steps)
