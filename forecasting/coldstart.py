"""A forecast before there is a past: from neighbours where there are any, else from physics, as wide as it must be."""

from collections.abc import Sequence

import numpy as np
from scipy.stats import norm

from forecasting.harmonics import Floats
from forecasting.physics import saturation_mg_l
from forecasting.predictive import LEVELS, Predictive

NEIGHBOUR_SPREAD = 1.5
"""A neighbour's spread is widened by half: cages of one site differ (ours; salmon sites in Canada show as much)."""
USUAL_SATURATION = 0.92
SATURATION_SPREAD = 0.14
"""Mean and standard deviation of relative saturation at 2 m in the estuary records of tests/data/series: ours, wide."""
DAY_SHARE = 0.06
"""Half the daily swing of relative saturation, highest in the afternoon (ours, from the same records)."""
MEMORY_H = 18.0
"""How long a single reading tells something: e-folding time of oxygen anomalies in the same records. [h]"""


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
    usual = full * (USUAL_SATURATION + DAY_SHARE * np.cos(2 * np.pi * (local_hour - 16) / 24))
    lead = np.arange(1, len(local_hour) + 1)
    fade = np.exp(-lead / MEMORY_H) if last_mg_l is not None else np.zeros(len(lead))
    centre = usual + fade * ((last_mg_l or 0.0) - usual)
    spread = full * SATURATION_SPREAD * np.sqrt(1 - 0.95 * fade**2)
    table = centre + np.outer(norm.ppf(LEVELS), spread)
    return Predictive(kind="oxygen", table=np.clip(table, 0, None), ranks=correlated_ranks(len(lead), random))


def correlated_ranks(
    horizon: int, random: np.random.Generator, cases: int = 200
) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """Return joint ranks of a first-order process with the memory above, shape ``(case, lead)``."""
    keep = np.exp(-1 / MEMORY_H)
    steps = random.standard_normal((cases, horizon))
    for lead in range(1, horizon):
        steps[:, lead] = keep * steps[:, lead - 1] + np.sqrt(1 - keep**2) * steps[:, lead]
    order = np.argsort(np.argsort(steps, axis=0), axis=0)
    return ((order + 0.5) / cases).astype(np.float32)
