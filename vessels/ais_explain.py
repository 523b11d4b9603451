"""Every field of one AIS message by name, for evidence and for people: pyais behind one border.

Units are put right where pyais 3.3 leaves raw values: type 17 positions are signed tenths of a minute, the corners of
types 22 and 23 minutes. Text ends at its first ``@``, and the name of an aid goes on in its extension. Sentinels become
None. The fast path (`vessels.ais`) does not come here; tests hold the two against each other.
"""

from collections.abc import Mapping
from typing import Any

from pyais import decode
from pyais.exceptions import AISBaseException

_NONE: Mapping[str, tuple[Any, ...]] = {
    "speed": (102.3, 1023), "course": (360.0,), "heading": (511,), "lat": (91.0,), "lon": (181.0,),
    "turn": (-128, -128.0), "imo": (0,), "month": (0,), "day": (0,), "hour": (24,), "minute": (60,), "second": (60,),
}  # fmt: skip
_TENTHS_OF_MINUTE = 600.0
_CORNERS = frozenset({"ne_lat", "ne_lon", "sw_lat", "sw_lon"})


def explain(*lines: str | bytes) -> dict[str, Any] | None:
    """Return the fields of one message (all its sentences, without tag blocks), None when it cannot be read.

    Text is stripped, enumerations are their numbers, binary data are hex.
    """
    bare = [_bare(line) for line in lines]
    try:
        message = decode(*bare)
        fields = message.asdict()
    except (AISBaseException, ValueError, IndexError, KeyError, TypeError, AttributeError):
        return None
    kind = message.msg_type
    found = {name: _value(name, value, kind) for name, value in fields.items()}
    if kind == 21 and found.get("name_ext"):
        found["name"] = f"{found['name']}{found['name_ext']}"
    return found


def _bare(line: str | bytes) -> bytes:
    raw = line.encode("ascii", "replace") if isinstance(line, str) else line
    at = raw.find(b"!")
    return raw[at:].strip() if at >= 0 else raw.strip()


def _value(name: str, value: Any, kind: int) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, str):
        return value.partition("@")[0].strip()
    if isinstance(value, bool) or value is None:
        return value
    number = float(value) if isinstance(value, float) else int(value)
    if kind == 17 and name in ("lat", "lon"):
        degrees = _tenths(number, 17 if name == "lat" else 18)
        return None if degrees in (91.0, 181.0) else degrees
    if kind in (22, 23) and name in _CORNERS:
        return round(number / 60.0, 6)
    if kind == 27 and name in ("speed", "course"):
        return None if (name, number) in (("speed", 63), ("course", 511)) else number
    return None if number in _NONE.get(name, ()) and not (name == "speed" and kind == 9 and number != 1023) else number


def _tenths(raw: float, bits: int) -> float:
    """Return a type 17 coordinate in degrees: pyais gives tenths of a minute divided by 10, without their sign."""
    units = round(raw * 10)
    if units >= 1 << (bits - 1):
        units -= 1 << bits
    return round(units / _TENTHS_OF_MINUTE, 6)
