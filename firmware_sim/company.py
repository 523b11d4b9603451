"""The company hires the cast: every boat, buoy, station and aircraft with identity, behaviour and true label."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from firmware_sim import behaviour as act
from firmware_sim import chart
from firmware_sim.cast import CLASSES, DEFAULT_MMSIS, FAILED, SATISFIED, UNKNOWN, Actor, Cast, Label, Transponder, sides
from firmware_sim.chart import Point
from firmware_sim.identity import COUNTIES, GEARS, STRANGERS, BoatName, Numbers, boat_name, register_row
from firmware_sim.noise import generator
from firmware_sim.tracks import Track, moved


class Company:
    """Makes actors one class at a time from one seeded generator."""

    def __init__(self, seed: int, anchor_s: float) -> None:
        self.seed, self.anchor_s = seed, anchor_s
        self.rng = generator(seed, "cast")
        self.numbers = Numbers(self.rng)
        self.today = datetime.fromtimestamp(anchor_s, UTC).date()
        self.register: list[dict[str, str]] = []
        self.actors: list[Actor] = []
        self.spare: list[dict[str, str]] = []

    def hire(self, counts: Mapping[str, int]) -> Cast:
        """Return the whole cast; the register is written first, since impostors borrow from it."""
        self._fill_register(30 + counts.get("registered", 0) // 3)
        makers: Mapping[str, Callable[[int], None]] = {
            "registered": self.registered,
            "exempt": self.exempt,
            "merchant": self.merchant,
            "foreign": self.foreign,
            "unregistered": self.unregistered,
            "borrowed_identity": self.borrowed,
            "several_mmsi": self.several,
            "shared_mmsi": self.shared,
            "gear_buoy": self.buoy,
            "misconfigured": self.misconfigured,
            "aton": self.aton,
            "base_station": self.base,
            "sar_aircraft": self.aircraft,
            "unidentified": self.dark,
            "unknown": self.stranger,
        }
        for name in CLASSES:
            for n in range(counts.get(name, 0)):
                makers[name](n)
        return Cast(actors=self.actors, register=self.register)

    # ------------------------------------------------------------------ help

    def _id(self, kind: str) -> str:
        return f"{kind}-{sum(a.label.target_class == kind for a in self.actors) + 1:03d}"

    def _pick(self, rows: tuple[tuple[str, str, str, int], ...] = COUNTIES) -> tuple[str, str, str, int]:
        weights = np.array([row[3] for row in rows], dtype=np.float64)
        return rows[int(self.rng.choice(len(rows), p=weights / weights.sum()))]

    def _ground(self) -> Point:
        base = chart.GROUNDS[int(self.rng.integers(0, len(chart.GROUNDS)))]
        return act._inside(moved(base, self.rng.uniform(0, 360), self.rng.uniform(0, 3.0)), 0.05)

    def _port(self) -> chart.Port:
        return chart.PORTS[int(self.rng.choice(len(chart.PORTS), p=[0.5, 0.2, 0.15, 0.15]))]

    def _track(self, name: str, length_m: float, style: str | None = None) -> Track:
        """Return how a fishing boat of a length lives: at sea for days, out for the day, or in port."""
        kinds, odds = ("trawler", "day", "port"), ([0.6, 0.3, 0.1] if length_m > 20 else [0.25, 0.6, 0.15])
        style = style or str(self.rng.choice(kinds, p=odds))
        tow = float(self.rng.uniform(2.2, 4.2))
        if style == "trawler":
            return act.trawler(self.seed, name, self._ground(), tow_kn=tow, anchor_s=self.anchor_s)
        if style == "day":
            ground = chart.GROUNDS[int(self.rng.integers(0, 6))]
            return act.day_boat(
                self.seed,
                name,
                self._port(),
                ground,
                kn=float(self.rng.uniform(7.5, 9.5)),
                tow_kn=tow,
                anchor_s=self.anchor_s,
            )
        return act.lying(act.berth(self._port(), self.rng), anchor_s=self.anchor_s)

    def _enter(
        self, *, name: BoatName, port: str, mmsi: int, length_m: float, gear: str, **more: str
    ) -> dict[str, str]:
        row = register_row(
            numbers=self.numbers,
            name=name,
            port=port,
            mmsi=mmsi,
            length_m=length_m,
            gear=gear,
            today=self.today,
            **more,  # type: ignore[arg-type]
        )
        self.register.append(row)
        return row

    def _new_name(self) -> tuple[BoatName, str]:
        short, reading, port, _ = self._pick()
        return boat_name(short, reading, self.numbers.number(short)), port

    def _fill_register(self, count: int) -> None:
        """Enter boats that are not at sea: the register is larger than the traffic, and impostors choose from here."""
        for _ in range(count):
            name, port = self._new_name()
            length = float(np.round(self.rng.uniform(9, 42), 1))
            gear = GEARS[int(self.rng.integers(0, len(GEARS)))][0]
            self.spare.append(
                self._enter(name=name, port=port, mmsi=self.numbers.chinese(), length_m=length, gear=gear)
            )

    def _typed(self, name: BoatName) -> str:
        return str(self.rng.choice(np.array(name.spellings)))

    def _add(self, actor: Actor) -> Actor:
        self.actors.append(actor)
        return actor

    # ------------------------------------------------------------------ the honest

    def registered(self, n: int) -> None:
        """A boat of the register under its own name and number; every seventh has a document that ran out."""
        name, port = self._new_name()
        length = float(
            np.round(self.rng.choice([self.rng.uniform(9, 14), self.rng.uniform(18, 30), self.rng.uniform(30, 45)]), 1)
        )
        gear_zh, gear_en = GEARS[int(self.rng.integers(0, len(GEARS)))]
        mmsi = self.numbers.chinese()
        extra = self.numbers.chinese() if n % 9 == 5 else None
        expired = str(self.rng.choice(["inspection", "permit", "registration"])) if n % 7 == 3 else ""
        group = f"G{n // 4 + 1:02d}" if length > 18 else ""
        row = register_row(
            numbers=self.numbers,
            name=name,
            port=port,
            mmsi=mmsi,
            length_m=length,
            gear=gear_zh,
            today=self.today,
            expired=expired,
            extra_mmsi=extra,
            group=group,
        )
        self.register.append(row)
        station = "a" if length > 24 and self.rng.random() < 0.7 else "b"
        main = Transponder(
            mmsi=mmsi,
            station=station,
            name=self._typed(name),
            call_sign=row["call_sign"],
            ship_type=30,
            sides_m=sides(length),
            destination=str(self.rng.choice(["", "FISHING", "DONGTOU"])),
        )
        aerials = [main]
        if extra is not None:
            aerials.append(replace(main, mmsi=extra, station="b", offset_m=(4.0, -6.0)))
        self._add(
            Actor(
                label=Label(
                    target_id=self._id("registered"),
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
                track=self._track(name.zh, length),
                transponders=tuple(aerials),
                cruise_kn=float(self.rng.uniform(7.5, 10)),
            )
        )

    def exempt(self, n: int) -> None:
        """A farm boat, ferry or work boat: in the register of exempt vessels, not a fishing boat."""
        kind = ("farm", "ferry", "work")[n % 3]
        if kind == "farm":
            name = boat_name("浙洞", "ZHE DONG", self.numbers.number("浙洞"), ("渔养", "YUYANG"))
        else:
            number = str(10 + n)
            zh, latin = ("洞渡", "DONG DU") if kind == "ferry" else ("洞工", "DONG GONG")
            name = BoatName(
                zh=f"{zh}{number}", pinyin=f"{latin.replace(' ', '')}{number}", spellings=(f"{latin} {number}",)
            )
        length = {"farm": 11.0, "ferry": 26.0, "work": 18.0}[kind]
        mmsi = self.numbers.chinese()
        row = self._enter(
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
            self.seed,
            name.zh,
            chart.PORT["dongtou"],
            chart.FARM_WAY if kind != "ferry" else ((27.868, 121.268), (27.700, 121.275), (27.645, 121.250)),
            kn=9.0 if kind != "ferry" else 13.0,
            anchor_s=self.anchor_s,
        )
        self._add(
            Actor(
                label=Label(
                    target_id=self._id("exempt"),
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

    def _ship(self, kind: str, mmsi: int, name: str, call_sign: str) -> None:
        length = float(np.round(self.rng.uniform(85, 260), 0))
        beam = round(length / 6.5)
        ship_type = int(self.rng.choice([70, 79, 80, 71, 89]))
        way = chart.WENZHOU_WAY if self.rng.random() < 0.2 else chart.LANE
        track = act.voyage(
            self.seed,
            name,
            way,
            kn=float(self.rng.uniform(9.5, 17.0)),
            lateral_nm=float(self.rng.uniform(0.1, 0.25 if way is chart.WENZHOU_WAY else 1.8)),
            phase=float(self.rng.random()),
            anchor_s=self.anchor_s,
        )
        if self.rng.random() < 0.12:
            place = moved(chart.ANCHORAGE, float(self.rng.uniform(0, 360)), float(self.rng.uniform(0.2, 1.5)))
            track = act.at_anchor(self.seed, name, place, anchor_s=self.anchor_s)
        self._add(
            Actor(
                label=Label(
                    target_id=self._id(kind),
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
                        imo=_imo(self.rng),
                        ship_type=ship_type,
                        sides_m=sides(length, beam),
                        destination=str(self.rng.choice(["CN WNZ", "CN NGB", "CN XMN", "CN SHA"])),
                    ),
                ),
            )
        )

    def merchant(self, n: int) -> None:
        """A Chinese merchant ship on the lane, bound for Wenzhou, or at anchor."""
        words = ("XIN HAI", "YUN FENG", "HENG DA", "SHUN TAI", "RUI XIANG", "JIN YANG", "HAI TONG", "DE SHENG")
        name = f"{words[int(self.rng.integers(0, len(words)))]} {int(self.rng.integers(1, 99))}"
        self._ship("merchant", self.numbers.mmsi(413_980_000, 414_000_000), name, self.numbers.call_sign())

    def foreign(self, n: int) -> None:
        """A merchant ship under a foreign flag."""
        mids = ((351, "3E"), (538, "V7"), (440, "D7"), (431, "JD"), (636, "A8"), (563, "9V"), (574, "XV"))
        mid, prefix = mids[int(self.rng.integers(0, len(mids)))]
        words = ("OCEAN", "STELLA", "PACIFIC", "NORDIC", "EVER", "GLORY", "MARINA")
        ends = ("PIONEER", "WAVE", "HOPE", "TRADER", "STAR", "SPIRIT")
        first, last, digits = (int(self.rng.integers(low, high)) for low, high in ((0, 7), (0, 6), (1, 99)))
        name = f"{words[first]} {ends[last]} {digits}"
        self._ship(
            "foreign", self.numbers.mmsi(mid * 1_000_000 + 980_000, (mid + 1) * 1_000_000), name, f"{prefix}XX{n % 10}"
        )

    def stranger(self, n: int) -> None:
        """A fishing boat whose papers this register cannot know: of another province, or without static data."""
        length = float(np.round(self.rng.uniform(16, 40), 1))
        mmsi = self.numbers.chinese()
        short, reading, port = STRANGERS[int(self.rng.integers(0, len(STRANGERS)))]
        name = boat_name(short, reading, self.numbers.number(short))
        mute = n % 2 == 1
        self._add(
            Actor(
                label=Label(
                    target_id=self._id("unknown"),
                    target_class="unknown",
                    mmsis=(mmsi,),
                    name="" if mute else name.spellings[0],
                    name_zh="" if mute else name.zh,
                    length_m=length,
                    ship_type=None if mute else 30,
                    limbs=dict.fromkeys(("name", "certificate", "port", "match"), UNKNOWN),
                    note="sends no static data" if mute else f"boat of {port}, not in this register",
                ),
                track=self._track(name.zh, length, "trawler"),
                transponders=(
                    Transponder(
                        mmsi=mmsi,
                        station="b",
                        name=None if mute else self._typed(name),
                        call_sign=self.numbers.call_sign(),
                        ship_type=30,
                        sides_m=sides(length),
                    ),
                ),
            )
        )

    # ------------------------------------------------------------------ the suspected

    def unregistered(self, n: int) -> None:
        """A 三无 boat that still sends AIS: a made-up name or none, a made-up number, no row in the register."""
        length = float(np.round(self.rng.uniform(8, 24), 1))
        style = n % 4
        name: str = ("", f"YU {int(self.rng.integers(1, 999)):03d}", "", f"{int(self.rng.integers(100, 99999))}")[style]
        note = ("no name sent", "meaningless name", "", "digits for a name")[style]
        if style == 2:
            # Well formed, of a county whose register is complete, and not in it.
            short, reading, _, _ = self._pick()
            name, note = (
                boat_name(short, reading, self.numbers.number(short)).spellings[n % 3],
                "name not in the register",
            )
        odd_number = style in (1, 3) and self.rng.random() < 0.6
        mmsi = self.numbers.mmsi(900_100_000, 900_999_999) if odd_number else self.numbers.chinese()
        ident = self._id("unregistered")
        track = self._track(ident, length, str(self.rng.choice(["trawler", "day"])))
        self._add(
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
                cruise_kn=float(self.rng.uniform(8, 14)),
                transponders=(
                    Transponder(
                        mmsi=mmsi,
                        station="b",
                        name=name or "",
                        call_sign="",
                        ship_type=30 if self.rng.random() < 0.7 else 0,
                        sides_m=sides(length),
                    ),
                ),
            )
        )

    def borrowed(self, n: int) -> None:
        """A boat that goes under a registered boat's name: another number and another hull, the true boat elsewhere."""
        owners = [a for a in self.actors if a.label.target_class == "registered"]
        victim = owners[int(self.rng.integers(0, len(owners)))] if owners and n % 2 == 0 else None
        row = (
            next(r for r in self.register if victim and r["name_zh"] == victim.label.name_zh)
            if victim
            else self.spare.pop()
        )
        true_length = float(row["length_m"])
        length = float(np.round(true_length * (1.7 if true_length < 22 else 0.5), 1))
        mmsi = self.numbers.chinese()
        ident = self._id("borrowed_identity")
        self._add(
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
                track=self._track(ident, length, "trawler"),
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

    def several(self, n: int) -> None:
        """A boat with two or three transponders under different numbers, of which the register knows at most one."""
        name, port = self._new_name()
        length = float(np.round(self.rng.uniform(20, 38), 1))
        own = self.numbers.chinese()
        row = self._enter(name=name, port=port, mmsi=own, length_m=length, gear="拖网")
        main = Transponder(
            mmsi=own,
            station="b",
            name=self._typed(name),
            call_sign=row["call_sign"],
            ship_type=30,
            sides_m=sides(length),
        )
        others = [
            replace(
                main,
                mmsi=self.numbers.chinese(),
                name=("", f"{name.pinyin}-2", "YU 1")[(n + i) % 3],
                offset_m=(3.0 * i + 2, -5.0),
            )
            for i in range(1 + n % 2)
        ]
        self._add(
            Actor(
                label=Label(
                    target_id=self._id("several_mmsi"),
                    target_class="several_mmsi",
                    mmsis=(own, *(o.mmsi for o in others)),
                    name=main.name or "",
                    name_zh=name.zh,
                    length_m=length,
                    ship_type=30,
                    register_name=name.zh,
                    limbs={"name": SATISFIED, "certificate": SATISFIED, "port": SATISFIED, "match": FAILED},
                ),
                track=self._track(name.zh, length, "trawler"),
                transponders=(main, *others),
            )
        )

    def shared(self, n: int) -> None:
        """Two boats far apart under one registered number at the same time."""
        name, port = self._new_name()
        length = float(np.round(self.rng.uniform(20, 38), 1))
        mmsi = self.numbers.chinese()
        row = self._enter(name=name, port=port, mmsi=mmsi, length_m=length, gear="拖网")
        grounds = chart.GROUNDS[n % 5], chart.GROUNDS[9 - n % 5]
        for half, ground in enumerate(grounds):
            rightful = half == 0
            own_length = length if rightful else float(np.round(length * 0.6, 1))
            ident = self._id("shared_mmsi")
            self._add(
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
                    track=act.trawler(self.seed, ident, ground, tow_kn=3.0, anchor_s=self.anchor_s),
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

    def misconfigured(self, n: int) -> None:
        """A registered boat whose transponder was never given its number, or got it wrong by a digit."""
        name, port = self._new_name()
        length = float(np.round(self.rng.uniform(14, 34), 1))
        own = self.numbers.chinese()
        row = self._enter(name=name, port=port, mmsi=own, length_m=length, gear="刺网")
        free = [m for m in DEFAULT_MMSIS if m not in self.numbers.used]
        wrong = free[int(self.rng.integers(0, len(free)))] if free else self.numbers.mmsi(900_000_000, 900_100_000)
        self.numbers.used.add(wrong)
        self._add(
            Actor(
                label=Label(
                    target_id=self._id("misconfigured"),
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
                track=self._track(name.zh, length, "trawler" if n % 2 else "day"),
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

    def buoy(self, n: int) -> None:
        """A net buoy: tiny, drifting or moored on its gear, a battery in its name; some with a ship's number."""
        level = int(self.rng.integers(35, 100))
        volts = float(np.round(self.rng.uniform(10.8, 12.6), 1))
        names = (
            f"NET MARK {level}%",
            f"{n % 30 + 1}-{level}%",
            f"{int(self.rng.integers(1000, 9999))}-{n % 12 + 1:02d}",
            f"BUOY{n}-{volts}V",
            f"W{n}@@{volts:.0f}V{level % 10}",
        )
        style = int(self.rng.integers(0, len(names)))
        name = names[style]
        if n % 11 == 7 and self.spare:
            name = self.spare[n % len(self.spare)]["name_pinyin"]
        mmsi = (
            self.numbers.chinese()
            if n % 6 == 5
            else self.numbers.mmsi(100_000_001, 199_999_999)
            if n % 6 == 3
            else self.numbers.mmsi(900_000_000, 900_999_999)
        )
        ident = self._id("gear_buoy")
        tiny = (0, 0, 0, 0) if self.rng.random() < 0.6 else (1, 1, 1, 1)
        place = self._ground()
        self._add(
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
                track=act.gear_buoy(self.seed, ident, place, anchor_s=self.anchor_s, hauled=n % 5 == 4),
                radar=False,
                transponders=(
                    Transponder(
                        mmsi=mmsi,
                        station="b",
                        name=name,
                        ship_type=int(self.rng.choice([0, 30, 0])),
                        sides_m=tiny,
                        period_s=float(self.rng.choice([60.0, 120.0, 120.0, 120.0, 180.0, 300.0])),
                    ),
                ),
            )
        )

    def dark(self, n: int) -> None:
        """A boat with no AIS at all: only radar or a camera sees it."""
        length = float(np.round(self.rng.uniform(8, 20), 1))
        ident = self._id("unidentified")
        near = moved((27.77, 121.32), float(self.rng.uniform(0, 180)), float(self.rng.uniform(0.5, 5.0)))
        track = act.trawler(
            self.seed, ident, act._inside(near), tow_kn=float(self.rng.uniform(2.0, 4.0)), anchor_s=self.anchor_s
        )
        self._add(
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

    # ------------------------------------------------------------------ stations

    def aton(self, n: int) -> None:
        """An aid to navigation, every third a virtual one."""
        places = ((27.755, 121.335), (27.905, 121.350), (27.640, 121.330), (27.830, 121.290), (27.560, 121.400))
        place = moved(places[n % 5], 45.0 * n, 0.4 * (n // 5))
        virtual = n % 3 == 2
        mmsi = 994_126_000 + (500 if virtual else 0) + n
        name = ("DONGTOU NO.1", "HUANGDAO BUOY", "BEIJI LIGHT", "FARM BOUNDARY MARK EAST", "WRECK MARK")[n % 5] + (
            f" {n // 5}" if n > 4 else ""
        )
        self._station(
            "aton",
            n,
            mmsi,
            name,
            place,
            Transponder(mmsi=mmsi, station="aton", name=name, aton_kind=(30, 20, 14, 23, 28)[n % 5], virtual=virtual),
        )

    def base(self, n: int) -> None:
        """A coast station."""
        mmsi = 4_126_500 + n
        self._station("base_station", n, mmsi, "", (27.842 + 0.1 * n, 121.150), Transponder(mmsi=mmsi, station="base"))

    def aircraft(self, n: int) -> None:
        """A search and rescue aircraft on patrol."""
        mmsi = 111_412_500 + n
        ident = self._id("sar_aircraft")
        self._add(
            Actor(
                label=Label(target_id=ident, target_class="sar_aircraft", mmsis=(mmsi,)),
                track=act.patrol_flight(self.seed, ident, anchor_s=self.anchor_s),
                radar=False,
                transponders=(Transponder(mmsi=mmsi, station="sar"),),
            )
        )

    def _station(self, kind: str, n: int, mmsi: int, name: str, place: Point, aerial: Transponder) -> None:
        self._add(
            Actor(
                label=Label(target_id=self._id(kind), target_class=kind, mmsis=(mmsi,), name=name),
                track=act.lying(place, anchor_s=self.anchor_s),
                transponders=(aerial,),
                radar=False,
            )
        )


def _imo(rng: np.random.Generator) -> int:
    """Return a number with a right check digit (IMO Res. A.1117(30))."""
    six = int(rng.integers(900_000, 999_999))
    return six * 10 + sum(int(d) * w for d, w in zip(str(six), range(7, 1, -1), strict=True)) % 10
