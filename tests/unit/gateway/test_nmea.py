"""Sentences, tag blocks, fragments, and what the edge reads from AIS; pyais is the oracle."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyais import decode as pyais_decode
from pyais import encode_dict

from core.topics import Stream
from gateway.config import AisSection
from gateway.nmea import Assembler, BadSentenceError, Line, Message, ais_head, gps_unix_s, parse, tagged
from gateway.traffic import ReceiverHealth, Thinner


def sentences(**fields: object) -> list[str]:
    return list(encode_dict(fields, talker_id="AI", sentence_type="VDM"))  # type: ignore[arg-type]


def message(**fields: object) -> Message:
    return Message(lines=tuple(parse(s.encode()) for s in sentences(**fields)))


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"!AIVDM,1,1,,A,13HOI:0P0000VOHLCnHQKwvL05Ip,0*00", "checksum"),
        (b"!AIVDM,1,1,,A,13HOI:0P0000VOHLCnHQKwvL05Ip,0", "checksum"),
        (b"hello", "form"),
        (b"", "form"),
        (b"\\c:1*00\\!AIVDM,1,1,,A,1,0*17", "tag"),
        (b"!" + b"x" * 2000, "length"),
    ],
)
def test_bad_line_is_named_and_never_passed(raw: bytes, why: str) -> None:
    with pytest.raises(BadSentenceError, match=why):
        parse(raw)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_sentence_or_a_named_fault(raw: bytes) -> None:
    try:
        line = parse(raw)
    except BadSentenceError as exc:
        assert str(exc) in ("length", "form", "tag", "checksum")
    else:
        for found in Assembler().feed(line, 0.0):
            ais_head(found)
            gps_unix_s(line)


@given(
    st.sampled_from([1, 3, 18]), st.integers(0, 2**30 - 1), st.floats(-89, 89), st.floats(-179, 179), st.integers(0, 15)
)
def test_ais_head_equals_pyais(kind: int, mmsi: int, lat: float, lon: float, status: int) -> None:
    fields = {"type": kind, "mmsi": mmsi, "lat": lat, "lon": lon, "speed": 5.1}
    found = ais_head(message(**(fields | ({"status": status} if kind < 4 else {}))))
    theirs = pyais_decode(*sentences(**(fields | ({"status": status} if kind < 4 else {})))).asdict()
    assert found is not None
    assert (found.type, found.mmsi) == (int(theirs["msg_type"]), int(theirs["mmsi"]))
    assert found.nav_status == (int(theirs["status"]) if kind < 4 else None)
    assert found.lat_deg == pytest.approx(theirs["lat"], abs=2e-6)
    assert found.lon_deg == pytest.approx(theirs["lon"], abs=2e-6)
    assert found.sog_kn == pytest.approx(theirs["speed"])


def test_mmsi_zero_and_overlong_numbers_are_kept() -> None:
    for mmsi in (0, 1_073_741_823):
        found = ais_head(message(type=1, mmsi=mmsi, lat=1, lon=1))
        assert found is not None
        assert found.mmsi == mmsi


def test_fragments_of_interleaved_messages_are_put_together_by_their_ids() -> None:
    one = sentences(type=5, mmsi=412000001, shipname="ONE")
    two = list(encode_dict({"type": 5, "mmsi": 412000002}, talker_id="AI", sentence_type="VDM", radio_channel="B"))
    box = Assembler()
    found = [m for s in (one[0], two[0], one[1], two[1]) for m in box.feed(parse(s.encode()), 0.0)]
    heads = [ais_head(m) for m in found]
    assert [h.mmsi for h in heads if h] == [412000001, 412000002]


def test_fragment_without_its_rest_travels_incomplete_after_its_time() -> None:
    one = sentences(type=5, mmsi=412000001)
    box = Assembler()
    assert box.feed(parse(one[0].encode()), 0.0) == []
    (late,) = box.expire(5.0)
    assert not late.complete
    assert late.lines[0].text == one[0]
    assert box.feed(parse(one[1].encode()), 5.0) == [], "the second half alone makes no message"


def test_same_fragment_twice_starts_a_new_group() -> None:
    one = sentences(type=5, mmsi=412000001)
    box = Assembler()
    box.feed(parse(one[0].encode()), 0.0)
    (old,) = box.feed(parse(one[0].encode()), 0.1)
    assert not old.complete
    (whole,) = box.feed(parse(one[1].encode()), 0.2)
    assert whole.complete


def test_tag_block_has_receive_time_receiver_and_what_was_there() -> None:
    line = parse(
        b"\\s:rORBCOMM104,q:u,c:1418172113,T:2014-12-10 00.41.53*55\\!AIVDM,1,1,,B,13F?Vv700<DJuLEtvep`iToV0<00,0*78"
    )
    assert line.time_s == 1_418_172_113.0
    again = parse(tagged(line, at_s=1_764_000_000.123, receiver="rx1").encode())
    assert again.time_s == 1_764_000_000.123
    assert dict(again.tags)["s"] == "rx1"
    assert dict(again.tags)["q"] == "u"
    assert again.text == line.text


@pytest.mark.parametrize(
    ("sentence", "at"),
    [
        (
            b"$GPRMC,213955.00,A,5250.53701,N,00542.34927,E,0.026,,070420,,,A*76",
            datetime(2020, 4, 7, 21, 39, 55, tzinfo=UTC),
        ),
        (b"$GPZDA,201530.00,04,07,2002,00,00*60", datetime(2002, 7, 4, 20, 15, 30, tzinfo=UTC)),
    ],
)
def test_gps_time_of_published_sentences(sentence: bytes, at: datetime) -> None:
    assert gps_unix_s(parse(sentence)) == at.timestamp()


def test_gps_without_fix_gives_no_time() -> None:
    body = "GPRMC,213955.00,V,,,,,,,070420,,,N"
    line = Line(text="$" + body, fields=tuple(body.split(",")))
    assert gps_unix_s(line) is None


# What is thinned, and what never is -----------------------------------------------------------------------------


def passed(thinner: Thinner, times: list[float], **fields: object) -> list[float]:
    return [at for at in times if thinner.route(message(**fields), at) is not None]


def test_position_reports_are_thinned_by_class() -> None:
    thinner = Thinner(AisSection(class_a_s=6, class_a_still_s=60, class_b_s=10))
    every = [float(s) for s in range(0, 60, 2)]
    moving = passed(thinner, every, type=1, mmsi=412000001, lat=27.8, lon=121.2, speed=8.0, status=0)
    anchored = passed(thinner, every, type=1, mmsi=412000002, lat=27.8, lon=121.2, speed=0.1, status=1)
    class_b = passed(thinner, every, type=18, mmsi=412000003, lat=27.8, lon=121.2, speed=5.0)
    assert (len(moving), len(anchored), len(class_b)) == (10, 1, 6)


@pytest.mark.parametrize(
    ("fields", "stream"),
    [
        ({"type": 1, "mmsi": 970010001, "lat": 27.8, "lon": 121.2, "status": 14}, Stream.DISTRESS),
        ({"type": 1, "mmsi": 412000009, "lat": 27.8, "lon": 121.2, "status": 14}, Stream.DISTRESS),
        ({"type": 1, "mmsi": 972123456, "lat": 27.8, "lon": 121.2}, Stream.DISTRESS),
        ({"type": 14, "mmsi": 974123456, "text": "EPIRB ACTIVE"}, Stream.DISTRESS),
        ({"type": 14, "mmsi": 412000001, "text": "MAN OVERBOARD"}, Stream.ALARM),
        ({"type": 5, "mmsi": 412000001, "shipname": "A"}, Stream.NMEA),
        ({"type": 24, "mmsi": 412000001, "partno": 0, "shipname": "A"}, Stream.NMEA),
    ],
)
def test_distress_static_and_safety_are_never_thinned(fields: dict[str, object], stream: Stream) -> None:
    thinner = Thinner(AisSection(class_a_s=3600, class_a_still_s=3600, class_b_s=3600))
    routed = [thinner.route(message(**fields), float(second)) for second in range(8)]
    assert [r.stream for r in routed if r] == [stream] * 8


def test_two_boats_on_one_number_are_thinned_apart() -> None:
    thinner = Thinner(AisSection(class_b_s=60))
    here = {"type": 18, "mmsi": 412331088, "lat": 36.5, "lon": 123.0}
    there = {"type": 18, "mmsi": 412331088, "lat": -45.0, "lon": -60.0}
    assert passed(thinner, [0.0], **here) == [0.0]
    assert passed(thinner, [1.0], **there) == [1.0]
    assert passed(thinner, [2.0], **here) == []


def test_zero_in_the_policy_passes_everything() -> None:
    thinner = Thinner(AisSection(class_a_s=0, class_a_still_s=0, class_b_s=0, aton_s=0, base_s=0, radar_s=0))
    assert len(passed(thinner, [0.0, 0.0, 0.1], type=1, mmsi=1, lat=1, lon=1)) == 3


def test_receiver_health_tells_a_silent_receiver_from_a_quiet_sea() -> None:
    health = ReceiverHealth(name="rx1", lat_deg=27.8, lon_deg=121.2, connected=True)
    head = ais_head(message(type=18, mmsi=412000003, lat=28.3, lon=121.2))
    for second in range(30):
        health.heard(head, float(second))
    told = health.report(30.0)
    assert (told["messages_1min"], told["targets"]) == (30, 1)
    assert told["max_range_nm"] == pytest.approx(30.0, abs=0.1)
    assert health.report(700.0)["max_range_nm"] is None
