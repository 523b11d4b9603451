"""Series and their readings: bulk insert, newest values, history, roll-ups."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from core.reading import ClockState, Reading, SeriesKey
from core.units import QUANTITIES
from store import arrays
from store.columns import ReadingColumns, from_unix_us, unix_us
from store.database import Executor
from store.engine import ORIGIN, PIECE

HOUR_US = 3_600_000_000
SECOND_US = 1_000_000
MILLI_US = 1000
ORIGIN_US = unix_us(ORIGIN)
PIECE_US = PIECE // timedelta(microseconds=1)
_DEPTH = re.compile(r"d(\d+(?:\.\d+)?)")
_STRIDES = tuple(
    timedelta(seconds=s)
    for s in (10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800)
)
"""Bucket widths a chart may have: each divides a week, so that buckets meet on both engines."""


@dataclass(frozen=True, kw_only=True)
class SeriesInfo:
    """A series and where it is measured; `depth_m` from points named d2, d6.5. [m]"""

    series_id: int
    cage_id: str
    farm_id: str | None
    point: str
    quantity: str
    unit: str
    depth_m: float | None

    @property
    def key(self) -> SeriesKey:
        """Return the series' name."""
        return SeriesKey(cage=self.cage_id, point=self.point, quantity=self.quantity)


@dataclass(frozen=True, kw_only=True)
class LatestReading(SeriesInfo):
    """The newest reading of a series; `value` None when the instrument had none (flag 9)."""

    observed_at: datetime
    value: float | None
    qc: int
    received_at: datetime
    clock: int


@dataclass(frozen=True, kw_only=True)
class ReadingRow:
    """One stored reading."""

    series_id: int
    observed_at: datetime
    value: float | None
    qc: int


@dataclass(frozen=True, kw_only=True)
class ChartPoint:
    """Minimum, maximum and mean of the usable readings of one bucket; None when none was usable."""

    bucket_at: datetime
    n: int
    n_good: int
    value_min: float | None
    value_max: float | None
    value_avg: float | None


@dataclass(frozen=True, kw_only=True)
class HourlyRow(ChartPoint):
    """One hour of one series."""

    series_id: int


@dataclass(frozen=True, kw_only=True, eq=False)
class HourColumns:
    """Hours of one series as columns of shape ``(hour,)``, in no order; NaN where no reading was usable.

    Parameters
    ----------
    hour
        Whole hours since 2000-01-01 UTC.
    n, n_good
        Readings of the hour, and the usable ones among them.
    """

    hour: NDArray[np.int64]
    n: NDArray[np.int64]
    n_good: NDArray[np.int64]
    value_min: NDArray[np.float64]
    value_max: NDArray[np.float64]
    value_avg: NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class InsertOutcome:
    """What became of a batch: rows new in the table, and row numbers that met another value at their instant."""

    inserted: int
    clashing: tuple[int, ...] = ()


def depth_of(point: str) -> float | None:
    """Return the depth that a point's name says (d2, d6.5), None where it says none. [m]"""
    match = _DEPTH.fullmatch(point)
    return float(match[1]) if match else None


def stride_for(since: datetime, until: datetime, points: int) -> timedelta:
    """Return the narrowest bucket width that gives at most `points` buckets."""
    wanted = (until - since) / max(1, points)
    return next((stride for stride in _STRIDES if stride >= wanted), _STRIDES[-1])


def newest_rows(keys: NDArray[np.int32], observed_us: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the row of the newest time of each key, keys ascending."""
    order = np.lexsort((observed_us, keys))
    last = np.flatnonzero(np.append(np.diff(keys[order]) != 0, True)) if len(order) else order
    return np.asarray(order[last], dtype=np.int64)


def cut_to(batch: ReadingColumns, grain_us: int) -> ReadingColumns:
    """Return the batch with times cut to whole seconds (as most are kept) or milliseconds (the wire's resolution)."""
    return replace(batch, observed_us=batch.observed_us // grain_us * grain_us)


def first_of_each(batch: ReadingColumns) -> NDArray[np.int64]:
    """Return the first row of each series and time."""
    pairs = np.stack([batch.series_id.astype(np.int64), batch.observed_us])
    return np.asarray(np.unique(pairs, axis=1, return_index=True)[1], dtype=np.int64)


def columns_of(
    readings: Sequence[Reading], numbers: dict[SeriesKey, int], clock: ClockState = ClockState.SYNCED
) -> ReadingColumns:
    """Return readings as columns; `numbers` gives the series ids."""
    return ReadingColumns(
        series_id=np.array([numbers[r.series] for r in readings], dtype=np.int32),
        observed_us=np.array([unix_us(r.observed_at) for r in readings], dtype=np.int64),
        value=np.array([np.nan if r.value is None else r.value for r in readings], dtype=np.float32),
        qc=np.array([int(r.qc) for r in readings], dtype=np.int16),
        clock=np.full(len(readings), int(clock), dtype=np.int16),
    )


def hour_columns(at: bytes, n: bytes, good: bytes, low: bytes, high: bytes, mean: bytes) -> HourColumns:
    """Return what the query's packed columns hold; times there are microseconds since 2000-01-01."""
    return HourColumns(
        hour=np.frombuffer(at, dtype=">i8").astype(np.int64) // HOUR_US,
        n=np.frombuffer(n, dtype=">i4").astype(np.int64),
        n_good=np.frombuffer(good, dtype=">i4").astype(np.int64),
        value_min=np.frombuffer(low, dtype=">f4").astype(np.float64),
        value_max=np.frombuffer(high, dtype=">f4").astype(np.float64),
        value_avg=np.frombuffer(mean, dtype=">f8").astype(np.float64),
    )


class Readings:
    """Family of tables series, reading, series_latest, reading_hourly, rollup_dirty."""

    def __init__(self, db: Executor) -> None:
        self._db = db

    async def ensure_series(self, keys: Iterable[SeriesKey], gateway_id: str | None = None) -> dict[SeriesKey, int]:
        """Return the number of each series, making series (and cages) that are new."""
        wanted = sorted(set(keys))
        if not wanted:
            return {}
        cages = sorted({key.cage for key in wanted})
        async with self._db.transaction() as tx:
            await tx.execute("readings/ensure_cages", cage_ids=cages, gateway_id=gateway_id)
            await tx.execute(
                "readings/ensure_series", cage_ids=[k.cage for k in wanted], points=[k.point for k in wanted],
                quantities=[k.quantity for k in wanted], units=[QUANTITIES[k.quantity].senml for k in wanted],
                depths_m=[depth_of(k.point) for k in wanted], gateway_id=gateway_id,
            )  # fmt: skip
        found = {info.key: info.series_id for info in await self.series(cages)}
        return {key: found[key] for key in wanted}

    async def series(
        self, cage_ids: Collection[str] | None = None, quantities: Collection[str] | None = None
    ) -> list[SeriesInfo]:
        """Return the series of some cages and quantities, of all where None."""
        return await self._db.rows(
            SeriesInfo, "readings/series", cage_ids=_list(cage_ids), quantities=_list(quantities)
        )

    async def insert(self, batch: ReadingColumns, received_at: datetime, *, distinct: bool = True) -> InsertOutcome:
        """Store a batch: history, newest values and dirty marks in one transaction; repeats are harmless.

        Times are kept to the whole second (regular times pack to almost nothing); a reading that meets another value
        of its series in that second is kept at its own millisecond. The same value there is the same reading and
        amends the flag. Another value at the very same millisecond (a clock stepped back) is kept one microsecond
        later when rows are `distinct`, each with a sequence number of its own; else, and for a third value, it is
        left out and its row number returned, for the caller to put aside.
        """
        if not len(batch):
            return InsertOutcome(inserted=0)
        placed, exact = cut_to(batch, SECOND_US), cut_to(batch, MILLI_US)
        places = [exact, replace(exact, observed_us=exact.observed_us + 1)] if distinct else [exact]
        async with self._db.transaction() as tx:
            await ensure_pieces(tx, "reading", placed.observed_us)
            offered = await _offer(tx, placed)
            inserted, amended, clashing = offered.inserted, offered.amended, offered.differing
            for place in places:
                again = await _offer(tx, place.take(clashing))
                placed.observed_us[clashing] = place.observed_us[clashing]
                inserted, amended = inserted + again.inserted, amended or again.amended
                clashing = clashing[again.differing]
            if inserted or amended:
                kept = placed.take(np.setdiff1d(np.arange(len(placed)), clashing)) if len(clashing) else placed
                await _upsert_latest(tx, kept, received_at)
                await _mark_dirty(tx, kept)
        return InsertOutcome(inserted=inserted, clashing=tuple(clashing.tolist()))

    async def add(
        self, readings: Sequence[Reading], received_at: datetime, gateway_id: str | None = None
    ) -> InsertOutcome:
        """Store plain readings, making their series: for history, imports and tests."""
        numbers = await self.ensure_series((r.series for r in readings), gateway_id)
        return await self.insert(columns_of(readings, numbers), received_at, distinct=False)

    async def latest(
        self, cage_ids: Collection[str] | None = None, farm_ids: Collection[str] | None = None
    ) -> list[LatestReading]:
        """Return the newest reading of each series of some cages or farms, of all where None."""
        return await self._db.rows(LatestReading, "readings/latest", cage_ids=_list(cage_ids), farm_ids=_list(farm_ids))

    async def latest_values(self, series_ids: NDArray[np.int32]) -> list[ReadingRow]:
        """Return the newest reading of each of some series, in no order: for what knows its series and polls."""
        return await self._db.rows(ReadingRow, "readings/latest_values", series_ids=arrays.int4(series_ids))

    async def newest_received_at(self) -> datetime | None:
        """Return the shore time of the newest stored reading, None when there is none."""
        found: datetime | None = await self._db.value("readings/newest")
        return found

    async def between(self, series_ids: Collection[int], since: datetime, until: datetime) -> list[ReadingRow]:
        """Return raw readings of some series, ``since <= observed_at < until``, by series and time."""
        return await self._db.rows(
            ReadingRow, "readings/between", series_ids=arrays.int4(list(series_ids)), since=since, until=until
        )

    async def hourly(self, series_ids: Collection[int], since: datetime, until: datetime) -> list[HourlyRow]:
        """Return the hourly roll-ups of some series, ``since <= bucket_at < until``, by series and time."""
        return await self._db.rows(
            HourlyRow, "readings/hourly", series_ids=arrays.int4(list(series_ids)), since=since, until=until
        )

    async def hourly_columns(
        self, series_ids: Collection[int], since: datetime, until: datetime
    ) -> dict[int, HourColumns]:
        """Return the same hours as `hourly`, as columns by series: years of many series at a time."""
        rows = await self._db.tuples(
            "readings/hourly_columns", series_ids=arrays.int4(list(series_ids)), since=since, until=until
        )
        return {row[0]: hour_columns(*row[1:]) for row in rows}

    async def chart(self, series_id: int, since: datetime, until: datetime, points: int = 1000) -> list[ChartPoint]:
        """Return at most about `points` buckets, from roll-ups where a bucket is an hour or more."""
        stride = stride_for(since, until, points)
        source = "readings/chart_hourly" if stride >= timedelta(hours=1) else "readings/chart_raw"
        return await self._db.rows(ChartPoint, source, series_id=series_id, since=since, until=until, stride=stride)

    async def amend_qc(self, flags: Sequence[ReadingRow]) -> int:
        """Settle flags judged later: set `qc` of rows by series and time; return how many changed.

        A missing value stays missing (flag 9) and a value never becomes missing.
        """
        if not flags:
            return 0
        batch = ReadingColumns(
            series_id=np.array([f.series_id for f in flags], dtype=np.int32),
            observed_us=np.array([unix_us(f.observed_at) for f in flags], dtype=np.int64),
            value=np.full(len(flags), np.nan, dtype=np.float32),
            qc=np.array([f.qc for f in flags], dtype=np.int16),
            clock=np.ones(len(flags), dtype=np.int16),
        )
        async with self._db.transaction() as tx:
            changed = await _amend(tx, batch)
            await _mark_dirty(tx, batch)
        return changed

    async def refresh_rollups(self, limit: int = 50_000) -> int:
        """Make the hours anew that the dirty log names, oldest first; return how many.

        One refresher at a time: another one at work means 0. Where roll-ups are a continuous aggregate its own
        policy does the work and this does nothing.
        """
        if not await _rolls_up_itself(self._db):
            return 0
        async with self._db.transaction() as tx:
            if not await tx.value("readings/rollup_lock"):
                return 0
            hours = await tx.tuples("readings/take_dirty", limit=limit)
            if not hours:
                return 0
            table = np.array(hours, dtype=np.int64)
            await tx.execute(
                "readings/refresh_hours", bucket_at=arrays.times(table[:, 0] * SECOND_US),
                series_id=arrays.int4(table[:, 1]),
            )  # fmt: skip
        return len(hours)


def _list(values: Collection[str] | None) -> list[str] | None:
    return None if values is None else list(values)


async def ensure_pieces(tx: Executor, table: str, observed_us: NDArray[np.int64]) -> None:
    """Have the weekly partitions of a long table that a batch needs; nothing on TimescaleDB."""
    weeks = np.unique((observed_us - ORIGIN_US) // PIECE_US)
    for week in weeks.tolist():
        if (table, week) in tx.pieces:
            continue
        at = from_unix_us(week * PIECE_US + ORIGIN_US)
        await tx.value("engine/ensure_partitions", parent=table, from_at=at, until_at=at)
        tx.pieces.add((table, week))


@dataclass(frozen=True, kw_only=True)
class _Offered:
    """Rows that were new, row numbers that met another value at their time, and whether a flag was amended."""

    inserted: int
    differing: NDArray[np.int64]
    amended: bool = False


async def _offer(tx: Executor, batch: ReadingColumns) -> _Offered:
    """Insert the rows whose series and time are free; amend the flag of those that stand there with the same value."""
    nothing = np.empty(0, dtype=np.int64)
    if not len(batch):
        return _Offered(inserted=0, differing=nothing)
    new = batch.take(first_of_each(batch))
    inserted = await tx.execute(
        "readings/insert", series_id=arrays.int4(new.series_id), observed_at=arrays.times(new.observed_us),
        value=arrays.float4(new.value), qc=arrays.int2(new.qc),
    )  # fmt: skip
    if inserted == len(batch):
        return _Offered(inserted=inserted, differing=nothing)
    first, last = _bounds(batch)
    found = await tx.tuples(
        "readings/differing", series_id=arrays.int4(batch.series_id), observed_at=arrays.times(batch.observed_us),
        value=arrays.float4(batch.value), qc=arrays.int2(batch.qc), first_at=first, last_at=last,
    )  # fmt: skip
    same = np.array(sorted(row for row, same_value in found if same_value), dtype=np.int64)
    differing = np.array(sorted(row for row, same_value in found if not same_value), dtype=np.int64)
    if len(same):
        await _amend(tx, batch.take(same))
    return _Offered(inserted=inserted, differing=differing, amended=bool(len(same)))


async def _amend(tx: Executor, batch: ReadingColumns) -> int:
    """Set flags by series and time, the last word on each; return how many changed."""
    backwards = batch.take(np.arange(len(batch))[::-1])
    batch = backwards.take(first_of_each(backwards))
    first, last = _bounds(batch)
    columns = {
        "series_id": arrays.int4(batch.series_id), "observed_at": arrays.times(batch.observed_us),
        "qc": arrays.int2(batch.qc),
    }  # fmt: skip
    changed = await tx.execute("readings/amend_qc", **columns, first_at=first, last_at=last)
    await tx.execute("readings/amend_latest_qc", **columns)
    return changed


def _bounds(batch: ReadingColumns) -> tuple[datetime, datetime]:
    first, last = int(batch.observed_us.min()), int(batch.observed_us.max())
    return datetime.fromtimestamp(first / SECOND_US, UTC), datetime.fromtimestamp(last / SECOND_US, UTC)


async def _upsert_latest(tx: Executor, batch: ReadingColumns, received_at: datetime) -> None:
    newest = batch.take(newest_rows(batch.series_id, batch.observed_us))
    await tx.execute(
        "readings/upsert_latest", series_id=arrays.int4(newest.series_id),
        observed_at=arrays.times(newest.observed_us), value=arrays.float4(newest.value), qc=arrays.int2(newest.qc),
        clock=arrays.int2(newest.clock), received_at=received_at,
    )  # fmt: skip


async def _rolls_up_itself(db: Executor) -> bool:
    """Return whether hours are rolled up from the dirty log; asked once a database."""
    if "rollup_table" not in db.facts:
        db.facts["rollup_table"] = await db.value("engine/rollup_table")
    return bool(db.facts["rollup_table"])


async def _mark_dirty(tx: Executor, batch: ReadingColumns) -> None:
    if not await _rolls_up_itself(tx):
        return
    hours = batch.observed_us // HOUR_US
    pairs = np.unique(np.stack([batch.series_id.astype(np.int64), hours]), axis=1)
    await tx.execute("readings/mark_dirty", bucket_at=arrays.times(pairs[1] * HOUR_US), series_id=arrays.int4(pairs[0]))
