"""Targets without AIS: which detection is which reporting vessel, and what is left over as a target of its own.

Each scan is matched twice, one to one (`scipy.optimize.linear_sum_assignment`) within a gate: first to vessels that
report (AIS, Beidou), interpolated to the time of the scan; what is left, to unidentified targets that are followed by a
Kalman filter each. What stays unmatched begins a tentative target, confirmed when it is seen again often enough. A
vessel whose AIS comes up takes over the detections of its unidentified target, which then ends with its number.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from vessels.association_rules import AssociationRules
from vessels.dark import DarkTarget, correct, note, plausible, predict
from vessels.detections import Detection
from vessels.reporting import M_PER_DEGREE, Floats, Reported


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
            predict(target, at_s, self.rules)
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
                correct(target, points[k], float(sigma[k]))
                note(target, detections[k])
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
            if not target.confirmed and target.hits >= rules.confirm_hits and plausible(target, rules):
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
