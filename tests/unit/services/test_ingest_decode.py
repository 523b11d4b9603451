"""The quick way and the careful way read the same; no bytes get past the border as anything but data or DecodeError."""

import json
import zlib
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import pack
from core.errors import DecodeError
from core.pack import PackHead, Sentence
from core.qc import QcFlag
from core.reading import ClockState, Priority, Reading, SeriesKey
from core.topics import Stream
from services import ingest_decode
from services.ingest_decode import Parcel, believable, parse
from store.columns import unix_us

HEAD = PackHead(gateway="gw-dt01", boot_id="b1", clock=ClockState.SYNCED, priority=Priority.READING)
AT = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
FIRST = {"bn": "urn:dev:huangyu:gw-dt01:", "bt": AT.timestamp(), "seq": 7, "boot": "b1", "clk": 1, "prio": 2}
OXYGEN = {"n": "dt01-c01.d2.do_mg_l", "u": "mg/L", "v": 7.25}


def read(payload: bytes, stream: Stream = Stream.READING) -> Parcel:
    return parse("huangyu/1/gw-dt01/up/reading", "gw-dt01", stream, payload)


def packed(*rows: Any) -> bytes:
    return zlib.compress(json.dumps(list(rows)).encode())


def flat(parcel: Parcel) -> dict[str, Any]:
    """A parcel's rows as plain values, for comparison."""
    found: dict[str, Any] = {"seqs": parcel.seqs, "bad": len(parcel.bad), "head": parcel.head}
    if parcel.readings is not None:
        r = parcel.readings
        values = [None if np.isnan(v) else float(v) for v in r.value]
        found["readings"] = list(
            zip(r.seq.tolist(), r.name, r.observed_us.tolist(), values, r.qc.tolist(), strict=True)
        )
    if parcel.sentences is not None:
        s = parcel.sentences
        found["sentences"] = list(zip(s.seq, s.receiver, s.observed_us.tolist(), s.text, strict=True))
    return found


times = st.integers(0, 10**6).map(lambda ms: AT + timedelta(milliseconds=ms))
keys = st.builds(
    SeriesKey, cage=st.sampled_from(["dt01-c01", "c2"]), point=st.sampled_from(["d2", "met"]),
    quantity=st.sampled_from(["do_mg_l", "ph", "wind_mps"]),
)  # fmt: skip
good = st.builds(
    Reading, series=keys, observed_at=times, value=st.floats(-1e6, 1e6, width=32),
    qc=st.sampled_from([QcFlag.GOOD, QcFlag.UNKNOWN, QcFlag.SUSPECT, QcFlag.FAIL]),
)  # fmt: skip
missing = st.builds(Reading, series=keys, observed_at=times, value=st.none(), qc=st.just(QcFlag.MISSING))
lines = st.builds(Sentence, receiver=st.sampled_from(["rx1", "r2"]), observed_at=times, text=st.text(max_size=30))


@st.composite
def numbered(draw: st.DrawFn, items: st.SearchStrategy[Any]) -> list[tuple[int, Any]]:
    chosen = draw(st.lists(items, min_size=1, max_size=12))
    steps = draw(st.lists(st.integers(1, 3), min_size=len(chosen), max_size=len(chosen)))
    return list(zip(np.cumsum(steps).tolist(), chosen, strict=True))


@settings(max_examples=150, deadline=None)
@given(items=numbered(good | missing) | numbered(lines) | numbered(good | lines))
def test_parse_quick_and_careful_read_the_same(items: list[tuple[int, Any]]) -> None:
    payload = pack.encode(HEAD, items)
    rows = json.loads(pack.inflate(payload))
    quick = ingest_decode._quick("t", Stream.READING, payload, rows)
    careful = ingest_decode._careful("t", Stream.READING, payload)
    assert flat(read(payload)) == flat(careful)
    if quick is not None:
        assert flat(quick) == flat(careful)


def test_parse_pack_of_our_own_gateway_takes_the_quick_way() -> None:
    key = SeriesKey(cage="c", point="d2", quantity="ph")
    payload = pack.encode(HEAD, [(n, Reading(series=key, observed_at=AT, value=8.0, qc=QcFlag.GOOD)) for n in (1, 2)])
    assert ingest_decode._quick("t", Stream.READING, payload, json.loads(pack.inflate(payload))) is not None


@pytest.mark.parametrize(
    ("case", "row"),
    [
        ("unknown quantity", {"n": "c.d2.colour", "v": 1}),
        ("wrong unit", OXYGEN | {"u": "Cel"}),
        ("text for a value", OXYGEN | {"v": "seven"}),
        ("boolean for a value", OXYGEN | {"v": True}),
        ("no value", {"n": "dt01-c01.d2.do_mg_l"}),
        ("unknown flag", OXYGEN | {"qc": 5}),
        ("value beyond real", OXYGEN | {"v": 1e39}),
        ("huge integer value", OXYGEN | {"v": 10**400}),
        ("empty cage", OXYGEN | {"n": ".d2.do_mg_l"}),
        ("NUL in the name", OXYGEN | {"n": "a\x00b.d2.do_mg_l"}),
        ("time that is no number", OXYGEN | {"t": "now"}),
        ("huge time", OXYGEN | {"t": 1e300}),
        ("not an object", 5),
        ("sentence with NUL", {"n": "rx1", "vs": "a\x00b"}),
        ("sentence with a lone surrogate", {"n": "rx1", "vs": "\ud800"}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_parse_one_bad_record_leaves_its_neighbours(case: str, row: Any) -> None:
    parcel = read(packed(FIRST | OXYGEN, row, OXYGEN | {"v": 7.5}))
    assert parcel.readings is not None
    assert parcel.readings.value.tolist() == [7.25, 7.5]
    assert [bad.seq for bad in parcel.bad] == [8]
    assert set(parcel.seqs) == {7, 8, 9}


def test_parse_numbers_written_as_nan_are_bad_records() -> None:
    text = json.dumps([FIRST | OXYGEN, OXYGEN | {"v": float("nan")}])
    parcel = read(zlib.compress(text.encode()))
    assert [bad.seq for bad in parcel.bad] == [8]


@pytest.mark.parametrize(
    "payload",
    [b"", b"\x00", packed(), packed(1), packed({}), packed(FIRST | {"bt": 1e300}), packed(FIRST | {"seq": -1}),
     packed(FIRST | {"clk": 9}), packed(FIRST | {"bn": "x"}), zlib.compress(b"[" * 100_000),
     zlib.compress(b'[{"bt": ' + b"9" * 5000 + b"}]"), zlib.compress(b"\xff")],
)  # fmt: skip
def test_parse_bad_envelope_is_a_decode_error(payload: bytes) -> None:
    with pytest.raises(DecodeError):
        read(payload)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["n", "v", "vs", "t", "qc"]), inner),
    max_leaves=6,
)
rows_of_anything = st.dictionaries(
    st.sampled_from(["n", "u", "v", "vs", "t", "qc", "seq", "bt", "bn", "x", "x_"]), json_values, max_size=6
)


@settings(max_examples=200, deadline=None)
@given(first=rows_of_anything, rest=st.lists(rows_of_anything | json_values, max_size=4))
def test_parse_any_json_is_a_parcel_or_a_decode_error(first: dict[str, Any], rest: list[Any]) -> None:
    payload = zlib.compress(json.dumps([FIRST | first, *rest]).encode())
    try:
        parcel = read(payload)
    except DecodeError:
        return
    rows = sum(len(part.seq) for part in (parcel.readings, parcel.sentences) if part is not None)
    assert rows + len(parcel.bad) == 1 + len(rest)
    if parcel.readings is not None:
        assert np.isin(parcel.readings.qc, [1, 2, 3, 4, 9]).all()
        assert (np.isnan(parcel.readings.value) == (parcel.readings.qc == 9)).all()


@settings(max_examples=100, deadline=None)
@given(noise=st.binary(max_size=60))
def test_parse_any_bytes_are_a_decode_error(noise: bytes) -> None:
    with pytest.raises(DecodeError):
        read(noise)


@pytest.mark.parametrize(
    ("offset", "kept"),
    [(timedelta(0), True), (timedelta(seconds=600), True), (timedelta(seconds=601), False),
     (timedelta(days=-400), True), (timedelta(days=-401), False), (timedelta(days=30_000), False)],
)  # fmt: skip
def test_believable_is_within_the_window(offset: timedelta, kept: bool) -> None:
    instants = np.array([unix_us(AT + offset)], dtype=np.int64)
    assert believable(instants, AT, 600.0, 400.0).tolist() == [kept]
