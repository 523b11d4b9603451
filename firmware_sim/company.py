"""The company keeps the books of a cast in the making: names and numbers handed out, the register, who is hired."""

from datetime import UTC, datetime

import numpy as np

from firmware_sim import behaviour as act
from firmware_sim import chart
from firmware_sim.cast import Actor
from firmware_sim.chart import Point
from firmware_sim.identity import COUNTIES, GEARS, BoatName, Numbers, boat_name, register_row
from firmware_sim.noise import generator
from firmware_sim.tracks import Track, moved


class Company:
    """Everything the makers of honest boats, suspects and stations share, from one seeded generator."""

    def __init__(self, seed: int, anchor_s: float) -> None:
        self.seed, self.anchor_s = seed, anchor_s
        self.rng = generator(seed, "cast")
        self.numbers = Numbers(self.rng)
        self.today = datetime.fromtimestamp(anchor_s, UTC).date()
        self.register: list[dict[str, str]] = []
        self.actors: list[Actor] = []
        self.spare: list[dict[str, str]] = []

    def id(self, kind: str) -> str:
        """Return the next id of a class."""
        return f"{kind}-{sum(a.label.target_class == kind for a in self.actors) + 1:03d}"

    def pick(self, rows: tuple[tuple[str, str, str, int], ...] = COUNTIES) -> tuple[str, str, str, int]:
        """Return a county, as often as its boats are met."""
        weights = np.array([row[3] for row in rows], dtype=np.float64)
        return rows[int(self.rng.choice(len(rows), p=weights / weights.sum()))]

    def ground(self) -> Point:
        """Return a place on one of the fishing grounds."""
        base = chart.GROUNDS[int(self.rng.integers(0, len(chart.GROUNDS)))]
        return act.inside(moved(base, self.rng.uniform(0, 360), self.rng.uniform(0, 3.0)), 0.05)

    def port(self) -> chart.Port:
        """Return a home port, most often Dongtou."""
        return chart.PORTS[int(self.rng.choice(len(chart.PORTS), p=[0.5, 0.2, 0.15, 0.15]))]

    def track(self, name: str, length_m: float, style: str | None = None, group: int | None = None) -> Track:
        """Return how a fishing boat of a length lives: at sea for days, out for the day, or in port.

        Boats of a group tow on one ground, a few miles apart.
        """
        if group is not None:
            base = chart.GROUNDS[group % len(chart.GROUNDS)]
            ground = moved(base, self.rng.uniform(0, 360), self.rng.uniform(0.3, 1.5))
            tow = float(self.rng.uniform(2.4, 3.6))
            return act.trawler(self.seed, name, ground, tow_kn=tow, anchor_s=self.anchor_s, spread_nm=2.0)
        kinds, odds = ("trawler", "day", "port"), ([0.6, 0.3, 0.1] if length_m > 20 else [0.25, 0.6, 0.15])
        style = style or str(self.rng.choice(kinds, p=odds))
        tow = float(self.rng.uniform(2.2, 4.2))
        if style == "trawler":
            return act.trawler(self.seed, name, self.ground(), tow_kn=tow, anchor_s=self.anchor_s)
        if style == "day":
            ground = chart.GROUNDS[int(self.rng.integers(0, 6))]
            return act.day_boat(
                self.seed,
                name,
                self.port(),
                ground,
                kn=float(self.rng.uniform(7.5, 9.5)),
                tow_kn=tow,
                anchor_s=self.anchor_s,
            )
        return act.lying(act.berth(self.port(), self.rng), anchor_s=self.anchor_s)

    def enter(self, *, name: BoatName, port: str, mmsi: int, length_m: float, gear: str, **more: str) -> dict[str, str]:
        """Enter a boat in the register and return its row."""
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

    def new_name(self) -> tuple[BoatName, str]:
        """Return (name, port of registry) of a boat that does not exist yet."""
        short, reading, port, _ = self.pick()
        return boat_name(short, reading, self.numbers.number(short)), port

    def fill_register(self, count: int) -> None:
        """Enter boats that are not at sea: the register is larger than the traffic, and impostors choose from here."""
        for _ in range(count):
            name, port = self.new_name()
            length = float(np.round(self.rng.uniform(9, 42), 1))
            gear = GEARS[int(self.rng.integers(0, len(GEARS)))][0]
            self.spare.append(self.enter(name=name, port=port, mmsi=self.numbers.chinese(), length_m=length, gear=gear))

    def typed(self, name: BoatName) -> str:
        """Return the name as this skipper typed it."""
        return str(self.rng.choice(np.array(name.spellings)))

    def add(self, actor: Actor) -> Actor:
        """Take an actor into the cast."""
        self.actors.append(actor)
        return actor
