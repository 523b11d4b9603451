"""AIS messages to NMEA sentences (ITU-R M.1371-5), our own encoder; pyais is only an oracle in its tests."""

import math
from collections.abc import Sequence

_ARMOUR = "0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVW`abcdefghijklmnopqrstuvw"
_PAIRS = [a + b for a in _ARMOUR for b in _ARMOUR]
_SIXBIT = {c: i for i, c in enumerate("@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_ !\"#$%&'()*+,-./0123456789:;<=>?")}
MAX_CHARS = 60
"""Armoured characters in one sentence, so that it stays within NMEA's 82."""
NO_LAT, NO_LON = 91 * 600_000, 181 * 600_000


class Bits:
    """A growing bit string held in one integer."""

    __slots__ = ("count", "value")

    def __init__(self) -> None:
        self.value = 0
        self.count = 0

    def put(self, value: int, width: int) -> "Bits":
        """Append an unsigned or two's complement integer of `width` bits."""
        self.value = (self.value << width) | (value & ((1 << width) - 1))
        self.count += width
        return self

    def text(self, text: str, chars: int) -> "Bits":
        """Append six-bit text padded with @; characters outside the six-bit set become a space."""
        for char in text.upper()[:chars].ljust(chars, "@"):
            self.put(_SIXBIT.get(char, 32), 6)
        return self

    def armoured(self) -> tuple[str, int]:
        """Return (payload characters, fill bits)."""
        fill = -self.count % 6
        value, count = self.value << fill, self.count + fill
        chars = count // 6
        head = _ARMOUR[value >> (count - 6) & 63] if chars % 2 else ""
        rest = count - 6 * (chars % 2)
        return head + "".join(_PAIRS[value >> shift & 4095] for shift in range(rest - 12, -12, -12)), fill


def sentence(body: str, start: str = "!") -> str:
    """Return an NMEA sentence: start character, body, check sum (XOR of the body)."""
    total = 0
    for byte in body.encode("ascii"):
        total ^= byte
    return f"{start}{body}*{total:02X}"


def vdm(bits: Bits, *, channel: str = "A", sequence: int = 0, talker: str = "AIVDM") -> list[str]:
    """Return the sentences of one message; `sequence` (0-9) ties the parts of a long one together."""
    payload, fill = bits.armoured()
    parts = [payload[i : i + MAX_CHARS] for i in range(0, len(payload), MAX_CHARS)]
    if len(parts) == 1:
        return [sentence(f"{talker},1,1,,{channel},{payload},{fill}")]
    return [
        sentence(f"{talker},{len(parts)},{n},{sequence % 10},{channel},{part},{fill if n == len(parts) else 0}")
        for n, part in enumerate(parts, start=1)
    ]


def _lat_lon(lat_deg: float | None, lon_deg: float | None, per_degree: int = 600_000) -> tuple[int, int]:
    if lat_deg is None or lon_deg is None:
        return 91 * per_degree, 181 * per_degree
    return round(lat_deg * per_degree), round(lon_deg * per_degree)


def _tenth(value: float | None, absent: int, highest: int) -> int:
    return absent if value is None else min(max(round(value * 10.0), 0), highest)


def _course(cog_deg: float | None) -> int:
    return 3600 if cog_deg is None else round(cog_deg * 10.0) % 3600


def _heading(heading_deg: float | None) -> int:
    return 511 if heading_deg is None else round(heading_deg) % 360


def rate_of_turn(rot_deg_min: float | None) -> int:
    """Return the coded rate of turn 4.733 sqrt(rate), -128 = not available."""
    if rot_deg_min is None:
        return -128
    return int(math.copysign(min(round(4.733 * math.sqrt(abs(rot_deg_min))), 126), rot_deg_min))


def position_a(
    *,
    mmsi: int,
    lat_deg: float | None,
    lon_deg: float | None,
    sog_kn: float | None,
    cog_deg: float | None,
    heading_deg: float | None = None,
    rot_deg_min: float | None = None,
    nav_status: int = 0,
    second: int = 60,
    kind: int = 1,
) -> Bits:
    """Return message 1, 2 or 3: a class A position (also SART, MOB and EPIRB with status 14 or 15)."""
    lat, lon = _lat_lon(lat_deg, lon_deg)
    bits = Bits().put(kind, 6).put(0, 2).put(mmsi, 30).put(nav_status, 4).put(rate_of_turn(rot_deg_min), 8)
    bits.put(_tenth(sog_kn, 1023, 1022), 10).put(1, 1).put(lon, 28).put(lat, 27)
    bits.put(_course(cog_deg), 12).put(_heading(heading_deg), 9).put(second, 6)
    return bits.put(0, 2).put(0, 3).put(0, 1).put(0, 19)


def base_station(*, mmsi: int, lat_deg: float, lon_deg: float, when: Sequence[int]) -> Bits:
    """Return message 4: a base station with its UTC time (year, month, day, hour, minute, second)."""
    lat, lon = _lat_lon(lat_deg, lon_deg)
    year, month, day, hour, minute, second = when
    bits = Bits().put(4, 6).put(0, 2).put(mmsi, 30).put(year, 14).put(month, 4).put(day, 5)
    bits.put(hour, 5).put(minute, 6).put(second, 6).put(1, 1).put(lon, 28).put(lat, 27)
    return bits.put(7, 4).put(0, 10).put(0, 1).put(0, 19)


def static_a(
    *,
    mmsi: int,
    name: str,
    call_sign: str,
    imo: int = 0,
    ship_type: int,
    sides_m: tuple[int, int, int, int],
    draught_m: float = 0.0,
    destination: str = "",
) -> Bits:
    """Return message 5: static and voyage data; `sides_m` = to bow, stern, port, starboard."""
    bits = Bits().put(5, 6).put(0, 2).put(mmsi, 30).put(0, 2).put(imo, 30).text(call_sign, 7).text(name, 20)
    bits.put(ship_type, 8)
    _sides(bits, sides_m)
    bits.put(1, 4).put(0, 4).put(0, 5).put(24, 5).put(60, 6)
    return bits.put(min(round(draught_m * 10), 255), 8).text(destination, 20).put(0, 1).put(0, 1)


def _sides(bits: Bits, sides_m: tuple[int, int, int, int]) -> None:
    bow, stern, port, starboard = sides_m
    bits.put(min(bow, 511), 9).put(min(stern, 511), 9).put(min(port, 63), 6).put(min(starboard, 63), 6)


def sar_aircraft(
    *, mmsi: int, lat_deg: float, lon_deg: float, altitude_m: int, sog_kn: float, cog_deg: float, second: int
) -> Bits:
    """Return message 9: a search and rescue aircraft; its speed is in whole knots."""
    lat, lon = _lat_lon(lat_deg, lon_deg)
    bits = Bits().put(9, 6).put(0, 2).put(mmsi, 30).put(min(altitude_m, 4094), 12).put(min(round(sog_kn), 1022), 10)
    bits.put(1, 1).put(lon, 28).put(lat, 27).put(_course(cog_deg), 12).put(second, 6)
    return bits.put(0, 8).put(0, 1).put(0, 3).put(0, 1).put(0, 1).put(0, 1).put(0, 19)


def safety_text(*, mmsi: int, text: str) -> Bits:
    """Return message 14: a safety-related broadcast."""
    return Bits().put(14, 6).put(0, 2).put(mmsi, 30).put(0, 2).text(text, len(text))


def position_b(
    *,
    mmsi: int,
    lat_deg: float | None,
    lon_deg: float | None,
    sog_kn: float | None,
    cog_deg: float | None,
    heading_deg: float | None = None,
    second: int = 60,
) -> Bits:
    """Return message 18: a class B position."""
    lat, lon = _lat_lon(lat_deg, lon_deg)
    bits = Bits().put(18, 6).put(0, 2).put(mmsi, 30).put(0, 8).put(_tenth(sog_kn, 1023, 1022), 10).put(1, 1)
    bits.put(lon, 28).put(lat, 27).put(_course(cog_deg), 12).put(_heading(heading_deg), 9).put(second, 6)
    return bits.put(0, 2).put(1, 1).put(0, 1).put(1, 1).put(1, 1).put(1, 1).put(0, 1).put(0, 1).put(1, 1).put(6, 19)


def position_b_extended(
    *,
    mmsi: int,
    lat_deg: float,
    lon_deg: float,
    sog_kn: float,
    cog_deg: float,
    name: str,
    ship_type: int,
    sides_m: tuple[int, int, int, int],
    second: int = 60,
) -> Bits:
    """Return message 19: a class B position with name, type and dimensions."""
    lat, lon = _lat_lon(lat_deg, lon_deg)
    bits = Bits().put(19, 6).put(0, 2).put(mmsi, 30).put(0, 8).put(_tenth(sog_kn, 1023, 1022), 10).put(1, 1)
    bits.put(lon, 28).put(lat, 27).put(_course(cog_deg), 12).put(511, 9).put(second, 6).put(0, 4)
    bits.text(name, 20).put(ship_type, 8)
    _sides(bits, sides_m)
    return bits.put(1, 4).put(0, 1).put(0, 1).put(0, 1).put(0, 4)


def aid_to_navigation(
    *,
    mmsi: int,
    kind: int,
    name: str,
    lat_deg: float,
    lon_deg: float,
    virtual: bool = False,
    off_position: bool = False,
) -> Bits:
    """Return message 21: an aid to navigation; a name past 20 characters goes into the extension."""
    lat, lon = _lat_lon(lat_deg, lon_deg)
    bits = Bits().put(21, 6).put(0, 2).put(mmsi, 30).put(kind, 5).text(name, 20).put(1, 1).put(lon, 28).put(lat, 27)
    _sides(bits, (0, 0, 0, 0) if virtual else (1, 1, 1, 1))
    bits.put(1, 4).put(60, 6).put(int(off_position), 1).put(0, 8).put(0, 1).put(int(virtual), 1).put(0, 1).put(0, 1)
    extension = name[20:34]
    bits.text(extension, len(extension))
    return bits.put(0, -bits.count % 8)


def static_b_name(*, mmsi: int, name: str) -> Bits:
    """Return message 24 part A."""
    return Bits().put(24, 6).put(0, 2).put(mmsi, 30).put(0, 2).text(name, 20).put(0, 8)


def static_b_data(
    *, mmsi: int, ship_type: int, call_sign: str, sides_m: tuple[int, int, int, int], vendor: str = "HYS"
) -> Bits:
    """Return message 24 part B."""
    bits = Bits().put(24, 6).put(0, 2).put(mmsi, 30).put(1, 2).put(ship_type, 8).text(vendor, 3).put(0, 24)
    bits.text(call_sign, 7)
    _sides(bits, sides_m)
    return bits.put(1, 4).put(0, 2)


def long_range(
    *, mmsi: int, lat_deg: float, lon_deg: float, sog_kn: float, cog_deg: float, nav_status: int = 0
) -> Bits:
    """Return message 27: long-range position in tenths of a minute, whole knots and degrees."""
    lat, lon = _lat_lon(lat_deg, lon_deg, 600)
    bits = Bits().put(27, 6).put(3, 2).put(mmsi, 30).put(1, 1).put(0, 1).put(nav_status, 4).put(lon, 18).put(lat, 17)
    return bits.put(min(round(sog_kn), 62), 6).put(round(cog_deg) % 360, 9).put(0, 1).put(0, 1)
