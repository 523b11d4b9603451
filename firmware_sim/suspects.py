"""Those an officer wants to know about: 三无 boats, impostors, shared and doubled numbers, net buoys, dark boats."""

from dataclasses import replace

import numpy as np

from firmware_sim import behaviour as act
from firmware_sim import chart
from firmware_sim.cast import DEFAULT_MMSIS, FAILED, SATISFIED, UNKNOWN, Actor, Label, Transponder, sides
from firmware_sim.company import Company
from firmware_sim.identity import boat_name
from firmware_sim.tracks import moved


def unregistered(office: Company, n: int) -> None:
    """A 三无 boat that still sends AIS: a made-up name or none, a made-up number, no row in the register."""
    length = float(np.round(office.rng.uniform(8, 24), 1))
    style = n % 4
    name: str = ("", f"YU {int(office.rng.integers(1, 999)):03d}", "", f"{int(office.rng.integers(100, 99999))}")[style]
    note = ("no name sent", "meaningless name", "", "digits for a name")[style]
    if style == 2:
        # Well formed, of a county whose register is complete, and not in it.
        short, reading, _, _ = office.pick()
        name, note = (
            boat_name(short, reading, office.numbers.number(short)).spellings[n % 3],
            "name not in the register",
        )
    odd_number = style in (1, 3) and office.rng.random() < 0.6
    mmsi = office.numbers.mmsi(900_100_000, 900_999_999) if odd_number else office.numbers.chinese()
    ident = office.id("unregistered")
    track = office.track(ident, length, str(office.rng.choice(["trawler", "day"])))
    office.add(
        Actor(
            label=Label(
                target_id=ident,
                target_class="unregistered",
                mmsis=(mmsi,),
                name=name,
                length_m=length,
                ship_type=30,
                limbs={"name": FAILED, "certificate": FAILED, "port": FAILED, "match": UNKNOWN},
                note=note,
            ),
            track=track,
            cruise_kn=float(office.rng.uniform(8, 14)),
            transponders=(
                Transponder(
                    mmsi=mmsi,
                    station="b",
                    name=name or "",
                    call_sign="",
                    ship_type=30 if office.rng.random() < 0.7 else 0,
                    sides_m=sides(length),
                ),
            ),
        )
    )


def borrowed(office: Company, n: int) -> None:
    """A boat that goes under a registered boat's name: another number and another hull, the true boat elsewhere."""
    owners = [a for a in office.actors if a.label.target_class == "registered"]
    victim = owners[int(office.rng.integers(0, len(owners)))] if owners and n % 2 == 0 else None
    row = (
        next(r for r in office.register if victim and r["name_zh"] == victim.label.name_zh)
        if victim
        else office.spare.pop()
    )
    true_length = float(row["length_m"])
    length = float(np.round(true_length * (1.7 if true_length < 22 else 0.5), 1))
    mmsi = office.numbers.chinese()
    ident = office.id("borrowed_identity")
    office.add(
        Actor(
            label=Label(
                target_id=ident,
                target_class="borrowed_identity",
                mmsis=(mmsi,),
                name=row["name_pinyin"],
                name_zh=row["name_zh"],
                length_m=length,
                ship_type=30,
                limbs={"name": SATISFIED, "certificate": FAILED, "port": FAILED, "match": FAILED},
                note=f"name of {row['name_zh']}, which is {true_length} m under {row['mmsi']}",
            ),
            track=office.track(ident, length, "trawler"),
            transponders=(
                Transponder(
                    mmsi=mmsi,
                    station="b",
                    name=row["name_pinyin"],
                    call_sign=row["call_sign"] if n % 3 == 0 else "",
                    ship_type=30,
                    sides_m=sides(length),
                ),
            ),
        )
    )


def several(office: Company, n: int) -> None:
    """A boat with two or three transponders under different numbers, of which the register knows at most one."""
    name, port = office.new_name()
    length = float(np.round(office.rng.uniform(20, 38), 1))
    own = office.numbers.chinese()
    row = office.enter(name=name, port=port, mmsi=own, length_m=length, gear="拖网")
    main = Transponder(
        mmsi=own,
        station="b",
        name=office.typed(name),
        call_sign=row["call_sign"],
        ship_type=30,
        sides_m=sides(length),
    )
    others = [
        replace(
            main,
            mmsi=office.numbers.chinese(),
            name=("", f"{name.pinyin}-2", "YU 1")[(n + i) % 3],
            offset_m=(3.0 * i + 2, -5.0),
        )
        for i in range(1 + n % 2)
    ]
    office.add(
        Actor(
            label=Label(
                target_id=office.id("several_mmsi"),
                target_class="several_mmsi",
                mmsis=(own, *(o.mmsi for o in others)),
                name=main.name or "",
                name_zh=name.zh,
                length_m=length,
                ship_type=30,
                register_name=name.zh,
                limbs={"name": SATISFIED, "certificate": SATISFIED, "port": SATISFIED, "match": FAILED},
            ),
            track=office.track(name.zh, length, "trawler"),
            transponders=(main, *others),
        )
    )


def shared(office: Company, n: int) -> None:
    """Two boats far apart under one registered number at the same time."""
    name, port = office.new_name()
    length = float(np.round(office.rng.uniform(20, 38), 1))
    mmsi = office.numbers.chinese()
    row = office.enter(name=name, port=port, mmsi=mmsi, length_m=length, gear="拖网")
    grounds = chart.GROUNDS[n % 5], chart.GROUNDS[9 - n % 5]
    for half, ground in enumerate(grounds):
        rightful = half == 0
        own_length = length if rightful else float(np.round(length * 0.6, 1))
        ident = office.id("shared_mmsi")
        office.add(
            Actor(
                label=Label(
                    target_id=ident,
                    target_class="shared_mmsi",
                    mmsis=(mmsi,),
                    name=name.spellings[0],
                    name_zh=name.zh,
                    length_m=own_length,
                    ship_type=30,
                    register_name=name.zh if rightful else "",
                    limbs={
                        "name": SATISFIED,
                        "certificate": SATISFIED if rightful else FAILED,
                        "port": SATISFIED if rightful else FAILED,
                        "match": FAILED,
                    },
                    note="the number's rightful boat" if rightful else "the other boat on the number",
                ),
                track=act.trawler(office.seed, ident, ground, tow_kn=3.0, anchor_s=office.anchor_s, spread_nm=2.5),
                transponders=(
                    Transponder(
                        mmsi=mmsi,
                        station="b",
                        name=name.spellings[0],
                        call_sign=row["call_sign"],
                        ship_type=30,
                        sides_m=sides(own_length),
                    ),
                ),
            )
        )


def misconfigured(office: Company, n: int) -> None:
    """A registered boat whose transponder was never given its number, or got it wrong by a digit."""
    name, port = office.new_name()
    length = float(np.round(office.rng.uniform(14, 34), 1))
    own = office.numbers.chinese()
    row = office.enter(name=name, port=port, mmsi=own, length_m=length, gear="刺网")
    free = [m for m in DEFAULT_MMSIS if m not in office.numbers.used]
    wrong = free[int(office.rng.integers(0, len(free)))] if free else office.numbers.mmsi(900_000_000, 900_100_000)
    office.numbers.used.add(wrong)
    office.add(
        Actor(
            label=Label(
                target_id=office.id("misconfigured"),
                target_class="misconfigured",
                mmsis=(wrong,),
                name=name.spellings[0],
                name_zh=name.zh,
                length_m=length,
                ship_type=30,
                register_name=name.zh,
                limbs={"name": SATISFIED, "certificate": SATISFIED, "port": SATISFIED, "match": FAILED},
                note=f"its number is {own}",
            ),
            track=office.track(name.zh, length, "trawler" if n % 2 else "day"),
            transponders=(
                Transponder(
                    mmsi=wrong,
                    station="b",
                    name=name.spellings[0],
                    call_sign=row["call_sign"],
                    ship_type=30,
                    sides_m=sides(length),
                ),
            ),
        )
    )


def buoy(office: Company, n: int) -> None:
    """A net buoy: tiny, drifting or moored on its gear, a battery in its name; some with a ship's number."""
    level = int(office.rng.integers(35, 100))
    volts = float(np.round(office.rng.uniform(10.8, 12.6), 1))
    names = (
        f"NET MARK {level}%",
        f"{n % 30 + 1}-{level}%",
        f"{int(office.rng.integers(1000, 9999))}-{n % 12 + 1:02d}",
        f"BUOY{n}-{volts}V",
        f"W{n}@@{volts:.0f}V{level % 10}",
    )
    style = int(office.rng.integers(0, len(names)))
    name = names[style]
    if n % 11 == 7 and office.spare:
        name = office.spare[n % len(office.spare)]["name_pinyin"]
    mmsi = (
        office.numbers.chinese()
        if n % 6 == 5
        else office.numbers.mmsi(100_000_001, 199_999_999)
        if n % 6 == 3
        else office.numbers.mmsi(900_000_000, 900_999_999)
    )
    ident = office.id("gear_buoy")
    tiny = (0, 0, 0, 0) if office.rng.random() < 0.6 else (1, 1, 1, 1)
    place = office.ground()
    office.add(
        Actor(
            label=Label(
                target_id=ident,
                target_class="gear_buoy",
                mmsis=(mmsi,),
                name=name,
                length_m=0.3,
                ship_type=0,
                limbs=dict.fromkeys(("name", "certificate", "port", "match"), UNKNOWN),
                note="under a ship's name" if n % 11 == 7 else "",
            ),
            track=act.gear_buoy(office.seed, ident, place, anchor_s=office.anchor_s, hauled=n % 5 == 4),
            radar=False,
            transponders=(
                Transponder(
                    mmsi=mmsi,
                    station="b",
                    name=name,
                    ship_type=int(office.rng.choice([0, 30, 0])),
                    sides_m=tiny,
                    period_s=float(office.rng.choice([60.0, 120.0, 120.0, 120.0, 180.0, 300.0])),
                ),
            ),
        )
    )


def dark(office: Company, n: int) -> None:
    """A boat with no AIS at all: only radar or a camera sees it."""
    length = float(np.round(office.rng.uniform(8, 20), 1))
    ident = office.id("unidentified")
    near = moved((27.77, 121.32), float(office.rng.uniform(0, 180)), float(office.rng.uniform(0.5, 5.0)))
    track = act.trawler(
        office.seed, ident, act.inside(near), tow_kn=float(office.rng.uniform(2.0, 4.0)), anchor_s=office.anchor_s
    )
    office.add(
        Actor(
            label=Label(
                target_id=ident,
                target_class="unidentified",
                mmsis=(),
                length_m=length,
                has_ais=False,
                limbs=dict.fromkeys(("name", "certificate", "port", "match"), UNKNOWN),
                note="dark",
            ),
            track=track,
        )
    )
