"""Storm exposure: who is out in what they cannot stand, where they can go, and until when they can still leave."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone

import numpy as np

from core.finding import Condition, Evidence, Finding, Place, Severity, Subject, SubjectKind
from core.geo import bearing_deg
from vessels.fleet import Bools, Fleet, Floats, Ints, Role, Target, ranges_nm
from vessels.shelter_routes import Route, SeaRoutes, Shelter
from vessels.storm_weather import Weather, beaufort, wind_limit_mps

RULE = "vessels.storm"
FLEET_RULE = "vessels.storm_fleet"
CHINA = timezone(timedelta(hours=8))
NAMED = 60
"""Boats named in the list of those not yet back."""


@dataclass(frozen=True, kw_only=True)
class HullClass:
    """Default limits and speed from a hull length upwards."""

    length_from_m: float
    wind_class_bft: int
    hs_limit_m: float
    speed_kn: float


@dataclass(frozen=True, kw_only=True)
class OfficialEvent:
    """What warnings whose event holds one of the words announce at least, by colour from blue to red."""

    words: tuple[str, ...]
    hs_m: tuple[float, ...] = ()
    wind_bft: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if any(len(row) not in (0, 4) for row in (self.hs_m, self.wind_bft)):
            raise ValueError("hs_m and wind_bft need four figures each: blue, yellow, orange, red.")


@dataclass(frozen=True, kw_only=True)
class StormRules:
    """Limits of config/rules/storm.toml; each key is explained there with its source."""

    version: str
    source: str
    horizon_h: float
    step_min: float
    margin_min: float
    recall_before_h: float
    clear_factor: float
    shelters_tried: int
    sea_speed_factor: float
    moving_kn: float
    silent_h: float
    homeward_deg: float
    classes: tuple[HullClass, ...]
    official: tuple[OfficialEvent, ...] = ()

    def __post_init__(self) -> None:
        if not self.classes or self.classes[0].length_from_m != 0:
            raise ValueError("classes needs a first row with length_from_m = 0.")
        if self.step_min <= 0 or not 0 < self.clear_factor <= 1:
            raise ValueError("step_min must be above 0 and clear_factor within 0..1.")


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one boat can stand and how fast she goes home. [m/s] [m] [kn]"""

    wind_mps: float
    wind_class_bft: int
    hs_m: float
    speed_kn: float


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The best way home of one boat.

    Parameters
    ----------
    latest_departure_at
        Last start at which wind and sea stay within her limits all the way, less the margin; None when even
        leaving now meets more than she can stand.
    """

    route: Route
    duration_h: float
    latest_departure_at: datetime | None
    homeward: bool


def limits_of(target: Target, rules: StormRules) -> Limits:
    """Return a boat's limits by the register, else by her length; speed in the coming sea."""
    length_m = target.hull_length_m or 0.0
    default = [c for c in rules.classes if c.length_from_m <= length_m][-1]
    facts = target.register
    force = facts.wind_class_bft if facts and facts.wind_class_bft is not None else default.wind_class_bft
    hs_m = facts.hs_limit_m if facts and facts.hs_limit_m is not None else default.hs_limit_m
    calm_kn = target.sog_kn if (target.sog_kn or 0.0) >= rules.moving_kn and target.sog_kn else default.speed_kn
    return Limits(
        wind_mps=wind_limit_mps(force), wind_class_bft=force, hs_m=hs_m, speed_kn=calm_kn * rules.sea_speed_factor
    )


def announced(event: str, colour: Severity, rules: StormRules) -> tuple[float | None, float | None]:
    """Return (wind_mps, hs_m) that an official warning of an event and colour announces at least, None where unsaid.

    The wind is the lower bound of its Beaufort force.
    """
    for row in rules.official:
        if any(word in event.lower() for word in row.words):
            wind = wind_limit_mps(row.wind_bft[colour - 1] - 1) + 0.1 if row.wind_bft else None
            return wind, row.hs_m[colour - 1] if row.hs_m else None
    return None, None


def in_shelter(lat_deg: Floats, lon_deg: Floats, shelters: Sequence[Shelter]) -> Bools:
    """Return which boats lie within the radius of any shelter."""
    found = np.zeros(len(lat_deg), dtype=np.bool_)
    for shelter in shelters:
        there = np.full(len(lat_deg), shelter.lat_deg), np.full(len(lat_deg), shelter.lon_deg)
        found |= ranges_nm(*there, lat_deg, lon_deg) <= shelter.radius_nm
    return found


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """Wind and sea where each boat is, shape (boat, time), against her limits (boat,).

    Parameters
    ----------
    load
        Largest part of a limit used, wind or sea: 1 is the limit itself; NaN where no forecast reaches.
    """

    hours: Floats
    wind_mps: Floats
    hs_m: Floats
    load: Floats


def outlook(fleet: Fleet, rows: Ints, limits: Sequence[Limits], weather: Weather, rules: StormRules) -> Outlook:
    """Return what the next hours bring where the boats of `rows` are."""
    hours = np.arange(0.0, rules.horizon_h + 1e-9, rules.step_min / 60.0)
    when = np.broadcast_to(fleet.at.timestamp() + hours * 3600.0, (len(rows), len(hours)))
    lat, lon = (np.broadcast_to(a[rows][:, None], when.shape) for a in (fleet.lat_deg, fleet.lon_deg))
    wind, hs = weather.sample(lat, lon, when)
    wind_limit, hs_limit = (np.array([getattr(x, name) for x in limits])[:, None] for name in ("wind_mps", "hs_m"))
    return Outlook(hours=hours, wind_mps=wind, hs_m=hs, load=np.fmax(wind / wind_limit, hs / hs_limit))


def plan(
    target: Target, limits: Limits, stay_load: Floats, hours: Floats, routes: SeaRoutes, weather: Weather,
    rules: StormRules, at: datetime,
) -> Plan | None:  # fmt: skip
    """Return the way home that leaves the boat most time, None when no way over water was found.

    A departure is safe when the boat stays within her limits while she waits and on every leg of the way; the
    latest safe departure is the last of the run of safe ones that begins now, less the margin.
    """
    found = [
        _one_plan(target, limits, stay_load, hours, route, weather, rules, at)
        for route in routes.nearest(target.lat_deg, target.lon_deg, rules.shelters_tried)
    ]
    never = datetime.min.replace(tzinfo=UTC)
    return max(found, key=lambda p: (p.latest_departure_at or never, -p.duration_h), default=None)


def _one_plan(
    target: Target, limits: Limits, stay_load: Floats, hours: Floats, route: Route, weather: Weather,
    rules: StormRules, at: datetime,
) -> Plan:  # fmt: skip
    duration_h = route.distance_nm / limits.speed_kn
    under_way_h = np.linspace(0.0, duration_h, max(2, int(np.ceil(duration_h * 60.0 / rules.step_min)) + 1))
    lat, lon = route.at(under_way_h * limits.speed_kn)
    when = at.timestamp() + (hours[:, None] + under_way_h[None, :]) * 3600.0
    lats, lons = np.broadcast_to(lat[None, :], when.shape), np.broadcast_to(lon[None, :], when.shape)
    wind, hs = weather.sample(lats, lons, when)
    load = np.fmax(wind / limits.wind_mps, hs / limits.hs_m)
    # What lies beyond the forecast's end is not known to be safe nor unsafe: only known excess forbids.
    safe = ~(load > 1.0).any(axis=1) & ~np.maximum.accumulate(np.nan_to_num(stay_load) > 1.0)
    last = int(np.argmin(safe)) - 1 if not safe.all() else len(safe) - 1
    latest = None if last < 0 else at + timedelta(hours=float(hours[last])) - timedelta(minutes=rules.margin_min)
    return Plan(
        route=route,
        duration_h=duration_h,
        latest_departure_at=latest,
        homeward=_homeward(target, route, rules),
    )


def _homeward(target: Target, route: Route, rules: StormRules) -> bool:
    if (target.sog_kn or 0.0) < rules.moving_kn or target.cog_deg is None:
        return False
    ahead = min(2.0, route.distance_nm)
    lat, lon = route.at(np.array([ahead]))
    way = bearing_deg(target.lat_deg, target.lon_deg, float(lat[0]), float(lon[0]))
    return abs((target.cog_deg - way + 180.0) % 360.0 - 180.0) <= rules.homeward_deg


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
    out = []
    for i, row in enumerate(rows):
        assert view is not None
        judged = _judge_boat(fleet, int(row), limits[i], view, i, weather, routes, rules, open_keys, aboard or {})
        findings += judged
        out += [f for f in judged if f.condition is Condition.ACTIVE]
    return findings + _fleet_list(out, fleet, rules, open_keys)


def _key(fleet: Fleet, row: int) -> str:
    return f"{RULE}:{fleet.mmsi[row]}"


def _judge_boat(
    fleet: Fleet, row: int, limits: Limits, view: Outlook, i: int, weather: Weather, routes: SeaRoutes,
    rules: StormRules, open_keys: frozenset[str], aboard: dict[int, int],
) -> list[Finding]:  # fmt: skip
    key, load = _key(fleet, row), view.load[i]
    if np.isnan(load).all():
        return [_unknown(fleet, row, rules)] if key in open_keys else []
    threshold = rules.clear_factor if key in open_keys else 1.0
    if not (load > threshold).any():
        return [_quiet(fleet, row, rules)] if key in open_keys else []
    target = fleet.targets[row]
    way = plan(target, limits, load, view.hours, routes, weather, rules, fleet.at)
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
        reason_zh=f"{_clock(from_at)}起风力{beaufort(wind)}级浪高{hs:.1f}米，超过本船限度",
        reason_en=(
            f"From {_clock_en(from_at)} wind Beaufort {beaufort(wind)}, Hs {hs:.1f} m: "
            f"beyond this boat's limit (Beaufort {limits.wind_class_bft}, {limits.hs_m:.1f} m)"
        ),
        advice_zh=_advice_zh(way, severity),
        advice_en=_advice_en(way, severity),
        evidence=(Evidence(kind="position", text=f"MMSI {target.mmsi}", observed_at=target.observed_at),),
        values=_values(limits, wind, hs, way, persons),
    )


def _clock(at: datetime) -> str:
    local = at.astimezone(CHINA)
    return f"{local.day}日{local.hour:02d}:{local.minute:02d}"


def _clock_en(at: datetime) -> str:
    return at.astimezone(CHINA).strftime("%d %b %H:%M")


def _advice_zh(way: Plan | None, severity: Severity) -> str:
    if way is None:
        return "请立即就近避风，并与值班室联系"
    where = f"{way.route.shelter.name_zh}{way.route.distance_nm:.0f}海里约{way.duration_h:.1f}小时"
    if severity is Severity.RED or way.latest_departure_at is None:
        return f"已过最晚返航时间，立即避风：{where}" + ("（已在返航）" if way.homeward else "")
    return f"最晚{_clock(way.latest_departure_at)}前返航至{where}" + ("（已在返航）" if way.homeward else "")


def _advice_en(way: Plan | None, severity: Severity) -> str:
    if way is None:
        return "Take the nearest shelter now and call the duty desk"
    where = f"{way.route.shelter.name_en}, {way.route.distance_nm:.0f} nmi, about {way.duration_h:.1f} h"
    if severity is Severity.RED or way.latest_departure_at is None:
        return f"The time to leave has passed: make for shelter now: {where}"
    return f"Leave before {_clock_en(way.latest_departure_at)} for {where}"


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
