"""Those who are what they say: boats of the register, exempt boats, merchant ships, boats the register cannot know."""

from dataclasses import replace

import numpy as np

from firmware_sim import behaviour as act
from firmware_sim import chart
from firmware_sim.cast import FAILED, SATISFIED, UNKNOWN, Actor, Label, Transponder, sides
from firmware_sim.company import Company
from firmware_sim.identity import GEARS, STRANGERS, BoatName, boat_name, register_row
from firmware_sim.tracks import moved


def registered(office: Company, n: int) -> None:
    """A boat of the register under its own name and number; every seventh has a document that ran out."""
    name, port = office.new_name()
    length = float(
        np.round(
            office.rng.choice([office.rng.uniform(9, 14), office.rng.uniform(18, 30), office.rng.uniform(30, 45)]), 1
        )
    )
    gear_zh, gear_en = GEARS[int(office.rng.integers(0, len(GEARS)))]
    mmsi = office.numbers.chinese()
    extra = office.numbers.chinese() if n % 9 == 5 else None
    expired = str(office.rng.choice(["inspection", "permit", "registration"])) if n % 7 == 3 else ""
    number = n // 6 if length > 18 else None
    group = "" if number is None else f"G{number + 1:02d}"
    row = register_row(
        numbers=office.numbers,
        name=name,
        port=port,
        mmsi=mmsi,
        length_m=length,
        gear=gear_zh,
        today=office.today,
        expired=expired,
        extra_mmsi=extra,
        group=group,
    )
    office.register.append(row)
    station = "a" if length > 24 and office.rng.random() < 0.7 else "b"
    main = Transponder(
        mmsi=mmsi,
        station=station,
        name=office.typed(name),
        call_sign=row["call_sign"],
        ship_type=30,
        sides_m=sides(length),
        destination=str(office.rng.choice(["", "FISHING", "DONGTOU"])),
    )
    aerials = [main]
    if extra is not None:
        aerials.append(replace(main, mmsi=extra, station="b", offset_m=(4.0, -6.0)))
    office.add(
        Actor(
            label=Label(
                target_id=office.id("registered"),
                target_class="registered",
                mmsis=tuple(a.mmsi for a in aerials),
                name=main.name or "",
                name_zh=name.zh,
                length_m=length,
                ship_type=30,
                register_name=name.zh,
                limbs={
                    "name": SATISFIED,
                    "certificate": FAILED if expired else SATISFIED,
                    "port": SATISFIED,
                    "match": SATISFIED,
                },
                group=group,
                gear=gear_en,
                wind_class_bft=int(row["wind_class_bft"]),
                hs_limit_m=float(row["hs_limit_m"]),
                note=f"{expired} ran out" if expired else "",
            ),
            track=office.track(name.zh, length, group=number),
            transponders=tuple(aerials),
            cruise_kn=float(office.rng.uniform(7.5, 10)),
        )
    )


def exempt(office: Company, n: int) -> None:
    """A farm boat, ferry or work boat: in the register of exempt vessels, not a fishing boat."""
    kind = ("farm", "ferry", "work")[n % 3]
    if kind == "farm":
        name = boat_name("浙洞", "ZHE DONG", office.numbers.number("浙洞"), ("渔养", "YUYANG"))
    else:
        number = str(10 + n)
        zh, latin = ("洞渡", "DONG DU") if kind == "ferry" else ("洞工", "DONG GONG")
        name = BoatName(
            zh=f"{zh}{number}", pinyin=f"{latin.replace(' ', '')}{number}", spellings=(f"{latin} {number}",)
        )
    length = {"farm": 11.0, "ferry": 26.0, "work": 18.0}[kind]
    mmsi = office.numbers.chinese()
    row = office.enter(
        name=name,
        port="洞头",
        mmsi=mmsi,
        length_m=length,
        gear="",
        exempt_kind=kind,
        vessel_type={"farm": "养殖渔船", "ferry": "渡船", "work": "工程船"}[kind],
    )
    ship_type = {"farm": 30, "ferry": 60, "work": 33}[kind]
    track = act.shuttle(
        office.seed,
        name.zh,
        chart.PORT["dongtou"],
        chart.FARM_WAY if kind != "ferry" else ((27.868, 121.268), (27.700, 121.275), (27.645, 121.250)),
        kn=9.0 if kind != "ferry" else 13.0,
        anchor_s=office.anchor_s,
    )
    office.add(
        Actor(
            label=Label(
                target_id=office.id("exempt"),
                target_class="exempt",
                mmsis=(mmsi,),
                name=name.spellings[0],
                name_zh=name.zh,
                length_m=length,
                ship_type=ship_type,
                register_name=name.zh,
                limbs={"name": SATISFIED, "certificate": SATISFIED, "port": SATISFIED, "match": SATISFIED},
                note=kind,
            ),
            track=track,
            transponders=(
                Transponder(
                    mmsi=mmsi,
                    station="b",
                    name=name.spellings[0],
                    call_sign=row["call_sign"],
                    ship_type=ship_type,
                    sides_m=sides(length),
                ),
            ),
        )
    )


def _ship(office: Company, kind: str, mmsi: int, name: str, call_sign: str) -> None:
    length = float(np.round(office.rng.uniform(85, 260), 0))
    beam = round(length / 6.5)
    ship_type = int(office.rng.choice([70, 79, 80, 71, 89]))
    way = chart.WENZHOU_WAY if office.rng.random() < 0.2 else chart.LANE
    track = act.voyage(
        office.seed,
        name,
        way,
        kn=float(office.rng.uniform(9.5, 17.0)),
        lateral_nm=float(office.rng.uniform(0.05, 0.1) if way is chart.WENZHOU_WAY else office.rng.uniform(0.1, 1.8)),
        phase=float(office.rng.random()),
        anchor_s=office.anchor_s,
    )
    if office.rng.random() < 0.12:
        place = moved(chart.ANCHORAGE, float(office.rng.uniform(0, 360)), float(office.rng.uniform(0.2, 1.5)))
        track = act.at_anchor(office.seed, name, place, anchor_s=office.anchor_s)
    office.add(
        Actor(
            label=Label(
                target_id=office.id(kind),
                target_class=kind,
                mmsis=(mmsi,),
                name=name,
                length_m=length,
                ship_type=ship_type,
                limbs={"name": SATISFIED, "certificate": UNKNOWN, "port": UNKNOWN, "match": SATISFIED},
            ),
            track=track,
            cruise_kn=13.0,
            transponders=(
                Transponder(
                    mmsi=mmsi,
                    station="a",
                    name=name,
                    call_sign=call_sign,
                    imo=_imo(office.rng),
                    ship_type=ship_type,
                    sides_m=sides(length, beam),
                    destination=str(office.rng.choice(["CN WNZ", "CN NGB", "CN XMN", "CN SHA"])),
                ),
            ),
        )
    )


def merchant(office: Company, n: int) -> None:
    """A Chinese merchant ship on the lane, bound for Wenzhou, or at anchor."""
    words = ("XIN HAI", "YUN FENG", "HENG DA", "SHUN TAI", "RUI XIANG", "JIN YANG", "HAI TONG", "DE SHENG")
    name = f"{words[int(office.rng.integers(0, len(words)))]} {int(office.rng.integers(1, 99))}"
    _ship(office, "merchant", office.numbers.mmsi(413_980_000, 414_000_000), name, office.numbers.call_sign())


def foreign(office: Company, n: int) -> None:
    """A merchant ship under a foreign flag."""
    mids = ((351, "3E"), (538, "V7"), (440, "D7"), (431, "JD"), (636, "A8"), (563, "9V"), (574, "XV"))
    mid, prefix = mids[int(office.rng.integers(0, len(mids)))]
    words = ("OCEAN", "STELLA", "PACIFIC", "NORDIC", "EVER", "GLORY", "MARINA")
    ends = ("PIONEER", "WAVE", "HOPE", "TRADER", "STAR", "SPIRIT")
    first, last, digits = (int(office.rng.integers(low, high)) for low, high in ((0, 7), (0, 6), (1, 99)))
    name = f"{words[first]} {ends[last]} {digits}"
    _ship(
        office,
        "foreign",
        office.numbers.mmsi(mid * 1_000_000 + 980_000, (mid + 1) * 1_000_000),
        name,
        f"{prefix}XX{n % 10}",
    )


def stranger(office: Company, n: int) -> None:
    """A fishing boat whose papers this register cannot know: of another province, or without static data."""
    length = float(np.round(office.rng.uniform(16, 40), 1))
    mmsi = office.numbers.chinese()
    short, reading, port = STRANGERS[int(office.rng.integers(0, len(STRANGERS)))]
    name = boat_name(short, reading, office.numbers.number(short))
    mute = n % 2 == 1
    office.add(
        Actor(
            label=Label(
                target_id=office.id("unknown"),
                target_class="unknown",
                mmsis=(mmsi,),
                name="" if mute else name.spellings[0],
                name_zh="" if mute else name.zh,
                length_m=length,
                ship_type=None if mute else 30,
                limbs=dict.fromkeys(("name", "certificate", "port", "match"), UNKNOWN),
                note="sends no static data" if mute else f"boat of {port}, not in this register",
            ),
            track=office.track(name.zh, length, "trawler"),
            transponders=(
                Transponder(
                    mmsi=mmsi,
                    station="b",
                    name=None if mute else office.typed(name),
                    call_sign=office.numbers.call_sign(),
                    ship_type=30,
                    sides_m=sides(length),
                ),
            ),
        )
    )


def _imo(rng: np.random.Generator) -> int:
    """Return a number with a right check digit (IMO Res. A.1117(30))."""
    six = int(rng.integers(900_000, 999_999))
    return six * 10 + sum(int(d) * w for d, w in zip(str(six), range(7, 1, -1), strict=True)) % 10
