"""Targets without AIS: which detection is which reporting vessel, and what is left over as a target of its own.

Each scan is matched twice, one to one (`scipy.optimize.linear_sum_assignment`) within a gate: first to vessels that
report (AIS, Beidou), interpolated to the time of the scan; what is left, to unidentified targets that are followed by a
Kalman filter each. What stays unmatched begins a tentative target, confirmed when it is seen again often enough. A
vessel whose AIS comes up takes over the detections of its unidentified target, which then ends with its number.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from core.settings import build, load_toml
from vessels.beidou import BeidouFix

Floats = npt.NDArray[np.float64]
M_PER_DEGREE = 111_194.927
"""Mean radius 6371.0088 km x pi / 180."""


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


def load_rules(rules_dir: Path) -> AssociationRules:
    """Return ``association.toml`` of the rules folder."""
    path = rules_dir / "association.toml"
    return build(AssociationRules, load_toml(path), where=str(path))


@dataclass(frozen=True, kw_only=True, slots=True)
class Detection:
    """One thing seen: when, where, how exactly (one sigma), how long; `sensor` names the radar, camera or product.

    `number` is the one that a tracking radar gives its target: such a radar repeats itself every few seconds.
    """

    at_s: float
    lat_deg: float
    lon_deg: float
    sigma_m: float
    length_m: float | None = None
    sensor: str = "radar"
    source: str = "radar"
    line: int = -1
    number: int | None = None


@dataclass(frozen=True, kw_only=True)
class Reported:
    """Where vessels that report were at one moment, with the uncertainty of each, and since when they report."""

    ids: Sequence[str]
    lat_deg: Floats
    lon_deg: Floats
    sigma_m: Floats
    since_s: Floats


class Reports:
    """The fixes of one reporting vessel, in time order, to be asked where it was."""

    def __init__(
        self, target_id: str, time_s: Floats, lat_deg: Floats, lon_deg: Floats, sog_kn: Floats, cog_deg: Floats,
        *, reach_s: float | None = None,
    ):  # fmt: skip
        order = np.argsort(time_s, kind="stable")
        self.target_id, self.reach_s = target_id, reach_s
        self.time_s, self.lat, self.lon = time_s[order], lat_deg[order], lon_deg[order]
        self.sog, self.cog = sog_kn[order], cog_deg[order]

    def at(
        self, at_s: float, rules: AssociationRules, *, known_until_s: float = math.inf
    ) -> tuple[float, float, float] | None:
        """Return (lat, lon, sigma in m) at a moment from the fixes known by `known_until_s`; None when too far off."""
        after, reach_s = int(np.searchsorted(self.time_s, at_s)), self.reach_s or rules.ais_reach_s
        before = after - 1
        if before >= 0 and after < len(self.time_s) and self.time_s[after] <= known_until_s:
            gap = float(self.time_s[after] - self.time_s[before])
            if gap <= rules.ais_bridge_s:
                return self._between(before, after, at_s, gap, rules)
        if before >= 0 and at_s - self.time_s[before] <= reach_s:
            return self._reckoned(before, at_s - float(self.time_s[before]), rules)
        if after < len(self.time_s) and known_until_s >= self.time_s[after] and self.time_s[after] - at_s <= reach_s:
            return self._reckoned(after, at_s - float(self.time_s[after]), rules)
        return None

    def joined(self, other: "Reports") -> "Reports":
        """Return the fixes of both as those of one vessel."""
        parts = ((self.time_s, other.time_s), (self.lat, other.lat), (self.lon, other.lon), (self.sog, other.sog),
                 (self.cog, other.cog))  # fmt: skip
        reach_s = self.reach_s if other.reach_s is None else other.reach_s
        return Reports(self.target_id, *(np.concatenate(part) for part in parts), reach_s=reach_s)

    def _between(
        self, one: int, two: int, at_s: float, gap: float, rules: AssociationRules
    ) -> tuple[float, float, float]:
        share = 0.0 if gap == 0 else (at_s - float(self.time_s[one])) / gap
        nearest = min(share, 1 - share) * gap
        lat = self.lat[one] + share * (self.lat[two] - self.lat[one])
        lon = self.lon[one] + share * ((self.lon[two] - self.lon[one] + 540.0) % 360.0 - 180.0)
        return float(lat), float(lon), math.hypot(rules.ais_sigma_m, rules.ais_drift_mps * nearest)

    def _reckoned(self, fix: int, elapsed_s: float, rules: AssociationRules) -> tuple[float, float, float]:
        knots, course = float(self.sog[fix]), math.radians(float(self.cog[fix]))
        way_m = 0.0 if math.isnan(knots) or math.isnan(course) else knots * 1852.0 / 3600.0 * elapsed_s
        lat = float(self.lat[fix]) + way_m * math.cos(course or 0.0) / M_PER_DEGREE if way_m else float(self.lat[fix])
        lon = float(self.lon[fix])
        if way_m:
            lon += way_m * math.sin(course) / (M_PER_DEGREE * math.cos(math.radians(lat)))
        unknown_mps = 3.0 if math.isnan(knots) else rules.ais_drift_mps
        return lat, lon, math.hypot(rules.ais_sigma_m, unknown_mps * abs(elapsed_s))


def with_beidou(
    heard: Iterable[Reports], fixes: Iterable[BeidouFix], owner: Mapping[str, str], rules: AssociationRules
) -> list[Reports]:
    """Return vessels with the fixes of Beidou terminals beside those of their AIS.

    Parameters
    ----------
    owner
        Vessel's id by terminal; a terminal of nobody is a vessel of its own, ``BD-`` and its number.
    """
    found = {reports.target_id: reports for reports in heard}
    by_terminal: dict[str, list[BeidouFix]] = {}
    for fix in fixes:
        by_terminal.setdefault(fix.beidou_id, []).append(fix)
    for terminal, some in by_terminal.items():
        name = owner.get(terminal, f"BD-{terminal}")
        own = _of_terminal(name, sorted(some, key=lambda fix: fix.at_s), rules)
        found[name] = found[name].joined(own) if name in found else own
    return list(found.values())


def _of_terminal(name: str, fixes: Sequence[BeidouFix], rules: AssociationRules) -> Reports:
    """Return a terminal's fixes in time order, reckoned on by the way made between them: Beidou sends no speed."""
    time_s, lat, lon = (np.array(v) for v in zip(*((f.at_s, f.lat_deg, f.lon_deg) for f in fixes), strict=True))
    elapsed_s = np.diff(time_s, prepend=np.nan)
    elapsed_s[(elapsed_s <= 0) | (elapsed_s > rules.ais_bridge_s)] = np.nan
    north = np.diff(lat, prepend=np.nan) * M_PER_DEGREE
    east = np.diff(lon, prepend=np.nan) * M_PER_DEGREE * np.cos(np.radians(lat))
    sog_kn = np.hypot(north, east) / elapsed_s * 3600.0 / 1852.0
    cog_deg = np.degrees(np.arctan2(east, north)) % 360.0
    return Reports(name, time_s, lat, lon, sog_kn, cog_deg, reach_s=rules.ais_bridge_s)


def reported_at(
    vessels: Iterable[Reports], at_s: float, rules: AssociationRules, *, known_until_s: float = math.inf
) -> Reported:
    """Return where the vessels were at a moment."""
    found = [
        (v.target_id, *place, float(v.time_s[0]))
        for v in vessels
        if (place := v.at(at_s, rules, known_until_s=known_until_s)) is not None
    ]
    ids = [row[0] for row in found]
    lat, lon, sigma, since = (np.array([row[k] for row in found], dtype=np.float64) for k in (1, 2, 3, 4))
    return Reported(ids=ids, lat_deg=lat, lon_deg=lon, sigma_m=sigma, since_s=since)


@dataclass(kw_only=True)
class DarkTarget:
    """An unidentified target: Kalman state in metres on the tracker's plane, and its history.

    Parameters
    ----------
    history
        (time_s, lat, lon) of its detections.
    handed_to
        Reporting vessel that took it over.
    """

    number: int
    state: Floats
    spread: Floats
    at_s: float
    first_s: float
    hits: int = 1
    scans: int = 1
    misses: int = 0
    confirmed: bool = False
    ended: bool = False
    handed_to: str | None = None
    length_m: float | None = None
    source: str = "radar"
    history: list[tuple[float, float, float]] = field(default_factory=list)
    takers: dict[str, int] = field(default_factory=dict)

    @property
    def target_id(self) -> str:
        """Return the id of an unidentified target, D1, D2 …"""
        return f"D{self.number}"

    @property
    def last_s(self) -> float:
        """Return the time of its last detection."""
        return self.history[-1][0]

    def sog_kn(self) -> float:
        """Return its speed by the filter. [kn]"""
        return float(np.hypot(self.state[2], self.state[3])) * 3600.0 / 1852.0

    def cog_deg(self) -> float:
        """Return its course by the filter. [deg]"""
        return math.degrees(math.atan2(self.state[2], self.state[3])) % 360.0


@dataclass(frozen=True, kw_only=True)
class ScanResult:
    """What became of each detection of a scan: a vessel's id, an unidentified target, or neither (clutter so far)."""

    vessel: tuple[str | None, ...]
    dark: tuple[DarkTarget | None, ...]


class Associator:
    """Follows unidentified targets from scan to scan; scans must come in time order."""

    def __init__(self, rules: AssociationRules, lat0_deg: float, lon0_deg: float, *, first_number: int = 1) -> None:
        self.rules = rules
        self._lat0, self._lon0 = lat0_deg, lon0_deg
        self._next = first_number
        self.targets: list[DarkTarget] = []
        self.ended: list[DarkTarget] = []

    def plane(self, lat_deg: Floats, lon_deg: Floats) -> Floats:
        """Return (n, 2) metres east and north of the origin."""
        east = ((lon_deg - self._lon0 + 540.0) % 360.0 - 180.0) * math.cos(math.radians(self._lat0)) * M_PER_DEGREE
        return np.column_stack((east, (lat_deg - self._lat0) * M_PER_DEGREE))

    def place(self, east_m: float, north_m: float) -> tuple[float, float]:
        """Return (lat, lon) of a point of the plane."""
        return (
            self._lat0 + north_m / M_PER_DEGREE,
            self._lon0 + east_m / (M_PER_DEGREE * math.cos(math.radians(self._lat0))),
        )

    def scan(self, detections: Sequence[Detection], reported: Reported) -> ScanResult:
        """Match one scan's detections and move every unidentified target on."""
        at_s = max((d.at_s for d in detections), default=0.0)
        points = self.plane(np.array([d.lat_deg for d in detections]), np.array([d.lon_deg for d in detections]))
        sigma = np.array([d.sigma_m for d in detections])
        vessel = self._match_vessels(points, sigma, reported)
        for target in self.targets:
            _predict(target, at_s, self.rules)
        left = [k for k in range(len(detections)) if vessel[k] is None]
        dark = self._match_targets(points, sigma, left)
        self._hand_over(points, sigma, vessel, dark, dict(zip(reported.ids, reported.since_s.tolist(), strict=True)))
        self._update(detections, points, sigma, dark)
        self._begin(detections, points, sigma, [k for k in left if dark[k] is None])
        self._prune(at_s)
        return ScanResult(vessel=tuple(vessel), dark=tuple(dark))

    def _match_vessels(self, points: Floats, sigma: Floats, reported: Reported) -> list[str | None]:
        matched: list[str | None] = [None] * len(points)
        if not len(points) or not reported.ids:
            return matched
        places = self.plane(reported.lat_deg, reported.lon_deg)
        variance = sigma[:, None] ** 2 + reported.sigma_m[None, :] ** 2
        square = ((points[:, None, :] - places[None, :, :]) ** 2).sum(axis=2) / variance
        for row, column in _assign(0.5 * square + 0.5 * np.log(variance / sigma[:, None] ** 2), square, self.rules):
            matched[row] = reported.ids[column]
        return matched

    def _match_targets(self, points: Floats, sigma: Floats, left: list[int]) -> list[DarkTarget | None]:
        found: list[DarkTarget | None] = [None] * len(points)
        if not left or not self.targets:
            return found
        square = np.empty((len(left), len(self.targets)))
        cost = np.empty_like(square)
        for column, target in enumerate(self.targets):
            step = points[left] - target.state[:2]
            for row, k in enumerate(left):
                spread = target.spread[:2, :2] + np.eye(2) * sigma[k] ** 2
                inverse = np.linalg.inv(spread)
                square[row, column] = step[row] @ inverse @ step[row]
                cost[row, column] = 0.5 * square[row, column] + 0.5 * math.log(np.linalg.det(spread) / sigma[k] ** 4)
        for column, target in enumerate(self.targets):
            cost[:, column] -= 2.0 if target.confirmed else 0.0
        for row, column in _assign(cost, square, self.rules):
            found[left[row]] = self.targets[column]
        return found

    def _hand_over(
        self, points: Floats, sigma: Floats, vessel: list[str | None], dark: list[DarkTarget | None],
        since_s: Mapping[str, float],
    ) -> None:  # fmt: skip
        """Hand a confirmed target that got no detection to the vessel that takes them since its AIS came up."""
        seen = {id(target) for target in dark if target is not None}
        for target in self.targets:
            if not target.confirmed or id(target) in seen:
                continue
            for k, taker in enumerate(vessel):
                if taker is None or since_s[taker] < target.first_s or not self._near(target, points[k], sigma[k]):
                    continue
                target.takers[taker] = target.takers.get(taker, 0) + 1
                if target.takers[taker] >= self.rules.handover_hits:
                    target.handed_to, target.ended = taker, True

    def _near(self, target: DarkTarget, point: Floats, sigma_m: float) -> bool:
        spread = target.spread[:2, :2] + np.eye(2) * sigma_m**2
        step = point - target.state[:2]
        return bool(step @ np.linalg.inv(spread) @ step < self.rules.gate)

    def _update(
        self, detections: Sequence[Detection], points: Floats, sigma: Floats, dark: list[DarkTarget | None]
    ) -> None:
        seen = set()
        for k, target in enumerate(dark):
            if target is not None:
                _correct(target, points[k], float(sigma[k]))
                _note(target, detections[k], self.rules)
                seen.add(id(target))
        for target in self.targets:
            target.scans += 1
            target.misses = 0 if id(target) in seen else target.misses + 1

    def _begin(self, detections: Sequence[Detection], points: Floats, sigma: Floats, left: list[int]) -> None:
        for k in left:
            state = np.array([points[k, 0], points[k, 1], 0.0, 0.0])
            spread = np.diag([sigma[k] ** 2] * 2 + [self.rules.first_speed_mps**2] * 2)
            seen = detections[k]
            self.targets.append(
                DarkTarget(
                    number=0, state=state, spread=spread, at_s=seen.at_s, first_s=seen.at_s, length_m=seen.length_m,
                    source=seen.source, history=[(seen.at_s, seen.lat_deg, seen.lon_deg)],
                )
            )  # fmt: skip

    def _prune(self, at_s: float) -> None:
        rules, kept = self.rules, []
        for target in self.targets:
            if not target.confirmed and target.hits >= rules.confirm_hits and _plausible(target, rules):
                target.confirmed, target.number = True, self._next
                self._next += 1
            old = (
                at_s - target.last_s > rules.drop_confirmed_s
                if target.confirmed
                else (
                    target.misses >= rules.drop_tentative
                    or (target.scans > rules.confirm_of and target.hits < rules.confirm_hits)
                )
            )
            if old or target.ended:
                target.ended = True
                if target.confirmed:
                    self.ended.append(target)
            else:
                kept.append(target)
        self.targets = kept

    def confirmed(self) -> list[DarkTarget]:
        """Return the confirmed unidentified targets, ended ones too, by number."""
        return sorted([*self.ended, *(t for t in self.targets if t.confirmed)], key=lambda t: t.number)


def silenced(
    target: DarkTarget, matched: Mapping[str, tuple[float, float, float]], rules: AssociationRules
) -> str | None:
    """Return the vessel whose AIS fell silent and whose detections an unidentified target took over, None when none.

    Parameters
    ----------
    matched
        (time_s, lat, lon) of the last detection that was taken for each vessel: it must end where and when the target
        begins.
    """
    first_s, lat, lon = target.history[0]
    fits = []
    for vessel, (at_s, vessel_lat, vessel_lon) in matched.items():
        elapsed_s = first_s - at_s
        if not 0.0 <= elapsed_s <= rules.silent_link_s:
            continue
        north_m = (lat - vessel_lat) * M_PER_DEGREE
        east_m = (lon - vessel_lon) * M_PER_DEGREE * math.cos(math.radians(lat))
        apart_m = math.hypot(north_m, east_m)
        if apart_m <= rules.silent_link_m + 2 * rules.first_speed_mps * elapsed_s:
            fits.append((apart_m, vessel))
    return min(fits)[1] if fits else None


def _assign(cost: Floats, square: Floats, rules: AssociationRules) -> list[tuple[int, int]]:
    """Return the one-to-one pairs of least total cost within the gate; a row may stay single at the cost of a miss."""
    rows, columns = cost.shape
    padded = np.full((rows, columns + rows), rules.miss_log_cost)
    padded[:, :columns] = np.where(square <= rules.gate, cost, 1e6)
    picked = zip(*linear_sum_assignment(padded), strict=True)
    return [(int(r), int(c)) for r, c in picked if c < columns and square[r, c] <= rules.gate]


def _predict(target: DarkTarget, at_s: float, rules: AssociationRules) -> None:
    elapsed = max(0.0, at_s - target.at_s)
    move = np.eye(4)
    move[0, 2] = move[1, 3] = elapsed
    push = rules.acceleration_mps2**2
    noise = np.zeros((4, 4))
    noise[0, 0] = noise[1, 1] = push * elapsed**4 / 4
    noise[0, 2] = noise[2, 0] = noise[1, 3] = noise[3, 1] = push * elapsed**3 / 2
    noise[2, 2] = noise[3, 3] = push * elapsed**2
    target.state = move @ target.state
    target.spread = move @ target.spread @ move.T + noise
    target.at_s = at_s


def _correct(target: DarkTarget, point: Floats, sigma_m: float) -> None:
    spread = target.spread[:2, :2] + np.eye(2) * sigma_m**2
    gain = target.spread[:, :2] @ np.linalg.inv(spread)
    target.state = target.state + gain @ (point - target.state[:2])
    target.spread = (np.eye(4) - gain @ np.eye(2, 4)) @ target.spread


def _note(target: DarkTarget, seen: Detection, rules: AssociationRules) -> None:
    target.hits += 1
    target.history.append((seen.at_s, seen.lat_deg, seen.lon_deg))
    if seen.length_m is not None:
        old = target.length_m
        target.length_m = seen.length_m if old is None else old + (seen.length_m - old) / min(target.hits, 10)


def _plausible(target: DarkTarget, rules: AssociationRules) -> bool:
    return float(np.hypot(target.state[2], target.state[3])) <= rules.max_speed_mps


def scans(detections: Iterable[Detection], rules: AssociationRules) -> list[list[Detection]]:
    """Return detections as scans: of one sensor and close in time, in time order."""
    found: list[list[Detection]] = []
    latest: dict[str, list[Detection]] = {}
    for seen in sorted(detections, key=lambda d: (d.at_s, d.sensor, d.lat_deg, d.lon_deg)):
        scan = latest.get(seen.sensor)
        if scan is None or seen.at_s - scan[0].at_s > rules.scan_s:
            scan = latest[seen.sensor] = []
            found.append(scan)
        scan.append(seen)
    return found


def spaced(found: Iterable[list[Detection]], rules: AssociationRules) -> list[list[Detection]]:
    """Return the scans to take: of a tracking radar one in ``repeat_s``.

    Its repeats are not independent: clutter that it follows for a minute would pass for a boat seen a dozen times.
    """
    taken: dict[str, float] = {}
    kept = []
    for scan in found:
        begin_s, sensor = scan[0].at_s, scan[0].sensor
        repeats = any(seen.number is not None for seen in scan)
        if not repeats or begin_s - taken.get(sensor, -math.inf) >= rules.repeat_s:
            taken[sensor] = begin_s
            kept.append(scan)
    return kept
