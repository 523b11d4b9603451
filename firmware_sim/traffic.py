"""Boat traffic as receivers and a radar hear it: raw NMEA lines in order of time, and the truth beside them.

Everything is a function of (scenario, seed, anchor) and time, so any window can be made again, in any order.
"""

import csv
import dataclasses
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from operator import attrgetter
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from core.position import Position, PositionSource
from firmware_sim import chart, giveway, heard, radar
from firmware_sim.cast import Actor, Cast, Label, counts_for
from firmware_sim.company import Company
from firmware_sim.events import PlannedEvent, Stage, play
from firmware_sim.heard import Ether, Heard, instant
from firmware_sim.hiring import hire
from firmware_sim.identity import REGISTER_COLUMNS
from firmware_sim.messages import nav_status
from firmware_sim.noise import Floats
from firmware_sim.radar import Detection
from firmware_sim.scenario import Scenario, load_scenario
from firmware_sim.tracks import Fix

CHUNK_S = 600.0
SOURCES = {
    "a": PositionSource.AIS_A,
    "b": PositionSource.AIS_B,
    "b19": PositionSource.AIS_B,
    "sar": PositionSource.AIS_SAR,
    "sart": PositionSource.AIS_SART,
    "aton": PositionSource.AIS_ATON,
    "base": PositionSource.AIS_BASE,
}
_BY_TIME = attrgetter("at_s", "receiver", "text")


@dataclasses.dataclass(frozen=True, kw_only=True)
class BeidouReport:
    """One position of a boat's Beidou terminal, under the number that the register has."""

    at: datetime
    beidou_id: int
    lat_deg: float
    lon_deg: float
    target_id: str


@dataclasses.dataclass(kw_only=True)
class Traffic:
    """A cast with its events, ready to be heard; made by `build_traffic`."""

    scenario: Scenario
    seed: int
    anchor: datetime
    cast: Cast
    planned: tuple[PlannedEvent, ...]
    ether: Ether

    @property
    def anchor_s(self) -> float:
        """Return the anchor. [unix s]"""
        return self.anchor.timestamp()

    # ------------------------------------------------------------------ truth

    @property
    def labels(self) -> tuple[Label, ...]:
        """Return the truth about every physical target."""
        return tuple(actor.label for actor in self.cast.actors)

    def actor(self, target_id: str) -> Actor:
        """Return one actor; KeyError when there is none of that id."""
        for actor in self.cast.actors:
            if actor.id == target_id:
                return actor
        raise KeyError(target_id)

    def track(self, target_id: str, times: ArrayLike) -> Fix:
        """Return where a target truly is at unix times. [s]"""
        return self.actor(target_id).track.at(times)

    def register_rows(self) -> list[dict[str, str]]:
        """Return the register in its CSV columns, every value a string."""
        return [dict(row) for row in self.cast.register]

    def write_register(self, path: Path) -> None:
        """Write the register as CSV with a byte order mark, as offices exchange it."""
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.DictWriter(file, fieldnames=REGISTER_COLUMNS)
            writer.writeheader()
            writer.writerows(self.cast.register)

    def _times(self, hours: float, start_h: float, step_s: float) -> Floats:
        start = self.anchor_s + start_h * 3600.0
        return np.arange(start, start + hours * 3600.0, step_s)

    def positions(self, hours: float, *, start_h: float = 0.0, step_s: float = 60.0) -> Iterator[Position]:
        """Yield true positions of everything that transmits, one a step, for tests that skip NMEA; ordered by time."""
        times = self._times(hours, start_h, step_s)
        fixes = [(actor, actor.track.at(times)) for actor in self.cast.actors]
        aired = {id(aerial): heard.on_air(a, aerial, times) for a, _ in fixes for aerial in a.transponders}
        for i, at_s in enumerate(times):
            for actor, fix in fixes:
                for aerial in actor.transponders:
                    if aired[id(aerial)][i]:
                        yield Position(
                            mmsi=aerial.mmsi,
                            observed_at=instant(float(at_s)),
                            lat_deg=float(fix.lat_deg[i]),
                            lon_deg=float(fix.lon_deg[i]),
                            source=SOURCES[aerial.station],
                            sog_kn=float(fix.sog_kn[i]),
                            cog_deg=float(fix.cog_deg[i]),
                            nav_status=nav_status(aerial, int(fix.status[i])),
                        )

    def detections(
        self,
        hours: float,
        *,
        start_h: float = 0.0,
        interval_s: float = 30.0,
        noise_m: float = 100.0,
        clutter_per_h: float = 6.0,
        found: float = 0.92,
        source: str = "radar",
    ) -> list[Detection]:
        """Return detections within the radar's sight of whatever is afloat, AIS or not, with noise and clutter."""
        times = self._times(hours, start_h, interval_s)
        return radar.detections(
            self.seed,
            self.cast.actors,
            times,
            noise_m=noise_m,
            clutter_per_h=clutter_per_h,
            found=found,
            source=source,
        )

    def beidou(self, hours: float, *, start_h: float = 0.0, interval_s: float = 600.0) -> Iterator[BeidouReport]:
        """Yield position reports of the Beidou terminals of registered boats, by time; they go on when AIS is off."""
        terminals = {row["name_zh"]: int(row["beidou_id"]) for row in self.cast.register if not row["exempt_kind"]}
        boats = [(actor, terminals[actor.label.register_name]) for actor in self.cast.actors
                 if actor.label.register_name in terminals]  # fmt: skip
        times = self._times(hours, start_h, interval_s)
        fixes = [actor.track.at(times) for actor, _ in boats]
        for i, at_s in enumerate(times):
            for (actor, terminal), fix in zip(boats, fixes, strict=True):
                yield BeidouReport(
                    at=instant(float(at_s)),
                    beidou_id=terminal,
                    lat_deg=round(float(fix.lat_deg[i]), 5),
                    lon_deg=round(float(fix.lon_deg[i]), 5),
                    target_id=actor.id,
                )

    # ------------------------------------------------------------------ what is heard

    def sentences(
        self, hours: float, *, start_h: float = 0.0, receivers: Sequence[str] | None = None
    ) -> Iterator[Heard]:
        """Yield every line heard in a span of hours after the anchor, in order of time; None = all receivers."""
        start, end = self.anchor_s + start_h * 3600.0, self.anchor_s + (start_h + hours) * 3600.0
        while start < end:
            upto = min(start + CHUNK_S, end)
            yield from self.window(start, upto, receivers)
            start = upto

    def window(self, start_s: float, end_s: float, receivers: Sequence[str] | None = None) -> list[Heard]:
        """Return the lines of [start_s, end_s), ordered; the same lines whatever windows they are asked in."""
        span, lines = (start_s, end_s), []
        ears = [r for r in chart.RECEIVERS if receivers is None or r.name in receivers]
        for actor in self.cast.actors:
            for number in range(len(actor.transponders)):
                lines += heard.aerial_lines(self.ether, actor, number, span, ears)
        if self.scenario.traffic.radar and (receivers is None or chart.RADAR.name in receivers):
            lines += radar.radar_lines(self.ether, self.cast.actors, span, with_tll=self.scenario.traffic.radar_tll)
        lines.sort(key=_BY_TIME)
        return lines


def build_traffic(
    scenario: str | Path | Scenario = "calm",
    seed: int = 1,
    anchor: datetime | None = None,
    targets: int | None = None,
) -> Traffic:
    """Return the traffic of a scenario; `targets` asks for a larger or smaller cast with every class in it."""
    loaded = load_scenario(scenario)
    at = (anchor or datetime.now(UTC)).replace(microsecond=0)
    company = Company(seed, at.timestamp())
    overrides = loaded.traffic.counts if targets is None else None
    cast = hire(company, counts_for(targets or loaded.traffic.targets, overrides))
    stage = Stage(cast=cast, company=company, seed=seed, anchor_s=at.timestamp(), outages={})
    planned = play(stage, loaded.events)
    if loaded.traffic.give_way:
        giveway.keep_clear(cast.actors, _dangers(planned), seed, at.timestamp())
    ether = Ether(seed=seed, outages=stage.outages, corrupt_per_mille=loaded.traffic.corrupt_per_mille)
    return Traffic(scenario=loaded, seed=seed, anchor=at, cast=cast, planned=planned, ether=ether)


def _dangers(planned: Sequence[PlannedEvent]) -> list[giveway.Planted]:
    """Return the planted collisions as those who give way must know them."""
    return [
        giveway.Planted(
            pair=frozenset(event.target_ids),
            from_s=event.from_at.timestamp() - 600.0,
            until_s=event.until_at.timestamp() + 600.0,
        )
        for event in planned
        if event.kind == "collision" and event.until_at is not None
    ]


__all__ = ["BeidouReport", "Detection", "Heard", "Label", "PlannedEvent", "Traffic", "build_traffic"]
