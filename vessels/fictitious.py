"""A fictitious register for demonstrations: names by the rule; numbers, certificates and phones made up."""

import random
from datetime import date, timedelta

from vessels.names import NameRules, ShortForm, readings
from vessels.register import RegisterRow

_GEARS = ("拖网", "刺网", "笼壶", "张网", "围网", "钓具")
_SIZES_M = ((8, 12), (12, 24), (24, 36), (36, 45))
MAX_BOATS = 20_000
_SHARES = (0.35, 0.35, 0.2, 0.1)


def generate(count: int, *, seed: int, today: date, rules: NameRules, province: str = "浙") -> list[RegisterRow]:
    """Return `count` made-up boats of a province's counties; the same seed gives the same boats.

    Numbers are 412 98x xxx, phones 199 0000 xxxx, owners 示例船东: no real person or boat. About one boat in eight has
    a certificate that ran out.
    """
    if not 0 <= count <= MAX_BOATS:
        raise ValueError(f"{count} boats: between 0 and {MAX_BOATS} can be made up")
    rng = random.Random(seed)
    counties = [c for c in rules.county if c.province == province]
    digits = rng.sample(range(100_000), count)
    return [_boat(rng, k, counties[k % len(counties)], f"{digits[k]:05d}", today, rules) for k in range(count)]


def _boat(rng: random.Random, k: int, county: ShortForm, digits: str, today: date, rules: NameRules) -> RegisterRow:
    name = f"{county.province}{county.zh}渔{digits}"
    low, high = rng.choices(_SIZES_M, _SHARES)[0]
    length = round(rng.uniform(low, high), 1)
    kinds = ("registration", "inspection", "permit")
    until = {kind: today + timedelta(days=rng.randint(60, 1500)) for kind in kinds}
    if k % 8 == 5:
        until[rng.choice(sorted(until))] = today - timedelta(days=rng.randint(10, 500))
    crew = 2 if length < 12 else 3 if length < 24 else 5 if length < 36 else 7
    return RegisterRow(
        boat_id=f"DJ{k:08d}", name_zh=name, name_pinyin=sorted(readings(name, rules))[0],
        mmsi=412_980_000 + k,
        call_sign=f"BX{k:04d}", certificate_no=f"DJ{k:08d}", registration_until=until["registration"],
        inspection_no=f"JY{k:08d}", inspection_until=until["inspection"], permit_no=f"XK{k:08d}",
        permit_until=until["permit"], port=county.place, gear=rng.choice(_GEARS), vessel_type="捕捞渔船",
        length_m=length, beam_m=round(length * 0.19 + 0.8, 1), tonnage_gt=float(round(length * length * 0.17)),
        power_kw=float(round(length * length * 0.32 + 12)),
        wind_class_bft=6 if length < 12 else 7 if length < 24 else 8 if length < 36 else 9,
        hs_limit_m=1.5 if length < 12 else 2.5 if length < 24 else 3.5 if length < 36 else 4.5, min_crew=crew,
        max_persons=crew * 2 + 2, beidou_id=str(200_000 + k), group=f"G{k // 6 + 1:03d}" if length > 18 else None,
        owner=f"示例船东{k:04d}", owner_phone=f"1990000{rng.randint(0, 9999):04d}",
    )  # fmt: skip
