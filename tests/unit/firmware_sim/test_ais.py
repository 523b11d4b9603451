"""The AIS encoder against pyais, which shares no line with it."""

from datetime import UTC, datetime

import pyais
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim import ais, nmea

LAT = st.floats(-89.9, 89.9)
LON = st.floats(-179.9, 179.9)
MMSI = st.integers(0, 2**30 - 1)
TEXT = st.text(alphabet="ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 %-.", max_size=20).map(str.strip)


def _decoded(bits: ais.Bits) -> pyais.messages.Payload:
    return pyais.decode(*ais.vdm(bits, sequence=3))


@given(MMSI, LAT, LON, st.floats(0, 102.2), st.floats(0, 359.94), st.integers(0, 15))
def test_class_a_position_decodes_to_what_was_said(
    mmsi: int, lat: float, lon: float, sog: float, cog: float, status: int
) -> None:
    message = _decoded(
        ais.position_a(mmsi=mmsi, lat_deg=lat, lon_deg=lon, sog_kn=sog, cog_deg=cog, heading_deg=cog, nav_status=status)
    )
    assert (message.mmsi, int(message.status)) == (mmsi, status)
    assert message.lat == pytest.approx(lat, abs=2e-6)
    assert message.lon == pytest.approx(lon, abs=2e-6)
    assert message.speed == pytest.approx(sog, abs=0.051)
    assert message.course == pytest.approx(cog, abs=0.051)
    assert message.heading == round(cog) % 360


def test_position_without_values_sends_the_sentinels() -> None:
    message = _decoded(ais.position_a(mmsi=412345678, lat_deg=None, lon_deg=None, sog_kn=None, cog_deg=None))
    assert (message.lat, message.lon, message.speed, message.course, message.heading) == (
        91.0,
        181.0,
        102.3,
        360.0,
        511,
    )


@pytest.mark.parametrize(("rate", "code"), [(None, -128), (0.0, 0), (10.0, 15), (-10.0, -15), (5000.0, 126)])
def test_rate_of_turn_is_coded_as_the_standard_says(rate: float | None, code: int) -> None:
    assert ais.rate_of_turn(rate) == code


@given(MMSI, LAT, LON, st.floats(0, 102.2), st.floats(0, 359.94))
def test_class_b_position_decodes_to_what_was_said(mmsi: int, lat: float, lon: float, sog: float, cog: float) -> None:
    message = _decoded(ais.position_b(mmsi=mmsi, lat_deg=lat, lon_deg=lon, sog_kn=sog, cog_deg=cog))
    assert (message.msg_type, message.mmsi) == (18, mmsi)
    assert message.lat == pytest.approx(lat, abs=2e-6)
    assert message.speed == pytest.approx(sog, abs=0.051)


@given(
    MMSI,
    TEXT,
    st.sampled_from([0, 30, 33, 36, 52, 60, 70, 79, 80, 89]),
    st.tuples(st.integers(0, 511), st.integers(0, 511), st.integers(0, 63), st.integers(0, 63)),
)
def test_static_data_decodes_to_what_was_said(
    mmsi: int, name: str, kind: int, sides: tuple[int, int, int, int]
) -> None:
    five = _decoded(ais.static_a(mmsi=mmsi, name=name, call_sign="BXYZ2", imo=9074729, ship_type=kind, sides_m=sides))
    part_a = _decoded(ais.static_b_name(mmsi=mmsi, name=name))
    part_b = _decoded(ais.static_b_data(mmsi=mmsi, ship_type=kind, call_sign="BXYZ2", sides_m=sides))
    assert five.shipname == part_a.shipname == name
    assert (five.imo, five.callsign, part_b.callsign) == (9074729, "BXYZ2", "BXYZ2")
    for message in (five, part_b):
        assert (message.to_bow, message.to_stern, message.to_port, message.to_starboard) == sides
        assert int(message.ship_type) == kind


def test_class_b_extended_decodes_to_what_was_said() -> None:
    message = _decoded(
        ais.position_b_extended(
            mmsi=412998877,
            lat_deg=27.8,
            lon_deg=121.2,
            sog_kn=7.3,
            cog_deg=88.0,
            name="YU 8",
            ship_type=30,
            sides_m=(9, 4, 2, 2),
        )
    )
    assert (message.msg_type, message.shipname, message.to_bow, message.speed) == (19, "YU 8", 9, 7.3)


def test_stations_decode_to_what_they_are() -> None:
    base = _decoded(ais.base_station(mmsi=4126500, lat_deg=27.84, lon_deg=121.15, when=(2026, 11, 23, 4, 5, 6)))
    plane = _decoded(
        ais.sar_aircraft(
            mmsi=111412500, lat_deg=27.5, lon_deg=121.5, altitude_m=300, sog_kn=121.4, cog_deg=90.0, second=7
        )
    )
    mark = _decoded(
        ais.aid_to_navigation(
            mmsi=994126000, kind=23, name="FARM BOUNDARY MARK EAST", lat_deg=27.83, lon_deg=121.29, virtual=True
        )
    )
    assert (base.msg_type, base.year, base.month, base.day, base.hour, base.minute, base.second) == (
        4,
        2026,
        11,
        23,
        4,
        5,
        6,
    )
    assert (plane.msg_type, plane.alt, plane.speed) == (9, 300, 121)
    assert (mark.msg_type, mark.name + mark.name_ext, bool(mark.virtual_aid)) == (21, "FARM BOUNDARY MARK EAST", True)


def test_safety_text_and_long_range_decode() -> None:
    text = _decoded(ais.safety_text(mmsi=970123456, text="SART ACTIVE"))
    far = _decoded(ais.long_range(mmsi=412345678, lat_deg=27.8, lon_deg=121.2, sog_kn=9.6, cog_deg=45.0))
    assert (text.msg_type, text.text) == (14, "SART ACTIVE")
    assert (far.msg_type, far.speed, far.course) == (27, 10, 45)
    assert far.lat == pytest.approx(27.8, abs=0.001)


@given(st.integers(1, 1000))
def test_sentences_of_any_length_stay_within_nmea(bits: int) -> None:
    lines = ais.vdm(ais.Bits().put((1 << bits) - 1, bits), sequence=1)
    assert all(len(line) <= 80 for line in lines)
    assert len({line.split(",")[1] for line in lines}) == 1


def test_radar_sentence_and_tag_block_have_right_check_sums() -> None:
    at = datetime(2026, 11, 23, 4, 5, 6, 250_000, tzinfo=UTC)
    line = nmea.ttm(7, range_nm=3.214, bearing_deg=93.2, sog_kn=8.1, cog_deg=271.0, cpa_nm=0.4, tcpa_min=12.3, at=at)
    assert line.startswith("$RATTM,07,3.21,93.2,T,8.1,271.0,T,0.40,12.3,N,T07,T,,040506.25,A*")
    assert _checked(line[1:])
    tll = nmea.tll(7, lat_deg=27.8, lon_deg=121.2, at=at)
    assert "2748.0000,N,12112.0000,E" in tll
    assert _checked(tll[1:])
    tagged = nmea.tagged(line, at, "radar1")
    assert tagged.startswith("\\c:1795406706250,s:radar1*")
    assert _checked(tagged[1:].split("\\")[0])
    assert nmea.zda(at).startswith("$GPZDA,040506.00,23,11,2026,00,00*")


def _checked(text: str) -> bool:
    body, _, sum_hex = text.rpartition("*")
    total = 0
    for byte in body.encode():
        total ^= byte
    return total == int(sum_hex, 16)


def test_minutes_that_round_up_carry_into_degrees() -> None:
    assert ",2800.0000,N," in nmea.tll(1, lat_deg=27.9999999, lon_deg=121.0, at=datetime(2026, 1, 1, tzinfo=UTC))
