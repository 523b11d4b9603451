"""One report of where a target was; sentinels of AIS are already None here."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class PositionSource(StrEnum):
    """Which eye saw the target."""

    AIS_A = "ais_a"
    AIS_B = "ais_b"
    AIS_LONG = "ais_long"
    AIS_SAR = "ais_sar"
    AIS_SART = "ais_sart"
    AIS_ATON = "ais_aton"
    AIS_BASE = "ais_base"
    BEIDOU = "beidou"
    RADAR = "radar"
    OPTICAL = "optical"
    SATELLITE = "satellite"


@dataclass(frozen=True, kw_only=True, slots=True)
class Position:
    """A dated position of one MMSI (or detection track id below 0).

    Parameters
    ----------
    mmsi
        As sent, also 0 and malformed numbers: they are evidence.
    observed_at
        Receive time at the edge, UTC.
    lat_deg, lon_deg
        WGS 84; a report without a fix is not a Position. [deg]
    sog_kn, cog_deg, heading_deg, rot_deg_min
        None where the sender had none (102.3 kn, 360, 511, -128).
    nav_status
        0..15 of ITU-R M.1371-5 table 45, None for class B.
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
