"""Layers of the map: features for the targets, and the deck of layers that the screen shows."""

from collections.abc import Sequence
from datetime import datetime

from dashboard.look import CLASSES
from store.reader import TargetRow

OLD_S = 600
"""A class B boat at anchor reports every 3 minutes (ITU-R M.1371); past ten the mark fades."""
MIN_SPEED_KN = 0.5
"""Below this the course over ground is noise and the mark points nowhere."""


def angle_deg(row: TargetRow) -> int:
    """Return how far the mark turns: deck.gl counts counter-clockwise, courses count clockwise."""
    heading = row.heading_deg
    if heading is None and row.cog_deg is not None and (row.sog_kn or 0.0) >= MIN_SPEED_KN:
        heading = row.cog_deg
    return -round(heading) % 360 if heading is not None else 0


def _icon(row: TargetRow) -> str:
    kind = CLASSES.get(row.target_class, CLASSES["unknown"]).icon
    still = row.heading_deg is None and (row.cog_deg is None or (row.sog_kn or 0.0) < MIN_SPEED_KN)
    return "dot" if kind in {"boat", "ship"} and still else kind


def target_features(rows: Sequence[TargetRow], *, now: datetime) -> dict[str, object]:
    """Return a GeoJSON FeatureCollection; short property names keep 5,000 targets small.

    Properties: ``m`` MMSI, ``n`` name as sent, ``k`` class, ``i`` icon, ``c`` colour with alpha, ``a`` angle [deg],
    ``s`` speed [kn], ``o`` course [deg], ``t`` age [s].
    """
    return {"type": "FeatureCollection", "features": [_feature(row, now) for row in rows]}


def _feature(row: TargetRow, now: datetime) -> dict[str, object]:
    age_s = max(0, round((now - row.observed_at).total_seconds()))
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [round(row.lon_deg, 5), round(row.lat_deg, 5)]},
        "properties": {
            "m": row.mmsi,
            "n": row.name or "",
            "k": row.target_class,
            "i": _icon(row),
            "c": [*rgb(CLASSES.get(row.target_class, CLASSES["unknown"]).colour), 255 if age_s < OLD_S else 110],
            "a": angle_deg(row),
            "s": row.sog_kn,
            "o": None if row.cog_deg is None else round(row.cog_deg),
            "t": age_s,
        },
    }


def rgb(colour: str) -> tuple[int, int, int]:
    """Return the three numbers of ``#rrggbb``."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
