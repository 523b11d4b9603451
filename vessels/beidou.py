"""AIS against Beidou, boat by boat: which of the two fell silent while the other sees her, and when they disagree.

Reports of both kinds are taken one at a time, about in order of time; what is kept of a boat is bounded. A gap counts
only where the silent side would have been heard: AIS where others were heard around her, Beidou while other terminals
reported. A feed that is out as a whole is one finding about the feed.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from core.geo import range_nm
from core.settings import build, load_toml
from vessels.coverage import Coverage
from vessels.register import RegisterRow


@dataclass(frozen=True, kw_only=True)
class BeidouRules:
    """``config/rules/beidou.toml``; each key is explained there."""

    version: str
    source: str
    ais_silent_s: float
    beidou_silent_s: float
    reports: int
    moved_nm: float
    coverage_needed: float
    feed_half: float
    feed_needed: float
    feed_silent_s: float
    feed_terminals: int
    apart_nm: float
    apart_reports: int
    same_time_s: float
    history_s: float
    probability: float


def load_rules(rules_dir: Path) -> BeidouRules:
    """Return ``beidou.toml`` of the rules folder."""
    path = rules_dir / "beidou.toml"
    return build(BeidouRules, load_toml(path), where=str(path))


MAX_TERMINALS = 50_000


class Kind(StrEnum):
    """In what AIS and Beidou differ."""

    AIS_SILENT = "ais_silent"
    BEIDOU_SILENT = "beidou_silent"
    APART = "apart"


@dataclass(frozen=True, kw_only=True, slots=True)
class BeidouFix:
    """One position of a Beidou terminal."""

    beidou_id: str
    at_s: float
    lat_deg: float
    lon_deg: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """Where a boat was at one moment by one of the two; speed and course where it says them."""

    at_s: float
    lat_deg: float
    lon_deg: float
    sog_kn: float | None = None
    cog_deg: float | None = None


@dataclass(kw_only=True)
class Episode:
    """A time in which AIS and Beidou of one boat differed.

    Parameters
    ----------
    silent_since_s
        Last report of the silent side; of `Kind.APART` the first report that was elsewhere.
    first_s, last_s, lat_deg, lon_deg
        Of the side that sees her: first and newest report, and where she is by it.
    chance
        Probability that the silent side would have been heard, mostly of the last few reports.
    distance_nm
        Greatest distance between the two (`Kind.APART`), else how far she moved.
    """

    kind: Kind
    boat: RegisterRow
    silent_since_s: float
    first_s: float
    last_s: float
    lat_deg: float
    lon_deg: float
    reports: int = 1
    chance: float = 1.0
    distance_nm: float = 0.0
    told: bool = False


@dataclass(kw_only=True)
class _Boat:
    """What is kept of one boat."""

    row: RegisterRow
    ais: Seen | None = None
    beidou: Seen | None = None
    start: Seen | None = None
    running: dict[Kind, Episode] = field(default_factory=dict)


class CrossCheck:
    """Follows the boats that have both an MMSI and a Beidou terminal in the register."""

    def __init__(self, rows: Iterable[RegisterRow], rules: BeidouRules, coverage: Coverage) -> None:
        self.rules, self.coverage = rules, coverage
        self.told: list[Episode] = []
        self.terminals: dict[str, float] = {}
        self._boats: dict[str, _Boat] = {}
        self._of_mmsi: dict[int, str] = {}
        self.enter(rows)

    def enter(self, rows: Iterable[RegisterRow]) -> None:
        """Take a (new) register; what is known of boats that it still holds is kept."""
        before, self._boats, self._of_mmsi = self._boats, {}, {}
        for row in rows:
            if row.beidou_id and row.numbers:
                known = before.get(row.beidou_id)
                self._boats[row.beidou_id] = known if known is not None and known.row == row else _Boat(row=row)
                self._of_mmsi |= dict.fromkeys(row.numbers, row.beidou_id)

    def numbers(self) -> frozenset[int]:
        """Return every MMSI that is compared."""
        return frozenset(self._of_mmsi)

    def ais(self, mmsi: int, seen: Seen) -> None:
        """Take an AIS position; those of other boats say what could be heard."""
        self.coverage.note(mmsi, seen.at_s, seen.lat_deg, seen.lon_deg)
        boat = self._boats.get(self._of_mmsi.get(mmsi, ""))
        if boat is None or (boat.ais is not None and boat.ais.at_s >= seen.at_s):
            return
        self._end(boat, Kind.AIS_SILENT)
        last = boat.beidou
        if last is not None and seen.at_s - last.at_s > self.rules.same_time_s:
            self._goes_on(boat, Kind.BEIDOU_SILENT, seen, last.at_s, self.feed_chance(seen.at_s))
        boat.ais = seen

    def beidou(self, fix: BeidouFix) -> None:
        """Take a Beidou position; terminals outside of the register are counted."""
        self._note_terminal(fix)
        boat = self._boats.get(fix.beidou_id)
        if boat is None or (boat.beidou is not None and boat.beidou.at_s >= fix.at_s):
            return
        seen = Seen(at_s=fix.at_s, lat_deg=fix.lat_deg, lon_deg=fix.lon_deg)
        self._end(boat, Kind.BEIDOU_SILENT)
        self._compare(boat, seen)
        last_s = boat.ais.at_s if boat.ais is not None else None
        if last_s is None or fix.at_s - last_s > self.rules.same_time_s:
            own = boat.row.mmsi
            heard = self.coverage.covered(fix.lat_deg, fix.lon_deg, fix.at_s, without=own)
            self._goes_on(boat, Kind.AIS_SILENT, seen, last_s if last_s is not None else fix.at_s, heard or 0.0)
        boat.beidou = seen

    def _note_terminal(self, fix: BeidouFix) -> None:
        self.terminals[fix.beidou_id] = max(fix.at_s, self.terminals.get(fix.beidou_id, -math.inf))
        if len(self.terminals) > MAX_TERMINALS:
            oldest = fix.at_s - self.rules.history_s
            self.terminals = {name: at_s for name, at_s in self.terminals.items() if at_s >= oldest}

    def strangers(self) -> frozenset[str]:
        """Return the terminals that reported and stand in no register row with an MMSI."""
        return frozenset(self.terminals.keys() - self._boats.keys())

    def _compare(self, boat: _Boat, seen: Seen) -> None:
        """Note how far the AIS of a boat is from her Beidou position, where AIS says it for the same time."""
        ais = boat.ais
        if ais is None or not abs(seen.at_s - ais.at_s) <= self.rules.same_time_s:
            return
        sailed_nm = (ais.sog_kn or 0.0) * abs(seen.at_s - ais.at_s) / 3600.0
        apart_nm = range_nm(ais.lat_deg, ais.lon_deg, seen.lat_deg, seen.lon_deg) - sailed_nm
        if apart_nm < self.rules.apart_nm:
            self._end(boat, Kind.APART)
            return
        episode = boat.running.get(Kind.APART)
        if episode is None:
            episode = boat.running[Kind.APART] = _begun(Kind.APART, boat.row, seen, seen.at_s)
        else:
            _extend(episode, seen)
        episode.distance_nm = max(episode.distance_nm, apart_nm)
        if episode.reports >= self.rules.apart_reports:
            self._tell(episode)

    def _goes_on(self, boat: _Boat, kind: Kind, seen: Seen, since_s: float, chance: float) -> None:
        """Note that one side sees the boat while the other is silent; tell it once that is long and sure enough."""
        episode = boat.running.get(kind)
        if episode is None:
            episode = boat.running[kind] = _begun(kind, boat.row, seen, since_s)
            episode.chance, boat.start = chance, seen
            return
        _extend(episode, seen)
        episode.chance += (chance - episode.chance) / min(episode.reports, self.rules.reports)
        start = boat.start or seen
        moved_nm = range_nm(start.lat_deg, start.lon_deg, seen.lat_deg, seen.lon_deg)
        episode.distance_nm = max(episode.distance_nm, moved_nm)
        needed = self.rules.coverage_needed if kind is Kind.AIS_SILENT else self.rules.feed_needed
        long = self.rules.ais_silent_s if kind is Kind.AIS_SILENT else self.rules.beidou_silent_s
        if (
            episode.reports >= self.rules.reports
            and episode.distance_nm >= self.rules.moved_nm
            and episode.chance >= needed
            and seen.at_s - episode.silent_since_s > long
        ):
            self._tell(episode)

    def _tell(self, episode: Episode) -> None:
        if not episode.told:
            episode.told = True
            self.told.append(episode)

    def _end(self, boat: _Boat, kind: Kind) -> None:
        boat.running.pop(kind, None)

    def running(self) -> list[Episode]:
        """Return what is told of boats and still holds."""
        return [e for boat in self._boats.values() for e in boat.running.values() if e.told]

    def is_running(self, mmsi: int, kind: Kind) -> bool:
        """Return whether the two differ in this for a boat, told or not."""
        boat = self._boats.get(self._of_mmsi.get(mmsi, ""))
        return boat is not None and kind in boat.running

    def newest(self, mmsi: int) -> tuple[Seen | None, Seen | None]:
        """Return the newest (AIS, Beidou) report of a boat, None where there is none."""
        boat = self._boats.get(self._of_mmsi.get(mmsi, ""))
        return (None, None) if boat is None else (boat.ais, boat.beidou)

    def feed_chance(self, at_s: float) -> float:
        """Return the probability that a terminal would be heard now, by how many were not long ago.

        Half of the silence that is told: when the feed fails, the last to report before it would speak for it else.
        """
        since_s = at_s - self.rules.beidou_silent_s / 2
        others = sum(last_s > since_s for last_s in self.terminals.values())
        return others / (others + self.rules.feed_half)

    def feed_silent_s(self, at_s: float) -> float | None:
        """Return for how long no terminal has been heard, None while the feed works or was never in use. [s]"""
        heard = [last_s for last_s in self.terminals.values() if at_s - last_s <= self.rules.history_s]
        if len(heard) < self.rules.feed_terminals or at_s - max(heard) <= self.rules.feed_silent_s:
            return None
        return at_s - max(heard)


def _begun(kind: Kind, row: RegisterRow, seen: Seen, since_s: float) -> Episode:
    return Episode(
        kind=kind, boat=row, silent_since_s=since_s, first_s=seen.at_s, last_s=seen.at_s, lat_deg=seen.lat_deg,
        lon_deg=seen.lon_deg,
    )  # fmt: skip


def _extend(episode: Episode, seen: Seen) -> None:
    episode.reports += 1
    episode.last_s, episode.lat_deg, episode.lon_deg = seen.at_s, seen.lat_deg, seen.lon_deg
