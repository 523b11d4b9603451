"""Tracks on real traffic of clones and shared numbers, and the promise that live and recorded give one answer."""

import gzip
import json
import math
import random
from collections import Counter, defaultdict
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vessels.reorder import Reorder, Report
from vessels.track import Track
from vessels.tracks import NoiseLimits, Tracks, strays

DATA = Path(__file__).parents[2] / "data" / "ais" / "gfw_segmenter"
FILES = sorted(DATA.glob("regr_*.json.gz"))
SOURCE = {"AIS.1": 0, "AIS.3": 0, "AIS.18": 1, "AIS.19": 1, "AIS.27": 2}


def _messages(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt") as file:
        rows = [json.loads(line) for line in file]
    return sorted((r for r in rows if r["type"] in SOURCE and r["lat"] == r["lat"]), key=lambda r: r["timestamp"])


def _time_s(row: dict[str, Any]) -> float:
    return datetime.fromisoformat(row["timestamp"]).timestamp()


def _tenths(value: float | None) -> int:
    return -1 if value is None or math.isnan(value) else round(value * 10)


def _tracked(path: Path) -> list[tuple[dict[str, Any], int]]:
    """Return each position with the number of the track it joined, 0 where it was set aside or is no fix."""
    tracks, found = Tracks(), []
    for row in _messages(path):
        if abs(row["lat"]) > 90:
            found.append((row, 0))
            continue
        track = tracks.add(
            int(row["ssvid"]), _time_s(row), row["lat"], row["lon"], _tenths(row["speed"]), _tenths(row["course"]),
            source=SOURCE[row["type"]], coarse=row["type"] == "AIS.27",
        )  # fmt: skip
        found.append((row, 0 if track is None else track.number))
    return found


def _segments(found: list[tuple[dict[str, Any], int]]) -> dict[str, tuple[float, float, int]]:
    spans: dict[str, list[float]] = defaultdict(list)
    for row, _ in found:
        if row["expected"]:
            spans[row["expected"]].append(_time_s(row))
    return {name: (min(times), max(times), len(times)) for name, times in spans.items()}


def _merged(path: Path, few: int = 3) -> list[tuple[int, str, str]]:
    """Return (track, segment, segment) where a track holds two expected segments that ran at the same time.

    Segments of fewer than `few` reports are single satellite reports of a boat that the expected answer left over.
    """
    found = _tracked(path)
    spans, members = _segments(found), defaultdict(Counter)
    for row, number in found:
        if number and row["expected"]:
            members[number][row["expected"]] += 1
    wrong = []
    for number, counts in members.items():
        names = [name for name, count in counts.items() if count >= few and spans[name][2] >= few]
        wrong += [
            (number, a, b)
            for i, a in enumerate(names)
            for b in names[:i]
            if min(spans[a][1], spans[b][1]) > max(spans[a][0], spans[b][0])
        ]
    return wrong


@pytest.mark.parametrize("path", [f for f in FILES if "567000000" not in f.name], ids=lambda p: p.name)
def test_no_track_holds_two_boats_that_ran_at_once(path: Path) -> None:
    assert _merged(path) == []


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.name)
def test_no_track_needs_a_speed_that_no_boat_has(path: Path) -> None:
    last: dict[int, dict[str, Any]] = {}
    for row, number in _tracked(path):
        before = last.get(number) if number else None
        if before is not None:
            hours = max(_time_s(row) - _time_s(before), 1.0) / 3600
            east = ((row["lon"] - before["lon"] + 540) % 360 - 180) * 60 * math.cos(math.radians(row["lat"]))
            away = math.hypot(east, (row["lat"] - before["lat"]) * 60)
            reported = max(row["speed"] or 0.0, before["speed"] or 0.0, 0.0)
            assert away <= 0.7 + max(26.0, reported * 1.3 + 6) * hours, (before["timestamp"], row["timestamp"])
        last[number] = row


def test_not_more_tracks_than_expected_segments_in_two_files_of_three() -> None:
    more = []
    for path in FILES:
        found = _tracked(path)
        mine = {number for _, number in found if number}
        if len(mine) > len(_segments(found)):
            more.append(path.name)
    assert len(more) <= len(FILES) // 3, more


def test_clone_off_argentina_and_off_shandong_are_two_tracks() -> None:
    found = _tracked(DATA / "regr_412331088.json.gz")
    sides = defaultdict(set)
    for row, number in found:
        if number:
            sides[number].add(row["lat"] > 0)
    assert all(len(side) == 1 for side in sides.values())
    assert len(sides) == 2


def test_shared_number_of_fifteen_boats_keeps_ports_apart() -> None:
    """567000000: no track joins the coast at Samui (9 N) with the one off Bangkok (13.5 N) within a day."""
    last: dict[int, tuple[float, float]] = {}
    for row, number in _tracked(DATA / "regr_567000000.json.gz"):
        if number in last and number:
            at, lat = last[number]
            assert abs(row["lat"] - lat) < 1.2 or _time_s(row) - at > 6 * 3600
        last[number] = (_time_s(row), row["lat"])
    assert len(_merged(DATA / "regr_567000000.json.gz")) <= 1


def test_date_line_is_no_break() -> None:
    found = _tracked(DATA / "regr_477293900.json.gz")
    crossing = [number for row, number in found if number and abs(row["lon"]) > 179.5]
    assert len(set(crossing)) == 1


def test_no_fix_and_null_island_join_no_track() -> None:
    tracks = Tracks()
    assert tracks.add(412000001, 0.0, 0.0, 0.0) is None
    assert tracks.nowhere == 1
    found = _tracked(DATA / "regr_413503050.json.gz")
    assert all(number == 0 for row, number in found if row["lat"] == 91.0)


def test_stray_point_is_set_aside_and_not_deleted() -> None:
    tracks = Tracks()
    for minute in range(30):
        tracks.add(412000001, minute * 60.0, 27.8 + minute * 1e-3, 121.2, 40, 0)
    tracks.add(412000001, 1830.0, 29.5, 123.0, 40, 0)
    tracks.add(412000001, 1860.0, 27.831, 121.2, 40, 0)
    found = tracks.of(412000001)
    assert [t.n for t in found] == [31, 1]
    assert strays(found, NoiseLimits()) == {2}


def _sail(seed: int, boats: int = 6, reports: int = 60) -> list[Report]:
    rng, rows = random.Random(seed), []
    for boat in range(boats):
        lat, lon, at = 27.5 + rng.random(), 121 + rng.random(), rng.random() * 60
        knots, course = rng.choice([0, 3, 9]), rng.random() * 6.28
        for _ in range(reports):
            at += rng.uniform(20, 90)
            step = knots * 60 / 3600 / 60
            lat, lon = lat + step * math.cos(course), lon + step * math.sin(course)
            rows.append((at, 412000000 + boat // 2, round(lat, 6), round(lon, 6), knots * 10, 0, -1, -1, 0, -1, False))
    return sorted(rows)


def _summary(tracks: Tracks) -> list[tuple[object, ...]]:
    found = [t for mmsi in tracks.numbers() for t in tracks.of(mmsi)]
    return sorted((t.target_id, t.n, t.first_s, t.last_s, t.lat, t.lon, round(t.distance_nm, 9)) for t in found)


def _take(reports: list[Report]) -> Tracks:
    tracks = Tracks()
    for at_s, mmsi, lat, lon, sog, cog, heading, status, source, line, coarse in reports:
        tracks.add(mmsi, at_s, lat, lon, sog, cog, heading, status, source, line, coarse=coarse)
    return tracks


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_live_stream_out_of_order_with_repeats_equals_the_sorted_file(seed: int) -> None:
    reports = _sail(seed)
    rng = random.Random(seed + 1)
    delayed = sorted(reports + rng.sample(reports, 40), key=lambda r: r[0] + rng.uniform(0, 50))
    reorder, live = Reorder(60.0), []
    for report in delayed:
        live += list(reorder.push(report))
    live += list(reorder.flush())
    assert reorder.late == 0
    assert _summary(_take(live)) == _summary(_take(reports))


def test_report_later_than_the_hold_is_counted_and_dropped() -> None:
    reorder = Reorder(60.0)
    rows = _sail(1, boats=1, reports=10)
    for row in rows[1:]:
        list(reorder.push(row))
    assert list(reorder.push(rows[0])) == []
    assert reorder.late == 1


def test_live_track_takes_less_than_four_kilobytes() -> None:
    import sys  # noqa: PLC0415

    track = Track(412000001, 1, 0.0, 27.8, 121.2, -1)
    size = sys.getsizeof(track) + sum(
        sys.getsizeof(getattr(track, name)) for name in Track.__slots__ if hasattr(track, name)
    )
    assert size < 2048


def test_silent_tracks_are_forgotten_live() -> None:
    tracks = Tracks(keep_ended=False)
    tracks.add(412000001, 0.0, 27.8, 121.2)
    tracks.add(412000002, 90_000.0, 27.8, 121.2)
    assert [t.mmsi for t in tracks.forget_silent(90_000.0)] == [412000001]
    assert set(tracks.open) == {412000002}
