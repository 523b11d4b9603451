"""What a number has said about itself over time: names, call signs, dimensions, with counts and times."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from vessels.reports import StaticReport

MAX_VARIANTS = 6
"""Different names (or call signs, sizes …) kept of one number: more than two already tell the story."""
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """One thing a number said: how often, first and last."""

    value: object
    count: int
    first_at: datetime
    last_at: datetime
    line: int = -1


class Statics:
    """Everything that one number said about itself, in bounded memory; the order of arrival does not matter."""

    __slots__ = ("_said", "classes", "first_at", "last_at", "n", "parts")

    def __init__(self) -> None:
        self.n = 0
        self.parts: set[str] = set()
        self.classes: set[str] = set()
        self.first_at: datetime | None = None
        self.last_at: datetime | None = None
        self._said: dict[str, list[Said]] = {}

    def add(self, report: StaticReport, line: int = -1, count: int = 1, since: datetime | None = None) -> None:
        """Take one report; `count` and `since` for a stored row that stands for several equal ones."""
        self.n += count
        self.parts.add(report.part)
        self.classes.add(report.ais_class)
        at = report.observed_at
        first = since or at
        self.first_at = first if self.first_at is None else min(self.first_at, first)
        self.last_at = at if self.last_at is None else max(self.last_at, at)
        size = None if report.length_m is None else (report.length_m, report.beam_m)
        for name, value in (
            ("name", report.name), ("call_sign", report.call_sign), ("imo", report.imo),
            ("ship_type", report.ship_type), ("size", size), ("destination", report.destination),
            ("parent_mmsi", report.parent_mmsi),
        ):  # fmt: skip
            if value is not None:
                self._note(name, value, at, count, line)

    def _note(self, name: str, value: object, at: datetime, count: int, line: int) -> None:
        said = self._said.setdefault(name, [])
        for slot, old in enumerate(said):
            if old.value == value:
                said[slot] = replace(
                    old, count=old.count + count, first_at=min(old.first_at, at), last_at=max(old.last_at, at)
                )
                return
        if len(said) < MAX_VARIANTS:
            said.append(Said(value=value, count=count, first_at=at, last_at=at, line=line))

    def said(self, name: str) -> list[Said]:
        """Return the variants of ``name``, ``call_sign``, ``imo``, ``ship_type``, ``size`` …, most often first."""
        return sorted(self._said.get(name, ()), key=lambda s: (-s.count, str(s.value)))

    def usual(self, name: str) -> object | None:
        """Return what was said most often, None when nothing was."""
        found = self.said(name)
        return found[0].value if found else None

    def has_name_message(self) -> bool:
        """Return whether a message that carries a name was heard, so that an empty name means there is none."""
        return bool(self.parts & {"5", "19", "24A", "21"})


def merge(reports: Iterable[StaticReport]) -> dict[int, Statics]:
    """Return what each number said."""
    found: dict[int, Statics] = {}
    for report in reports:
        found.setdefault(report.mmsi, Statics()).add(report)
    return found
