"""Frames: only the answer to the open request counts, whatever else is on the line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymodbus.framer import FramerRTU, FramerSocket
from pymodbus.pdu import DecodePDU
from pymodbus.pdu.register_message import ReadHoldingRegistersRequest

from gateway.modbus import Outcome, Request, RtuReader, TcpReader, crc16, rtu_frame, tcp_frame


def answer(unit: int, function: int, words: list[int]) -> bytes:
    data = b"".join(w.to_bytes(2, "big") for w in words)
    body = bytes((unit, function, len(data))) + data
    return body + FramerRTU.compute_CRC(body).to_bytes(2, "big")


@given(st.binary(max_size=300))
def test_crc_equals_pymodbus(data: bytes) -> None:
    assert crc16(data).to_bytes(2, "little") == FramerRTU.compute_CRC(data).to_bytes(2, "big")


@given(st.integers(1, 247), st.integers(0, 65_000), st.integers(1, 125))
def test_requests_equal_pymodbus(unit: int, address: int, count: int) -> None:
    theirs = ReadHoldingRegistersRequest(address=address, count=count, dev_id=unit, transaction_id=77)
    request = Request(unit=unit, function=3, address=address, count=count)
    assert rtu_frame(request) == FramerRTU(DecodePDU(False)).buildFrame(theirs)
    assert tcp_frame(request, 77) == FramerSocket(DecodePDU(False)).buildFrame(theirs)


REQUEST = Request(unit=5, function=3, address=0, count=2)


@pytest.mark.parametrize(
    ("stream", "why"),
    [
        (answer(6, 3, [1, 2]), "another unit"),
        (answer(5, 4, [1, 2]), "another function"),
        (answer(5, 3, [1]), "one register short"),
        (answer(5, 3, [1, 2, 3]), "one too many"),
        (answer(5, 3, [1, 2])[:-1] + b"\0", "bad check sum"),
        (answer(5, 3, [1, 2])[:-3], "cut short"),
        (b"", "silence"),
    ],
)
def test_rtu_reader_takes_no_other_frame_for_the_answer(stream: bytes, why: str) -> None:
    reader = RtuReader(REQUEST)
    assert reader.feed(stream) is None, why
    assert reader.why_not()


def test_rtu_reader_finds_its_answer_behind_stale_frames_in_any_pieces() -> None:
    stream = answer(6, 3, [9, 9]) + answer(5, 3, [7]) + answer(5, 3, [1, 2])
    for size in range(1, 9):
        reader = RtuReader(REQUEST)
        found = [reader.feed(stream[i : i + size]) for i in range(0, len(stream), size)]
        assert next(reply for reply in found if reply).words == (1, 2)
        assert len(reader.strange) == 2


@given(st.binary(max_size=64))
def test_rtu_reader_survives_any_bytes(data: bytes) -> None:
    reply = RtuReader(REQUEST).feed(data)
    assert reply is None or reply.outcome in (Outcome.OK, Outcome.EXCEPTION)


@given(st.binary(max_size=64), st.integers(1, 8))
def test_tcp_reader_survives_any_bytes(data: bytes, size: int) -> None:
    reader = TcpReader(REQUEST, 1)
    for start in range(0, len(data), size):
        reader.feed(data[start : start + size])
    assert reader.reply is None or reader.reply.outcome is not Outcome.TIMEOUT


def test_tcp_reader_skips_late_answers_and_refuses_a_short_one() -> None:
    def frame(transaction: int, words: list[int], unit: int = 5) -> bytes:
        pdu = answer(unit, 3, words)[1:-2]
        return transaction.to_bytes(2, "big") + b"\0\0" + (len(pdu) + 1).to_bytes(2, "big") + bytes((unit,)) + pdu

    reader = TcpReader(REQUEST, 8)
    reply = reader.feed(frame(7, [9, 9]) + frame(8, [1, 2]))
    assert reply is not None
    assert reply.words == (1, 2)
    short = TcpReader(REQUEST, 8).feed(frame(8, [1]))
    assert short is not None
    assert short.outcome is Outcome.BROKEN
    other = TcpReader(REQUEST, 8).feed(frame(8, [1, 2], unit=6))
    assert other is not None
    assert other.outcome is Outcome.BROKEN


def test_exception_answer_is_told_in_words() -> None:
    body = bytes((5, 0x83, 2))
    reply = RtuReader(REQUEST).feed(body + FramerRTU.compute_CRC(body).to_bytes(2, "big"))
    assert reply is not None
    assert (reply.outcome, reply.exception, reply.reason) == (Outcome.EXCEPTION, 2, "exception 2: illegal data address")


def test_write_counts_only_when_echoed_whole() -> None:
    request = Request(unit=5, function=5, address=1, value=1)
    body = bytes((5,)) + request.pdu()
    assert RtuReader(request).feed(body + crc16(body).to_bytes(2, "little")) is not None
    other = bytes((5, 5, 0, 1, 0, 0))
    assert RtuReader(request).feed(other + crc16(other).to_bytes(2, "little")) is None
