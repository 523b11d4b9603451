"""What the safety judge keeps between two looks: rule files, particulars, recent tracks. All of it can be made anew."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from core.settings import build, load_toml
from store.safety import Particulars
from vessels.collision import CollisionRules
from vessels.distress import DistressRules, Refuge
from vessels.fleet import Fleet, RegisterFacts
from vessels.motion import WINDOW_S, RecentTracks

T = TypeVar("T")
SLOW_REFRESH = timedelta(seconds=60)
"""Register, static data and zones change slowly: they are read again this often."""
LIVE_FOR = timedelta(hours=12)
"""A target is kept in the picture this long after its last report; each rule has its own, shorter age limit."""
STATICS_FOR = timedelta(days=3)


@dataclass(frozen=True, kw_only=True)
class SafetyRules:
    """Every rule file of the safety judge."""

    distress: DistressRules
    collision: CollisionRules


def load_rules(rules_dir: Path) -> SafetyRules:
    """Return the rules of a folder; ConfigError names each file and key that is wrong."""
    return SafetyRules(
        distress=_load(DistressRules, rules_dir / "distress.toml"),
        collision=_load(CollisionRules, rules_dir / "collision.toml"),
    )


def _load(kind: type[T], path: Path) -> T:
    return build(kind, load_toml(path), where=path.name)


@dataclass
class Memory:
    """State of one judge process; empty after a restart and then filled from the store."""

    rules_dir: Path | None = None
    rules: SafetyRules | None = None
    read_at: datetime | None = None
    particulars: dict[int, Particulars] = field(default_factory=dict)
    register: dict[int, RegisterFacts] = field(default_factory=dict)
    refuges: list[Refuge] = field(default_factory=list)
    tracks: RecentTracks | None = None
    last_danger_s: dict[str, float] = field(default_factory=dict)

    def rules_of(self, rules_dir: Path) -> SafetyRules:
        """Return the rules, read once per folder."""
        if self.rules is None or self.rules_dir != rules_dir:
            self.rules, self.rules_dir = load_rules(rules_dir), rules_dir
        return self.rules

    async def refresh(self, store: Any, at: datetime) -> None:
        """Read what changes slowly, at most once a minute."""
        if self.read_at is not None and timedelta(0) <= at - self.read_at < SLOW_REFRESH:
            return
        self.particulars = await store.safety.particulars(at - STATICS_FOR)
        self.register = await store.safety.register()
        self.refuges = await store.safety.refuges()
        self.read_at = at

    async def fleet(self, store: Any, at: datetime) -> Fleet:
        """Return everything heard lately, with particulars and register rows."""
        await self.refresh(store, at)
        targets = await store.safety.live(at - LIVE_FOR, self.particulars, self.register)
        return Fleet.of(targets, at=at, max_age_s=LIVE_FOR.total_seconds())

    async def recent_tracks(self, store: Any, fleet: Fleet) -> RecentTracks:
        """Return the last minutes of every track, filled from the store after a start."""
        if self.tracks is None:
            self.tracks = RecentTracks()
            fixes = await store.safety.recent_positions(fleet.at - timedelta(seconds=WINDOW_S), fleet.at)
            self.tracks.push(fixes[0].astype(np.int64), *fixes[1:])
        self.tracks.push_fleet(fleet)
        self.tracks.forget_before((fleet.at - LIVE_FOR).timestamp())
        return self.tracks
