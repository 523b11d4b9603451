"""How much oxygen sea water holds, and how much it can hold at most."""

from collections.abc import Mapping

import numpy as np

from forecasting.series.harmonics import Floats
from forecasting.series.scale import HIGHEST_OXYGEN_MG_L

MG_PER_ML = 1.42903
"""Mass of a millilitre of oxygen at standard conditions. [mg/mL]"""


def saturation_mg_l(water_temp_c: Floats, salinity_psu: Floats) -> Floats:
    """Return oxygen saturation at one atmosphere. [mg/L]

    Notes
    -----
    Garcia and Gordon 1992 (doi:10.4319/lo.1992.37.6.1307), equation 8 with the coefficients of Benson and Krause,
    in mL/L; valid for -2..40 degC and 0..42 PSU, inputs are held to that range.
    """
    temp = np.clip(water_temp_c, -2, 40)
    salt = np.clip(salinity_psu, 0, 42)
    t = np.log((298.15 - temp) / (273.15 + temp))
    fresh = 2.00907 + 3.22014 * t + 4.05010 * t**2 + 4.94457 * t**3 - 0.256847 * t**4 + 3.88767 * t**5
    salty = -6.24523e-3 - 7.37614e-3 * t - 1.03410e-2 * t**2 - 8.17083e-3 * t**3
    return np.exp(fresh + salt * salty - 4.88682e-7 * salt**2) * MG_PER_ML


MOST_SATURATION = 2.5
"""Share of saturation that no bloom exceeds: the most in eight public records is 2.3 (NERRS He'eia, a fish pond)."""
LATELY_H = 48
"""Hours whose coldest and freshest water sets the bound. [h]"""
TEMPERATURES = ("water_temp_c", "temp", "wtemp", "water_temp", "sst", "水温")
SALINITIES = ("salinity_psu", "sal", "salinity", "盐度")
"""Columns of a table that tell the water, by the names that stations and our own gateway give them."""


def highest_oxygen_mg_l(covariates: Mapping[str, Floats]) -> float:
    """Return the most oxygen that the water of the last hours can hold. [mg/L]

    Parameters
    ----------
    covariates
        Columns by the hour, NaN where unknown; without a temperature only the bound of any sea stands.
    """
    coldest = _lowest(covariates, TEMPERATURES)
    if coldest is None:
        return HIGHEST_OXYGEN_MG_L
    freshest = _lowest(covariates, SALINITIES) or 0.0
    full = float(saturation_mg_l(np.array([coldest]), np.array([freshest]))[0])
    return min(MOST_SATURATION * full, HIGHEST_OXYGEN_MG_L)


def _lowest(covariates: Mapping[str, Floats], names: tuple[str, ...]) -> float | None:
    """Return the lowest late value of the first of some columns that is there, None where nothing is known."""
    column = next((covariates[name] for name in names if name in covariates), None)
    lately = np.empty(0) if column is None else column[-LATELY_H:]
    known = lately[np.isfinite(lately)]
    return float(known.min()) if len(known) else None
