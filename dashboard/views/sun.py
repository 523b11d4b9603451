"""When it is night: for shading charts, since oxygen falls in the dark."""

import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

HORIZON_DEG = -0.833
"""Centre of the sun at sunrise and sunset: refraction and half its width (NOAA solar calculator)."""
STEP = timedelta(minutes=10)


def elevation_deg(at: datetime, lat_deg: float, lon_deg: float) -> float:
    """Return the sun's elevation, within about 0.3 degree (Astronomical Almanac, low-precision formula). [deg]"""
    days = (at - datetime(2000, 1, 1, 12, tzinfo=UTC)).total_seconds() / 86_400
    anomaly = math.radians((357.528 + 0.9856003 * days) % 360)
    longitude = math.radians(
        (280.460 + 0.9856474 * days + 1.915 * math.sin(anomaly) + 0.020 * math.sin(2 * anomaly)) % 360
    )
    tilt = math.radians(23.439 - 0.0000004 * days)
    declination = math.asin(math.sin(tilt) * math.sin(longitude))
    ascension = math.atan2(math.cos(tilt) * math.sin(longitude), math.cos(longitude))
    sidereal = math.radians((280.46062 + 360.98564737 * days + lon_deg) % 360)
    lat = math.radians(lat_deg)
    height = math.sin(lat) * math.sin(declination) + math.cos(lat) * math.cos(declination) * math.cos(
        sidereal - ascension
    )
    return math.degrees(math.asin(height))


def nights(since: datetime, until: datetime, lat_deg: float, lon_deg: float) -> Iterator[tuple[datetime, datetime]]:
    """Yield the dark spans between two instants, to ten minutes."""
    at, began = since, None
    while at <= until:
        dark = elevation_deg(at, lat_deg, lon_deg) < HORIZON_DEG
        if dark and began is None:
            began = at
        elif not dark and began is not None:
            yield began, at
            began = None
        at += STEP
    if began is not None:
        yield began, until
