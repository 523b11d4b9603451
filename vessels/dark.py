"""One unidentified target: a Kalman filter of constant velocity on the tracker's plane, and its history."""

import math
from dataclasses import dataclass, field

import numpy as np

from vessels.association_rules import AssociationRules
from vessels.detections import Detection
from vessels.reporting import Floats


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


def predict(target: DarkTarget, at_s: float, rules: AssociationRules) -> None:
    """Move a target on to a moment, its spread growing by how hard a boat may turn."""
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


def correct(target: DarkTarget, point: Floats, sigma_m: float) -> None:
    """Draw a target to where it was seen."""
    spread = target.spread[:2, :2] + np.eye(2) * sigma_m**2
    gain = target.spread[:, :2] @ np.linalg.inv(spread)
    target.state = target.state + gain @ (point - target.state[:2])
    target.spread = (np.eye(4) - gain @ np.eye(2, 4)) @ target.spread


def note(target: DarkTarget, seen: Detection) -> None:
    """Keep a detection in a target's history."""
    target.hits += 1
    target.history.append((seen.at_s, seen.lat_deg, seen.lon_deg))
    if seen.length_m is not None:
        old = target.length_m
        target.length_m = seen.length_m if old is None else old + (seen.length_m - old) / min(target.hits, 10)


def plausible(target: DarkTarget, rules: AssociationRules) -> bool:
    """Return whether a boat can be as fast as the target."""
    return float(np.hypot(target.state[2], target.state[3])) <= rules.max_speed_mps
