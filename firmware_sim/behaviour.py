"""What boats do all day: each function returns a track that a kind of boat would follow, seeded and endless."""

import math
from itertools import pairwise

import numpy as np

from firmware_sim import chart
from firmware_sim.chart import Point, Port
from firmware_sim.noise import generator
from firmware_sim.tracks import (
    AT_ANCHOR,
    FISHING,
    MOORED,
    UNDER_WAY,
    Adrift,
    Legs,
    Pen,
    Track,
    course,
    distance_nm,
    moved,
)

HOUR = 3600.0
DAY = 86_400.0


def _rng(seed: int, name: str, k: int) -> np.random.Generator:
    return generator(seed, f"{name} {k}")


def inside(point: Point, margin: float = 0.02) -> Point:
    """Return the point held inside the open box."""
    lat = min(max(point[0], chart.OPEN_SOUTH + margin), chart.OPEN_NORTH - margin)
    return lat, min(max(point[1], chart.OPEN_WEST + margin), chart.OPEN_EAST - margin)


def berth(port: Port, rng: np.random.Generator) -> Point:
    """Return a berth of a port, boats lie within about 150 m of each other."""
    return port.berth[0] + rng.normal(0.0, 0.0006), port.berth[1] + rng.normal(0.0, 0.0006)


def fish(pen: Pen, rng: np.random.Generator, ground: Point, until_s: float, kn: float, spread_nm: float = 3.0) -> Pen:
    """Tow or shoot gear about a ground until a time: hours on a course at fishing speed, short stops, turns."""
    heading = rng.uniform(0.0, 360.0)
    while pen.at_s < until_s:
        heading += rng.uniform(-150.0, 150.0)
        tow_s = min(rng.uniform(0.8, 2.4) * HOUR, until_s - pen.at_s)
        legs = max(1, round(tow_s / 900.0))
        for _ in range(legs):
            back = distance_nm(pen.place, ground) > spread_nm
            heading = course(pen.place, ground) + rng.normal(0.0, 20.0) if back else heading + rng.normal(0.0, 12.0)
            speed = max(kn + rng.normal(0.0, 0.25), 1.2)
            pen.run(inside(moved(pen.place, heading, speed * tow_s / legs / HOUR)), speed, FISHING)
        if pen.at_s < until_s:
            pause = min(rng.uniform(0.2, 0.5) * HOUR, until_s - pen.at_s)
            pen.run(inside(moved(pen.place, heading, 0.7 * pause / HOUR)), 0.7, FISHING)
    return pen


def day_boat(seed: int, name: str, port: Port, ground: Point, *, kn: float, tow_kn: float, anchor_s: float) -> Track:
    """Out before dawn, fishing until afternoon, home again: a gill-netter or small trawler."""
    home = berth(port, _rng(seed, name, -99))
    leave_h = 3.0 + 2.0 * float(_rng(seed, name, -98).random())

    def draw(k: int, start_s: float) -> Legs:
        rng = _rng(seed, name, k)
        pen = Pen(at_s=start_s, place=home)
        pen.stay(start_s + (leave_h + rng.normal(0.0, 0.3)) * HOUR, MOORED)
        goal = inside(moved(ground, rng.uniform(0, 360), rng.uniform(0, 2.5)))
        pen.follow([*port.way, goal], kn)
        fish(pen, rng, goal, start_s + (14.0 + rng.normal(0, 0.7)) * HOUR, tow_kn)
        pen.follow([*reversed(port.way), home], kn)
        return pen.stay(start_s + DAY, MOORED).legs()

    midnight = math.floor((anchor_s + 8 * HOUR) / DAY) * DAY - 8 * HOUR
    return Track(draw, origin_s=midnight, period_s=DAY)


def trawler(seed: int, name: str, ground: Point, *, tow_kn: float, anchor_s: float, spread_nm: float = 5.0) -> Track:
    """Day and night within about `spread_nm` of a ground's centre, four days a block."""

    def draw(k: int, start_s: float) -> Legs:
        pen = Pen(at_s=start_s, place=ground)
        fish(pen, _rng(seed, name, k), ground, start_s + 94 * HOUR, tow_kn, spread_nm=spread_nm)
        pen.run(ground, max(distance_nm(pen.place, ground) / ((start_s + 96 * HOUR - pen.at_s) / HOUR), 0.4))
        return pen.legs()

    return Track(draw, origin_s=anchor_s - 20 * HOUR, period_s=96 * HOUR)


def lying(place: Point, *, anchor_s: float, status: int = MOORED) -> Track:
    """Moored or at anchor, all the time."""
    return Track(
        lambda k, start_s: Pen(at_s=start_s, place=place).stay(start_s + 100 * DAY, status).legs(),
        origin_s=anchor_s - 50 * DAY,
        period_s=100 * DAY,
    )


def at_anchor(seed: int, name: str, place: Point, *, anchor_s: float, swing_nm: float = 0.08) -> Track:
    """At anchor, swinging with the tide about every six hours."""

    def draw(k: int, start_s: float) -> Legs:
        rng = _rng(seed, name, k)
        pen = Pen(at_s=start_s, place=moved(place, 110.0, swing_nm))
        for turn in range(1, 5):
            pen.stay(start_s + (turn * 6.0 - 0.7) * HOUR, AT_ANCHOR)
            side = 290.0 if turn % 2 else 110.0
            goal = moved(place, side + rng.normal(0, 5), swing_nm) if turn < 4 else moved(place, 110.0, swing_nm)
            pen.run(goal, distance_nm(pen.place, goal) / 0.7, AT_ANCHOR)
        return pen.legs()

    return Track(draw, origin_s=anchor_s - DAY, period_s=DAY)


def voyage(
    seed: int,
    name: str,
    way: tuple[Point, ...],
    *,
    kn: float,
    lateral_nm: float,
    phase: float,
    anchor_s: float,
) -> Track:
    """Along a lane and back again as the next voyage; `lateral_nm` to starboard, `phase` 0..1 at the anchor."""
    length = sum(distance_nm(a, b) for a, b in pairwise(way))
    period_s = (1.01 * length + 2.0 * lateral_nm + 0.5) / kn * HOUR

    def draw(k: int, start_s: float) -> Legs:
        rng = _rng(seed, name, k)
        points = list(way if k % 2 == 0 else reversed(way))
        pen = Pen(at_s=start_s, place=moved(points[0], course(points[0], points[1]) + 90.0, lateral_nm))
        for a, b in pairwise(points):
            starboard = course(a, b) + 90.0
            # Ships wander a little about their course line, less in narrow waters.
            for part in (0.33, 0.66):
                middle = a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part
                pen.run(moved(middle, starboard, lateral_nm * (1.0 + rng.normal(0.0, 0.1))), kn)
            pen.run(moved(b, starboard, lateral_nm), kn)
        # Beyond everyone's hearing it turns round and takes the other side of the lane.
        other_side = moved(points[-1], course(points[-1], points[-2]) + 90.0, lateral_nm)
        left_h = max((start_s + period_s - pen.at_s) / HOUR, 0.02)
        return pen.run(other_side, max(distance_nm(pen.place, other_side) / left_h, 0.5)).legs()

    return Track(draw, origin_s=anchor_s - phase * period_s, period_s=period_s)


def shuttle(seed: int, name: str, port: Port, way: tuple[Point, ...], *, kn: float, anchor_s: float) -> Track:
    """A ferry or work boat: from port to a place and back twice a day, waiting at both ends."""
    home = berth(port, _rng(seed, name, -99))

    def draw(k: int, start_s: float) -> Legs:
        rng = _rng(seed, name, k)
        pen = Pen(at_s=start_s, place=home)
        for leave_h in (6.5, 13.0):
            pen.stay(start_s + (leave_h + rng.normal(0.0, 0.3)) * HOUR, MOORED)
            pen.follow(way, kn)
            pen.stay(pen.at_s + rng.uniform(1.5, 3.0) * HOUR, UNDER_WAY)
            pen.follow([*reversed(way[:-1]), home], kn)
        return pen.stay(start_s + DAY, MOORED).legs()

    midnight = math.floor((anchor_s + 8 * HOUR) / DAY) * DAY - 8 * HOUR
    return Track(draw, origin_s=midnight, period_s=DAY)


def gear_buoy(seed: int, name: str, place: Point, *, anchor_s: float, hauled: bool) -> Track:
    """A net buoy on its gear, following part of the tide; `hauled` ones ride home on a deck once during the run."""
    rng = _rng(seed, name, 0)
    track = Adrift(
        place,
        origin_s=anchor_s - 30 * HOUR,
        hold=float(rng.choice([0.03, 0.06, 0.5, 0.9])),
        set_kn=float(rng.uniform(0.0, 0.12)),
        set_deg=float(rng.uniform(0, 360)),
    )
    if hauled:
        start = anchor_s + rng.uniform(0.2, 1.5) * HOUR
        pen = Pen(at_s=start, place=track.place(start))
        pen.run(inside(moved(pen.place, rng.uniform(0, 360), 2.5)), float(rng.uniform(6, 8.5)))
        track.order(start, pen.legs())
    return track


def patrol_flight(seed: int, name: str, *, anchor_s: float) -> Track:
    """A rescue aircraft on its rounds over the sea."""
    corners = ((27.90, 121.35), (27.90, 122.10), (27.45, 122.10), (27.45, 121.35))
    period_s = sum(distance_nm(a, b) for a, b in zip(corners, (*corners[1:], corners[0]), strict=True)) / 120.0 * HOUR
    return Track(
        lambda k, start_s: Pen(at_s=start_s, place=corners[0]).follow((*corners[1:], corners[0]), 120.0).legs(),
        origin_s=anchor_s - 600.0,
        period_s=period_s,
    )
