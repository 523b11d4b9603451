"""Positions of a screening, track by track."""

from collections.abc import Iterable

import numpy as np

from vessels.ais_columns import UNITS_PER_DEGREE, PositionColumns
from vessels.reporting import Reports


def reports_of(columns: PositionColumns, joined: np.ndarray) -> Iterable[Reports]:
    """Yield the fixes of each track, for the association."""
    keys = columns.mmsi * 64 + np.minimum(joined, 63)
    order = np.argsort(keys, kind="stable")
    order = order[joined[order] > 0]
    bounds = np.flatnonzero(np.diff(keys[order])) + 1
    for rows in np.split(order, bounds):
        if len(rows):
            yield Reports(
                target_id(int(columns.mmsi[rows[0]]), int(joined[rows[0]])), columns.time_s[rows],
                columns.lat[rows] / UNITS_PER_DEGREE, columns.lon[rows] / UNITS_PER_DEGREE,
                np.where(columns.sog[rows] < 0, np.nan, columns.sog[rows] / 10),
                np.where(columns.cog[rows] < 0, np.nan, columns.cog[rows] / 10),
            )  # fmt: skip


def target_id(mmsi: int, number: int) -> str:
    """Return the id of a track as `vessels.tracks.Track.target_id` has it."""
    return str(mmsi) if number == 1 else f"{mmsi}-{number}"
