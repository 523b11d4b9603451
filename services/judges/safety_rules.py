"""Every rule file of the safety judge, loaded and checked at once."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from core.errors import ConfigError
from core.settings import build, load_toml
from vessels.collision import CollisionRules
from vessels.crew import CrewRules
from vessels.distress_signals import DistressRules
from vessels.encounter import EncounterRules
from vessels.fishing import FishingRules
from vessels.formation import FormationRules
from vessels.season import SeasonRules
from vessels.shelter_routes import ShelterRules
from vessels.silence import SilenceRules
from vessels.storm_plan import StormRules
from vessels.zones import ZoneRules


@dataclass(frozen=True, kw_only=True)
class SafetyRules:
    """One rule file each, named as the field: ``collision`` is config/rules/collision.toml."""

    collision: CollisionRules
    crew: CrewRules
    distress: DistressRules
    encounter: EncounterRules
    fishing: FishingRules
    formation: FormationRules
    season: SeasonRules
    shelter: ShelterRules
    silence: SilenceRules
    storm: StormRules
    zones: ZoneRules


_KINDS: dict[str, type] = {
    "collision": CollisionRules,
    "crew": CrewRules,
    "distress": DistressRules,
    "encounter": EncounterRules,
    "fishing": FishingRules,
    "formation": FormationRules,
    "season": SeasonRules,
    "shelter": ShelterRules,
    "silence": SilenceRules,
    "storm": StormRules,
    "zones": ZoneRules,
}


def load_rules(rules_dir: Path) -> SafetyRules:
    """Return the rules of a folder; ConfigError names every file and key that is wrong."""
    loaded: dict[str, Any] = {}
    problems: list[str] = []
    for field in fields(SafetyRules):
        path = rules_dir / f"{field.name}.toml"
        try:
            loaded[field.name] = build(_KINDS[field.name], load_toml(path), where=path.name)
        except ConfigError as exc:
            problems += exc.problems
    if problems:
        raise ConfigError(*problems)
    return SafetyRules(**loaded)
