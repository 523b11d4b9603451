"""Offline screening: recorded files, detections and a register in, verdicts and unidentified targets out."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np

from services.beidou_csv import BeidouFile, read_fixes
from services.screen_crosscheck import Association, associate, cross_check, vessels_of
from services.screen_detections import read_detections
from services.screen_files import blocks
from services.screen_input import Input, read
from vessels.ais_columns import PositionColumns
from vessels.association_rules import AssociationRules
from vessels.association_rules import load_rules as load_association
from vessels.beidou import CrossCheck
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
    associated: Association = field(default_factory=lambda: Association(dark=[], silent=[]))
    detections: int = 0
    detection_problems: list[str] = field(default_factory=list)
    check: CrossCheck | None = None
    beidou: int = 0
    beidou_problems: Sequence[str] = ()
    raw: dict[int, str] = field(default_factory=dict)
    association: AssociationRules | None = None


def run(
    paths: Sequence[Path], register: RegisterFile, rules_dir: Path, *, detections: Path | None = None,
    beidou: Path | None = None, start: datetime | None = None, progress: Callable[[int], None] = lambda _: None,
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
    _beside_ais(done, screener.register, rules_dir, detections, beidou)
    done.raw = raw_lines(found, wanted_lines(done.verdicts))
    return done


def _beside_ais(
    done: Screening, register: Register, rules_dir: Path, detections: Path | None, beidou: Path | None
) -> None:
    """Compare AIS with Beidou, and match detections with whoever reports."""
    fixes = BeidouFile(fixes=(), problems=()) if beidou is None else read_fixes(beidou)
    seen = list(dict.fromkeys(done.read.radar))  # two copies of a log hold the same plots
    if detections is not None:
        more, done.detection_problems = read_detections(detections)
        seen += more
    if not seen and not fixes.fixes:
        done.beidou_problems = fixes.problems
        return
    check = cross_check(done.columns, fixes.fixes, register.rows, rules_dir)
    done.check, done.beidou, done.beidou_problems = check, len(fixes.fixes), fixes.problems
    if seen:
        done.association, done.detections = load_association(rules_dir), len(seen)
        vessels = vessels_of(done.columns, done.joined, fixes.fixes, register, check, done.association)
        done.associated = associate(seen, vessels, check.coverage, done.association)


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
