"""The cages' judge: newest samples of every cage and its site, then the pure rules of `cages`."""

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from statistics import median

from cages.adjust import BLIND_S, changes_at, in_force
from cages.farmlog import LogEntry, Stock, nets_cleaned, stock_of
from cages.gauge import Gauge, gauges
from cages.limits import CageLimits, load_limits
from cages.rules import Setting, evaluate
from cages.snapshot import CageSnapshot
from cages.structure import Plate
from cages.supply import Fish
from core.finding import Finding
from services.judges import JudgeContext
from services.judges.cage_care import CareWatch
from services.judges.cage_flags import FlagWriter
from store.farmlog import CageProfile

log = logging.getLogger(__name__)

WATCHED = (
    "do_mg_l", "water_temp_c", "salinity_psu", "ph", "turbidity_ntu", "chlorophyll_ug_l", "current_mps", "hs_m", "tp_s",
    "tension_kn", "battery_v", "lat_deg", "lon_deg",
)  # fmt: skip
"""Quantities that the rules look at."""
NET_DAYS_UNKNOWN = 30.0
"""Growth of a net whose cleaning nobody logged is taken as a month's. [d]"""
_CARE: dict[Path, CareWatch] = {}
_FLAGS: dict[Path, FlagWriter] = {}


async def judge(context: JudgeContext) -> list[Finding]:
    """Settle final flags, then return what the cage rules say of every cage now, and of its past."""
    limits = _limits(context.rules_dir)
    store, at = context.store, context.at
    changes = [row.change for row in await store.limits.all()]
    blind_s = max((c.value for c in changes if c.name == BLIND_S.name), default=limits.sensing.blind_after_s)
    span_s = max(limits.oxygen.window_s, limits.sensing.blind_after_s, min(blind_s, BLIND_S.most)) + 60.0
    since = at - timedelta(seconds=span_s)
    snapshots = await store.cages.snapshots(WATCHED, since=since, until=at)
    flags = _FLAGS.setdefault(context.rules_dir, FlagWriter())
    if await flags.settle(context, limits.qc.live, snapshots):
        snapshots = await store.cages.snapshots(WATCHED, since=since, until=at)
    plates: Mapping[str, CageProfile] = await store.farmlog.profiles()
    entries: Sequence[LogEntry] = await store.farmlog.entries(None, until=at)
    settings = _settings(snapshots, plates, entries, at)
    findings = [
        finding
        for snapshot in snapshots
        for finding in evaluate(
            snapshot,
            _own_limits(context.rules_dir, frozenset(changes_at(changes, snapshot.farm, snapshot.cage).items())),
            at=at,
            open_severity=context.open_severity,
            setting=settings[snapshot.cage],
        )
    ]
    care = _CARE.setdefault(context.rules_dir, CareWatch())
    return findings + await care.judge(context, limits, snapshots, plates)


def _settings(
    snapshots: Sequence[CageSnapshot], plates: Mapping[str, CageProfile], entries: Sequence[LogEntry], at: datetime
) -> dict[str, Setting]:
    """Return each cage's surroundings: its own instruments before those of its farm's other cages and platforms."""
    stocks, cleaned = stock_of(entries), nets_cleaned(entries)
    sites: dict[str, list[CageSnapshot]] = defaultdict(list)
    for snapshot in snapshots:
        sites[snapshot.farm].append(snapshot)
    settings = {}
    for site in sites.values():
        currents = {s.cage: gauges(s, "current_mps", at) for s in site}
        waves = [g.value for s in site for g in gauges(s, "hs_m", at)]
        periods = [g.value for s in site for g in gauges(s, "tp_s", at)]
        # What flows in has passed the neighbours: the site's middle oxygen, not its best.
        inflow = median([g.value for s in site for g in gauges(s, "do_mg_l", at)] or [0.0])
        common: Gauge | None = next((c[0] for c in currents.values() if c), None)
        for snapshot in site:
            own = currents[snapshot.cage]
            settings[snapshot.cage] = Setting(
                current=own[0] if own else common,
                hs_m=median(waves) if waves else None,
                tp_s=median(periods) if periods else None,
                outside_mg_l=inflow,
                fish=_fish(stocks.get(snapshot.cage), plates.get(snapshot.cage), cleaned.get(snapshot.cage), at),
                plate=_plate(plates.get(snapshot.cage)),
                kind=str(snapshot.attributes.get("kind") or "cage"),
            )
    return settings


def _fish(stock: Stock | None, profile: CageProfile | None, cleaned_at: datetime | None, at: datetime) -> Fish | None:
    if stock is None or stock.fish_count == 0:
        return None
    profile = profile or CageProfile(cage_id=stock.cage_id)
    cleaned = max((t for t in (profile.net_cleaned_at, cleaned_at) if t is not None), default=None)
    return Fish(
        biomass_kg=stock.biomass_kg,
        weight_g=stock.mean_weight_g,
        net_days=NET_DAYS_UNKNOWN if cleaned is None else (at - cleaned).total_seconds() / 86400,
        volume_m3=profile.volume_m3,
        width_m=profile.width_m,
        solidity=profile.solidity,
        aerator_kw=profile.aerator_kw or 0.0,
    )


def _plate(profile: CageProfile | None) -> Plate:
    if profile is None:
        return Plate()
    return Plate(
        kind=profile.kind,
        design_tension_kn=profile.design_tension_kn,
        volume_m3=profile.volume_m3,
        width_m=profile.width_m,
        anchor_lat_deg=profile.anchor_lat_deg,
        anchor_lon_deg=profile.anchor_lon_deg,
        circle_radius_m=profile.circle_radius_m,
    )


@lru_cache(maxsize=4)
def _limits(rules_dir: Path) -> CageLimits:
    return load_limits(rules_dir)


@lru_cache(maxsize=256)
def _own_limits(rules_dir: Path, changes: frozenset[tuple[str, float]]) -> CageLimits:
    """Return the limits of a cage; changes that contradict each other leave the rule files in force, and are logged."""
    limits, problem = in_force(_limits(rules_dir), dict(changes))
    if problem:
        log.warning(
            "changed limits refused, the rule files hold", extra={"reason": problem, "changes": sorted(changes)}
        )
    return limits
