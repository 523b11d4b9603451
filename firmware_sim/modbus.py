"""Modbus frames as the servers speak them, pure: requests in, replies out (Modbus Application Protocol V1.1b3).

Written here rather than taken from the client's library, so that both ends cannot share one mistake, and because
servers in good order cannot be made to answer late, short or in another's name.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass

from firmware_sim.instruments import COILS, HOLDING, Words

ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_VALUE = 1, 2, 3
MAX_REGISTERS, MAX_BITS = 125, 2000
READS = (1, 2, 3, 4)
WRITES = (5, 6, 15, 16)
MBAP_BYTES = 7


def crc(data: bytes) -> int:
    """Return the RTU check sum (CRC-16, polynomial 0xA001; "Modbus over serial line" V1.02, 6.2.2)."""
    value = 0xFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = (value >> 1) ^ (0xA001 if value & 1 else 0)
    return value


def exception(function: int, code: int) -> bytes:
    """Return an exception reply."""
    return bytes((function | 0x80, code))


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request taken apart; `values` are written words or bits, empty for reads."""

    function: int
    address: int
    count: int
    values: tuple[int, ...] = ()


def parse(pdu: bytes) -> "Request | bytes":
    """Return the request, or the exception reply that a malformed one earns."""
    if not pdu:
        return exception(0, ILLEGAL_FUNCTION)
    function = pdu[0]
    if function not in READS + WRITES:
        return exception(function, ILLEGAL_FUNCTION)
    if len(pdu) < 5:
        return exception(function, ILLEGAL_VALUE)
    address, second = struct.unpack(">HH", pdu[1:5])
    if function in READS:
        limit = MAX_BITS if function in (1, 2) else MAX_REGISTERS
        if len(pdu) != 5 or not 1 <= second <= limit:
            return exception(function, ILLEGAL_VALUE)
        return Request(function=function, address=address, count=second)
    if function in (5, 6):
        if len(pdu) != 5 or (function == 5 and second not in (0, 0xFF00)):
            return exception(function, ILLEGAL_VALUE)
        return Request(function=function, address=address, count=1, values=(second,))
    return _parse_multiple(pdu, function, address, second)


def _parse_multiple(pdu: bytes, function: int, address: int, count: int) -> "Request | bytes":
    body = pdu[6:]
    needed = (count + 7) // 8 if function == 15 else count * 2
    if len(pdu) < 6 or pdu[5] != needed or len(body) != needed or not 1 <= count <= (1968 if function == 15 else 123):
        return exception(function, ILLEGAL_VALUE)
    if function == 15:
        values = tuple(body[i // 8] >> (i % 8) & 1 for i in range(count))
    else:
        values = struct.unpack(f">{count}H", body)
    return Request(function=function, address=address, count=count, values=values)


def answer_read(request: Request, tables: dict[int, Words], *, even_only: bool = False) -> bytes:
    """Return the reply to a read: the words asked for, or exception 2 where one does not exist."""
    table = tables.get(request.function)
    if table is None:
        return exception(request.function, ILLEGAL_FUNCTION)
    if even_only and (request.address % 2 or request.count % 2):
        return exception(request.function, ILLEGAL_ADDRESS)
    try:
        words = [table[request.address + i] for i in range(request.count)]
    except KeyError:
        return exception(request.function, ILLEGAL_ADDRESS)
    if request.function in (1, 2):
        packed = bytearray((request.count + 7) // 8)
        for i, bit in enumerate(words):
            packed[i // 8] |= (bit & 1) << (i % 8)
        return bytes((request.function, len(packed))) + bytes(packed)
    return bytes((request.function, 2 * len(words))) + struct.pack(f">{len(words)}H", *words)


def answer_write(request: Request, write: Callable[[int, int, int], bool]) -> bytes:
    """Return the reply to a write; `write(table, address, value)` says whether that address may be written."""
    table = COILS if request.function in (5, 15) else HOLDING
    values = [1 if v == 0xFF00 else 0 for v in request.values] if request.function == 5 else list(request.values)
    if not all(write(table, request.address + i, value) for i, value in enumerate(values)):
        return exception(request.function, ILLEGAL_ADDRESS)
    if request.function in (5, 6):
        return bytes((request.function,)) + struct.pack(">HH", request.address, request.values[0])
    return bytes((request.function,)) + struct.pack(">HH", request.address, request.count)


def short_reply(reply: bytes) -> bytes:
    """Return a read reply without its last register, byte count honest: nothing but the count gives it away."""
    if reply[0] not in (3, 4) or reply[1] < 4:
        return reply
    return bytes((reply[0], reply[1] - 2)) + reply[2:-2]


def rtu_frame(unit: int, pdu: bytes) -> bytes:
    """Return a serial frame: unit, PDU, check sum low byte first."""
    body = bytes((unit,)) + pdu
    return body + struct.pack("<H", crc(body))


def rtu_request_length(buffer: bytes | bytearray) -> int | None:
    """Return how many bytes the request at the start of a buffer has, None while more must come to know."""
    if len(buffer) < 2:
        return None
    if buffer[1] in (15, 16):
        return 9 + buffer[6] if len(buffer) > 6 else None
    return 8


def take_rtu(buffer: bytearray) -> list[tuple[int, bytes]]:
    """Return the (unit, pdu) requests in a buffer and remove them; bytes that start no valid frame are dropped."""
    found: list[tuple[int, bytes]] = []
    while buffer:
        length = rtu_request_length(buffer)
        if length is None or len(buffer) < length:
            break
        frame = bytes(buffer[:length])
        if crc(frame[:-2]) == struct.unpack("<H", frame[-2:])[0]:
            found.append((frame[0], frame[1:-2]))
            del buffer[:length]
        else:
            del buffer[0]
    return found


def take_tcp(buffer: bytearray) -> list[tuple[int, int, bytes]]:
    """Return the (transaction, unit, pdu) requests in a buffer and remove them.

    Raises
    ------
    ValueError
        When the stream is not Modbus TCP: the connection is to be closed.
    """
    found: list[tuple[int, int, bytes]] = []
    while len(buffer) >= MBAP_BYTES:
        transaction, protocol, length, unit = struct.unpack(">HHHB", bytes(buffer[:MBAP_BYTES]))
        if protocol != 0 or not 2 <= length <= 254:
            raise ValueError("not a Modbus TCP header")
        if len(buffer) < 6 + length:
            break
        found.append((transaction, unit, bytes(buffer[MBAP_BYTES : 6 + length])))
        del buffer[: 6 + length]
    return found


def tcp_frame(transaction: int, unit: int, pdu: bytes) -> bytes:
    """Return a Modbus TCP frame."""
    return struct.pack(">HHHB", transaction, 0, len(pdu) + 1, unit) + pdu
