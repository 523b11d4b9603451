"""Gridded model runs cut to our sea, and storm tracks."""

import zlib
from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime, timedelta

import numpy as np

from forecasting.grids.fields import SeaField
from store.database import Executor, jsonb
from store.forecast_rows import GridFieldRow, GridRunRow, NewGridRun, TrackRow

LEAST_AHEAD = timedelta(hours=12)
"""A field that ends sooner than this helps nobody decide."""


class Grids:
    """Family of tables grid_run, grid_field and storm_track."""

    def __init__(self, db: Executor) -> None:
        self._db = db
        self._newest: tuple[tuple[int, datetime], SeaField] | None = None

    async def sea_field(self, at: datetime, max_age_h: float = 36.0) -> SeaField | None:
        """Return the newest usable field of wind and waves, None when every run is older than `max_age_h`.

        A run that reaches less than `LEAST_AHEAD` beyond `at` is passed over for a longer one. The field is kept
        until a newer run comes.
        """
        runs = await self.grid_runs(at, timedelta(hours=max_age_h))
        for run in runs:
            key = (run.grid_run_id, run.received_at)
            if self._newest is not None and self._newest[0] == key:
                return self._newest[1]
            field = field_of(run, await self.grid_fields(run.grid_run_id))
            if field is not None and run.init_at + timedelta(hours=float(field.lead_h[-1])) >= at + LEAST_AHEAD:
                self._newest = (key, field)
                return field
        return None

    async def save_grid(self, run: NewGridRun, rows: Sequence[GridFieldRow]) -> int:
        """Store a run and its fields; the same run again replaces its fields. Return its number."""
        async with self._db.transaction() as tx:
            number: int = await tx.value(
                "forecasts/insert_grid_run", **{f.name: getattr(run, f.name) for f in fields(run)}
            )
            await tx.execute_many("forecasts/upsert_field", [_packed(row) | {"grid_run_id": number} for row in rows])
        return number

    async def grid_runs(self, at: datetime, within: timedelta) -> list[GridRunRow]:
        """Return runs whose initial time is at most `within` before `at`, newest first."""
        return await self._db.rows(GridRunRow, "forecasts/grid_runs", since=at - within, until=at)

    async def grid_fields(self, grid_run_id: int) -> list[GridFieldRow]:
        """Return every field of a run."""
        return [unpack_field(*row) for row in await self._db.tuples("forecasts/fields", grid_run_id=grid_run_id)]

    async def save_track(self, track: TrackRow) -> None:
        """Store a storm's track; the same issue again replaces it."""
        row = {f.name: getattr(track, f.name) for f in fields(track)}
        await self._db.execute("forecasts/save_track", **{**row, "points": jsonb(track.points)})

    async def tracks(self, at: datetime, within: timedelta) -> list[TrackRow]:
        """Return the newest track of each storm and source issued within a time before `at`."""
        return await self._db.rows(TrackRow, "forecasts/tracks", since=at - within, until=at)


def _packed(row: GridFieldRow) -> dict[str, object]:
    return {
        "quantity": row.quantity,
        "member": row.member,
        "lat_deg": row.lat_deg.tolist(),
        "lon_deg": row.lon_deg.tolist(),
        "lead_h": row.lead_h.tolist(),
        "values": zlib.compress(row.values.astype("<f4").tobytes(), 6),
    }


def unpack_field(
    quantity: str, member: int, lat: list[float], lon: list[float], lead: list[float], values: bytes
) -> GridFieldRow:
    """Return a field as stored."""
    shape = (len(lead), len(lat), len(lon))
    return GridFieldRow(
        quantity=quantity,
        member=member,
        lat_deg=np.asarray(lat, dtype=np.float64),
        lon_deg=np.asarray(lon, dtype=np.float64),
        lead_h=np.asarray(lead, dtype=np.float64),
        values=np.frombuffer(zlib.decompress(values), dtype="<f4").reshape(shape),
    )


def field_of(run: GridRunRow, rows: Sequence[GridFieldRow]) -> SeaField | None:
    """Return a run's mean fields (member 0) as one sea field; None for a run without any."""
    control = [row for row in rows if row.member == 0]
    if not control:
        return None
    first = control[0]
    same = [row for row in control if row.values.shape == first.values.shape]
    return SeaField(
        source=run.source,
        init_at=run.init_at,
        lat_deg=first.lat_deg,
        lon_deg=first.lon_deg,
        lead_h=first.lead_h,
        values={row.quantity: row.values.astype(np.float64) for row in same},
        notice_zh=run.notice_zh,
        notice_en=run.notice_en,
    )
