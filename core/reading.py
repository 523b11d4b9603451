"""One measured value, as the gateway accepts it and the shore stores it."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from core.qc import QcFlag


class ClockState(IntEnum):
    """How far a gateway's clock could be trusted when it stamped a reading (wire field ``clk``)."""

    UNSYNCED = 0
    SYNCED = 1
    STEPPED = 2


class Priority(IntEnum):
    """Order in which the spool sends, and the reverse of the order in which a full disk evicts."""

    DISTRESS = 0
    ALARM = 1
    READING = 2
    POSITION = 3
    HEALTH = 4


@dataclass(frozen=True, kw_only=True, order=True)
class SeriesKey:
    """Name of one time series: `cage`, measuring `point` and `quantity` (a key of core.units)."""

    cage: str
    point: str
    quantity: str

    def __str__(self) -> str:
        return f"{self.cage}.{self.point}.{self.quantity}"


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A value of one series; `value` is None when the instrument said it has none (flag MISSING)."""

    series: SeriesKey
    observed_at: datetime
    value: float | None
    qc: QcFlag
