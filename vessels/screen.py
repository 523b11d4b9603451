"""The whole screening, from decoded messages to verdicts; the same for a recorded file and for the live stream."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

import numpy as np

from core.finding import Evidence
from core.geo import range_nm
from core.position import PositionSource
from vessels import picture as pictures
from vessels.ais import Batch
from vessels.ais_columns import SOURCES, UNITS_PER_DEGREE, PositionColumns
from vessels.companions import Companions, Pair
from vessels.picture import Elsewhere, Picture
from vessels.register import Register
from vessels.reorder import Reorder, Report
from vessels.reports import Contact, SafetyText, StaticReport
from vessels.rules import Rules
from vessels.statics import Statics
from vessels.track import NM_PER_DEGREE, Track
from vessels.tracks import Tracks, strays
from vessels.verdict import Verdict, judge

_COARSE = SOURCES.index(PositionSource.AIS_LONG)
_OVERLAP_S = 600.0
_NEAR_IN_TIME_S = 1800.0
MAX_TEXTS = 8
Pairs = Mapping[str, list[tuple[str, Pair]]]
Together = tuple[Pairs, Pairs]
"""Who is at whose side for certain, and perhaps."""


class Screener:
    """Takes decoded messages, keeps tracks and statics, and judges on demand.

    Parameters
    ----------
    live
        Put reports in order within ``[tracks] reorder_s`` and forget tracks that ended; without it the whole input is
        expected in time order (`sorted_columns`).
    record
        Keep, for every position taken, the number of the track that it joined in `joined` (0: set aside).
    """

    def __init__(self, register: Register, rules: Rules, *, live: bool = False, record: bool = False) -> None:
        self.register, self.rules = register, rules
        self.tracks = Tracks(rules.screening.tracks.limits(), keep_ended=not live)
        self.statics: dict[int, Statics] = {}
        self.texts: dict[int, list[str]] = {}
        self.companions = Companions(rules.screening.together)
        self.reorder = Reorder(rules.screening.tracks.reorder_s) if live else None
        self.heard = 0
        self.joined: list[int] | None = [] if record else None
        self._together: Together | None = None

    def feed(self, batch: Batch, first_line: int = 0) -> None:
        """Take everything that a batch of lines said."""
        self.take_statics(batch.statics, [line + first_line for line in batch.static_line])
        self.take_texts(batch.texts)
        self.take_columns(batch.columns, first_line)

    def take_statics(self, reports: Sequence[StaticReport], lines: Sequence[int] | None = None) -> None:
        """Take static reports; `lines` says where each stands, for the evidence."""
        for at, report in enumerate(reports):
            self.statics_of(report.mmsi).add(report, -1 if lines is None else lines[at])

    def statics_of(self, mmsi: int) -> Statics:
        """Return what a number has said about itself, kept from now on."""
        found = self.statics.get(mmsi)
        if found is None:
            found = self.statics[mmsi] = Statics()
        return found

    def take_texts(self, texts: Iterable[SafetyText]) -> None:
        """Take safety texts."""
        for text in texts:
            said = self.texts.setdefault(text.mmsi, [])
            if text.text not in said and len(said) < MAX_TEXTS:
                said.append(text.text)

    def take_columns(self, columns: PositionColumns, first_line: int = 0) -> None:
        """Take positions; in time order unless live."""
        reports = reports_of(columns, first_line)
        if self.reorder is None:
            self._take(reports)
            return
        for report in reports:
            self._take(self.reorder.push(report))

    def flush(self) -> None:
        """Take what the live reordering still holds."""
        if self.reorder is not None:
            self._take(self.reorder.flush())

    def _take(self, reports: Iterable[Report]) -> None:
        add, due, joined = self.tracks.add, self.companions.due, self.joined
        for at_s, mmsi, lat, lon, sog, cog, heading, status, source, line, coarse in reports:
            if due(at_s):
                self._epoch(at_s)
            track = add(mmsi, at_s, lat, lon, sog, cog, heading, status, source, line, coarse=coarse)
            self.heard += 1
            if joined is not None:
                joined.append(0 if track is None else track.number)

    def _epoch(self, at_s: float) -> None:
        self.companions.observe((t for tracks in self.tracks.open.values() for t in tracks), at_s)
        self._together = None
        if self.reorder is not None:
            for track in self.tracks.forget_silent(at_s):
                if track.mmsi not in self.tracks.open:
                    self.statics.pop(track.mmsi, None)
                    self.texts.pop(track.mmsi, None)
            self._forget_unplaced(at_s)

    def _forget_unplaced(self, at_s: float) -> None:
        """Forget what numbers said that have no track and have been silent for as long as ends one."""
        oldest = datetime.fromtimestamp(at_s - self.tracks.limits.close_s, UTC)
        unheard = [m for m, said in self.statics.items() if said.last_at is not None and said.last_at < oldest]
        for mmsi in unheard:
            if mmsi not in self.tracks.open:
                del self.statics[mmsi]
                self.texts.pop(mmsi, None)

    def pictures(self, mmsis: Iterable[int] | None = None) -> Iterator[Picture]:
        """Yield the picture of every boat that was followed (of some numbers), stray points left out."""
        if mmsis is None or self._together is None:
            self._together = self.companions.found(), self.companions.perhaps()
        for mmsi in self.tracks.numbers() if mmsis is None else mmsis:
            same = _boats(self.tracks.of(mmsi))
            for track in same:
                yield self._picture(track, same, self._together)

    def _picture(self, track: Track, same: list[Track], together: Together) -> Picture:
        statics = self.statics.get(track.mmsi) or Statics()
        companions, beside = (self._at_side(track, pairs) for pairs in together)
        return pictures.of_track(
            track, statics, siblings=_siblings(track, same), namesakes=self._namesakes(track, statics),
            companions=companions, beside=beside, texts=self.texts.get(track.mmsi, ()),
            evidence=_evidence(track, statics),
        )  # fmt: skip

    def _at_side(self, track: Track, pairs: Pairs) -> list[Elsewhere]:
        others = (self._track(other) for other, _ in pairs.get(track.target_id, ()))
        return [_elsewhere(other, 0.0) for other in others if other is not None]

    def _track(self, target_id: str) -> Track | None:
        """Return the track of a target id, None when it is forgotten."""
        mmsi, _, number = target_id.partition("-")
        wanted = int(number or 1)
        return next((t for t in self.tracks.of(int(mmsi)) if t.number == wanted), None)

    def _namesakes(self, track: Track, statics: Statics) -> list[Elsewhere]:
        """Return where the boats that rightly bear this target's names were at the same time."""
        at = datetime.fromtimestamp(track.last_s, UTC)
        numbers = {
            number
            for said in statics.said("name")
            for row in self.register.by_name(str(said.value), at)
            for number in row.numbers
            if number != track.mmsi
        }
        others = [other for number in sorted(numbers) for other in _boats(self.tracks.of(number))]
        return [_elsewhere(o, distance) for o in others if (distance := apart_nm(track, o)) is not None]

    def unplaced(self, contacts: Iterable[Contact]) -> list[Verdict]:
        """Return the verdicts of those of some contacts that never said where they are."""
        placed = set(self.tracks.numbers())
        unplaced = [self._unplaced(contact) for contact in contacts if contact.mmsi not in placed]
        return [judge(picture, self.register, self.rules, picture.last_at) for picture in unplaced]

    def _unplaced(self, contact: Contact) -> Picture:
        statics = self.statics.get(contact.mmsi) or Statics()
        return pictures.unplaced(
            contact.mmsi, statics, contact.types, contact.first_at, contact.last_at,
            texts=self.texts.get(contact.mmsi, ()), evidence=_said_evidence(statics),
        )  # fmt: skip

    def verdicts(self, at: datetime | None = None, mmsis: Iterable[int] | None = None) -> list[Verdict]:
        """Return the verdict of every boat that was followed; `at` is when the register is asked, else last seen."""
        return [judge(picture, self.register, self.rules, at or picture.last_at) for picture in self.pictures(mmsis)]


def _boats(tracks: list[Track]) -> list[Track]:
    aside = strays(tracks)
    kept = [t for t in tracks if t.number not in aside]
    return _joined(kept)


def _joined(tracks: list[Track]) -> list[Track]:
    """Return the tracks that are targets of their own: the longest, and those that ran beside it at the same time.

    A number heard again after a gap too long to bridge is the same target, represented by its longest part.
    """
    longest = sorted(tracks, key=lambda t: (-t.n, t.number))
    kept: list[Track] = []
    for track in longest:
        if not kept or any(_overlap_s(track, other) > _OVERLAP_S and apart_nm(track, other) for other in kept):
            kept.append(track)
    return sorted(kept, key=lambda t: t.number)


def _overlap_s(one: Track, other: Track) -> float:
    return min(one.last_s, other.last_s) - max(one.first_s, other.first_s)


def apart_nm(one: Track, other: Track) -> float | None:
    """Return how far apart two tracks were at the same time at least, None when they never ran at the same time. [nmi]

    Last reports close in time give the distance less what the faster could sail between them; else the gap between
    the boxes that they kept to.
    """
    if _overlap_s(one, other) < _OVERLAP_S:
        return None
    between = _box_gap_nm(one, other)
    elapsed_s = abs(one.last_s - other.last_s)
    if elapsed_s > _NEAR_IN_TIME_S:
        return between
    sailed = 0.1 * max(one.sog, other.sog, 0) * elapsed_s / 3600.0
    return max(between, range_nm(one.lat, one.lon, other.lat, other.lon) - sailed, 0.0)


def _box_gap_nm(one: Track, other: Track) -> float:
    north = max(one.min_lat - other.max_lat, other.min_lat - one.max_lat, 0.0)
    east = max(one.min_lon - other.max_lon, other.min_lon - one.max_lon, 0.0)
    shrink = float(np.cos(np.radians(one.lat)))
    return float(np.hypot(north, east * shrink)) * NM_PER_DEGREE


def _siblings(track: Track, same: list[Track]) -> list[Elsewhere]:
    found = []
    for other in same:
        distance = apart_nm(track, other) if other is not track else None
        if distance is not None and other.n >= 5:
            found.append(_elsewhere(other, distance))
    return found


def _elsewhere(track: Track, distance_nm: float) -> Elsewhere:
    at = datetime.fromtimestamp(track.last_s, UTC)
    return Elsewhere(target_id=track.target_id, mmsi=track.mmsi, distance_nm=distance_nm, at=at)


def _evidence(track: Track, statics: Statics) -> list[Evidence]:
    found = [
        Evidence(kind=kind, text="", ref=f"line:{line}", observed_at=datetime.fromtimestamp(at_s, UTC))
        for kind, line, at_s in (
            ("first_position", track.start_line, track.first_s), ("last_position", track.last_line, track.last_s),
        )
        if line >= 0
    ]  # fmt: skip
    return found + _said_evidence(statics)


def _said_evidence(statics: Statics) -> list[Evidence]:
    return [
        Evidence(kind=name, text=str(said.value), ref=f"line:{said.line}" if said.line >= 0 else "",
                 observed_at=said.last_at)
        for name in ("name", "call_sign", "size")
        for said in statics.said(name)[:2]
    ]  # fmt: skip


def sorted_columns(columns: PositionColumns) -> PositionColumns:
    """Return positions in time order; equal times by number, then place, so that the order of input does not matter."""
    return columns.take(np.lexsort((columns.cog, columns.sog, columns.lon, columns.lat, columns.mmsi, columns.time_s)))


def reports_of(columns: PositionColumns, first_line: int = 0) -> Iterator[Report]:
    """Return positions as the tracker takes them, degrees as floats."""
    return zip(
        columns.time_s.tolist(), columns.mmsi.tolist(), (columns.lat / UNITS_PER_DEGREE).tolist(),
        (columns.lon / UNITS_PER_DEGREE).tolist(), columns.sog.tolist(), columns.cog.tolist(),
        columns.heading.tolist(), columns.status.tolist(), columns.source.tolist(),
        (columns.line + first_line).tolist(), (columns.source == _COARSE).tolist(), strict=True,
    )  # fmt: skip
