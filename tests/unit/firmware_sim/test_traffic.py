"""The traffic: repeatable, complete in its classes, true to its labels, never on land."""

from collections import Counter, defaultdict
from datetime import UTC, datetime

import numpy as np
import pyais
import pytest
from shapely import LineString, box, contains_xy, unary_union

from core.geo import range_nm
from core.mmsi import MmsiClass, classify
from firmware_sim import chart
from firmware_sim.cast import CLASSES
from firmware_sim.farm import CAGES
from firmware_sim.identity import REGISTER_COLUMNS
from firmware_sim.traffic import Heard, Traffic, build_traffic
from vessels import coast

ANCHOR = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def intruder() -> Traffic:
    return build_traffic("intruder", 1, ANCHOR)


@pytest.fixture(scope="module")
def half_hour(intruder: Traffic) -> list[Heard]:
    return list(intruder.sentences(0.5))


@pytest.fixture(scope="module")
def land() -> object:
    return unary_union(coast.region(26.9, 120.8, 28.5, 122.7).land)


def _messages(lines: list[Heard]) -> list[tuple[Heard, object]]:
    parts: dict[tuple[str, str], list[Heard]] = defaultdict(list)
    found = []
    for line in lines:
        if not line.text.startswith("!"):
            continue
        fields = line.text.split(",")
        if len(fields) < 7:
            continue
        if fields[1] == "1":
            group = [line]
        else:
            parts[line.receiver, line.target_id].append(line)
            group = parts[line.receiver, line.target_id]
            if len(group) < int(fields[1]):
                continue
            del parts[line.receiver, line.target_id]
        try:
            found.append((line, pyais.decode(*(part.text for part in group), error_if_checksum_invalid=True)))
        except (pyais.exceptions.AISBaseException, ValueError, IndexError):
            continue
    return found


def test_lines_of_one_seed_are_the_same_in_any_windows(intruder: Traffic) -> None:
    again = build_traffic("intruder", 1, ANCHOR)
    start = intruder.anchor_s
    whole = intruder.window(start, start + 300.0)
    pieces = [line for k in range(60) for line in again.window(start + 5 * k, start + 5 * k + 5)]
    assert pieces == whole
    assert len(whole) > 500


def test_lines_of_another_seed_differ(intruder: Traffic) -> None:
    other = build_traffic("intruder", 2, ANCHOR)
    assert other.labels != intruder.labels
    assert other.window(other.anchor_s, other.anchor_s + 30) != intruder.window(
        intruder.anchor_s, intruder.anchor_s + 30
    )


def test_cast_of_any_size_has_every_class() -> None:
    for targets in (40, 60, 300):
        labels = build_traffic("calm", 3, ANCHOR, targets=targets).labels
        assert set(CLASSES) <= {label.target_class for label in labels}
        assert abs(len(labels) - targets) <= 0.2 * targets


def test_numbers_of_the_cast_belong_to_their_class(intruder: Traffic) -> None:
    owners: dict[int, set[str]] = defaultdict(set)
    expected = {"aton": MmsiClass.ATON, "base_station": MmsiClass.COAST, "sar_aircraft": MmsiClass.SAR_AIRCRAFT}
    for label in intruder.labels:
        for mmsi in label.mmsis:
            owners[mmsi].add(label.target_class)
            if label.target_class in expected:
                assert classify(mmsi) is expected[label.target_class]
        assert (label.mmsis == ()) == (label.target_class == "unidentified")
    assert all(len(classes) == 1 for classes in owners.values())


def test_register_holds_the_honest_and_not_the_three_without(intruder: Traffic) -> None:
    rows = intruder.register_rows()
    assert all(tuple(row) == REGISTER_COLUMNS for row in rows)
    names, numbers = {row["name_zh"] for row in rows}, {int(row["mmsi"]) for row in rows}
    assert len(names) == len(rows) == len(numbers)
    for label in intruder.labels:
        if label.target_class in ("registered", "exempt"):
            assert label.register_name in names
            assert label.mmsis[0] in numbers
        if label.target_class in ("unregistered", "unknown", "borrowed_identity"):
            assert not set(label.mmsis) & numbers
    assert all(row["owner_phone"].startswith("1990000") for row in rows)
    typed = {row["name_pinyin"] for row in rows}
    for label in intruder.labels:
        if label.target_class == "unregistered":
            assert label.name.replace(" ", "") not in typed


def test_registered_boats_on_the_air_say_their_registered_name(intruder: Traffic, half_hour: list[Heard]) -> None:
    said: dict[int, set[str]] = defaultdict(set)
    for _, message in _messages(half_hour):
        if message.msg_type in (5, 24) and getattr(message, "shipname", ""):
            said[message.mmsi].add(message.shipname.replace(" ", ""))
    rows = {int(row["mmsi"]): row["name_pinyin"] for row in intruder.register_rows()}
    heard = [label for label in intruder.labels if label.target_class == "registered" and label.mmsis[0] in said]
    assert len(heard) > 15
    for label in heard:
        assert said[label.mmsis[0]] == {rows[label.mmsis[0]]}


def test_positions_heard_are_where_the_truth_is(intruder: Traffic, half_hour: list[Heard]) -> None:
    checked = 0
    for line, message in _messages(half_hour)[::7]:
        if message.msg_type in (1, 18):
            fix = intruder.track(line.target_id, line.at_s)
            assert range_nm(message.lat, message.lon, fix.lat_deg[0], fix.lon_deg[0]) * 1852 < 35.0
            assert message.speed == pytest.approx(fix.sog_kn[0], abs=0.5)
            checked += 1
    assert checked > 200


def test_lines_heard_include_a_few_bad_ones(half_hour: list[Heard]) -> None:
    ais_lines = [line for line in half_hour if line.text.startswith("!")]
    bad = sum(not _good(line.text) for line in ais_lines)
    assert 0 < bad < 0.01 * len(ais_lines)


def _good(text: str) -> bool:
    body, star, sum_hex = text[1:].partition("*")
    total = 0
    for byte in body.encode():
        total ^= byte
    return bool(star) and sum_hex == f"{total:02X}"


def test_sart_switched_on_sends_bursts_of_eight_a_minute_and_its_text(
    intruder: Traffic, half_hour: list[Heard]
) -> None:
    event = next(e for e in intruder.planned if e.kind == "sart")
    lines = [(line, m) for line, m in _messages(half_hour) if m.mmsi == int(event.note) and line.receiver == "rx1"]
    assert 0 <= (lines[0][0].at - event.from_at).total_seconds() < 5
    positions = Counter(int((line.at - event.from_at).total_seconds() // 60) for line, m in lines if m.msg_type == 1)
    assert np.mean(list(positions.values())) > 6.5
    assert all(int(m.status) == 14 for _, m in lines if m.msg_type == 1)
    assert {m.text for _, m in lines if m.msg_type == 14} == {"SART ACTIVE"}


def test_sart_under_test_says_so_with_status_fifteen(intruder: Traffic, half_hour: list[Heard]) -> None:
    label = next(label for label in intruder.labels if label.test)
    messages = [m for _, m in _messages(half_hour) if m.mmsi == label.mmsis[0]]
    assert {int(m.status) for m in messages if m.msg_type == 1} == {15}
    assert {m.text for m in messages if m.msg_type == 14} == {"SART TEST"}


def test_boat_that_switched_off_is_heard_no_more_but_seen_on(intruder: Traffic) -> None:
    event = next(e for e in intruder.planned if e.kind == "silence")
    start = event.from_at.timestamp()
    after = intruder.window(start + 60, start + 600)
    assert not [line for line in after if line.target_id == event.target_ids[0] and line.receiver != "radar1"]
    assert intruder.actor(event.target_ids[0]).radar


def test_dark_boat_is_on_radar_only(intruder: Traffic) -> None:
    event = next(e for e in intruder.planned if e.kind == "dark_run")
    late = event.until_at.timestamp()
    receivers = {line.receiver for line in intruder.window(late, late + 120) if line.target_id == event.target_ids[0]}
    assert receivers == {"radar1"}


def test_intruder_reaches_the_cages_and_loiters(intruder: Traffic) -> None:
    event = next(e for e in intruder.planned if e.kind == "intrusion")
    stay = np.arange(event.from_at.timestamp(), event.until_at.timestamp(), 60.0)
    fix = intruder.track(event.target_ids[0], stay)
    farm = [c for c in CAGES if c.farm == "dt01"]
    near = [
        min(range_nm(a, b, c.lat_deg, c.lon_deg) for c in farm) for a, b in zip(fix.lat_deg, fix.lon_deg, strict=True)
    ]
    assert max(near) * 1852 < 500.0


def test_planted_collision_comes_as_close_as_said() -> None:
    found = 0
    for seed in range(5):
        traffic = build_traffic("intruder", seed, ANCHOR)
        event = next(e for e in traffic.planned if e.kind == "collision")
        meet = event.until_at.timestamp()
        t = np.arange(meet - 1200.0, meet + 300.0, 2.0)
        ship, boat = (traffic.track(target, t) for target in event.target_ids)
        apart = np.hypot(
            (ship.lat_deg - boat.lat_deg) * 60, (ship.lon_deg - boat.lon_deg) * 60 * np.cos(np.radians(27.7))
        )
        assert apart.min() < 0.1
        assert abs(t[apart.argmin()] - meet) < 60
        assert apart[0] > 1.5
        found += 1
    assert found == 5


def test_storm_return_brings_every_boat_but_the_stubborn_home() -> None:
    traffic = build_traffic("typhoon", 4, ANCHOR)
    returns = [e for e in traffic.planned if e.kind == "storm_return"]
    stayed = [e for e in traffic.planned if e.kind == "storm_stayed"]
    assert len(returns) > 15
    assert len(stayed) == 2
    for event in returns:
        fix = traffic.track(event.target_ids[0], event.until_at.timestamp() + 600)
        port = chart.PORT[event.note].berth
        assert range_nm(fix.lat_deg[0], fix.lon_deg[0], *port) < 0.3


def test_receiver_that_is_down_hears_nothing_while_the_other_hears_on() -> None:
    traffic = build_traffic("outage", 1, ANCHOR)
    event = next(e for e in traffic.planned if e.kind == "receiver_down" and e.target_ids == ("rx1",))
    heard = Counter(
        line.receiver for line in traffic.window(event.from_at.timestamp(), event.from_at.timestamp() + 300)
    )
    assert "rx1" not in heard
    assert "radar1" in heard


def test_gear_buoys_move_like_buoys_and_boats_like_boats() -> None:
    traffic = build_traffic("calm", 6, ANCHOR, targets=150)
    times = traffic.anchor_s + np.arange(0, 6 * 3600, 60.0)
    for actor in traffic.cast.of_class("gear_buoy"):
        sog = actor.track.at(times).sog_kn
        assert np.quantile(sog, 0.8) < 2.5
    for actor in traffic.cast.of_class("registered", "unregistered"):
        assert actor.track.at(times).sog_kn.max() < 16.0


def test_two_boats_on_one_number_are_far_apart() -> None:
    traffic = build_traffic("calm", 2, ANCHOR, targets=120)
    pairs: dict[int, list[str]] = defaultdict(list)
    for label in traffic.labels:
        if label.target_class == "shared_mmsi":
            pairs[label.mmsis[0]].append(label.target_id)
    assert pairs
    for one, other in pairs.values():
        a, b = (traffic.track(target, traffic.anchor_s + np.arange(0, 6 * 3600, 600.0)) for target in (one, other))
        assert min(map(range_nm, a.lat_deg, a.lon_deg, b.lat_deg, b.lon_deg)) > 5.0


def test_ports_ways_lanes_and_cages_lie_in_water(land: object) -> None:
    assert not land.intersects(box(chart.OPEN_WEST, chart.OPEN_SOUTH, chart.OPEN_EAST, chart.OPEN_NORTH))
    ways = [(port.berth, *port.way) for port in chart.PORTS] + [chart.LANE, chart.WENZHOU_WAY, chart.FARM_WAY]
    for way in ways:
        assert not land.intersects(LineString([(lon, lat) for lat, lon in way]))
    for cage in CAGES:
        assert not contains_xy(land, cage.lon_deg, cage.lat_deg)


@pytest.mark.parametrize(("scenario", "seed"), [("intruder", 1), ("typhoon", 2), ("outage", 3)])
def test_tracks_of_two_days_never_touch_land_nor_jump(scenario: str, seed: int, land: object) -> None:
    traffic = build_traffic(scenario, seed, ANCHOR, targets=120)
    times = traffic.anchor_s + np.arange(-12 * 3600, 36 * 3600, 120.0)
    for actor in traffic.cast.actors:
        if actor.label.target_class in ("base_station", "sar_aircraft"):
            continue
        fix = actor.track.at(times)
        alive = times >= actor.born_s
        assert not contains_xy(land, fix.lon_deg, fix.lat_deg).any(), actor.id
        miles = np.hypot(np.diff(fix.lat_deg) * 60, np.diff(fix.lon_deg) * 60 * np.cos(np.radians(27.8)))
        assert (miles[alive[:-1]] * 30.0).max(initial=0.0) < 22.0, actor.id


def test_detections_are_near_the_truth_and_clutter_is_marked(intruder: Traffic) -> None:
    rows = intruder.detections(1.0, noise_m=100.0, clutter_per_h=20.0)
    assert rows == sorted(rows, key=lambda d: (d.at, d.lat_deg))
    off = []
    for row in rows:
        if row.target_id is not None:
            fix = intruder.track(row.target_id, row.at.timestamp())
            off.append(range_nm(row.lat_deg, row.lon_deg, fix.lat_deg[0], fix.lon_deg[0]) * 1852)
    # Two independent normal offsets of 100 m: mean distance 125 m (Rayleigh).
    assert np.mean(off) == pytest.approx(125.3, rel=0.1)
    assert 5 < sum(row.target_id is None for row in rows) < 45


def test_true_positions_come_in_order_with_their_source(intruder: Traffic) -> None:
    rows = list(intruder.positions(0.2, step_s=120.0))
    assert [r.observed_at for r in rows] == sorted(r.observed_at for r in rows)
    assert {"ais_a", "ais_b", "ais_aton", "ais_base", "ais_sar", "ais_sart"} == {str(r.source) for r in rows}


def test_beidou_goes_on_when_ais_is_off(intruder: Traffic) -> None:
    event = next(e for e in intruder.planned if e.kind == "silence")
    rows = [r for r in intruder.beidou(1.0, start_h=0.5, interval_s=300.0) if r.target_id == event.target_ids[0]]
    assert len(rows) == 12
    entry = next(
        r for r in intruder.register_rows() if r["name_zh"] == intruder.actor(event.target_ids[0]).label.name_zh
    )
    assert {r.beidou_id for r in rows} == {int(entry["beidou_id"])}
