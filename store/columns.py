"""Batches as columns: what ingest hands to the store, one numpy array a field."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

import numpy as np
from numpy.typing import NDArray

from core.position import Position, PositionSource

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SOURCE_CODES = {
    PositionSource.AIS_A: 0, PositionSource.AIS_B: 1, PositionSource.AIS_LONG: 2, PositionSource.AIS_SAR: 3,
    PositionSource.AIS_SART: 4, PositionSource.AIS_ATON: 5, PositionSource.AIS_BASE: 6, PositionSource.BEIDOU: 7,
    PositionSource.RADAR: 8, PositionSource.OPTICAL: 9, PositionSource.SATELLITE: 10,
}  # fmt: skip
"""Numbers of table position_source."""
SOURCE_NAMES = {code: source for source, code in SOURCE_CODES.items()}
_ROT_CODE = 4.733  # ITU-R M.1371-5 section 3.3.2: ROT_AIS = 4.733 sqrt(rate in deg/min)


def unix_us(at: datetime) -> int:
    """Return an aware instant as Unix microseconds."""
    return (at - EPOCH) // timedelta(microseconds=1)


def from_unix_us(value: int) -> datetime:
    """Return Unix microseconds as an aware UTC instant."""
    return EPOCH + timedelta(microseconds=int(value))


@dataclass(frozen=True, kw_only=True)
class ReadingColumns:
    """Readings of known series, shape ``(n,)`` each.

    Parameters
    ----------
    series_id
        Numbers of table series, int32.
    observed_us
        Edge time, Unix microseconds, int64; the store keeps whole seconds, and
        milliseconds where one second has several values. [us]
    value
        float32, NaN where the instrument had none.
    qc
        QARTOD flags, int16.
    clock
        Clock state of the batch that brought the reading, int16.
    """

    series_id: NDArray[np.int32]
    observed_us: NDArray[np.int64]
    value: NDArray[np.float32]
    qc: NDArray[np.int16]
    clock: NDArray[np.int16]

    def __len__(self) -> int:
        return len(self.series_id)

    def take(self, rows: NDArray[np.bool_] | NDArray[np.int64]) -> Self:
        """Return the chosen rows."""
        return type(self)(
            series_id=self.series_id[rows], observed_us=self.observed_us[rows], value=self.value[rows],
            qc=self.qc[rows], clock=self.clock[rows],
        )  # fmt: skip

    @classmethod
    def concatenate(cls, parts: Iterable[Self]) -> Self:
        """Return all parts as one batch, in order."""
        found = list(parts)
        return cls(
            series_id=np.concatenate([p.series_id for p in found] or [np.empty(0, np.int32)]),
            observed_us=np.concatenate([p.observed_us for p in found] or [np.empty(0, np.int64)]),
            value=np.concatenate([p.value for p in found] or [np.empty(0, np.float32)]),
            qc=np.concatenate([p.qc for p in found] or [np.empty(0, np.int16)]),
            clock=np.concatenate([p.clock for p in found] or [np.empty(0, np.int16)]),
        )


@dataclass(frozen=True, kw_only=True)
class RawColumns:
    """Raw sentences, one entry a row each; texts free of NUL and lone surrogates."""

    observed_us: NDArray[np.int64]
    gateway_id: Sequence[str]
    seq: Sequence[int]
    receiver: Sequence[str]
    line: Sequence[str]

    def __len__(self) -> int:
        return len(self.line)


@dataclass(frozen=True, kw_only=True)
class PositionColumns:
    """Positions in AIS units, shape ``(n,)`` each; sentinels as in table position."""

    mmsi: NDArray[np.int32]
    observed_us: NDArray[np.int64]
    lat: NDArray[np.int32]
    lon: NDArray[np.int32]
    sog: NDArray[np.int16]
    cog: NDArray[np.int16]
    heading: NDArray[np.int16]
    rot: NDArray[np.int16]
    nav_status: NDArray[np.int16]
    source: NDArray[np.int16]

    def __len__(self) -> int:
        return len(self.mmsi)

    def take(self, rows: NDArray[np.bool_] | NDArray[np.int64]) -> Self:
        """Return the chosen rows."""
        return type(self)(**{name: getattr(self, name)[rows] for name in POSITION_FIELDS})

    @classmethod
    def concatenate(cls, parts: Sequence[Self]) -> Self:
        """Return all parts as one batch, in order; there must be one."""
        return cls(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in POSITION_FIELDS})


POSITION_FIELDS = tuple(PositionColumns.__dataclass_fields__)
_POSITION_DTYPES = (
    np.int32, np.int64, np.int32, np.int32, np.int16, np.int16, np.int16, np.int16, np.int16, np.int16,
)  # fmt: skip


def position_columns(positions: Iterable[Position]) -> PositionColumns:
    """Return positions in AIS units; values beyond what AIS can carry are cut to its range."""
    rows = [_position_row(p) for p in positions]
    table = list(zip(*rows, strict=True)) or [()] * len(POSITION_FIELDS)
    arrays = (np.array(values, dtype=kind) for values, kind in zip(table, _POSITION_DTYPES, strict=True))
    return PositionColumns(**dict(zip(POSITION_FIELDS, arrays, strict=True)))


def _position_row(p: Position) -> tuple[int, ...]:
    return (
        p.mmsi,
        unix_us(p.observed_at),
        round(p.lat_deg * 600_000),
        round(p.lon_deg * 600_000),
        _sog(p.sog_kn, p.source),
        3600 if p.cog_deg is None else round(p.cog_deg * 10) % 3600,
        511 if p.heading_deg is None else round(p.heading_deg) % 360,
        -128 if p.rot_deg_min is None else _rot_code(p.rot_deg_min),
        -1 if p.nav_status is None else p.nav_status,
        SOURCE_CODES[p.source],
    )


def _sog(sog_kn: float | None, source: PositionSource) -> int:
    """Return speed in 0.1 kn as AIS can say it; aircraft send whole knots (type 9), so 1023 still means not known."""
    if sog_kn is None:
        return 1023
    if source is PositionSource.AIS_SAR:
        return min(1022, max(0, round(sog_kn))) * 10
    return min(1022, max(0, round(sog_kn * 10)))


def _rot_code(rot_deg_min: float) -> int:
    code = round(_ROT_CODE * math.sqrt(abs(rot_deg_min)))
    return min(127, code) if rot_deg_min >= 0 else -min(127, code)


def position_at(columns: PositionColumns, row: int) -> Position:
    """Return one row as a `Position`, sentinels as None."""
    sog, cog, heading = int(columns.sog[row]), int(columns.cog[row]), int(columns.heading[row])
    rot, nav_status = int(columns.rot[row]), int(columns.nav_status[row])
    return Position(
        mmsi=int(columns.mmsi[row]),
        observed_at=from_unix_us(int(columns.observed_us[row])),
        lat_deg=int(columns.lat[row]) / 600_000,
        lon_deg=int(columns.lon[row]) / 600_000,
        source=SOURCE_NAMES[int(columns.source[row])],
        sog_kn=None if sog == 1023 else sog / 10,
        cog_deg=None if cog == 3600 else cog / 10,
        heading_deg=None if heading == 511 else float(heading),
        rot_deg_min=None if rot == -128 else (1 if rot >= 0 else -1) * (rot / _ROT_CODE) ** 2,
        nav_status=None if nav_status == -1 else nav_status,
    )
