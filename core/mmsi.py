"""What an MMSI says by its digits alone (ITU-R M.585-9), for the edge's priorities and the shore's rules."""

from enum import StrEnum


class MmsiClass(StrEnum):
    """Station kind by number format; UNIDENTIFIABLE covers 0, wrong lengths and unassigned formats."""

    SHIP = "ship"
    GROUP = "group"
    COAST = "coast"
    HANDHELD = "handheld"
    CRAFT = "craft"
    ATON = "aton"
    SAR_AIRCRAFT = "sar_aircraft"
    SART = "sart"
    MOB = "mob"
    EPIRB = "epirb"
    AMRD = "amrd"
    UNIDENTIFIABLE = "unidentifiable"


DISTRESS = frozenset({MmsiClass.SART, MmsiClass.MOB, MmsiClass.EPIRB})

# (prefix, class), longest first. 979 for autonomous devices is second hand (AMRD, M.2135): see docs/domain.
_PREFIXES = (
    ("111", MmsiClass.SAR_AIRCRAFT),
    ("970", MmsiClass.SART),
    ("972", MmsiClass.MOB),
    ("974", MmsiClass.EPIRB),
    ("979", MmsiClass.AMRD),
    ("00", MmsiClass.COAST),
    ("98", MmsiClass.CRAFT),
    ("99", MmsiClass.ATON),
    ("0", MmsiClass.GROUP),
    ("8", MmsiClass.HANDHELD),
)
_MID_START = {MmsiClass.COAST: 2, MmsiClass.GROUP: 1, MmsiClass.HANDHELD: 1, MmsiClass.CRAFT: 2}
"""Where the country stands in formats that mean nothing without one: 12345 is no coast station but a wrong number. Aids
and aircraft are believed by their prefix, because calling one a boat is the worse mistake."""
MID_LOW, MID_HIGH = 201, 775
CHINA_MIDS = frozenset({412, 413, 414})


def classify(mmsi: int) -> MmsiClass:
    """Return the station class of a number as sent on AIS (30 bits, so it may be longer than 9 digits)."""
    if not 0 < mmsi <= 999_999_999:
        return MmsiClass.UNIDENTIFIABLE
    digits = f"{mmsi:09d}"
    for prefix, kind in _PREFIXES:
        if digits.startswith(prefix):
            start = _MID_START.get(kind)
            return kind if start is None or _mid_at(digits, start) else MmsiClass.UNIDENTIFIABLE
    return MmsiClass.SHIP if _mid_at(digits, 0) else MmsiClass.UNIDENTIFIABLE


def _mid_at(digits: str, start: int) -> int | None:
    number = int(digits[start : start + 3])
    return number if MID_LOW <= number <= MID_HIGH else None


def mid(mmsi: int) -> int | None:
    """Return the maritime identification digits (country), or None where the format carries none."""
    kind = classify(mmsi)
    start = {MmsiClass.SHIP: 0, MmsiClass.ATON: 2, MmsiClass.SAR_AIRCRAFT: 3}.get(kind, _MID_START.get(kind))
    return None if start is None else _mid_at(f"{mmsi:09d}", start)
