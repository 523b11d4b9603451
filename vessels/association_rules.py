"""The rules of association as values: ``association.toml``."""

from dataclasses import dataclass
from pathlib import Path

from core.settings import build, load_toml


@dataclass(frozen=True, kw_only=True)
class AssociationRules:
    """``config/rules/association.toml``."""

    version: str
    source: str
    gate: float
    ais_sigma_m: float
    ais_drift_mps: float
    ais_bridge_s: float
    ais_reach_s: float
    miss_log_cost: float
    scan_s: float
    repeat_s: float
    acceleration_mps2: float
    first_speed_mps: float
    max_speed_mps: float
    confirm_hits: int
    confirm_of: int
    drop_tentative: int
    drop_confirmed_s: float
    handover_hits: int
    probability: float
    silent_link_s: float
    silent_link_m: float
    silent_coverage: float
    silent_probability: float
    echo_scans: int
    echo_s: float
    echo_moved_nm: float
    echo_sigma_m: float
    echo_nm: float
    echo_others: int
    echo_share: float
    echo_probability: float


def load_rules(rules_dir: Path) -> AssociationRules:
    """Return ``association.toml`` of the rules folder."""
    path = rules_dir / "association.toml"
    return build(AssociationRules, load_toml(path), where=str(path))
