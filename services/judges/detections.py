"""Boats without AIS, live: radar plots against reporting vessels; what stays unmatched is a target of its own.

Also the receivers: one that is down or has been silent for long is one finding about the receiver.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from core.finding import Condition, Finding, Place, Severity, Subject, SubjectKind
from core.position import Position
from services.judges import JudgeContext
from store.detections import DetectionRow, Mark
from store.positions import Box
from vessels.association import (
    AssociationRules,
    Associator,
    DarkTarget,
    Detection,
    Reports,
    load_rules,
    reported_at,
    scans,
)
from vessels.coverage import Coverage, CoverageRules
from vessels.coverage import findings as coverage_findings
from vessels.coverage import load_rules as load_coverage

RULE = "vessels.identity.dark"
_SETTLE = timedelta(seconds=20)
"""Plots younger than this wait: the AIS of the same moment may still be on its way through another gateway."""
_FIRST_LOOK = timedelta(minutes=10)
_MARGIN_DEG = 0.2
_SAMPLE_S = 15.0
"""One plot a target and this time is enough: a radar repeats its targets every few seconds."""


class DetectionJudge:
    """Keeps the unidentified targets between passes."""

    def __init__(self) -> None:
        self._rules: AssociationRules | None = None
        self._coverage_rules: CoverageRules | None = None
        self._associator: Associator | None = None
        self._until: datetime | None = None
        self._sampled: dict[tuple[str, int], float] = {}
        self._told: set[str] = set()

    async def __call__(self, context: JudgeContext) -> list[Finding]:
        """Return the findings about targets without AIS and about receivers."""
        if self._rules is None:
            self._rules, self._coverage_rules = load_rules(context.rules_dir), load_coverage(context.rules_dir)
        found = await self._receivers(context)
        until = context.at - _SETTLE
        since = self._until or until - _FIRST_LOOK
        rows = self._sample(await context.store.detections.since(since, until))
        self._until = until
        if rows:
            await self._follow(context, rows)
        return found + self._findings(context, self._rules)

    def _sample(self, rows: Sequence[DetectionRow]) -> list[DetectionRow]:
        kept = []
        for row in rows:
            if row.number is None:
                kept.append(row)
                continue
            key, at_s = (row.sensor, row.number), row.observed_at.timestamp()
            if at_s - self._sampled.get(key, 0.0) >= _SAMPLE_S:
                self._sampled[key] = at_s
                kept.append(row)
        return kept

    async def _follow(self, context: JudgeContext, rows: Sequence[DetectionRow]) -> None:
        assert self._rules is not None  # __call__ loads them
        if self._associator is None:
            middle = (float(np.median([r.lat_deg for r in rows])), float(np.median([r.lon_deg for r in rows])))
            self._associator = Associator(self._rules, *middle, first_number=int(context.at.timestamp()) // 10)
        vessels = vessels_of(await _reporting(context.store, rows, self._rules))
        by_line = dict(enumerate(rows))
        marks = []
        for scan in scans([_detection(row, n) for n, row in by_line.items()], self._rules):
            result = self._associator.scan(scan, reported_at(vessels, scan[0].at_s, self._rules))
            pairs = zip(scan, result.vessel, result.dark, strict=True)
            marks += [_mark(by_line[seen.line], vessel, dark) for seen, vessel, dark in pairs]
        await context.store.detections.mark([m for m in marks if m.target_id or m.matched_mmsi])

    def _findings(self, context: JudgeContext, rules: AssociationRules) -> list[Finding]:
        if self._associator is None:
            return []
        found = []
        for target in self._associator.confirmed():
            key = f"{RULE}:{target.target_id}"
            if target.ended and not target.handed_to:
                continue  # lost from the radar: that clears nothing
            if not target.ended or key in context.open_keys or key in self._told:
                found.append(_finding(target, key, rules))
                (self._told.discard if target.ended else self._told.add)(key)
        self._associator.ended = [t for t in self._associator.ended if context.at.timestamp() - t.last_s < 3600]
        return found

    async def _receivers(self, context: JudgeContext) -> list[Finding]:
        assert self._coverage_rules is not None  # __call__ loads them
        coverage, down = Coverage(rules=self._coverage_rules), {}
        for row in await context.store.gateways.health(kind="receiver"):
            name = f"{row.gateway_id}/{row.name}"
            silent_s = row.detail.get("silent_s")
            quiet = isinstance(silent_s, int | float) and silent_s > self._coverage_rules.silent_s
            coverage.last_s[name] = row.observed_at.timestamp() - (float(silent_s) if quiet and silent_s else 0.0)
            if row.detail.get("connected") is False or quiet:
                down[name] = f"connected={row.detail.get('connected')}, silent_s={silent_s}"
        return coverage_findings(coverage, context.at, coverage.last_s, context.open_keys, down)


async def _reporting(store: Any, rows: Sequence[DetectionRow], rules: AssociationRules) -> list[Position]:
    lats, lons = [r.lat_deg for r in rows], [r.lon_deg for r in rows]
    box = Box(
        south_deg=max(-90.0, min(lats) - _MARGIN_DEG), west_deg=max(-180.0, min(lons) - _MARGIN_DEG),
        north_deg=min(90.0, max(lats) + _MARGIN_DEG), east_deg=min(180.0, max(lons) + _MARGIN_DEG),
    )  # fmt: skip
    reach = timedelta(seconds=rules.ais_bridge_s)
    found: list[Position] = await store.positions.in_box(box, rows[0].observed_at - reach, rows[-1].observed_at + reach)
    return found


def vessels_of(positions: Iterable[Position]) -> list[Reports]:
    """Return the fixes of each reporting vessel."""
    by_number: dict[int, list[Position]] = {}
    for position in positions:
        if position.mmsi >= 0:
            by_number.setdefault(position.mmsi, []).append(position)
    return [
        Reports(
            str(mmsi), np.array([p.observed_at.timestamp() for p in fixes]), np.array([p.lat_deg for p in fixes]),
            np.array([p.lon_deg for p in fixes]), _numbers(p.sog_kn for p in fixes), _numbers(p.cog_deg for p in fixes),
        )
        for mmsi, fixes in by_number.items()
    ]  # fmt: skip


def _numbers(values: Iterable[float | None]) -> np.ndarray:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def _detection(row: DetectionRow, line: int) -> Detection:
    return Detection(
        at_s=row.observed_at.timestamp(), lat_deg=row.lat_deg, lon_deg=row.lon_deg, sigma_m=row.uncertainty_m,
        length_m=row.length_m, sensor=row.sensor or row.source, source=row.source, line=line,
    )  # fmt: skip


def _mark(row: DetectionRow, vessel: str | None, dark: DarkTarget | None) -> Mark:
    if vessel is not None:
        return Mark(detection_id=row.detection_id, matched_mmsi=int(vessel))
    known = dark is not None and dark.confirmed
    return Mark(detection_id=row.detection_id, target_id=dark.target_id if dark is not None and known else None)


def _finding(target: DarkTarget, key: str, rules: AssociationRules) -> Finding:
    lat, lon = target.history[-1][1:]
    over = target.handed_to is not None
    seen = len(target.history)
    length = f"，长约 {target.length_m:.0f} 米" if target.length_m else ""
    zh = f"雷达目标未播发 AIS，{target.sog_kn():.1f} 节{length}"
    if over:
        zh = f"雷达目标由 MMSI {target.handed_to} 的 AIS 接续"
    en = (
        f"the radar target is taken over by the AIS of MMSI {target.handed_to}" if over
        else f"radar target without AIS, {target.sog_kn():.1f} kn"
    )  # fmt: skip
    return Finding(
        key=key, rule=RULE, rule_version=rules.version, condition=Condition.CLEARED if over else Condition.ACTIVE,
        severity=Severity.YELLOW, subject=Subject(kind=SubjectKind.TARGET, id=target.target_id, name=target.target_id),
        observed_at=_instant(target.last_s), reason_zh=zh, reason_en=en, advice_zh="请用光电或派船查看",
        advice_en="Look with the camera or send a boat", place=Place(lat_deg=lat, lon_deg=lon),
        probability=rules.probability,
        values={"sog_kn": round(target.sog_kn(), 1), "cog_deg": round(target.cog_deg()), "detections": float(seen),
                "length_m": target.length_m},
    )  # fmt: skip


def _instant(at_s: float) -> datetime:
    return datetime.fromtimestamp(at_s, UTC)


async def judge(context: JudgeContext) -> list[Finding]:
    """Return the findings about targets without AIS and about receivers."""
    return await _DETECTIONS(context)


_DETECTIONS = DetectionJudge()
