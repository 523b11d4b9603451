"""The screening rules as values: ``screening.toml``, ``mmsi.toml`` and the names' grammar."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path

from core.settings import build, load_toml
from vessels.names import NameRules
from vessels.names import load_rules as load_names
from vessels.tracks import TrackLimits


@dataclass(frozen=True, kw_only=True)
class TrackRules:
    """`vessels.tracks.TrackLimits` plus how long the live stream holds reports to put them in order. [s]"""

    max_speed_kn: float
    cruise_kn: float
    near_nm: float
    coarse_nm: float
    stamp_s: float
    excess_kn: float
    settle_s: float
    close_s: float
    duplicate_s: float
    max_open: int
    shared_reports: int
    reorder_s: float

    def limits(self) -> TrackLimits:
        """Return the limits as the tracker takes them."""
        return TrackLimits(**{f.name: getattr(self, f.name) for f in fields(TrackLimits)})


@dataclass(frozen=True, kw_only=True)
class BuoyRules:
    """Points for and against a gear buoy: one from `threshold` on, without particulars from `threshold_unheard` on."""

    threshold: float
    threshold_unheard: float
    name_battery: float
    name_net: float
    name_number: float
    number_range: float
    number_bad: float
    class_b: float
    class_a: float
    small: float
    large: float
    boat_name: float
    call_sign: float
    fishing_type: float
    never_under_way: float
    drifting: float
    working: float
    under_way: float
    under_way_battery: float
    heading: float
    slow_interval: float
    beat_s: float
    patterns_battery: tuple[str, ...]
    patterns_net: tuple[str, ...]
    patterns_number: tuple[str, ...]

    @cached_property
    def compiled(self) -> Mapping[str, tuple[re.Pattern[str], ...]]:
        """Return the name patterns by the points they give."""
        return {
            name: tuple(re.compile(text) for text in getattr(self, f"patterns_{name}"))
            for name in ("battery", "net", "number")
        }


@dataclass(frozen=True, kw_only=True)
class ParticularRules:
    """How far particulars may differ before they speak of another hull."""

    length_m: float
    length_share: float
    beam_m: float
    beam_share: float
    hull_speed_kn: float
    largest_m: float


@dataclass(frozen=True, kw_only=True)
class NamelessRules:
    """How many reports, over how long, give name and size time to be heard. [s]"""

    reports: int
    span_s: float


@dataclass(frozen=True, kw_only=True)
class TogetherRules:
    """When two numbers are on one hull, and when they may be (``doubt_epochs``)."""

    near_nm: float
    epochs: int
    doubt_epochs: int
    moving: int
    share: float


@dataclass(frozen=True, kw_only=True)
class ApartRules:
    """When one number or name is in two places at once."""

    distance_nm: float
    reports: int


@dataclass(frozen=True, kw_only=True)
class LiveRules:
    """How the live judge reads and raises."""

    history_s: float
    raise_at: float
    clear_below: float
    silent_s: float


@dataclass(frozen=True, kw_only=True)
class ScreeningFile:
    """``screening.toml`` as it stands."""

    version: str
    source: str
    tracks: TrackRules
    buoy: BuoyRules
    particulars: ParticularRules
    silence_of_name: NamelessRules
    together: TogetherRules
    apart: ApartRules
    live: LiveRules
    severity: Mapping[str, int]
    probability: Mapping[str, float]
    few_reports: int
    few: float


@dataclass(frozen=True, kw_only=True)
class MmsiRules:
    """``mmsi.toml``: numbers that say nothing about a boat."""

    version: str
    source: str
    defaults: tuple[int, ...]
    buoy_ranges: tuple[tuple[int, int], ...]
    china: tuple[int, ...]
    neighbours: Mapping[str, str]
    assigned: tuple[int, ...]

    @cached_property
    def fillers(self) -> frozenset[int]:
        """Return the factory settings and fillers."""
        return frozenset(self.defaults)

    def is_buoy_range(self, mmsi: int) -> bool:
        """Return whether net buoys commonly use this number."""
        return any(low <= mmsi <= high for low, high in self.buoy_ranges)


@dataclass(frozen=True, kw_only=True)
class Rules:
    """Everything that the verdict depends on besides the target and the register."""

    screening: ScreeningFile
    mmsi: MmsiRules
    names: NameRules

    @property
    def version(self) -> str:
        """Return one version string of all three files."""
        return f"{self.screening.version}/{self.mmsi.version}/{self.names.version}"


def load(rules_dir: Path) -> Rules:
    """Return the rules of a folder; ConfigError names file and key of every problem."""
    screening, mmsi = rules_dir / "screening.toml", rules_dir / "mmsi.toml"
    return Rules(
        screening=build(ScreeningFile, load_toml(screening), where=str(screening)),
        mmsi=build(MmsiRules, load_toml(mmsi), where=str(mmsi)),
        names=load_names(rules_dir),
    )
