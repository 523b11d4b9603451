"""Fictitious identities: boat names numbers, certificates; register rows. No real person or phone."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

REGISTER_COLUMNS = (
    "name_zh", "name_pinyin", "mmsi", "extra_mmsi", "call_sign", "certificate_no", "registration_until",
    "inspection_no", "inspection_until", "permit_no", "permit_until", "port", "gear", "vessel_type", "length_m",
    "beam_m", "tonnage_gt", "power_kw", "wind_class_bft", "hs_limit_m", "min_crew", "max_persons", "beidou_id",
    "group", "owner", "owner_phone", "exempt_kind",
)  # fmt: skip
# 《渔业船舶船名规定》: province + county + type + number. Short forms of the counties around.
COUNTIES = (
    ("浙洞", "ZHE DONG", "洞头", 8),
    ("浙瑞", "ZHE RUI", "瑞安", 3),
    ("浙苍", "ZHE CANG", "苍南", 3),
    ("浙平", "ZHE PING", "平阳", 2),
    ("浙乐", "ZHE LE", "乐清", 2),
    ("浙玉", "ZHE YU", "玉环", 3),
    ("浙岭", "ZHE LING", "温岭", 2),
    ("浙普", "ZHE PU", "普陀", 1),
)  # fmt: skip
"""(short form, reading, port of registry, weight): the counties whose boats the local register holds."""
STRANGERS = (
    ("闽狮", "MIN SHI", "石狮"),
    ("闽霞", "MIN XIA", "霞浦"),
    ("苏启", "SU QI", "启东"),
    ("鲁荣", "LU RONG", "荣成"),
)
"""Boats of other provinces, which the local register does not hold."""
GEARS = (("拖网", "trawl"), ("刺网", "gillnet"), ("笼壶", "pot"), ("张网", "stow net"), ("围网", "purse seine"))
LETTERS = "BCDEFGHJKLMNPQRSTUVWXYZ"


@dataclass(frozen=True, kw_only=True)
class BoatName:
    """A boat's name in Chinese and the ways its skipper may have typed it into the transponder."""

    zh: str
    pinyin: str
    spellings: tuple[str, ...]


def boat_name(short_zh: str, reading: str, number: str, kind: tuple[str, str] = ("渔", "YU")) -> BoatName:
    """Return the name of a boat of a county with the usual spellings on AIS."""
    tight = reading.replace(" ", "") + kind[1]
    return BoatName(
        zh=f"{short_zh}{kind[0]}{number}",
        pinyin=f"{tight}{number}",
        spellings=(f"{tight}{number}", f"{reading} {kind[1]} {number}", f"{tight} {number}"),
    )


class Numbers:
    """Hands out names, MMSIs and document numbers, each once."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.used: set[int] = set()
        self.names: set[str] = set()

    def mmsi(self, low: int, high: int) -> int:
        """Return an unused number in [low, high)."""
        while True:
            number = int(self.rng.integers(low, high))
            if number not in self.used:
                self.used.add(number)
                return number

    def chinese(self) -> int:
        """Return a number of the Chinese block that this simulation keeps for fishing boats."""
        return self.mmsi(412_980_000, 413_000_000)

    def number(self, county: str) -> str:
        """Return an unused five-digit (at times four-digit, 1975 rule) number, two digits off the county's others.

        A one-digit neighbour would be a near match on purpose; those are planted, not met by chance.
        """
        for _ in range(10_000):
            digits = 4 if self.rng.random() < 0.12 else 5
            text = f"{int(self.rng.integers(10 ** (digits - 2), 10**digits)):0{digits}d}"
            if all(_digits_apart(text, other[len(county) :]) >= 2 for other in self.names if other.startswith(county)):
                self.names.add(county + text)
                return text
        raise ValueError(f"No free boat number left for {county}: ask for fewer targets.")

    def call_sign(self) -> str:
        """Return a Chinese call sign (prefix B)."""
        picks = self.rng.integers(0, len(LETTERS), 3)
        return "B" + "".join(LETTERS[int(i)] for i in picks) + str(int(self.rng.integers(2, 10)))

    def document(self, prefix: str) -> str:
        """Return a made-up document number."""
        return f"{prefix}{int(self.rng.integers(10**8, 10**9))}"

    def phone(self) -> str:
        """Return a phone number of the fictitious block 199 0000 xxxx."""
        return f"1990000{int(self.rng.integers(0, 10_000)):04d}"


def _digits_apart(a: str, b: str) -> int:
    if len(a) != len(b):
        return 2 if a.lstrip("0") != b.lstrip("0") and a not in b and b not in a else 0
    return sum(x != y for x, y in zip(a, b, strict=True))


def wind_class(length_m: float) -> int:
    """Return the Beaufort force a boat of that length is registered for; ours, Zhejiang's table was not seen."""
    return 6 if length_m < 12 else 7 if length_m < 24 else 8 if length_m < 36 else 9


def hs_limit_m(length_m: float) -> float:
    """Return the significant wave height a boat of that length is registered for; ours. [m]"""
    return 1.5 if length_m < 12 else 2.5 if length_m < 24 else 3.5 if length_m < 36 else 4.5


def register_row(
    *,
    numbers: Numbers,
    name: BoatName,
    port: str,
    mmsi: int,
    length_m: float,
    gear: str,
    today: date,
    expired: str = "",
    extra_mmsi: int | None = None,
    group: str = "",
    exempt_kind: str = "",
    vessel_type: str = "捕捞渔船",
    call_sign: str = "",
    valid: bool = True,
) -> dict[str, str]:
    """Return one row of the register; `expired` names a document that ran out: registration, inspection or permit."""
    rng = numbers.rng
    until = {
        kind: (today + timedelta(days=int(rng.integers(60, 1400)))).isoformat()
        for kind in ("registration", "inspection", "permit")
    }
    if expired:
        until[expired] = (today - timedelta(days=int(rng.integers(20, 600)))).isoformat()
    beam = round(length_m * 0.19 + 0.8, 1)
    power = round(length_m * length_m * 0.32 + 12.0)
    crew = 2 if length_m < 12 else 3 if length_m < 24 else 5 if length_m < 36 else 7
    row = {
        "name_zh": name.zh, "name_pinyin": name.pinyin, "mmsi": str(mmsi),
        "extra_mmsi": "" if extra_mmsi is None else str(extra_mmsi), "call_sign": call_sign or numbers.call_sign(),
        "certificate_no": numbers.document("DJ"), "registration_until": until["registration"],
        "inspection_no": numbers.document("JY"), "inspection_until": until["inspection"],
        "permit_no": numbers.document("XK"), "permit_until": until["permit"], "port": port, "gear": gear,
        "vessel_type": vessel_type, "length_m": f"{length_m:.1f}", "beam_m": f"{beam:.1f}",
        "tonnage_gt": f"{length_m * beam * 0.9:.0f}", "power_kw": f"{power:.0f}",
        "wind_class_bft": str(wind_class(length_m)), "hs_limit_m": f"{hs_limit_m(length_m):.1f}",
        "min_crew": str(crew), "max_persons": str(crew * 2 + 2),
        "beidou_id": str(int(rng.integers(200_000, 400_000))), "group": group,
        "owner": f"示例船东{len(numbers.names):04d}", "owner_phone": numbers.phone(), "exempt_kind": exempt_kind,
    }  # fmt: skip
    if exempt_kind:
        row |= {"permit_no": "", "permit_until": ""}
    return row
