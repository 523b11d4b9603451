"""Who is this boat, live: reads new positions and statics, keeps tracks, stores verdicts, returns findings."""

from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from core.finding import Condition, Finding
from core.position import Position
from services.judges import JudgeContext
from vessels.ais_columns import SOURCES, UNITS_PER_DEGREE, PositionColumns
from vessels.reports import TYPE_OF_PART, Contact, StaticReport
from vessels.rules import Rules, load
from vessels.screen import Screener, sorted_columns
from vessels.statics import Statics
from vessels.suspicion import findings
from vessels.verdict import Verdict

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_OVERLAP = timedelta(seconds=120)
"""Positions are read again for this long, because gateways commit seconds apart; the tracker drops repeats."""


_AWAY = 2.0
"""A gateway of which nothing was heard for so many times the reordering was cut off and has kept its reports."""


class IdentityJudge:
    """Keeps tracks between passes; everything it keeps is made anew from the store when it starts."""

    def __init__(self) -> None:
        self._rules: Rules | None = None
        self._rules_dir: Path | None = None
        self._screener: Screener | None = None
        self._stamp = -1
        self._read_until: datetime | None = None
        self._store: Any = None
        self._logged: dict[str, Condition] = {}
        self._behind: set[str] = set()
        self._told_at: dict[str, datetime] = {}

    async def __call__(self, context: JudgeContext) -> list[Finding]:
        """Return the findings about every target heard since the last pass; of all when the register changed."""
        rules = self._load_rules(context)
        everything = await self._refresh(context, rules)
        assert self._screener is not None  # _refresh made it
        heard = await self._read(context, self._screener, rules)
        numbers = set(self._screener.tracks.open) if everything else heard
        verdicts = self._screener.verdicts(mmsis=sorted(numbers & self._screener.tracks.open.keys()))
        verdicts += self._screener.unplaced(_contacts(self._screener, heard, rules))
        await context.store.findings.save_verdicts(verdicts, context.at)
        found = findings(_live(verdicts, context.at, rules), rules, context.open_keys)
        await self._log(context, found)
        return found

    async def _log(self, context: JudgeContext, found: list[Finding]) -> None:
        """Append to the log what is new or has changed its condition."""
        news = [f for f in found if self._logged.get(f.key) is not f.condition]
        await context.store.findings.log(news, context.at)
        self._logged |= {f.key: f.condition for f in news if f.condition is not Condition.CLEARED}
        for finding in news:
            if finding.condition is Condition.CLEARED:
                self._logged.pop(finding.key, None)

    def _load_rules(self, context: JudgeContext) -> Rules:
        if self._rules is None or self._rules_dir != context.rules_dir:
            self._rules, self._rules_dir, self._screener = load(context.rules_dir), context.rules_dir, None
        return self._rules

    async def _refresh(self, context: JudgeContext, rules: Rules) -> bool:
        """Make the tracks at the first pass, and take a new register; return whether all must be judged."""
        stamp = await context.store.register.stamp()
        late = await self._caught_up(context, rules)
        if not late and self._screener is not None and stamp == self._stamp and self._store is context.store:
            return False
        if late:
            self._screener = None  # tracks are made anew from the store, with what came late in its place
        since = context.at - timedelta(seconds=rules.screening.live.history_s)
        register = await context.store.register.load(rules.names, since)
        if self._screener is None or self._store is not context.store:
            self._screener, self._read_until, self._store = Screener(register, rules, live=True), None, context.store
        self._screener.register, self._stamp = register, stamp
        return True

    async def _caught_up(self, context: JudgeContext, rules: Rules) -> bool:
        """Return whether a gateway that was behind, or away, has now delivered what it had kept.

        Reports that come later than the reordering holds would be counted and dropped, so the tracks are read again.
        """
        caught = False
        hold_s = rules.screening.tracks.reorder_s
        for row in await context.store.gateways.health(kind="gateway"):
            before = self._told_at.get(row.gateway_id, row.received_at)
            self._told_at[row.gateway_id] = row.received_at
            age_s = row.detail.get("oldest_age_s")
            behind = bool(row.detail.get("backlog")) or (isinstance(age_s, int | float) and age_s > hold_s)
            if behind:
                self._behind.add(row.gateway_id)
            elif row.gateway_id in self._behind or (row.received_at - before).total_seconds() > _AWAY * hold_s:
                self._behind.discard(row.gateway_id)
                caught = True
        return caught

    async def _read(self, context: JudgeContext, screener: Screener, rules: Rules) -> set[int]:
        """Take the positions and statics since the last pass; return the numbers that were heard."""
        history = timedelta(seconds=rules.screening.live.history_s)
        since = context.at - history if self._read_until is None else self._read_until - _OVERLAP
        until = context.at + _OVERLAP
        positions: list[Position] = await context.store.positions.since(since, until)
        numbers = {p.mmsi for p in positions if p.mmsi >= 0}
        before = {mmsi: _reports(screener, mmsi) for mmsi in numbers}
        screener.take_columns(sorted_columns(columns_of([p for p in positions if p.mmsi >= 0])))
        if self._read_until is None:
            screener.flush()
        moved = {mmsi for mmsi in numbers if _reports(screener, mmsi) != before[mmsi]}
        said_since = since if self._read_until is None else self._read_until
        statics = {row.mmsi for row in await context.store.targets.statics(said_since)}
        await _read_statics(context, screener, statics)
        self._read_until = context.at
        return moved | statics


def _reports(screener: Screener, mmsi: int) -> int:
    return sum(track.n for track in screener.tracks.open.get(mmsi, ()))


async def _read_statics(context: JudgeContext, screener: Screener, mmsis: Collection[int]) -> None:
    """Take everything that some numbers have ever said: stored rows count their repeats, so they replace what was."""
    if not mmsis:
        return
    for mmsi in mmsis:
        screener.statics[mmsi] = Statics()
    for row in await context.store.targets.statics(_BEGINNING, sorted(mmsis)):
        screener.statics[row.mmsi].add(static_report(row), count=row.n, since=row.first_seen_at)


def static_report(row: Any) -> StaticReport:
    """Return a stored row of particulars as a report."""
    kind = "N" if row.part == "21" else "A" if row.part == "5" else "B"
    return StaticReport(
        mmsi=row.mmsi, observed_at=row.last_seen_at, part=row.part, ais_class=kind, name=row.name,
        call_sign=row.call_sign, imo=row.imo, ship_type=row.ship_type, to_bow_m=row.to_bow_m,
        to_stern_m=row.to_stern_m, to_port_m=row.to_port_m, to_starboard_m=row.to_starboard_m,
        draught_m=row.draught_m, destination=row.destination, eta=row.eta, vendor=row.vendor,
        parent_mmsi=row.parent_mmsi,
    )  # fmt: skip


def columns_of(positions: list[Position]) -> PositionColumns:
    """Return positions as the screening takes them."""
    rows = [
        (
            -1, p.mmsi, p.observed_at.timestamp(), round(p.lat_deg * UNITS_PER_DEGREE),
            round(p.lon_deg * UNITS_PER_DEGREE), _tenths(p.sog_kn), _tenths(p.cog_deg),
            -1 if p.heading_deg is None else int(p.heading_deg), p.rot_deg_min if p.rot_deg_min is not None else np.nan,
            -1 if p.nav_status is None else p.nav_status, SOURCES.index(p.source),
        )
        for p in positions
    ]  # fmt: skip
    if not rows:
        return PositionColumns.empty()
    line, mmsi, time_s, lat, lon, sog, cog, heading, rot, status, source = zip(*rows, strict=True)
    return PositionColumns(
        line=np.array(line), mmsi=np.array(mmsi), time_s=np.array(time_s), lat=np.array(lat), lon=np.array(lon),
        sog=np.array(sog), cog=np.array(cog), heading=np.array(heading), rot=np.array(rot, dtype=np.float64),
        status=np.array(status), source=np.array(source),
    )  # fmt: skip


def _tenths(value: float | None) -> int:
    return -1 if value is None else round(value * 10)


def _contacts(screener: Screener, mmsis: Iterable[int], rules: Rules) -> Iterator[Contact]:
    """Yield who said something of itself for long enough that its position should have come, and it did not."""
    long = timedelta(seconds=rules.screening.silence_of_name.span_s)
    for mmsi in sorted(mmsis):
        said = screener.statics.get(mmsi)
        if said is None or said.first_at is None or said.last_at is None or mmsi in screener.tracks.open:
            continue
        if said.last_at - said.first_at >= long:
            types = frozenset(TYPE_OF_PART[part] for part in said.parts)
            yield Contact(mmsi=mmsi, first_at=said.first_at, last_at=said.last_at, types=types)


def _live(verdicts: list[Verdict], at: datetime, rules: Rules) -> list[Verdict]:
    """Return the verdicts that raise or clear something: heard lately, and somewhere that an officer can go."""
    oldest = at - timedelta(seconds=rules.screening.live.silent_s)
    return [v for v in verdicts if v.last_seen_at >= oldest and v.lat_deg is not None]


async def judge(context: JudgeContext) -> list[Finding]:
    """Return the findings of one look at every boat's identity."""
    return await _IDENTITY(context)


_IDENTITY = IdentityJudge()
