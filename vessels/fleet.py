"""What the safety rules look at: one moment of the sea, boat by boat and as columns of numbers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import IntEnum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from core.mmsi import DISTRESS, MmsiClass, classify
from core.position import PositionSource
from core.target import TargetClass

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

SMALL_BOAT_KINDS = frozenset(
    {
        TargetClass.REGISTERED,
        TargetClass.EXEMPT,
        TargetClass.UNREGISTERED,
        TargetClass.BORROWED_IDENTITY,
        TargetClass.SEVERAL_MMSI,
    }
)
"""Classes that are fishing boats to a merchant's eye, whatever their papers say."""
MERCHANT_LENGTH_M = 80.0
"""From this length a ship of unknown type is taken for a merchant: fishing boats here are shorter. [m]"""


NOT_FISHING_TYPES = ("渡", "客", "工程", "交通", "工作")
"""Words in the register's vessel type that make a registered or exempt boat no fishing boat: ferries and work boats."""


class Role(IntEnum):
    """Part that a target plays in the rules of the road between merchant and fishing boat."""

    OTHER = 0
    FISHING = 1
    MERCHANT = 2
    NOT_A_BOAT = 3


@dataclass(frozen=True, kw_only=True)
class RegisterFacts:
    """What the vessel register says of a boat now; None where the register is silent."""

    name_zh: str
    gear: str | None = None
    vessel_type: str | None = None
    port: str | None = None
    length_m: float | None = None
    power_kw: float | None = None
    wind_class_bft: int | None = None
    hs_limit_m: float | None = None
    min_crew: int | None = None
    max_persons: int | None = None
    group: str | None = None
    registration_until: date | None = None
    inspection_until: date | None = None
    permit_until: date | None = None


@dataclass(frozen=True, kw_only=True)
class Target:
    """The newest state of one target; sentinels of AIS are already None.

    Parameters
    ----------
    kind
        Class given by the identity rules.
    ship_type
        AIS ship type 0..99 (ITU-R M.1371-5 table 53).
    length_m, beam_m
        From AIS static data; the register's length is in `register`.
    """

    mmsi: int
    observed_at: datetime
    lat_deg: float
    lon_deg: float
    source: PositionSource
    sog_kn: float | None = None
    cog_deg: float | None = None
    heading_deg: float | None = None
    rot_deg_min: float | None = None
    nav_status: int | None = None
    name: str = ""
    kind: TargetClass = TargetClass.UNKNOWN
    ship_type: int | None = None
    length_m: float | None = None
    beam_m: float | None = None
    register: RegisterFacts | None = None

    @property
    def title_zh(self) -> str:
        """Return what a duty officer calls it: Chinese name, AIS name or number."""
        return (self.register.name_zh if self.register else "") or self.name or f"MMSI {self.mmsi}"

    @property
    def title_en(self) -> str:
        """Return the AIS name or the number, for the English text."""
        return self.name or (self.register.name_zh if self.register else "") or f"MMSI {self.mmsi}"

    @property
    def hull_length_m(self) -> float | None:
        """Return the length by the register, else by AIS. [m]"""
        own = self.register.length_m if self.register else None
        return own if own is not None else self.length_m


def role_of(target: Target) -> Role:
    """Return whether a target counts as a fishing boat, a merchant, another boat or no boat at all.

    The class by the identity rules goes first, then the AIS ship type (30 fishing, 60-89 passenger, cargo,
    tanker), then class and length.
    """
    if not target.kind.is_boat or classify(target.mmsi) in DISTRESS | {MmsiClass.ATON, MmsiClass.COAST}:
        return Role.NOT_A_BOAT
    vessel_type = (target.register.vessel_type if target.register else None) or ""
    if any(word in vessel_type for word in NOT_FISHING_TYPES):
        return Role.OTHER
    if target.register is not None or target.kind in SMALL_BOAT_KINDS:
        return Role.FISHING
    if target.kind is TargetClass.MERCHANT:
        return Role.MERCHANT
    return _role_by_report(target)


def _role_by_report(target: Target) -> Role:
    if target.ship_type == 30:
        return Role.FISHING
    if target.ship_type is not None and 60 <= target.ship_type <= 89:
        return Role.MERCHANT
    if target.source is PositionSource.AIS_B:
        return Role.FISHING
    if (target.length_m or 0.0) >= MERCHANT_LENGTH_M:
        return Role.MERCHANT
    return Role.OTHER


@dataclass(frozen=True, kw_only=True)
class Fleet:
    """Targets with their numbers as columns of shape (target,); NaN where a target did not say.

    Parameters
    ----------
    at
        The moment judged, UTC.
    age_s
        Seconds since each report.
    nav_status
        -1 where not given.
    """

    at: datetime
    targets: tuple[Target, ...]
    mmsi: Ints
    age_s: Floats
    lat_deg: Floats
    lon_deg: Floats
    sog_kn: Floats
    cog_deg: Floats
    rot_deg_min: Floats
    length_m: Floats
    nav_status: Ints
    role: Ints

    @classmethod
    def of(cls, targets: Iterable[Target], *, at: datetime, max_age_s: float = 900.0) -> "Fleet":
        """Return the fleet of the targets heard within `max_age_s` before `at` (and not from the future)."""
        oldest, newest = at - timedelta(seconds=max_age_s), at + timedelta(seconds=120)
        live = tuple(t for t in targets if oldest <= t.observed_at <= newest)
        return cls(
            at=at,
            targets=live,
            mmsi=np.fromiter((t.mmsi for t in live), np.int64, len(live)),
            age_s=_column([(at - t.observed_at).total_seconds() for t in live]),
            lat_deg=_column([t.lat_deg for t in live]),
            lon_deg=_column([t.lon_deg for t in live]),
            sog_kn=_column([t.sog_kn for t in live]),
            cog_deg=_column([t.cog_deg for t in live]),
            rot_deg_min=_column([t.rot_deg_min for t in live]),
            length_m=_column([t.hull_length_m for t in live]),
            nav_status=np.fromiter((-1 if t.nav_status is None else t.nav_status for t in live), np.int64, len(live)),
            role=np.fromiter((int(role_of(t)) for t in live), np.int64, len(live)),
        )

    def __len__(self) -> int:
        return len(self.targets)

    @cached_property
    def row_of(self) -> dict[int, int]:
        """Return the row of each MMSI."""
        return {int(mmsi): row for row, mmsi in enumerate(self.mmsi)}

    @cached_property
    def plane_nm(self) -> Floats:
        """Return (target, 2) east and north on one flat plane at the fleet's middle, for spatial indexes. [nmi]

        Good to 1 % over 3 degrees of latitude around Zhejiang; exact ranges are computed pair by pair.
        """
        return to_plane_nm(self.lat_deg, self.lon_deg, *self.origin_deg)

    @cached_property
    def origin_deg(self) -> tuple[float, float]:
        """Return (lat, lon) of the plane's origin. [deg]"""
        if not len(self):
            return 0.0, 0.0
        return float(np.median(self.lat_deg)), float(np.median(self.lon_deg))


def _column(values: Sequence[float | None]) -> Floats:
    return np.array([np.nan if v is None else v for v in values], dtype=np.float64)


def to_plane_nm(lat_deg: Floats, lon_deg: Floats, lat0_deg: float, lon0_deg: float) -> Floats:
    """Return (n, 2) east and north on a flat plane touching at (lat0, lon0). [nmi]"""
    east = (np.asarray(lon_deg) - lon0_deg + 180.0) % 360.0 - 180.0
    return np.column_stack(
        (east * 60.0 * np.cos(np.radians(lat0_deg)), (np.asarray(lat_deg) - lat0_deg) * 60.0),
    )


def ranges_nm(lat1_deg: Floats, lon1_deg: Floats, lat2_deg: Floats, lon2_deg: Floats) -> Floats:
    """Return great-circle distances, element by element (haversine, as `core.geo.range_nm`). [nmi]"""
    p1, p2 = np.radians(lat1_deg), np.radians(lat2_deg)
    h = (
        np.sin((p2 - p1) / 2) ** 2
        + np.cos(p1) * np.cos(p2) * np.sin(np.radians(np.asarray(lon2_deg) - lon1_deg) / 2) ** 2
    )
    return np.asarray(2 * 3440.065 * np.arcsin(np.minimum(1.0, np.sqrt(h))))


COMPASS_ZH = ("北", "东北", "东", "东南", "南", "西南", "西", "西北")


def compass_zh(bearing_deg: float) -> str:
    """Return the eight-point Chinese compass word of a bearing."""
    return COMPASS_ZH[round((bearing_deg % 360.0) / 45.0) % 8]
