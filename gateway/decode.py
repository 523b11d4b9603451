"""From registers to values and flags; pure functions, and a value only ever comes from its own registers."""

import contextlib
import math
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.profiles import ByteOrder, Profile, Register, ValueType
from core.qc import QcFlag, worst
from core.units import QUANTITIES

_STRUCT = {
    ValueType.UINT16: ">H", ValueType.INT16: ">h", ValueType.UINT32: ">I", ValueType.INT32: ">i",
    ValueType.UINT64: ">Q", ValueType.INT64: ">q", ValueType.FLOAT16: ">e", ValueType.FLOAT32: ">f",
    ValueType.FLOAT64: ">d",
}  # fmt: skip
_BYTE_HALF = {
    ValueType.UINT8_HIGH: (">B", 0), ValueType.UINT8_LOW: (">B", 1),
    ValueType.INT8_HIGH: (">b", 0), ValueType.INT8_LOW: (">b", 1),
}  # fmt: skip
SMALLEST_MEASURED = 1e-30
"""No quantity of core.units is that near to zero without being zero."""
_DIGITS = {ValueType.BCD16: 4, ValueType.BCD32: 8}


@dataclass(frozen=True, kw_only=True, slots=True)
class Decoded:
    """One register made plain: `raw` as the instrument gave it, `value` as published, and why the flag is so.

    `value` is None when the instrument has none (MISSING); a value that is FAIL is still given, for the record.
    """

    raw: float | str | None
    value: float | None
    qc: QcFlag
    reason: str = ""


def ordered_bytes(words: Sequence[int], order: ByteOrder) -> bytes:
    """Return the big-endian bytes of registers that came in `order`."""
    ranked = reversed(words) if order.low_word_first else words
    return b"".join(word.to_bytes(2, "little" if order.swaps_bytes else "big") for word in ranked)


def raw_value(register: Register, words: Sequence[int]) -> float | str | None:
    """Return what the registers say before scaling; None for NaN and for BCD with a digit above 9."""
    if register.type is ValueType.BOOL:
        return float(words[0] >> register.bits.shift & 1) if register.bits else float(bool(words[0]))
    data = ordered_bytes(words, register.order)
    if register.type is ValueType.STRING:
        return data.split(b"\0", 1)[0].decode("latin-1").strip()
    if register.type in _DIGITS:
        return _bcd(data)
    if register.type in _BYTE_HALF:
        code, index = _BYTE_HALF[register.type]
        number = struct.unpack(code, data[index : index + 1])[0]
    else:
        number = struct.unpack(_STRUCT[register.type], data)[0]
    if isinstance(number, float):
        return _shortest(register.type, number) if math.isfinite(number) else None
    if register.bits is not None:
        number = (number & ((1 << 8 * len(data)) - 1)) >> register.bits.shift & ((1 << register.bits.width) - 1)
    return float(number)


def _shortest(kind: ValueType, number: float) -> float:
    """Return the shortest decimal that is the same number in its own width: 83.885, not 83.88500213623047."""
    code, digits = {ValueType.FLOAT32: (">f", (7, 8, 9)), ValueType.FLOAT16: (">e", (4, 5))}.get(kind, ("", ()))
    for count in digits:
        short = float(f"{number:.{count}g}")
        with contextlib.suppress(OverflowError):
            if struct.pack(code, short) == struct.pack(code, number):
                return short
    return number


def _bcd(data: bytes) -> float | None:
    digits = data.hex()
    return float(digits) if digits.isdigit() else None


def decode(profile: Profile, words: Mapping[str, Sequence[int]]) -> dict[str, Decoded]:
    """Return every register of `words` decoded and flagged, by key.

    Parameters
    ----------
    words
        Registers of each key as read, exactly ``Register.width`` words; keys whose block failed are left out, and
        then what depends on them is not GOOD.
    """
    raws = {r.key: raw_value(r, words[r.key]) for r in profile.registers if r.key in words}
    return {r.key: _judge(profile, r, raws) for r in profile.registers if r.key in words}


def _judge(profile: Profile, register: Register, raws: Mapping[str, float | str | None]) -> Decoded:
    raw = raws[register.key]
    if raw is None or isinstance(raw, str):
        reason = "" if isinstance(raw, str) else "no value (NaN)"
        return Decoded(
            raw=raw, value=None, qc=QcFlag.UNKNOWN if isinstance(raw, str) else QcFlag.MISSING, reason=reason
        )
    if raw in register.missing:
        return Decoded(raw=raw, value=None, qc=QcFlag.MISSING, reason=f"sentinel {raw:g}")
    value = _published(register, raw, raws)
    if value is None:
        return Decoded(raw=raw, value=None, qc=QcFlag.MISSING, reason=f"code {raw:g} has no meaning in the profile")
    verdicts = [
        *_tiny(register, raw),
        *_range(register, value),
        *_quality(profile, register, raws),
        *_identity(profile, register, raws),
    ]
    flag = worst([QcFlag.GOOD, *(verdict for verdict, _ in verdicts)])
    reason = "; ".join(text for verdict, text in verdicts if verdict is flag)
    return Decoded(raw=raw, value=None if flag is QcFlag.MISSING else value, qc=flag, reason=reason)


def _published(register: Register, raw: float, raws: Mapping[str, float | str | None]) -> float | None:
    number = register.values.get(raw) if register.values else raw
    if number is None:
        return None
    value = number * register.scale + register.offset
    if register.sign_by is not None and raws.get(register.sign_by) == register.negative_when:
        value = -value
    return tidy(value)


def tidy(value: float) -> float:
    """Return the value without the noise of binary scaling: 12 significant digits."""
    return float(f"{value:.12g}")


def _tiny(register: Register, raw: float) -> list[tuple[QcFlag, str]]:
    """A float that small is no measurement: its words come in another order than the profile says."""
    if register.type is ValueType.FLOAT32 and 0.0 < abs(raw) < SMALLEST_MEASURED:
        return [(QcFlag.FAIL, f"{raw:g} is no measurement: check the byte order")]
    return []


def _range(register: Register, value: float) -> list[tuple[QcFlag, str]]:
    quantity = QUANTITIES.get(register.quantity or "")
    low = max((b for b in (register.low, quantity.low if quantity else None) if b is not None), default=-math.inf)
    high = min((b for b in (register.high, quantity.high if quantity else None) if b is not None), default=math.inf)
    if low <= value <= high:
        return []
    return [(QcFlag.FAIL, f"{value:g} is outside {low:g} to {high:g} {register.unit}".rstrip())]


def _quality(profile: Profile, register: Register, raws: Mapping[str, float | str | None]) -> list[tuple[QcFlag, str]]:
    if register.quality is None or register.quality_map is None:
        return []
    code = raws.get(register.quality)
    if not isinstance(code, float):
        return [(QcFlag.SUSPECT, f"{register.quality} was not read")]
    table = profile.quality_maps[register.quality_map]
    if register.quality_steps:
        below = [bound for bound in table if bound <= code]
        flag = table[max(below)] if below else profile.quality_default
    else:
        flag = table.get(code, profile.quality_default)
    return [] if flag is QcFlag.GOOD else [(flag, f"{register.quality} says {code:g}")]


def _identity(profile: Profile, register: Register, raws: Mapping[str, float | str | None]) -> list[tuple[QcFlag, str]]:
    verdicts = []
    for key in register.requires:
        if raws.get(key) != profile.register(key).expect:
            found = raws.get(key)
            shown = f"{found:g}" if isinstance(found, float) else str(found)
            verdicts.append((QcFlag.FAIL, f"{key} is {shown}, not {profile.register(key).expect:g}"))
    return verdicts
