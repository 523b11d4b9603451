"""All rules on one cage: the one call that the watch makes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from cages.condition import judge_growth, judge_limits
from cages.gauge import Gauge
from cages.limits import CageLimits
from cages.oxygen import judge_oxygen
from cages.sensing import judge_sight
from cages.settle import settle
from cages.snapshot import CageSnapshot
from cages.structure import Plate, judge_structure
from cages.supply import Fish, judge_budget, judge_current, judge_power
from core.finding import Finding, Severity


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What is known of a cage beside its own series: the site's sea, its stock, its plate."""

    current: Gauge | None = None
    hs_m: float | None = None
    outside_mg_l: float = 0.0
    fish: Fish | None = None
    plate: Plate = field(default_factory=Plate)
    kind: str = "cage"


_NOTHING = Setting()


def evaluate(
    snapshot: CageSnapshot,
    limits: CageLimits,
    *,
    at: datetime,
    open_severity: Mapping[str, Severity],
    setting: Setting = _NOTHING,
) -> list[Finding]:
    """Return what every rule says of a cage at a moment; see each rule's module.

    A platform or buoy has no fish: only sight and power are judged there.
    """
    cage, held, croaker = settle(snapshot, "do_mg_l", limits.qc.live), open_severity, limits.croaker
    common = [
        *judge_sight(cage, limits.sensing, at=at, open_severity=held),
        *judge_power(cage, croaker.power, croaker.version, at=at, open_severity=held),
    ]
    if setting.kind != "cage":
        return common
    return [
        *judge_oxygen(cage, limits.oxygen, at=at, open_severity=held),
        *common,
        *judge_limits(cage, croaker.limit, croaker.version, at=at, open_severity=held),
        *judge_growth(cage, croaker.growth, croaker.version, at=at, open_severity=held),
        *judge_budget(
            cage,
            setting.fish,
            limits.budget,
            current_mps=None if setting.current is None else setting.current.value,
            outside_mg_l=setting.outside_mg_l,
            at=at,
            open_severity=held,
        ),
        *judge_current(cage, croaker.stage, croaker.version, setting.fish, current=setting.current, open_severity=held),
        *judge_structure(
            cage, setting.plate, croaker.structure, croaker.version, hs_m=setting.hs_m, at=at, open_severity=held
        ),
    ]
