"""Decoding held against gpsd, libais and pyais, and against every kind of broken line."""

import json
import random
from collections import Counter, defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyais import decode as pyais_decode
from pyais import encode_dict
from pyais.exceptions import AISBaseException

from core.position import PositionSource
from vessels.ais import Decoder, decode_line, is_distress
from vessels.ais_explain import explain
from vessels.sentences import MAX_LINE_BYTES

DATA = Path(__file__).parents[2] / "data" / "ais"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
TYPE_1 = "!AIVDM,1,1,,A,15RTgt0PAso;90TKcjM8h6g208CQ,0*4A"


def _lines(name: str) -> list[str]:
    return (DATA / name).read_text(encoding="utf-8", errors="replace").splitlines()


def _gpsd() -> list[dict[str, Any]]:
    return [json.loads(line) for line in _lines("gpsd/sample.aivdm.js.chk") if line.startswith("{")]


# gpsd joins 24A and 24B of a boat into one record: the second part has no record of its own.
GPSD_JOINS = Counter({271041815: 2, 271041511: 1, 271040660: 1, 271020195: 1})


def test_gpsd_sample_gives_the_same_messages_by_sender() -> None:
    batch = Decoder().feed(_lines("gpsd/sample.aivdm"), NOW)
    mine, theirs = Counter(batch.line_mmsi.values()), Counter(row["mmsi"] for row in _gpsd())
    assert mine - theirs == GPSD_JOINS
    assert theirs - mine == Counter()
    # The one bad line lost its exclamation mark in the file.
    assert [(bad.reason, bad.raw[:6]) for bad in batch.bad] == [("no NMEA sentence in the line", b"AIVDM,")]


def test_gpsd_sample_positions_equal_the_expected() -> None:
    batch = Decoder().feed(_lines("gpsd/sample.aivdm"), NOW)
    mine = defaultdict(list)
    for position in batch.positions:
        mine[position.mmsi].append(position)
    compared = 0
    for row in _gpsd():
        if "lon" not in row or row["type"] not in (1, 2, 3, 4, 9, 11, 18, 19, 21, 27):
            continue
        if abs(row["lat"]) > 90 or abs(row["lon"]) > 180:
            continue  # 91/181 is no fix, 109/205 no place on earth: neither is a Position
        position = mine[row["mmsi"]].pop(0)
        step = 0.051 if row["type"] == 27 else 5.1e-7  # gpsd prints type 27 to a tenth of a degree
        assert position.lat_deg == pytest.approx(row["lat"], abs=step)
        assert position.lon_deg == pytest.approx(row["lon"], abs=step)
        if "speed" in row:
            assert position.sog_kn == (
                None if row["speed"] in (102.3, 1023) else pytest.approx(row["speed"], abs=0.051)
            )
        if "course" in row:
            assert position.cog_deg == (None if row["course"] >= 360 else pytest.approx(row["course"], abs=0.051))
        if "heading" in row:
            assert position.heading_deg == (None if row["heading"] == 511 else row["heading"])
        compared += 1
    assert compared == 19
    assert all(not left for left in mine.values())


def test_gpsd_sample_statics_equal_the_expected() -> None:
    batch = Decoder().feed(_lines("gpsd/sample.aivdm"), NOW)
    rows = [row for row in _gpsd() if row["type"] in (5, 19, 21, 24)]
    said: dict[int, dict[str, Any]] = defaultdict(dict)
    for report in batch.statics:
        fields = {
            name: getattr(report, name) for name in report.__dataclass_fields__ if getattr(report, name) is not None
        }
        said[report.mmsi] |= fields
    for row in rows:
        mine = said[row["mmsi"]]
        name = row.get("shipname", row.get("name"))
        assert mine.get("name") == (name.strip() or None)
        for theirs, ours in (("callsign", "call_sign"), ("destination", "destination")):
            if theirs in row:
                assert (mine.get(ours) or "") == row[theirs].strip()
        if "to_bow" in row and any(row[k] for k in ("to_bow", "to_stern", "to_port", "to_starboard")):
            sides = [mine[f"to_{side}_m"] for side in ("bow", "stern", "port", "starboard")]
            assert sides == [row[f"to_{side}"] for side in ("bow", "stern", "port", "starboard")]
        if row.get("draught"):
            assert mine["draught_m"] == pytest.approx(row["draught"])
    assert len(rows) == 8


def test_gpsd_sample_texts_equal_the_expected() -> None:
    batch = Decoder().feed(_lines("gpsd/sample.aivdm"), NOW)
    theirs = [(row["mmsi"], row["text"].strip()) for row in _gpsd() if row["type"] in (12, 14)]
    assert [(text.mmsi, text.text) for text in batch.texts] == theirs


def test_type_17_position_is_signed_tenths_of_a_minute() -> None:
    line = next(
        x for x in _lines("gpsd/sample.aivdm") if x.startswith("!") and (explain(x) or {}).get("mmsi") == 804870766
    )
    fields = explain(line)
    assert fields is not None
    assert (fields["lon"], fields["lat"]) == (pytest.approx(134.4, abs=0.06), pytest.approx(-44.7, abs=0.06))


def test_libais_tag_blocks_give_time_and_receiver() -> None:
    batch = Decoder().feed(_lines("libais/tagblock.nmea"))
    assert [p.observed_at.timestamp() for p in batch.positions] == [1418172113.0, 1418171722.0, 1418171561.0]
    assert batch.statics[0].name == "ROSINANTE"
    assert batch.statics[0].observed_at.timestamp() == 1418169601.0


@pytest.mark.parametrize("name", ["libais/test.aivdm", "libais/typeexamples.nmea", "pyais/nmea_data_sample.txt"])
def test_single_sentences_of_other_decoders_equal_pyais(name: str) -> None:
    singles = [x for x in _lines(name) if "!AIVDM,1,1," in x or "!AIVDO,1,1," in x]
    checked = _compare_with_pyais(singles)
    assert checked >= 20 if "type" in name else checked > 100


def _compare_with_pyais(lines: list[str]) -> int:
    batch = Decoder().feed(lines, NOW)
    places = dict(zip(batch.position_line, batch.positions, strict=True))
    checked = 0
    for number, line in enumerate(lines):
        if number not in batch.line_mmsi:
            continue
        try:
            fields = pyais_decode(line[line.index("!") :].split(",r")[0]).asdict()
        except (AISBaseException, ValueError, TypeError):
            continue
        assert batch.line_mmsi[number] == fields["mmsi"], line
        checked += 1
        if number in places and fields["msg_type"] != 27:
            assert places[number].lat_deg == pytest.approx(fields["lat"], abs=6e-7)
            assert places[number].lon_deg == pytest.approx(fields["lon"], abs=6e-7)
            speed = fields.get("speed")
            if speed is not None and speed < 102.2:
                assert places[number].sog_kn == pytest.approx(speed, abs=0.01)
    return checked


_PLACE = {"lat": st.floats(-89.9, 89.9), "lon": st.floats(-179.9, 179.9)}
_TYPE_1 = st.fixed_dictionaries(
    {
        "msg_type": st.sampled_from([1, 2, 3]), "mmsi": st.integers(0, 999_999_999), "status": st.integers(0, 15),
        "speed": st.integers(0, 1023).map(lambda v: v / 10), "course": st.integers(0, 3600).map(lambda v: v / 10),
        "heading": st.one_of(st.integers(0, 359), st.just(511)), **_PLACE,
    }
)  # fmt: skip
_TYPE_18 = st.fixed_dictionaries(
    {
        "msg_type": st.just(18), "mmsi": st.integers(1, 999_999_999),
        "speed": st.integers(0, 1022).map(lambda v: v / 10), "course": st.integers(0, 3599).map(lambda v: v / 10),
        "heading": st.integers(0, 359), **_PLACE,
    }
)  # fmt: skip
_WORD = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ 0123456789-", min_size=1, max_size=20).map(str.strip).filter(bool)
_TYPE_5 = st.fixed_dictionaries(
    {
        "msg_type": st.just(5), "mmsi": st.integers(1, 999_999_999), "shipname": _WORD,
        "callsign": st.text("ABCDEFGHIJKLMNOP0123456789", min_size=1, max_size=7), "ship_type": st.integers(1, 99),
        "to_bow": st.integers(0, 511), "to_stern": st.integers(0, 511), "to_port": st.integers(0, 63),
        "to_starboard": st.integers(0, 63), "destination": _WORD, "imo": st.integers(1, 9_999_999),
    }
)  # fmt: skip
_TYPE_24A = st.fixed_dictionaries(
    {"msg_type": st.just(24), "partno": st.just(0), "mmsi": st.integers(1, 999_999_999), "shipname": _WORD}
)


@settings(max_examples=150, deadline=None)
@given(st.one_of(_TYPE_1, _TYPE_18))
def test_fast_path_positions_equal_pyais(fields: dict[str, Any]) -> None:
    lines = encode_dict(fields, radio_channel="B", talker_id="AI", sentence_type="VDM")
    expected = pyais_decode(*lines).asdict()
    batch = decode_line("\n".join(lines), NOW)
    (position,) = batch.positions
    assert position.mmsi == expected["mmsi"]
    assert position.lat_deg == pytest.approx(expected["lat"], abs=6e-7)
    assert position.lon_deg == pytest.approx(expected["lon"], abs=6e-7)
    assert position.sog_kn == (None if expected["speed"] == 102.3 else pytest.approx(expected["speed"], abs=1e-6))
    assert position.cog_deg == (None if expected["course"] == 360 else pytest.approx(expected["course"], abs=1e-6))
    assert position.heading_deg == (None if expected["heading"] == 511 else expected["heading"])


@settings(max_examples=100, deadline=None)
@given(st.one_of(_TYPE_5, _TYPE_24A))
def test_fast_path_statics_equal_pyais(fields: dict[str, Any]) -> None:
    lines = encode_dict(fields, radio_channel="A", talker_id="AI", sentence_type="VDM")
    expected = pyais_decode(*lines).asdict()
    (report,) = decode_line("\n".join(lines), NOW).statics
    assert report.name == (expected["shipname"].strip() or None)
    if fields["msg_type"] == 5:
        assert report.call_sign == expected["callsign"]
        assert report.destination == (expected["destination"].strip() or None)
        sides = [expected[f"to_{side}"] for side in ("bow", "stern", "port", "starboard")]
        assert report.length_m == (sides[0] + sides[1] if any(sides) else None)
        assert report.imo == expected["imo"]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.binary(max_size=120), max_size=12), st.integers(0, 11))
def test_any_bytes_never_crash_nor_harm_a_good_neighbour(garbage: list[bytes], at: int) -> None:
    lines = [piece.replace(b"\n", b" ").replace(b"\r", b" ") for piece in garbage]
    lines.insert(min(at, len(lines)), TYPE_1.encode())
    batch = Decoder(hold_fragments=False).feed(lines, NOW)
    assert [p.mmsi for p in batch.positions].count(371798000) == 1
    assert all(0 <= bad.line_no < len(lines) for bad in batch.bad)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(TYPE_1) - 1), st.integers(0, 255))
def test_one_changed_byte_is_caught_by_the_checksum(at: int, value: int) -> None:
    raw = bytearray(TYPE_1.encode())
    if raw[at] == value or (at >= len(TYPE_1) - 2 and chr(value).upper() == chr(raw[at])):
        return
    raw[at] = value
    batch = decode_line(bytes(raw), NOW)
    assert batch.positions == [] or at < 6  # a changed talker breaks the checksum too, except AIVDM -> other VDM


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"", None),
        (b"# a comment", None),
        (TYPE_1[:30].encode(), "no checksum: the line was cut"),
        (TYPE_1.replace("*4A", "*4B").encode(), "checksum does not match"),
        (b"!AIVDM,1,1,,A,,0*26", "no payload"),
        (b"!AIVDM,1,1,,A,1,0*17", "payload too short"),
        (b"\xff\xfe\x00binary", "no NMEA sentence in the line"),
        (b"!AIVDM,9*42", "fields of the AIS sentence are malformed"),
        (b"x" * (MAX_LINE_BYTES + 1), "line too long"),
    ],
    ids=["empty", "comment", "cut", "checksum", "no payload", "short", "binary", "few fields", "endless"],
)
def test_bad_line_is_kept_with_its_reason(line: bytes, reason: str | None) -> None:
    batch = Decoder().feed([line, TYPE_1], NOW)
    assert [bad.reason for bad in batch.bad] == ([] if reason is None else [reason])
    assert [bad.raw for bad in batch.bad] == ([] if reason is None else [line])
    assert len(batch.positions) == 1


def test_tag_block_with_wrong_checksum_is_not_believed() -> None:
    batch = Decoder().feed(["\\c:1418172113,s:rx1*00\\" + TYPE_1], NOW)
    assert batch.positions[0].observed_at == NOW
    assert batch.counts["bad_tag"] == 1


def test_milliseconds_in_a_tag_block_are_read() -> None:
    batch = Decoder().feed(["\\c:1795147200222,s:rx1*3A\\" + TYPE_1])
    assert batch.positions == [] or batch.positions[0].observed_at.timestamp() == pytest.approx(1795147200.222)


def test_multi_part_message_survives_reordering_across_blocks() -> None:
    first = "!AIVDM,2,1,1,A,55?MbV02;H;s<HtKR20EHE:0@T4@Dn2222222216L961O5Gf0NSQEp6ClRp8,0*1C"
    second = "!AIVDM,2,2,1,A,88888888880,2*25"
    decoder = Decoder()
    assert decoder.feed([second], NOW).statics == []
    (report,) = decoder.feed([first], NOW).statics
    assert report.name == "EVER DIADEM"
    assert decoder.flush() == []


def test_unfinished_message_without_hold_is_reported_as_bad() -> None:
    first = "!AIVDM,2,1,1,A,55?MbV02;H;s<HtKR20EHE:0@T4@Dn2222222216L961O5Gf0NSQEp6ClRp8,0*1C"
    batch = Decoder(hold_fragments=False).feed([TYPE_1, first], NOW)
    assert [(bad.line_no, bad.reason) for bad in batch.bad] == [(1, "incomplete message")]


def test_whole_message_in_one_item_counts_as_one_item() -> None:
    first = "!AIVDM,2,1,1,A,55?MbV02;H;s<HtKR20EHE:0@T4@Dn2222222216L961O5Gf0NSQEp6ClRp8,0*1C"
    message = first + "\n!AIVDM,2,2,1,A,88888888880,2*25"
    batch = Decoder(hold_fragments=False).feed([TYPE_1, message, TYPE_1], NOW)
    assert batch.static_line == [1]
    assert batch.position_line == [0, 2]


def test_distress_device_is_an_alarm_by_its_number() -> None:
    (line,) = encode_dict(
        {"msg_type": 1, "mmsi": 970_123_456, "lat": 27.8, "lon": 121.2, "status": 14, "speed": 0.0},
        talker_id="AI",
        sentence_type="VDM",
    )
    (position,) = decode_line(line, NOW).positions
    assert position.source is PositionSource.AIS_SART
    assert is_distress(position)


def test_mmsi_zero_is_kept_as_evidence() -> None:
    (line,) = encode_dict({"msg_type": 18, "mmsi": 0, "lat": 27.8, "lon": 121.2}, talker_id="AI", sentence_type="VDM")
    assert [p.mmsi for p in decode_line(line, NOW).positions] == [0]


def test_blocks_cut_anywhere_give_the_same_answer() -> None:
    lines = _lines("gpsd/sample.aivdm")
    whole = Decoder().feed(lines, NOW)
    seed = 7
    rng, decoder, parts = random.Random(seed), Decoder(), []
    at = 0
    while at < len(lines):
        step = rng.randint(1, 40)
        parts.append(decoder.feed(lines[at : at + step], NOW))
        at += step
    assert [p for part in parts for p in part.positions] == whole.positions, f"seed {seed}"
    assert [s for part in parts for s in part.statics] == whole.statics


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("$RATTM,06,11.74,96.2,T,3.0,83.8,T,2.52,-230.5,N,T06,T,,040000.22,A*45", (6, 11.74, 96.2, 3.0)),
        ("$RATTM,11,11.4,13.6,T,7.0,20.0,T,0.0,0.0,K,,Q,,154125.82,A,*", None),
    ],
    ids=["knots", "cut checksum"],
)
def test_radar_target_is_read_or_refused(sentence: str, expected: tuple[float, ...] | None) -> None:
    batch = Decoder().feed([sentence], NOW)
    found = [(t.number, t.range_nm, t.bearing_deg, t.sog_kn) for t in batch.radar]
    assert found == ([] if expected is None else [expected])
