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
MID_LOW, MID_HIGH = 201, 775
CHINA_MIDS = frozenset({412, 413, 414})


def classify(mmsi: int) -> MmsiClass:
    """Return the station class of a number as sent on AIS (30 bits, so it may be longer than 9 digits)."""
    if not 0 < mmsi <= 999_999_999:
        return MmsiClass.UNIDENTIFIABLE
    digits = f"{mmsi:09d}"
    for prefix, kind in _PREFIXES:
        if digits.startswith(prefix):
            return kind
    return MmsiClass.SHIP if MID_LOW <= int(digits[:3]) <= MID_HIGH else MmsiClass.UNIDENTIFIABLE


def mid(mmsi: int) -> int | None:
    """Return the maritime identification digits (country), or None where the format carries none."""
    start = {
        MmsiClass.SHIP: 0, MmsiClass.GROUP: 1, MmsiClass.COAST: 2, MmsiClass.HANDHELD: 1,
        MmsiClass.CRAFT: 2, MmsiClass.ATON: 2, MmsiClass.SAR_AIRCRAFT: 3,
    }.get(classify(mmsi))  # fmt: skip
    if start is None:
        return None
    number = int(f"{mmsi:09d}"[start : start + 3])
    return number if MID_LOW <= number <= MID_HIGH else None
