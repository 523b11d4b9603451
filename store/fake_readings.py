"""`store.readings.Readings` in memory; it rolls up at once where the real store does it from the dirty log."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.reading import Reading, SeriesKey
from core.units import QUANTITIES
from store.columns import ReadingColumns, from_unix_us
from store.engine import ORIGIN
from store.fake_places import FakePlaces
from store.readings import (
    MILLI_US,
    SECOND_US,
    ChartPoint,
    HourColumns,
    HourlyRow,
    InsertOutcome,
    LatestReading,
    ReadingRow,
    SeriesInfo,
    columns_of,
    cut_to,
    depth_of,
    stride_for,
)

_HOUR = timedelta(hours=1)
_HOURS_FROM = datetime(2000, 1, 1, tzinfo=UTC)


class FakeReadings:
    """Series and readings in dictionaries."""

    def __init__(self, places: FakePlaces) -> None:
        self._places = places
        self._numbers: dict[SeriesKey, int] = {}
        self._rows: dict[tuple[int, datetime], ReadingRow] = {}
        self._latest: dict[int, tuple[ReadingRow, datetime, int]] = {}
        self._dirty: set[tuple[int, datetime]] = set()
        self._hours: dict[tuple[int, datetime], HourlyRow] = {}

    async def ensure_series(self, keys: Iterable[SeriesKey], gateway_id: str | None = None) -> dict[SeriesKey, int]:
        """Return the number of each series, making series (and cages) that are new."""
        wanted = sorted(set(keys))
        for key in wanted:
            self._places.ensure_cage(key.cage, gateway_id)
            self._numbers.setdefault(key, len(self._numbers) + 1)
        return {key: self._numbers[key] for key in wanted}

    async def series(
        self, cage_ids: Collection[str] | None = None, quantities: Collection[str] | None = None
    ) -> list[SeriesInfo]:
        """Return the series of some cages and quantities, of all where None."""
        return [
            self._info(key)
            for key in sorted(self._numbers)
            if (cage_ids is None or key.cage in cage_ids) and (quantities is None or key.quantity in quantities)
        ]

    async def insert(self, batch: ReadingColumns, received_at: datetime, *, distinct: bool = True) -> InsertOutcome:
        """Store a batch; see the real store."""
        seconds, exact = cut_to(batch, SECOND_US), cut_to(batch, MILLI_US)
        inserted, clashing = 0, []
        for index in range(len(batch)):
            row = _row(seconds, index)
            if self._meets_another(row):
                row = _row(exact, index)
            if distinct and self._meets_another(row):
                row = replace(row, observed_at=row.observed_at + timedelta(microseconds=1))
            if self._meets_another(row):
                clashing.append(index)
                continue
            if (row.series_id, row.observed_at) not in self._rows:
                inserted += 1
                self._put(row)
            self._set_qc(row)
            self._note_latest(row, received_at, int(batch.clock[index]))
        return InsertOutcome(inserted=inserted, clashing=tuple(clashing))

    async def add(
        self, readings: Sequence[Reading], received_at: datetime, gateway_id: str | None = None
    ) -> InsertOutcome:
        """Store plain readings, making their series."""
        numbers = await self.ensure_series((r.series for r in readings), gateway_id)
        return await self.insert(columns_of(readings, numbers), received_at, distinct=False)

    async def latest(
        self, cage_ids: Collection[str] | None = None, farm_ids: Collection[str] | None = None
    ) -> list[LatestReading]:
        """Return the newest reading of each series of some cages or farms, of all where None."""
        found = []
        for info in await self.series(cage_ids):
            if info.series_id in self._latest and (farm_ids is None or info.farm_id in farm_ids):
                row, received_at, clock = self._latest[info.series_id]
                fields: dict[str, Any] = {name: getattr(info, name) for name in SeriesInfo.__dataclass_fields__}
                fields |= {"observed_at": row.observed_at, "value": row.value, "qc": row.qc}
                found.append(LatestReading(**fields, received_at=received_at, clock=clock))
        return found

    async def latest_values(self, series_ids: NDArray[np.int32]) -> list[ReadingRow]:
        """Return the newest reading of each of some series, in no order."""
        return [self._latest[key][0] for key in series_ids.tolist() if key in self._latest]

    async def newest_received_at(self) -> datetime | None:
        """Return the shore time of the newest stored reading, None when there is none."""
        return max((received_at for _, received_at, _ in self._latest.values()), default=None)

    async def between(self, series_ids: Collection[int], since: datetime, until: datetime) -> list[ReadingRow]:
        """Return raw readings of some series, by series and time."""
        keys = sorted(key for key in self._rows if key[0] in series_ids and since <= key[1] < until)
        return [self._rows[key] for key in keys]

    async def hourly(self, series_ids: Collection[int], since: datetime, until: datetime) -> list[HourlyRow]:
        """Return the hourly roll-ups of some series, by series and time."""
        keys = sorted(key for key in self._hours if key[0] in series_ids and since <= key[1] < until)
        return [self._hours[key] for key in keys]

    async def hourly_columns(
        self, series_ids: Collection[int], since: datetime, until: datetime
    ) -> dict[int, HourColumns]:
        """Return the same hours as `hourly`, as columns by series."""
        rows = await self.hourly(series_ids, since, until)
        return {number: _columns([r for r in rows if r.series_id == number]) for number in {r.series_id for r in rows}}

    async def chart(self, series_id: int, since: datetime, until: datetime, points: int = 1000) -> list[ChartPoint]:
        """Return at most about `points` buckets, from roll-ups where a bucket is an hour or more."""
        stride = stride_for(since, until, points)
        if stride < _HOUR:
            buckets: dict[datetime, list[ReadingRow]] = {}
            for row in await self.between([series_id], since, until):
                buckets.setdefault(_bin(row.observed_at, stride), []).append(row)
            return [_point(at, rows) for at, rows in sorted(buckets.items())]
        hours: dict[datetime, list[HourlyRow]] = {}
        for hour in await self.hourly([series_id], since, until):
            hours.setdefault(_bin(hour.bucket_at, stride), []).append(hour)
        return [_joined(at, rows) for at, rows in sorted(hours.items())]

    async def amend_qc(self, flags: Sequence[ReadingRow]) -> int:
        """Settle flags judged later; return how many changed."""
        return sum(self._set_qc(flag) for flag in flags)

    async def refresh_rollups(self, limit: int = 50_000) -> int:
        """Make the hours anew that the dirty log names, oldest first; return how many."""
        taken = sorted(self._dirty, key=lambda mark: (mark[1], mark[0]))[:limit]
        for series_id, hour in taken:
            rows = await self.between([series_id], hour, hour + _HOUR)
            point = _point(hour, rows)
            self._hours[series_id, hour] = HourlyRow(series_id=series_id, **point.__dict__)
        self._dirty -= set(taken)
        return len(taken)

    def _meets_another(self, row: ReadingRow) -> bool:
        there = self._rows.get((row.series_id, row.observed_at))
        return there is not None and there.value != row.value

    def _put(self, row: ReadingRow) -> None:
        self._rows[row.series_id, row.observed_at] = row
        self._dirty.add((row.series_id, _bin(row.observed_at, _HOUR)))

    def _set_qc(self, flag: ReadingRow) -> int:
        there = self._rows.get((flag.series_id, flag.observed_at))
        if there is None or there.qc == flag.qc or (there.qc == 9) != (flag.qc == 9):
            return 0
        settled = replace(there, qc=flag.qc)
        self._put(settled)
        newest, received_at, clock = self._latest[flag.series_id]
        if newest.observed_at == flag.observed_at:
            self._latest[flag.series_id] = (settled, received_at, clock)
        return 1

    def _note_latest(self, row: ReadingRow, received_at: datetime, clock: int) -> None:
        there = self._latest.get(row.series_id)
        if there is None or there[0].observed_at < row.observed_at:
            self._latest[row.series_id] = (row, received_at, clock)

    def _info(self, key: SeriesKey) -> SeriesInfo:
        return SeriesInfo(
            series_id=self._numbers[key], cage_id=key.cage, farm_id=self._places.farm_of(key.cage), point=key.point,
            quantity=key.quantity, unit=QUANTITIES[key.quantity].senml, depth_m=depth_of(key.point),
        )  # fmt: skip


def _row(batch: ReadingColumns, index: int) -> ReadingRow:
    missing = int(batch.qc[index]) == 9 or bool(np.isnan(batch.value[index]))
    return ReadingRow(
        series_id=int(batch.series_id[index]),
        observed_at=from_unix_us(int(batch.observed_us[index])),
        value=None if missing else float(batch.value[index]),
        qc=int(batch.qc[index]),
    )


def _columns(hours: Sequence[HourlyRow]) -> HourColumns:
    def floats(name: str) -> NDArray[np.float64]:
        return np.array([getattr(h, name) for h in hours], dtype=np.float64)

    return HourColumns(
        hour=np.array([(h.bucket_at - _HOURS_FROM) // _HOUR for h in hours], dtype=np.int64),
        n=np.array([h.n for h in hours]),
        n_good=np.array([h.n_good for h in hours]),
        value_min=floats("value_min"),
        value_max=floats("value_max"),
        value_avg=floats("value_avg"),
    )


def _bin(at: datetime, stride: timedelta) -> datetime:
    return at - (at - ORIGIN) % stride


def _point(at: datetime, rows: Sequence[ReadingRow]) -> ChartPoint:
    usable = [row.value for row in rows if row.qc in (1, 2) and row.value is not None]
    return ChartPoint(
        bucket_at=at, n=len(rows), n_good=sum(row.qc in (1, 2) for row in rows), value_min=min(usable, default=None),
        value_max=max(usable, default=None), value_avg=sum(usable) / len(usable) if usable else None,
    )  # fmt: skip


def _joined(at: datetime, hours: Sequence[HourlyRow]) -> ChartPoint:
    n_good = sum(hour.n_good for hour in hours)
    low = [hour.value_min for hour in hours if hour.value_min is not None]
    high = [hour.value_max for hour in hours if hour.value_max is not None]
    total = sum(hour.value_avg * hour.n_good for hour in hours if hour.value_avg is not None)
    return ChartPoint(
        bucket_at=at, n=sum(hour.n for hour in hours), n_good=n_good, value_min=min(low, default=None),
        value_max=max(high, default=None), value_avg=total / n_good if n_good else None,
    )  # fmt: skip
