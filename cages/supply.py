"""Have the fish air when the tide stops, can they hold against the current, will the battery last?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cages.budget import Budget, BudgetRule, budget, solidity
from cages.condition import Stage, stage_of
from cages.gauge import Gauge, Words, gauges, say
from cages.saturation import saturation_mg_l
from cages.snapshot import CageSnapshot
from core.finding import Finding, Severity

BUDGET, CURRENT, POWER, STOCKING = "cages.oxygen_budget", "cages.current", "cages.power", "cages.stocking"
USUAL_PSU = 30.0
"""Salinity where no probe says it, the middle of what the fish live in. [PSU]"""


@dataclass(frozen=True, kw_only=True)
class Power:
    """Voltages of the buoy's battery. [V]"""

    empty_v: float
    full_v: float
    warn_v: float
    clear_v: float

    def __post_init__(self) -> None:
        if not self.empty_v < self.warn_v < self.clear_v <= self.full_v:
            raise ValueError("needs empty_v < warn_v < clear_v <= full_v.")


@dataclass(frozen=True, kw_only=True)
class Fish:
    """The stock of a cage and its net, by log and plate; a size of None takes the default of the rules."""

    biomass_kg: float
    weight_g: float
    net_days: float
    volume_m3: float | None = None
    width_m: float | None = None
    solidity: float | None = None
    aerator_kw: float = 0.0

    @property
    def stocking_kg_m3(self) -> float | None:
        """Return the stock in a cubic metre of net; None where the plate does not say how big it is."""
        return self.biomass_kg / self.volume_m3 if self.volume_m3 else None


def judge_stocking(
    snapshot: CageSnapshot, fish: Fish | None, stages: tuple[Stage, ...], version: str, *, at: datetime,
    open_severity: Mapping[str, Severity],
) -> list[Finding]:  # fmt: skip
    """Return a finding while more fish are in a cage, by log and plate, than fish of their size should share."""
    if fish is None or fish.stocking_kg_m3 is None:
        return []
    stage, density = stage_of(fish.weight_g, stages), fish.stocking_kg_m3
    held = f"{STOCKING}:{snapshot.cage}" in open_severity
    active = density > stage.most_kg_m3 * (0.95 if held else 1.0)
    if not active and not held:
        return []
    words = Words(
        zh=f"{snapshot.name}放养{density:.1f} kg/m³，{stage.name_zh}不宜超过{stage.most_kg_m3:g}"
        if active
        else f"{snapshot.name}放养密度降到{density:.1f} kg/m³",
        en=f"{snapshot.name} holds {density:.1f} kg/m3, {stage.name_en} fish want {stage.most_kg_m3:g} at most"
        if active
        else f"{snapshot.name}: stocking is down to {density:.1f} kg/m3",
    )
    values: dict[str, float | str | None] = {
        "case": "dense",
        "stocking_kg_m3": round(density, 2),
        "limit_kg_m3": stage.most_kg_m3,
    }
    return [
        say(snapshot, rule=STOCKING, version=version, about="", words=words, active=active, severity=Severity.BLUE,
            observed_at=at, basis="farm log and plate", values=values)
    ]  # fmt: skip


def judge_budget(
    snapshot: CageSnapshot, fish: Fish | None, rule: BudgetRule, *, current_mps: float | None, outside_mg_l: float,
    at: datetime, open_severity: Mapping[str, Severity],
) -> list[Finding]:  # fmt: skip
    """Return a finding while slack water would bring the oxygen to the limit too soon.

    Nothing without a stock in the log, oxygen and temperature. `outside_mg_l` is the middle oxygen of the site.
    """
    oxygen, warm = gauges(snapshot, "do_mg_l", at), gauges(snapshot, "water_temp_c", at)
    if fish is None or not oxygen or not warm:
        return []
    lowest = min(oxygen, key=lambda g: g.value)
    if lowest.value <= rule.limit_mg_l:
        return []  # the oxygen rule speaks: this is no forecast any more
    salty = gauges(snapshot, "salinity_psu", at)
    salinity = salty[0].value if salty else USUAL_PSU
    slack = budget_of(fish, rule, lowest.value, outside_mg_l, warm[0].value, 0.0, 0.0, salinity)
    held = f"{BUDGET}:{snapshot.cage}" in open_severity
    active = slack.minutes is not None and slack.minutes < (rule.clear_min if held else rule.warn_min)
    if not active and not held:
        return []
    flowing = budget_of(fish, rule, lowest.value, outside_mg_l, warm[0].value, current_mps or 0.0, 0.0, salinity)
    aired = budget_of(fish, rule, lowest.value, outside_mg_l, warm[0].value, 0.0, fish.aerator_kw, salinity)
    return [_budget_finding(snapshot, rule, lowest, slack, flowing, aired, fish, active=active)]


def budget_of(
    fish: Fish,
    rule: BudgetRule,
    do_mg_l: float,
    outside_mg_l: float,
    warm_c: float,
    current_mps: float,
    kw: float,
    salinity_psu: float = USUAL_PSU,
) -> Budget:
    """Return the budget of a cage with this stock at a current and an aerator's power."""
    solid = solidity(fish.net_days, fish.solidity or rule.solidity_clean, rule)
    return budget(
        do_mg_l=do_mg_l, outside_mg_l=max(outside_mg_l, do_mg_l), water_temp_c=warm_c, biomass_kg=fish.biomass_kg,
        weight_g=fish.weight_g, current_mps=current_mps, solid=solid, volume_m3=fish.volume_m3 or rule.volume_m3,
        width_m=fish.width_m or rule.width_m, saturation_mg_l=float(saturation_mg_l(warm_c, salinity_psu)), rule=rule,
        aerator_kw=kw,
    )  # fmt: skip


def judge_current(
    snapshot: CageSnapshot, stages: tuple[Stage, ...], version: str, fish: Fish | None, *, current: Gauge | None,
    open_severity: Mapping[str, Severity],
) -> list[Finding]:  # fmt: skip
    """Return a finding while the current is faster than fish of this size can swim against for hours."""
    if current is None or fish is None:
        return []
    stage = stage_of(fish.weight_g, stages)
    held = f"{CURRENT}:{snapshot.cage}" in open_severity
    active = current.value > stage.current_limit_mps * (0.9 if held else 1.0)
    if not active and not held:
        return []
    words = Words(
        zh=f"{snapshot.name}流速{current.value:.2f} m/s，{stage.name_zh}长时间只能顶{stage.current_limit_mps:.2f}"
        if active
        else f"{snapshot.name}流速降至{current.value:.2f} m/s",
        en=f"{snapshot.name}: current {current.value:.2f} m/s, {stage.name_en} fish hold {stage.current_limit_mps:.2f} for hours"  # noqa: E501
        if active
        else f"{snapshot.name}: the current is down to {current.value:.2f} m/s",
    )
    return [
        say(
            snapshot, rule=CURRENT, version=version, about="", words=words, active=active, severity=Severity.BLUE,
            observed_at=current.newest_at, ref=current.series, basis=f"{current.samples} good samples",
            values={"case": "strong", "current_mps": round(current.value, 2), "limit_mps": stage.current_limit_mps},
        )
    ]  # fmt: skip


def judge_power(
    snapshot: CageSnapshot, rule: Power, version: str, *, at: datetime, open_severity: Mapping[str, Severity]
) -> list[Finding]:
    """Return a finding while a battery is low; its charge is read from voltage, so it is rough."""
    findings = []
    for battery in gauges(snapshot, "battery_v", at):
        held = f"{POWER}:{snapshot.cage}.{battery.point}" in open_severity
        active = battery.value < (rule.clear_v if held else rule.warn_v)
        if not active and not held:
            continue
        left = max(0.0, min(1.0, (battery.value - rule.empty_v) / (rule.full_v - rule.empty_v)))
        words = Words(
            zh=f"{snapshot.name}电池{battery.value:.2f} V，约剩{100 * left:.0f}%",
            en=f"{snapshot.name}: battery {battery.value:.2f} V, about {100 * left:.0f} % left",
        )
        findings.append(
            say(
                snapshot, rule=POWER, version=version, about=f".{battery.point}", words=words, active=active,
                severity=Severity.YELLOW, observed_at=battery.newest_at, ref=battery.series,
                basis=f"median of {battery.samples} good samples",
                values={"case": "low", "battery_v": round(battery.value, 2), "samples": battery.samples},
            )
        )  # fmt: skip
    return findings


def _budget_finding(
    snapshot: CageSnapshot, rule: BudgetRule, lowest: Gauge, slack: Budget, flowing: Budget, aired: Budget, fish: Fish,
    *, active: bool,
) -> Finding:  # fmt: skip
    limit = rule.limit_mg_l
    case = "no_aerator"
    if fish.aerator_kw:
        helps = aired.minutes is None or aired.minutes > rule.clear_min
        case = "aerator_holds" if helps else "aerator_little"
    if active:
        zh = f"{snapshot.name}溶氧{lowest.value:.1f} mg/L，平潮时约{slack.minutes:.0f}分钟降到{limit:g}"
        en = f"{snapshot.name}: oxygen {lowest.value:.1f} mg/L, at slack water it reaches {limit:g} in about {slack.minutes:.0f} min"  # noqa: E501
    else:
        zh, en = f"{snapshot.name}平潮时溶氧不再有险", f"{snapshot.name}: slack water no longer endangers the oxygen"
    return say(
        snapshot, rule=BUDGET, version=rule.version, about="", words=Words(zh=zh, en=en),
        active=active, severity=Severity.YELLOW, observed_at=lowest.newest_at, ref=lowest.series,
        basis=f"use {slack.use_mg_l_h:.2f} mg/L/h, exchange {slack.exchange_per_h:.1f} per h at slack water",
        values={
            "case": case, "aerator_kw": fish.aerator_kw,
            "do_mg_l": round(lowest.value, 2), "minutes": None if slack.minutes is None else round(slack.minutes, 0),
            "minutes_flowing": None if flowing.minutes is None else round(flowing.minutes, 0),
            "use_mg_l_h": round(slack.use_mg_l_h, 2), "biomass_kg": round(fish.biomass_kg, 0), "limit_mg_l": limit,
        },
    )  # fmt: skip
