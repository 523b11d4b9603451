"""Positions of targets and the raw sentences they came from."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import numpy as np

from core.mmsi import classify
from core.position import Position
from store import arrays
from store.columns import POSITION_FIELDS, PositionColumns, RawColumns, position_at, position_columns, unix_us
from store.database import Executor
from store.readings import ensure_pieces, newest_rows

_CELL = 60_000  # 0.1 degree in 1/600000 degree, as the generated column of table position


@dataclass(frozen=True, kw_only=True)
class Box:
    """A box of the sea, edges included; it must not cross the date line. [deg]"""

    south_deg: float
    west_deg: float
    north_deg: float
    east_deg: float

    def limits(self) -> dict[str, int]:
        """Return the edges in AIS units, as the queries take them."""
        return {
            "lat_min": round(self.south_deg * 600_000), "lat_max": round(self.north_deg * 600_000),
            "lon_min": round(self.west_deg * 600_000), "lon_max": round(self.east_deg * 600_000),
        }  # fmt: skip

    def cells(self) -> list[int]:
        """Return the numbers of the 0.1 degree cells that the box touches."""
        edge = self.limits()
        rows = range(_toward_zero(edge["lat_min"]), _toward_zero(edge["lat_max"]) + 1)
        columns = range(_toward_zero(edge["lon_min"]), _toward_zero(edge["lon_max"]) + 1)
        return [(row + 900) * 3600 + column + 1800 for row in rows for column in columns]


def _toward_zero(units: int) -> int:
    return int(units / _CELL)


@dataclass(frozen=True, kw_only=True)
class RawLine:
    """A stored sentence with its tag block."""

    observed_at: datetime
    gateway_id: str
    seq: int
    receiver: str
    line: str


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Who heard each position of a batch: gateway and receiver, one entry a row."""

    gateway_ids: Sequence[str]
    receivers: Sequence[str]


class Positions:
    """Family of tables position, target_latest, nmea_raw."""

    def __init__(self, db: Executor) -> None:
        self._db = db

    async def insert(self, batch: PositionColumns, received_at: datetime, origin: Origin | None = None) -> int:
        """Store a batch: targets, history and newest positions in one transaction; return how many were new."""
        if not len(batch):
            return 0
        async with self._db.transaction() as tx:
            await ensure_pieces(tx, "position", batch.observed_us)
            await ensure_targets(tx, batch)
            inserted = await tx.execute("positions/insert", **_parameters(batch))
            rows = newest_rows(batch.mmsi, batch.observed_us)
            heard = origin or Origin(gateway_ids=[""] * len(batch), receivers=[""] * len(batch))
            await tx.execute(
                "positions/upsert_latest", **_parameters(batch.take(rows)), received_at=received_at,
                gateway_id=arrays.text([heard.gateway_ids[row] for row in rows]),
                receiver=arrays.text([heard.receivers[row] for row in rows]),
            )  # fmt: skip
        return inserted

    async def add(self, positions: Sequence[Position], received_at: datetime) -> int:
        """Store plain positions: for imports and tests."""
        return await self.insert(position_columns(positions), received_at)

    async def insert_raw(self, lines: RawColumns) -> int:
        """Store raw sentences; return how many were new."""
        if not len(lines):
            return 0
        async with self._db.transaction() as tx:
            await ensure_pieces(tx, "nmea_raw", lines.observed_us)
            return await tx.execute(
                "positions/insert_raw", observed_at=arrays.times(lines.observed_us),
                gateway_id=arrays.text(lines.gateway_id), seq=arrays.int8(lines.seq),
                receiver=arrays.text(lines.receiver), line=arrays.text(lines.line),
            )  # fmt: skip

    async def add_raw(self, lines: Sequence[RawLine]) -> int:
        """Store raw sentences one by one described: for imports and tests."""
        return await self.insert_raw(raw_columns(lines))

    async def add_detections(self, plots: Sequence[dict[str, Any]], received_at: datetime) -> None:
        """Store radar plots (observed_at, sensor, number, lat_deg, lon_deg, uncertainty_m, sog_kn, cog_deg)."""
        if plots:
            rows = sorted(plots, key=lambda plot: (plot["sensor"], plot["number"], plot["observed_at"]))
            await self._db.execute_many(
                "positions/insert_detection", [plot | {"received_at": received_at} for plot in rows]
            )

    async def track(self, mmsi: int, since: datetime, until: datetime) -> list[Position]:
        """Return one target's positions, ``since <= observed_at < until``, by time."""
        return await self._positions("positions/track", mmsi=mmsi, since=since, until=until)

    async def since(self, since: datetime, until: datetime, mmsis: Collection[int] | None = None) -> list[Position]:
        """Return all positions of some targets (of all where None) in a time span, by target and time."""
        chosen = None if mmsis is None else list(mmsis)
        return await self._positions("positions/since", since=since, until=until, mmsis=chosen)

    async def in_box(self, box: Box, since: datetime, until: datetime) -> list[Position]:
        """Return all positions in a box and a time span, by target and time."""
        return await self._positions("positions/box", since=since, until=until, cells=box.cells(), **box.limits())

    async def raw(self, since: datetime, until: datetime, gateway_id: str | None = None) -> list[RawLine]:
        """Return the raw sentences of a time span, by time."""
        return await self._db.rows(RawLine, "positions/raw", since=since, until=until, gateway_id=gateway_id)

    async def _positions(self, query: str, **parameters: Any) -> list[Position]:
        return positions_of(await self._db.tuples(query, **parameters))


def raw_columns(lines: Sequence[RawLine]) -> RawColumns:
    """Return sentences as columns."""
    return RawColumns(
        observed_us=np.array([unix_us(line.observed_at) for line in lines], dtype=np.int64),
        gateway_id=[line.gateway_id for line in lines], seq=[line.seq for line in lines],
        receiver=[line.receiver for line in lines], line=[line.line for line in lines],
    )  # fmt: skip


def positions_of(rows: Sequence[tuple[Any, ...]]) -> list[Position]:
    """Return the rows of the position queries (observed_at first, then AIS units) as `Position`."""
    if not rows:
        return []
    times, *rest = zip(*rows, strict=True)
    names = [name for name in POSITION_FIELDS if name != "observed_us"]
    columns = {name: np.array(values) for name, values in zip(names, rest, strict=True)}
    table = PositionColumns(observed_us=np.array([unix_us(at) for at in times], dtype=np.int64), **columns)
    return [position_at(table, row) for row in range(len(rows))]


@lru_cache(maxsize=200_000)
def _class_of(mmsi: int) -> str:
    return classify(mmsi).value


async def ensure_targets(tx: Executor, batch: PositionColumns) -> None:
    """Make the rows of targets seen for the first time."""
    order = np.lexsort((batch.observed_us, batch.mmsi))
    mmsis, first = np.unique(batch.mmsi[order], return_index=True)
    await tx.execute(
        "targets/ensure", mmsi=arrays.int4(mmsis), mmsi_class=arrays.text([_class_of(m) for m in mmsis.tolist()]),
        first_seen_at=arrays.times(batch.observed_us[order][first]),
    )  # fmt: skip


def _parameters(batch: PositionColumns) -> dict[str, arrays.Column]:
    small = ("sog", "cog", "heading", "rot", "nav_status", "source")
    return {
        "observed_at": arrays.times(batch.observed_us), "mmsi": arrays.int4(batch.mmsi),
        "lat": arrays.int4(batch.lat), "lon": arrays.int4(batch.lon),
    } | {name: arrays.int2(getattr(batch, name)) for name in small}  # fmt: skip
