"""NMEA 0183 sentences: checksums, tag blocks, fragments put together per source; pure.

Only what the edge must know is read from an AIS payload (type, MMSI, status, a rough place); the raw sentences travel.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from gateway.clock import LATEST_PLAUSIBLE_S

AIS_FORMATTERS = frozenset({"VDM", "VDO"})
RADAR_FORMATTERS = frozenset({"TTM", "TLL"})
GPS_FORMATTERS = frozenset({"ZDA", "RMC"})
MAX_SENTENCE = 1024
"""Longest line read, tag block included: NMEA 0183 allows 82 characters, receivers write a few more. [byte]"""
FRAGMENT_LIMIT_S = 3.0
"""Fragments of one message follow one another at once; older ones belong to a message that was not heard whole. [s]"""
MAX_OPEN_GROUPS = 64
_MIN_ARMOUR, _MAX_ARMOUR = 48, 119


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One checked sentence: `text` without tag block; `tags` of its own block, `time_s` from its ``c:`` field."""

    text: str
    fields: tuple[str, ...]
    tags: tuple[tuple[str, str], ...] = ()
    time_s: float | None = None

    @property
    def formatter(self) -> str:
        """Return the three letters of the sentence, such as VDM."""
        return self.fields[0][-3:]


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """All sentences of one message in order; `complete` is False for a group whose rest never came."""

    lines: tuple[Line, ...]
    complete: bool = True

    @property
    def formatter(self) -> str:
        """Return the three letters of its sentences."""
        return self.lines[0].formatter


def checksum(body: str) -> str:
    """Return the exclusive-or of the characters, as two hexadecimal digits."""
    total = 0
    for byte in body.encode("latin-1"):
        total ^= byte
    return f"{total:02X}"


class BadSentenceError(ValueError):
    """Why a line is no NMEA sentence; counted, not passed on."""


def parse(raw: bytes) -> Line:
    """Return the checked sentence of one line, with or without a tag block.

    Raises
    ------
    BadSentenceError
        With one of the words length, form, tag, checksum: a stable name to count by.
    """
    if len(raw) > MAX_SENTENCE:
        raise BadSentenceError("length")
    text = raw.decode("latin-1").strip("\r\n \t\0")
    tags: tuple[tuple[str, str], ...] = ()
    if not text.isascii() or not text.isprintable():
        raise BadSentenceError("form")
    if text.startswith("\\"):
        block, _, text = text[1:].partition("\\")
        tags = _tags(block)
    if len(text) < 9 or text[0] not in "!$":
        raise BadSentenceError("form")
    body, star, given = text[1:].rpartition("*")
    if not star or given[:2].upper() != checksum(body):
        raise BadSentenceError("checksum")
    fields = tuple(body.split(","))
    if not 5 <= len(fields[0]) <= 8:
        raise BadSentenceError("form")
    return Line(text=text, fields=fields, tags=tags, time_s=_tag_time(tags))


def _tags(block: str) -> tuple[tuple[str, str], ...]:
    body, star, given = block.rpartition("*")
    if not star or given.upper() != checksum(body):
        raise BadSentenceError("tag")
    return tuple((name, value) for name, _, value in (part.partition(":") for part in body.split(",")) if name)


def _tag_time(tags: Iterable[tuple[str, str]]) -> float | None:
    for name, value in tags:
        if name == "c" and value.replace(".", "", 1).isdigit():
            number = float(value)
            seconds = number / 1000 if number > 100_000_000_000 else number
            return seconds if seconds < LATEST_PLAUSIBLE_S else None
    return None


def tagged(line: Line, *, at_s: float, receiver: str) -> str:
    """Return the sentence with our tag block: receive time in ms, receiver, and what else its own block held."""
    others = "".join(f",{name}:{value}" for name, value in line.tags if name not in ("c", "s", "g"))
    body = f"c:{round(at_s * 1000)},s:{receiver}{others}"
    return f"\\{body}*{checksum(body)}\\{line.text}"


@dataclass
class _Group:
    began_s: float
    lines: dict[int, Line] = field(default_factory=dict)


class Assembler:
    """Puts the fragments of one source together; groups that stay incomplete are given out as they are."""

    def __init__(self) -> None:
        self._groups: dict[tuple[str, ...], _Group] = {}

    def feed(self, line: Line, now_s: float) -> list[Message]:
        """Return the messages that this line completes, and groups whose time ran out."""
        out = self.expire(now_s)
        part = _fragment(line)
        if part is None:
            return [*out, Message(lines=(line,))]
        key, number, count = part
        group = self._groups.get(key)
        if group is not None and number in group.lines:
            out.append(_cut_off(self._groups.pop(key)))
            group = None
        if group is None:
            group = self._groups[key] = _Group(began_s=now_s)
        group.lines[number] = line
        if len(group.lines) == count:
            del self._groups[key]
            out.append(Message(lines=tuple(group.lines[index] for index in sorted(group.lines))))
        return out

    def expire(self, now_s: float) -> list[Message]:
        """Return groups that waited too long, incomplete as they are."""
        late = [key for key, group in self._groups.items() if now_s - group.began_s > FRAGMENT_LIMIT_S]
        late += list(self._groups)[: max(0, len(self._groups) - MAX_OPEN_GROUPS)]
        return [_cut_off(self._groups.pop(key)) for key in dict.fromkeys(late)]


def _cut_off(group: _Group) -> Message:
    return Message(lines=tuple(group.lines[index] for index in sorted(group.lines)), complete=False)


def _fragment(line: Line) -> tuple[tuple[str, ...], int, int] | None:
    """Return (group key, fragment number, count) of a fragment, None for a whole message."""
    if line.formatter not in AIS_FORMATTERS or len(line.fields) < 7:
        return None
    count, number = line.fields[1], line.fields[2]
    if not (count.isdigit() and number.isdigit()) or not 1 < int(count) <= 9 or not 1 <= int(number) <= int(count):
        return None
    return (line.fields[0], count, line.fields[3], line.fields[4]), int(number), int(count)


@dataclass(frozen=True, kw_only=True, slots=True)
class AisHead:
    """What the edge needs to know of an AIS message; the place is rough, None where the type or the fix has none."""

    type: int
    mmsi: int
    nav_status: int | None = None
    sog_kn: float | None = None
    lat_deg: float | None = None
    lon_deg: float | None = None


# Bit offsets of (sog, longitude, latitude), ITU-R M.1371-5 annex 8; sog None where the type has none.
_PLACES: dict[int, tuple[int | None, int, int]] = {
    1: (50, 61, 89), 2: (50, 61, 89), 3: (50, 61, 89), 4: (None, 79, 107), 9: (None, 61, 89), 11: (None, 79, 107),
    18: (46, 57, 85), 19: (46, 57, 85), 21: (None, 164, 192),
}  # fmt: skip


def ais_head(message: Message) -> AisHead | None:
    """Return the head of an AIS message; None when its armour holds fewer than 38 bits or a wrong character."""
    if message.lines[0].formatter not in AIS_FORMATTERS or len(message.lines[0].fields) < 7:
        return None
    payload = "".join(line.fields[5] for line in message.lines if len(line.fields) >= 7)
    bits = _Bits(payload[:56])
    if not bits.valid or bits.length < 38:
        return None
    kind, mmsi = bits.number(0, 6), bits.number(8, 30)
    nav_status = bits.number(38, 4) if kind in (1, 2, 3) and bits.length >= 42 else None
    sog_kn, lat_deg, lon_deg = _place(kind, bits)
    return AisHead(type=kind, mmsi=mmsi, nav_status=nav_status, sog_kn=sog_kn, lat_deg=lat_deg, lon_deg=lon_deg)


def _place(kind: int, bits: "_Bits") -> tuple[float | None, float | None, float | None]:
    where = _PLACES.get(kind)
    if where is None or bits.length < where[2] + 27:
        return None, None, None
    sog = None if where[0] is None else bits.number(where[0], 10)
    sog_kn = None if sog is None or sog == 1023 else sog / 10
    lon_deg, lat_deg = bits.signed(where[1], 28) / 600_000, bits.signed(where[2], 27) / 600_000
    if abs(lat_deg) > 90 or abs(lon_deg) > 180:
        return sog_kn, None, None
    return sog_kn, lat_deg, lon_deg


class _Bits:
    """Six-bit armour as one number."""

    def __init__(self, armour: str) -> None:
        number, self.valid = 0, True
        for character in armour.encode("latin-1"):
            if not _MIN_ARMOUR <= character <= _MAX_ARMOUR or 87 < character < 96:
                self.valid = False
                break
            value = character - 48
            number = number << 6 | (value - 8 if value > 40 else value)
        self._number, self.length = number, 6 * len(armour)

    def number(self, start: int, width: int) -> int:
        return self._number >> (self.length - start - width) & ((1 << width) - 1)

    def signed(self, start: int, width: int) -> int:
        raw = self.number(start, width)
        return raw - (1 << width) if raw >> (width - 1) else raw


def gps_unix_s(line: Line) -> float | None:
    """Return the Unix time of a valid ``ZDA`` or ``RMC`` sentence, None for others and for a receiver without a fix."""
    f = line.fields
    try:
        if line.formatter == "RMC" and len(f) >= 10 and f[2] == "A":
            day, month, year = int(f[9][:2]), int(f[9][2:4]), 2000 + int(f[9][4:6])
        elif line.formatter == "ZDA" and len(f) >= 5 and f[1]:
            day, month, year = int(f[2]), int(f[3]), int(f[4])
        else:
            return None
        clock, second_s = f[1], float(f[1][4:])
        at = datetime(year, month, day, int(clock[:2]), int(clock[2:4]), 0, tzinfo=UTC)
    except (ValueError, IndexError):
        return None
    return at.timestamp() + second_s if 0.0 <= second_s < 61.0 else None
