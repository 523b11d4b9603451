"""All rules on one cage: the one call that the watch makes."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from cages.advice import advise
from cages.budget import solidity
from cages.condition import judge_growth, judge_limits
from cages.gauge import Gauge
from cages.limits import CageLimits
from cages.loads import Load, cage_load
from cages.oxygen import Need, judge_oxygen, need_of
from cages.sensing import judge_sight
from cages.settle import doubt, settle
from cages.snapshot import CageSnapshot
from cages.structure import Plate, judge_structure
from cages.supply import Fish, judge_budget, judge_current, judge_power, judge_stocking
from core.finding import Finding, Severity


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What is known of a cage beside its own series: the site's sea, its stock, its plate."""

    current: Gauge | None = None
    hs_m: float | None = None
    tp_s: float | None = None
    outside_mg_l: float = 0.0
    fish: Fish | None = None
    plate: Plate = field(default_factory=Plate)
    kind: str = "cage"

    @property
    def current_mps(self) -> float | None:
        """Return the current's speed where it is known."""
        return None if self.current is None else self.current.value


_NOTHING = Setting()


def evaluate(
    snapshot: CageSnapshot,
    limits: CageLimits,
    *,
    at: datetime,
    open_severity: Mapping[str, Severity],
    setting: Setting = _NOTHING,
) -> list[Finding]:
    """Return what every rule says of a cage at a moment, with advice; see each rule's module.

    A platform or buoy has no fish: only sight and power are judged there.
    """
    held, croaker = open_severity, limits.croaker
    cage = doubt(settle(snapshot, "do_mg_l", limits.qc.live), limits.qc.site)
    found = [
        *judge_sight(cage, limits.sensing, at=at, open_severity=held),
        *judge_power(cage, croaker.power, croaker.version, at=at, open_severity=held),
    ]
    if setting.kind == "cage":
        found = [*_of_water(cage, limits, setting, at, held), *found, *_of_build(cage, limits, setting, at, held)]
    return advise(found, limits.advice)


def _of_water(
    cage: CageSnapshot, limits: CageLimits, setting: Setting, at: datetime, held: Mapping[str, Severity]
) -> list[Finding]:
    croaker, fish = limits.croaker, setting.fish
    need = Need()
    if fish is not None:
        need = need_of(limits.oxygen, weight_g=fish.weight_g, stocking_kg_m3=fish.stocking_kg_m3)
    return [
        *judge_oxygen(cage, limits.oxygen, at=at, open_severity=held, needs_more=need),
        *judge_limits(cage, croaker.limit, croaker.version, at=at, open_severity=held),
        *judge_growth(cage, croaker.growth, croaker.version, at=at, open_severity=held),
        *judge_budget(
            cage, fish, limits.budget, current_mps=setting.current_mps, outside_mg_l=setting.outside_mg_l, at=at,
            open_severity=held,
        ),
        *judge_current(cage, croaker.stage, croaker.version, fish, current=setting.current, open_severity=held),
        *judge_stocking(cage, fish, croaker.stage, croaker.version, at=at, open_severity=held),
    ]  # fmt: skip


def _of_build(
    cage: CageSnapshot, limits: CageLimits, setting: Setting, at: datetime, held: Mapping[str, Severity]
) -> list[Finding]:
    croaker = limits.croaker
    return judge_structure(
        cage, setting.plate, croaker.structure, croaker.version, hs_m=setting.hs_m, load=load_of(setting, limits),
        at=at, open_severity=held,
    )  # fmt: skip


def load_of(setting: Setting, limits: CageLimits) -> Load | None:
    """Return the estimated pull of current and waves on a cage; None without either, or without its plate's size."""
    plate, fish, budget = setting.plate, setting.fish, limits.budget
    if plate.volume_m3 is None or plate.width_m is None or (setting.current is None and setting.hs_m is None):
        return None
    clean = (fish.solidity if fish is not None else None) or budget.solidity_clean
    solid = solidity(fish.net_days, clean, budget) if fish is not None else clean
    return cage_load(
        current_mps=setting.current_mps or 0.0, hs_m=setting.hs_m or 0.0, tp_s=setting.tp_s, solid=solid,
        width_m=plate.width_m, depth_m=plate.volume_m3 / (math.pi / 4 * plate.width_m**2),
    )  # fmt: skip
