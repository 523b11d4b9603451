"""Cages as the rules see them: every watched series with its newest samples."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cages.snapshot import CageSnapshot, Sample, SeriesWindow
from core.finding import Place
from core.qc import QcFlag
from core.reading import SeriesKey
from store.database import Executor
from store.places import PlacedCage, Places


@dataclass(frozen=True, kw_only=True)
class _SeriesRow:
    cage_id: str
    point: str
    quantity: str
    depth_m: float | None


@dataclass(frozen=True, kw_only=True)
class _SampleRow:
    cage_id: str
    point: str
    quantity: str
    depth_m: float | None
    observed_at: datetime
    value: float | None
    qc: int


class Cages:
    """Family of the cage rules: reads `cage`, `series` and the newest part of `reading`."""

    def __init__(self, db: Executor) -> None:
        self._db = db
        self._places = Places(db)

    async def snapshots(self, quantities: Sequence[str], *, since: datetime, until: datetime) -> list[CageSnapshot]:
        """Return each cage with its series of the given quantities and their samples in a time span, oldest first.

        A series without a sample in the span is there with an empty window: that is how a rule sees silence.
        """
        wanted = list(quantities)
        windows: dict[str, dict[SeriesKey, SeriesWindow]] = defaultdict(dict)
        samples: dict[SeriesKey, list[Sample]] = defaultdict(list)
        for row in await self._db.rows(_SampleRow, "cages/windows", quantities=wanted, since=since, until=until):
            sample = Sample(observed_at=row.observed_at, value=row.value, qc=QcFlag(row.qc))
            samples[SeriesKey(cage=row.cage_id, point=row.point, quantity=row.quantity)].append(sample)
        for series in await self._db.rows(_SeriesRow, "cages/series", quantities=wanted):
            key = SeriesKey(cage=series.cage_id, point=series.point, quantity=series.quantity)
            window = SeriesWindow(key=key, samples=tuple(samples[key]), depth_m=series.depth_m)
            windows[series.cage_id][key] = window
        return [
            _snapshot(cage, windows[cage.cage_id]) for cage in await self._places.cages() if cage.cage_id in windows
        ]


def _snapshot(cage: PlacedCage, windows: dict[SeriesKey, SeriesWindow]) -> CageSnapshot:
    place = None
    if cage.lat_deg is not None and cage.lon_deg is not None:
        place = Place(lat_deg=cage.lat_deg, lon_deg=cage.lon_deg)
    return CageSnapshot(
        cage=cage.cage_id,
        name=cage.name_zh or cage.cage_id,
        farm=cage.farm_id or "",
        windows=windows,
        place=place,
        attributes={"kind": cage.kind},
    )
