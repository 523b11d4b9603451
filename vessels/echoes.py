"""AIS without an echo: a vessel that reports where radar, which sees the others around her, sees nothing.

Her AIS position is false, or her equipment is not on a hull. Scans are taken in order of time; a scan counts against a
vessel only where enough other vessels near her report and most of them were seen in it.
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from core.geo import range_nm
from vessels.association_rules import AssociationRules
from vessels.reporting import Reported

_NM_PER_DEGREE = 60.0


@dataclass(kw_only=True)
class Unseen:
    """A vessel that no scan has seen for a while; positions are those of her AIS.

    Parameters
    ----------
    chance
        Mean share of the vessels around her that were seen in the same scans.
    """

    vessel: str
    first_s: float
    last_s: float
    begin: tuple[float, float]
    lat_deg: float
    lon_deg: float
    scans: int = 1
    chance: float = 1.0

    def is_told(self, rules: AssociationRules) -> bool:
        """Return whether it has gone on for long enough, under way, to speak of it."""
        return (
            self.scans >= rules.echo_scans
            and self.last_s - self.first_s >= rules.echo_s
            and range_nm(*self.begin, self.lat_deg, self.lon_deg) >= rules.echo_moved_nm
        )


class Echoes:
    """Which reporting vessels radar does not see."""

    def __init__(self, rules: AssociationRules) -> None:
        self.rules = rules
        self.unseen: dict[str, Unseen] = {}

    def scan(self, at_s: float, reported: Reported, matched: Collection[str]) -> list[Unseen]:
        """Take one scan; return the runs that it ends because the vessel was seen."""
        fresh = np.flatnonzero(reported.sigma_m <= self.rules.echo_sigma_m)
        ids = [reported.ids[k] for k in fresh.tolist()]
        seen = np.array([name in matched for name in ids], dtype=bool)
        ended = [run for name in matched if (run := self.unseen.pop(name, None)) is not None]
        if len(ids) <= self.rules.echo_others or seen.all():
            return ended
        lat, lon = reported.lat_deg[fresh], reported.lon_deg[fresh]
        plane = np.column_stack((lon * np.cos(np.radians(lat.mean())), lat)) * _NM_PER_DEGREE
        around = cKDTree(plane).query_ball_point(plane[~seen], self.rules.echo_nm)
        for row, near in zip(np.flatnonzero(~seen).tolist(), around, strict=True):
            others = [k for k in near if k != row]
            chance = float(seen[others].mean()) if len(others) >= self.rules.echo_others else 0.0
            if chance >= self.rules.echo_share:
                self._missed(ids[row], at_s, float(lat[row]), float(lon[row]), chance)
        return ended

    def _missed(self, vessel: str, at_s: float, lat: float, lon: float, chance: float) -> None:
        run = self.unseen.get(vessel)
        if run is None or at_s - run.last_s > self.rules.echo_s:
            self.unseen[vessel] = Unseen(
                vessel=vessel, first_s=at_s, last_s=at_s, begin=(lat, lon), lat_deg=lat, lon_deg=lon, chance=chance
            )
            return
        run.scans += 1
        run.chance += (chance - run.chance) / run.scans
        run.last_s, run.lat_deg, run.lon_deg = at_s, lat, lon

    def told(self) -> list[Unseen]:
        """Return the vessels to speak of, by name."""
        return [run for _, run in sorted(self.unseen.items()) if run.is_told(self.rules)]

    def forget(self, before_s: float) -> None:
        """Forget the runs that no scan has gone on with since a time."""
        self.unseen = {name: run for name, run in self.unseen.items() if run.last_s >= before_s}
