"""Closed season on its boundaries, permits, and fishing told from the track."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest

from core.finding import Condition, Finding
from core.target import TargetClass
from vessels import fishing, season
from vessels.fishing import Activity, FishingRules, Places, guess_gear
from vessels.fleet import Fleet, RegisterFacts, Target
from vessels.season import SeasonPermit, SeasonRule, SeasonRules, closing_rule
from vessels.track_grid import BIN_S, TrackGrid

from .safety_helpers import boat, rules

CHINA = timezone(timedelta(hours=8))
SEASON = rules(SeasonRules, "season")
FISHING = rules(FishingRules, "fishing")
CAGE = (27.80, 121.20)
PORT = (27.865, 121.12)
PLACES = Places(cages=np.array([CAGE]), ports=np.array([PORT]))
IN_SEASON = datetime(2026, 6, 10, 2, 0, tzinfo=UTC)
EARLIER = SeasonRule(
    rule_id="zj-old", name_zh="往年", gears=("桁杆拖虾", "笼壶", "刺网", "灯光围网"),
    lat_from_deg=26.5, lat_until_deg=35.0,
    closed_from=datetime(2023, 5, 1, 12, 0, tzinfo=CHINA), closed_until=datetime(2023, 8, 1, 12, 0, tzinfo=CHINA),
)  # fmt: skip


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CHINA)


@pytest.mark.parametrize(
    ("case", "gear", "lat_deg", "at", "closed"),
    [
        ("one minute before noon of the first day", "单船拖网", 28.0, "2025-05-01 11:59:59", False),
        ("noon of the first day", "单船拖网", 28.0, "2025-05-01 12:00", True),
        ("one second before noon of the last day", "刺网", 28.0, "2025-09-16 11:59:59", True),
        ("noon of the last day: open", "刺网", 28.0, "2025-09-16 12:00", False),
        ("angling is open all the time", "钓具", 28.0, "2025-06-01 00:00", False),
        ("exactly 26 deg 30 min, southern belt already open", "拖网", 26.5, "2025-09-01 00:00", True),
        ("just south of it: open since 16 August noon", "拖网", 26.4999, "2025-09-01 00:00", False),
        ("just south of it, before: closed", "拖网", 26.4999, "2025-08-16 11:59", True),
        ("exactly 35 deg", "拖网", 35.0, "2025-06-01 00:00", True),
        ("north of 35 deg: another sea's notice", "拖网", 35.0001, "2025-06-01 00:00", False),
        ("gear not known to the register is closed by *", "", 28.0, "2025-06-01 00:00", True),
    ],
)
def test_closing_rule_on_the_boundary(case: str, gear: str, lat_deg: float, at: str, closed: bool) -> None:
    assert (closing_rule(gear, lat_deg, local(at), SEASON) is not None) is closed, case


@pytest.mark.parametrize(("gear", "closed"), [("刺网", True), ("流刺网", True), ("拖网", False), ("笼壶", True)])
def test_closing_rule_by_gear_closes_only_its_gears(gear: str, closed: bool) -> None:
    only = replace(SEASON, rules=(EARLIER,))
    assert (closing_rule(gear, 28.0, local("2023-06-01 00:00"), only) is not None) is closed


def permit(**more: object) -> SeasonPermit:
    values = {
        "mmsi": 412300001,
        "document_no": "专捕2026-001",
        "valid_from": local("2026-08-05 12:00"),
        "valid_until": local("2026-09-16 12:00"),
    } | more
    return SeasonPermit(**values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("at", "allowed"),
    [
        ("2026-08-05 11:59:59", False),
        ("2026-08-05 12:00", True),
        ("2026-09-16 11:59", True),
        ("2026-09-16 12:00", False),
    ],
)
def test_permit_starts_and_ends_on_the_minute(at: str, allowed: bool) -> None:
    held = {412300001: [permit()]}
    assert (season.permit_for(412300001, "拖网", local(at), held) is not None) is allowed


def test_permit_for_another_gear_does_not_allow() -> None:
    held = {412300001: [permit(gear="笼壶")]}
    now = local("2026-08-10 00:00")
    assert season.permit_for(412300001, "拖网", now, held) is None
    assert season.permit_for(412300001, "蟹笼壶", now, held) is not None
    assert season.permit_for(412300001, None, now, held) is not None


def run(
    target: Target,
    speeds_kn: Sequence[float],
    at: datetime,
    open_keys: frozenset[str] = frozenset(),
    permits: dict[int, list[SeasonPermit]] | None = None,
    course_deg: float = 90.0,
) -> list[Finding]:
    """Sail the boat at the given speeds, one per bin, ending at its place and time, and judge."""
    grid = TrackGrid(4)
    away_nm = np.concatenate((np.cumsum(np.array(speeds_kn)[::-1] * BIN_S / 3600.0)[::-1][1:], [0.0]))
    times = at.timestamp() - BIN_S * np.arange(len(speeds_kn))[::-1]
    lon = target.lon_deg - away_nm / 53.0 * np.sin(np.radians(course_deg))
    lat = target.lat_deg - away_nm / 60.0 * np.cos(np.radians(course_deg))
    grid.push(
        np.full(len(times), target.mmsi), times, lat, lon, np.array(speeds_kn, float), np.full(len(times), course_deg)
    )
    fleet = Fleet.of([replace(target, observed_at=at, sog_kn=float(speeds_kn[-1]))], at=at)
    tracks = grid.of(fleet.mmsi)
    doing = fishing.watch(fleet, tracks, PLACES, FISHING)
    return season.judge(fleet, doing, tracks, SEASON, FISHING, permits or {}, open_keys)


TRAWLER = boat(412300001, 27.7, 121.8, register=RegisterFacts(name_zh="浙洞渔00001", gear="单船拖网"))
KEY = frozenset({"vessels.season:412300001"})


def test_season_trawler_at_trawling_speed_is_flagged() -> None:
    (finding,) = run(TRAWLER, [3.2] * 12, IN_SEASON)
    assert finding.condition is Condition.ACTIVE
    assert finding.probability is None
    assert finding.values["season_rule"] == "zj-2026"


@pytest.mark.parametrize(
    ("case", "target", "speeds"),
    [
        ("steaming home", TRAWLER, [8.5] * 12),
        ("not yet half an hour", TRAWLER, [8.5] * 8 + [3.2] * 5),
        ("lying still", TRAWLER, [0.1] * 12),
        ("beside a registered cage", replace(TRAWLER, lat_deg=CAGE[0], lon_deg=CAGE[1]), [0.6] * 5),
        ("in port", replace(TRAWLER, lat_deg=PORT[0], lon_deg=PORT[1]), [1.5] * 12),
        ("on the exempt list", replace(TRAWLER, kind=TargetClass.EXEMPT), [3.2] * 12),
        ("angler", replace(TRAWLER, register=RegisterFacts(name_zh="浙洞渔00002", gear="钓具")), [1.0] * 12),
        ("merchant", replace(TRAWLER, kind=TargetClass.MERCHANT, register=None), [3.2] * 12),
    ],
)
def test_season_innocent_boat_is_not_flagged(case: str, target: Target, speeds: list[float]) -> None:
    assert run(target, speeds, IN_SEASON) == [], case


def test_season_permitted_boat_is_never_flagged() -> None:
    held = {412300001: [permit(valid_from=local("2026-06-01 12:00"))]}
    assert run(TRAWLER, [3.2] * 12, IN_SEASON, permits=held) == []
    (ended,) = run(TRAWLER, [3.2] * 12, IN_SEASON, KEY, permits=held)
    assert ended.condition is Condition.CLEARED


def test_season_boat_that_stopped_fishing_is_cleared_after_the_hold() -> None:
    assert run(TRAWLER, [3.2] * 12 + [8.0] * 6, IN_SEASON, KEY) == []
    (ended,) = run(TRAWLER, [3.2] * 12 + [8.0] * 10, IN_SEASON, KEY)
    assert ended.condition is Condition.CLEARED


def test_season_out_of_season_nobody_is_flagged() -> None:
    assert run(TRAWLER, [3.2] * 12, local("2026-10-10 00:00")) == []


def test_season_unknown_gear_is_a_probability() -> None:
    unknown = replace(TRAWLER, register=None, kind=TargetClass.UNREGISTERED)
    (finding,) = run(unknown, [3.3] * 12, IN_SEASON)
    assert finding.probability is not None
    assert 0.8 <= finding.probability <= 1.0
    assert "疑似拖网" in finding.reason_zh


def test_guess_gear_too_short_a_track_says_nothing() -> None:
    grid = TrackGrid(2)
    grid.push(np.array([1]), np.array([1e9]), *np.full((4, 1), 3.0))
    chances = guess_gear(grid.of(np.array([1])), FISHING)
    assert np.allclose(chances, 1 / len(FISHING.gears))


def test_watch_port_is_entered_at_3_km_and_left_at_4_km() -> None:
    km = 1 / 1.852 / 60
    states = [(PORT[0] + away_km * km, PORT[1]) for away_km in (5.0, 3.5, 2.9, 3.5, 3.9, 4.1, 3.5)]
    grid = TrackGrid(2)
    start = IN_SEASON.timestamp()
    found = []
    for step, (lat, lon) in enumerate(states):
        at = IN_SEASON + timedelta(seconds=BIN_S * step)
        grid.push(np.array([412300001]), np.array([start + BIN_S * step]), *np.array([[lat], [lon], [6.0], [0.0]]))
        fleet = Fleet.of([boat(412300001, lat, lon, 6.0, 0.0, observed_at=at)], at=at)
        found.append(int(fishing.watch(fleet, grid.of(fleet.mmsi), PLACES, FISHING).state[0]))
    port, sea = Activity.PORT, Activity.UNDER_WAY
    assert found[1:] == [sea, port, port, port, sea, sea]


def test_track_grid_late_fix_goes_to_its_bin_and_old_ones_fall_out() -> None:
    grid = TrackGrid(1)
    start = 1_000_000 * BIN_S
    grid.push(np.array([5, 6]), np.array([start, start]), *np.full((4, 2), 1.0))
    grid.push(np.array([5]), np.array([start + 10 * BIN_S]), *np.full((4, 1), 3.0))
    grid.push(np.array([5]), np.array([start + 4 * BIN_S]), *np.full((4, 1), 2.0))
    kept = grid.of(np.array([5]))[0, 0]
    assert kept[np.isfinite(kept)].tolist() == [1.0, 2.0, 3.0]
    grid.push(np.array([5]), np.array([start + 75 * BIN_S]), *np.full((4, 1), 4.0))
    kept = grid.of(np.array([5]))[0, 0]
    assert kept[np.isfinite(kept)].tolist() == [2.0, 3.0, 4.0]
    assert len(grid) == 1  # the other one was not heard for six hours
