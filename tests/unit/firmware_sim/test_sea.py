"""The sea: repeatable, physical, and with the scenario's troubles when they are due."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from firmware_sim import tide
from firmware_sim.farm import CAGE
from firmware_sim.noise import Wander, normal, uniform
from firmware_sim.sea import Sea
from firmware_sim.seawater import conductivity_us_cm, dew_point_c, oxygen_saturation_mg_l
from firmware_sim.storm import Storm, StormFix

ANCHOR = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
HOUR = 3600.0


def test_saturation_at_published_check_value_agrees() -> None:
    # Garcia and Gordon 1992, table 1: 282.015 mmol/m3 at 10 degC and 35; 44.6596 mmol/L a mL.
    assert oxygen_saturation_mg_l(10.0, 35.0) == pytest.approx(282.015 / 44.6596 * 1.42905, rel=1e-4)


@pytest.mark.parametrize(("temp_c", "salinity"), [(8.0, 26.0), (15.0, 35.0), (20.0, 30.0), (28.0, 33.0), (32.0, 28.0)])
def test_conductivity_by_practical_salinity_scale_agrees_within_half_a_per_cent(temp_c: float, salinity: float) -> None:
    ratio = float(conductivity_us_cm(temp_c, salinity)) / 42_914.0
    assert _pss78(ratio, temp_c) == pytest.approx(salinity, rel=0.006)


def _pss78(ratio: float, temp_c: float) -> float:
    """Practical salinity at the surface from the conductivity ratio (Unesco technical paper 37, 1981)."""
    c = (0.6766097, 2.00564e-2, 1.104259e-4, -6.9698e-7, 1.0031e-9)
    a = (0.0080, -0.1692, 25.3851, 14.0941, -7.0261, 2.7081)
    b = (0.0005, -0.0056, -0.0066, -0.0375, 0.0636, -0.0144)
    rt = ratio / sum(ci * temp_c**i for i, ci in enumerate(c))
    offset = (temp_c - 15.0) / (1.0 + 0.0162 * (temp_c - 15.0))
    return sum((ai + offset * bi) * rt ** (i / 2) for i, (ai, bi) in enumerate(zip(a, b, strict=True)))


def test_dew_point_of_saturated_air_is_air_temperature() -> None:
    assert dew_point_c(21.3, 100.0) == pytest.approx(21.3)


def test_tide_over_a_month_is_semidiurnal_with_four_metres() -> None:
    t = ANCHOR.timestamp() + np.arange(0, 29 * 86_400, 600.0)
    level = tide.level_m(t)
    peaks = np.flatnonzero((level[1:-1] > level[:-2]) & (level[1:-1] >= level[2:])) + 1
    lows = np.flatnonzero((level[1:-1] < level[:-2]) & (level[1:-1] <= level[2:])) + 1
    assert np.diff(t[peaks]).mean() == pytest.approx(12.42 * HOUR, rel=0.01)
    mean_range = level[peaks].mean() - level[lows].mean()
    assert 3.5 < mean_range < 4.5


def test_stream_at_high_and_low_water_is_slack() -> None:
    t = ANCHOR.timestamp() + np.arange(0, 29 * 86_400, 60.0)
    level = tide.level_m(t)
    turn = np.flatnonzero(np.diff(np.sign(np.diff(level)))) + 1
    assert np.abs(tide.stream_mps(t[turn])).max() < 0.01
    assert 0.25 < np.abs(tide.stream_mps(t)).mean() < 0.45
    assert 0.6 < np.abs(tide.stream_mps(t)).max() < 1.1


def test_noise_of_the_same_name_repeats_and_of_another_differs() -> None:
    counters = np.arange(10_000)
    assert np.array_equal(uniform(7, counters), uniform(7, counters))
    assert abs(np.corrcoef(uniform(7, counters), uniform(8, counters))[0, 1]) < 0.03
    draws = normal(3, counters)
    assert abs(draws.mean()) < 0.05
    assert draws.std() == pytest.approx(1.0, abs=0.03)


def test_wander_over_its_longest_period_has_unit_spread() -> None:
    wander = Wander.make(5, "x", shortest_h=1.0, longest_h=20.0)
    values = wander(np.arange(0, 400 * HOUR, 900.0))
    assert values.std() == pytest.approx(1.0, abs=0.15)
    assert wander(123.0)[0] == wander(np.array([9.0, 123.0]))[1]


def test_sea_of_one_seed_repeats_and_of_another_differs() -> None:
    times = ANCHOR.timestamp() + np.arange(0, 86_400, 600.0)
    one, same, other = (Sea("calm", seed, ANCHOR).water("dt01-c01", 2.0, times) for seed in (4, 4, 5))
    for name in one:
        assert np.array_equal(one[name], same[name]), name
    assert not np.allclose(one["do_mg_l"], other["do_mg_l"])


def test_oxygen_where_the_stream_is_slack_is_lower_and_crowded_cages_are_worse() -> None:
    sea = Sea("hypoxia", 3, ANCHOR - timedelta(days=20))
    times = sea.anchor_s + 86_400 + np.arange(0, 10 * 86_400, 600.0)
    water = sea.water("dt01-c03", 6.0, times)
    slack = water["current_mps"] < np.quantile(water["current_mps"], 0.15)
    # The deficit answers the stream of a quarter of an hour ago.
    assert water["do_mg_l"][1:][slack[:-1]].mean() < water["do_mg_l"][1:][~slack[:-1]].mean() - 0.1
    assert CAGE["dt01-c02"].stocking_kg_m3 > CAGE["dt01-c01"].stocking_kg_m3
    assert sea.water("dt01-c02", 6.0, times)["do_mg_l"].mean() < sea.water("dt01-c01", 6.0, times)["do_mg_l"].mean()


def test_water_by_day_and_season_stays_in_nature() -> None:
    sea = Sea("calm", 2, ANCHOR)
    times = sea.anchor_s + np.arange(0, 366 * 86_400, 7200.0)
    water = sea.water("dt01-c01", 2.0, times)
    assert 8.0 < water["water_temp_c"].min() < 14.0
    assert 25.0 < water["water_temp_c"].max() < 31.0
    assert 24.0 < water["salinity_psu"].min() < water["salinity_psu"].max() < 35.0
    assert water["do_mg_l"].min() > 4.0
    assert water["do_sat_pct"].max() < 130.0


@pytest.mark.parametrize("seed", range(6))
def test_hypoxia_shortly_after_start_crosses_alarm_and_warning(seed: int) -> None:
    sea = Sea("hypoxia", seed, ANCHOR)
    times = sea.anchor_s + np.arange(-3600.0, 120.0)
    alarm = sea.water("dt01-c02", 2.0, times)["do_mg_l"]
    warning = sea.water("dt01-c03", 2.0, times)["do_mg_l"]
    well = sea.water("dt01-c01", 2.0, times)["do_mg_l"]
    assert 10 <= np.argmax(alarm < 3.0) - 3600 <= 40
    assert 5 <= np.argmax(warning < 4.0) - 3600 <= 40
    assert alarm[:3600].min() > 3.0
    assert well.min() > 4.5
    # No jump that quality control would take for a fault: under 0.1 mg/L a minute.
    assert np.abs(np.diff(alarm)).max() * 60 < 0.1


def test_hypoxia_hours_later_recovers() -> None:
    sea = Sea("hypoxia", 1, ANCHOR)
    assert sea.water("dt01-c02", 2.0, sea.anchor_s + 8 * HOUR)["do_mg_l"][0] > 4.5


def test_aerator_running_raises_oxygen_and_stopped_lets_it_fall() -> None:
    sea = Sea("hypoxia", 1, ANCHOR)
    at = sea.anchor_s + np.array([0.0, 1800.0, 7200.0])
    before = sea.water("dt01-c02", 2.0, at)["do_mg_l"]
    sea.aerators["dt01-c02"] = [(sea.anchor_s, sea.anchor_s + 1800.0)]
    after = sea.water("dt01-c02", 2.0, at)["do_mg_l"]
    assert after[0] == pytest.approx(before[0])
    assert after[1] - before[1] > 0.7
    assert after[2] - before[2] < 0.1


def test_storm_wind_blows_anticlockwise_strongest_at_its_radius() -> None:
    storm = Storm.make(
        [
            StormFix(hour=h, lat_deg=25.0, lon_deg=123.0, vmax_mps=40.0, pmin_hpa=960.0, rmax_km=50.0)
            for h in (-48.0, 48.0)
        ],
        0.0,
    )
    east, north, _, _ = storm.wind(25.0, 123.0 + 50.0 / 111.2 / np.cos(np.radians(25.0)), 0.0)
    assert north > 30.0  # east of the centre the wind blows to the north
    assert east < 0.0  # with inflow
    speeds = [np.hypot(*storm.wind(25.0 + r / 111.2, 123.0, 0.0)[:2]) for r in (10.0, 50.0, 150.0, 400.0)]
    assert speeds[1] == max(speeds)
    assert speeds[1] == pytest.approx(40.0, rel=0.02)


def test_typhoon_passes_the_farm_around_thirty_six_hours() -> None:
    sea = Sea("typhoon", 1, ANCHOR)
    hours = np.arange(-6.0, 72.0, 0.5)
    weather = sea.weather(27.8, 121.3, sea.anchor_s + hours * HOUR)
    assert hours[np.argmin(weather["pressure_hpa"])] == pytest.approx(36.0, abs=2.0)
    assert weather["wind_mps"].max() > 32.7  # force 12
    assert weather["hs_m"].max() > 6.0  # red
    calm = hours < 6
    assert weather["hs_m"][calm].max() < 2.5
