"""Storm exposure: who is out in what they cannot stand, where they can go, and until when they can still leave."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np

from core.finding import Condition, Evidence, Finding, Place, Severity, Subject, SubjectKind
from vessels.fleet import Fleet, Role
from vessels.shelter_routes import SeaRoutes
from vessels.storm_plan import Limits, Outlook, Plan, StormRules, in_shelter, limits_of, outlook, plan, unfit_shelters
from vessels.storm_weather import Weather, beaufort
from vessels.storm_words import advice_en, advice_zh, window_en, window_zh

RULE = "vessels.storm"
FLEET_RULE = "vessels.storm_fleet"
NAMED = 60
"""Boats named in the list of those not yet back."""


def judge(
    fleet: Fleet,
    weather: Weather,
    routes: SeaRoutes,
    rules: StormRules,
    open_keys: frozenset[str],
    *,
    aboard: dict[int, int] | None = None,
) -> list[Finding]:
    """Return one finding for each fishing boat at sea beyond her limits, and one list of boats not yet back.

    Parameters
    ----------
    aboard
        People aboard by MMSI, from departure reports.
    """
    boats = np.flatnonzero((fleet.role == Role.FISHING) & (fleet.age_s <= rules.silent_h * 3600.0))
    back = in_shelter(fleet.lat_deg[boats], fleet.lon_deg[boats], routes.shelters)
    findings = [_back(fleet, int(row), rules) for row in boats[back] if _key(fleet, int(row)) in open_keys]
    rows = boats[~back]
    limits = [limits_of(fleet.targets[row], rules) for row in rows]
    view = outlook(fleet, rows, limits, weather, rules) if len(rows) else None
    unfit = unfit_shelters(routes.shelters, weather, rules, fleet.at)
    out = []
    for i, row in enumerate(rows):
        assert view is not None
        judged = _judge_boat(
            fleet, int(row), limits[i], view, i, weather, routes, rules, open_keys, aboard or {}, unfit
        )
        findings += judged
        out += [f for f in judged if f.condition is Condition.ACTIVE]
    return findings + _fleet_list(out, fleet, rules, open_keys)


def _key(fleet: Fleet, row: int) -> str:
    return f"{RULE}:{fleet.mmsi[row]}"


def _judge_boat(
    fleet: Fleet, row: int, limits: Limits, view: Outlook, i: int, weather: Weather, routes: SeaRoutes,
    rules: StormRules, open_keys: frozenset[str], aboard: dict[int, int], unfit: frozenset[str],
) -> list[Finding]:  # fmt: skip
    key, load = _key(fleet, row), view.load[i]
    if np.isnan(load).all():
        return [_unknown(fleet, row, rules)] if key in open_keys else []
    threshold = rules.clear_factor if key in open_keys else 1.0
    if not (load > threshold).any():
        return [_quiet(fleet, row, rules)] if key in open_keys else []
    target = fleet.targets[row]
    way = plan(target, limits, load, view.hours, routes, weather, rules, fleet.at, unfit)
    return [_exposed(fleet, row, limits, view, i, way, rules, aboard.get(target.mmsi))]


def severity_of(latest_departure_at: datetime | None, at: datetime, rules: StormRules) -> Severity:
    """Return yellow to warn, orange to recall, red when the time to leave has passed."""
    if latest_departure_at is None or latest_departure_at <= at:
        return Severity.RED
    near = latest_departure_at - at <= timedelta(hours=rules.recall_before_h)
    return Severity.ORANGE if near else Severity.YELLOW


def _exposed(
    fleet: Fleet, row: int, limits: Limits, view: Outlook, i: int, way: Plan | None, rules: StormRules,
    persons: int | None,
) -> Finding:  # fmt: skip
    target, load = fleet.targets[row], view.load[i]
    over = np.flatnonzero(load > 1.0)
    first = int(over[0]) if len(over) else int(np.nanargmax(load))
    last = int(over[-1]) if len(over) else first
    wind, hs = float(np.nanmax(np.append(view.wind_mps[i], 0.0))), float(np.nanmax(np.append(view.hs_m[i], 0.0)))
    from_at = fleet.at + timedelta(hours=float(view.hours[first]))
    until_at = fleet.at + timedelta(hours=float(view.hours[last]) + rules.step_min / 60.0)
    # A window that is still open at the end of what is looked at has no end that could be told.
    ends_at = until_at if last < len(view.hours) - 1 else None
    severity = severity_of(way.latest_departure_at if way else None, fleet.at, rules)
    return Finding(
        key=f"{RULE}:{target.mmsi}",
        rule=RULE,
        rule_version=rules.version,
        condition=Condition.ACTIVE,
        severity=severity,
        subject=Subject(kind=SubjectKind.VESSEL, id=str(target.mmsi), name=target.title_zh),
        observed_at=target.observed_at,
        valid_from=from_at,
        valid_until=until_at,
        place=Place(lat_deg=target.lat_deg, lon_deg=target.lon_deg),
        reason_zh=f"{window_zh(from_at, ends_at)}风力{beaufort(wind)}级浪高{hs:.1f}米，超过本船限度",
        reason_en=(
            f"{window_en(from_at, ends_at)} wind Beaufort {beaufort(wind)}, Hs {hs:.1f} m: "
            f"beyond this boat's limit (Beaufort {limits.wind_class_bft}, {limits.hs_m:.1f} m)"
        ),
        advice_zh=advice_zh(way, severity),
        advice_en=advice_en(way, severity),
        evidence=(
            Evidence(kind="position", text=f"MMSI {target.mmsi}", observed_at=target.observed_at),
            Evidence(kind="weather", text=view.source or "official warning", observed_at=fleet.at),
        ),
        values=_values(limits, wind, hs, way, persons) | _window(from_at, ends_at, way),
    )


def _window(from_at: datetime, ends_at: datetime | None, way: Plan | None) -> dict[str, float | str | None]:
    """Return the storm window where she is or will be, and that of her way home, as instants; no end where unknown."""
    spans: dict[str, tuple[datetime | None, datetime | None]] = {"window": (from_at, ends_at)}
    if way is not None:
        spans["way_closed"] = (way.closed_from_at, way.closed_until_at)
    return {
        f"{name}_{end}_at": None if at is None else at.isoformat()
        for name, span in spans.items()
        for end, at in zip(("from", "until"), span, strict=True)
    }


def _values(
    limits: Limits, wind: float, hs: float, way: Plan | None, persons: int | None
) -> dict[str, float | str | None]:
    values: dict[str, float | str | None] = {
        "wind_mps": round(wind, 1),
        "hs_m": round(hs, 2),
        "wind_limit_mps": limits.wind_mps,
        "hs_limit_m": limits.hs_m,
        "speed_kn": round(limits.speed_kn, 1),
        "persons_aboard": persons,
    }
    if way is None:
        return values
    latest = way.latest_departure_at
    return values | {
        "shelter": way.route.shelter.name_zh,
        "shelter_id": way.route.shelter.id,
        "sea_distance_nm": round(way.route.distance_nm, 1),
        "time_needed_h": round(way.duration_h, 2),
        "latest_departure_at": latest.isoformat() if latest else None,
        "homeward": float(way.homeward),
    }


def _plain(fleet: Fleet, row: int, rules: StormRules, condition: Condition, zh: str, en: str) -> Finding:
    target = fleet.targets[row]
    return Finding(
        key=_key(fleet, row),
        rule=RULE,
        rule_version=rules.version,
        condition=condition,
        severity=Severity.YELLOW,
        subject=Subject(kind=SubjectKind.VESSEL, id=str(target.mmsi), name=target.title_zh),
        observed_at=target.observed_at,
        place=Place(lat_deg=target.lat_deg, lon_deg=target.lon_deg),
        reason_zh=zh,
        reason_en=en,
    )


def _back(fleet: Fleet, row: int, rules: StormRules) -> Finding:
    return _plain(fleet, row, rules, Condition.CLEARED, "已进入避风港", "In shelter")


def _quiet(fleet: Fleet, row: int, rules: StormRules) -> Finding:
    return _plain(
        fleet, row, rules, Condition.CLEARED, "未来风浪已在本船限度内", "Wind and sea stay within the boat's limits"
    )


def _unknown(fleet: Fleet, row: int, rules: StormRules) -> Finding:
    return _plain(fleet, row, rules, Condition.UNKNOWN, "该海域暂无风浪预报", "No forecast of wind and sea here")


def _fleet_list(out: Sequence[Finding], fleet: Fleet, rules: StormRules, open_keys: frozenset[str]) -> list[Finding]:
    """Return the duty desk's list of boats not yet back (未回港), most urgent first."""
    key = f"{FLEET_RULE}:sea"
    if not out and key not in open_keys:
        return []
    ranked = sorted(out, key=lambda f: (-f.severity, str(f.values.get("latest_departure_at") or "")))
    worst = max((f.severity for f in out), default=Severity.YELLOW)
    people = [f.values.get("persons_aboard") for f in out]
    known = sum(int(p) for p in people if isinstance(p, int | float))
    overdue = sum(f.severity is Severity.RED for f in out)
    base = Finding(
        key=key,
        rule=FLEET_RULE,
        rule_version=rules.version,
        condition=Condition.ACTIVE,
        severity=worst,
        subject=Subject(kind=SubjectKind.AREA, id="sea", name="辖区海域"),
        observed_at=fleet.at,
        reason_zh=f"大风浪将至，仍有{len(out)}艘未回港，其中{overdue}艘已过最晚返航时间",
        reason_en=f"Storm ahead: {len(out)} boats not yet back, {overdue} past their latest departure",
        advice_zh="逐船点名催促返航",
        advice_en="Call every boat and urge her home",
        evidence=tuple(
            Evidence(kind="not_back", ref=f.key, text=f"{f.subject.name}：{f.advice_zh}") for f in ranked[:NAMED]
        ),
        values={"boats": float(len(out)), "overdue": float(overdue), "persons_known": float(known)},
    )
    if out:
        return [base]
    return [
        replace(
            base, condition=Condition.CLEARED, reason_zh="所有船只均已回港或风浪解除", reason_en="All boats are back"
        )
    ]
