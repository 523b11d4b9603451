"""AIS against Beidou, live: once a minute the newest AIS of every target and the Beidou fixes that came since."""

import heapq
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from core.finding import Finding
from services.judges import JudgeContext
from store.targets import LiveTarget
from vessels.beidou import BeidouFix, CrossCheck, Seen, load_rules
from vessels.beidou_findings import findings
from vessels.coverage import Coverage
from vessels.coverage import load_rules as load_coverage

PERIOD = timedelta(seconds=60)
_OVERLAP = timedelta(seconds=120)
"""Fixes are read again for this long, because imports commit when they commit; repeats change nothing."""
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_Event = tuple[float, int, int | BeidouFix, Seen | None]


class BeidouJudge:
    """Keeps what is known of each boat between passes; made anew from the store when it starts."""

    def __init__(self) -> None:
        self._check: CrossCheck | None = None
        self._stamp = -1
        self._read_until: datetime | None = None
        self._found: list[Finding] = []

    async def __call__(self, context: JudgeContext) -> list[Finding]:
        """Return the findings of the newest look, which is at most a minute old."""
        if self._read_until is not None and context.at - self._read_until < PERIOD:
            return self._found
        check = await self._refresh(context)
        since = self._read_until or _BEGINNING
        oldest = context.at - timedelta(seconds=check.rules.history_s)
        fixes = await context.store.beidou.received(since - _OVERLAP if self._read_until else since, context.at, oldest)
        if fixes or check.terminals:
            heard = await context.store.targets.live(max(since, context.at - _OVERLAP))
            _take(check, heard, fixes)
        self._read_until = context.at
        self._found = findings(check, context.at, context.open_keys)
        return self._found

    async def _refresh(self, context: JudgeContext) -> CrossCheck:
        """Return the comparison, with the register as it is now."""
        if self._check is None:
            coverage = Coverage(rules=load_coverage(context.rules_dir))
            self._check = CrossCheck((), load_rules(context.rules_dir), coverage)
        stamp = await context.store.register.stamp()
        if stamp != self._stamp:
            rows = [row for row in await context.store.register.rows(context.at) if row.holds(context.at)]
            self._check.enter(rows)
            self._stamp = stamp
        return self._check


def _take(check: CrossCheck, heard: Sequence[LiveTarget], fixes: Sequence[BeidouFix]) -> None:
    ours = sorted(_heard(heard), key=lambda event: event[0])
    theirs: list[_Event] = [(fix.at_s, 1, fix, None) for fix in fixes]
    for _, _, what, seen in heapq.merge(ours, theirs, key=lambda event: event[:2]):
        if isinstance(what, BeidouFix):
            check.beidou(what)
        elif seen is not None:
            check.ais(what, seen)


def _heard(targets: Sequence[LiveTarget]) -> Iterator[_Event]:
    for target in targets:
        at = target.position
        if at.mmsi >= 0:
            at_s = at.observed_at.timestamp()
            seen = Seen(at_s=at_s, lat_deg=at.lat_deg, lon_deg=at.lon_deg, sog_kn=at.sog_kn, cog_deg=at.cog_deg)
            yield at_s, 0, at.mmsi, seen


async def judge(context: JudgeContext) -> list[Finding]:
    """Return the findings of one look at AIS and Beidou."""
    return await _BEIDOU(context)


_BEIDOU = BeidouJudge()
