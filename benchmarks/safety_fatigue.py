"""A day of a crowded sea: are the real dangers raised in time, and how often are people called for nothing?

    python benchmarks/safety_fatigue.py [--quick] [--json] [--seed N] [--hours H]

Method: 24 simulated hours of the simulator's scenario `busy` (400 targets, six pairs on a real collision course; all
others give way as seafarers do, `firmware_sim.giveway`), one report a minute with the noise of AIS (position 8 m,
course 2 deg, speed 0.1 kn, one sigma), judged every 30 s by the collision rule with the shipped limits. An officer
acknowledges every alarm at once; an alarm stays open until the rule clears it. `raised`: planted pairs raised before
TCPA 10 min. `false_alarms` is strict: every pair raised that is not planted, whatever happened later. How they ended is
told apart: `resolved_alarms` of them ended because one of the two gave way at about that time; `near_passes` of them
really passed within 0.1 nmi (185 m: the length of a ship of the lane, so a collision but for luck). `repeats`: a pair
raised again within two hours of its alarm's end.
"""

import argparse
import json
import math
import os
import platform
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from core.finding import Condition
from core.geo import range_nm
from core.position import Position
from core.settings import build, load_toml
from core.target import TargetClass
from firmware_sim.cast import Actor
from firmware_sim.traffic import Traffic, build_traffic
from vessels import collision, motion
from vessels.collision import CollisionRules
from vessels.fleet import Fleet, RegisterFacts, Target

ROOT = Path(__file__).resolve().parents[1]
ANCHOR = datetime(2026, 10, 10, tzinfo=UTC)
LOOK = timedelta(seconds=30)
IN_TIME_S = 600.0
REPEAT = timedelta(hours=2)
NEAR_NM = 0.1


@dataclass
class Tally:
    """What the day brought."""

    first: dict[str, datetime] = field(default_factory=dict)
    ended: dict[str, datetime] = field(default_factory=dict)
    open: set[str] = field(default_factory=set)
    repeats: int = 0
    alarms: int = 0

    def take(self, key: str, condition: Condition, at: datetime) -> None:
        """Keep what one finding does to its alarm."""
        if condition is Condition.CLEARED:
            self.open.discard(key)
            self.ended[key] = at
        elif condition is Condition.ACTIVE and key not in self.open:
            self.open.add(key)
            self.alarms += 1
            self.repeats += key in self.ended and at - self.ended[key] <= REPEAT
            self.first.setdefault(key, at)


def particulars(traffic: Traffic) -> dict[int, dict[str, Any]]:
    """Return what the identity rules and the register would know of each MMSI."""
    known: dict[int, dict[str, Any]] = {}
    types = {row["name_zh"]: row["vessel_type"] for row in traffic.register_rows()}
    for label in traffic.labels:
        kind = TargetClass(label.target_class)
        facts = RegisterFacts(
            name_zh=label.name_zh or label.name, length_m=label.length_m, vessel_type=types.get(label.register_name)
        )
        told = {
            "kind": kind,
            "name": label.name,
            "ship_type": label.ship_type,
            "length_m": label.length_m,
            "register": facts if kind in (TargetClass.REGISTERED, TargetClass.EXEMPT) else None,
        }
        known |= dict.fromkeys(label.mmsis, told)
    return known


def looks(positions: Iterator[Position]) -> Iterator[tuple[datetime, list[Position]]]:
    """Yield the reports of each minute, in order."""
    minute: list[Position] = []
    for position in positions:
        if minute and position.observed_at != minute[0].observed_at:
            yield minute[0].observed_at, minute
            minute = []
        minute.append(position)
    if minute:
        yield minute[0].observed_at, minute


def noisy(minute: list[Position], draw: np.random.Generator, known: dict[int, dict[str, Any]]) -> Iterator[Target]:
    """Yield the reports of a minute as AIS would give them."""
    noise = draw.normal(0.0, (8.0, 8.0, 2.0, 0.1), (len(minute), 4)).tolist()
    for position, (north_m, east_m, turn, kn) in zip(minute, noise, strict=True):
        yield Target(
            mmsi=position.mmsi,
            observed_at=position.observed_at,
            lat_deg=position.lat_deg + north_m / 111_120,
            lon_deg=position.lon_deg + east_m / 111_120 / math.cos(math.radians(position.lat_deg)),
            source=position.source,
            sog_kn=round(max(0.0, (position.sog_kn or 0.0) + kn), 1),
            cog_deg=round(((position.cog_deg or 0.0) + turn) % 360.0, 1),
            nav_status=position.nav_status,
            **known.get(position.mmsi, {}),
        )


def run(
    traffic: Traffic, rules: CollisionRules, hours: float, seed: int, after: Sequence[timedelta] = (timedelta(0), LOOK)
) -> Tally:
    """Return what a day of looks raised."""
    draw, known, tally = np.random.default_rng(seed), particulars(traffic), Tally()
    tracks, memory = motion.RecentTracks(), collision.PairMemory()
    targets: dict[int, Target] = {}
    for minute_at, minute in looks(traffic.positions(hours, step_s=60.0)):
        targets |= {target.mmsi: target for target in noisy(minute, draw, known)}
        for at in (minute_at + a for a in after):
            fleet = Fleet.of(targets.values(), at=at)
            tracks.push_fleet(fleet)
            found, memory = collision.judge(
                fleet, motion.estimate(fleet, tracks), rules, frozenset(tally.open), memory=memory
            )
            for finding in found:
                tally.take(finding.key, finding.condition, at)
    return tally


def planted(traffic: Traffic, hours: float) -> dict[str, datetime]:
    """Return the time of meeting of each planted pair within the hours, by finding key."""
    mmsi_of = {label.target_id: label.mmsis[0] for label in traffic.labels if label.mmsis}
    end = ANCHOR + timedelta(hours=hours)
    found = {}
    for event in traffic.planned:
        if event.kind == "collision" and event.until_at is not None and event.until_at <= end:
            a, b = (mmsi_of[t] for t in event.target_ids)
            found[collision.key_of(a, b)] = event.until_at
    return found


def actors_of(traffic: Traffic, key: str) -> list[Actor]:
    """Return the two targets of a pair's finding key."""
    mmsis = {int(n) for n in key.removeprefix(f"{collision.RULE}:").split("-")}
    return [a for a in traffic.cast.actors if mmsis & set(a.label.mmsis)]


def nearest_nm(traffic: Traffic, key: str, at: datetime) -> float:
    """Return how near a raised pair really came within 25 minutes. [nmi]"""
    times = at.timestamp() + np.arange(0.0, 1500.0, 10.0)
    a, b = (actor.track.at(times) for actor in actors_of(traffic, key))
    return min(range_nm(*map(float, p)) for p in zip(a.lat_deg, a.lon_deg, b.lat_deg, b.lon_deg, strict=True))


def gave_way(traffic: Traffic, key: str, at: datetime) -> bool:
    """Return whether one of a raised pair was about to alter course, or doing so, when the alarm came."""
    return any(
        d.knots_s()[0] - 1200.0 <= at.timestamp() <= d.knots_s()[2]
        for actor in actors_of(traffic, key)
        for d in actor.track.detours
    )


def measure(seed: int, hours: float, after: Sequence[timedelta]) -> dict[str, object]:
    """Return all figures."""
    start = time.perf_counter()
    traffic = build_traffic("busy", seed, ANCHOR)
    path = ROOT / "config" / "rules" / "collision.toml"
    tally = run(traffic, build(CollisionRules, load_toml(path), where=path.name), hours, seed, after)
    real = planted(traffic, hours)
    lead_s = {key: (meet - tally.first[key]).total_seconds() for key, meet in real.items() if key in tally.first}
    unplanned = sorted(tally.first.keys() - real.keys())
    nearest = [round(nearest_nm(traffic, key, tally.first[key]), 2) for key in unplanned]
    return {
        "raised": sum(lead >= IN_TIME_S for lead in lead_s.values()),
        "planted": len(real),
        "false_alarms": len(unplanned),
        "repeats": tally.repeats,
        "resolved_alarms": sum(gave_way(traffic, key, tally.first[key]) for key in unplanned),
        "near_passes": sum(n <= NEAR_NM for n in nearest),
        "alarms": tally.alarms,
        "shortest_lead_s": min(lead_s.values(), default=None),
        "unplanned_nearest_nm": nearest[:30],
        "gave_way": sum(len(a.track.detours) for a in traffic.cast.actors),
        "targets": len(traffic.labels),
        "hours": hours,
        "wall_s": round(time.perf_counter() - start, 1),
        "seed": seed,
        "method": f"scenario busy, one noisy report a minute, {len(after)} looks a minute, shipped limits",
        "machine": machine(),
    }


def machine() -> str:
    """Return what the figures were taken on."""
    load = os.getloadavg()[0]
    return f"{platform.machine()} {os.cpu_count()} cores, load {load:.1f}, python {platform.python_version()}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a look a minute instead of every 30 s")
    parser.add_argument("--json", action="store_true", help="last line is one JSON object")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--hours", type=float, default=24.0)
    options = parser.parse_args()
    figures = measure(options.seed, options.hours, (timedelta(0),) if options.quick else (timedelta(0), LOOK))
    for name, value in figures.items():
        print(f"{name:>18}: {value}")
    if options.json:
        print(json.dumps(figures, ensure_ascii=False))


if __name__ == "__main__":
    main()
