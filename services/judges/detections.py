"""Boats without AIS, live: radar plots against reporting vessels; what stays unmatched is a target of its own.

Also the receivers: one that is down or has been silent for long is one finding about the receiver.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from core.finding import Condition, Evidence, Finding, Place, Severity, Subject, SubjectKind
from core.position import Position
from services.judges import JudgeContext
from store.detections import DetectionRow, Mark
from store.positions import Box
from vessels.association import Associator, silenced
from vessels.association_rules import AssociationRules, load_rules
from vessels.coverage import Coverage, CoverageRules
from vessels.coverage import findings as coverage_findings
from vessels.coverage import load_rules as load_coverage
from vessels.dark import DarkTarget
from vessels.detections import Detection, scans
from vessels.echoes import Echoes, Unseen
from vessels.reporting import Reports, reported_at, with_beidou

RULE = "vessels.identity.dark"
SILENT_RULE = "vessels.identity.ais_silent"
NO_ECHO_RULE = "vessels.identity.no_echo"
_SETTLE = timedelta(seconds=20)
"""Plots younger than this wait: the AIS of the same moment may still be on its way through another gateway."""
_FIRST_LOOK = timedelta(minutes=10)
_MARGIN_DEG = 0.2
_FORGET_S = 3600.0


class DetectionJudge:
    """Keeps the unidentified targets between passes."""

    def __init__(self) -> None:
        self._rules: AssociationRules | None = None
        self._coverage_rules: CoverageRules | None = None
        self._coverage: Coverage | None = None
        self._associator: Associator | None = None
        self._since: datetime | None = None
        self._taken: dict[str, float] = {}
        self._sampled: dict[str, float] = {}
        self._matched: dict[str, tuple[float, float, float]] = {}
        self._heard: dict[str, float] = {}
        self._silent: dict[int, tuple[str, float]] = {}
        self._told: set[str] = set()
        self._echoes: Echoes | None = None

    async def __call__(self, context: JudgeContext) -> list[Finding]:
        """Return the findings about targets without AIS and about receivers."""
        if self._rules is None:
            self._rules, coverage = load_rules(context.rules_dir), load_coverage(context.rules_dir)
            self._coverage_rules, self._coverage = coverage, Coverage(rules=coverage)
        found = await self._receivers(context)
        until = context.at - _SETTLE
        rows = await context.store.detections.since(self._since or until - _FIRST_LOOK, until)
        sweeps = self._whole_scans(rows, until.timestamp(), self._rules)
        self._since = max(self._since or until - _FIRST_LOOK, until - timedelta(seconds=2 * self._rules.scan_s))
        if sweeps:
            await self._follow(context, sweeps)
        return found + self._findings(context, self._rules)

    def _whole_scans(
        self, rows: Sequence[DetectionRow], until_s: float, rules: AssociationRules
    ) -> list[tuple[list[DetectionRow], list[Detection]]]:
        """Return the scans that are complete and not yet taken; of a radar that repeats its targets, some scans.

        A scan that the end of the time span cuts in two waits for the next pass: half a scan would count as a miss of
        every target in the other half.
        """
        fresh = [r for r in rows if r.observed_at.timestamp() > self._taken.get(r.sensor or r.source, -np.inf)]
        found = []
        for scan in scans([_detection(row, n) for n, row in enumerate(fresh)], rules):
            sensor, begin_s = scan[0].sensor, scan[0].at_s
            if begin_s + rules.scan_s > until_s:
                continue
            self._taken[sensor] = scan[-1].at_s
            of_scan = [fresh[seen.line] for seen in scan]
            repeats = any(row.number is not None for row in of_scan)
            if not repeats or begin_s - self._sampled.get(sensor, -np.inf) >= rules.repeat_s:
                self._sampled[sensor] = begin_s
                found.append((of_scan, [replace(seen, line=n) for n, seen in enumerate(scan)]))
        return found

    async def _follow(
        self, context: JudgeContext, sweeps: Sequence[tuple[list[DetectionRow], list[Detection]]]
    ) -> None:
        assert self._rules is not None  # __call__ loads them
        rows = [row for of_scan, _ in sweeps for row in of_scan]
        if self._associator is None or self._echoes is None:
            middle = (float(np.median([r.lat_deg for r in rows])), float(np.median([r.lon_deg for r in rows])))
            self._echoes = Echoes(self._rules)
            self._associator = Associator(self._rules, *middle, first_number=int(context.at.timestamp()) // 10)
        heard = vessels_of(await _reporting(context.store, rows, self._rules))
        self._hear(heard)
        vessels = await self._with_beidou(context, heard, rows)
        marks = []
        for of_scan, scan in sweeps:
            reported = reported_at(vessels, scan[0].at_s, self._rules)
            result = self._associator.scan(scan, reported)
            self._echoes.scan(scan[0].at_s, reported, {name for name in result.vessel if name is not None})
            for seen, vessel, dark in zip(scan, result.vessel, result.dark, strict=True):
                marks.append(_mark(of_scan[seen.line], vessel, dark))
                if (
                    vessel is not None and vessel in self._heard
                ):  # one that only Beidou places has no AIS to fall silent
                    self._matched[vessel] = (seen.at_s, seen.lat_deg, seen.lon_deg)
        await context.store.detections.mark([m for m in marks if m.target_id or m.matched_mmsi])

    async def _with_beidou(
        self, context: JudgeContext, heard: Sequence[Reports], rows: Sequence[DetectionRow]
    ) -> list[Reports]:
        """Return the vessels with the fixes of the registered boats' Beidou terminals beside those of their AIS."""
        assert self._rules is not None  # __call__ loads them
        reach = timedelta(seconds=self._rules.ais_bridge_s)
        fixes = await context.store.beidou.around(rows[0].observed_at - reach, rows[-1].observed_at + reach)
        if not fixes:
            return list(heard)
        owner = {
            row.beidou_id: str(row.mmsi)
            for row in await context.store.register.rows(context.at)
            if row.beidou_id and row.mmsi and row.holds(context.at)
        }
        return with_beidou(heard, fixes, owner, self._rules)

    def _hear(self, vessels: Sequence[Reports]) -> None:
        """Note new fixes for the coverage, and when each vessel was heard last."""
        assert self._coverage is not None  # __call__ makes it
        for vessel in vessels:
            last_s = self._heard.get(vessel.target_id, -np.inf)
            for at_s, lat, lon in zip(vessel.time_s, vessel.lat, vessel.lon, strict=True):
                if at_s > last_s:
                    self._coverage.note(int(vessel.target_id), float(at_s), float(lat), float(lon))
            self._heard[vessel.target_id] = max(last_s, float(vessel.time_s[-1]))
        oldest = max(self._heard.values(), default=0.0) - _FORGET_S
        self._heard = {name: at_s for name, at_s in self._heard.items() if at_s >= oldest}
        self._matched = {name: seen for name, seen in self._matched.items() if name in self._heard}

    def _findings(self, context: JudgeContext, rules: AssociationRules) -> list[Finding]:
        if self._associator is None:
            return []
        found = []
        for target in self._associator.confirmed():
            vessel = self._silenced(target, rules)
            if vessel is not None:
                found += self._silence(context, target, *vessel, rules)
                continue
            key = f"{RULE}:{target.target_id}"
            if target.ended and not target.handed_to:
                continue  # lost from the radar: that clears nothing
            if not target.ended or key in context.open_keys or key in self._told:
                found.append(_finding(target, key, rules))
                (self._told.discard if target.ended else self._told.add)(key)
        self._associator.ended = [t for t in self._associator.ended if context.at.timestamp() - t.last_s < _FORGET_S]
        found += self._without_echo(context, rules)
        kept = {t.number for t in self._associator.confirmed()}
        self._silent = {number: vessel for number, vessel in self._silent.items() if number in kept}
        return found

    def _without_echo(self, context: JudgeContext, rules: AssociationRules) -> list[Finding]:
        """Return the findings about vessels whose AIS has no echo, and the ends of those that radar sees again."""
        assert self._echoes is not None  # made with the associator
        self._echoes.forget(context.at.timestamp() - _FORGET_S)
        told = {f"{NO_ECHO_RULE}:{run.vessel}": run for run in self._echoes.told() if run.vessel.isdigit()}
        over = [key for key in context.open_keys if key.startswith(f"{NO_ECHO_RULE}:") and key not in told]
        found = [no_echo_finding(run, rules) for run in told.values()]
        return found + [no_echo_over(key, context.at, rules) for key in sorted(over)]

    def _silenced(self, target: DarkTarget, rules: AssociationRules) -> tuple[str, float] | None:
        """Return the vessel that a target is, its AIS off, and when that was heard last; None when it is nobody's."""
        known = self._silent.get(target.number)
        vessel = known[0] if known else silenced(target, self._matched, rules)
        if vessel is None:
            return None
        return vessel, self._heard.get(vessel, known[1] if known else target.first_s)

    def _silence(
        self, context: JudgeContext, target: DarkTarget, vessel: str, heard_s: float, rules: AssociationRules
    ) -> list[Finding]:
        """Return the finding about a vessel that radar goes on seeing though its AIS fell silent, or its end."""
        assert self._coverage is not None  # __call__ makes it
        key = f"{SILENT_RULE}:{vessel}"
        if heard_s > target.first_s:
            self._silent[target.number] = vessel, heard_s
            return [silence_finding(target, vessel, heard_s, rules, over=True)] if key in context.open_keys else []
        lat, lon = target.history[-1][1:]
        heard_there = self._coverage.covered(lat, lon, target.last_s, without=int(vessel))
        if target.ended or (target.number not in self._silent and (heard_there or 0.0) < rules.silent_coverage):
            return []
        self._silent[target.number] = vessel, heard_s
        return [silence_finding(target, vessel, heard_s, rules, over=False)]

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
        return Mark(detection_id=row.detection_id, matched_mmsi=int(vessel) if vessel.isdigit() else None)
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


def silence_finding(target: DarkTarget, vessel: str, heard_s: float, rules: AssociationRules, *, over: bool) -> Finding:
    """Return that a vessel sails on by radar though its AIS is silent, or that it is heard again."""
    lat, lon = target.history[-1][1:]
    heard, minutes = _instant(heard_s), (target.last_s - heard_s) / 60.0
    zh = (
        f"MMSI {vessel} 的 AIS 已恢复"
        if over
        else f"AIS 已静默 {minutes:.0f} 分钟，雷达仍在跟踪，{target.sog_kn():.1f} 节"
    )
    en = (
        f"the AIS of MMSI {vessel} is heard again" if over
        else f"AIS silent for {minutes:.0f} min while radar still follows the boat, {target.sog_kn():.1f} kn"
    )  # fmt: skip
    return Finding(
        key=f"{SILENT_RULE}:{vessel}", rule=SILENT_RULE, rule_version=rules.version,
        condition=Condition.CLEARED if over else Condition.ACTIVE, severity=Severity.YELLOW,
        subject=Subject(kind=SubjectKind.TARGET, id=vessel, name=f"MMSI {vessel}"),
        observed_at=heard if over else _instant(target.last_s), reason_zh=zh, reason_en=en,
        advice_zh="请用电话或甚高频联系该船，核实 AIS 是否关闭或故障",
        advice_en="Call the boat by phone or VHF: is its AIS off or broken?",
        place=Place(lat_deg=lat, lon_deg=lon), probability=rules.silent_probability,
        evidence=(
            Evidence(kind="last_ais", text=f"MMSI {vessel}", observed_at=heard),
            Evidence(kind="detections", text=f"{target.target_id}, {len(target.history)} detections",
                     observed_at=_instant(target.last_s)),
        ),
        values={"silent_min": round(minutes, 1), "sog_kn": round(target.sog_kn(), 1), "mmsi": float(vessel)},
    )  # fmt: skip


def no_echo_finding(run: Unseen, rules: AssociationRules) -> Finding:
    """Return that a vessel reports where radar, which sees the others around her, sees nothing."""
    minutes = (run.last_s - run.first_s) / 60
    return Finding(
        key=f"{NO_ECHO_RULE}:{run.vessel}", rule=NO_ECHO_RULE, rule_version=rules.version, condition=Condition.ACTIVE,
        severity=Severity.YELLOW, subject=Subject(kind=SubjectKind.TARGET, id=run.vessel, name=f"MMSI {run.vessel}"),
        observed_at=_instant(run.last_s), reason_zh=f"AIS 有船位，雷达在该处 {minutes:.0f} 分钟看不到船",
        reason_en=f"AIS reports a position where radar has seen nothing for {minutes:.0f} min",
        advice_zh="船位可能是伪造的，请用光电核实，并呼叫该船",
        advice_en="The position may be false: look with the camera and call her",
        place=Place(lat_deg=run.lat_deg, lon_deg=run.lon_deg), probability=rules.echo_probability,
        values={"scans": float(run.scans), "unseen_min": round(minutes, 1), "coverage": round(run.chance, 2)},
    )  # fmt: skip


def no_echo_over(key: str, at: datetime, rules: AssociationRules) -> Finding:
    """Return that radar sees a vessel again, or that nothing speaks against her any more."""
    number = key.partition(":")[2]
    return Finding(
        key=key, rule=NO_ECHO_RULE, rule_version=rules.version, condition=Condition.CLEARED, severity=Severity.YELLOW,
        subject=Subject(kind=SubjectKind.TARGET, id=number, name=f"MMSI {number}"), observed_at=at,
        reason_zh="雷达已看到该船，或她已离开雷达范围", reason_en="Radar sees her again, or she has left its sight",
    )  # fmt: skip


def _instant(at_s: float) -> datetime:
    return datetime.fromtimestamp(at_s, UTC)


async def judge(context: JudgeContext) -> list[Finding]:
    """Return the findings about targets without AIS and about receivers."""
    return await _DETECTIONS(context)


_DETECTIONS = DetectionJudge()
