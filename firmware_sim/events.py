"""What is planted in the traffic: distress, intrusion, near-collision, a lost group, the run home before a storm."""

import itertools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np

from firmware_sim import behaviour as act
from firmware_sim import chart, honest, suspects
from firmware_sim.cast import UNKNOWN, Actor, Cast, Label, Transponder
from firmware_sim.chart import Point
from firmware_sim.company import Company
from firmware_sim.noise import generator
from firmware_sim.scenario import EventSettings
from firmware_sim.tracks import UNDER_WAY, Adrift, Pen, distance_nm, moved

HOUR = 3600.0
MISS_NM = 0.04
"""How close a planted near-collision comes: closer than the ships are long. [nmi]"""


@dataclass(frozen=True, kw_only=True)
class PlannedEvent:
    """One thing planted: ground truth for alarms. Times are aware; `until_at` None = to the end."""

    kind: str
    target_ids: tuple[str, ...]
    from_at: datetime
    until_at: datetime | None = None
    lat_deg: float | None = None
    lon_deg: float | None = None
    note: str = ""


@dataclass(kw_only=True)
class Stage:
    """What an event may change: the cast, the company that can hire more, receiver outages."""

    cast: Cast
    company: Company
    seed: int
    anchor_s: float
    outages: dict[str, list[tuple[float, float]]]


def _at(seconds: float) -> datetime:
    return datetime.fromtimestamp(round(seconds), UTC)


def _mark(actor: Actor, kind: str) -> None:
    actor.label = replace(actor.label, events=(*actor.label.events, kind))


def _fishing_at_sea(stage: Stage, at_s: float, *classes: str) -> list[Actor]:
    """Return fishing boats that are in the open box at a time."""
    found = []
    for actor in stage.cast.of_class(*(classes or ("registered",))):
        lat, lon = actor.track.place(at_s)
        if chart.OPEN_SOUTH < lat < chart.OPEN_NORTH and lon > chart.OPEN_WEST + 0.03:
            found.append(actor)
    return found


def _distress(stage: Stage, event: EventSettings, n: int, *, prefix: int, note: str, test: bool) -> list[PlannedEvent]:
    at_s = stage.anchor_s + event.at_s
    rng = generator(stage.seed, f"{event.kind} {event.at_s} {n}")
    # Beside one of the boats nearest the farm, where the receivers hear a float of a few watts well.
    places = sorted(
        (boat.track.place(at_s) for boat in _fishing_at_sea(stage, at_s)), key=lambda p: distance_nm(p, chart.FARM)
    )
    near: Point = places[n % len(places)] if places else chart.GROUNDS[0]
    place = moved(near, float(rng.uniform(0, 360)), float(rng.uniform(0.3, 1.0)))
    if test:
        place = act.berth(chart.PORT["dongtou"], rng)
    mmsi = prefix * 1_000_000 + int(rng.integers(100_000, 999_999))
    until_s = at_s + event.for_s if event.for_s else math.inf
    label = Label(
        target_id=f"distress-{len(stage.cast.of_class('distress')) + 1:03d}",
        target_class="distress",
        mmsis=(mmsi,),
        limbs=dict.fromkeys(("name", "certificate", "port", "match"), UNKNOWN),
        test=test,
        events=(event.kind,),
        note=note,
    )
    track = Adrift(place, origin_s=at_s, hold=0.9, set_kn=0.25, set_deg=float(rng.uniform(200, 300)), set_h=30.0)
    if test:
        track = Adrift(place, origin_s=at_s, hold=0.0)
    stage.cast.actors.append(
        Actor(
            label=label,
            track=track,
            radar=False,
            born_s=at_s,
            gone_s=until_s,
            transponders=(
                Transponder(mmsi=mmsi, station="sart", name=note + (" TEST" if test else " ACTIVE"), virtual=test),
            ),
        )
    )
    return [
        PlannedEvent(
            kind=event.kind,
            target_ids=(label.target_id,),
            from_at=_at(at_s),
            until_at=None if math.isinf(until_s) else _at(until_s),
            lat_deg=place[0],
            lon_deg=place[1],
            note=str(mmsi),
        )
    ]


def _sart(stage: Stage, event: EventSettings, n: int) -> list[PlannedEvent]:
    return _distress(stage, event, n, prefix=970, note="SART", test=False)


def _sart_test(stage: Stage, event: EventSettings, n: int) -> list[PlannedEvent]:
    return _distress(stage, event, n, prefix=970, note="SART", test=True)


def _mob(stage: Stage, event: EventSettings, n: int) -> list[PlannedEvent]:
    return _distress(stage, event, n, prefix=972, note="MOB", test=False)


def _epirb(stage: Stage, event: EventSettings, n: int) -> list[PlannedEvent]:
    return _distress(stage, event, n, prefix=974, note="EPIRB", test=False)


def _intrusion(stage: Stage, event: EventSettings, n: int) -> list[PlannedEvent]:
    """A 三无 boat runs to the cages, loiters there and leaves."""
    at_s = stage.anchor_s + event.at_s
    rng = generator(stage.seed, f"intrusion {event.at_s} {n}")
    suspects.unregistered(stage.company, n)
    actor = stage.cast.actors[-1]
    start = moved(chart.FARM, 75.0 + 25.0 * (n % 3), 4.2)
    goal = moved(chart.FARM, 80.0 + 10.0 * (n % 3), 0.14)
    pen = Pen(at_s=at_s - 0.5 * HOUR, place=moved(start, 90.0, 1.0))
    pen.run(start, distance_nm(pen.place, start) / 0.5).run(goal, 12.5)
    stay_s = pen.at_s + 1.5 * HOUR
    near_s = pen.at_s
    while pen.at_s < stay_s:
        pen.run(moved(goal, float(rng.uniform(20, 140)), float(rng.uniform(0.02, 0.12))), 1.2)
    pen.run(moved(chart.FARM, 85.0, 8.0), 13.0)
    actor.track.order(-math.inf, act.fish(pen, rng, (27.78, 121.42), pen.at_s + 100 * HOUR, 3.0).legs())
    # A quick reporter, so that a short demonstration sees it: its identity is sent within half a minute.
    actor.transponders = tuple(replace(t, period_s=10.0) for t in actor.transponders)
    _mark(actor, "intrusion")
    return [
        PlannedEvent(
            kind="intrusion",
            target_ids=(actor.id,),
            from_at=_at(near_s),
            until_at=_at(stay_s),
            lat_deg=goal[0],
            lon_deg=goal[1],
        )
    ]


def _dark_run(stage: Stage, event: EventSettings, n: int) -> list[PlannedEvent]:
    """A boat without AIS comes within sight of the farm's radar."""
    at_s = stage.anchor_s + event.at_s
    suspects.dark(stage.company, n)
    actor = stage.cast.actors[-1]
    rng = generator(stage.seed, f"dark {event.at_s} {n}")
    pen = Pen(at_s=at_s, place=moved(chart.FARM, 100.0 + 12.0 * n, 9.0))
    pen.run(moved(chart.FARM, 95.0, 1.2), 9.0)
    near_s = pen.at_s
    actor.track.order(at_s, act.fish(pen, rng, (27.76, 121.36), pen.at_s + 60 * HOUR, 2.6).legs())
    actor.born_s = at_s
    _mark(actor, "dark_run")
    return [PlannedEvent(kind="dark_run", target_ids=(actor.id,), from_at=_at(at_s), until_at=_at(near_s))]


def _collision(stage: Stage, event: EventSettings, n: int) -> list[PlannedEvent]:
    """A merchant ship and a fishing boat whose courses meet `at_s` after the anchor, nobody gives way."""
    rng = generator(stage.seed, f"collision {event.at_s} {n}")
    meet_s = stage.anchor_s + event.at_s
    ships = stage.cast.of_class("merchant", "foreign")
    ship = next(
        (
            s
            for s in ships[n % max(len(ships), 1) :] + ships
            if "collision" not in s.label.events and _good_place(s, meet_s)
        ),
        None,
    )
    if ship is None:
        honest.merchant(stage.company, n)
        ship = stage.cast.actors[-1]
        _steer_merchant(ship, meet_s, rng)
    lat, lon = ship.track.place(meet_s)
    cog = float(ship.track.at(meet_s).cog_deg[0])
    honest.registered(stage.company, 0)
    boat = stage.cast.actors[-1]
    side = 1.0 if n % 2 else -1.0
    heading = cog + side * float(rng.uniform(60, 120))
    meet = moved((lat, lon), cog, MISS_NM)
    kn = float(rng.uniform(4.5, 8.0))
    run_h = 0.8
    pen = Pen(
        at_s=meet_s - (run_h + 1.0) * HOUR, place=moved(moved(meet, heading + 180.0, kn * run_h), heading + 90.0, 1.5)
    )
    pen.run(moved(meet, heading + 180.0, kn * run_h), 1.5).run(moved(meet, heading, kn * 0.25), kn)
    # Afterwards it goes to the nearest ground: only what is planted happens on the lane.
    ground = min(chart.GROUNDS, key=lambda place: distance_nm(place, meet))
    pen.run(ground, boat.cruise_kn)
    boat.track.order(-math.inf, act.fish(pen, rng, ground, meet_s + 48 * HOUR, 3.0).legs())
    for actor in (ship, boat):
        _mark(actor, "collision")
    return [
        PlannedEvent(
            kind="collision",
            target_ids=(ship.id, boat.id),
            from_at=_at(meet_s - run_h * HOUR),
            until_at=_at(meet_s),
            lat_deg=meet[0],
            lon_deg=meet[1],
            note=f"closest approach about {MISS_NM} nmi",
        ),
    ]


def _good_place(ship: Actor, at_s: float) -> bool:
    fix = ship.track.at([at_s - 3000.0, at_s, at_s + 900.0])
    inside = (fix.lat_deg > chart.OPEN_SOUTH + 0.08) & (fix.lat_deg < chart.OPEN_NORTH - 0.08) & (fix.lon_deg > 121.42)
    turns = np.abs((np.diff(fix.cog_deg) + 180.0) % 360.0 - 180.0)
    return bool(inside.all() and (fix.sog_kn > 6).all() and (turns < 8.0).all() and (fix.lon_deg < 122.2).all())


def _steer_merchant(ship: Actor, meet_s: float, rng: np.random.Generator) -> None:
    """Give a ship a straight course through the middle of the box at the time of meeting."""
    kn, lat = float(rng.uniform(10, 14)), float(rng.uniform(27.45, 27.85))
    lon = 121.85 + (lat - 27.0) * 0.22 + float(rng.uniform(-0.02, 0.02))
    pen = Pen(at_s=meet_s - 2.5 * HOUR, place=moved((lat, lon), 195.0, kn * 2.5))
    ship.track.order(-math.inf, pen.run(moved((lat, lon), 15.0, kn * 2.5), kn).legs())


def _formation_left(stage: Stage, event: EventSettings, n: int) -> list[PlannedEvent]:
    """A boat of a group sails away from all its mates."""
    at_s = stage.anchor_s + event.at_s
    afloat = _fishing_at_sea(stage, at_s)
    groups: dict[str, list[Actor]] = {}
    for actor in afloat:
        if actor.label.group:
            groups.setdefault(actor.label.group, []).append(actor)
    ready = sorted((g, m) for g, m in groups.items() if len(m) > 1)
    if not ready:
        return []
    group, mates = ready[n % len(ready)]
    leaver = mates[0]
    place = leaver.track.place(at_s)
    centre = (
        float(np.mean([m.track.place(at_s)[0] for m in mates])),
        float(np.mean([m.track.place(at_s)[1] for m in mates])),
    )
    far = max(((27.35, 121.5), (27.9, 122.4), (27.35, 122.4), (27.9, 121.5)), key=lambda p: distance_nm(centre, p))
    rng = generator(stage.seed, f"formation {event.at_s} {n}")
    pen = Pen(at_s=at_s, place=place).run(far, leaver.cruise_kn)
    gone_s = at_s + 9.0 / leaver.cruise_kn * HOUR
    leaver.track.order(at_s, act.fish(pen, rng, far, at_s + 60 * HOUR, 3.0).legs())
    _mark(leaver, "formation_left")
    return [
        PlannedEvent(
            kind="formation_left", target_ids=(leaver.id, *(m.id for m in mates[1:])), from_at=_at(gone_s), note=group
        )
    ]


def _storm_return(stage: Stage, event: EventSettings, n: int) -> list[PlannedEvent]:
    """Every boat at sea is recalled and runs to the nearest shelter; `count` - 1 of them do not obey."""
    if n:
        return []
    at_s = stage.anchor_s + event.at_s
    rng = generator(stage.seed, f"storm return {event.at_s}")
    boats = _fishing_at_sea(
        stage,
        at_s,
        "registered",
        "unregistered",
        "borrowed_identity",
        "several_mmsi",
        "shared_mmsi",
        "misconfigured",
        "unidentified",
        "unknown",
    )
    stubborn = event.count - 1
    planned = []
    for i, boat in enumerate(boats):
        delay_s = float(rng.uniform(0.05, 2.0)) * HOUR
        if i < stubborn:
            _mark(boat, "storm_stayed")
            planned.append(PlannedEvent(kind="storm_stayed", target_ids=(boat.id,), from_at=_at(at_s)))
            continue
        start_s = at_s + delay_s
        place = boat.track.place(start_s)
        port = min(chart.PORTS, key=lambda p: _way_nm(place, p))
        pen = Pen(at_s=start_s, place=place)
        pen.follow([*reversed(port.way), act.berth(port, rng)], boat.cruise_kn)
        home_s = pen.at_s
        boat.track.order(start_s, pen.stay(home_s + 1000 * HOUR).legs())
        _mark(boat, "storm_return")
        planned.append(
            PlannedEvent(
                kind="storm_return", target_ids=(boat.id,), from_at=_at(start_s), until_at=_at(home_s), note=port.id
            )
        )
    return planned


def _way_nm(place: Point, port: chart.Port) -> float:
    points = [place, *reversed(port.way), port.berth]
    return sum(distance_nm(a, b) for a, b in itertools.pairwise(points))


def _silence(stage: Stage, event: EventSettings, n: int) -> list[PlannedEvent]:
    """A registered boat at sea switches its AIS off and goes on fishing."""
    at_s = stage.anchor_s + event.at_s
    afloat = [a for a in _fishing_at_sea(stage, at_s) if not a.label.events]
    if not afloat:
        return []
    boat = afloat[n % len(afloat)]
    until_s = at_s + event.for_s if event.for_s else 1e18
    boat.transponders = tuple(replace(t, silent=(*t.silent, (at_s, until_s))) for t in boat.transponders)
    _mark(boat, "silence")
    place = boat.track.place(at_s)
    return [
        PlannedEvent(
            kind="silence",
            target_ids=(boat.id,),
            from_at=_at(at_s),
            until_at=_at(until_s) if event.for_s else None,
            lat_deg=place[0],
            lon_deg=place[1],
        ),
    ]


def _rendezvous(stage: Stage, event: EventSettings, n: int) -> list[PlannedEvent]:
    """Two boats lie alongside each other at sea for two and a half hours."""
    at_s = stage.anchor_s + event.at_s
    afloat = [a for a in _fishing_at_sea(stage, at_s - HOUR) if not a.label.events]
    if len(afloat) < 2:
        return []
    first = afloat[n % len(afloat)]
    start = first.track.place(at_s - HOUR)
    second = min((a for a in afloat if a is not first), key=lambda a: distance_nm(a.track.place(at_s - HOUR), start))
    other = second.track.place(at_s - HOUR)
    meet = (start[0] + other[0]) / 2, (start[1] + other[1]) / 2
    rng = generator(stage.seed, f"rendezvous {event.at_s} {n}")
    end_s = at_s
    for boat, apart in ((first, 0.0), (second, 0.07)):
        place = boat.track.place(at_s - HOUR)
        goal = moved(meet, 90.0, apart)
        pen = Pen(at_s=at_s - HOUR, place=place)
        pen.run(goal, max(distance_nm(place, goal), 0.5))
        pen.stay(at_s, UNDER_WAY)
        pen.run(moved(goal, 200.0, 1.0), 0.4)
        end_s = pen.at_s
        boat.track.order(at_s - HOUR, act.fish(pen, rng, goal, at_s + 60 * HOUR, 3.0).legs())
        _mark(boat, "rendezvous")
    return [
        PlannedEvent(
            kind="rendezvous",
            target_ids=(first.id, second.id),
            from_at=_at(at_s),
            until_at=_at(end_s),
            lat_deg=meet[0],
            lon_deg=meet[1],
        )
    ]


def _receiver_down(stage: Stage, event: EventSettings, n: int) -> list[PlannedEvent]:
    """An AIS receiver hears nothing: rx1 for the first, rx2 for the second."""
    name = chart.RECEIVERS[n % len(chart.RECEIVERS)].name
    start_s = stage.anchor_s + event.at_s
    end_s = start_s + event.for_s if event.for_s else 1e18
    stage.outages.setdefault(name, []).append((start_s, end_s))
    return [
        PlannedEvent(
            kind="receiver_down", target_ids=(name,), from_at=_at(start_s), until_at=_at(end_s) if event.for_s else None
        )
    ]


EVENT_KINDS: Mapping[str, Callable[[Stage, EventSettings, int], list[PlannedEvent]]] = {
    "sart": _sart,
    "sart_test": _sart_test,
    "mob": _mob,
    "epirb": _epirb,
    "intrusion": _intrusion,
    "dark_run": _dark_run,
    "collision": _collision,
    "formation_left": _formation_left,
    "storm_return": _storm_return,
    "silence": _silence,
    "rendezvous": _rendezvous,
    "receiver_down": _receiver_down,
}
"""Everything a scenario may plant in the traffic."""


def play(stage: Stage, events: tuple[EventSettings, ...]) -> tuple[PlannedEvent, ...]:
    """Plant the events in their order and return what was planted."""
    planned: list[PlannedEvent] = []
    for event in events:
        for n in range(max(event.count, 1)):
            planned += EVENT_KINDS[event.kind](stage, event, n)
    return tuple(sorted(planned, key=lambda p: (p.from_at, p.kind, p.target_ids)))
