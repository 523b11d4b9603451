"""What the recent track says about speed, course and turn."""

import numpy as np
import pytest

from vessels.fleet import Fleet
from vessels.motion import KEPT, RecentTracks, estimate

from .safety_helpers import AT, boat

START = AT.timestamp()


def track(
    mmsi: int, times_s: np.ndarray, lat: np.ndarray, lon: np.ndarray, sog: np.ndarray, cog: np.ndarray
) -> RecentTracks:
    tracks = RecentTracks(4)
    tracks.push(np.full(len(times_s), mmsi), START + times_s, lat, lon, sog, cog)
    return tracks


def test_estimate_wandering_trawler_uses_mean_velocity() -> None:
    times = np.arange(-360.0, 1.0, 30.0)
    lat = 27.8 + (times + 360) * 3.0 / 3600 / 60  # truly 3 kn north
    cog = np.where(np.arange(len(times)) % 2, 60.0, 300.0)  # the report swings by 60 degrees
    tracks = track(1, times, lat, np.full_like(times, 121.5), np.full_like(times, 4.0), cog)
    fleet = Fleet.of([boat(1, float(lat[-1]), 121.5, 4.0, float(cog[-1]))], at=AT)
    motion = estimate(fleet, tracks)
    assert motion.north_kn[0] == pytest.approx(3.0, abs=0.05)
    assert motion.east_kn[0] == pytest.approx(0.0, abs=0.05)
    assert motion.turn_deg_min[0] == 0


def test_estimate_steady_turn_through_north_gives_its_rate() -> None:
    times = np.arange(-180.0, 1.0, 20.0)
    cog = (20.0 + times / 60 * 12.0) % 360  # 12 deg/min, through 0
    zero = np.full_like(times, 0.0)
    tracks = track(2, times, 27.8 + zero, 121.5 + zero, zero + 9.0, cog)
    fleet = Fleet.of([boat(2, 27.8, 121.5, 9.0, 20.0)], at=AT)
    assert estimate(fleet, tracks).turn_deg_min[0] == pytest.approx(12.0, abs=1e-6)


@pytest.mark.parametrize(
    ("reported_kn", "reported_deg", "kn", "deg"),
    [
        pytest.param(8.2, 1.0, 8.0, 0.0, id="the same motion with an instrument's noise: the track"),
        pytest.param(8.0, 25.0, 8.0, 25.0, id="has just altered course: the report"),
        pytest.param(5.0, 0.0, 5.0, 0.0, id="has just slowed down: the report"),
    ],
)
def test_estimate_straight_runner_moves_by_track_until_the_report_leaves_it(
    reported_kn: float, reported_deg: float, kn: float, deg: float
) -> None:
    times = np.arange(-360.0, 1.0, 60.0)
    lat = 27.8 + times * 8.0 / 3600 / 60
    tracks = track(3, times, lat, np.full_like(times, 121.5), np.full_like(times, 8.0), np.full_like(times, 0.0))
    motion = estimate(Fleet.of([boat(3, 27.8, 121.5, reported_kn, reported_deg)], at=AT), tracks)
    assert motion.speed_kn[0] == pytest.approx(kn, abs=0.01)
    assert motion.course_deg[0] == pytest.approx(deg, abs=0.01)


def test_estimate_no_speed_reported_uses_track() -> None:
    times = np.arange(-300.0, 1.0, 30.0)
    lat = 27.8 + times * 8.0 / 3600 / 60
    nothing = np.full_like(times, np.nan)
    tracks = track(3, times, lat, np.full_like(times, 121.5), nothing, nothing)
    motion = estimate(Fleet.of([boat(3, 27.8, 121.5)], at=AT), tracks)
    assert motion.north_kn[0] == pytest.approx(8.0, abs=0.02)


def test_recent_tracks_repeats_and_old_fixes_are_passed_over() -> None:
    tracks = RecentTracks(2)
    times = START + np.array([0.0, 0.0, 60.0, 30.0, 120.0])
    tracks.push(np.full(5, 9), times, *np.full((4, 5), 1.0))
    kept = tracks.of(np.array([9]))[0, 0]
    assert kept[~np.isnan(kept)].tolist() == [START, START + 30, START + 60, START + 120]
    tracks.push(np.array([9]), np.array([START + 10]), *np.full((4, 1), 1.0))
    assert np.isfinite(tracks.of(np.array([9]))[0, 0]).sum() == 4


def test_recent_tracks_many_targets_grow_and_are_forgotten() -> None:
    tracks = RecentTracks(2)
    for step in range(KEPT + 3):
        tracks.push(np.arange(5), np.full(5, START + 60 * step), *np.full((4, 5), float(step)))
    assert tracks.of(np.array([4]))[1, 0].tolist() == list(map(float, range(3, KEPT + 3)))
    tracks.push(np.array([7]), np.array([START + 7200]), *np.full((4, 1), 1.0))
    tracks.forget_before(START + 7000)
    assert len(tracks) == 1
    assert np.isnan(tracks.of(np.array([4]))).all()
    assert tracks.of(np.array([7]))[0, 0, -1] == START + 7200
