"""What the safety judge keeps between two looks. All of it can be made anew from the store and the rule files."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from services.judges.safety_rules import SafetyRules, load_rules
from store.safety import Particulars
from vessels import coast, crew, shelter_routes
from vessels.collision import PairMemory
from vessels.crew import TripReport
from vessels.distress_help import Refuge
from vessels.fishing import Places
from vessels.fleet import Fleet, Floats, RegisterFacts
from vessels.motion import WINDOW_S, RecentTracks
from vessels.season import SeasonPermit, SeasonRules
from vessels.shelter_routes import SeaRoutes
from vessels.track_grid import BIN_S, BINS, TrackGrid
from vessels.zones import Zone, ZoneIndex

SLOW_REFRESH = timedelta(seconds=60)
"""Register, static data, zones and reports change slowly: they are read again this often."""
LIVE_FOR = timedelta(hours=48)
"""A target is kept in the picture this long after its last report; each rule has its own, shorter age limit."""
STATICS_FOR = timedelta(days=3)
REPORTING_FOR = timedelta(days=7)
"""A district from which no trip report came for this long does not use them."""


@dataclass
class Paper:
    """What the register, the desk and the notices say."""

    particulars: dict[int, Particulars] = field(default_factory=dict)
    register: dict[int, RegisterFacts] = field(default_factory=dict)
    refuges: list[Refuge] = field(default_factory=list)
    zones: list[Zone] = field(default_factory=list)
    season: SeasonRules | None = None
    permits: Mapping[int, Sequence[SeasonPermit]] = field(default_factory=dict)
    trips: dict[int, TripReport] = field(default_factory=dict)
    reporting: bool = False
    groups: list[tuple[int, str]] = field(default_factory=list)
    contacts: dict[int, datetime] = field(default_factory=dict)

    def aboard(self) -> dict[int, int]:
        """Return people aboard by MMSI, from departure reports."""
        return {mmsi: t.persons for mmsi, t in self.trips.items() if t.persons is not None}


async def read_paper(store: Any, rules: SafetyRules, at: datetime) -> Paper:
    """Return everything that changes slowly."""
    reports = await store.trips.reports(at - timedelta(hours=rules.crew.trip_hours))
    entered = await store.seasons.rules()
    return Paper(
        particulars=await store.safety.particulars(at - STATICS_FOR),
        register=await store.safety.register(),
        refuges=await store.safety.refuges(),
        zones=await store.zones.all(),
        season=replace(rules.season, rules=tuple(entered)) if entered else rules.season,
        permits=await store.seasons.permits(at),
        trips=crew.open_trips(reports, at, rules.crew),
        reporting=any(r.at > at - REPORTING_FOR for r in reports),
        groups=await store.trips.groups(at),
        contacts=await store.trips.last_contacts(at - timedelta(days=2)),
    )


@dataclass
class Memory:
    """State of one judge process; empty after a restart and then filled from the store."""

    rules_dir: Path | None = None
    rules: SafetyRules | None = None
    paper: Paper = field(default_factory=Paper)
    read_at: datetime | None = None
    tracks: RecentTracks | None = None
    grid: TrackGrid | None = None
    pairs: PairMemory = field(default_factory=PairMemory)
    alone_since: dict[int, datetime] = field(default_factory=dict)
    slow_at: datetime | None = None
    storm_at: datetime | None = None
    routes: "asyncio.Task[SeaRoutes] | None" = None

    def rules_of(self, rules_dir: Path) -> SafetyRules:
        """Return the rules, read once per folder."""
        if self.rules is None or self.rules_dir != rules_dir:
            self.rules, self.rules_dir = load_rules(rules_dir), rules_dir
        return self.rules

    async def fleet(self, store: Any, rules: SafetyRules, at: datetime) -> Fleet:
        """Return everything heard lately, with particulars and register rows."""
        if self.read_at is None or not timedelta(0) <= at - self.read_at < SLOW_REFRESH:
            self.paper, self.read_at = await read_paper(store, rules, at), at
        targets = await store.safety.live(at - LIVE_FOR, self.paper.particulars, self.paper.register)
        return Fleet.of(targets, at=at, max_age_s=LIVE_FOR.total_seconds())

    async def remember(self, store: Any, fleet: Fleet) -> tuple[RecentTracks, TrackGrid]:
        """Return the recent tracks and the grid of the last hours with this look added; filled after a start."""
        if self.tracks is None or self.grid is None:
            self.tracks, self.grid = RecentTracks(), TrackGrid()
            await self._fill(store, fleet.at, self.tracks, self.grid)
        self.tracks.push_fleet(fleet)
        self.tracks.forget_before((fleet.at - timedelta(hours=1)).timestamp())
        self.grid.push_fleet(fleet)
        return self.tracks, self.grid

    async def _fill(self, store: Any, at: datetime, tracks: RecentTracks, grid: TrackGrid) -> None:
        short = at - timedelta(seconds=WINDOW_S)
        fixes = await store.safety.recent_positions(short, at, timedelta(seconds=30))
        tracks.push(fixes[0].astype(np.int64), *fixes[1:])
        fixes = await store.safety.recent_positions(at - timedelta(seconds=BIN_S * BINS), at, timedelta(seconds=BIN_S))
        grid.push(fixes[0].astype(np.int64), *fixes[1:])

    def zone_index(self, rules: SafetyRules, at: datetime) -> ZoneIndex:
        """Return the zones in force as a spatial index."""
        return ZoneIndex(self.paper.zones, at, rules.zones)

    def places(self, rules: SafetyRules) -> Places:
        """Return cages and ports as points, (n, 2) lat and lon."""
        ports = [(s.lat_deg, s.lon_deg) for s in rules.shelter.shelters]
        for zone in self.paper.zones:
            if zone.purpose == "port":
                middle = zone.geometry.centroid
                ports.append((middle.y, middle.x))
        cages = [(r.lat_deg, r.lon_deg) for r in self.paper.refuges]
        return Places(cages=_points(cages), ports=_points(ports))

    def sea_routes(self, rules: SafetyRules) -> SeaRoutes | None:
        """Return the routes; searched in a thread after a start, None until that is done."""
        if self.routes is None:
            self.routes = asyncio.get_running_loop().create_task(asyncio.to_thread(build_routes, rules))
        if not self.routes.done():
            return None
        task = self.routes
        if task.exception() is not None:
            self.routes = None  # tried anew at the next look
            raise task.exception() or RuntimeError("routes")
        return task.result()


def build_routes(rules: SafetyRules) -> SeaRoutes:
    """Return the sea routes of the rules' shelters, kept in the user's cache folder."""
    box = rules.shelter
    folder = coast.default_cache_dir()
    land = coast.region(box.south_deg, box.west_deg, box.north_deg, box.east_deg, cache_dir=folder)
    return shelter_routes.build(land, box.shelters, step_nm=box.step_nm, cache_dir=folder)


def _points(pairs: Sequence[tuple[float, float]]) -> Floats:
    return np.array(pairs, dtype=np.float64).reshape(-1, 2)
