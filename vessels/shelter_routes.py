"""Sea distances and routes that never cross land: a grid over the water, searched once from every shelter and kept.

A cell is water only when no land touches any part of it, and a step is allowed only when every cell that it passes is
water, so a route along steps cannot cross land. Boats and shelters join the grid by straight legs that are tested
against the coastline itself.
"""

import hashlib
import json
import tempfile
import zipfile
import zlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from vessels.coast import Coast
from vessels.fleet import Bools, Floats, Ints, ranges_nm, to_plane_nm

Floats32 = NDArray[np.float32]
Ints32 = NDArray[np.int32]
FORMAT_VERSION = 1
MAX_NM = 400.0
"""Routes longer than this are not searched. [nmi]"""
JOIN_NM = 2.5
"""A boat or shelter joins the grid at a cell no farther than this. [nmi]"""
JOIN_CANDIDATES = 24
# (rows, columns, cells passed besides both ends) of the moves; knight's moves keep detours under 3 %.
_MOVES = (
    (0, 1, ()),
    (1, 0, ()),
    (1, 1, ((0, 1), (1, 0))),
    (1, -1, ((0, -1), (1, 0))),
    (1, 2, ((0, 1), (1, 1))),
    (2, 1, ((1, 0), (1, 1))),
    (1, -2, ((0, -1), (1, -1))),
    (2, -1, ((1, 0), (1, -1))),
)


@dataclass(frozen=True, kw_only=True)
class Shelter:
    """A harbour or anchorage where a boat is safe: a boat within `radius_nm` of it is back.

    Parameters
    ----------
    max_wind_bft
        Strongest wind that it gives lee from; nobody is sent there when more is forecast.
    """

    id: str
    name_zh: str
    name_en: str
    lat_deg: float
    lon_deg: float
    radius_nm: float = 1.0
    max_wind_bft: int = 12

    def __post_init__(self) -> None:
        if not 0 <= self.max_wind_bft <= 17:
            raise ValueError(f"shelter {self.id}: max_wind_bft is a Beaufort force, 0 to 17.")


@dataclass(frozen=True, kw_only=True)
class ShelterRules:
    """Shelters and the box of water that is searched; keys as in config/rules/shelter.toml. [deg] [nmi]"""

    version: str
    source: str
    south_deg: float
    west_deg: float
    north_deg: float
    east_deg: float
    step_nm: float
    shelters: tuple[Shelter, ...]

    def __post_init__(self) -> None:
        if not (self.south_deg < self.north_deg and self.west_deg < self.east_deg):
            raise ValueError("the box is empty: south_deg < north_deg and west_deg < east_deg.")
        if not 0.05 <= self.step_nm <= 2.0:
            raise ValueError("step_nm must be from 0.05 to 2 nmi.")


@dataclass(frozen=True, kw_only=True)
class Route:
    """A way over water: corner points, first the boat, last the shelter."""

    shelter: Shelter
    lat_deg: Floats
    lon_deg: Floats

    @cached_property
    def along_nm(self) -> Floats:
        """Return the distance run at each corner, from 0. [nmi]"""
        legs = ranges_nm(self.lat_deg[:-1], self.lon_deg[:-1], self.lat_deg[1:], self.lon_deg[1:])
        return np.concatenate(([0.0], np.cumsum(legs)))

    @property
    def distance_nm(self) -> float:
        """Return the length of the way. [nmi]"""
        return float(self.along_nm[-1])

    def at(self, run_nm: Floats) -> tuple[Floats, Floats]:
        """Return (lat_deg, lon_deg) after running the given distances; beyond the end: the shelter."""
        return np.interp(run_nm, self.along_nm, self.lat_deg), np.interp(run_nm, self.along_nm, self.lon_deg)


@dataclass(frozen=True, kw_only=True, eq=False)
class SeaRoutes:
    """Distances from every water cell to every shelter, and the next cell of the shortest way.

    Parameters
    ----------
    water
        (row, column), True where no land touches the cell.
    distance_nm
        (shelter, water cell) float32; inf out of reach.
    onward
        (shelter, water cell): index of the next water cell; the number of cells at the shelter's door, negative
        out of reach.
    """

    coast: Coast
    shelters: tuple[Shelter, ...]
    lat_deg: Floats
    lon_deg: Floats
    water: Bools
    distance_nm: Floats32
    onward: Ints32

    @cached_property
    def _cell_lat(self) -> Floats:
        return self.lat_deg[np.nonzero(self.water)[0]]

    @cached_property
    def _cell_lon(self) -> Floats:
        return self.lon_deg[np.nonzero(self.water)[1]]

    @cached_property
    def _tree(self) -> cKDTree:
        return cKDTree(self._plane(self._cell_lat, self._cell_lon))

    @cached_property
    def _rim(self) -> Ints:
        """Water cells on the rim of the grid, every eighth: where boats from outside come in."""
        rows, cols = np.nonzero(self.water)
        last_row, last_col = self.water.shape[0] - 1, self.water.shape[1] - 1
        return np.flatnonzero((rows == 0) | (cols == 0) | (rows == last_row) | (cols == last_col))[::8]

    def _plane(self, lat_deg: Floats, lon_deg: Floats) -> Floats:
        return to_plane_nm(lat_deg, lon_deg, float(self.lat_deg.mean()), float(self.lon_deg.mean()))

    def distances(self, lat_deg: Floats, lon_deg: Floats) -> Floats:
        """Return (boat, shelter) sea distances by the nearest water cell; inf where the grid does not reach. [nmi]

        Good for sorting; `nearest` gives exact ways.
        """
        gap_nm, cell = self._tree.query(self._plane(lat_deg, lon_deg), distance_upper_bound=JOIN_NM)
        found = np.full((len(lat_deg), len(self.shelters)), np.inf)
        ok = np.isfinite(gap_nm)
        found[ok] = self.distance_nm[:, cell[ok]].T + gap_nm[ok, None]
        return found

    def nearest(self, lat_deg: float, lon_deg: float, count: int, without: Collection[str] = ()) -> list[Route]:
        """Return the routes to the nearest shelters by sea, nearest first; fewer when the water does not reach.

        Parameters
        ----------
        without
            Ids of shelters to leave out.
        """
        cells, legs_nm = self._join(lat_deg, lon_deg)
        if not len(cells):
            return []
        total = self.distance_nm[:, cells] + legs_nm
        best = total.argmin(axis=1)
        length = total[np.arange(len(best)), best]
        length[[shelter.id in without for shelter in self.shelters]] = np.inf
        order = np.argsort(length, kind="stable")[:count]
        return [self._route(lat_deg, lon_deg, int(cells[best[s]]), int(s)) for s in order if np.isfinite(length[s])]

    def _join(self, lat_deg: float, lon_deg: float) -> tuple[Ints, Floats]:
        """Return cells that a straight leg over water reaches, with the legs' lengths."""
        here = self._plane(np.array([lat_deg]), np.array([lon_deg]))[0]
        gap_nm, near = self._tree.query(here, k=JOIN_CANDIDATES, distance_upper_bound=JOIN_NM)
        cells = near[np.isfinite(gap_nm)]
        if not len(cells):
            cells = self._rim
        lats, lons = self._cell_lat[cells], self._cell_lon[cells]
        clear = ~self.coast.legs_cross(lat_deg, lon_deg, lats, lons)
        legs_nm = ranges_nm(np.full(len(lats), lat_deg), np.full(len(lats), lon_deg), lats, lons)
        return cells[clear], legs_nm[clear]

    def _route(self, lat_deg: float, lon_deg: float, cell: int, shelter: int) -> Route:
        onward, door = self.onward[shelter], len(self._cell_lat)
        cells = [cell]
        while (following := int(onward[cells[-1]])) < door:
            cells.append(following)
        to, lats, lons = self.shelters[shelter], self._cell_lat[cells], self._cell_lon[cells]
        corner = _corners(lats, lons)
        return Route(
            shelter=to,
            lat_deg=np.concatenate(([lat_deg], lats[corner], [to.lat_deg])),
            lon_deg=np.concatenate(([lon_deg], lons[corner], [to.lon_deg])),
        )


def _corners(lats: Floats, lons: Floats) -> Bools:
    """Return which points of a way on the grid are needed: both ends and every change of step."""
    kept = np.ones(len(lats), dtype=np.bool_)
    if len(lats) > 2:
        turn = np.abs(np.diff(lats, 2)) + np.abs(np.diff(lons, 2))
        kept[1:-1] = turn > 1e-9
    return kept


def build(
    coast: Coast, shelters: Sequence[Shelter], *, step_nm: float = 0.25, cache_dir: Path | None = None
) -> SeaRoutes:
    """Return the routes of a region; searched once (some seconds), then read from `cache_dir`.

    Parameters
    ----------
    coast
        Land of the region: its box is the grid's box.
    step_nm
        Size of a cell: channels narrower than about two cells count as closed. [nmi]

    Notes
    -----
    A shelter that no straight leg over water joins to the grid is left without distances (inf).
    """
    lat, lon = _axes(coast, step_nm)
    path = None if cache_dir is None else cache_dir / f"routes-{_digest(coast, shelters, step_nm)}.npz"
    kept = _read_cache(path, len(shelters), (len(lat), len(lon)))
    if kept is None:
        water = _water(coast, lat, lon)
        kept = (water, *_search(coast, shelters, water, lat, lon))
        _write_cache(path, *kept)
    water, distance_nm, onward = kept
    return SeaRoutes(
        coast=coast,
        shelters=tuple(shelters),
        lat_deg=lat,
        lon_deg=lon,
        water=water,
        distance_nm=distance_nm,
        onward=onward,
    )


def _axes(coast: Coast, step_nm: float) -> tuple[Floats, Floats]:
    south, west, north, east = coast.bounds_deg
    lat_step = step_nm / 60.0
    lon_step = lat_step / np.cos(np.radians((south + north) / 2))
    return np.arange(south + lat_step / 2, north, lat_step), np.arange(west + lon_step / 2, east, lon_step)


def _water(coast: Coast, lat: Floats, lon: Floats) -> Bools:
    """Return which cells no land touches; whole blocks of open sea are settled at once, the rest is quartered."""
    half_lat, half_lon = (lat[1] - lat[0]) / 2, (lon[1] - lon[0]) / 2
    tree = shapely.STRtree(shapely.get_parts(coast.land))
    water = np.ones((len(lat), len(lon)), dtype=np.bool_)
    size = 64
    rows, cols = (g.ravel() for g in np.mgrid[0 : len(lat) : size, 0 : len(lon) : size])
    while True:
        last_row, last_col = np.minimum(rows + size, len(lat)) - 1, np.minimum(cols + size, len(lon)) - 1
        south, west = lat[rows] - half_lat, lon[cols] - half_lon
        boxes = shapely.box(west, south, lon[last_col] + half_lon, lat[last_row] + half_lat)
        touched = np.unique(tree.query(boxes, predicate="intersects")[0])
        rows, cols = rows[touched], cols[touched]
        if size == 1:
            water[rows, cols] = False
            return water
        size //= 2
        rows = np.concatenate((rows, rows, rows + size, rows + size))
        cols = np.concatenate((cols, cols + size, cols, cols + size))
        inside = (rows < len(lat)) & (cols < len(lon))
        rows, cols = rows[inside], cols[inside]


def _search(
    coast: Coast, shelters: Sequence[Shelter], water: Bools, lat: Floats, lon: Floats
) -> tuple[Floats32, Ints32]:
    """Return distances and next cells, (shelter, water cell) each, by Dijkstra from each shelter."""
    graph = _graph(water, lat, lon)
    n_cells = graph.shape[0]
    distance = np.full((len(shelters), n_cells), np.inf, np.float32)
    onward = np.full((len(shelters), n_cells), -1, np.int32)
    rows, cols = np.nonzero(water)
    for i, shelter in enumerate(shelters):
        joins, legs_nm = _shelter_joins(coast, shelter, lat[rows], lon[cols])
        if not len(joins):
            continue
        # One more node stands for the shelter; only it leads to its joining cells.
        door = csr_array(
            (
                np.concatenate((graph.data, legs_nm)),
                np.concatenate((graph.indices, joins)),
                np.append(graph.indptr, graph.indptr[-1] + len(joins)),
            ),
            shape=(n_cells + 1, n_cells + 1),
        )
        far, before = dijkstra(door, indices=n_cells, limit=MAX_NM, return_predecessors=True)
        distance[i], onward[i] = far[:-1], before[:-1]
    return distance, onward


def _shelter_joins(coast: Coast, shelter: Shelter, lats: Floats, lons: Floats) -> tuple[Ints, Floats]:
    """Return water cells that a straight leg joins to the shelter, with the legs' lengths."""
    far = ranges_nm(np.full(len(lats), shelter.lat_deg), np.full(len(lats), shelter.lon_deg), lats, lons)
    near = np.flatnonzero(far <= JOIN_NM)
    clear = near[~coast.legs_cross(shelter.lat_deg, shelter.lon_deg, lats[near], lons[near])] if len(near) else near
    return clear, far[clear]


def _graph(water: Bools, lat: Floats, lon: Floats) -> csr_array:
    """Return the symmetric graph of allowed steps with their lengths in nmi."""
    number = np.full(water.shape, -1, np.int32)
    number[water] = np.arange(water.sum(), dtype=np.int32)
    froms, tos, lengths = [], [], []
    for d_row, d_col, passed in _MOVES:
        rows, cols = np.nonzero(_allowed(water, d_row, d_col, passed))
        froms.append(number[rows, cols])
        tos.append(number[rows + d_row, cols + d_col])
        lengths.append(_step_nm(lat, lon, d_row, d_col)[rows])
    a, b, w = np.concatenate(froms), np.concatenate(tos), np.concatenate(lengths)
    size = int(water.sum())
    return csr_array((np.concatenate((w, w)), (np.concatenate((a, b)), np.concatenate((b, a)))), shape=(size, size))


def _step_nm(lat: Floats, lon: Floats, d_row: int, d_col: int) -> Floats:
    """Return the length of a move from each row; moves past the last row are never used. [nmi]"""
    after = lat + d_row * (lat[1] - lat[0])
    return ranges_nm(lat, np.zeros_like(lat), after, np.full_like(lat, d_col * (lon[1] - lon[0])))


def _allowed(water: Bools, d_row: int, d_col: int, passed: Sequence[tuple[int, int]]) -> Bools:
    allowed = water & _shifted(water, d_row, d_col)
    for row, col in passed:
        allowed &= _shifted(water, row, col)
    return allowed


def _shifted(water: Bools, d_row: int, d_col: int) -> Bools:
    """Return, for each cell, whether the cell `d_row` up and `d_col` right is water; outside the grid it is not."""
    height, width = water.shape
    moved = np.zeros_like(water)
    moved[: height - d_row, max(0, -d_col) : width - max(0, d_col)] = water[
        d_row:, max(0, d_col) : width + min(0, d_col)
    ]
    return moved


def _digest(coast: Coast, shelters: Sequence[Shelter], step_nm: float) -> str:
    """Return a name for everything that the search depends on."""
    words = [FORMAT_VERSION, coast.bounds_deg, step_nm, [(s.id, s.lat_deg, s.lon_deg) for s in shelters]]
    return hashlib.sha256(json.dumps(words).encode() + shapely.to_wkb(coast.land)).hexdigest()[:20]


def _read_cache(path: Path | None, n_shelters: int, shape: tuple[int, int]) -> tuple[Bools, Floats32, Ints32] | None:
    """Return what an earlier process searched, None when there is none or it is damaged."""
    if path is None:
        return None
    try:
        with path.open("rb") as file, np.load(file) as kept:
            water, distance_nm, onward = kept["water"], kept["distance_nm"], kept["onward"]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error):
        return None
    whole = water.shape == shape and distance_nm.shape == onward.shape == (n_shelters, int(water.sum()))
    return (water, distance_nm, onward) if whole else None


def _write_cache(path: Path | None, water: Bools, distance_nm: Floats32, onward: Ints32) -> None:
    """Keep the search if the folder may be written; two processes may do so at the same time."""
    if path is None:
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".npz", delete=False) as part:
            np.savez_compressed(part, water=water, distance_nm=distance_nm, onward=onward)
        Path(part.name).replace(path)
    except OSError:
        return
