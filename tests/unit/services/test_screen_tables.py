"""Times of position tables as people and programs write them."""

import contextlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import AppError
from services.beidou_csv import read_fixes
from services.screen_detections import read_detections
from services.screen_files import decoded
from services.screen_input import read
from services.screen_tables import instant_s


@pytest.mark.parametrize(
    "text",
    [
        "2021-01-01T08:05:09Z", "2021-01-01 08:05:09 UTC", "2021-01-01T16:05:09+08:00", "2021/1/1 8:05:09",
        "01/01/2021 08:05:09", "20210101080509", "1609488309", "1609488309000", "1609488309.0", 1609488309,
    ],
)  # fmt: skip
def test_time_is_read_as_written(text: object) -> None:
    assert instant_s(text) == 1609488309.0


@pytest.mark.parametrize("text", [None, "", "soon", "2021-13-01T00:00:00Z", "32/01/2021 00:00:00", float("nan")])
def test_what_is_no_time_is_none(text: object) -> None:
    assert np.isnan(instant_s(text))


def test_text_of_any_encoding_is_read_and_one_bad_byte_costs_no_more_than_itself() -> None:
    for encoding in ("utf-8", "utf-8-sig", "gb18030", "utf-16"):
        assert decoded("浙洞渔12345".encode(encoding)) == "浙洞渔12345"
    assert decoded("船名,1\n".encode() + b"\xff\xff,2\nA,3\n").endswith("A,3\n")


TABLE = "mmsi,time,lat,lon,sog,name\n412000001,2026-01-01T00:00:00Z,27,121,1,浙洞渔1\n".encode()
FIXES = b"beidou_id,time,lat,lon\n1,2026-01-01T00:00:00Z,27,121\n2,1609488309,27.1,121\n"
POINTS = (
    b'{"type":"FeatureCollection","features":[{"type":"Feature","geometry":{"type":"Point","coordinates":[121,27]},'
    b'"properties":{"observed_at":"2026-01-01T00:00:00Z","uncertainty_m":50}}]}'
)
LOG = b"!AIVDM,1,1,,A,15RTgt0PAso;90TKcjM8h6g208CQ,0*4A\n$RATTM,01,11.43,93.0,T,2.6,214.4,T,9.76,137.4,N,T01,T*57\n"
READERS: tuple[tuple[str, bytes, Callable[[Path], object]], ...] = (
    ("t.csv", TABLE, lambda path: read([path], start=None)), ("b.csv", FIXES, read_fixes),
    ("d.geojson", POINTS, read_detections), ("l.nmea", LOG, lambda path: read([path], start=None)),
)  # fmt: skip
JUNK = st.sampled_from(
    [b"\0", b"\xff\xfe", b'"', b"\n", b"\r", b",", b"{", b"[", b"null", b"1e999", b"9" * 400, b"\xe6"]
)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(READERS), st.lists(st.tuples(st.floats(0, 1), JUNK, st.integers(0, 9)), min_size=1, max_size=5))
def test_any_damage_of_an_input_is_told_in_words_and_never_crashes(
    tmp_path: Path, reader: tuple[str, bytes, Callable[[Path], object]], damage: list[tuple[float, bytes, int]]
) -> None:
    name, content, read_it = reader
    data = bytearray(content)
    for share, junk, lost in damage:
        at = int(share * len(data))
        data[at : at + lost] = junk
    (tmp_path / name).write_bytes(bytes(data))
    with contextlib.suppress(AppError):
        read_it(tmp_path / name)
