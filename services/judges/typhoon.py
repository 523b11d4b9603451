"""When a typhoon's force 7 and force 10 reach each cage, how likely, and the colour that this is worth."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from core.finding import Condition, Evidence, Finding, Severity, Subject, SubjectKind
from forecasting.storms.tracks import Track
from forecasting.storms.typhoon import Arrival, LocalStorm, arrival, wind_circle_km
from services.forecast_inputs import hour_start
from services.judges import JudgeContext
from services.judges.spoken import clock_en, clock_zh
from services.storms import (
    TyphoonRules,
    concerns,
    load_typhoon_rules,
    local_members,
    nearby,
    storms_now,
)
from store.places import PlacedCage

RULE = "typhoon.arrival"
GALE_BFT, STORM_BFT = 7, 10
ADVICE_ZH = {
    Severity.BLUE: "检查锚缆，安排船只回港",
    Severity.YELLOW: "停喂收网，加固缆绳，人员准备撤离",
    Severity.ORANGE: "人员立即上岸，船只进港避风",
    Severity.RED: "人员不得留在网箱，船只不得出港",
}
ADVICE_EN = {
    Severity.BLUE: "Check moorings, call boats home.",
    Severity.YELLOW: "Stop feeding, double lines, prepare to leave.",
    Severity.ORANGE: "People ashore now, boats to shelter.",
    Severity.RED: "Nobody on cages, no boat leaves port.",
}


@lru_cache(maxsize=4)
def _rules(folder: Path, modified_ns: int) -> TyphoonRules:
    del modified_ns  # part of the key, so that an edited file is read again
    return load_typhoon_rules(folder)


async def judge(context: JudgeContext) -> list[Finding]:
    """Return a finding for every cage that a storm concerns, and one for every open alert that none concerns any more.

    An open alert is held as UNKNOWN while the storm's newest track is too old to judge by but not yet at its end.
    """
    rules = _rules(context.rules_dir, (context.rules_dir / "typhoon.toml").stat().st_mtime_ns)
    storms = await storms_now(context.store, rules, context.at)
    is_open = any(key.startswith(f"{RULE}:") for key in context.open_keys)
    if not storms and not is_open:
        return []
    cages = await context.store.places.cages()
    waiting = is_open and bool(await storms_now(context.store, rules, context.at, within_h=rules.reach_h))
    found = await asyncio.to_thread(_of_storms, cages, storms, rules, context)
    told = {finding.key for finding in found}
    return found + [
        _over(cage, rules, context.at, waiting=waiting)
        for cage in cages
        if f"{RULE}:{cage.cage_id}" in context.open_keys - told
    ]


def _of_storms(
    cages: Sequence[PlacedCage], storms: Sequence[Track], rules: TyphoonRules, context: JudgeContext
) -> list[Finding]:
    found = []
    for cage in cages:
        if cage.lat_deg is None or cage.lon_deg is None:
            continue
        near = [storm for storm in storms if concerns(storm, cage.lat_deg, cage.lon_deg, rules)]
        own = [arrival_finding(cage, storm, rules, context) for storm in near]
        if own:
            found.append(max(own, key=lambda f: (f.condition is Condition.ACTIVE, f.severity, f.probability or 0.0)))
    return found


def arrival_finding(cage: PlacedCage, storm: Track, rules: TyphoonRules, context: JudgeContext) -> Finding:
    """Return what one storm brings to one cage: the highest colour whose force comes in its time, likely enough."""
    lat_deg, lon_deg = (nearby(value or 0.0) for value in (cage.lat_deg, cage.lon_deg))
    first = hour_start(context.at)
    members = local_members(storm, lat_deg, lon_deg, first, rules.reach_h, rules.members)
    key = f"{RULE}:{cage.cage_id}"
    enough = {held: rules.probability * (rules.keep if held else 1.0) for held in (False, True)}
    steps = [(step, arrival(members, step.force_bft, step.within_h)) for step in rules.step]
    reached = [(s, one) for s, one in steps if one.probability >= enough[context.holds(key, s.severity)]]
    gale, severe = arrival(members, GALE_BFT), arrival(members, STORM_BFT)
    step, basis = max(reached or steps[:1], key=lambda pair: pair[0].severity)
    severity = step.severity if reached else Severity.BLUE
    return Finding(
        key=key,
        rule=RULE,
        rule_version=rules.version,
        condition=Condition.ACTIVE if reached else Condition.CLEARED,
        severity=severity,
        subject=_subject(cage),
        observed_at=storm.issued_at,
        reason_zh=_reason_zh(storm, members[0], gale, severe, enough[key in context.open_keys], context.at),
        reason_en=_reason_en(storm, members[0], gale, severe, enough[key in context.open_keys]),
        advice_zh=ADVICE_ZH[severity] if reached else "",
        advice_en=ADVICE_EN[severity] if reached else "",
        valid_from=gale.arrive_at or basis.arrive_at,
        valid_until=gale.depart_at or basis.depart_at or storm.points[-1].at,
        probability=basis.probability,
        evidence=(
            Evidence(
                kind="track", text=f"{storm.storm_id} {storm.source}", ref=storm.storm_id, observed_at=storm.issued_at
            ),
        ),
        values=_values(storm, members[0], gale, severe),
    )


def _subject(cage: PlacedCage) -> Subject:
    return Subject(kind=SubjectKind.CAGE, id=cage.cage_id, name=cage.name_zh or cage.cage_id)


def _values(storm: Track, issued: LocalStorm, gale: Arrival, severe: Arrival) -> dict[str, float | str | None]:
    """Return what the alert's page shows: nearest approach, and each force's circle there, its chance and times."""
    nearest = storm.at(issued.times[int(issued.distance_km.argmin())])
    values: dict[str, float | str | None] = {
        "closest_km": round(float(issued.distance_km.min()), 0),
        "strongest_wind_mps": round(float(issued.wind_mps.max()), 1),
    }
    for one in (gale, severe):
        circle = None if nearest is None else wind_circle_km(nearest, one.force_bft)
        values[f"force{one.force_bft}_circle_km"] = circle
        values[f"force{one.force_bft}_probability"] = round(one.probability, 3)
        values[f"force{one.force_bft}_arrive_at"] = None if one.arrive_at is None else one.arrive_at.isoformat()
        values[f"force{one.force_bft}_depart_at"] = None if one.depart_at is None else one.depart_at.isoformat()
    return values


def _reason_zh(storm: Track, issued: LocalStorm, gale: Arrival, severe: Arrival, enough: float, at: datetime) -> str:
    name = f"台风{storm.called_zh}"
    parts = [f"{name}最近{_nearest_km(issued)}公里"]
    for one in (gale, severe):
        if one.arrive_at is not None and one.probability >= enough:
            when = f"约{clock_zh(one.arrive_at, at)}到" if one.arrive_at > at else "已到"
            parts.append(f"{one.force_bft}级风{when}(可能{one.probability:.0%})")
    if gale.depart_at is not None and gale.probability >= enough:
        parts.append(f"{clock_zh(gale.depart_at, at)}后减弱")
    return "，".join(parts)


def _reason_en(storm: Track, issued: LocalStorm, gale: Arrival, severe: Arrival, enough: float) -> str:
    parts = [f"typhoon {storm.called_en} passes at {_nearest_km(issued)} km"]
    parts += [
        f"force {one.force_bft} from about {clock_en(one.arrive_at)} ({one.probability:.0%})"
        for one in (gale, severe)
        if one.arrive_at is not None and one.probability >= enough
    ]
    if gale.depart_at is not None and gale.probability >= enough:
        parts.append(f"easing after {clock_en(gale.depart_at)}")
    return ", ".join(parts)


def _nearest_km(issued: LocalStorm) -> str:
    """Return the nearest approach within the reach to ten kilometres, as exact as a track is."""
    return f"{round(float(issued.distance_km.min()), -1):.0f}"


def _over(cage: PlacedCage, rules: TyphoonRules, at: datetime, *, waiting: bool) -> Finding:
    """Return the end of an open alert, or that it cannot be judged while a new track is awaited."""
    return Finding(
        key=f"{RULE}:{cage.cage_id}",
        rule=RULE,
        rule_version=rules.version,
        condition=Condition.UNKNOWN if waiting else Condition.CLEARED,
        severity=Severity.BLUE,
        subject=_subject(cage),
        observed_at=at,
        reason_zh="台风路径预报没有更新，暂不能判断" if waiting else "台风影响结束",
        reason_en="the storm's track is out of date: cannot be judged" if waiting else "the typhoon is over here",
    )
