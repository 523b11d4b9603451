"""A boat in a coming storm: what she can stand, what the next hours bring her, and her best way home."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from core.finding import Severity
from core.geo import bearing_deg
from vessels.fleet import Bools, Fleet, Floats, Ints, Target, ranges_nm
from vessels.shelter_routes import Route, SeaRoutes, Shelter
from vessels.storm_weather import Weather, wind_limit_mps


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
    course_held_h: float
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
    closed_from_at, closed_until_at
        The first span of departures that would meet more than she can stand, there or on the way; None without one,
        and no end when it lasts to the end of what is known.
    """

    route: Route
    duration_h: float
    latest_departure_at: datetime | None
    homeward: bool
    closed_from_at: datetime | None
    closed_until_at: datetime | None


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
    source
        What the weather rests on.
    """

    source: str
    hours: Floats
    wind_mps: Floats
    hs_m: Floats
    load: Floats


def outlook(fleet: Fleet, rows: Ints, limits: Sequence[Limits], weather: Weather, rules: StormRules) -> Outlook:
    """Return what the next hours bring the boats of `rows`: where they are, or on the course that a moving one holds.

    The worse of the two counts hour by hour: nobody knows when she will turn or stop.
    """
    hours = np.arange(0.0, rules.horizon_h + 1e-9, rules.step_min / 60.0)
    when = np.broadcast_to(fleet.at.timestamp() + hours * 3600.0, (len(rows), len(hours)))
    here = _brought(weather, *_staying(fleet, rows, when), when, limits)
    ahead = _brought(weather, *way_ahead(fleet, rows, hours, rules), when, limits)
    worse = np.isfinite(ahead[2]) & ~(here[2] >= ahead[2])
    wind, hs, load = (np.where(worse, there, stay) for stay, there in zip(here, ahead, strict=True))
    return Outlook(source=weather.source, hours=hours, wind_mps=wind, hs_m=hs, load=load)


def _brought(
    weather: Weather, lat_deg: Floats, lon_deg: Floats, unix_s: Floats, limits: Sequence[Limits]
) -> tuple[Floats, Floats, Floats]:
    """Return wind, sea and the largest part of each boat's limits that they use, (boat, time) each."""
    wind, hs = weather.sample(lat_deg, lon_deg, unix_s)
    wind_limit, hs_limit = (np.array([getattr(x, name) for x in limits])[:, None] for name in ("wind_mps", "hs_m"))
    return wind, hs, np.fmax(wind / wind_limit, hs / hs_limit)


def _staying(fleet: Fleet, rows: Ints, when: Floats) -> tuple[Floats, Floats]:
    """Return the boats' places, held, shape (boat, time)."""
    lat, lon = (np.broadcast_to(a[rows][:, None], when.shape) for a in (fleet.lat_deg, fleet.lon_deg))
    return lat, lon


def way_ahead(fleet: Fleet, rows: Ints, hours: Floats, rules: StormRules) -> tuple[Floats, Floats]:
    """Return where boats under way will be when they hold course and speed for a while and then stay, (boat, time)."""
    boats = [fleet.targets[row] for row in rows]
    speed_kn = np.array(
        [b.sog_kn if (b.sog_kn or 0.0) >= rules.moving_kn and b.cog_deg is not None else 0.0 for b in boats]
    )
    course = np.radians([b.cog_deg or 0.0 for b in boats])
    run_nm = speed_kn[:, None] * np.minimum(hours, rules.course_held_h)[None, :]
    lat0, lon0 = fleet.lat_deg[rows][:, None], fleet.lon_deg[rows][:, None]
    lat = lat0 + run_nm * np.cos(course)[:, None] / 60.0
    return lat, lon0 + run_nm * np.sin(course)[:, None] / (60.0 * np.cos(np.radians(lat0)))


def unfit_shelters(shelters: Sequence[Shelter], weather: Weather, rules: StormRules, at: datetime) -> frozenset[str]:
    """Return the shelters whose wind within the horizon passes what they give lee from; none when all would be."""
    hours = np.arange(0.0, rules.horizon_h + 1e-9, rules.step_min / 60.0)
    when = np.broadcast_to(at.timestamp() + hours * 3600.0, (len(shelters), len(hours)))
    lat = np.array([s.lat_deg for s in shelters])[:, None] + np.zeros_like(when)
    lon = np.array([s.lon_deg for s in shelters])[:, None] + np.zeros_like(when)
    wind = weather.sample(lat, lon, when)[0]
    limit = np.array([wind_limit_mps(s.max_wind_bft) for s in shelters])
    over = np.any(np.nan_to_num(wind) > limit[:, None], axis=1).tolist()
    return frozenset() if all(over) else frozenset(s.id for s, bad in zip(shelters, over, strict=True) if bad)


def plan(
    target: Target, limits: Limits, stay_load: Floats, hours: Floats, routes: SeaRoutes, weather: Weather,
    rules: StormRules, at: datetime, unfit: Collection[str] = (),
) -> Plan | None:  # fmt: skip
    """Return the way home that leaves the boat most time, None when no way over water was found.

    A departure is safe when the boat stays within her limits while she waits and on every leg of the way; the
    latest safe departure is the last of the run of safe ones that begins now, less the margin. Shelters named in
    `unfit` are left out.
    """
    found = [
        _one_plan(target, limits, stay_load, hours, route, weather, rules, at)
        for route in routes.nearest(target.lat_deg, target.lon_deg, rules.shelters_tried, unfit)
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
    closed = closed_span(load, hours, at)
    latest = None if last < 0 else at + timedelta(hours=float(hours[last])) - timedelta(minutes=rules.margin_min)
    return Plan(
        route=route,
        duration_h=duration_h,
        latest_departure_at=latest,
        homeward=_homeward(target, route, rules),
        closed_from_at=closed[0],
        closed_until_at=closed[1],
    )


def closed_span(load: Floats, hours: Floats, at: datetime) -> tuple[datetime | None, datetime | None]:
    """Return the first span of departures whose way passes the limits, (None, None) without one.

    Parameters
    ----------
    load
        Largest part of a limit used by departure and leg, shape ``(departure, leg)``.
    """
    over: Bools = np.any(load > 1.0, axis=1)
    if not over.any():
        return None, None
    first = int(over.argmax())
    again = np.flatnonzero(~over[first:])
    until = None if not len(again) else at + timedelta(hours=float(hours[first + again[0]]))
    return at + timedelta(hours=float(hours[first])), until


def _homeward(target: Target, route: Route, rules: StormRules) -> bool:
    if (target.sog_kn or 0.0) < rules.moving_kn or target.cog_deg is None:
        return False
    ahead = min(2.0, route.distance_nm)
    lat, lon = route.at(np.array([ahead]))
    way = bearing_deg(target.lat_deg, target.lon_deg, float(lat[0]), float(lon[0]))
    return abs((target.cog_deg - way + 180.0) % 360.0 - 180.0) <= rules.homeward_deg
