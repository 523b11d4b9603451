"""Radar sentences of a batch to detections: where the radar is comes from its own RMC sentences."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core.geo import M_PER_NM, range_nm
from vessels.radar import to_position
from vessels.reports import RadarTarget

RANGE_M, BEARING_DEG = 30.0, 1.0
"""Accuracy that IEC 62388 asks of a marine radar: 30 m (or 1 % of the scale) in range, 1 degree in bearing."""
_RMC = re.compile(r"\$[A-Z]{2}RMC,[^,]*,A,(\d{2})(\d+\.?\d*),([NS]),(\d{3})(\d+\.?\d*),([EW]),")
Place = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Detection:
    """A plot of a radar as a row of table detection."""

    observed_at: datetime
    sensor: str
    number: int
    lat_deg: float
    lon_deg: float
    uncertainty_m: float
    sog_kn: float | None
    cog_deg: float | None


def own_place(text: str) -> Place | None:
    """Return (lat_deg, lon_deg) of a valid RMC sentence, None for any other text."""
    match = _RMC.search(text)
    if match is None:
        return None
    lat = int(match[1]) + float(match[2]) / 60
    lon = int(match[4]) + float(match[5]) / 60
    if lat > 90 or lon > 180:
        return None
    return (lat if match[3] == "N" else -lat), (lon if match[6] == "E" else -lon)


def detections(targets: Sequence[RadarTarget], sensor: str, place: Place | None) -> list[Detection]:
    """Return the plots of one radar that can be placed.

    A position that the radar sends itself (TLL) replaces the range and bearing (TTM) of the same target and second.
    Lost targets, and ranges of a radar that has not said where it is, give nothing: their sentences stay in nmea_raw.
    """
    placed = {(t.number, _second(t)) for t in targets if t.lat_deg is not None}
    found = []
    for target in targets:
        if target.lat_deg is None and ((target.number, _second(target)) in placed or place is None):
            continue
        position = to_position(target, *(place or (0.0, 0.0)))
        if position is None:
            continue
        distance_nm = target.range_nm
        if distance_nm is None and place is not None:
            distance_nm = range_nm(*place, position.lat_deg, position.lon_deg)
        found.append(
            Detection(
                observed_at=position.observed_at, sensor=sensor, number=target.number, lat_deg=position.lat_deg,
                lon_deg=position.lon_deg, uncertainty_m=uncertainty_m(distance_nm or 0.0), sog_kn=position.sog_kn,
                cog_deg=position.cog_deg,
            )
        )  # fmt: skip
    return found


def _second(target: RadarTarget) -> int:
    return int(target.observed_at.timestamp())


def uncertainty_m(distance_nm: float) -> float:
    """Return one sigma of a plot at a distance, range and bearing error together. [m]"""
    return math.hypot(RANGE_M, distance_nm * M_PER_NM * math.radians(BEARING_DEG))
