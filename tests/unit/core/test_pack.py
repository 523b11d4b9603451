"""The wire batch: what goes in comes out, one bad record harms no neighbour, hostile bytes are refused."""

import json
import zlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import pack, senml
from core.errors import DecodeError
from core.pack import PackHead, Sentence
from core.qc import QcFlag
from core.reading import ClockState, Priority, Reading, SeriesKey
from core.units import QUANTITIES

AT = datetime(2026, 7, 1, 4, 0, tzinfo=UTC)
HEAD = PackHead(gateway="gw-dt01", boot_id="b1", clock=ClockState.SYNCED, priority=Priority.READING)


def oxygen(value: float | None = 5.25, qc: QcFlag = QcFlag.GOOD, at: datetime = AT) -> Reading:
    return Reading(
        series=SeriesKey(cage="dt01-c01", point="d2", quantity="do_mg_l"), observed_at=at, value=value, qc=qc
    )


def rows_of(payload: bytes) -> list[dict[str, object]]:
    return json.loads(zlib.decompress(payload))  # type: ignore[no-any-return]


def packed(rows: object) -> bytes:
    return zlib.compress(json.dumps(rows).encode())


readings = st.builds(
    Reading,
    series=st.builds(
        SeriesKey,
        cage=st.from_regex(r"[a-z0-9]{1,8}", fullmatch=True),
        point=st.from_regex(r"[a-z0-9]{1,4}", fullmatch=True),
        quantity=st.sampled_from(sorted(QUANTITIES)),
    ),
    observed_at=st.integers(0, 10**9).map(lambda ms: AT + timedelta(milliseconds=ms)),
    value=st.floats(allow_nan=False, allow_infinity=False),
    qc=st.sampled_from([QcFlag.GOOD, QcFlag.UNKNOWN, QcFlag.SUSPECT, QcFlag.FAIL]),
)
sentences = st.builds(
    Sentence,
    receiver=st.from_regex(r"[a-z][a-z0-9-]{0,6}", fullmatch=True),
    observed_at=st.integers(0, 10**9).map(lambda ms: AT + timedelta(milliseconds=ms)),
    text=st.text(max_size=80),
)


@given(st.lists(readings | sentences, min_size=1, max_size=30), st.sets(st.integers(0, 2**40), min_size=30))
def test_pack_round_trip_keeps_every_item(items: list[Reading | Sentence], numbers: set[int]) -> None:
    numbered = list(zip(sorted(numbers), items, strict=False))
    decoded = pack.decode(pack.encode(HEAD, numbered))
    assert decoded.head == HEAD
    assert not decoded.bad
    assert sorted(decoded.readings + decoded.sentences, key=lambda pair: pair[0]) == numbered
    assert decoded.sequences() == [seq for seq, _ in numbered]


def test_pack_on_the_wire_is_valid_senml() -> None:
    payload = pack.encode(HEAD, [(7, oxygen()), (8, oxygen(None, QcFlag.MISSING)), (12, oxygen(4.0, QcFlag.SUSPECT))])
    records = senml.resolve(rows_of(payload))
    assert [r.name for r in records] == ["urn:dev:huangyu:gw-dt01:dt01-c01.d2.do_mg_l"] * 3
    assert records[0].unit == "mg/L"
    assert [seq for seq, _ in pack.decode(payload).readings] == [7, 8, 12]


def test_decode_missing_reading_has_no_value() -> None:
    ((_, reading),) = pack.decode(pack.encode(HEAD, [(1, oxygen(None, QcFlag.MISSING))])).readings
    assert (reading.value, reading.qc) == (None, QcFlag.MISSING)


@pytest.mark.parametrize(
    ("case", "row"),
    [
        ("unknown quantity", {"n": "c.p.nonsense", "v": 1}),
        ("unit of another quantity", {"n": "c.p.do_mg_l", "u": "Cel", "v": 1}),
        ("no value", {"n": "c.p.do_mg_l"}),
        ("text for a number", {"n": "c.p.do_mg_l", "vs": "many"}),
        ("flag that does not exist", {"n": "c.p.do_mg_l", "v": 1, "qc": 7}),
        ("time beyond the calendar", {"n": "c.p.do_mg_l", "v": 1, "t": 1e300}),
        ("sentence without text", {"n": "rx1", "v": 1}),
        ("not an object", 5),
        ("no name", {"v": 1}),
    ],
)
def test_decode_one_bad_record_keeps_its_neighbours(case: str, row: object) -> None:
    rows = rows_of(pack.encode(HEAD, [(1, oxygen(1.0)), (2, oxygen(2.0)), (3, oxygen(3.0))]))
    decoded = pack.decode(packed([rows[0], row, rows[2]]))
    assert [(seq, reading.value) for seq, reading in decoded.readings] == [(1, 1.0), (3, 3.0)]
    (bad,) = decoded.bad
    assert bad.seq == 2
    assert bad.reason
    assert decoded.sequences() == [1, 2, 3]


@pytest.mark.parametrize(
    ("case", "payload"),
    [
        ("empty", b""),
        ("not zlib", b"hello"),
        ("cut", pack.encode(HEAD, [(1, oxygen())])[:-8]),
        ("not JSON", zlib.compress(b"{")),
        ("not UTF-8", zlib.compress(b'["\xff"]')),
        ("empty array", packed([])),
        ("another system's name", packed([{"bn": "urn:x:", "bt": 0, "n": "a", "v": 1}])),
        ("no sequence number", packed([{"bn": "urn:dev:huangyu:g:", "bt": 0, "boot": "b", "clk": 1, "prio": 2}])),
        ("no clock state", packed([{"bn": "urn:dev:huangyu:g:", "bt": 0, "boot": "b", "seq": 1, "prio": 2}])),
        ("bomb", zlib.compress(b"[" + b" " * (pack.MAX_PACK_BYTES + 1) + b"]")),
        ("deep nesting", zlib.compress(b"[" * 100_000)),
    ],
)
def test_decode_bad_envelope_is_refused(case: str, payload: bytes) -> None:
    with pytest.raises(DecodeError):
        pack.decode(payload)


@given(st.binary(max_size=200))
def test_decode_any_bytes_returns_or_refuses(payload: bytes) -> None:
    for raw in (payload, zlib.compress(payload)):
        with pytest.raises(DecodeError):
            pack.decode(raw)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda child: (
        st.lists(child, max_size=3)
        | st.dictionaries(st.sampled_from(["n", "v", "vs", "t", "u", "qc", "seq", "x"]), child, max_size=4)
    ),
    max_leaves=8,
)


@given(st.lists(json_values, max_size=5))
def test_decode_any_records_after_a_good_one_keep_the_good_one(rows: list[object]) -> None:
    first = rows_of(pack.encode(HEAD, [(1, oxygen(1.0))]))
    decoded = pack.decode(packed(first + rows))
    assert decoded.readings[0] == (1, oxygen(1.0))
    assert len(decoded.readings) + len(decoded.sentences) + len(decoded.bad) == 1 + len(rows)
