"""How long the safety rules take: all relevant pairs of 5,000 boats, and one full pass over 20,000 targets.

    python benchmarks/safety_speed.py [--quick] [--json] [--seed N]

Method: a seeded sea in memory, numpy and scipy on one thread. `pairs_5000_s` is motion, candidate pairs and closest
approaches of 5,000 boats (a fifth merchants) in 60 x 60 nmi; `pass_20000_s` is one look at 20,000 live targets in
240 x 240 nmi with six hours of track: fleet from rows, tracks, distress, collision, zones, anchors, fishing and closed
season, formation, silence, encounters, crew. Medians of several runs. The storm rule looks every five minutes and is
timed apart (`storm_200_s`, 200 exposed boats).
"""

import argparse
import json
import os
import platform
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import shapely

from core.position import PositionSource
from core.target import TargetClass
from services.judges.safety_rules import SafetyRules, load_rules
from vessels import (
    anchor_drag,
    coast,
    collision,
    crew,
    distress,
    encounter,
    fishing,
    formation,
    motion,
    season,
    shelter_routes,
    silence,
    storm,
    zones,
)
from vessels.fleet import Fleet, RegisterFacts, Target
from vessels.storm_weather import WeatherGrid
from vessels.track_grid import BIN_S, BINS, TrackGrid
from vessels.zones import Zone, ZoneIndex

ROOT = Path(__file__).resolve().parents[1]
AT = datetime(2026, 10, 10, 4, 0, tzinfo=UTC)
NONE: frozenset[str] = frozenset()


def sea(draw: np.random.Generator, count: int, side_nm: float, merchants: float) -> list[Target]:
    """Return boats spread over a square of `side_nm`, a part of them merchants, boats in groups of ten."""
    lat = 27.0 + np.repeat(draw.uniform(0, side_nm / 60, count // 10), 10) + draw.normal(0, 0.03, count)
    lon = 121.5 + np.repeat(draw.uniform(0, side_nm / 53, count // 10), 10) + draw.normal(0, 0.03, count)
    is_merchant = draw.random(count) < merchants
    kn = np.where(is_merchant, draw.uniform(8, 18, count), draw.uniform(0, 9, count))
    cog, age = draw.uniform(0, 360, count), draw.uniform(0, 180, count)
    return [
        Target(
            mmsi=(477_000_000 if is_merchant[i] else 412_300_000) + i,
            observed_at=AT - timedelta(seconds=float(age[i])),
            lat_deg=float(lat[i]),
            lon_deg=float(lon[i]),
            sog_kn=float(kn[i]),
            cog_deg=float(cog[i]),
            nav_status=0,
            source=PositionSource.AIS_A if is_merchant[i] else PositionSource.AIS_B,
            kind=TargetClass.MERCHANT if is_merchant[i] else TargetClass.REGISTERED,
            length_m=180.0 if is_merchant[i] else 32.0,
            register=None if is_merchant[i] else facts(i),
        )
        for i in range(count)
    ]


def facts(i: int) -> RegisterFacts:
    """Return a register row of the i-th fishing boat."""
    return RegisterFacts(
        name_zh=f"浙洞渔{i:05d}", gear="单船拖网", length_m=32.0, power_kw=300.0, max_persons=10, group=f"g{i // 10}"
    )


def with_history(targets: list[Target]) -> tuple[motion.RecentTracks, TrackGrid]:
    """Return seven minutes of half-minute fixes and six hours of bins, boats sailing straight."""
    fleet = Fleet.of(targets, at=AT)
    tracks, grid = motion.RecentTracks(len(fleet)), TrackGrid(len(fleet))
    u, v = motion.velocity_kn(fleet.sog_kn, fleet.cog_deg)

    def push(into: motion.RecentTracks | TrackGrid, back_s: float) -> None:
        hours = back_s / 3600
        lat = fleet.lat_deg - v * hours / 60
        lon = fleet.lon_deg - u * hours / 60 / np.cos(np.radians(fleet.lat_deg))
        unix_s = AT.timestamp() - fleet.age_s - back_s
        into.push(fleet.mmsi, unix_s, lat, lon, fleet.sog_kn, fleet.cog_deg)

    for back in range(420, 0, -35):
        push(tracks, back)
    for back in range(BINS - 1, 0, -1):
        push(grid, back * BIN_S)
    return tracks, grid


def pairs_pass(targets: list[Target], tracks: motion.RecentTracks, rules: SafetyRules) -> int:
    """Return how many pairs were found near danger."""
    fleet = Fleet.of(targets, at=AT)
    moving = motion.estimate(fleet, tracks)
    first, second = collision.candidate_pairs(fleet, moving, rules.collision)
    pairs = collision.approaches(fleet, moving, first, second, rules.collision)
    return int(collision.dangerous(pairs, rules.collision).sum()) + 0 * len(first)


def full_pass(
    targets: list[Target], tracks: motion.RecentTracks, grid: TrackGrid, index: ZoneIndex, rules: SafetyRules,
    places: fishing.Places,
) -> int:  # fmt: skip
    """Return how many findings one look at everything gives."""
    fleet = Fleet.of(targets, at=AT)
    tracks.push_fleet(fleet)
    grid.push_fleet(fleet)
    hours = grid.of(fleet.mmsi)
    quiet = index.quiet(fleet.lat_deg, fleet.lon_deg)
    off = np.zeros(len(fleet), dtype=bool)
    found = distress.judge([], fleet, [], rules.distress, NONE, at=AT)
    found += collision.judge(fleet, motion.estimate(fleet, tracks), rules.collision, NONE, quiet=quiet)[0]
    found += zones.judge(fleet, index, hours, rules.zones, NONE)
    found += anchor_drag.judge(fleet, index, hours, rules.zones, NONE)
    doing = fishing.watch(fleet, hours, places, rules.fishing)
    found += season.judge(fleet, doing, hours, rules.season, rules.fishing, {}, NONE)
    found += formation.judge(fleet, formation.groups_of(fleet, []), off, {}, rules.formation, NONE)
    found += silence.judge(fleet, off, silence.heard_nearby(fleet, rules.silence), {}, {}, rules.silence, NONE)
    found += encounter.judge(fleet, hours, off, rules.encounter, NONE)
    found += crew.judge(fleet, off, {}, rules.crew, NONE, reporting=False)
    return len(found)


def some_zones(draw: np.random.Generator) -> list[Zone]:
    """Return forty zones of all purposes in the square."""
    purposes = ("cage_farm", "wind_farm", "fairway", "anchorage", "high_risk", "closed_area", "port")
    found = []
    for i in range(40):
        south, west = 27 + draw.uniform(0, 3.9), 121.5 + draw.uniform(0, 4.4)
        size = 0.01 if i % 7 == 0 else 0.08
        shape = shapely.box(west, south, west + size, south + size)
        found.append(
            Zone(zone_id=f"z{i}", name_zh="区", purpose=purposes[i % 7], geometry=shape, buffer_m=500.0 * (i % 7 == 0))
        )
    return found


def storm_time(draw: np.random.Generator, rules: SafetyRules, runs: int) -> float:
    """Return the median time of the storm rule for 200 boats that are all exposed. [s]"""
    box = coast.region(27.2, 120.4, 28.4, 122.6)
    routes = shelter_routes.build(box, rules.shelter.shelters[:6], step_nm=0.3, cache_dir=coast.default_cache_dir())
    unix_s = AT.timestamp() + np.arange(97) * 3600.0
    lat, lon = np.linspace(27, 28.6, 17), np.linspace(120.2, 122.8, 27)
    wind = np.broadcast_to(np.linspace(6, 40, 97)[:, None, None], (97, 17, 27)).copy()
    weather = WeatherGrid(unix_s=unix_s, lat_deg=lat, lon_deg=lon, wind_mps=wind, hs_m=wind * 0.2)
    boats = [
        Target(
            mmsi=412_300_000 + i, observed_at=AT, lat_deg=float(draw.uniform(27.3, 28.3)),
            lon_deg=float(draw.uniform(121.5, 122.4)), source=PositionSource.AIS_B, register=facts(i),
        )
        for i in range(200)
    ]  # fmt: skip
    fleet = Fleet.of(boats, at=AT)
    return median_s(lambda: len(storm.judge(fleet, weather, routes, rules.storm, NONE)), runs)


def median_s(work: Callable[[], int], runs: int, clock: Callable[[], float] = time.perf_counter) -> float:
    """Return the median time of several runs after one warm-up, by the wall or by the CPU. [s]"""
    work()
    times = []
    for _ in range(runs):
        start = clock()
        work()
        times.append(clock() - start)
    return statistics.median(times)


def measure(seed: int, runs: int) -> dict[str, object]:
    """Return all figures."""
    rules = load_rules(ROOT / "config" / "rules")
    draw = np.random.default_rng(seed)
    five = sea(draw, 5000, 60.0, 0.2)
    pairs_tracks, _ = with_history(five)
    many = sea(draw, 20_000, 240.0, 0.1)
    tracks, grid = with_history(many)
    index = ZoneIndex(some_zones(draw), AT, rules.zones)
    places = fishing.Places(cages=np.array([[27.8, 121.2], [28.0, 122.0]]), ports=np.array([[27.865, 121.12]]))
    fleet = Fleet.of(five, at=AT)
    first, _ = collision.candidate_pairs(fleet, motion.estimate(fleet, pairs_tracks), rules.collision)

    def pairs() -> int:
        return pairs_pass(five, pairs_tracks, rules)

    def everything() -> int:
        return full_pass(many, tracks, grid, index, rules, places)

    return {
        "pairs_5000_s": round(median_s(pairs, runs), 4),
        "pass_20000_s": round(median_s(everything, runs), 4),
        "pairs_5000_cpu_s": round(median_s(pairs, runs, time.process_time), 4),
        "pass_20000_cpu_s": round(median_s(everything, runs, time.process_time), 4),
        "storm_200_s": round(storm_time(draw, rules, runs), 4),
        "pairs_looked_at": len(first),
        "findings_in_pass": everything(),
        "seed": seed,
        "runs": runs,
        "method": "median of runs, one thread, seeded sea in memory",
        "machine": machine(),
    }


def machine() -> str:
    """Return what the figures were taken on."""
    load = os.getloadavg()[0]
    return f"{platform.machine()} {os.cpu_count()} cores, load {load:.1f}, python {platform.python_version()}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer runs")
    parser.add_argument("--json", action="store_true", help="last line is one JSON object")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    figures = measure(options.seed, 3 if options.quick else 9)
    for name, value in figures.items():
        print(f"{name:>18}: {value}")
    if options.json:
        print(json.dumps(figures, ensure_ascii=False))


if __name__ == "__main__":
    main()
