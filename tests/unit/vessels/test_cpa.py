"""Closest approach against a closed form, a great-circle simulation and hand-made turns."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.geo import destination, range_nm
from vessels.cpa import (
    closest_approach,
    convergence_deg,
    relative_plane_nm,
    sampled_approach,
    turned_kn,
    turning_offset_nm,
    velocity_kn,
)

position = st.floats(-20, 20)
speed = st.floats(-40, 40)


@given(x=position, y=position, u=speed, v=speed)
def test_closest_approach_random_pair_equals_closed_form(x: float, y: float, u: float, v: float) -> None:
    found = closest_approach(x, y, u, v)
    relative = math.hypot(u, v)
    if relative < 1e-6:
        return
    # Distance of the origin from the line of motion, and the foot of its perpendicular.
    cpa = abs(x * v - y * u) / relative
    tcpa_s = -(x * u + y * v) / relative**2 * 3600.0
    assert float(found.cpa_nm) == pytest.approx(cpa, abs=1e-6)
    assert float(found.tcpa_s) == pytest.approx(tcpa_s, rel=1e-6, abs=1e-6)


def test_closest_approach_no_relative_motion_keeps_distance() -> None:
    found = closest_approach(3.0, 4.0, 0.0, 0.0)
    assert float(found.cpa_nm) == 5.0
    assert float(found.tcpa_s) == 0.0


@pytest.mark.parametrize("seed", range(40))
def test_closest_approach_under_12_nmi_within_a_tenth_of_a_percent_of_great_circle(seed: int) -> None:
    draw = np.random.default_rng(seed)
    lat, lon = 27.8, 121.5
    far, bearing = draw.uniform(2, 12), draw.uniform(0, 360)
    lat2, lon2 = destination(lat, lon, bearing, far)
    kn, course = draw.uniform(3, 20, 2), draw.uniform(0, 360, 2)
    course[1] = bearing + 180 + draw.uniform(-30, 30)
    east, north = relative_plane_nm(lat, lon, lat2, lon2)
    half = convergence_deg(lat, lon, lat2, lon2) / 2
    (u1, u2), (v1, v2) = turned_kn(*velocity_kn(kn, course), np.array([half, -half]))
    found = closest_approach(east, north, u2 - u1, v2 - v1)
    times_h = np.arange(0, 2, 1 / 3600)
    track = [
        range_nm(*destination(lat, lon, course[0], kn[0] * t), *destination(lat2, lon2, course[1], kn[1] * t))
        for t in times_h
    ]
    best = int(np.argmin(track))
    if 0 < best < len(track) - 1:
        # 400 seeds gave 0.003 % at most where the CPA is above 0.5 nmi, and 0.0001 nmi below.
        assert float(found.cpa_nm) == pytest.approx(track[best], rel=0.001, abs=0.001)
        assert float(found.tcpa_s) == pytest.approx(times_h[best] * 3600, rel=0.001, abs=1.5)


def test_turning_offset_quarter_circle_ends_one_radius_ahead_and_aside() -> None:
    # 10 kn at 90 deg/min for 60 s: radius = v / omega = (10/3600) / (pi/2/60) nmi.
    radius = (10 / 3600) / (math.pi / 2 / 60)
    east, north = turning_offset_nm(
        np.array([10.0]), np.array([0.0]), np.array([90.0]), 60.0, np.array([0.0, 60.0, 120.0])
    )
    assert east[0, 1] == pytest.approx(radius)
    assert north[0, 1] == pytest.approx(radius)
    assert north[0, 2] == pytest.approx(radius)  # then straight east
    assert east[0, 2] == pytest.approx(radius + 10 / 60)


def test_sampled_approach_straight_path_equals_closed_form() -> None:
    times_s = np.arange(0.0, 1200.0, 20.0)
    x, y, u, v = 4.0, 1.0, -15.0, -2.0
    found = sampled_approach((x + u * times_s / 3600)[None], (y + v * times_s / 3600)[None], times_s)
    exact = closest_approach(x, y, u, v)
    assert found.cpa_nm[0] == pytest.approx(float(exact.cpa_nm), abs=1e-9)
    assert found.tcpa_s[0] == pytest.approx(float(exact.tcpa_s), abs=1e-6)


def test_relative_plane_across_the_date_line_is_short() -> None:
    east, _ = relative_plane_nm(0.0, 179.99, 0.0, -179.99)
    assert float(east) == pytest.approx(0.02 * 60.04, rel=1e-3)
