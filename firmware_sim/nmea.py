"""NMEA 0183 sentences of the radar and of time, and the tag block of IEC 61162-450."""

from datetime import datetime

from firmware_sim.ais import sentence


def tagged(text: str, at: datetime, receiver: str) -> str:
    """Return a sentence with a tag block of receive time (unix milliseconds) and source."""
    body = f"c:{round(at.timestamp() * 1000)},s:{receiver}"
    total = 0
    for byte in body.encode("ascii"):
        total ^= byte
    return f"\\{body}*{total:02X}\\{text}"


def ttm(
    number: int,
    *,
    range_nm: float,
    bearing_deg: float,
    sog_kn: float,
    cog_deg: float,
    cpa_nm: float,
    tcpa_min: float,
    at: datetime,
) -> str:
    """Return a tracked target message: range and true bearing from the radar, true course and speed."""
    clock = at.strftime("%H%M%S.") + f"{at.microsecond // 10_000:02d}"
    return sentence(
        f"RATTM,{number:02d},{range_nm:.2f},{bearing_deg:.1f},T,{sog_kn:.1f},{cog_deg:.1f},T,"
        f"{cpa_nm:.2f},{tcpa_min:.1f},N,T{number:02d},T,,{clock},A",
        "$",
    )


def tll(number: int, *, lat_deg: float, lon_deg: float, at: datetime) -> str:
    """Return a target latitude and longitude message."""
    clock = at.strftime("%H%M%S.") + f"{at.microsecond // 10_000:02d}"
    return sentence(
        f"RATLL,{number:02d},{_degrees(lat_deg, 2, 'NS')},{_degrees(lon_deg, 3, 'EW')},T{number:02d},{clock},T,", "$"
    )


def rmc(*, lat_deg: float, lon_deg: float, at: datetime) -> str:
    """Return the position and date of a fixed installation (speed 0)."""
    return sentence(
        f"GPRMC,{at:%H%M%S}.00,A,{_degrees(lat_deg, 2, 'NS')},{_degrees(lon_deg, 3, 'EW')},0.0,0.0,{at:%d%m%y},,,A", "$"
    )


def zda(at: datetime) -> str:
    """Return UTC time and date."""
    return sentence(f"GPZDA,{at:%H%M%S}.00,{at:%d},{at:%m},{at:%Y},00,00", "$")


def _degrees(value_deg: float, width: int, letters: str) -> str:
    minutes = round(abs(value_deg) * 60.0, 4)
    degrees, minutes = divmod(minutes, 60.0)
    return f"{int(degrees):0{width}d}{minutes:07.4f},{letters[value_deg < 0]}"
