"""Offline: AIS against Beidou and radar, boat by boat, over the whole time of the files."""

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from services.screen_tracks import reports_of
from vessels.ais_columns import UNITS_PER_DEGREE, PositionColumns
from vessels.association import Associator, silenced
from vessels.association_rules import AssociationRules
from vessels.beidou import BeidouFix, CrossCheck, Kind, Seen
from vessels.beidou import load_rules as load_beidou
from vessels.coverage import Coverage
from vessels.coverage import load_rules as load_coverage
from vessels.dark import DarkTarget
from vessels.detections import Detection, scans, spaced
from vessels.echoes import Echoes, Unseen
from vessels.register import Register, RegisterRow
from vessels.reporting import Reports, reported_at, with_beidou

SAMPLE_S = 60.0
"""One AIS position of a boat in this time is enough to say that she was heard."""
FOREVER_H = 10**6
"""A recorded file is judged as a whole: no hour of it is forgotten."""
_Event = tuple[float, int, int | BeidouFix, Seen | None]


@dataclass(frozen=True, kw_only=True)
class RadarSilence:
    """A vessel that radar went on seeing after her AIS fell silent."""

    vessel: str
    heard_s: float
    target: DarkTarget
    chance: float


@dataclass(kw_only=True)
class Association:
    """What became of detections: unidentified targets, vessels gone silent under radar, and counts."""

    dark: list[DarkTarget]
    silent: list[RadarSilence]
    unseen: list[Unseen] = field(default_factory=list)
    matched: int = 0
    taken: int = 0


def cross_check(
    columns: PositionColumns, fixes: Iterable[BeidouFix], rows: Iterable[RegisterRow], rules_dir: Path
) -> CrossCheck:
    """Return what AIS and Beidou of the registered boats differ in, all reports taken in order of time."""
    coverage = Coverage(rules=replace(load_coverage(rules_dir), keep_hours=FOREVER_H))
    check = CrossCheck(rows, load_beidou(rules_dir), coverage)
    for _, _, what, seen in heapq.merge(_heard(columns), _fixes(fixes), key=lambda event: event[:2]):
        if isinstance(what, BeidouFix):
            check.beidou(what)
        elif seen is not None:
            check.ais(what, seen)
    return check


def _fixes(fixes: Iterable[BeidouFix]) -> Iterator[_Event]:
    return ((fix.at_s, 1, fix, None) for fix in fixes)


def _heard(columns: PositionColumns) -> Iterator[_Event]:
    """Yield one AIS position of each number in every minute, in order of time."""
    minute = np.floor(columns.time_s / SAMPLE_S).astype(np.int64)
    _, first = np.unique(np.column_stack((minute, columns.mmsi)), axis=0, return_index=True)
    some = columns.take(np.sort(first))
    rows = zip(
        some.mmsi.tolist(), some.time_s.tolist(), (some.lat / UNITS_PER_DEGREE).tolist(),
        (some.lon / UNITS_PER_DEGREE).tolist(), some.sog.tolist(), some.cog.tolist(), strict=True,
    )  # fmt: skip
    for mmsi, at_s, lat, lon, sog, cog in rows:
        seen = Seen(
            at_s=at_s, lat_deg=lat, lon_deg=lon, sog_kn=None if sog < 0 else sog / 10,
            cog_deg=None if cog < 0 else cog / 10,
        )  # fmt: skip
        yield at_s, 0, mmsi, seen


def vessels_of(
    columns: PositionColumns, joined: np.ndarray, fixes: Sequence[BeidouFix], register: Register, check: CrossCheck,
    rules: AssociationRules,
) -> list[Reports]:  # fmt: skip
    """Return where the reporting vessels were, by AIS and Beidou together.

    A boat whose two differ in place is followed twice: a detection may be either.
    """
    apart = {episode.boat.beidou_id for episode in check.told if episode.kind is Kind.APART}
    owner = {}
    for terminal in {fix.beidou_id for fix in fixes} - apart:
        rows = register.by_beidou_ever(terminal)
        if len(rows) == 1 and rows[0].mmsi:
            owner[terminal] = str(rows[0].mmsi)
    return with_beidou(reports_of(columns, joined), fixes, owner, rules)


def associate(
    seen: Sequence[Detection], vessels: Sequence[Reports], coverage: Coverage, rules: AssociationRules
) -> Association:
    """Return which detections are reporting vessels and what is left over."""
    middle = (float(np.median([d.lat_deg for d in seen])), float(np.median([d.lon_deg for d in seen])))
    associator, done = Associator(rules, *middle), Association(dark=[], silent=[])
    owner = _follow(associator, seen, vessels, done)
    heard = {v.target_id: v for v in vessels}
    for target in associator.confirmed():
        silence = _silence(target, owner.get(target.number), heard, coverage, rules)
        if silence is None:
            done.dark.append(target)
        else:
            done.silent.append(silence)
    return done


def _follow(
    associator: Associator, seen: Sequence[Detection], vessels: Sequence[Reports], done: Association
) -> dict[int, str | None]:
    """Take scan by scan; return, by target, the vessel that it may be with her AIS off."""
    rules, echoes = associator.rules, Echoes(associator.rules)
    last: dict[str, tuple[float, float, float]] = {}
    owner: dict[int, str | None] = {}
    for scan in spaced(scans(seen, rules), rules):
        reported = reported_at(vessels, scan[0].at_s, rules)
        result = associator.scan(scan, reported)
        matched = {
            vessel: (detection.at_s, detection.lat_deg, detection.lon_deg)
            for detection, vessel in zip(scan, result.vessel, strict=True)
            if vessel is not None
        }
        done.taken, done.matched = done.taken + len(scan), done.matched + len(matched)
        done.unseen += [run for run in echoes.scan(scan[0].at_s, reported, matched) if run.is_told(rules)]
        for target in associator.targets:
            if target.confirmed and target.number not in owner:
                owner[target.number] = silenced(target, last, rules)
        last |= matched
    done.unseen += echoes.told()
    return owner


def _silence(
    target: DarkTarget, vessel: str | None, heard: dict[str, Reports], coverage: Coverage, rules: AssociationRules
) -> RadarSilence | None:
    """Return that a target is a vessel with her AIS off, None where others were not heard around her either."""
    number = (vessel or "").partition("-")[0]
    if vessel is None or not number.isdigit():
        return None
    times = heard[vessel].time_s
    before = times[times <= target.first_s]
    _, lat, lon = target.history[-1]
    chance = coverage.covered(lat, lon, target.last_s, without=int(number)) or 0.0
    if not len(before) or chance < rules.silent_coverage:
        return None
    return RadarSilence(vessel=vessel, heard_s=float(before[-1]), target=target, chance=chance)
