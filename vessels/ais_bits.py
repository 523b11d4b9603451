"""Six-bit AIS payloads in bulk: bits, numbers and text of many messages at once.

Field positions are those of ITU-R M.1371-5 annex 8 (tables 45 to 84), as also listed on gpsd's AIVDM page.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vessels.sentences import Bytes, Index

Sextets = npt.NDArray[np.int64]
Ints = npt.NDArray[np.int64]


def _armour_table() -> npt.NDArray[np.uint8]:
    table = np.full(256, 255, dtype=np.uint8)
    for code in (*range(48, 88), *range(96, 120)):
        table[code] = code - 48 if code < 96 else code - 56
    return table


_SIXBIT = _armour_table()
_INVALID = 255
_CHARACTERS = np.frombuffer(b"@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_ !\"#$%&'()*+,-./0123456789:;<=>?", dtype=np.uint8)


def unarmour(buf: Bytes) -> Bytes:
    """Return the six-bit value of every byte of a block, 255 where the byte cannot stand in a payload."""
    return _SIXBIT[buf]


def invalid_before(six: Bytes) -> Index:
    """Return the running count of bytes that cannot stand in a payload, length ``len(six) + 1``."""
    return np.concatenate(([0], np.cumsum(six == _INVALID)))


def gather(six: Bytes, start: Index, length: Index, width: int) -> Sextets:
    """Return payloads as rows of `width` sextets, zero behind a payload's end. ``(messages, width)``"""
    column = np.arange(width)
    at = np.minimum(start[:, None] + column, len(six) - 1)
    return np.where(column < length[:, None], six[at], 0).astype(np.int64)


def number(rows: Sextets, start: int, width: int, *, signed: bool = False) -> Ints:
    """Return the big-endian number of `width` bits from bit `start` of each row."""
    first, last = start // 6, (start + width - 1) // 6
    value = rows[:, first].copy()
    for column in range(first + 1, last + 1):
        value = (value << 6) | rows[:, column]
    value = (value >> ((last + 1) * 6 - start - width)) & ((1 << width) - 1)
    return value - ((value >> (width - 1)) << width) if signed else value


def text(rows: Sextets, start: int, characters: int) -> list[str]:
    """Return six-bit text, cut at the first ``@`` and stripped of blanks on the right."""
    codes = np.stack([number(rows, start + 6 * k, 6) for k in range(characters)], axis=1)
    packed = np.ascontiguousarray(_CHARACTERS[codes]).tobytes()
    return [
        packed[at : at + characters].partition(b"@")[0].rstrip().decode("ascii")
        for at in range(0, len(packed), characters)
    ]


@dataclass(frozen=True, kw_only=True)
class PositionLayout:
    """Where the fields of a position report stand: first bit of each field, None where the type has none.

    Parameters
    ----------
    scale
        Multiplier to 1/10000 minute: 1 for 27/28 bit fields, 1000 for type 27's tenths of a minute.
    sog_scale, sog_none
        Multiplier to tenths of a knot, and the raw value that says "not available".
    """

    min_bits: int
    lon: int
    lon_bits: int = 28
    scale: int = 1
    sog: int | None = None
    sog_bits: int = 10
    sog_scale: int = 1
    sog_none: int = 1023
    cog: int | None = None
    cog_bits: int = 12
    cog_scale: int = 1
    heading: int | None = None
    rot: int | None = None
    status: int | None = None


POSITIONS: Mapping[int, PositionLayout] = {
    1: PositionLayout(min_bits=143, lon=61, sog=50, cog=116, heading=128, rot=42, status=38),
    2: PositionLayout(min_bits=143, lon=61, sog=50, cog=116, heading=128, rot=42, status=38),
    3: PositionLayout(min_bits=143, lon=61, sog=50, cog=116, heading=128, rot=42, status=38),
    4: PositionLayout(min_bits=134, lon=79),
    9: PositionLayout(min_bits=134, lon=61, sog=50, sog_scale=10, cog=116),
    11: PositionLayout(min_bits=134, lon=79),
    18: PositionLayout(min_bits=139, lon=57, sog=46, cog=112, heading=124),
    19: PositionLayout(min_bits=139, lon=57, sog=46, cog=112, heading=124),
    21: PositionLayout(min_bits=219, lon=164),
    27: PositionLayout(
        min_bits=94, lon=44, lon_bits=18, scale=1000, sog=79, sog_bits=6, sog_scale=10, sog_none=63,
        cog=85, cog_bits=9, cog_scale=10, status=40,
    ),
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class StaticLayout:
    """Where the fields of a static report stand; None where the part has none."""

    part: str
    ais_class: str
    min_bits: int
    name: int | None = None
    call_sign: int | None = None
    imo: int | None = None
    ship_type: int | None = None
    ship_type_bits: int = 8
    bow: int | None = None
    draught: int | None = None
    eta: int | None = None
    destination: int | None = None
    vendor: int | None = None
    name_extension: int | None = None


STATICS: Mapping[str, StaticLayout] = {
    "5": StaticLayout(
        part="5", ais_class="A", min_bits=302, name=112, call_sign=70, imo=40, ship_type=232, bow=240,
        eta=274, draught=294, destination=302,
    ),
    "19": StaticLayout(part="19", ais_class="B", min_bits=301, name=143, ship_type=263, bow=271),
    "21": StaticLayout(
        part="21", ais_class="N", min_bits=249, name=43, ship_type=38, ship_type_bits=5, bow=219, name_extension=272
    ),
    "24A": StaticLayout(part="24A", ais_class="B", min_bits=160, name=40),
    "24B": StaticLayout(part="24B", ais_class="B", min_bits=162, ship_type=40, vendor=48, call_sign=90, bow=132),
}  # fmt: skip
STATIC_SEXTETS = 88
"""Longest type 21 with its name extension: 361 bits; longest text of types 12 and 14 is read to its own length."""
