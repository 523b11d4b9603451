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

BUDGET, CURRENT, POWER = "cages.oxygen_budget", "cages.current", "cages.power"


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


def judge_budget(
    snapshot: CageSnapshot, fish: Fish | None, rule: BudgetRule, *, current_mps: float | None, outside_mg_l: float,
    at: datetime, open_severity: Mapping[str, Severity],
) -> list[Finding]:  # fmt: skip
    """Return a finding while slack water would bring the oxygen to the limit too soon.

    Nothing without a stock in the log, oxygen and temperature. `outside_mg_l` is the best oxygen of the site.
    """
    oxygen, warm = gauges(snapshot, "do_mg_l", at), gauges(snapshot, "water_temp_c", at)
    if fish is None or not oxygen or not warm:
        return []
    lowest = min(oxygen, key=lambda g: g.value)
    if lowest.value <= rule.limit_mg_l:
        return []  # the oxygen rule speaks: this is no forecast any more
    slack = budget_of(fish, rule, lowest.value, outside_mg_l, warm[0].value, 0.0, 0.0)
    held = f"{BUDGET}:{snapshot.cage}" in open_severity
    active = slack.minutes is not None and slack.minutes < (rule.clear_min if held else rule.warn_min)
    if not active and not held:
        return []
    flowing = budget_of(fish, rule, lowest.value, outside_mg_l, warm[0].value, current_mps or 0.0, 0.0)
    aired = budget_of(fish, rule, lowest.value, outside_mg_l, warm[0].value, 0.0, fish.aerator_kw)
    return [_budget_finding(snapshot, rule, lowest, slack, flowing, aired, fish, active=active)]


def budget_of(
    fish: Fish, rule: BudgetRule, do_mg_l: float, outside_mg_l: float, warm_c: float, current_mps: float, kw: float
) -> Budget:
    """Return the budget of a cage with this stock at a current and an aerator's power."""
    solid = solidity(fish.net_days, fish.solidity or rule.solidity_clean, rule)
    return budget(
        do_mg_l=do_mg_l, outside_mg_l=max(outside_mg_l, do_mg_l), water_temp_c=warm_c, biomass_kg=fish.biomass_kg,
        weight_g=fish.weight_g, current_mps=current_mps, solid=solid, volume_m3=fish.volume_m3 or rule.volume_m3,
        width_m=fish.width_m or rule.width_m, saturation_mg_l=float(saturation_mg_l(warm_c, 30.0)), rule=rule,
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
        advice_zh="大流时停止投饵，不要起网作业。",
        advice_en="Do not feed or lift nets while the stream is strong.",
    )
    return [
        say(
            snapshot, rule=CURRENT, version=version, about="", words=words, active=active, severity=Severity.BLUE,
            observed_at=current.newest_at, ref=current.series, basis=f"{current.samples} good samples",
            values={"current_mps": round(current.value, 2), "limit_mps": stage.current_limit_mps},
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
            advice_zh="检查太阳能板和接线，阴天前充电或更换电池。",
            advice_en="Check panel and wiring; charge or change the battery before clouds come.",
        )
        findings.append(
            say(
                snapshot, rule=POWER, version=version, about=f".{battery.point}", words=words, active=active,
                severity=Severity.YELLOW, observed_at=battery.newest_at, ref=battery.series,
                basis=f"median of {battery.samples} good samples", values={"battery_v": round(battery.value, 2)},
            )
        )  # fmt: skip
    return findings


def _budget_finding(
    snapshot: CageSnapshot, rule: BudgetRule, lowest: Gauge, slack: Budget, flowing: Budget, aired: Budget, fish: Fish,
    *, active: bool,
) -> Finding:  # fmt: skip
    limit = rule.limit_mg_l
    advice_zh, advice_en = "平潮前停止投饵，备好增氧机。", "Stop feeding before slack water and have an aerator ready."
    if fish.aerator_kw and (aired.minutes is None or (slack.minutes or 0.0) + 30.0 < aired.minutes):
        lasts_zh = "可保住" if aired.minutes is None else f"可撑{aired.minutes:.0f}分钟"
        lasts_en = "holds it" if aired.minutes is None else f"lasts {aired.minutes:.0f} min"
        advice_zh = f"平潮前停止投饵，开{fish.aerator_kw:g}千瓦增氧机{lasts_zh}。"
        advice_en = f"Stop feeding before slack water; the {fish.aerator_kw:g} kW aerator {lasts_en}."
    elif fish.aerator_kw:
        advice_zh = f"{fish.aerator_kw:g}千瓦增氧机不够，平潮前加机，停止投饵。"
        advice_en = f"The {fish.aerator_kw:g} kW aerator is too little: bring more before slack water, stop feeding."
    if active:
        zh = f"{snapshot.name}溶氧{lowest.value:.1f} mg/L，平潮时约{slack.minutes:.0f}分钟降到{limit:g}"
        en = f"{snapshot.name}: oxygen {lowest.value:.1f} mg/L, at slack water it reaches {limit:g} in about {slack.minutes:.0f} min"  # noqa: E501
    else:
        zh, en = f"{snapshot.name}平潮时溶氧不再有险", f"{snapshot.name}: slack water no longer endangers the oxygen"
    return say(
        snapshot, rule=BUDGET, version=rule.version, about="", words=Words(zh=zh, en=en, advice_zh=advice_zh, advice_en=advice_en),  # noqa: E501
        active=active, severity=Severity.YELLOW, observed_at=lowest.newest_at, ref=lowest.series,
        basis=f"use {slack.use_mg_l_h:.2f} mg/L/h, exchange {slack.exchange_per_h:.1f} per h at slack water",
        values={
            "do_mg_l": round(lowest.value, 2), "minutes": None if slack.minutes is None else round(slack.minutes, 0),
            "minutes_flowing": None if flowing.minutes is None else round(flowing.minutes, 0),
            "use_mg_l_h": round(slack.use_mg_l_h, 2), "biomass_kg": round(fish.biomass_kg, 0), "limit_mg_l": limit,
        },
    )  # fmt: skip
