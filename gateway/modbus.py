"""Modbus frames, pure: requests to bytes, and bytes to exactly the reply that was asked for or a reason why not.

We frame ourselves because the promise "no value under a wrong name" rests on it: a reply counts only when unit,
function, length and check are those of the one open request. Everything else on the line is named and discarded.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from core.profiles import BIT_FUNCTIONS

MBAP_BYTES = 7
EXCEPTIONS = {
    1: "illegal function", 2: "illegal data address", 3: "illegal data value", 4: "device failure",
    5: "acknowledge, still working", 6: "device busy", 8: "memory parity error", 10: "gateway path unavailable",
    11: "gateway target did not respond",
}  # fmt: skip
"""Modbus Application Protocol V1.1b3, section 7."""
_WRITES = frozenset({5, 6})


class Outcome(StrEnum):
    """What became of a request."""

    OK = "ok"
    EXCEPTION = "exception"
    TIMEOUT = "timeout"
    BROKEN = "broken"
    DOWN = "down"
    LATE = "late"


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """A read of `count` registers or bits, or (functions 5 and 6) a write of one `value`."""

    unit: int
    function: int
    address: int
    count: int = 1
    value: int = 0

    def pdu(self) -> bytes:
        """Return the request without framing."""
        if self.function == 5:
            return bytes((5,)) + self.address.to_bytes(2, "big") + (b"\xff\x00" if self.value else b"\x00\x00")
        last = self.value if self.function in _WRITES else self.count
        return bytes((self.function,)) + self.address.to_bytes(2, "big") + last.to_bytes(2, "big")

    def reply_pdu_bytes(self) -> int:
        """Return the length of a right reply without framing."""
        if self.function in _WRITES:
            return 5
        return 2 + ((self.count + 7) // 8 if self.function in BIT_FUNCTIONS else 2 * self.count)


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """The end of one request: `words` when OK, else `reason` in words for a person."""

    outcome: Outcome
    words: tuple[int, ...] = ()
    reason: str = ""
    exception: int = 0


def crc16(data: bytes) -> int:
    """Return the Modbus CRC (polynomial 0xA001, start 0xFFFF) as sent low byte first."""
    crc = 0xFFFF
    for byte in data:
        crc = (crc >> 8) ^ _CRC_TABLE[(crc ^ byte) & 0xFF]
    return crc


def _crc_row(byte: int) -> int:
    for _ in range(8):
        byte = (byte >> 1) ^ 0xA001 if byte & 1 else byte >> 1
    return byte


_CRC_TABLE = tuple(_crc_row(byte) for byte in range(256))


def rtu_frame(request: Request) -> bytes:
    """Return the request as an RTU frame."""
    body = bytes((request.unit,)) + request.pdu()
    return body + crc16(body).to_bytes(2, "little")


def tcp_frame(request: Request, transaction: int) -> bytes:
    """Return the request as a Modbus TCP frame."""
    pdu = request.pdu()
    head = transaction.to_bytes(2, "big") + b"\0\0" + (len(pdu) + 1).to_bytes(2, "big")
    return head + bytes((request.unit,)) + pdu


def read_pdu(request: Request, pdu: bytes) -> Reply | None:
    """Return the reply that a PDU is to this request, None when it answers something else."""
    if len(pdu) == 2 and pdu[0] == request.function | 0x80:
        text = EXCEPTIONS.get(pdu[1], "unknown exception")
        return Reply(outcome=Outcome.EXCEPTION, exception=pdu[1], reason=f"exception {pdu[1]}: {text}")
    if len(pdu) != request.reply_pdu_bytes() or pdu[0] != request.function:
        return None
    if request.function in _WRITES:
        return Reply(outcome=Outcome.OK, words=(request.value,)) if pdu == request.pdu() else None
    if pdu[1] != len(pdu) - 2:
        return None
    return Reply(outcome=Outcome.OK, words=tuple(_words(request, pdu[2:])))


def _words(request: Request, data: bytes) -> Sequence[int]:
    if request.function in BIT_FUNCTIONS:
        return [data[i // 8] >> (i % 8) & 1 for i in range(request.count)]
    return [int.from_bytes(data[i : i + 2], "big") for i in range(0, len(data), 2)]


class RtuReader:
    """Finds the reply to one request in what arrives on a serial line (or RTU bytes in a TCP stream).

    Feed it bytes; `reply` is set once the frame is whole and right. Frames of another unit, function or length are
    counted in `strange` and skipped whole where their own check sum holds, so that a stale frame in front of the
    right one does no harm. Bytes that make no frame leave the request without a reply.
    """

    def __init__(self, request: Request) -> None:
        self._request = request
        self._buffer = bytearray()
        self.reply: Reply | None = None
        self.strange: list[bytes] = []

    def feed(self, data: bytes) -> Reply | None:
        """Return the reply when these bytes complete it."""
        self._buffer += data
        while self.reply is None and self._buffer:
            size = _frame_size(self._buffer)
            if size is None or len(self._buffer) < size:
                break
            frame = bytes(self._buffer[:size])
            if crc16(frame[:-2]).to_bytes(2, "little") != frame[-2:]:
                break
            del self._buffer[:size]
            pdu = frame[1:-2]
            self.reply = read_pdu(self._request, pdu) if frame[0] == self._request.unit else None
            if self.reply is None:
                self.strange.append(frame)
        return self.reply

    def leftover(self) -> bytes:
        """Return bytes that made no whole and right frame."""
        return bytes(self._buffer)

    def why_not(self) -> str:
        """Return in words what was wrong with what came instead of the reply."""
        if self._buffer:
            start = bytes(self._buffer[:12]).hex(" ")
            return f"{len(self._buffer)} bytes that are no whole frame or fail the check sum: {start}"
        if self.strange:
            frame = self.strange[-1]
            return f"another answer: unit {frame[0]}, function {frame[1] & 0x7F}, {len(frame)} bytes"
        return "no answer"


def _frame_size(buffer: bytes | bytearray) -> int | None:
    """Return the length of the reply frame that starts here, by its own head; None until the head is there."""
    if len(buffer) < 3:
        return None
    function = buffer[1]
    if function & 0x80:
        return 5
    if function in (1, 2, 3, 4):
        return 5 + buffer[2]
    return 8


class TcpReader:
    """Finds the reply to one transaction in a Modbus TCP stream; late answers to earlier ones are skipped."""

    def __init__(self, request: Request, transaction: int) -> None:
        self._request = request
        self._transaction = transaction
        self._buffer = bytearray()
        self.reply: Reply | None = None
        self.strange: list[bytes] = []
        self.lost_frame = False

    def feed(self, data: bytes) -> Reply | None:
        """Return the reply when these bytes complete it."""
        self._buffer += data
        while self.reply is None and len(self._buffer) >= MBAP_BYTES:
            size = 6 + int.from_bytes(self._buffer[4:6], "big")
            if self._buffer[2:4] != b"\0\0" or not 9 <= size <= 260:
                self.lost_frame = True
                break
            if len(self._buffer) < size:
                break
            frame = bytes(self._buffer[:size])
            del self._buffer[:size]
            self._take(frame)
        return self.reply

    def _take(self, frame: bytes) -> None:
        if int.from_bytes(frame[:2], "big") != self._transaction:
            self.strange.append(frame)
        elif frame[6] != self._request.unit:
            self.reply = Reply(outcome=Outcome.BROKEN, reason=f"unit {frame[6]} answered for unit {self._request.unit}")
        else:
            self.reply = read_pdu(self._request, frame[7:]) or Reply(
                outcome=Outcome.BROKEN,
                reason=f"an answer of {len(frame) - 7} bytes to function {self._request.function}",
            )

    def leftover(self) -> bytes:
        """Return bytes after the last whole frame."""
        return bytes(self._buffer)

    def why_not(self) -> str:
        """Return in words what came instead of the reply."""
        if self.lost_frame:
            return "bytes that are no Modbus TCP frame"
        return "only answers to earlier requests" if self.strange else "no answer"
