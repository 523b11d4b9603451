"""The 7-bit default alphabet of 3GPP TS 23.038, as octets and packed; for texts without Chinese."""

_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""TS 23.038 table 6.2.1, by code."""
_EXTENDED = {
    "\f": 0x0A,
    "^": 0x14,
    "{": 0x28,
    "}": 0x29,
    "\\": 0x2F,
    "[": 0x3C,
    "~": 0x3D,
    "]": 0x3E,
    "|": 0x40,
    "€": 0x65,
}
"""TS 23.038 table 6.2.1.1, after the escape 0x1B."""
_CODE = {char: code for code, char in enumerate(_BASIC) if char != "\x1b"}
_CHAR_EXTENDED = {code: char for char, code in _EXTENDED.items()}


def encode(text: str) -> bytes:
    """Return one octet per septet; ValueError for a character the alphabet has not."""
    out = bytearray()
    for char in text:
        if char in _CODE:
            out.append(_CODE[char])
        elif char in _EXTENDED:
            out += bytes((0x1B, _EXTENDED[char]))
        else:
            raise ValueError(f"{char!r} is not in the GSM 7-bit alphabet")
    return bytes(out)


def decode(septets: bytes) -> str:
    """Return the text of one octet per septet; an unknown escape is a space (TS 23.038, note 1)."""
    out, escaped = [], False
    for octet in septets:
        code = octet & 0x7F
        if escaped:
            out.append(_CHAR_EXTENDED.get(code, " "))
            escaped = False
        elif code == 0x1B:
            escaped = True
        else:
            out.append(_BASIC[code])
    return "".join(out)


def pack(septets: bytes, fill_bits: int = 0) -> bytes:
    """Return septets packed into octets (TS 23.038 6.1.2.1), after `fill_bits` zero bits."""
    value = shift = 0
    for septet in septets:
        value |= (septet & 0x7F) << (fill_bits + shift)
        shift += 7
    return value.to_bytes((fill_bits + shift + 7) // 8, "little")


def unpack(octets: bytes, count: int, fill_bits: int = 0) -> bytes:
    """Return `count` septets out of packed octets, after `fill_bits` bits; missing ones are zero."""
    value = int.from_bytes(octets, "little") >> fill_bits
    return bytes((value >> (7 * index)) & 0x7F for index in range(count))
