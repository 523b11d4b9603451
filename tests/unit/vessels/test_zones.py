"""Zones: entry, stay, exit with hysteresis, night, near a fairway; dragging anchors; GeoJSON that is wrong."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ConfigError
from core.finding import Condition, Finding, Severity
from core.target import TargetClass
from vessels import anchor_drag, zones
from vessels.fleet import Fleet, RegisterFacts, Target
from vessels.track_grid import BIN_S, TrackGrid
from vessels.zones import Zone, ZoneIndex, ZoneRules
from vessels.zones_geojson import read_geojson

from .safety_helpers import AT, boat, merchant, rules

RULES = rules(ZoneRules, "zones")
DAY, NIGHT = AT, AT + timedelta(hours=10)  # 12:00 and 22:00 local
NONE: frozenset[str] = frozenset()
M_LAT, M_LON = 1 / 111_120, 1 / (111_120 * np.cos(np.radians(27.8)))


def zone(purpose: str, zone_id: str = "z1", **more: Any) -> Zone:
    """A square of 0.02 degrees around 27.80 N 121.20 E."""
    values = {"name_zh": "测试区", "geometry": shapely.box(121.19, 27.79, 121.21, 27.81)} | more
    return Zone(zone_id=zone_id, purpose=purpose, **values)


def look(
    targets: list[Target], place: Zone, at: datetime = DAY, keys: frozenset[str] = NONE, stayed_bins: int = 1
) -> list[Finding]:
    fleet = Fleet.of([replace(t, observed_at=at) for t in targets], at=at)
    return zones.judge(fleet, ZoneIndex([place], at, RULES), _tracks(fleet, stayed_bins), RULES, keys)


def _tracks(fleet: Fleet, bins: int) -> np.ndarray:
    grid = TrackGrid(8)
    for back in reversed(range(bins)):
        times = np.full(len(fleet), fleet.at.timestamp() - back * BIN_S)
        grid.push(fleet.mmsi, times, fleet.lat_deg, fleet.lon_deg, fleet.sog_kn, fleet.cog_deg)
    return grid.of(fleet.mmsi)


INSIDE = boat(412300001, 27.80, 121.20, 1.0, 0.0)
KEY = "vessels.zone:412300001-z1"


def test_zone_closed_area_entry_is_raised_at_once() -> None:
    (finding,) = look([INSIDE], zone("closed_area"))
    assert (finding.key, finding.severity, finding.condition) == (KEY, Severity.ORANGE, Condition.ACTIVE)


def test_zone_border_flicker_keeps_one_finding_until_200_m_out() -> None:
    out_100 = replace(INSIDE, lat_deg=27.81 + 100 * M_LAT)
    out_250 = replace(INSIDE, lat_deg=27.81 + 250 * M_LAT)
    assert look([out_100], zone("closed_area")) == []
    assert [f.condition for f in look([out_100], zone("closed_area"), keys=frozenset({KEY}))] == [Condition.ACTIVE]
    assert [f.condition for f in look([out_250], zone("closed_area"), keys=frozenset({KEY}))] == [Condition.CLEARED]


def test_zone_boat_not_heard_is_unknown() -> None:
    (finding,) = look([], zone("closed_area"), keys=frozenset({KEY}))
    assert finding.condition is Condition.UNKNOWN


def test_zone_withdrawn_clears() -> None:
    ended = zone("closed_area", valid_until=DAY)
    (finding,) = look([INSIDE], ended, keys=frozenset({KEY}))
    assert finding.condition is Condition.CLEARED


def test_zone_cage_farm_reaches_500_m_around_the_cages() -> None:
    cage = zone("cage_farm", geometry=shapely.Point(121.2, 27.8).buffer(1e-5), buffer_m=500.0)
    near, far = replace(INSIDE, lat_deg=27.8 + 480 * M_LAT), replace(INSIDE, lat_deg=27.8 + 530 * M_LAT)
    assert len(look([near], cage, NIGHT)) == 1
    assert look([far], cage, NIGHT) == []


def test_zone_cage_farm_by_day_needs_a_stay_by_night_does_not() -> None:
    cage = zone("cage_farm")
    assert look([INSIDE], cage, DAY, stayed_bins=2) == []
    (lingering,) = look([INSIDE], cage, DAY, stayed_bins=6)
    assert lingering.severity is Severity.YELLOW
    assert lingering.values["stay_min"] == 30
    (night,) = look([INSIDE], cage, NIGHT)
    assert night.severity is Severity.ORANGE
    assert look([replace(INSIDE, sog_kn=6.0)], cage, DAY, stayed_bins=6) == []  # passing, not loitering


@pytest.mark.parametrize(
    "target",
    [
        replace(INSIDE, kind=TargetClass.EXEMPT),
        replace(INSIDE, register=RegisterFacts(name_zh="浙洞渔养0001", vessel_type="养殖船")),
        replace(INSIDE, kind=TargetClass.GEAR_BUOY),
    ],
)
def test_zone_cage_farm_own_boats_and_buoys_are_welcome(target: Target) -> None:
    assert look([target], zone("cage_farm"), NIGHT) == []


def test_zone_fairway_three_levels_need_slow_boat_and_near_merchant() -> None:
    fairway, ship = zone("fairway"), merchant(477000001, 27.85, 121.3, 14.0, 180.0)
    outside = replace(INSIDE, lat_deg=27.81 + 3000 * M_LAT)
    (near,) = look([outside, ship], fairway)
    assert (near.severity, near.values["level"]) == (Severity.BLUE, 1.0)
    (inside,) = look([INSIDE, ship], fairway)
    assert (inside.severity, inside.values["level"]) == (Severity.YELLOW, 2.0)
    assert look([outside], fairway) == []  # no merchant about
    assert look([replace(INSIDE, sog_kn=8.0), ship], fairway) == []  # crossing under way
    assert look([replace(outside, lat_deg=27.81 + 3900 * M_LAT), ship], fairway) == []


def test_zone_border_line_counts_within_its_buffer() -> None:
    line = zone("border_line", geometry=shapely.LineString([(121.3, 27.0), (121.3, 28.5)]), buffer_m=1000.0)
    assert len(look([replace(INSIDE, lon_deg=121.3 - 900 * M_LON)], line)) == 1
    assert look([replace(INSIDE, lon_deg=121.3 - 1100 * M_LON)], line) == []


def test_zone_index_quiet_is_port_and_shelter_only() -> None:
    index = ZoneIndex([zone("port"), zone("fairway", "z2", geometry=shapely.box(121.3, 27.7, 121.4, 27.9))], DAY, RULES)
    lat, lon = np.array([27.8, 27.8, 27.8]), np.array([121.2, 121.35, 122.0])
    assert index.quiet(lat, lon).tolist() == [True, False, False]


def dragging(path_m: list[float], status: int = 1, sog_kn: float = 0.8) -> Target:
    """An anchored merchant east of the farm whose distance to its edge runs through `path_m`."""
    lon = 121.21 + path_m[-1] * M_LON
    return merchant(477000001, 27.80, lon, sog_kn, 270.0, nav_status=status, length_m=100.0)


def drag(path_m: list[float], keys: frozenset[str] = NONE, **more: Any) -> list[Finding]:
    ship = dragging(path_m, **more)
    fleet, grid = Fleet.of([ship], at=AT), TrackGrid(2)
    for back, away in enumerate(reversed(path_m)):
        lying = away == path_m[0]
        values = [[27.80], [121.21 + away * M_LON], [0.1 if lying else 0.8], [270.0]]
        grid.push(fleet.mmsi, np.array([AT.timestamp() - back * BIN_S]), *np.array(values))
    index = ZoneIndex([zone("cage_farm")], AT, RULES)
    return anchor_drag.judge(fleet, index, grid.of(fleet.mmsi), RULES, keys)


LAY = [1200.0] * 8


def test_drag_anchored_ship_that_comes_nearer_is_red() -> None:
    (finding,) = drag([*LAY, 1050.0, 900.0])
    assert finding.severity is Severity.RED
    assert float(finding.values["moved_m"] or 0) == pytest.approx(300, abs=5)


@pytest.mark.parametrize(
    ("case", "path_m", "more"),
    [
        ("swings on her chain", [*LAY, 1100.0, 1050.0], {}),
        ("moves away", [*LAY, 1300.0, 1450.0], {}),
        ("under way", [*LAY, 1050.0, 900.0], {"status": 0}),
        ("far from any farm", [3200.0] * 8 + [2900.0], {}),
        ("lay too short a time", [1200.0] * 3 + [900.0], {}),
    ],
)
def test_drag_innocent_ship_is_not_flagged(case: str, path_m: list[float], more: dict[str, Any]) -> None:
    assert drag(path_m, **more) == [], case


def test_drag_by_fits_and_starts_is_one_alarm_that_ends_when_she_lies_in_a_new_place() -> None:
    key = frozenset({"vessels.anchor_drag:477000001"})
    assert drag([*LAY, 1050.0, 900.0], sog_kn=0.0) == [], "at rest nothing is raised anew"
    (kept,) = drag([*LAY, 1050.0, 900.0], key, sog_kn=0.0)
    assert kept.condition is Condition.ACTIVE
    (ended,) = drag([1200.0, 1050.0, *[900.0] * 8], key, sog_kn=0.0)
    assert ended.condition is Condition.CLEARED


def test_drag_ship_that_weighs_is_cleared() -> None:
    (finding,) = drag([*LAY, 1050.0, 900.0], frozenset({"vessels.anchor_drag:477000001"}), status=0, sog_kn=6.0)
    assert finding.condition is Condition.CLEARED


def feature(**more: Any) -> dict[str, Any]:
    told = {"id": "z1", "name_zh": "测试区", "purpose": "fairway"} | more.pop("properties", {})
    square = {"type": "Polygon", "coordinates": [[[121, 27], [122, 27], [122, 28], [121, 28], [121, 27]]]}
    return {"type": "Feature", "properties": told, "geometry": more.pop("geometry", square)}


def test_read_geojson_good_file_gives_zones() -> None:
    collection = {"type": "FeatureCollection", "features": [feature(properties={"valid_from": "2026-05-01T12:00"})]}
    (found,) = read_geojson(collection, source="notice", version="1")
    assert (found.zone_id, found.purpose, found.source) == ("z1", "fairway", "notice")
    assert found.valid_from is not None
    assert found.valid_from.utcoffset() == timedelta(hours=8)


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (feature(properties={"purpose": "park"}), "purpose 'park'"),
        (feature(geometry={"type": "Point", "coordinates": [121, 27]}), "Point"),
        (feature(geometry={"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [0, 1], [1, 0], [0, 0]]]}), "not valid"),
        (feature(geometry={"type": "LineString", "coordinates": [[27, 121], [28, 121]]}), "longitude, latitude"),
        ({"type": "Feature"}, "properties"),
        (None, "Feature 1"),
    ],
)
def test_read_geojson_bad_feature_is_named(bad: Any, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        read_geojson({"features": [bad]}, source="s", version="1")


def test_read_geojson_doubled_id_is_refused() -> None:
    with pytest.raises(ConfigError, match="more than once"):
        read_geojson({"features": [feature(), feature()]}, source="s", version="1")


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.sampled_from(["features", "type", "geometry", "properties", "coordinates", "id", "purpose", "Polygon"]),
        inner, max_size=5,
    ),
    max_leaves=20,
)  # fmt: skip


@given(json_values)
def test_read_geojson_anything_is_zones_or_a_clear_refusal(value: Any) -> None:
    try:
        read_geojson(value, source="s", version="1")
    except ConfigError as refusal:
        assert refusal.problems
