"""How long a message is on the air: alphabet, segments, cost, and the parts of a long one.

3GPP TS 23.038: 160 septets or 70 UCS-2 characters in one part; TS 23.040 9.2.3.24.1: with the 6-octet concatenation
header 153 and 67 a part. Mainland clouds count every character alike: 70, else 67 a part, 500 in all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

GSM7_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""TS 23.038 table 6.2.1, the default alphabet without the escape."""
GSM7_EXTENDED = frozenset("^{}\\[~]|€\f")
"""TS 23.038 table 6.2.1.1: each of these takes two septets."""
UCS2_SINGLE, UCS2_PART, GSM7_SINGLE, GSM7_PART = 70, 67, 160, 153
LONGEST_CHARACTERS = 500
"""What mainland clouds take in one message, signature included."""


@dataclass(frozen=True, kw_only=True)
class Length:
    """How long a text is: characters as the alphabet counts them, parts on the air, and whether it is UCS-2."""

    units: int
    segments: int
    ucs2: bool


def is_gsm7(text: str) -> bool:
    """Return whether the default alphabet of TS 23.038 holds every character."""
    return all(char in GSM7_BASIC or char in GSM7_EXTENDED for char in text)


def measure(text: str) -> Length:
    """Return the length of a text; a character outside the BMP counts as two UCS-2 units."""
    if is_gsm7(text):
        units = len(text) + sum(char in GSM7_EXTENDED for char in text)
        return Length(units=units, segments=len(_cut(text, GSM7_SINGLE, GSM7_PART, gsm7=True)), ucs2=False)
    units = len(text.encode("utf-16-be")) // 2
    return Length(units=units, segments=len(_cut(text, UCS2_SINGLE, UCS2_PART, gsm7=False)), ucs2=True)


def split(text: str) -> list[str]:
    """Return the parts a text is sent in; no surrogate pair and no escaped septet pair is torn apart."""
    if is_gsm7(text):
        return _cut(text, GSM7_SINGLE, GSM7_PART, gsm7=True)
    return _cut(text, UCS2_SINGLE, UCS2_PART, gsm7=False)


def cloud_segments(text: str) -> int:
    """Return what a mainland cloud bills: every character counts one, signature with 【】 included."""
    return 1 if len(text) <= UCS2_SINGLE else ceil(len(text) / UCS2_PART)


@dataclass(frozen=True, kw_only=True)
class Bill:
    """What a batch of texts costs before anything is sent; price in the currency of the settings."""

    messages: int
    segments: int
    cost: float


def bill(texts: Sequence[str], price_per_segment: float) -> Bill:
    """Return messages, segments and cost of sending these texts once each."""
    segments = sum(measure(text).segments for text in texts)
    return Bill(messages=len(texts), segments=segments, cost=round(segments * price_per_segment, 4))


def _cut(text: str, single: int, part: int, *, gsm7: bool) -> list[str]:
    widths = [_width(char, gsm7) for char in text]
    if sum(widths) <= single:
        return [text]
    parts, start, used = [], 0, 0
    for index, width in enumerate(widths):
        if used + width > part:
            parts.append(text[start:index])
            start, used = index, 0
        used += width
    return [*parts, text[start:]]


def _width(char: str, gsm7: bool) -> int:
    if gsm7:
        return 2 if char in GSM7_EXTENDED else 1
    return 2 if ord(char) > 0xFFFF else 1
