"""How much oxygen sea water holds, and what a probe with the wrong salinity should have said.

Garcia, H. E. and Gordon, L. I. (1992) Oxygen solubility in seawater: better fitting equations. Limnology and
Oceanography 37(6), 1307-1312, doi:10.4319/lo.1992.37.6.1307, eq. 8 with the coefficients of Benson and Krause
(table 1, cm3/dm3). Pressure as in Benson and Krause (1984), Limnology and Oceanography 29(3), 620-632, eq. 24.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_A = (2.00907, 3.22014, 4.05010, 4.94457, -0.256847, 3.88767)
_B = (-6.24523e-3, -7.37614e-3, -1.03410e-2, -8.17083e-3)
_C0 = -4.88682e-7
MG_PER_ML = 1.42905
"""Density of oxygen gas at 0 degC and 1 atm (Garcia and Gordon 1992: 22.3916 L/mol, 31.998 g/mol). [mg/mL]"""
ATMOSPHERE_HPA = 1013.25


def saturation_mg_l(water_temp_c: Any, salinity_psu: Any, pressure_hpa: Any = ATMOSPHERE_HPA) -> Array:
    """Return dissolved oxygen in equilibrium with moist air. [mg/L]

    Parameters
    ----------
    water_temp_c
        Valid from freezing to 40. [degC]
    salinity_psu
        Practical salinity, valid 0 to 42. [PSU]
    pressure_hpa
        Total air pressure at the surface. [hPa]
    """
    temperature = np.asarray(water_temp_c, dtype=np.float64)
    salinity = np.asarray(salinity_psu, dtype=np.float64)
    scaled = np.log((298.15 - temperature) / (273.15 + temperature))
    fresh = np.polynomial.polynomial.polyval(scaled, _A)
    salt = salinity * np.polynomial.polynomial.polyval(scaled, _B) + _C0 * salinity**2
    at_one_atmosphere: Array = np.exp(fresh + salt) * MG_PER_ML
    return at_one_atmosphere * _pressure_factor(temperature, salinity, np.asarray(pressure_hpa) / ATMOSPHERE_HPA)


def _pressure_factor(temperature: Array, salinity: Array, pressure_atm: Array) -> Array:
    vapour_atm = _vapour_pressure_atm(temperature, salinity)
    theta = 9.75e-4 - 1.426e-5 * temperature + 6.436e-8 * temperature**2
    factor: Array = (
        pressure_atm * (1 - vapour_atm / pressure_atm) * (1 - theta * pressure_atm) / ((1 - vapour_atm) * (1 - theta))
    )
    return factor


def _vapour_pressure_atm(temperature: Array, salinity: Array) -> Array:
    """Return the vapour pressure over sea water (Green and Carritt 1967, as given by Benson and Krause 1984)."""
    kelvin = temperature + 273.15
    fresh = np.exp(11.8571 - 3840.70 / kelvin - 216961.0 / kelvin**2)
    lowered: Array = fresh * (1 - 5.37e-4 * salinity)
    return lowered


def saturation_pct(do_mg_l: Any, water_temp_c: Any, salinity_psu: Any, pressure_hpa: Any = ATMOSPHERE_HPA) -> Array:
    """Return measured oxygen as a share of saturation. [%]"""
    share: Array = 100.0 * np.asarray(do_mg_l) / saturation_mg_l(water_temp_c, salinity_psu, pressure_hpa)
    return share


def compensate_salinity(do_mg_l: Any, water_temp_c: Any, *, set_psu: Any, true_psu: Any) -> Array:
    """Return what a probe would have said had its salinity been `true_psu` instead of `set_psu`. [mg/L]

    An optical or galvanic probe senses partial pressure; its mg/L scale with the saturation it assumes.
    """
    ratio = saturation_mg_l(water_temp_c, true_psu) / saturation_mg_l(water_temp_c, set_psu)
    compensated: Array = np.asarray(do_mg_l) * ratio
    return compensated
