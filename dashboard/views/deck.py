"""The deck of the map as plain JSON for deck.gl: coast, zones, cages, targets, names; no tile server needed."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from dashboard.atlas import MAPPING
from dashboard.settings import DashboardSettings

SEA = [214, 232, 240, 255]
LAND = [240, 236, 222, 255]
SHORE = [148, 138, 108, 255]
NO_BASE_MAP = "__MAP_STYLE__"
"""What pydeck writes for "no provider": anything else false makes Streamlit ask an outside tile server."""

TILE_PX, SHOWN_PX, MOST_OUT = 512, 300, 6
"""Pixels of the whole world at zoom 0, pixels of a phone's map that a track may fill, and the widest view."""


def coast_layer() -> dict[str, Any]:
    """Return the land; also what makes the page usable with no internet at all."""
    return {
        "@@type": "GeoJsonLayer",
        "id": "coast",
        "data": "/live/coast.geojson",
        "filled": True,
        "stroked": True,
        "getFillColor": LAND,
        "getLineColor": SHORE,
        "lineWidthMinPixels": 1,
        "pickable": False,
    }


def sea_layer() -> dict[str, Any]:
    """Return the water's colour as one big polygon under everything."""
    box = [[100, 5], [150, 5], [150, 50], [100, 50], [100, 5]]
    return {
        "@@type": "PolygonLayer",
        "id": "sea",
        "data": [{"p": box}],
        "getPolygon": "@@=p",
        "getFillColor": SEA,
        "stroked": False,
        "pickable": False,
    }


def tile_layer(url: str) -> dict[str, Any]:
    """Return an optional raster layer of the operator's own source."""
    return {"@@type": "TileLayer", "id": "tiles", "data": url, "minZoom": 0, "maxZoom": 18, "tileSize": 256}


def target_layer(query: str, *, size: int = 17) -> dict[str, Any]:
    """Return the live targets, fetched by the browser itself so that a session's socket stays small."""
    return {
        "@@type": "GeoJsonLayer",
        "id": "targets",
        "data": f"/live/targets.geojson?{query}",
        "pointType": "icon",
        "iconAtlas": "/assets/marks.png",
        "iconMapping": MAPPING,
        "getIcon": "@@=properties.i",
        "getIconColor": "@@=properties.c",
        "getIconAngle": "@@=properties.a",
        "getIconSize": size,
        "iconSizeUnits": "pixels",
        "iconBillboard": False,
        "pickable": True,
        "autoHighlight": True,
        "highlightColor": [255, 196, 0, 200],
    }


def cell_layer(name: str, address: str) -> dict[str, Any]:
    """Return tinted areas with keys ``p`` and ``c``, fetched by the browser."""
    return {
        "@@type": "PolygonLayer",
        "id": name,
        "data": address,
        "getPolygon": "@@=p",
        "getFillColor": "@@=c",
        "stroked": False,
        "pickable": False,
    }


def sea_layers(hours: int, hour: int) -> list[dict[str, Any]]:
    """Return waves, their heights and the wind `hours` from now; fetched by the browser, anew each `hour`."""
    query = f"h={hours}&at={hour}"
    return [
        cell_layer("waves", f"/live/sea/cells.json?{query}"),
        text_layer("wave_heights", f"/live/sea/labels.json?{query}", size=12, colour=(16, 36, 58, 255), dy=10),
        mark_layer("winds", f"/live/sea/winds.json?{query}", icon="arrow", size=22, pickable=False)
        | {"getAngle": "@@=a"},
    ]


def mark_layer(
    name: str, rows: Sequence[Mapping[str, Any]] | str, *, icon: str, size: int = 20, pickable: bool = True
) -> dict[str, Any]:
    """Return marks with keys ``lon lat c``, given or at an address; every other key travels with a click."""
    return {
        "@@type": "IconLayer",
        "id": name,
        "data": rows if isinstance(rows, str) else list(rows),
        "iconAtlas": "/assets/marks.png",
        "iconMapping": MAPPING,
        "getIcon": f"@@='{icon}'",
        "getPosition": "@@=[lon,lat]",
        "getColor": "@@=c",
        "getSize": size,
        "pickable": pickable,
    }


def text_layer(
    name: str,
    rows: Sequence[Mapping[str, Any]] | str,
    *,
    size: int = 13,
    colour: Sequence[int] = (60, 52, 30, 255),
    dy: int = 0,
) -> dict[str, Any]:
    """Return labels with keys ``lon lat text``, given or at an address; Chinese needs the automatic character set."""
    return {
        "@@type": "TextLayer",
        "id": name,
        "data": rows if isinstance(rows, str) else list(rows),
        "getPosition": "@@=[lon,lat]",
        "getText": "@@=text",
        "getSize": size,
        "getColor": list(colour),
        "characterSet": "auto",
        "fontWeight": 600,
        "getPixelOffset": [0, dy],
        "fontFamily": "'PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif",
        "outlineWidth": 3,
        "outlineColor": [255, 255, 255, 230],
        "fontSettings": {"sdf": True, "fontSize": 48, "buffer": 6},
        "pickable": False,
    }


def area_layer(name: str, features: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return zones as outlines with a faint fill; each feature's properties have ``f`` and ``l`` colours."""
    return {
        "@@type": "GeoJsonLayer",
        "id": name,
        "data": {"type": "FeatureCollection", "features": list(features)},
        "filled": True,
        "stroked": True,
        "getFillColor": "@@=properties.f",
        "getLineColor": "@@=properties.l",
        "lineWidthMinPixels": 1.5,
        "pickable": True,
    }


def path_layer(name: str, paths: Sequence[Mapping[str, Any]], *, width_px: float = 2.5) -> dict[str, Any]:
    """Return lines with keys ``path`` ([lon, lat] pairs) and ``c``."""
    return {
        "@@type": "PathLayer",
        "id": name,
        "data": list(paths),
        "getPath": "@@=path",
        "getColor": "@@=c",
        "getWidth": width_px,
        "widthUnits": "pixels",
        "widthMinPixels": 1,
        "jointRounded": True,
        "capRounded": True,
        "pickable": False,
    }


def view_of(places: Sequence[tuple[float, float]]) -> tuple[tuple[float, float], float]:
    """Return the middle (lat, lon) of places and the zoom at which a phone's map shows them all."""
    lats, lons = [p[0] for p in places], [p[1] for p in places]
    middle = ((min(lats) + max(lats)) / 2, (min(lons) + max(lons)) / 2)
    wide = max(max(lons) - min(lons), (max(lats) - min(lats)) / math.cos(math.radians(middle[0])), 0.02)
    return middle, max(MOST_OUT, min(12.0, math.log2(SHOWN_PX * 360.0 / (TILE_PX * wide))))


def deck(
    layers: Sequence[Mapping[str, Any]],
    settings: DashboardSettings,
    *,
    centre: tuple[float, float] | None = None,
    zoom: float | None = None,
    under: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """Return the whole deck, opened on the settings' place or on `centre` (lat, lon); `under` lies below the land."""
    lat, lon = centre or (settings.map_lat_deg, settings.map_lon_deg)
    tiles = [tile_layer(settings.tile_url)] if settings.tile_url else []
    base = [sea_layer(), *tiles, *under, coast_layer()]
    return {
        "initialViewState": {
            "latitude": lat,
            "longitude": lon,
            "zoom": settings.map_zoom if zoom is None else zoom,
            "minZoom": MOST_OUT,
            "maxZoom": 17,
            "pitch": 0,
            "bearing": 0,
        },
        "views": [{"@@type": "MapView", "controller": True}],
        "mapStyle": NO_BASE_MAP,
        "layers": [*base, *layers],
    }
