"""The last hours of every track on a clock of five-minute bins: what slow rules read (fishing, staying, drifting)."""

import numpy as np
from numpy.typing import NDArray

from vessels.fleet import Bools, Fleet, Floats, Ints

BIN_S = 300.0
BINS = 72
"""Six hours of five-minute bins."""
Grid = NDArray[np.float32]


class TrackGrid:
    """Newest fix of every target in each bin: (4, target, BINS) lat, lon, speed, course; 5 kB a target.

    float32 keeps positions to 1 m, which is finer than AIS. Targets not heard in the window are dropped.
    """

    def __init__(self, capacity: int = 1024) -> None:
        self._rows: dict[int, int] = {}
        self._data: Grid = np.full((4, capacity, BINS), np.nan, np.float32)
        self._newest = -(2**62)

    def __len__(self) -> int:
        return len(self._rows)

    def push(
        self, mmsi: Ints, unix_s: Floats, lat_deg: Floats, lon_deg: Floats, sog_kn: Floats, cog_deg: Floats
    ) -> None:
        """Take in fixes of any number of targets; late ones go to their own bin, too old ones are passed over."""
        if not len(mmsi):
            return
        order = np.argsort(unix_s, kind="stable")
        bins = np.floor(np.asarray(unix_s)[order] / BIN_S).astype(np.int64)
        self._advance(int(bins[-1]))
        column = BINS - 1 - (self._newest - bins)
        kept = column >= 0
        rows = np.fromiter((self._row(int(m)) for m in np.asarray(mmsi)[order][kept]), np.int64, int(kept.sum()))
        values = np.stack((lat_deg, lon_deg, sog_kn, cog_deg))[:, order][:, kept]
        self._data[:, rows, column[kept]] = values  # in order of time: the newest of a bin stays

    def push_fleet(self, fleet: Fleet) -> None:
        """Take in the newest fix of a whole fleet, and move the clock on."""
        self._advance(int(fleet.at.timestamp() // BIN_S))
        unix_s = fleet.at.timestamp() - np.maximum(fleet.age_s, 0.0)
        self.push(fleet.mmsi, unix_s, fleet.lat_deg, fleet.lon_deg, fleet.sog_kn, fleet.cog_deg)

    def _advance(self, newest: int) -> None:
        step = newest - self._newest
        if step <= 0:
            return
        if step >= BINS:
            self._data[:] = np.nan
        else:
            self._data[:, :, :-step] = self._data[:, :, step:].copy()
            self._data[:, :, -step:] = np.nan
        self._newest = newest
        self._forget()

    def _forget(self) -> None:
        heard = np.asarray(np.isfinite(self._data[0, : len(self._rows)]).any(axis=1))
        if heard.all():
            return
        kept = {m: r for m, r in self._rows.items() if heard[r]}
        data = np.full_like(self._data, np.nan)
        data[:, : len(kept)] = self._data[:, list(kept.values())]
        self._data, self._rows = data, {m: i for i, m in enumerate(kept)}

    def _row(self, mmsi: int) -> int:
        row = self._rows.get(mmsi)
        if row is None:
            row = self._rows[mmsi] = len(self._rows)
            if row >= self._data.shape[1]:
                self._data = np.concatenate((self._data, np.full_like(self._data, np.nan)), axis=1)
        return row

    def of(self, mmsi: Ints) -> Grid:
        """Return (4, target, BINS) lat, lon, speed, course, newest last; NaN where not heard."""
        rows = np.fromiter((self._rows.get(int(m), -1) for m in mmsi), np.int64, len(mmsi))
        found = self._data[:, rows]
        found[:, rows < 0] = np.nan
        return found


def trailing_minutes(so: Bools, heard: Bools, gap_bins: int = 2) -> Floats:
    """Return how long (target,) `so` has held up to now; unheard bins bridge up to `gap_bins` in a row. [min]"""
    filled, silent = so.copy(), np.zeros(len(so), dtype=np.int64)
    for column in range(so.shape[1]):
        silent = np.where(heard[:, column], 0, silent + 1)
        if column:
            bridge = ~heard[:, column] & (silent <= gap_bins) & filled[:, column - 1]
            filled[:, column] |= bridge
    broken = ~filled[:, ::-1]
    run = np.where(broken.any(axis=1), broken.argmax(axis=1), so.shape[1])
    return np.asarray(run * BIN_S / 60.0, dtype=np.float64)
