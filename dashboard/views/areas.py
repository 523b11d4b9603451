"""Checking what an officer typed into the zone and season forms."""

import re
from datetime import UTC, datetime
from typing import Any

from dashboard.i18n import Words

ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
MAX_CORNERS = 500


def zone_of(
    zone_id: str, name: str, purpose: str, corners: str, source: str, words: Words
) -> tuple[dict[str, Any] | None, str]:
    """Return (row, '') for a zone that may be saved, else (None, what to correct)."""
    if not ID.fullmatch(zone_id.strip()):
        return None, words("The id needs small letters, digits and hyphens.")
    if not name.strip() or not source.strip():
        return None, words("Name and source are needed.")
    ring, problem = _ring(corners, words)
    if problem:
        return None, problem
    geometry: dict[str, Any] = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
    if purpose == "border_line":
        geometry = {"type": "LineString", "coordinates": ring}
    row = {
        "zone_id": zone_id.strip(),
        "name_zh": name.strip(),
        "name_en": "",
        "purpose": purpose,
        "geometry": geometry,
        "source": source.strip(),
        "version": f"{datetime.now(UTC):%Y-%m-%d %H:%M}",
    }
    return row, ""


def _ring(text: str, words: Words) -> tuple[list[list[float]], str]:
    ring = []
    for n, line in enumerate((raw for raw in text.splitlines() if raw.strip()), start=1):
        parts = re.split(r"[,，\s]+", line.strip())
        try:
            lat, lon = (float(part) for part in parts)
        except ValueError:
            return [], words("Line {n}: write latitude, longitude in degrees.", n=n)
        if not (-90 <= lat <= 90 and -180 <= lon <= 180):
            return [], words("Line {n}: latitude up to 90, longitude up to 180.", n=n)
        ring.append([lon, lat])
    if not 3 <= len(ring) <= MAX_CORNERS:
        return [], words("A zone needs 3 to {n} corners.", n=MAX_CORNERS)
    return ring, ""


def season_of(
    rule_id: str,
    name: str,
    gears: str,
    lat: tuple[float, float],
    begins: datetime,
    ends: datetime,
    source: str,
    words: Words,
) -> tuple[dict[str, Any] | None, str]:
    """Return (row, '') for a season that may be saved, else (None, what to correct)."""
    if not ID.fullmatch(rule_id.strip()):
        return None, words("The id needs small letters, digits and hyphens.")
    kinds = [g.strip() for g in re.split(r"[,，、]", gears) if g.strip()]
    if not name.strip() or not source.strip() or not kinds:
        return None, words("Name, gear and source are needed.")
    if lat[1] <= lat[0]:
        return None, words("The northern latitude must be above the southern one.")
    if ends <= begins:
        return None, words("The season must end after it begins.")
    row = {
        "rule_id": rule_id.strip(),
        "name_zh": name.strip(),
        "gears": kinds,
        "lat_from_deg": lat[0],
        "lat_until_deg": lat[1],
        "closed_from": begins,
        "closed_until": ends,
        "source": source.strip(),
        "version": f"{datetime.now(UTC):%Y-%m-%d %H:%M}",
    }
    return row, ""
