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
