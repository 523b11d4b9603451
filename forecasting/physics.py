"""How much oxygen sea water holds, and what fish and plankton do to it in a day."""

import numpy as np

from forecasting.harmonics import Floats

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
