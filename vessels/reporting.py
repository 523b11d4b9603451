"""Where vessels that report (AIS, Beidou) were at a moment, between and beyond their fixes."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vessels.association_rules import AssociationRules
from vessels.beidou import BeidouFix

Floats = npt.NDArray[np.float64]
M_PER_DEGREE = 111_194.927
"""Mean radius 6371.0088 km x pi / 180."""


@dataclass(frozen=True, kw_only=True)
class Reported:
    """Where vessels that report were at one moment, with the uncertainty of each, and since when they report."""

    ids: Sequence[str]
    lat_deg: Floats
    lon_deg: Floats
    sigma_m: Floats
    since_s: Floats


class Reports:
    """The fixes of one reporting vessel, in time order, to be asked where it was."""

    def __init__(
        self, target_id: str, time_s: Floats, lat_deg: Floats, lon_deg: Floats, sog_kn: Floats, cog_deg: Floats,
        *, reach_s: float | None = None,
    ):  # fmt: skip
        order = np.argsort(time_s, kind="stable")
        self.target_id, self.reach_s = target_id, reach_s
        self.time_s, self.lat, self.lon = time_s[order], lat_deg[order], lon_deg[order]
        self.sog, self.cog = sog_kn[order], cog_deg[order]

    def at(
        self, at_s: float, rules: AssociationRules, *, known_until_s: float = math.inf
    ) -> tuple[float, float, float] | None:
        """Return (lat, lon, sigma in m) at a moment from the fixes known by `known_until_s`; None when too far off."""
        after, reach_s = int(np.searchsorted(self.time_s, at_s)), self.reach_s or rules.ais_reach_s
        before = after - 1
        if before >= 0 and after < len(self.time_s) and self.time_s[after] <= known_until_s:
            gap = float(self.time_s[after] - self.time_s[before])
            if gap <= rules.ais_bridge_s:
                return self._between(before, after, at_s, gap, rules)
        if before >= 0 and at_s - self.time_s[before] <= reach_s:
            return self._reckoned(before, at_s - float(self.time_s[before]), rules)
        if after < len(self.time_s) and known_until_s >= self.time_s[after] and self.time_s[after] - at_s <= reach_s:
            return self._reckoned(after, at_s - float(self.time_s[after]), rules)
        return None

    def joined(self, other: "Reports") -> "Reports":
        """Return the fixes of both as those of one vessel."""
        parts = ((self.time_s, other.time_s), (self.lat, other.lat), (self.lon, other.lon), (self.sog, other.sog),
                 (self.cog, other.cog))  # fmt: skip
        reach_s = self.reach_s if other.reach_s is None else other.reach_s
        return Reports(self.target_id, *(np.concatenate(part) for part in parts), reach_s=reach_s)

    def _between(
        self, one: int, two: int, at_s: float, gap: float, rules: AssociationRules
    ) -> tuple[float, float, float]:
        share = 0.0 if gap == 0 else (at_s - float(self.time_s[one])) / gap
        nearest = min(share, 1 - share) * gap
        lat = self.lat[one] + share * (self.lat[two] - self.lat[one])
        lon = self.lon[one] + share * ((self.lon[two] - self.lon[one] + 540.0) % 360.0 - 180.0)
        return float(lat), float(lon), math.hypot(rules.ais_sigma_m, rules.ais_drift_mps * nearest)

    def _reckoned(self, fix: int, elapsed_s: float, rules: AssociationRules) -> tuple[float, float, float]:
        knots, course = float(self.sog[fix]), math.radians(float(self.cog[fix]))
        way_m = 0.0 if math.isnan(knots) or math.isnan(course) else knots * 1852.0 / 3600.0 * elapsed_s
        lat = float(self.lat[fix]) + way_m * math.cos(course or 0.0) / M_PER_DEGREE if way_m else float(self.lat[fix])
        lon = float(self.lon[fix])
        if way_m:
            lon += way_m * math.sin(course) / (M_PER_DEGREE * math.cos(math.radians(lat)))
        unknown_mps = 3.0 if math.isnan(knots) else rules.ais_drift_mps
        return lat, lon, math.hypot(rules.ais_sigma_m, unknown_mps * abs(elapsed_s))


def with_beidou(
    heard: Iterable[Reports], fixes: Iterable[BeidouFix], owner: Mapping[str, str], rules: AssociationRules
) -> list[Reports]:
    """Return vessels with the fixes of Beidou terminals beside those of their AIS.

    Parameters
    ----------
    owner
        Vessel's id by terminal; a terminal of nobody is a vessel of its own, ``BD-`` and its number.
    """
    found = {reports.target_id: reports for reports in heard}
    by_terminal: dict[str, list[BeidouFix]] = {}
    for fix in fixes:
        by_terminal.setdefault(fix.beidou_id, []).append(fix)
    for terminal, some in by_terminal.items():
        name = owner.get(terminal, f"BD-{terminal}")
        own = _of_terminal(name, sorted(some, key=lambda fix: fix.at_s), rules)
        found[name] = found[name].joined(own) if name in found else own
    return list(found.values())


def _of_terminal(name: str, fixes: Sequence[BeidouFix], rules: AssociationRules) -> Reports:
    """Return a terminal's fixes in time order, reckoned on by the way made between them: Beidou sends no speed."""
    time_s, lat, lon = (np.array(v) for v in zip(*((f.at_s, f.lat_deg, f.lon_deg) for f in fixes), strict=True))
    elapsed_s = np.diff(time_s, prepend=np.nan)
    elapsed_s[(elapsed_s <= 0) | (elapsed_s > rules.ais_bridge_s)] = np.nan
    north = np.diff(lat, prepend=np.nan) * M_PER_DEGREE
    east = np.diff(lon, prepend=np.nan) * M_PER_DEGREE * np.cos(np.radians(lat))
    sog_kn = np.hypot(north, east) / elapsed_s * 3600.0 / 1852.0
    cog_deg = np.degrees(np.arctan2(east, north)) % 360.0
    return Reports(name, time_s, lat, lon, sog_kn, cog_deg, reach_s=rules.ais_bridge_s)


def reported_at(
    vessels: Iterable[Reports], at_s: float, rules: AssociationRules, *, known_until_s: float = math.inf
) -> Reported:
    """Return where the vessels were at a moment."""
    found = [
        (v.target_id, *place, float(v.time_s[0]))
        for v in vessels
        if (place := v.at(at_s, rules, known_until_s=known_until_s)) is not None
    ]
    ids = [row[0] for row in found]
    lat, lon, sigma, since = (np.array([row[k] for row in found], dtype=np.float64) for k in (1, 2, 3, 4))
    return Reported(ids=ids, lat_deg=lat, lon_deg=lon, sigma_m=sigma, since_s=since)
