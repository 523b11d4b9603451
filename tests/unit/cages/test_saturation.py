"""Oxygen saturation against published figures."""

import numpy as np
import pytest

from cages.saturation import MG_PER_ML, compensate_salinity, saturation_mg_l, saturation_pct

# US Geological Survey, DOTABLES (Benson and Krause equations as in Office of Water Quality memo 2011.03), 760 mmHg.
USGS_FRESH = [
    (0, 14.62),
    (5, 12.77),
    (10, 11.29),
    (15, 10.08),
    (20, 9.09),
    (25, 8.26),
    (30, 7.56),
    (35, 6.95),
    (40, 6.41),
]


@pytest.mark.parametrize(("water_temp_c", "expected_mg_l"), USGS_FRESH)
def test_saturation_of_fresh_water_equals_the_usgs_table(water_temp_c: float, expected_mg_l: float) -> None:
    assert float(saturation_mg_l(water_temp_c, 0.0)) == pytest.approx(expected_mg_l, abs=0.02)


def test_saturation_check_value_of_garcia_and_gordon() -> None:
    # Garcia and Gordon 1992, table 1 note: 6.315 mL/L at 10 degC and S = 35.
    assert float(saturation_mg_l(10.0, 35.0)) / MG_PER_ML == pytest.approx(6.315, abs=0.001)


def benson_krause_mg_l(water_temp_c: np.ndarray, salinity_psu: np.ndarray) -> np.ndarray:
    """Return what DOTABLES tabulates: Benson and Krause 1984 as in USGS memo 2011.03, equations 10 and 11. [mg/L]"""
    kelvin = water_temp_c + 273.15
    fresh = -139.34411 + 1.575701e5 / kelvin - 6.642308e7 / kelvin**2 + 1.2438e10 / kelvin**3 - 8.621949e11 / kelvin**4
    table: np.ndarray = np.exp(fresh - salinity_psu * (1.7674e-2 - 10.754 / kelvin + 2140.7 / kelvin**2))
    return table


def test_saturation_equals_the_usgs_tables_from_0_to_40_degc_and_0_to_40_psu() -> None:
    temperature, salinity = np.meshgrid(np.arange(0, 40.5, 0.5), np.arange(0, 40.5, 0.5), indexing="ij")
    apart = np.abs(saturation_mg_l(temperature, salinity) - benson_krause_mg_l(temperature, salinity))
    assert apart.max() < 0.02  # 0.003 is what it is


# TEOS-10, gsw_O2sol_SP_pt, example of its documentation (version 3.05): PSU, degC, umol/kg.
TEOS_10 = [
    (34.7118, 28.8099, 194.6825431692940),
    (34.8915, 28.4392, 195.6135062814438),
    (35.0256, 22.7862, 214.6559360234014),
    (34.8472, 10.2262, 273.5652832698713),
    (34.7366, 6.8272, 295.1580761415903),
    (34.7324, 4.3236, 312.9598716631408),
]


def density_kg_l(salinity_psu: float, water_temp_c: float) -> float:
    """Return the density of sea water at the surface (UNESCO 1983, EOS-80, Technical papers in marine science 44)."""
    s, t = salinity_psu, water_temp_c
    water = np.polynomial.polynomial.polyval(
        t, [999.842594, 6.793952e-2, -9.09529e-3, 1.001685e-4, -1.120083e-6, 6.536332e-9]
    )
    salt = np.polynomial.polynomial.polyval(t, [0.824493, -4.0899e-3, 7.6438e-5, -8.2467e-7, 5.3875e-9])
    more = np.polynomial.polynomial.polyval(t, [-5.72466e-3, 1.0227e-4, -1.6546e-6])
    return float(water + salt * s + more * s**1.5 + 4.8314e-4 * s**2) / 1000


@pytest.mark.parametrize(("salinity_psu", "water_temp_c", "umol_kg"), TEOS_10)
def test_saturation_of_sea_water_equals_the_teos_10_examples(
    salinity_psu: float, water_temp_c: float, umol_kg: float
) -> None:
    published_mg_l = umol_kg * 31.9988e-3 * density_kg_l(salinity_psu, water_temp_c)
    assert float(saturation_mg_l(water_temp_c, salinity_psu)) == pytest.approx(published_mg_l, abs=0.02)


# ISO 5814 / EN 25814, as makers print it (Yokogawa IM 12J05D02-01E, table 6-1), every second degree. Its straight
# line for salt is older than Benson and Krause and is not used.
ISO_5814 = [14.62, 13.83, 13.11, 12.45, 11.84, 11.29, 10.78, 10.31, 9.87, 9.47, 9.09, 8.74, 8.42, 8.11, 7.83, 7.56]


def test_saturation_of_fresh_water_equals_iso_5814() -> None:
    assert saturation_mg_l(np.arange(0, 32, 2), 0.0) == pytest.approx(ISO_5814, abs=0.02)


def test_saturation_pressure_acts_on_dry_air_alone() -> None:
    factor = float(saturation_mg_l(20.0, 0.0, 800.0) / saturation_mg_l(20.0, 0.0))
    vapour_atm = 0.02306  # 17.54 mmHg at 20 degC, any steam table
    assert factor == pytest.approx((800 / 1013.25 - vapour_atm) / (1 - vapour_atm), abs=0.001)


def test_saturation_falls_with_salt_heat_and_low_pressure() -> None:
    grid = saturation_mg_l(np.linspace(0, 40, 41)[:, None], np.linspace(0, 40, 41)[None, :])
    assert (np.diff(grid, axis=0) < 0).all()
    assert (np.diff(grid, axis=1) < 0).all()
    assert saturation_mg_l(20, 30, 980) < saturation_mg_l(20, 30, 1013.25)


def test_compensation_of_an_unset_salinity_lowers_the_reading() -> None:
    # A probe in sea water of 30 PSU left at 0 PSU reads high by the ratio of the saturations: 9.09 / 7.62 at 20 degC.
    assert float(compensate_salinity(9.0, 20.0, set_psu=0.0, true_psu=30.0)) == pytest.approx(7.54, abs=0.02)
    assert float(compensate_salinity(6.0, 20.0, set_psu=31.0, true_psu=31.0)) == pytest.approx(6.0)


def test_saturation_share_of_equilibrium_is_100() -> None:
    assert float(saturation_pct(saturation_mg_l(25, 30), 25, 30)) == pytest.approx(100.0)
