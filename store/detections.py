"""Plots of radars, cameras and satellites, and what each was found to be."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from store.database import Executor


@dataclass(frozen=True, kw_only=True)
class DetectionRow:
    """One thing seen; `number` is the sensor's own number of it."""

    detection_id: int
    observed_at: datetime
    source: str
    sensor: str
    number: int | None
    lat_deg: float
    lon_deg: float
    uncertainty_m: float
    length_m: float | None


@dataclass(frozen=True, kw_only=True)
class Mark:
    """What a detection was found to be: a reporting vessel, an unidentified target, or neither."""

    detection_id: int
    target_id: str | None = None
    matched_mmsi: int | None = None


class Detections:
    """Family of table detection."""

    def __init__(self, db: Executor) -> None:
        self._db = db

    async def since(self, since: datetime, until: datetime) -> list[DetectionRow]:
        """Return what was seen, ``since <= observed_at < until``, by time."""
        return await self._db.rows(DetectionRow, "detections/since", since=since, until=until)

    async def of_target(self, target_id: str, since: datetime, until: datetime) -> list[DetectionRow]:
        """Return what was seen of one unidentified target, by time."""
        return await self._db.rows(DetectionRow, "detections/of_target", target_id=target_id, since=since, until=until)

    async def mark(self, marks: Sequence[Mark]) -> None:
        """Note what detections were found to be."""
        if marks:
            ordered = sorted(marks, key=lambda mark: mark.detection_id)
            await self._db.execute_many("detections/mark", [asdict(mark) for mark in ordered])
