"""Storm tracks as agencies send them, the parametric typhoon, and what it brings to one place."""

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from forecasting.storms.track_files import read_tracks
from forecasting.storms.tracks import Track, TrackPoint
from forecasting.storms.typhoon import (
    FORCE_MPS,
    TO_TEN_MINUTES,
    arrival,
    ensemble,
    equivalent_fetch_m,
    fetch_limited,
    holland,
    local_storm,
    track_error_km,
    wind_circle_km,
)

DATA = Path(__file__).parents[2] / "data" / "tracks" / "ibtracs_wp_2019_2021_excerpt.csv"
START = datetime(2026, 8, 20, tzinfo=UTC)


def straight(wind_mps: float = 45.0) -> Track:
    """A storm that moves north-west through 27.8 N 121.2 E at +24 h."""
    points = tuple(
        TrackPoint(
            at=START + timedelta(hours=h), lat_deg=27.8 + (h - 24) * 0.12, lon_deg=121.2 - (h - 24) * 0.12,
            wind_mps=wind_mps, pressure_hpa=945.0, rmw_km=40.0,
        )
        for h in range(0, 73, 6)
    )  # fmt: skip
    return Track(storm_id="T", source="test", issued_at=START, kind="forecast", points=points)


def hours(count: int) -> list[datetime]:
    return [START + timedelta(hours=h) for h in range(count)]


def test_lekima_brings_its_strongest_wind_to_dongtou_in_the_night_of_its_landfall() -> None:
    lekima = read_tracks(DATA.read_text(encoding="utf-8"), "csv", "ibtracs")[0]
    times = [datetime(2019, 8, 8, tzinfo=UTC) + timedelta(hours=h) for h in range(72)]
    here = local_storm(lekima, 27.85, 121.15, times)
    gale = here.passage(8)
    # The centre passed some 30 km off in the evening of 9 August UTC (landfall at Wenling 17:45 UTC).
    assert gale.closest_km < 70
    assert datetime(2019, 8, 9, 12, tzinfo=UTC) <= gale.closest_at <= datetime(2019, 8, 9, 19, tzinfo=UTC)
    assert gale.strongest_mps > 30
    assert gale.arrive_at is not None
    assert gale.depart_at is not None
    assert gale.arrive_at < gale.closest_at < gale.depart_at
    assert 5 < here.hs_m.max() < 16


def test_vortex_has_its_largest_wind_at_its_radius_and_falls_off() -> None:
    point = TrackPoint(at=START, lat_deg=25, lon_deg=123, wind_mps=45.0, pressure_hpa=945.0, rmw_km=40.0)
    wind, pressure = holland(point, np.array([5.0, 40.0, 150.0, 400.0]))
    assert wind[1] == pytest.approx(45.0)
    assert wind[0] < wind[1] > wind[2] > wind[3]
    assert (np.diff(pressure) > 0).all()


def test_vortex_goes_through_the_agency_radius_of_gale() -> None:
    point = TrackPoint(at=START, lat_deg=25, lon_deg=123, wind_mps=45.0, pressure_hpa=945.0, rmw_km=40.0, r17_km=300.0)
    assert holland(point, np.array([300.0]))[0][0] == pytest.approx(17.2, rel=0.12)


def test_vortex_is_that_of_holland_1980() -> None:
    # His equation 4 for cyclostrophic wind, with B from his equation 7, computed here from the paper.
    point = TrackPoint(at=START, lat_deg=20, lon_deg=123, wind_mps=50.0, pressure_hpa=940.0, rmw_km=40.0)
    b = 50.0**2 * math.e * 1.15 / 7000.0
    for radius in (20.0, 30.0, 40.0):
        push = b * (40 / radius) ** b * 7000.0 * math.exp(-((40 / radius) ** b)) / 1.15
        wind, pressure = holland(point, np.array([radius]))
        assert wind[0] == pytest.approx(math.sqrt(push), rel=1e-6)
        assert pressure[0] == pytest.approx(940 + 70 * math.exp(-((40 / radius) ** b)))


def test_largest_wind_of_a_moving_storm_is_the_agencys_and_on_its_right_side() -> None:
    track = straight()
    point = track.at(START + timedelta(hours=24))
    assert point is not None
    ring = []
    for bearing in range(0, 360, 5):
        north, east = 40 * math.cos(math.radians(bearing)), 40 * math.sin(math.radians(bearing))
        place = point.lat_deg + north / 111.195, point.lon_deg + east / 111.195 / math.cos(math.radians(point.lat_deg))
        ring.append((float(local_storm(track, *place, [point.at]).wind_mps[0]), bearing))
    strongest, bearing = max(ring)
    assert strongest == pytest.approx(45.0 * TO_TEN_MINUTES, rel=0.02)
    # It moves north-west; inflow turns the strongest wind from the right towards the front.
    assert bearing >= 340 or bearing <= 90
    assert min(ring)[0] < strongest - 4


def test_south_of_the_equator_everything_turns_the_other_way() -> None:
    north = straight()
    south = replace(north, points=tuple(replace(p, lat_deg=-p.lat_deg) for p in north.points))
    one, two = local_storm(north, 27.9, 122.0, hours(48)), local_storm(south, -27.9, 122.0, hours(48))
    assert np.allclose(one.wind_mps, two.wind_mps)
    assert np.allclose((180 - one.wind_dir_deg) % 360, two.wind_dir_deg)


def test_storm_over_the_date_line_is_the_same_as_elsewhere() -> None:
    here = straight()
    far = replace(here, points=tuple(replace(p, lon_deg=(p.lon_deg + 58.8 + 180) % 360 - 180) for p in here.points))
    assert {p.lon_deg > 0 for p in far.points} == {True, False}
    one, two = local_storm(here, 27.8, 121.4, hours(48)), local_storm(far, 27.8, -179.8, hours(48))
    assert np.allclose(one.wind_mps, two.wind_mps)
    assert np.allclose(one.distance_km, two.distance_km)


@pytest.mark.parametrize(("field", "force"), [("r17_km", 8), ("r14_km", 7)])
def test_circle_of_a_force_is_the_one_an_agency_gives(field: str, force: int) -> None:
    point = replace(straight().points[0], **{field: 320.0})
    assert float(holland(point, np.array([320.0]))[0][0]) == pytest.approx(FORCE_MPS[force], rel=0.12)
    circles = [wind_circle_km(point, bft) for bft in (7, 10, 12)]
    assert all(c is not None for c in circles)
    assert circles == sorted(circles, key=lambda km: -(km or 0))
    assert wind_circle_km(replace(point, wind_mps=15.0, pressure_hpa=1000.0), 10) is None


def test_wind_turns_round_the_centre_against_the_clock_in_the_north() -> None:
    here = local_storm(straight(), 27.8, 122.2, hours(25))
    # A place east of the centre has wind from about south-south-east.
    assert 120 < here.wind_dir_deg[24] < 200


@pytest.mark.parametrize(
    ("wind", "fetch_km", "low", "high"),
    [(20.0, 100.0, 3.0, 4.2), (30.0, 300.0, 7.0, 11.5), (10.0, 50.0, 0.9, 1.6)],
)
def test_fetch_limited_waves_agree_with_the_shore_protection_manual(
    wind: float, fetch_km: float, low: float, high: float
) -> None:
    # Nomogram of JONSWAP growth (Hasselmann et al. 1973): within a quarter.
    hs, tp = fetch_limited(np.array([wind]), np.array([fetch_km * 1000]))
    assert low < hs[0] < high
    assert 3 < tp[0] < 14


def test_fetch_limited_waves_follow_young_and_verhagen() -> None:
    # Their limits of deep water and of depth: E = 3.64e-3 and nu = 0.133 fully grown; E = 1.06e-3 d**1.3 and
    # nu = 0.20 d**-0.375 bounded by depth (Young and Verhagen 1996, equations 4, 5, 14 and 15).
    hs, tp = fetch_limited(np.array([10.0]), np.array([1e8]))
    assert hs[0] == pytest.approx(4 * math.sqrt(3.64e-3) * 100 / 9.81, rel=1e-3)
    assert tp[0] == pytest.approx(10 / 9.81 / 0.133, rel=1e-3)
    hs, tp = fetch_limited(np.array([20.0]), np.array([1e8]), depth_m=2.0)
    d = 9.81 * 2 / 400
    assert hs[0] == pytest.approx(4 * math.sqrt(1.06e-3 * d**1.3) * 400 / 9.81, rel=0.03)
    assert tp[0] == pytest.approx(20 / 9.81 / (0.20 * d**-0.375), rel=0.03)


def test_deep_water_is_the_limit_of_depth() -> None:
    deep, shelf = (fetch_limited(np.array([30.0]), np.array([2e5]), depth_m=d) for d in (None, 5000.0))
    assert np.allclose(deep, shelf, rtol=1e-3)


@pytest.mark.parametrize(
    ("largest", "moving", "rmw", "hs_m"),
    [(30.0, 5.0, 30.0, (6.5, 9.5)), (45.0, 6.0, 40.0, (12.0, 15.0)), (60.0, 5.0, 30.0, (13.5, 18.0))],
)
def test_highest_sea_of_a_moving_storm_agrees_with_young_1988(
    largest: float, moving: float, rmw: float, hs_m: tuple[float, float]
) -> None:
    # JONSWAP over his equivalent fetch, g H / V**2 = 0.0016 (g F / V**2)**0.5, and ours within a sixth of it.
    fetch = float(equivalent_fetch_m(np.array(largest), np.array(moving), np.array(rmw)))
    published = 0.0016 * math.sqrt(9.81 * fetch / largest**2) * largest**2 / 9.81
    assert hs_m[0] < published < hs_m[1]
    assert fetch_limited(np.array([largest]), np.array([fetch]))[0][0] == pytest.approx(published, rel=1 / 6)


def test_shallow_water_bounds_the_waves() -> None:
    deep, _ = fetch_limited(np.array([30.0]), np.array([300e3]))
    shallow, _ = fetch_limited(np.array([30.0]), np.array([300e3]), depth_m=10.0)
    assert shallow[0] < 0.6 * deep[0]


def test_ensemble_spreads_as_agencies_err() -> None:
    track = straight()
    members = ensemble(track, 400, np.random.default_rng(2))
    away = []
    for member in members:
        one, two = member.at(START + timedelta(hours=24)), track.at(START + timedelta(hours=24))
        assert one is not None
        assert two is not None
        away.append(
            111.195 * np.hypot(one.lat_deg - two.lat_deg, (one.lon_deg - two.lon_deg) * np.cos(np.radians(27.8)))
        )
    assert np.mean(away) == pytest.approx(track_error_km(24), rel=0.1)
    assert members[0].points[0] == track.points[0]


def test_members_of_a_storm_known_by_its_pressure_alone_differ_in_strength() -> None:
    track = straight()
    track = replace(track, points=tuple(replace(p, wind_mps=None) for p in track.points))
    winds = [m.points[-1].wind_mps or 0.0 for m in ensemble(track, 200, np.random.default_rng(4))]
    assert np.std(np.log(winds)) == pytest.approx(0.12, rel=0.15)
    assert np.median(winds) == pytest.approx(0.514444 * 6.7 * 65.0**0.644, rel=0.03)


def test_arrival_of_force_ten_is_surer_on_the_track_than_beside_it() -> None:
    members = ensemble(straight(), 60, np.random.default_rng(3))
    on, off = (arrival([local_storm(m, *place, hours(60)) for m in members], 10)
               for place in ((27.8, 121.2), (25.5, 119.0)))  # fmt: skip
    assert on.probability > 0.7 > off.probability
    assert on.arrive_at is not None
    assert on.depart_at is not None
    assert START + timedelta(hours=10) < on.arrive_at < START + timedelta(hours=24) < on.depart_at


def test_departure_is_unknown_where_the_track_ends_before_it() -> None:
    track = straight()
    short = replace(track, points=track.points[:5])
    for times, one in ((hours(60), short), (hours(25), track)):
        here = local_storm(one, 27.8, 121.8, times)
        assert here.passage(10).arrive_at is not None
        assert here.passage(10).depart_at is None
        assert arrival([here] * 3, 10).depart_at is None
