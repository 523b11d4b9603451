"""Offline screening: recorded files, detections and a register in, verdicts and unidentified targets out."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np

from services.screen_detections import read_detections
from services.screen_files import blocks
from services.screen_input import Input, read
from vessels.ais_columns import UNITS_PER_DEGREE, PositionColumns
from vessels.association import AssociationRules, Associator, DarkTarget, Detection, Reports, reported_at, scans, spaced
from vessels.association import load_rules as load_association
from vessels.register import Register, RegisterFile
from vessels.rules import Rules, load
from vessels.screen import Screener, sorted_columns
from vessels.verdict import Verdict


@dataclass(kw_only=True)
class Screening:
    """A finished run: verdicts, unidentified targets, positions with the track each joined, and what was read."""

    read: Input
    register: RegisterFile
    rules: Rules
    verdicts: list[Verdict]
    columns: PositionColumns
    joined: np.ndarray
    dark: list[DarkTarget] = field(default_factory=list)
    matched: int = 0
    detections: int = 0
    taken: int = 0
    detection_problems: list[str] = field(default_factory=list)
    raw: dict[int, str] = field(default_factory=dict)
    association: AssociationRules | None = None


def run(
    paths: Sequence[Path], register: RegisterFile, rules_dir: Path, *, detections: Path | None = None,
    start: datetime | None = None, progress: Callable[[int], None] = lambda _: None,
) -> Screening:  # fmt: skip
    """Return the screening of some files against a register."""
    rules = load(rules_dir)
    found = read(list(paths), start=start, progress=progress)
    columns = sorted_columns(PositionColumns.concatenate(found.columns))
    screener = Screener(Register(register.rows, rules.names), rules, record=True)
    screener.take_statics([report for _, report in found.statics], [line for line, _ in found.statics])
    screener.take_texts(found.texts)
    screener.take_columns(columns)
    verdicts = screener.verdicts() + screener.unplaced(found.contacts.values())
    done = Screening(
        read=found, register=register, rules=rules, verdicts=verdicts, columns=columns,
        joined=np.array(screener.joined or [], dtype=np.int64),
    )  # fmt: skip
    seen = list(dict.fromkeys(found.radar))  # two copies of a log hold the same plots
    if detections is not None:
        more, done.detection_problems = read_detections(detections)
        seen += more
    if seen:
        _associate(done, seen, load_association(rules_dir))
    done.raw = raw_lines(found, wanted_lines(done.verdicts))
    return done


def _associate(done: Screening, seen: Sequence[Detection], rules: AssociationRules) -> None:
    done.association, done.detections = rules, len(seen)
    vessels = list(reports_of(done.columns, done.joined))
    middle = (float(np.median([d.lat_deg for d in seen])), float(np.median([d.lon_deg for d in seen])))
    associator = Associator(rules, *middle)
    for scan in spaced(scans(seen, rules), rules):
        result = associator.scan(scan, reported_at(vessels, scan[0].at_s, rules))
        done.taken += len(scan)
        done.matched += sum(vessel is not None for vessel in result.vessel)
    done.dark = associator.confirmed()


def reports_of(columns: PositionColumns, joined: np.ndarray) -> Iterable[Reports]:
    """Yield the fixes of each track, for the association."""
    keys = columns.mmsi * 64 + np.minimum(joined, 63)
    order = np.argsort(keys, kind="stable")
    order = order[joined[order] > 0]
    bounds = np.flatnonzero(np.diff(keys[order])) + 1
    for rows in np.split(order, bounds):
        if len(rows):
            yield Reports(
                target_id(int(columns.mmsi[rows[0]]), int(joined[rows[0]])), columns.time_s[rows],
                columns.lat[rows] / UNITS_PER_DEGREE, columns.lon[rows] / UNITS_PER_DEGREE,
                np.where(columns.sog[rows] < 0, np.nan, columns.sog[rows] / 10),
                np.where(columns.cog[rows] < 0, np.nan, columns.cog[rows] / 10),
            )  # fmt: skip


def target_id(mmsi: int, number: int) -> str:
    """Return the id of a track as `vessels.tracks.Track.target_id` has it."""
    return str(mmsi) if number == 1 else f"{mmsi}-{number}"


def wanted_lines(verdicts: Iterable[Verdict]) -> set[int]:
    """Return the numbers of the lines that verdicts rest on."""
    refs = (e.ref for v in verdicts for e in v.evidence if e.ref.startswith("line:"))
    return {int(ref.partition(":")[2]) for ref in refs}


def raw_lines(found: Input, wanted: set[int]) -> dict[int, str]:
    """Return the text of some lines, read from the files again."""
    texts: dict[int, str] = {}
    for source in found.sources:
        mine = sorted(n - source.first_line for n in wanted if 0 <= n - source.first_line < source.lines)
        if mine and not source.is_table:
            texts |= {n + source.first_line: text for n, text in _pick(source.path, mine)}
    return texts


def _pick(path: Path, numbers: Sequence[int]) -> Iterable[tuple[int, str]]:
    first, waiting = 0, list(reversed(numbers))
    for block in blocks(path, lambda _: None):  # reported when it was read first
        lines = block.split(b"\n") if waiting and waiting[-1] < first + block.count(b"\n") + 1 else []
        while waiting and waiting[-1] - first < len(lines):
            number = waiting.pop()
            yield number, lines[number - first].rstrip(b"\r").decode("ascii", "replace")
        first += block.count(b"\n") + (0 if block.endswith(b"\n") else 1)
        if not waiting:
            return
