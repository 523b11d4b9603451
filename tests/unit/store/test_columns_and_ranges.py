"""Columns, ranges and chart widths: pure parts of the store."""

import itertools
import struct
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.position import Position, PositionSource
from store import arrays
from store.columns import SOURCE_CODES, from_unix_us, position_at, position_columns, unix_us
from store.gateways import BLOCK_BITS, ranges_of, split_by_block
from store.migrate import for_engine
from store.positions import Box
from store.readings import depth_of, newest_rows, stride_for

AT = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@given(st.lists(st.integers(0, 300)))
def test_ranges_cover_exactly_the_numbers(numbers: list[int]) -> None:
    found = ranges_of(numbers)
    assert [n for first, last in found for n in range(first, last + 1)] == sorted(set(numbers))
    assert all(later[0] > earlier[1] + 1 for earlier, later in itertools.pairwise(found))


@given(st.integers(0, 2**40), st.integers(0, 20_000))
def test_split_by_block_keeps_every_number_in_one_block(first: int, length: int) -> None:
    parts = split_by_block(first, first + length)
    assert (parts[0][0], parts[-1][1]) == (first, first + length)
    assert all(later[0] == earlier[1] + 1 for earlier, later in itertools.pairwise(parts))
    assert all(start >> BLOCK_BITS == end >> BLOCK_BITS for start, end in parts)


@pytest.mark.parametrize(("point", "depth"), [("d2", 2.0), ("d6.5", 6.5), ("met", None), ("d", None), ("d2x", None)])
def test_depth_is_what_the_point_says(point: str, depth: float | None) -> None:
    assert depth_of(point) == depth


@pytest.mark.parametrize(
    ("span", "points", "stride"),
    [(timedelta(days=1), 1440, timedelta(minutes=1)), (timedelta(days=365), 1000, timedelta(hours=12)),
     (timedelta(hours=1), 1000, timedelta(seconds=10)), (timedelta(days=36500), 10, timedelta(days=7))],
)  # fmt: skip
def test_stride_is_the_narrowest_that_fits(span: timedelta, points: int, stride: timedelta) -> None:
    assert stride_for(AT - span, AT, points) == stride


def test_newest_rows_are_one_per_key_by_time() -> None:
    keys, times = np.array([5, 3, 5, 3, 9]), np.array([1, 9, 2, 4, 0])
    assert newest_rows(keys, times).tolist() == [1, 2, 4]


def test_source_codes_are_all_the_eyes_there_are() -> None:
    assert set(SOURCE_CODES) == set(PositionSource)
    assert sorted(SOURCE_CODES.values()) == list(range(len(PositionSource)))


@given(
    lat=st.integers(-54_000_000, 54_000_000), lon=st.integers(-108_000_000, 107_999_999),
    sog=st.none() | st.integers(0, 1022), cog=st.none() | st.integers(0, 3599), heading=st.none() | st.integers(0, 359),
)  # fmt: skip
def test_position_survives_the_columns(lat, lon, sog, cog, heading) -> None:
    position = Position(
        mmsi=412000001, observed_at=AT, lat_deg=lat / 600_000, lon_deg=lon / 600_000, source=PositionSource.AIS_B,
        sog_kn=None if sog is None else sog / 10, cog_deg=None if cog is None else cog / 10,
        heading_deg=None if heading is None else float(heading),
    )  # fmt: skip
    assert position_at(position_columns([position]), 0) == position


@given(st.none() | st.integers(0, 1022))
def test_position_of_search_aircraft_keeps_whole_knots(sog_kn: int | None) -> None:
    position = Position(
        mmsi=111232511, observed_at=AT, lat_deg=27.8, lon_deg=121.2, source=PositionSource.AIS_SAR,
        sog_kn=None if sog_kn is None else float(sog_kn),
    )  # fmt: skip
    assert position_at(position_columns([position]), 0) == position


@pytest.mark.parametrize(("source", "most_kn"), [(PositionSource.AIS_SAR, 1022), (PositionSource.AIS_A, 102.2)])
def test_position_faster_than_ais_can_say_is_cut_to_its_range(source: PositionSource, most_kn: float) -> None:
    flying = Position(mmsi=1, observed_at=AT, lat_deg=27.8, lon_deg=121.2, source=source, sog_kn=2000.0)
    assert position_at(position_columns([flying]), 0).sog_kn == most_kn


@given(st.integers(-(10**15), 10**16))
def test_unix_microseconds_there_and_back(value: int) -> None:
    assert unix_us(from_unix_us(value)) == value


def test_arrays_follow_the_binary_layout() -> None:
    # One dimension, no nulls, type int4 (23), three elements from index 1, then length and value of each.
    want = struct.pack(">iiIii", 1, 0, 23, 3, 1) + b"".join(struct.pack(">ii", 4, value) for value in (1, -2, 3))
    assert arrays.int4([1, -2, 3]).data == want
    assert arrays.text(["鱼"]).data == struct.pack(">iiIiii", 1, 0, 25, 1, 1, 3) + "鱼".encode()
    assert arrays.text([]).data == struct.pack(">iiI", 0, 0, 25)


@pytest.mark.parametrize(("lat_deg", "lon_deg"), [(27.85, 121.25), (-0.05, -0.05), (0.05, 0.05), (-89.99, 179.99)])
def test_box_cells_hold_its_own_corner(lat_deg: float, lon_deg: float) -> None:
    lat, lon = round(lat_deg * 600_000), round(lon_deg * 600_000)
    cell = (int(lat / 60_000) + 900) * 3600 + int(lon / 60_000) + 1800
    box = Box(south_deg=lat_deg, west_deg=lon_deg, north_deg=lat_deg + 0.01, east_deg=lon_deg + 0.01)
    assert cell in box.cells()


def test_for_engine_makes_only_its_own_comments_live() -> None:
    text = "create table t (a int) /*plain: partition by range (a) */; /*timescale: select 1; */ /* a remark */"
    assert for_engine(text, ("plain", "rollup_table")) == (
        "create table t (a int)  partition by range (a) ; /*timescale: select 1; */ /* a remark */"
    )
