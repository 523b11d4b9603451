"""Modbus frames: published vectors, pymodbus as a second opinion, and any bytes at all."""

import struct
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymodbus.framer.rtu import FramerRTU
from pymodbus.pdu.register_message import ReadInputRegistersRequest

from firmware_sim import modbus
from firmware_sim.device import MEASURE_S, Device
from firmware_sim.farm import BENCH_BUS, DEFAULT_BUSES, Unit
from firmware_sim.instruments import HOLDING, INPUT
from firmware_sim.sea import Sea

SEA = Sea("calm", 1, datetime(2026, 8, 12, 4, 0, tzinfo=UTC))
AT = SEA.anchor_s


def _device(profile: str) -> Device:
    for bus in (*DEFAULT_BUSES, BENCH_BUS):
        for unit in bus.units:
            if unit.profile == profile:
                return Device(unit=unit, bus=bus.name, sea=SEA)
    raise LookupError(profile)


def test_check_sum_of_the_serial_line_guide_is_equal() -> None:
    # Modbus over serial line V1.02: frame 02 07 has check sum 0x1241, sent low byte first.
    assert modbus.crc(b"\x02\x07") == 0x1241
    assert modbus.rtu_frame(2, b"\x07") == b"\x02\x07\x41\x12"


@given(st.binary(min_size=1, max_size=60))
def test_check_sum_of_any_bytes_equals_pymodbus(data: bytes) -> None:
    assert modbus.crc(data) == struct.unpack("<H", FramerRTU.compute_CRC(data).to_bytes(2, "big"))[0]


def test_request_made_by_pymodbus_is_understood() -> None:
    pdu = ReadInputRegistersRequest(address=6, count=2)
    body = bytes((pdu.function_code,)) + pdu.encode()
    assert modbus.parse(body) == modbus.Request(function=4, address=6, count=2)


@given(st.binary(max_size=300))
def test_any_pdu_gets_an_answer(pdu: bytes) -> None:
    reply = _device("ysi-odo-rtu").answer(pdu, AT)
    assert len(reply) >= 2


@given(
    st.lists(
        st.one_of(st.binary(max_size=12), st.sampled_from([modbus.rtu_frame(5, b"\x04\x00\x00\x00\x02")])), max_size=8
    )
)
def test_serial_requests_between_noise_are_found_when_they_follow_silence(pieces: list[bytes]) -> None:
    buffer = bytearray(b"".join(pieces))
    for unit, pdu in modbus.take_rtu(buffer):
        assert modbus.rtu_frame(unit, pdu) in b"".join(pieces)
    assert len(buffer) < 264


def test_serial_requests_in_a_row_are_all_found() -> None:
    frames = [modbus.rtu_frame(unit, b"\x03\x00\x00\x00\x01") for unit in (1, 2, 3)]
    buffer = bytearray(b"\xff\x13" + b"".join(frames))
    assert [unit for unit, _ in modbus.take_rtu(buffer)] == [1, 2, 3]
    assert not buffer


@given(st.binary(max_size=80))
def test_any_tcp_stream_is_requests_or_refused(data: bytes) -> None:
    buffer = bytearray(data)
    try:
        found = modbus.take_tcp(buffer)
    except ValueError:
        return
    assert sum(len(pdu) + 7 for _, _, pdu in found) + len(buffer) == len(data)


@pytest.mark.parametrize(
    ("case", "profile", "pdu", "reply"),
    [
        ("odd start", "ysi-odo-rtu", b"\x04\x00\x01\x00\x02", b"\x84\x02"),
        ("odd count", "ysi-odo-rtu", b"\x04\x00\x00\x00\x03", b"\x84\x02"),
        ("hole between blocks", "insitu-aquatroll-400", b"\x03\x00\x46\x00\x04", b"\x83\x02"),
        ("other table", "ysi-odo-rtu", b"\x03\x00\x00\x00\x02", b"\x83\x01"),
        ("too many", "vaisala-wxt530", b"\x04\x00\x00\x00\x7e", b"\x84\x03"),
        ("unknown function", "ysi-odo-rtu", b"\x2b\x0e\x01\x00", b"\xab\x01"),
        ("write to a sensor", "ysi-odo-rtu", b"\x06\x00\x00\x00\x01", b"\x86\x02"),
        ("coil value neither on nor off", "generic-relay", b"\x05\x00\x00\x12\x34", b"\x85\x03"),
        ("no such coil", "generic-relay", b"\x05\x00\x09\xff\x00", b"\x85\x02"),
    ],
)
def test_bad_request_gets_the_exception_of_the_standard(case: str, profile: str, pdu: bytes, reply: bytes) -> None:
    assert _device(profile).answer(pdu, AT) == reply, case


def test_coil_written_is_echoed_and_reads_back() -> None:
    relay = _device("generic-relay")
    assert relay.answer(b"\x05\x00\x00\xff\x00", AT) == b"\x05\x00\x00\xff\x00"
    assert relay.answer(b"\x01\x00\x00\x00\x03", AT) == b"\x01\x01\x01"
    assert relay.answer(b"\x0f\x00\x00\x00\x03\x01\x06", AT + 1) == b"\x0f\x00\x00\x00\x03"
    assert relay.answer(b"\x01\x00\x00\x00\x03", AT + 2) == b"\x01\x01\x06"
    SEA.aerators.clear()


def test_digisens_has_a_result_only_after_start_and_wait() -> None:
    probe = _device("aqualabo-digisens")
    read = b"\x03\x00\x57\x00\x02"
    assert probe.answer(read, AT)[2:] == b"\xff\xff\xff\xff"
    assert probe.answer(b"\x06\x00\x01\x00\x1f", AT) == b"\x06\x00\x01\x00\x1f"
    assert probe.answer(read, AT + MEASURE_S / 2)[2:] == b"\xff\xff\xff\xff"
    value = struct.unpack(">f", probe.answer(read, AT + MEASURE_S + 0.1)[2:])[0]
    assert 4.0 < value < 9.0


def test_reply_without_its_last_register_keeps_an_honest_byte_count() -> None:
    request = modbus.Request(function=3, address=0, count=3)
    reply = modbus.answer_read(request, {HOLDING: {0: 1, 1: 2, 2: 3}})
    short = modbus.short_reply(reply)
    assert short == b"\x03\x04\x00\x01\x00\x02"


def test_unit_of_the_bill_answers_under_its_number() -> None:
    unit = Unit(number=9, profile="hach-tss", cage="dt01-p01", point="d2")
    reply = Device(unit=unit, bus="b", sea=SEA).handle(b"\x03\x00\x00\x00\x02", AT)
    assert (reply.unit, reply.delay_s, reply.garbled) == (9, 0.0, False)
    assert INPUT not in Device(unit=unit, bus="b", sea=SEA).image(AT)
