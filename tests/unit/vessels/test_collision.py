"""Merchant against fishing boat: raised once, quiet where it must be, kept after acknowledgement."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from core.finding import Condition, Finding, Severity
from core.geo import destination
from core.target import TargetClass
from vessels import collision
from vessels.collision import CollisionRules, PairMemory, candidate_pairs
from vessels.cpa import turning_offset_nm
from vessels.fleet import Fleet, Target
from vessels.motion import RecentTracks, estimate

from .safety_helpers import AT, boat, merchant, rules

RULES = rules(CollisionRules, "collision")
NONE: frozenset[str] = frozenset()


def findings(targets: Sequence[Target], open_keys: frozenset[str] = NONE, **more: object) -> list[Finding]:
    fleet = Fleet.of(targets, at=AT)
    motion = estimate(fleet, RecentTracks())
    memory = more.pop("memory", None) or in_danger_since(targets, RULES.for_s)
    return collision.judge(fleet, motion, RULES, open_keys, memory=memory, **more)[0]  # type: ignore[arg-type]


def in_danger_since(targets: Sequence[Target], seconds: float) -> PairMemory:
    """Return the memory of a look at which every pair was already in danger."""
    keys = [collision.key_of(a.mmsi, b.mmsi) for a in targets for b in targets if a.mmsi < b.mmsi]
    return PairMemory(since_s=dict.fromkeys(keys, AT.timestamp() - seconds))


def danger_at(key: str, seconds_ago: float) -> PairMemory:
    return PairMemory(last_danger_s={key: AT.timestamp() - seconds_ago})


def head_on(minutes_away: float, miss_nm: float = 0.0, fishing_kn: float = 4.0) -> list[Target]:
    """A 14 kn merchant going north meets a fishing boat coming south after `minutes_away`."""
    gap_nm = (14.0 + fishing_kn) * minutes_away / 60.0
    lat, lon = destination(27.5, 121.8, 0.0, gap_nm)
    lat, lon = destination(lat, lon, 90.0, miss_nm)
    return [merchant(477000001, 27.5, 121.8, 14.0, 0.0), boat(412300001, lat, lon, fishing_kn, 180.0)]


def test_collision_head_on_in_12_min_is_raised_with_figures() -> None:
    (finding,) = findings(head_on(12.0))
    assert finding.condition is Condition.ACTIVE
    assert finding.severity is Severity.ORANGE
    assert finding.key == "vessels.collision:412300001-477000001"
    assert finding.values["cpa_nm"] == pytest.approx(0.0, abs=0.01)
    assert finding.values["tcpa_s"] == pytest.approx(720, abs=5)
    assert finding.subject.id == "412300001"
    assert "12分钟" in finding.reason_zh


def test_collision_near_and_soon_is_red() -> None:
    (finding,) = findings(head_on(5.0))
    assert finding.severity is Severity.RED


@pytest.mark.parametrize(
    ("case", "targets"),
    [
        ("too far ahead in time", head_on(16.0)),
        ("passes 1 nmi off", head_on(12.0, miss_nm=1.0)),
        ("fishing boat truly at anchor", [head_on(8.0)[0], boat(412300001, 27.72, 121.8, 0.1, 0.0, nav_status=1)]),
        (
            "merchant truly moored",
            [merchant(477000001, 27.5, 121.8, 0.0, 0.0, nav_status=5), boat(412300001, 27.53, 121.8, 6.0, 180.0)],
        ),
        ("both slow", [merchant(477000001, 27.5, 121.8, 2.5, 0.0), boat(412300001, 27.53, 121.8, 2.5, 180.0)]),
        ("both fishing", [boat(412300002, 27.5, 121.8, 9.0, 0.0), boat(412300001, 27.6, 121.8, 9.0, 180.0)]),
        ("already past", [merchant(477000001, 27.5, 121.8, 14.0, 0.0), boat(412300001, 27.4, 121.8, 4.0, 180.0)]),
    ],
)
def test_collision_quiet_case_raises_nothing(case: str, targets: list[Target]) -> None:
    assert findings(targets) == [], case


def test_collision_status_anchored_but_sailing_is_still_raised() -> None:
    targets = head_on(10.0, fishing_kn=6.0)
    sailing = boat(412300001, targets[1].lat_deg, targets[1].lon_deg, 6.0, 180.0, nav_status=1)
    assert len(findings([targets[0], sailing])) == 1


def test_collision_quiet_place_is_suppressed() -> None:
    assert findings(head_on(10.0), quiet=np.array([False, True])) == []


def test_collision_gear_buoy_never_pairs() -> None:
    targets = head_on(10.0)
    buoy = boat(900123456, targets[1].lat_deg, targets[1].lon_deg, 1.0, 0.0, kind=TargetClass.GEAR_BUOY, register=None)
    assert findings([targets[0], buoy]) == []


def test_collision_open_key_stays_active_then_clears_once_after_hold() -> None:
    key = "vessels.collision:412300001-477000001"
    opened = frozenset({key})
    # 0.4 nmi off: would not raise, but an open warning stays.
    (kept,) = findings(head_on(10.0, miss_nm=0.4), opened)
    assert kept.condition is Condition.ACTIVE
    # Clear: nothing is said until hold_s has passed, then CLEARED.
    clear = Fleet.of(head_on(10.0, miss_nm=3.0), at=AT)
    motion = estimate(clear, RecentTracks())
    early, memory = collision.judge(clear, motion, RULES, opened, memory=danger_at(key, 60))
    assert early == []
    assert memory == danger_at(key, 60)
    late, memory = collision.judge(clear, motion, RULES, opened, memory=danger_at(key, RULES.hold_s))
    assert [f.condition for f in late] == [Condition.CLEARED]
    assert memory == PairMemory()


def test_collision_one_of_the_pair_lost_is_unknown_not_cleared() -> None:
    key = "vessels.collision:412300001-477000001"
    (finding,) = findings(head_on(10.0)[:1], frozenset({key}), memory=danger_at(key, 900))
    assert finding.condition is Condition.UNKNOWN


def test_collision_track_disagrees_with_swinging_course_is_not_raised() -> None:
    """A trawler whose reported course points at the merchant for a moment while its track leads away."""
    targets = head_on(12.0)
    fishing = targets[1]
    tracks = RecentTracks()
    times = np.arange(-360.0, 1.0, 30.0)
    lon = fishing.lon_deg + times / 3600 * 4.0 / 53.0  # truly going east at 4 kn
    cog = np.where(np.arange(len(times)) % 2, 180.0, 20.0)
    tracks.push(
        np.full(len(times), fishing.mmsi), AT.timestamp() + times, np.full_like(times, fishing.lat_deg), lon,
        np.full_like(times, 4.0), cog,
    )  # fmt: skip
    fleet = Fleet.of(targets, at=AT)
    memory = in_danger_since(targets, RULES.for_s)
    assert len(collision.judge(fleet, estimate(fleet, RecentTracks()), RULES, NONE, memory=memory)[0]) == 1
    assert collision.judge(fleet, estimate(fleet, tracks), RULES, NONE, memory=memory)[0] == []


def test_collision_merchant_turning_into_the_boat_is_seen_by_its_turn() -> None:
    """On her course of the moment she passes 2 nmi off; her steady turn brings her onto the boat."""
    rate, kn, seconds = 20.0, 14.0, RULES.turn_for_s
    times = np.arange(-180.0, 1.0, 20.0)
    tracks = RecentTracks()
    tracks.push(
        np.full(len(times), 477000001), AT.timestamp() + times, np.full_like(times, 27.5), np.full_like(times, 121.8),
        np.full_like(times, kn), (times / 60 * rate) % 360,
    )  # fmt: skip
    ahead = turning_offset_nm(np.array([kn]), np.array([0.0]), np.array([rate]), seconds, np.array([420.0]))
    lat, lon = 27.5 + ahead[1][0, 0] / 60, 121.8 + ahead[0][0, 0] / 60 / np.cos(np.radians(27.5))
    targets = [merchant(477000001, 27.5, 121.8, kn, 0.0), boat(412300001, float(lat), float(lon), 0.5, 0.0)]
    fleet = Fleet.of(targets, at=AT)
    memory = in_danger_since(targets, RULES.for_s)
    straight = collision.judge(fleet, estimate(fleet, RecentTracks()), RULES, NONE, memory=memory)[0]
    bent = collision.judge(fleet, estimate(fleet, tracks), RULES, NONE, memory=memory)[0]
    assert straight == []
    assert [f.condition for f in bent] == [Condition.ACTIVE]


def test_collision_old_position_is_not_used() -> None:
    targets = head_on(10.0)
    stale = boat(412300001, targets[1].lat_deg, targets[1].lon_deg, 4.0, 180.0, observed_at=AT - timedelta(minutes=10))
    assert findings([targets[0], stale]) == []


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_candidate_pairs_random_sea_holds_every_dangerous_pair(seed: int) -> None:
    draw = np.random.default_rng(seed)
    targets: list[Target] = []
    for i in range(300):
        place = (27.0 + draw.uniform(0, 1), 121.5 + draw.uniform(0, 1))
        if i % 5 == 0:
            targets.append(merchant(477000000 + i, *place, draw.uniform(6, 20), draw.uniform(0, 360)))
        else:
            targets.append(boat(412300000 + i, *place, draw.uniform(0, 9), draw.uniform(0, 360)))
    fleet = Fleet.of(targets, at=AT)
    motion = estimate(fleet, RecentTracks())
    first, second = candidate_pairs(fleet, motion, RULES)
    found = set(zip(first.tolist(), second.tolist(), strict=True))
    merchants, boats = np.flatnonzero(fleet.role == 2), np.flatnonzero(fleet.role == 1)
    a, b = (g.ravel() for g in np.meshgrid(merchants, boats))
    pairs = collision.approaches(fleet, motion, a, b, RULES)
    for row in np.flatnonzero(collision.dangerous(pairs, RULES)):
        assert (int(a[row]), int(b[row])) in found


def test_collision_first_look_waits_for_a_minute_unless_imminent() -> None:
    none = PairMemory()
    for minutes_away, raised in ((12.0, 0), (4.5, 1)):
        fleet = Fleet.of(head_on(minutes_away), at=AT)
        found, memory = collision.judge(fleet, estimate(fleet, RecentTracks()), RULES, NONE, memory=none)
        assert len(found) == raised
        assert len(memory.since_s) == 1 - raised


@pytest.mark.parametrize(("length_m", "raised"), [(25.0, 0), (None, 1), (180.0, 1)])
def test_collision_only_two_ships_known_to_be_small_are_passed_over(length_m: float | None, raised: int) -> None:
    ship, fishing = head_on(10.0)
    small = boat(fishing.mmsi, fishing.lat_deg, fishing.lon_deg, 4.0, 180.0, register=None, length_m=20.0)
    assert len(findings([replace(ship, length_m=length_m), small])) == raised
