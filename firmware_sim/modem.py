"""An SMS modem on a pseudo-terminal, written from the commands of 3GPP TS 27.005; its PDU code is its own.

It answers AT, ATE0, AT+CMEE, AT+CMGF, AT+CNMI, AT+CPIN?, AT+CREG?, AT+CSQ and AT+CMGS, joins the parts of long messages
as a phone would, sends status reports and can be made to fail.
"""

import contextlib
import os
import re
import select
import threading
import tty
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime

_PLAIN = {
    "AT": "", "ATE0": "", "AT+CMEE=1": "", "AT+CMGF=0": "", "AT+CNMI=2,2,0,1,0": "", "AT+CPIN?": "+CPIN: READY",
    "AT+CREG?": "+CREG: 0,1", "AT+CSQ": "+CSQ: 23,0", "ATI": "huangyu modem",
}  # fmt: skip
_SUBMIT = re.compile(r"AT\+CMGS=(\d+)$")


@dataclass(kw_only=True)
class Modem:
    """A modem; use as a context manager. `path` is the device to open.

    `errors` are codes that the next submits are refused with; `silent` takes the next submit without an answer.
    """

    reports: bool = True
    errors: list[int] = field(default_factory=list)
    silent: int = 0
    texts: list[tuple[str, str]] = field(default_factory=list)
    path: str = ""
    _reference: int = 0
    _parts: dict[tuple[str, int], dict[int, bytes]] = field(default_factory=lambda: defaultdict(dict))
    _stop: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "Modem":
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.path = os.ttyname(self._slave)
        self._thread = threading.Thread(target=self._run, name="sim-modem", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(2.0)
        for descriptor in (self._master, self._slave):
            with contextlib.suppress(OSError):
                os.close(descriptor)

    def receive(self, address: str, text: str) -> None:
        """Let a phone's message come in, as +CMT shows it."""
        data = text.encode("utf-16-be")
        stamp = _stamp(datetime.now(UTC))
        pdu = b"\x00\x04" + _number(address) + b"\x00\x08" + stamp + bytes((len(data),)) + data
        self._say(f"+CMT: ,{len(pdu) - 1}\r\n{pdu.hex().upper()}")

    def _run(self) -> None:
        buffer, pdu_next = b"", False
        while not self._stop.is_set():
            if not select.select([self._master], [], [], 0.05)[0]:
                continue
            try:
                buffer += os.read(self._master, 4096)
            except OSError:
                return
            while (end := re.search(rb"\x1a|\x1b" if pdu_next else rb"\r", buffer)) is not None:
                text, buffer = buffer[: end.start()].decode("latin-1").strip(), buffer[end.end() :]
                pdu_next = self._submit(text, end[0]) if pdu_next else self._command(text)

    def _command(self, text: str) -> bool:
        """Answer a command; return whether a PDU comes next."""
        if _SUBMIT.match(text):
            os.write(self._master, b"\r\n> ")
            return True
        answer = _PLAIN.get(text)
        if answer is None:
            self._say("ERROR")
        else:
            self._say(f"{answer}\r\n\r\nOK" if answer else "OK")
        return False

    def _submit(self, text: str, end: bytes) -> bool:
        if end == b"\x1b":
            self._say("OK")
        elif self.errors:
            self._say(f"+CMS ERROR: {self.errors.pop(0)}")
        else:
            self._accept(bytes.fromhex(text))
        return False

    def _accept(self, pdu: bytes) -> None:
        at = 1 + pdu[0]
        first, digits = pdu[at], pdu[at + 2]
        size = (digits + 1) // 2
        number = "".join(f"{octet & 15:x}{octet >> 4:x}" for octet in pdu[at + 4 : at + 4 + size])[:digits]
        coding, data = pdu[at + 5 + size], pdu[at + 8 + size :]
        self._reference = (self._reference + 1) % 256
        self._join(number, coding, data, bool(first & 0x40), pdu[at + 7 + size])
        if self.silent:
            self.silent -= 1
            return
        self._say(f"+CMGS: {self._reference}\r\n\r\nOK")
        if self.reports and first & 0x20:
            self._report(number)

    def _join(self, number: str, coding: int, data: bytes, header: bool, length: int) -> None:
        if coding != 0x08:
            bits = int.from_bytes(data, "little")
            self.texts.append((number, "".join(chr(bits >> 7 * i & 127) for i in range(length))))
            return
        if not header:
            self.texts.append((number, data[:length].decode("utf-16-be")))
            return
        reference, total, part = data[3], data[4], data[5]
        parts = self._parts[number, reference]
        parts[part] = data[6:length]
        if len(parts) == total:
            self.texts.append((number, b"".join(parts[n] for n in range(1, total + 1)).decode("utf-16-be")))
            del self._parts[number, reference]

    def _report(self, number: str) -> None:
        stamp = _stamp(datetime.now(UTC))
        pdu = bytes((0, 0x06, self._reference)) + _number(number) + stamp + stamp + b"\x00"
        self._say(f"+CDS: {len(pdu) - 1}\r\n{pdu.hex().upper()}")

    def _say(self, text: str) -> None:
        with contextlib.suppress(OSError):
            os.write(self._master, f"\r\n{text}\r\n".encode())


def _number(number: str) -> bytes:
    digits = number.lstrip("+")
    padded = digits + "F" * (len(digits) % 2)
    swapped = "".join(padded[i + 1] + padded[i] for i in range(0, len(padded), 2))
    return bytes((len(digits), 0x91 if number.startswith("+") else 0x81)) + bytes.fromhex(swapped)


def _stamp(at: datetime) -> bytes:
    digits = at.strftime("%y%m%d%H%M%S") + "00"
    return bytes.fromhex("".join(digits[i + 1] + digits[i] for i in range(0, 14, 2)))
