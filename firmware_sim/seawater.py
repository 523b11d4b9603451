"""Properties of sea water that the simulated sea needs, written here on purpose: the science has its own."""

import numpy as np
from numpy.typing import ArrayLike

from firmware_sim.noise import Floats

# Garcia and Gordon 1992, Limnol. Oceanogr. 37(6), 1307-1312, equation 8, coefficients after Benson and Krause [mL/L].
_A = (2.00907, 3.22014, 4.05010, 4.94457, -0.256847, 3.88767)
_B = (-6.24523e-3, -7.37614e-3, -1.03410e-2, -8.17083e-3)
_C = -4.88682e-7
MG_PER_ML = 1.42905
"""Mass of a millilitre of oxygen at standard temperature and pressure. [mg/mL]"""


def oxygen_saturation_mg_l(temp_c: ArrayLike, salinity_psu: ArrayLike) -> Floats:
    """Return the oxygen that water holds in equilibrium with air at one atmosphere. [mg/L]"""
    t, s = np.asarray(temp_c, dtype=np.float64), np.asarray(salinity_psu, dtype=np.float64)
    scaled = np.log((298.15 - t) / (273.15 + t))
    fresh = sum(a * scaled**i for i, a in enumerate(_A))
    salt = s * sum(b * scaled**i for i, b in enumerate(_B)) + _C * s * s
    return np.asarray(np.exp(fresh + salt) * MG_PER_ML)


def conductivity_us_cm(temp_c: ArrayLike, salinity_psu: ArrayLike) -> Floats:
    """Return the conductivity: our fit to PSS-78, within 0.5 % for 5-35 degC and 20-36 PSU. [uS/cm]

    35 PSU at 15 degC is 42,914 uS/cm (standard sea water, Unesco technical paper 37, 1981).
    """
    t, s = np.asarray(temp_c, dtype=np.float64), np.asarray(salinity_psu, dtype=np.float64)
    return np.asarray(42_914.0 * (s / 35.0) ** 0.9002 * (1.0 + 0.022966 * (t - 15.0) + 7.52e-5 * (t - 15.0) ** 2))


def dew_point_c(air_temp_c: ArrayLike, humidity_pct: ArrayLike) -> Floats:
    """Return the dew point by Magnus' formula (WMO No. 8, annex 4.B). [degC]"""
    t, rh = np.asarray(air_temp_c, dtype=np.float64), np.asarray(humidity_pct, dtype=np.float64)
    gamma = np.log(np.clip(rh, 1.0, 100.0) / 100.0) + 17.62 * t / (243.12 + t)
    return np.asarray(243.12 * gamma / (17.62 - gamma))
