"""The map of a dossier: one frame and what is drawn in it, for the HTML page and the PDF alike."""

import html
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from vessels.dossier import Dossier, Place, TrackPoint, local

MAP_W, MAP_H, MARGIN = 720, 460, 34
SPANS_NM = (8.0, 16.0, 32.0, 64.0)
"""Widths of the map that are tried until land or a named place shows: a way on plain blue tells nobody where it was."""
_GRID_MIN = (1, 2, 5, 10, 20, 30, 60)
_LINES = 6
_BAR = 60


@dataclass(frozen=True, kw_only=True)
class Frame:
    """The map's frame: degrees to points on paper, north up, one scale both ways."""

    west: float
    north: float
    scale: float
    shrink: float

    def at(self, lat_deg: float, lon_deg: float) -> tuple[float, float]:
        """Return (x, y) on the map."""
        return (
            MARGIN + (lon_deg - self.west) * self.shrink * self.scale,
            MARGIN + (self.north - lat_deg) * self.scale,
        )

    def shows(self, lat_deg: float, lon_deg: float) -> bool:
        """Return whether a place lies on the map."""
        x, y = self.at(lat_deg, lon_deg)
        return 0 <= x <= MAP_W and 0 <= y <= MAP_H

    def touches(self, ring: Sequence[tuple[float, float]]) -> bool:
        """Return whether a ring of (lon, lat) may lie on the map, by its box."""
        points = [self.at(lat, lon) for lon, lat in ring]
        xs, ys = [x for x, _ in points], [y for _, y in points]
        return min(xs) <= MAP_W and max(xs) >= 0 and min(ys) <= MAP_H and max(ys) >= 0

    @property
    def mile(self) -> float:
        """Return the length of a nautical mile on the map."""
        return self.scale / 60

    @property
    def bar_nm(self) -> int:
        """Return how many nautical miles the scale bar is long. [nmi]"""
        return next((n for n in (1, 2, 5, 10, 20) if n * self.mile >= _BAR), 50)


@dataclass(frozen=True, kw_only=True)
class GridLine:
    """A meridian or parallel: where it stands on the map, and its label."""

    upright: bool
    at: float
    label: str


def frame(track: Sequence[TrackPoint], span_nm: float = 1.0) -> Frame:
    """Return a frame that shows a whole track, at least so many nautical miles high."""
    lats, lons = [p.lat_deg for p in track], [p.lon_deg for p in track]
    middle = (min(lats) + max(lats)) / 2
    shrink = max(0.05, math.cos(math.radians(middle)))
    least = span_nm / 60
    height = max((max(lats) - min(lats)) * 1.25, least)
    width = max((max(lons) - min(lons)) * 1.25, least / shrink)
    scale = min((MAP_W - 2 * MARGIN) / (width * shrink), (MAP_H - 2 * MARGIN) / height)
    span_w, span_h = (MAP_W - 2 * MARGIN) / (shrink * scale), (MAP_H - 2 * MARGIN) / scale
    return Frame(west=(min(lons) + max(lons)) / 2 - span_w / 2, north=middle + span_h / 2, scale=scale, shrink=shrink)


def frame_of(dossier: Dossier) -> Frame:
    """Return the narrowest frame that shows the whole track with land or a named place; the widest where none does."""
    for span_nm in SPANS_NM:
        found = frame(dossier.track, span_nm)
        land = any(found.shows(lat, lon) for ring in dossier.land for lon, lat in ring)
        if land or any(found.shows(p.lat_deg, p.lon_deg) for p in dossier.places):
            return found
    return frame(dossier.track, SPANS_NM[0])


def grid(box: Frame) -> Iterator[GridLine]:
    """Yield the meridians and parallels at whole minutes, at most six each way."""
    height_min = MAP_H / box.mile
    step = next((m for m in _GRID_MIN if height_min / m <= _LINES), 120)
    south = box.north - (MAP_H - MARGIN) / box.scale
    east = box.west + (MAP_W - MARGIN) / (box.scale * box.shrink)
    top, west = box.north + MARGIN / box.scale, box.west - MARGIN / (box.scale * box.shrink)
    for minute in range(math.ceil(south * 60 / step) * step, math.floor(top * 60) + 1, step):
        yield GridLine(upright=False, at=box.at(minute / 60, 0.0)[1], label=_angle(minute, "N", "S"))
    for minute in range(math.ceil(west * 60 / step) * step, math.floor(east * 60) + 1, step):
        yield GridLine(upright=True, at=box.at(0.0, minute / 60)[0], label=_angle(minute, "E", "W"))


def _angle(minute: int, plus: str, minus: str) -> str:
    whole, rest = divmod(abs(minute), 60)
    return f"{whole}°{rest:02d}′{plus if minute >= 0 else minus}"


def words(point: TrackPoint, which: str) -> str:
    """Return the label of a point of the way: which it is, when, and where."""
    return f"{which} {local(point.observed_at)[11:16]}  {point.lat_deg:.4f}N {point.lon_deg:.4f}E"


def caption(dossier: Dossier) -> str:
    """Return the sentence under the map."""
    first, last = dossier.track[0], dossier.track[-1]
    return (
        f"{local(first.observed_at)} 至 {local(last.observed_at)}，{len(dossier.track)} 个船位，"
        f"最后位置 {last.lat_deg:.5f}°, {last.lon_deg:.5f}°。海岸线示意，不用于导航。"
    )


def svg(dossier: Dossier) -> str:
    """Return the map as SVG that fits any width."""
    box = frame_of(dossier)
    parts = [
        f"<svg viewBox='0 0 {MAP_W} {MAP_H}' role='img' font-size='11'>",
        f"<rect width='{MAP_W}' height='{MAP_H}' fill='#e8f1f7'/>",
        *(_polygon(box, ring) for ring in dossier.land if box.touches(ring)),
        *(_grid_line(line) for line in grid(box)),
        *(_place(box, place) for place in dossier.places if box.shows(place.lat_deg, place.lon_deg)),
        _way(box, dossier.track),
        f"<path d='M{MARGIN} {MAP_H - 17}v5h{box.bar_nm * box.mile:.1f}v-5' fill='none' stroke='#1b2733'/>",
        f"<text x='{MARGIN + 4}' y='{MAP_H - 18}'>{box.bar_nm} 海里 nmi</text></svg>",
    ]
    return "".join(parts)


def _way(box: Frame, track: Sequence[TrackPoint]) -> str:
    points = [box.at(p.lat_deg, p.lon_deg) for p in track]
    way = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    (x0, y0), (x1, y1) = points[0], points[-1]
    below = y1 >= y0
    return (
        f"<polyline points='{way}' fill='none' stroke='#b00020' stroke-width='2'/>"
        f"<circle cx='{x0:.1f}' cy='{y0:.1f}' r='4' fill='#fff' stroke='#b00020'/>"
        f"<circle cx='{x1:.1f}' cy='{y1:.1f}' r='5' fill='#b00020'/>"
        f"{_label(x0, y0, words(track[0], '起 start'), below=not below)}"
        f"{_label(x1, y1, words(track[-1], '末 last'), below=below)}"
    )


def _label(x: float, y: float, text: str, *, below: bool) -> str:
    side, at_x = ("end", x - 8) if x > MAP_W / 2 else ("start", x + 8)
    at_y = min(MAP_H - 26.0, y + 16) if below else max(14.0, y - 8)
    halo = "paint-order='stroke' stroke='#e8f1f7' stroke-width='3'"
    return f"<text x='{at_x:.1f}' y='{at_y:.1f}' text-anchor='{side}' {halo}>{text}</text>"


def _polygon(box: Frame, ring: Sequence[tuple[float, float]]) -> str:
    points = " ".join("{:.1f},{:.1f}".format(*box.at(lat, lon)) for lon, lat in ring)
    return f"<polygon points='{points}' fill='#d9d2c0' stroke='#8a7f66' stroke-width='0.6'/>"


def _grid_line(line: GridLine) -> str:
    if line.upright:
        where, label = f"M{line.at:.1f} 0V{MAP_H}", f"x='{line.at + 3:.1f}' y='{MAP_H - 4}'"
    else:
        where, label = f"M0 {line.at:.1f}H{MAP_W}", f"x='3' y='{line.at - 3:.1f}'"
    return (
        f"<path d='{where}' stroke='#9db3c2' stroke-width='0.5'/>"
        f"<text {label} font-size='9' fill='#5b6b7a'>{line.label}</text>"
    )


def _place(box: Frame, place: Place) -> str:
    x, y = box.at(place.lat_deg, place.lon_deg)
    return f"<text x='{x:.1f}' y='{y:.1f}' text-anchor='middle' fill='#4b4434'>{html.escape(place.name)}</text>"
