"""Geo, MMSI, flags, topics and units: published or hand-computed values."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import geo, topics
from core.errors import DecodeError
from core.finding import Severity
from core.mmsi import MmsiClass, classify, mid
from core.qc import QcFlag, usable, worst
from core.topics import STREAM_PRIORITY, Stream
from core.units import QUANTITIES

lats, lons = st.floats(-85, 85), st.floats(-180, 179.999)


def test_range_of_one_degree_of_latitude_is_60_nm() -> None:
    assert geo.range_nm(27, 121, 28, 121) == pytest.approx(60.04, abs=0.01)


def test_range_across_the_date_line_is_short() -> None:
    assert geo.range_nm(0, 179.5, 0, -179.5) == pytest.approx(60.04, abs=0.01)


@pytest.mark.parametrize(("lat2", "lon2", "expected"), [(28, 121, 0), (27, 122, 89.77), (26, 121, 180)])
def test_bearing_to_the_cardinal_points(lat2: float, lon2: float, expected: float) -> None:
    assert geo.bearing_deg(27, 121, lat2, lon2) == pytest.approx(expected, abs=0.01)


@given(lats, lons, st.floats(0, 360), st.floats(0.1, 500))
def test_destination_is_at_its_distance(lat: float, lon: float, course: float, distance: float) -> None:
    assert geo.range_nm(lat, lon, *geo.destination(lat, lon, course, distance)) == pytest.approx(distance, abs=1e-3)


@given(st.floats(-60, 60), lons, st.floats(0, 360), st.floats(0.1, 10))
def test_plane_agrees_with_the_sphere_under_10_nm(lat: float, lon: float, course: float, distance: float) -> None:
    east, north = geo.plane_nm(lat, lon, *geo.destination(lat, lon, course, distance))
    assert math.hypot(east, north) == pytest.approx(distance, rel=2e-3)


@pytest.mark.parametrize(
    ("mmsi", "kind", "country"),
    [
        (412345678, MmsiClass.SHIP, 412), (41234567, MmsiClass.GROUP, 412), (4121234, MmsiClass.COAST, 412),
        (841212345, MmsiClass.HANDHELD, 412), (984121234, MmsiClass.CRAFT, 412), (994121234, MmsiClass.ATON, 412),
        (111412001, MmsiClass.SAR_AIRCRAFT, 412), (970123456, MmsiClass.SART, None), (972123456, MmsiClass.MOB, None),
        (974123456, MmsiClass.EPIRB, None), (979000001, MmsiClass.AMRD, None), (0, MmsiClass.UNIDENTIFIABLE, None),
        (900123456, MmsiClass.UNIDENTIFIABLE, None), (111111111, MmsiClass.SAR_AIRCRAFT, None),
        (200000010, MmsiClass.UNIDENTIFIABLE, None), (1073741823, MmsiClass.UNIDENTIFIABLE, None),
        (776000000, MmsiClass.UNIDENTIFIABLE, None),
    ],
)  # fmt: skip
def test_mmsi_digits_give_class_and_country(mmsi: int, kind: MmsiClass, country: int | None) -> None:
    assert (classify(mmsi), mid(mmsi)) == (kind, country)


@given(st.integers(-10, 2**30))
def test_mmsi_any_number_is_classified(mmsi: int) -> None:
    assert classify(mmsi) in MmsiClass
    country = mid(mmsi)
    assert country is None or 201 <= country <= 775


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ([], QcFlag.UNKNOWN), ([QcFlag.UNKNOWN, QcFlag.GOOD], QcFlag.GOOD),
        ([QcFlag.GOOD, QcFlag.SUSPECT, QcFlag.UNKNOWN], QcFlag.SUSPECT),
        ([QcFlag.FAIL, QcFlag.SUSPECT], QcFlag.FAIL), ([QcFlag.MISSING, QcFlag.FAIL], QcFlag.MISSING),
    ],
)  # fmt: skip
def test_worst_flag_wins(flags: list[QcFlag], expected: QcFlag) -> None:
    assert worst(flags) is expected


def test_usable_excludes_what_failed() -> None:
    assert {flag for flag in QcFlag if usable(flag)} == {QcFlag.GOOD, QcFlag.UNKNOWN}


@pytest.mark.parametrize("stream", list(Stream))
def test_topic_up_parses_back(stream: Stream) -> None:
    assert topics.parse_up(topics.up("gw-dt01", stream)) == ("gw-dt01", stream)
    assert stream in STREAM_PRIORITY


@pytest.mark.parametrize(
    "topic",
    ["", "huangyu/1/gw/up", "huangyu/2/gw/up/reading", "huangyu/1/gw/up/x", "huangyu/1/GW/up/reading", "a/b/c/d/e"],
)
def test_topic_of_others_is_refused(topic: str) -> None:
    with pytest.raises(DecodeError):
        topics.parse_up(topic)


@pytest.mark.parametrize("quantity", list(QUANTITIES.values()), ids=lambda q: q.name)
def test_quantity_has_both_languages_and_a_range(quantity: object) -> None:
    assert quantity.zh  # type: ignore[attr-defined]
    assert quantity.en  # type: ignore[attr-defined]
    assert quantity.low < quantity.high  # type: ignore[attr-defined]


def test_severity_speaks_cap() -> None:
    assert [(s.zh, s.cap) for s in Severity] == [
        ("蓝", "Minor"), ("黄", "Moderate"), ("橙", "Severe"), ("红", "Extreme"),
    ]  # fmt: skip
