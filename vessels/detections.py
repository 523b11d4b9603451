"""What radar, cameras and satellites saw, as scans: of one sensor and close in time."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from vessels.association_rules import AssociationRules


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
