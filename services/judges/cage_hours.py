"""Hourly values of a farm's instruments as arrays, for the judges that look back over days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cages.saturation import ATMOSPHERE_HPA, saturation_mg_l
from core.reading import SeriesKey

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Hours:
    """Hourly means and counts of some series up to a full hour.

    Parameters
    ----------
    keys
        Column number of each series.
    times_s
        Unix time of each hour's beginning ``(time,)``. [s]
    mean, lowest
        Mean and minimum of the good readings, NaN where fewer than half were good ``(time, series)``.
    count, good
        Readings and good readings ``(time, series)``.
    """

    keys: Mapping[SeriesKey, int]
    times_s: Array
    mean: Array
    lowest: Array
    count: Array
    good: Array

    def of(self, quantity: str, cage: str | None = None) -> list[SeriesKey]:
        """Return the series of a quantity, of one cage where given, by cage and point."""
        return sorted(k for k in self.keys if k.quantity == quantity and cage in (None, k.cage))

    def column(self, table: Array, key: SeriesKey) -> Array:
        """Return the column of a series in one of the tables ``(time,)``."""
        picked: Array = table[:, self.keys[key]]
        return picked

    def middle(self, quantity: str) -> Array:
        """Return the median of a quantity over the farm's points, hour by hour; NaN where there is none ``(time,)``."""
        columns = [self.keys[key] for key in self.of(quantity)]
        out = np.full(len(self.times_s), np.nan)
        if columns:
            table = self.mean[:, columns]
            there = ~np.isnan(table).all(axis=1)
            out[there] = np.nanmedian(table[there], axis=1)
        return out

    def saturation(self) -> Array:
        """Return oxygen at saturation in the farm's water, NaN where temperature or salinity is not known. [mg/L]"""
        pressure = self.middle("pressure_hpa")
        pressure[np.isnan(pressure)] = ATMOSPHERE_HPA
        return saturation_mg_l(self.middle("water_temp_c"), self.middle("salinity_psu"), pressure)


async def hours_of(store: Any, cages: Sequence[str], quantities: Sequence[str], until: datetime, days: int) -> Hours:
    """Return the hours of some cages' series that end at a full hour, corrected by their calibrations."""
    series = await store.readings.series(cages, quantities)
    column = {info.series_id: number for number, info in enumerate(series)}
    since, shape = until - timedelta(days=days), (days * 24, len(series))
    mean, lowest = np.full(shape, np.nan), np.full(shape, np.nan)
    count, good = np.zeros(shape), np.zeros(shape)
    for row in await store.readings.hourly(list(column), since, until) if column else ():
        hour, at = int((row.bucket_at - since).total_seconds() // 3600), column[row.series_id]
        if not 0 <= hour < shape[0]:
            continue
        count[hour, at], good[hour, at] = row.n, row.n_good
        if row.value_avg is not None and 2 * row.n_good >= row.n:
            mean[hour, at], lowest[hour, at] = row.value_avg, row.value_min
    times_s = (since.timestamp() + 3600.0 * np.arange(shape[0])).astype(np.float64)
    keys = {SeriesKey(cage=i.cage_id, point=i.point, quantity=i.quantity): column[i.series_id] for i in series}
    return Hours(keys=keys, times_s=times_s, mean=mean, lowest=lowest, count=count, good=good)
