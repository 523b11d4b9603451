"""Tracked radar targets of NMEA 0183: TTM (range and bearing) and TLL (latitude and longitude).

Fields after NMEA 0183 v4.11; speeds in ``N`` knots, ``K`` km/h, ``S`` statute miles, as the unit field says.
"""

from datetime import datetime

from core.geo import destination
from core.position import Position, PositionSource
from vessels.reports import RadarTarget

FORMATTERS = (b"TTM", b"TLL")
REASON = "fields of the radar sentence are malformed"
_TO_NM = {"N": 1.0, "K": 1 / 1.852, "S": 1.609344 / 1.852}
RADAR_MMSI_BASE = -1_000
"""Radar targets have no MMSI: number n of radar k is kept below this, so that no track joins a real number."""


def parse(sentence: bytes, *, observed_at: datetime, receiver: str) -> RadarTarget | None:
    """Return the target of a checked TTM or TLL sentence, None when its fields cannot be read."""
    fields = sentence.partition(b"*")[0].decode("ascii", "replace").split(",")
    try:
        if fields[0][3:6] == "TTM":
            return _ttm(fields, observed_at, receiver)
        return _tll(fields, observed_at, receiver)
    except (ValueError, IndexError, KeyError):
        return None


def _ttm(fields: list[str], observed_at: datetime, receiver: str) -> RadarTarget:
    unit = _TO_NM[fields[10] or "N"]
    distance, bearing = float(fields[2]), float(fields[3])
    if not (0 <= distance * unit < 500 and 0 <= bearing <= 360):
        raise ValueError("range or bearing out of range")
    return RadarTarget(
        receiver=receiver, observed_at=observed_at, number=int(fields[1]), range_nm=distance * unit,
        bearing_deg=bearing % 360, relative=fields[4] == "R" or fields[7] == "R",
        sog_kn=float(fields[5]) * unit if fields[5] else None, cog_deg=float(fields[6]) if fields[6] else None,
        name=fields[11] if len(fields) > 11 else "", status=(fields[12] if len(fields) > 12 else "") or "T",
    )  # fmt: skip


def _tll(fields: list[str], observed_at: datetime, receiver: str) -> RadarTarget:
    lat, lon = _angle(fields[2], fields[3], "NS"), _angle(fields[4], fields[5], "EW")
    if not (abs(lat) <= 90 and abs(lon) <= 180):
        raise ValueError("position out of range")
    return RadarTarget(
        receiver=receiver, observed_at=observed_at, number=int(fields[1]), lat_deg=lat, lon_deg=lon,
        name=fields[6] if len(fields) > 6 else "", status=(fields[8] if len(fields) > 8 else "") or "T",
    )  # fmt: skip


def _angle(text: str, side: str, sides: str) -> float:
    """Return ``ddmm.mmm`` (or ``dddmm.mmm``) and a hemisphere letter in degrees."""
    value = float(text)
    degrees, minutes = divmod(value, 100.0)
    if minutes >= 60 or value < 0:
        raise ValueError(f"{text!r} is no angle")
    return (degrees + minutes / 60.0) * (1 if sides.index(side) == 0 else -1)


def to_position(target: RadarTarget, lat_deg: float, lon_deg: float, *, heading_deg: float = 0.0) -> Position | None:
    """Return where a radar target is, given where the radar is; None for a lost target.

    Parameters
    ----------
    lat_deg, lon_deg
        Place of the antenna. [deg]
    heading_deg
        Bow of the radar's platform, for relative bearings; 0 on a fixed platform aligned to north. [deg]
    """
    if target.status == "L":
        return None
    where = (target.lat_deg, target.lon_deg)
    if where[0] is None or where[1] is None:
        if target.range_nm is None or target.bearing_deg is None:
            return None
        bearing = target.bearing_deg + (heading_deg if target.relative else 0.0)
        where = destination(lat_deg, lon_deg, bearing, target.range_nm)
    cog = target.cog_deg
    if cog is not None and target.relative:
        cog = (cog + heading_deg) % 360
    return Position(
        mmsi=RADAR_MMSI_BASE - target.number, observed_at=target.observed_at, lat_deg=where[0] or 0.0,
        lon_deg=where[1] or 0.0, source=PositionSource.RADAR, sog_kn=target.sog_kn, cog_deg=cog,
    )  # fmt: skip
