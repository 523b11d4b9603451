"""Zones from GeoJSON: every feature checked, every problem named."""

import json
from datetime import datetime
from typing import Any

import shapely

from core.errors import ConfigError
from vessels.zones import CHINA, Zone


def read_geojson(collection: Any, *, source: str, version: str) -> list[Zone]:
    """Return the zones of a parsed GeoJSON FeatureCollection.

    Raises
    ------
    ConfigError
        With one sentence for each feature that is not a zone; nothing is taken from a file with problems.
    """
    if not isinstance(collection, dict) or not isinstance(collection.get("features"), list):
        raise ConfigError("Not a GeoJSON FeatureCollection: give a file with a list of features.")
    zones, problems = [], []
    for number, feature in enumerate(collection["features"], 1):
        try:
            zones.append(_read_feature(feature, source, version))
        except (KeyError, TypeError, ValueError, AttributeError, shapely.errors.GEOSException) as exc:
            problems.append(f"Feature {number}: {exc}; it needs properties id, name_zh, purpose and a valid geometry.")
    doubled = {z.zone_id for z in zones if sum(o.zone_id == z.zone_id for o in zones) > 1}
    problems += [f"Zone id {name!r} occurs more than once: ids must differ." for name in sorted(doubled)]
    if problems:
        raise ConfigError(*problems)
    return zones


def _read_feature(feature: Any, source: str, version: str) -> Zone:
    told, geometry = feature["properties"], shapely.from_geojson(json.dumps(feature["geometry"]))
    if geometry.geom_type not in ("Polygon", "MultiPolygon", "LineString") or geometry.is_empty:
        raise ValueError(f"geometry {geometry.geom_type} is not a Polygon, MultiPolygon or LineString")
    if not geometry.is_valid:
        raise ValueError(f"geometry is not valid ({shapely.is_valid_reason(geometry)})")
    west, south, east, north = geometry.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise ValueError("coordinates are not longitude, latitude in degrees")
    return Zone(
        zone_id=str(told["id"]),
        name_zh=str(told["name_zh"]),
        name_en=str(told.get("name_en", "")),
        purpose=_purpose(told["purpose"]),
        geometry=geometry,
        buffer_m=float(told.get("buffer_m", 500.0 if told["purpose"] == "cage_farm" else 0.0)),
        farm_id=told.get("farm_id"),
        valid_from=_instant(told.get("valid_from")),
        valid_until=_instant(told.get("valid_until")),
        source=str(told.get("source", source)),
        version=str(told.get("version", version)),
    )


PURPOSES = (
    "cage_farm", "wind_farm", "fairway", "anchorage", "port", "high_risk", "closed_area", "border_line", "shelter",
)  # fmt: skip


def _purpose(word: Any) -> str:
    if word not in PURPOSES:
        raise ValueError(f"purpose {word!r} is not one of {', '.join(PURPOSES)}")
    return str(word)


def _instant(text: str | None) -> datetime | None:
    if text is None:
        return None
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=CHINA)
