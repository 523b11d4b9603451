"""Storm exposure: 200 boats of mixed classes before a typhoon, each warned once and in time; routes over water only."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from core.finding import Condition, Finding, Severity
from vessels import coast, shelter_routes, storm, storm_plan
from vessels.fleet import Fleet, Floats, RegisterFacts, Target
from vessels.shelter_routes import SeaRoutes, Shelter
from vessels.storm_plan import StormRules
from vessels.storm_weather import AreaWarning, WarnedWeather, WeatherGrid, beaufort, wind_limit_mps

from .safety_helpers import AT, boat, rules

RULES = rules(StormRules, "storm")
SHELTERS = (
    Shelter(id="sanpan", name_zh="三盘港锚地", name_en="Sanpan", lat_deg=27.865, lon_deg=121.12),
    Shelter(id="kanmen", name_zh="坎门中心渔港", name_en="Kanmen", lat_deg=28.075, lon_deg=121.29),
    Shelter(id="beiji", name_zh="北麂锚地", name_en="Beiji", lat_deg=27.63, lon_deg=121.19),
)
NONE: frozenset[str] = frozenset()


@pytest.fixture(scope="module")
def routes(tmp_path_factory: pytest.TempPathFactory) -> SeaRoutes:
    box = coast.region(27.2, 120.4, 28.4, 122.6, cache_dir=tmp_path_factory.mktemp("coast"))
    return shelter_routes.build(box, SHELTERS, step_nm=0.3)


def typhoon(hours: float = 96.0, arrives_h: float = 60.0, peak_mps: float = 20.0) -> WeatherGrid:
    """A storm that comes up from the south-east and passes 122 E, 27.8 N at `arrives_h`."""
    unix_s = AT.timestamp() + np.arange(0.0, hours + 1, 1.0) * 3600.0
    lat, lon = np.linspace(27.0, 28.6, 17), np.linspace(120.2, 122.8, 27)
    t, y, x = np.meshgrid(np.arange(len(unix_s)) - arrives_h, lat, lon, indexing="ij")
    away_nm = np.hypot((x - 122.0 + t * 0.12) * 53.0, (y - 27.8 - t * 0.1) * 60.0)
    wind = 6.0 + peak_mps * np.exp(-((away_nm / 45.0) ** 2))
    return WeatherGrid(unix_s=unix_s, lat_deg=lat, lon_deg=lon, wind_mps=wind, hs_m=0.2 * wind)


def mixed_fleet(seed: int, routes: SeaRoutes, count: int = 200) -> list[Target]:
    draw, boats = np.random.default_rng(seed), []
    while len(boats) < count:
        lat, lon = draw.uniform(27.25, 28.35), draw.uniform(120.9, 122.5)
        ashore = (
            routes.coast.is_land(lat, lon)[0] or storm_plan.in_shelter(np.array([lat]), np.array([lon]), SHELTERS)[0]
        )
        if ashore or not routes.nearest(lat, lon, 1):
            continue
        facts = RegisterFacts(
            name_zh=f"浙洞渔{len(boats):05d}",
            length_m=float(draw.uniform(8, 55)),
            wind_class_bft=int(draw.integers(6, 13)) if draw.random() < 0.7 else None,
            hs_limit_m=float(draw.uniform(1.5, 8)) if draw.random() < 0.7 else None,
        )
        boats.append(boat(412300000 + len(boats), lat, lon, 3.0, 90.0, register=facts))
    return boats


def at_time(targets: Sequence[Target], at: datetime) -> Fleet:
    return Fleet.of([replace(t, observed_at=at) for t in targets], at=at)


def look(
    targets: Sequence[Target], weather: object, routes: SeaRoutes, at: datetime, keys: frozenset[str] = NONE
) -> list[Finding]:
    found = storm.judge(at_time(targets, at), weather, routes, RULES, keys)  # type: ignore[arg-type]
    return [f for f in found if f.rule == "vessels.storm"]


@pytest.mark.parametrize("seed", [11, 12])
def test_storm_200_mixed_boats_each_exposed_one_is_warned_once_in_time_and_no_other(
    seed: int, routes: SeaRoutes
) -> None:
    weather, targets = typhoon(), mixed_fleet(seed, routes)
    first: dict[str, Finding] = {}
    keys: set[str] = set()
    exposed: set[str] = set()
    for hour in range(0, 49, 6):
        at = AT + timedelta(hours=hour)
        for finding in look(targets, weather, routes, at, frozenset(keys)):
            assert finding.condition is Condition.ACTIVE
            if finding.key not in first:
                first[finding.key] = replace(finding, observed_at=at)
            keys.add(finding.key)
        exposed |= _exposed_by_hand(targets, weather, at)
    assert set(first) == exposed
    assert 40 < len(exposed) < 160  # the scenario has boats on both sides of their limits
    for key, finding in first.items():
        latest = finding.values["latest_departure_at"]
        left_h = (datetime.fromisoformat(str(latest)) - finding.observed_at) / timedelta(hours=1) if latest else -1.0
        assert left_h >= 6.0 or finding.observed_at == AT, (key, left_h)


def _exposed_by_hand(targets: Sequence[Target], weather: WeatherGrid, at: datetime) -> set[str]:
    """Boats whose limit is passed within 48 h where they lie, half hour by half hour."""
    found = set()
    hours = np.arange(0, 48.01, 0.5)
    for target in targets:
        limits = storm_plan.limits_of(target, RULES)
        wind, hs = weather.sample(
            np.full(len(hours), target.lat_deg), np.full(len(hours), target.lon_deg), at.timestamp() + hours * 3600
        )
        if (wind > limits.wind_mps).any() or (hs > limits.hs_m).any():
            found.add(f"vessels.storm:{target.mmsi}")
    return found


def test_storm_routes_of_200_boats_never_cross_land(routes: SeaRoutes) -> None:
    for target in mixed_fleet(5, routes):
        for way in routes.nearest(target.lat_deg, target.lon_deg, 3):
            assert not routes.coast.crosses(way.lat_deg, way.lon_deg)
            assert (way.lat_deg[-1], way.lon_deg[-1]) == (way.shelter.lat_deg, way.shelter.lon_deg)


def test_routes_around_an_island_are_longer_than_the_straight_line(routes: SeaRoutes) -> None:
    # West of Dongtou island to Kanmen: the straight line crosses land.
    (way, *_) = [r for r in routes.nearest(27.75, 121.02, 3) if r.shelter.id == "kanmen"]
    assert routes.coast.crosses([27.75, 28.075], [121.02, 121.29])
    straight_nm = 60 * np.hypot(28.075 - 27.75, (121.29 - 121.02) * np.cos(np.radians(27.9)))
    assert straight_nm < way.distance_nm < 2.5 * straight_nm


def test_routes_open_sea_detour_is_under_3_percent(routes: SeaRoutes) -> None:
    (way, *_) = routes.nearest(27.62, 121.9, 1)
    straight_nm = 60 * np.hypot(27.63 - 27.62, (121.9 - 121.19) * np.cos(np.radians(27.62)))
    assert way.shelter.id == "beiji"
    assert straight_nm <= way.distance_nm < 1.03 * straight_nm


def test_routes_built_again_come_from_the_cache_and_damage_is_mended(tmp_path: Path) -> None:
    box = coast.region(27.6, 121.0, 27.9, 121.4, cache_dir=tmp_path)
    first = shelter_routes.build(box, SHELTERS[2:], step_nm=0.5, cache_dir=tmp_path)
    (kept,) = tmp_path.glob("routes-*.npz")
    kept.write_bytes(kept.read_bytes()[:500])
    again = shelter_routes.build(box, SHELTERS[2:], step_nm=0.5, cache_dir=tmp_path)
    third = shelter_routes.build(box, SHELTERS[2:], step_nm=0.5, cache_dir=tmp_path)
    assert np.array_equal(first.distance_nm, again.distance_nm)
    assert np.array_equal(first.onward, third.onward)


def steady(wind_mps: Floats) -> WeatherGrid:
    """Wind that is the same everywhere and changes hour by hour; flat sea."""
    unix_s = AT.timestamp() + np.arange(len(wind_mps)) * 3600.0
    lat, lon = np.array([26.0, 29.0]), np.array([120.0, 124.0])
    wind = np.broadcast_to(wind_mps[:, None, None], (len(wind_mps), 2, 2))
    return WeatherGrid(unix_s=unix_s, lat_deg=lat, lon_deg=lon, wind_mps=wind, hs_m=np.zeros_like(wind))


def small_boat(lat_deg: float = 27.62, lon_deg: float = 121.9, **more: object) -> Target:
    facts = RegisterFacts(name_zh="浙洞渔00001", length_m=20.0, wind_class_bft=7, hs_limit_m=9.0)
    return boat(412300001, lat_deg, lon_deg, 0.0, None, register=facts, **more)


def step_at(hour: int, hours: int = 97) -> WeatherGrid:
    wind = np.full(hours, 8.0)
    wind[hour:] = 25.0
    return steady(wind)


def test_storm_latest_departure_is_onset_less_way_less_margin(routes: SeaRoutes) -> None:
    (finding,) = look([small_boat()], step_at(30), routes, AT)
    # 8 kn by length x 0.8; linear between hours 29 (8 m/s) and 30 (25 m/s): 17.1 is passed at 29.54 h, seen at 29.5.
    duration_h = float(finding.values["time_needed_h"] or 0)
    assert duration_h == pytest.approx(float(finding.values["sea_distance_nm"] or 0) / 6.4, abs=0.02)
    latest = datetime.fromisoformat(str(finding.values["latest_departure_at"]))
    left_h = (latest - AT) / timedelta(hours=1)
    assert 29.54 - duration_h - 1.0 - 0.5 <= left_h <= 29.54 - duration_h - 1.0
    assert finding.severity is Severity.YELLOW
    assert finding.valid_from is not None
    assert "北麂锚地" in finding.advice_zh


@pytest.mark.parametrize(("onset_h", "severity"), [(40, Severity.YELLOW), (15, Severity.ORANGE), (4, Severity.RED)])
def test_storm_severity_follows_the_time_left(onset_h: int, severity: Severity, routes: SeaRoutes) -> None:
    (finding,) = look([small_boat()], step_at(onset_h), routes, AT)
    assert finding.severity is severity


def test_storm_boat_in_shelter_is_not_warned_and_her_warning_ends(routes: SeaRoutes) -> None:
    berth = small_boat(27.866, 121.121)
    assert look([berth], step_at(10), routes, AT) == []
    (finding,) = look([berth], step_at(10), routes, AT, frozenset({"vessels.storm:412300001"}))
    assert finding.condition is Condition.CLEARED


def test_storm_wind_a_little_below_the_limit_keeps_an_open_warning(routes: SeaRoutes) -> None:
    key = frozenset({"vessels.storm:412300001"})
    for wind, condition in ((16.5, Condition.ACTIVE), (15.0, Condition.CLEARED)):
        weather = steady(np.full(97, wind))
        assert look([small_boat()], weather, routes, AT) == []
        (finding,) = look([small_boat()], weather, routes, AT, key)
        assert finding.condition is condition


def test_storm_no_forecast_is_unknown_never_cleared(routes: SeaRoutes) -> None:
    nothing = WarnedWeather(below=None, warnings=())
    assert look([small_boat()], nothing, routes, AT) == []
    (finding,) = look([small_boat()], nothing, routes, AT, frozenset({"vessels.storm:412300001"}))
    assert finding.condition is Condition.UNKNOWN


def test_storm_official_warning_with_polygon_raises_the_same_finding(routes: SeaRoutes) -> None:
    ring = ((27.4, 121.6), (27.9, 121.6), (27.9, 122.3), (27.4, 122.3))
    warning = AreaWarning(
        identifier="cap-1", headline="海浪橙色警报", polygons=(ring,), onset_at=AT + timedelta(hours=20),
        expires_at=AT + timedelta(hours=40), hs_m=9.5,
    )  # fmt: skip
    inside, outside = small_boat(), replace(small_boat(28.2, 121.9), mmsi=412300002)
    for below in (None, steady(np.full(97, 5.0))):
        (finding,) = look([inside, outside], WarnedWeather(below=below, warnings=[warning]), routes, AT)
        assert finding.subject.id == "412300001"
        assert finding.values["hs_m"] == 9.5
        assert finding.values["latest_departure_at"] is not None


def test_storm_boat_is_not_sent_where_there_is_no_lee(routes: SeaRoutes) -> None:
    (open_to_all,) = look([small_boat()], step_at(4), routes, AT)
    nearest = open_to_all.values["shelter_id"]
    poor = [replace(s, max_wind_bft=6) if s.id == nearest else s for s in routes.shelters]
    (sent,) = look([small_boat()], step_at(4), replace(routes, shelters=tuple(poor)), AT)
    assert sent.values["shelter_id"] not in (None, nearest)
    bad = tuple(replace(s, max_wind_bft=6) for s in routes.shelters)
    (anyway,) = look([small_boat()], step_at(4), replace(routes, shelters=bad), AT)
    assert anyway.values["shelter_id"] == nearest, "where nothing gives lee the nearest is still better than the sea"


def test_storm_list_of_boats_not_back_is_one_finding_and_ends(routes: SeaRoutes) -> None:
    two = [small_boat(), replace(small_boat(27.7, 121.7), mmsi=412300002)]
    found = storm.judge(at_time(two, AT), step_at(4), routes, RULES, NONE, aboard={412300001: 6})
    (listed,) = [f for f in found if f.rule == "vessels.storm_fleet"]
    assert listed.values == {"boats": 2.0, "overdue": 2.0, "persons_known": 6.0}
    assert len(listed.evidence) == 2
    calm = steady(np.full(97, 3.0))
    (ended,) = storm.judge(at_time(two, AT), calm, routes, RULES, frozenset({"vessels.storm_fleet:sea"}))
    assert ended.condition is Condition.CLEARED


@pytest.mark.parametrize(("wind_mps", "force"), [(0.0, 0), (5.5, 4), (17.1, 7), (17.2, 8), (32.7, 12)])
def test_beaufort_published_bounds(wind_mps: float, force: int) -> None:
    assert beaufort(wind_mps) == force
    assert wind_mps <= wind_limit_mps(force)


def east_only(wind_mps: float) -> WeatherGrid:
    """A gale east of 122 E that blows all the time; light wind west of it."""
    lat, lon = np.array([26.0, 29.0]), np.array([120.0, 121.99, 122.0, 124.0])
    wind = np.broadcast_to(np.array([6.0, 6.0, wind_mps, wind_mps]), (2, 2, 4))
    unix_s = AT.timestamp() + np.array([0.0, 96.0]) * 3600
    return WeatherGrid(unix_s=unix_s, lat_deg=lat, lon_deg=lon, wind_mps=wind, hs_m=np.zeros((2, 2, 4)), source="x")


def test_storm_boat_that_steams_into_it_is_warned_before_she_is_there(routes: SeaRoutes) -> None:
    lying = small_boat(27.62, 121.85)
    outward = replace(lying, sog_kn=8.0, cog_deg=90.0)
    assert look([lying], east_only(25.0), routes, AT) == []
    assert look([replace(outward, cog_deg=270.0)], east_only(25.0), routes, AT) == []
    (finding,) = look([outward], east_only(25.0), routes, AT)
    # Eight nautical miles at eight knots.
    assert finding.valid_from is not None
    assert timedelta(minutes=30) <= finding.valid_from - AT <= timedelta(minutes=90)
    assert [e.text for e in finding.evidence if e.kind == "weather"] == ["x"]


def test_storm_window_is_told_from_to_and_that_of_the_way_home_beside_it(routes: SeaRoutes) -> None:
    wind = np.full(97, 8.0)
    wind[30:38] = 25.0
    (finding,) = look([small_boat()], steady(wind), routes, AT)
    window = [datetime.fromisoformat(str(finding.values[f"window_{end}_at"])) for end in ("from", "until")]
    assert window == [finding.valid_from, finding.valid_until]
    assert [(at - AT) / timedelta(hours=1) for at in window] == [30.0, 37.5]
    closed = [datetime.fromisoformat(str(finding.values[f"way_closed_{end}_at"])) for end in ("from", "until")]
    duration = timedelta(hours=float(finding.values["time_needed_h"] or 0))
    assert (
        timedelta(0) <= (AT + timedelta(hours=29.5)) - duration - closed[0] + timedelta(hours=0.5) <= timedelta(hours=1)
    )
    assert closed[1] <= window[1]
    assert "至" in finding.reason_zh.split("风力")[0]
    (open_ended,) = look([small_boat()], step_at(30), routes, AT)
    assert open_ended.values["window_until_at"] is None
    assert open_ended.values["way_closed_until_at"] is None
    assert "起风力" in open_ended.reason_zh
