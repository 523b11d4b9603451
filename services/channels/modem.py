"""A 4G/GSM modem on a serial line: AT commands of 3GPP TS 27.005 in PDU mode, receipts and replies by notification.

A modem takes seconds for each part: it is the last resort for key people, not for a fleet. It has no idempotency key; a
message whose ``+CMGS`` never came may have gone out, and says so.
"""

import asyncio
import contextlib
import logging
import queue
import re
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

import serial

from alerts import pdu
from alerts.delivery import ErrorKind
from alerts.directory import LOCAL
from alerts.limits import Limits
from alerts.replies import plain_number
from services.channels.base import Accepted, ChannelError, Inbox, Outgoing
from store.outbox import Receipt, Reply

log = logging.getLogger(__name__)
_SETTINGS = ("ATE0", "AT+CMEE=1", "AT+CMGF=0", "AT+CNMI=2,2,0,1,0")
"""No echo, numeric errors, PDU mode, deliveries and status reports shown at once (27.005 3.4.1)."""
_ERROR = re.compile(r"\+CM[SE] ERROR: (\d+)")
_NOTICE = re.compile(r"\+(CMT|CDS):")
_NUMBER, _SETUP = frozenset({1, 8, 28, 29, 50, 69}), frozenset({*range(310, 321), 330, 340})
"""27.005 3.2.5: network says no such number or barred; SIM missing, locked or wrong, SMSC unknown."""
_CTRL_Z, _ESCAPE = b"\x1a", b"\x1b"


@dataclass(frozen=True, kw_only=True)
class ModemSettings:
    """``[sms.options.modem]``: the serial device, its speed, and how long a part may take. [s]"""

    path: str
    baud: int = 115200
    answer_s: float = 3.0
    part_s: float = 30.0
    limits: Limits = field(default_factory=Limits)


class ModemChannel:
    """One modem; opened when first needed and again after a loss."""

    kinds = frozenset({"sms"})
    repeat_safe = False

    def __init__(self, name: str, settings: ModemSettings) -> None:
        self.name, self.limits, self._settings = name, settings.limits, settings
        self._turn, self._reference = asyncio.Lock(), count(int(time.time()) % 256)
        self._port: AtPort | None = None

    async def send(self, message: Outgoing) -> Accepted:
        """Send every part, one after the other."""
        async with self._turn:
            return await asyncio.to_thread(self._send, message)

    async def inbox(self) -> Inbox:
        """Return status reports and replies; opens the modem, so that replies come in while nothing is sent."""
        if self._port is None and not self._turn.locked():
            async with self._turn:
                with contextlib.suppress(ChannelError):
                    await asyncio.to_thread(self._opened)
        notices = self._port.take() if self._port else []
        receipts, replies = [], []
        for octets in notices:
            one = self._read(octets)
            if isinstance(one, Receipt):
                receipts.append(one)
            elif one is not None:
                replies.append(one)
        return Inbox(receipts=receipts, replies=replies)

    async def close(self) -> None:
        """Let go of the line."""
        await asyncio.to_thread(self._lose)

    def _send(self, message: Outgoing) -> Accepted:
        port = self._opened()
        try:
            parts = pdu.submits(message.address, message.text, next(self._reference))
        except ValueError as exc:
            raise ChannelError(ErrorKind.NUMBER, f"{self.name}: {exc}") from exc
        try:
            references = [port.submit(part, self._settings.part_s) for part in parts]
        except ChannelError as exc:
            if exc.kind in (ErrorKind.UNKNOWN, ErrorKind.DOWN):
                self._lose()
            raise
        today = datetime.now(UTC).astimezone(LOCAL)
        return Accepted(provider_ids=tuple(part_id(message.address, one, today) for one in references))

    def _opened(self) -> "AtPort":
        if self._port is None:
            port = AtPort(self._settings)
            try:
                for command in _SETTINGS:
                    port.command(command)
            except ChannelError:
                port.close()
                raise
            self._port = port
        return self._port

    def _lose(self) -> None:
        port, self._port = self._port, None
        if port is not None:
            port.close()

    def _read(self, octets: bytes) -> Receipt | Reply | None:
        at = datetime.now(UTC)
        try:
            one = pdu.read(octets)
        except ValueError as exc:
            log.warning("notice not understood", extra={"channel": self.name, "reason": str(exc)})
            return None
        if isinstance(one, pdu.StatusReport):
            sent_at = (one.sent_at or at).astimezone(LOCAL)
            provider_id = part_id(one.address, one.reference, sent_at)
            return Receipt(provider=self.name, provider_id=provider_id, status=one.status, at=at, received_at=at)
        dedup = f"{self.name}|{one.address}|{(one.at or at).isoformat()}|{one.text}"
        return Reply(
            provider=self.name, address=one.address, text=one.text, received_at=at, meaning="words", dedup=dedup
        )


def part_id(address: str, reference: int, sent_at: datetime) -> str:
    """Return the id of a part: a modem counts to 255 only, so number and day of sending belong to it."""
    return f"{plain_number(address)}:{reference}:{sent_at:%Y%m%d}"


class AtPort:
    """The serial line: one thread reads, answers go to whoever asked, notices are put aside."""

    def __init__(self, settings: ModemSettings) -> None:
        self._answer_s = settings.answer_s
        try:
            self._serial: Any = serial.Serial(settings.path, settings.baud, timeout=0.05, exclusive=True)
        except (serial.SerialException, OSError, ValueError) as exc:
            raise ChannelError(ErrorKind.DOWN, f"{settings.path}: cannot be opened ({exc})") from exc
        self._lines: queue.Queue[str] = queue.Queue()
        self._notices: deque[bytes] = deque()
        self._stop = threading.Event()
        self._reader = threading.Thread(target=self._read, name="modem", daemon=True)
        self._reader.start()

    def command(self, text: str) -> list[str]:
        """Return the lines of an answer up to OK; ChannelError for an error or none."""
        self._flush()
        self._write(text.encode() + b"\r")
        return self._until(("OK",), self._answer_s, ErrorKind.DOWN)

    def submit(self, part: pdu.Submit, limit_s: float) -> int:
        """Return the reference that the modem gave a part."""
        self._flush()
        self._write(f"AT+CMGS={part.length}\r".encode())
        try:
            self._until((">",), self._answer_s, ErrorKind.DOWN)
        except ChannelError:
            self._write(_ESCAPE)
            raise
        self._write(part.hex.encode() + _CTRL_Z)
        for line in self._until(("OK",), limit_s, ErrorKind.UNKNOWN):
            if line.startswith("+CMGS:"):
                return int(line.split(":")[1].split(",")[0])
        raise ChannelError(ErrorKind.UNKNOWN, "the modem gave no reference")

    def take(self) -> list[bytes]:
        """Return the notices since the last call."""
        return [self._notices.popleft() for _ in range(len(self._notices))]

    def close(self) -> None:
        """Stop reading and let go of the line."""
        self._stop.set()
        self._reader.join(2.0)
        self._serial.close()

    def _write(self, octets: bytes) -> None:
        try:
            self._serial.write(octets)
        except (serial.SerialException, OSError) as exc:
            raise ChannelError(ErrorKind.DOWN, f"the modem is gone ({exc})") from exc

    def _until(self, ends: tuple[str, ...], limit_s: float, silence: ErrorKind) -> list[str]:
        lines: list[str] = []
        deadline = time.monotonic() + limit_s
        while (left_s := deadline - time.monotonic()) > 0:
            try:
                line = self._lines.get(timeout=left_s)
            except queue.Empty:
                break
            if line in ends:
                return lines
            if line == "ERROR" or _ERROR.match(line):
                raise _refused(line)
            lines.append(line)
        raise ChannelError(silence, f"the modem did not answer within {limit_s:g} s")

    def _flush(self) -> None:
        with contextlib.suppress(queue.Empty):
            while True:
                self._lines.get_nowait()

    def _read(self) -> None:
        buffer, notice = b"", False
        while not self._stop.is_set():
            try:
                buffer += self._serial.read(256)
            except (serial.SerialException, OSError, TypeError):
                return
            if buffer.lstrip(b"\r\n").startswith(b"> "):
                self._lines.put(">")
                buffer = buffer.lstrip(b"\r\n")[2:]
            while b"\n" in buffer:
                raw, buffer = buffer.split(b"\n", 1)
                line = raw.decode("latin-1").strip()
                if line:
                    notice = self._sort(line, notice)

    def _sort(self, line: str, notice: bool) -> bool:
        """Put a line where it belongs; return whether the next one is the PDU of a notice."""
        if notice:
            try:
                self._notices.append(bytes.fromhex(line))
            except ValueError:
                log.warning("notice is not hexadecimal", extra={"octets": len(line)})
            return False
        if _NOTICE.match(line):
            return True
        self._lines.put(line)
        return False


def _refused(line: str) -> ChannelError:
    match = _ERROR.match(line)
    code = int(match[1]) if match else -1
    kind = ErrorKind.NUMBER if code in _NUMBER else ErrorKind.SETUP if code in _SETUP else ErrorKind.RETRY
    return ChannelError(kind, f"the modem refused: {line}")
