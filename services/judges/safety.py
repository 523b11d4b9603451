"""Safety at sea: reads the live picture, asks the pure rules of `vessels`, returns their findings."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
from scipy.spatial import cKDTree

from core.finding import Condition, Finding
from services.judges import JudgeContext
from services.judges.safety_memory import Memory
from services.judges.safety_rules import SafetyRules
from services.judges.safety_weather import weather_now
from vessels import (
    anchor_drag,
    collision,
    crew,
    distress,
    distress_signals,
    encounter,
    fishing,
    formation,
    motion,
    season,
    silence,
    storm,
    zones,
)  # fmt: skip
from vessels.distress_signals import Activation
from vessels.fleet import Bools, Fleet, Floats, to_plane_nm
from vessels.motion import RecentTracks
from vessels.track_grid import TrackGrid

SLOW_EVERY = timedelta(seconds=60)
"""Fishing, formation, silence, encounters and crew change over minutes."""
STORM_EVERY = timedelta(minutes=5)


class SafetyJudge:
    """All safety rules on one picture; keeps only what it can make anew from the store."""

    def __init__(self) -> None:
        self._memory = Memory()

    async def __call__(self, context: JudgeContext) -> list[Finding]:
        """Return the findings of one look; slow rules take part once a minute, storms every five."""
        memory, at = self._memory, context.at
        rules = memory.rules_of(context.rules_dir)
        fleet = await memory.fleet(context.store, rules, at)
        findings = await judge_distress(context, rules, fleet, memory)
        tracks, grid = await memory.remember(context.store, fleet)
        findings += await asyncio.to_thread(self._fast, context, rules, fleet, tracks, grid)
        if _due(memory.slow_at, at, SLOW_EVERY):
            wind = await self._wind(context, rules, fleet)
            findings += await asyncio.to_thread(self._slow, context, rules, fleet, grid, wind)
            memory.slow_at = at
        return findings + await self._storm(context, rules, fleet)

    def _fast(
        self, context: JudgeContext, rules: SafetyRules, fleet: Fleet, tracks: RecentTracks, grid: TrackGrid
    ) -> list[Finding]:
        memory = self._memory
        index = memory.zone_index(rules, context.at)
        findings, memory.pairs = collision.judge(
            fleet,
            motion.estimate(fleet, tracks),
            rules.collision,
            context.open_keys,
            quiet=index.quiet(fleet.lat_deg, fleet.lon_deg),
            memory=memory.pairs,
        )
        hours = grid.of(fleet.mmsi)
        findings += zones.judge(fleet, index, hours, rules.zones, context.open_keys)
        return findings + anchor_drag.judge(fleet, index, hours, rules.zones, context.open_keys)

    def _slow(
        self, context: JudgeContext, rules: SafetyRules, fleet: Fleet, grid: TrackGrid,
        wind: Mapping[int, tuple[float, float]],
    ) -> list[Finding]:  # fmt: skip
        memory, paper, keys = self._memory, self._memory.paper, context.open_keys
        hours, places = grid.of(fleet.mmsi), memory.places(rules)
        off_nm = off_port_nm(fleet, places.ports)
        doing = fishing.watch(fleet, hours, places, rules.fishing)
        findings = season.judge(fleet, doing, hours, paper.season or rules.season, rules.fishing, paper.permits, keys)
        findings += self._formation(rules, fleet, off_nm <= rules.formation.port_nm, keys)
        findings += silence.judge(
            fleet,
            off_nm <= rules.silence.port_nm,
            silence.heard_nearby(fleet, rules.silence),
            wind,
            paper.aboard(),
            rules.silence,
            keys,
        )
        findings += encounter.judge(fleet, hours, off_nm <= rules.encounter.port_nm, rules.encounter, keys)
        in_port = off_nm <= rules.crew.port_nm
        return findings + crew.judge(fleet, in_port, paper.trips, rules.crew, keys, reporting=paper.reporting)

    def _formation(self, rules: SafetyRules, fleet: Fleet, in_port: Bools, keys: frozenset[str]) -> list[Finding]:
        """Return formation findings; the hour of contact runs from when a boat was first alone."""
        memory = self._memory
        groups = formation.groups_of(fleet, memory.paper.groups)
        contacts = memory.alone_since | memory.paper.contacts
        found = formation.judge(fleet, groups, in_port, contacts, rules.formation, keys)
        alone = {int(f.subject.id) for f in found if f.condition is Condition.ACTIVE}
        memory.alone_since = {m: memory.alone_since.get(m, fleet.at) for m in alone}
        return found

    async def _wind(self, context: JudgeContext, rules: SafetyRules, fleet: Fleet) -> dict[int, tuple[float, float]]:
        """Return (speed, direction it comes from) at the last place of boats long silent."""
        store, at = context.store, context.at
        field = await store.forecasts.sea_field(at) if hasattr(store, "forecasts") else None
        if field is None:
            return {}
        found = {}
        for row in np.flatnonzero(fleet.age_s >= rules.silence.silent_min * 60.0)[:500]:
            there = field.at(float(fleet.lat_deg[row]), float(fleet.lon_deg[row]), [at])
            speed, direction = there.get("wind_mps"), there.get("wind_dir_deg")
            if speed is not None and direction is not None and np.isfinite([speed[0], direction[0]]).all():
                found[int(fleet.mmsi[row])] = (float(speed[0]), float(direction[0]))
        return found

    async def _storm(self, context: JudgeContext, rules: SafetyRules, fleet: Fleet) -> list[Finding]:
        memory, at = self._memory, context.at
        if not _due(memory.storm_at, at, STORM_EVERY):
            return []
        weather = await weather_now(context.store, rules, context.rules_dir, at)
        if weather.below is None and not weather.warnings and not _any_open(context.open_keys, storm.RULE):
            return []
        routes = memory.sea_routes(rules)
        if routes is None:
            return []
        memory.storm_at = at
        aboard = memory.paper.aboard()
        return await asyncio.to_thread(
            storm.judge, fleet, weather, routes, rules.storm, context.open_keys, aboard=aboard
        )


def _due(last_at: datetime | None, at: datetime, every: timedelta) -> bool:
    return last_at is None or not timedelta(0) <= at - last_at < every


def _any_open(open_keys: frozenset[str], rule: str) -> bool:
    return any(key.startswith(rule) for key in open_keys)


def off_port_nm(fleet: Fleet, ports: Floats) -> Floats:
    """Return the distance of each target to the nearest port or shelter, inf beyond 10 nmi. [nmi]"""
    if not len(ports) or not len(fleet):
        return np.full(len(fleet), np.inf)
    tree = cKDTree(to_plane_nm(ports[:, 0], ports[:, 1], *fleet.origin_deg))
    away, _ = tree.query(fleet.plane_nm, distance_upper_bound=10.0)
    return np.asarray(away)


class DistressJudge:
    """Only distress, for the moment when ingest says that a distress message was committed."""

    def __init__(self) -> None:
        self._memory = Memory()

    async def __call__(self, context: JudgeContext) -> list[Finding]:
        """Return the findings about distress devices."""
        rules = self._memory.rules_of(context.rules_dir)
        live_from = context.at - timedelta(seconds=rules.distress.live_for_s)
        if not await context.store.safety.distress_signals(live_from):
            return []  # nobody calls: the picture of all boats is not needed
        fleet = await self._memory.fleet(context.store, rules, context.at)
        return await judge_distress(context, rules, fleet, self._memory)


async def judge_distress(context: JudgeContext, rules: SafetyRules, fleet: Fleet, memory: Memory) -> list[Finding]:
    """Return the findings of distress devices after their newest messages, and keep their activations."""
    store, at = context.store, context.at
    live_from = at - timedelta(seconds=rules.distress.live_for_s)
    known = await store.safety.activations(live_from - timedelta(seconds=rules.distress.new_activation_after_s))
    signals = await store.safety.distress_signals(live_from)
    fresh = [s for s in signals if s.device not in known or s.observed_at > known[s.device].last_at]
    followed = distress_signals.follow(known, fresh, rules.distress)
    marked = {device: _mark_announced(a, context.open_keys) for device, a in followed.items()}
    await store.safety.save_activations(a for device, a in marked.items() if a != known.get(device))
    return distress.judge(marked.values(), fleet, memory.paper.refuges, rules.distress, context.open_keys, at=at)


def _mark_announced(activation: Activation, open_keys: frozenset[str]) -> Activation:
    return replace(activation, announced=True) if activation.key in open_keys else activation


async def judge(context: JudgeContext) -> list[Finding]:
    """Return the findings of one look at the whole sea (all safety rules)."""
    return await _SAFETY(context)


async def distress_judge(context: JudgeContext) -> list[Finding]:
    """Return the findings about distress alone: cheap, for an immediate call."""
    return await _DISTRESS(context)


_SAFETY = SafetyJudge()
_DISTRESS = DistressJudge()
