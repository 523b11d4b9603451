"""SMS as a modem carries it in PDU mode: SUBMIT out, DELIVER and STATUS-REPORT in. Pure; 3GPP TS 23.040 section 9.2."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from alerts import gsm7
from alerts.segments import is_gsm7, split

ONE_DAY = 0xA7
"""TP-VP relative, 24 hours (23.040 9.2.3.12.1)."""
_INTERNATIONAL, _NATIONAL = 0x91, 0x81
_SUBMIT, _RELATIVE_VALIDITY, _STATUS_REPORT, _HEADER = 0x01, 0x10, 0x20, 0x40


@dataclass(frozen=True, kw_only=True)
class Submit:
    """One part ready for ``AT+CMGS``: hexadecimal text, and its length without the SMSC field. [octets]"""

    hex: str
    length: int


@dataclass(frozen=True, kw_only=True)
class Deliver:
    """An incoming message."""

    address: str
    text: str
    at: datetime | None


@dataclass(frozen=True, kw_only=True)
class StatusReport:
    """What became of a part: its reference, recipient, when the centre took it, and delivered, failed or accepted."""

    reference: int
    address: str
    sent_at: datetime | None
    status: str


def submits(address: str, text: str, reference: int, *, report: bool = True, validity: int = ONE_DAY) -> list[Submit]:
    """Return the parts of a text to a number; `reference` (0..255) joins the parts of a long one."""
    parts, septets = split(text), is_gsm7(text)
    return [
        _submit(address, part, septets, _concatenation(reference, len(parts), number), report, validity)
        for number, part in enumerate(parts, start=1)
    ]


def read(octets: bytes) -> Deliver | StatusReport:
    """Return an incoming PDU, its SMSC field included; ValueError when it is cut off or of another kind."""
    try:
        at = 1 + octets[0]
        kind = octets[at] & 0x03
        if kind == 0x00:
            return _deliver(octets, at)
        if kind == 0x02:
            return _status_report(octets, at)
    except IndexError as exc:
        raise ValueError("the PDU is cut off") from exc
    raise ValueError(f"the PDU is of kind {kind}, not DELIVER or STATUS-REPORT")


def _submit(address: str, part: str, septets: bool, header: bytes, report: bool, validity: int) -> Submit:
    first = _SUBMIT | _RELATIVE_VALIDITY | (_STATUS_REPORT if report else 0) | (_HEADER if header else 0)
    body = bytes((first, 0)) + _address(address) + bytes((0, 0x00 if septets else 0x08, validity)) + _user_data(
        part, septets, header
    )  # fmt: skip
    return Submit(hex=(b"\0" + body).hex().upper(), length=len(body))


def _user_data(part: str, septets: bool, header: bytes) -> bytes:
    if not septets:
        octets = header + part.encode("utf-16-be")
        return bytes((len(octets),)) + octets
    codes = gsm7.encode(part)
    fill_bits = -len(header) * 8 % 7
    count = len(codes) + (len(header) * 8 + fill_bits) // 7
    return bytes((count,)) + header + gsm7.pack(codes, fill_bits)


def _concatenation(reference: int, total: int, number: int) -> bytes:
    return bytes((5, 0, 3, reference % 256, total, number)) if total > 1 else b""


def _address(number: str) -> bytes:
    digits = number.removeprefix("+")
    if not digits.isdigit() or len(digits) > 20:
        raise ValueError(f"{number!r} is not a phone number")
    kind = _INTERNATIONAL if number.startswith("+") else _NATIONAL
    return bytes((len(digits), kind)) + _swap(digits)


def _swap(digits: str) -> bytes:
    even = digits + "F" if len(digits) % 2 else digits
    return bytes.fromhex("".join(even[i + 1] + even[i] for i in range(0, len(even), 2)))


def _read_address(octets: bytes, at: int) -> tuple[str, int]:
    count, kind = octets[at], octets[at + 1]
    size = (count + 1) // 2
    raw = octets[at + 2 : at + 2 + size]
    if len(raw) < size:
        raise ValueError("the PDU is cut off")
    if kind & 0x70 == 0x50:
        return gsm7.decode(gsm7.unpack(raw, count * 4 // 7)), at + 2 + size
    digits = "".join(f"{octet & 0x0F:x}{octet >> 4:x}" for octet in raw)[:count]
    return ("+" if kind & 0x70 == 0x10 else "") + digits, at + 2 + size


def _read_time(octets: bytes) -> datetime | None:
    """Return a TP-SCTS (23.040 9.2.3.11); None when its digits are no time."""
    swapped = [(octet & 0x0F) * 10 + (octet >> 4) for octet in octets[:6]]
    quarters = (octets[6] & 0x07) * 10 + (octets[6] >> 4)
    offset = timedelta(minutes=15 * quarters) * (-1 if octets[6] & 0x08 else 1)
    year, month, day, hour, minute, second = swapped
    try:
        return datetime(
            (1900 if year >= 90 else 2000) + year, month, day, hour, minute, second, tzinfo=timezone(offset)
        ).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _deliver(octets: bytes, at: int) -> Deliver:
    has_header = bool(octets[at] & _HEADER)
    address, at = _read_address(octets, at + 1)
    coding, stamp, size = octets[at + 1], octets[at + 2 : at + 9], octets[at + 9]
    data = octets[at + 10 :]
    header = 1 + data[0] if has_header else 0
    if coding & 0x0C == 0x08:
        text = data[header:size].decode("utf-16-be", errors="replace")
    elif coding & 0x0C == 0x04:
        text = data[header:size].decode("latin-1")
    else:
        skipped = (header * 8 + 6) // 7
        text = gsm7.decode(gsm7.unpack(data, size)[skipped:])
    return Deliver(address=address, text=text, at=_read_time(stamp))


def _status_report(octets: bytes, at: int) -> StatusReport:
    reference = octets[at + 1]
    address, at = _read_address(octets, at + 2)
    code = octets[at + 14]
    status = "delivered" if code <= 0x02 else "accepted" if 0x20 <= code <= 0x3F else "failed"
    return StatusReport(reference=reference, address=address, sent_at=_read_time(octets[at : at + 7]), status=status)
