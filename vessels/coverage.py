"""What the receivers could have heard: silence counts against a boat only where and when others were heard.

Heard reports are counted by receiver, cell of 0.1 degree and hour. A receiver that hears far less than it did at this
hour of the days before, or reports itself as down, is one finding about the receiver; while it is down nothing in its
waters is called silent.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from core.finding import Condition, Evidence, Finding, Severity, Subject, SubjectKind
from core.settings import build, load_toml

RULE = "vessels.coverage.receiver"
CELLS_PER_DEGREE = 10
HOUR_S = 3600.0


@dataclass(frozen=True, kw_only=True)
class CoverageRules:
    """``config/rules/coverage.toml``."""

    version: str
    source: str
    boats_for_half: float
    neighbours: int
    silent_s: float
    usual_reports: int
    keep_hours: int


def load_rules(rules_dir: Path) -> CoverageRules:
    """Return ``coverage.toml`` of the rules folder."""
    path = rules_dir / "coverage.toml"
    return build(CoverageRules, load_toml(path), where=str(path))


def cell_of(lat_deg: float, lon_deg: float) -> tuple[int, int]:
    """Return the cell of 0.1 x 0.1 degree that a place is in."""
    return math.floor(lat_deg * CELLS_PER_DEGREE), math.floor(lon_deg * CELLS_PER_DEGREE)


@dataclass(kw_only=True)
class Coverage:
    """Which boats were heard where, by hour and receiver, in bounded memory."""

    rules: CoverageRules
    heard: dict[int, dict[tuple[int, int], set[int]]] = field(default_factory=dict)
    reports: dict[str, dict[int, int]] = field(default_factory=lambda: defaultdict(dict))
    last_s: dict[str, float] = field(default_factory=dict)

    def note(self, mmsi: int, at_s: float, lat_deg: float, lon_deg: float, receiver: str = "") -> None:
        """Note one report heard."""
        hour = int(at_s // HOUR_S)
        cells = self.heard.get(hour)
        if cells is None:
            cells = self.heard[hour] = {}
            self._forget(hour)
        cells.setdefault(cell_of(lat_deg, lon_deg), set()).add(mmsi)
        counts = self.reports[receiver]
        counts[hour] = counts.get(hour, 0) + 1
        self.last_s[receiver] = max(at_s, self.last_s.get(receiver, 0.0))

    def _forget(self, hour: int) -> None:
        for old in [h for h in self.heard if h < hour - self.rules.keep_hours]:
            del self.heard[old]
        for counts in self.reports.values():
            for old in [h for h in counts if h < hour - self.rules.keep_hours]:
                del counts[old]

    def covered(self, lat_deg: float, lon_deg: float, at_s: float, *, without: int | None = None) -> float | None:
        """Return the probability that a boat there and then would have been heard; None when nothing was heard at all.

        Half at `boats_for_half` other boats heard in the cell and its neighbours in that hour.
        """
        cells = self.heard.get(int(at_s // HOUR_S))
        if not cells:
            return None
        row, column = cell_of(lat_deg, lon_deg)
        reach = self.rules.neighbours
        boats: set[int] = set()
        for north in range(-reach, reach + 1):
            for east in range(-reach, reach + 1):
                boats |= cells.get((row + north, column + east), set())
        others = len(boats - {without})
        return others / (others + self.rules.boats_for_half)

    def usual(self, receiver: str, hour: int) -> float:
        """Return how many reports a receiver had in an hour, the median of the hours before."""
        counts = sorted(n for h, n in self.reports.get(receiver, {}).items() if h < hour)
        return float(counts[len(counts) // 2]) if counts else 0.0

    def outages(self, at: datetime, receivers: Iterable[str], down: Mapping[str, str] | None = None) -> list[str]:
        """Return the receivers that are out: by their own report, or silent where they used to be busy."""
        at_s, found = at.timestamp(), []
        for receiver in receivers:
            silent_s = at_s - self.last_s.get(receiver, at_s)
            busy = self.usual(receiver, int(at_s // HOUR_S)) >= self.rules.usual_reports
            if receiver in (down or {}) or (busy and silent_s > self.rules.silent_s):
                found.append(receiver)
        return found


def findings(
    coverage: Coverage, at: datetime, receivers: Iterable[str], open_keys: frozenset[str],
    down: Mapping[str, str] | None = None,
) -> list[Finding]:  # fmt: skip
    """Return one finding a receiver that is out, and CLEARED for one that hears again."""
    known = sorted(set(receivers))
    out = set(coverage.outages(at, known, down))
    found = []
    for receiver in known:
        key = f"{RULE}:{receiver}"
        if receiver in out or key in open_keys:
            found.append(_finding(coverage, receiver, key, at, receiver in out, (down or {}).get(receiver, "")))
    return found


def _finding(coverage: Coverage, receiver: str, key: str, at: datetime, out: bool, why: str) -> Finding:
    silent_min = (at.timestamp() - coverage.last_s.get(receiver, at.timestamp())) / 60
    zh = f"AIS 接收机 {receiver} 已 {silent_min:.0f} 分钟收不到报文" if out else f"AIS 接收机 {receiver} 恢复接收"
    heard = f"AIS receiver {receiver} hears again"
    en = f"AIS receiver {receiver} has heard nothing for {silent_min:.0f} min" if out else heard
    return Finding(
        key=key, rule=RULE, rule_version=coverage.rules.version,
        condition=Condition.ACTIVE if out else Condition.CLEARED, severity=Severity.YELLOW,
        subject=Subject(kind=SubjectKind.RECEIVER, id=receiver, name=receiver), observed_at=at,
        reason_zh=zh, reason_en=en, advice_zh="请检查天线、馈线和供电；期间不判断船舶静默",
        advice_en="Check antenna, feeder and power; no boat is called silent meanwhile",
        evidence=(Evidence(kind="receiver", text=why),) if why else (),
        values={"silent_min": round(silent_min, 1)},
    )  # fmt: skip
