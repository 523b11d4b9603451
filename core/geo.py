"""Distances and bearings on the sphere, and a flat plane for short ranges; nautical miles and degrees."""

import math

EARTH_RADIUS_NM = 3440.065
"""Mean radius 6371.0088 km (IUGG) over 1.852 km."""
M_PER_NM = 1852.0


def range_nm(lat1_deg: float, lon1_deg: float, lat2_deg: float, lon2_deg: float) -> float:
    """Return the great-circle distance (haversine, within 0.5 % of the ellipsoid). [nmi]"""
    p1, p2 = math.radians(lat1_deg), math.radians(lat2_deg)
    dp, dl = p2 - p1, math.radians(lon2_deg - lon1_deg)
    h = math.sin(dp / 2) ** 2 + math.cos(p1) * math.cos(p2) * math.sin(dl / 2) ** 2
    return 2 * EARTH_RADIUS_NM * math.asin(min(1.0, math.sqrt(h)))


def bearing_deg(lat1_deg: float, lon1_deg: float, lat2_deg: float, lon2_deg: float) -> float:
    """Return the initial great-circle bearing from the first point to the second, 0..360. [deg]"""
    p1, p2 = math.radians(lat1_deg), math.radians(lat2_deg)
    dl = math.radians(lon2_deg - lon1_deg)
    east = math.sin(dl) * math.cos(p2)
    north = math.cos(p1) * math.sin(p2) - math.sin(p1) * math.cos(p2) * math.cos(dl)
    return math.degrees(math.atan2(east, north)) % 360.0


def destination(lat_deg: float, lon_deg: float, course_deg: float, distance_nm: float) -> tuple[float, float]:
    """Return (lat_deg, lon_deg) after `distance_nm` on an initial course along the great circle."""
    p1, course, d = math.radians(lat_deg), math.radians(course_deg), distance_nm / EARTH_RADIUS_NM
    p2 = math.asin(math.sin(p1) * math.cos(d) + math.cos(p1) * math.sin(d) * math.cos(course))
    dl = math.atan2(math.sin(course) * math.sin(d) * math.cos(p1), math.cos(d) - math.sin(p1) * math.sin(p2))
    return math.degrees(p2), wrap_lon(lon_deg + math.degrees(dl))


def wrap_lon(lon_deg: float) -> float:
    """Return the longitude in [-180, 180). [deg]"""
    return (lon_deg + 180.0) % 360.0 - 180.0


def plane_nm(lat0_deg: float, lon0_deg: float, lat_deg: float, lon_deg: float) -> tuple[float, float]:
    """Return (east_nm, north_nm) of a point on a flat plane at the origin; keep to about 20 nmi."""
    east = wrap_lon(lon_deg - lon0_deg) * 60.0 * math.cos(math.radians((lat0_deg + lat_deg) / 2))
    return east, (lat_deg - lat0_deg) * 60.0
