"""Alerts, their audit log and the messages of their steps: one transaction for each decision.

A decision is kept only on the version it was made on. When a person or another process was faster, nothing of it is
kept and `AlertConflictError` says so: load again, decide again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from alerts import audit
from alerts.audit import ChainProblem
from alerts.message import Message
from alerts.model import Alert, Event, Outcome
from core.errors import StoreError
from core.finding import Severity, Subject
from store.alert_rows import AlertRow, EventRow, alert_of, event_of, event_row_of, row_of
from store.database import Executor
from store.errors import StoreConflictError
from store.outbox import queue_messages

CHAIN_PAGE = 500
"""Alerts whose events are read at once when the chain is verified."""
DECIDE_ATTEMPTS = 5
"""How often a step is decided anew when nobody looked at a particular version."""
MOVED_ON = "该告警已被他人处理，请刷新。Somebody else moved this alert on: load it again."
Decision = Callable[[Alert], Outcome]


class AlertConflictError(StoreConflictError):
    """Somebody else changed the alert meanwhile (已被他人处理): load it again and look."""


@dataclass(frozen=True, kw_only=True)
class SubjectPlace:
    """Farm and district of a subject; both None for what belongs to no farm."""

    kind: str
    id: str
    farm_id: str | None
    district_id: str | None


@dataclass(frozen=True, kw_only=True)
class _Head:
    head: str
    raised: int


@dataclass(frozen=True, kw_only=True)
class _Chained:
    alert_id: str
    version: int
    chain_no: int


class Alerts:
    """The tables ``alert``, ``alert_event`` and ``alert_chain``."""

    def __init__(self, db: Executor) -> None:
        self._db = db

    async def open_keys(self) -> frozenset[str]:
        """Return the keys whose alert is open and active, for the hysteresis of the rules."""
        return frozenset(key for (key,) in await self._db.tuples("alerts/open_keys"))

    async def not_final(self, keys: Sequence[str] | None = None) -> dict[str, Alert]:
        """Return the open and pending alerts by key, of all keys or of the given ones."""
        rows = await self._db.rows(AlertRow, "alerts/not_final", keys=None if keys is None else list(keys))
        return {row.key: alert_of(row) for row in rows}

    async def open_alert(self, key: str) -> Alert | None:
        """Return the open or pending alert of a key, None when there is none."""
        return (await self.not_final([key])).get(key)

    async def open_alerts(self) -> list[Alert]:
        """Return every open alert, the gravest and newest first."""
        return [alert_of(row) for row in await self._db.rows(AlertRow, "alerts/open")]

    async def get(self, alert_id: str) -> Alert | None:
        """Return one alert, None when the id is unknown."""
        row = await self._db.one(AlertRow, "alerts/by_id", alert_id=alert_id)
        return None if row is None else alert_of(row)

    async def queue(
        self,
        *,
        handlings: Sequence[str] | None = None,
        min_severity: Severity | None = None,
        farm_id: str | None = None,
        district_id: str | None = None,
        subject_id: str | None = None,
        since: datetime | None = None,
        limit: int = 200,
    ) -> list[Alert]:
        """Return alerts that were raised, filtered, the gravest and newest first."""
        rows = await self._db.rows(
            AlertRow,
            "alerts/queue",
            handlings=None if handlings is None else [str(h) for h in handlings],
            min_severity=None if min_severity is None else int(min_severity),
            farm_id=farm_id,
            district_id=district_id,
            subject_id=subject_id,
            since=since,
            limit=limit,
        )
        return [alert_of(row) for row in rows]

    async def raised_and_told(self) -> list[Alert]:
        """Return alerts still marked raised of which a provider has accepted a message."""
        return [alert_of(row) for row in await self._db.rows(AlertRow, "alerts/told")]

    async def owed(self, since: datetime) -> list[Alert]:
        """Return alerts retracted by a person since a time whose people have not been told that."""
        return [alert_of(row) for row in await self._db.rows(AlertRow, "alerts/owed", since=since)]

    async def events(self, alert_id: str) -> list[Event]:
        """Return the audit log of one alert, in order."""
        return [event_of(row) for row in await self._db.rows(EventRow, "alerts/events", alert_id=alert_id)]

    async def places_of(self, subjects: Sequence[Subject]) -> dict[tuple[str, str], SubjectPlace]:
        """Return farm and district by (kind, id) of what findings are about."""
        rows = await self._db.rows(
            SubjectPlace,
            "alerts/subject_places",
            kinds=[str(subject.kind) for subject in subjects],
            ids=[subject.id for subject in subjects],
        )
        return {(row.kind, row.id): row for row in rows}

    async def commit(
        self, outcomes: Sequence[Outcome], messages: Sequence[Message] = (), replaces: Sequence[str] = ()
    ) -> list[Alert]:
        """Keep outcomes and messages in one transaction; return the alerts as kept.

        Parameters
        ----------
        outcomes
            Steps of different alerts.
        messages
            What people are told of these steps.
        replaces
            Ids of queued messages that these take the place of.

        Raises
        ------
        AlertConflictError
            When an alert moved on, a key was raised by another process, or a replaced message was just being sent.
        """
        try:
            async with self._db.transaction() as tx:
                for outcome in sorted((o for o in outcomes if o.changed), key=_order):
                    await _keep(tx, outcome)
                await queue_messages(tx, messages, replaces)
        except AlertConflictError:
            raise
        except StoreConflictError as exc:
            raise AlertConflictError(f"Another process was faster: {exc}") from exc
        return [outcome.alert for outcome in outcomes]

    async def commit_outcome(self, outcome: Outcome, messages: Sequence[Message] = ()) -> Alert:
        """Keep one outcome with its messages; see `commit`."""
        return (await self.commit([outcome], messages))[0]

    async def decide(self, alert_id: str, decision: Decision, *, version: int | None = None) -> Alert:
        """Load an alert, take a step of `alerts.handling` on it and keep it; return the alert after it.

        Raises
        ------
        AlertConflictError
            When `version`, the one the person was looking at, is no longer the alert's.
        StepRefusedError
            When the step does not fit.
        """
        for _ in range(DECIDE_ATTEMPTS):
            alert = await self.get(alert_id)
            if alert is None:
                raise StoreError(f"No alert has the id {alert_id}: take it from the list.")
            if version is not None and alert.version != version:
                raise AlertConflictError(MOVED_ON)
            try:
                return await self.commit_outcome(decision(alert))
            except AlertConflictError:
                continue
        raise AlertConflictError(MOVED_ON)

    async def forget_pending(self, at: datetime, unseen: timedelta) -> int:
        """Take away pending alerts that no judge confirmed within `unseen` of `at`; return how many.

        They were never raised: nobody was told and no step of them is logged.
        """
        return await self._db.execute("alerts/forget_pending", before=at - unseen, after=at + unseen)

    async def verify_chain(self) -> list[ChainProblem]:
        """Return every break of the audit log, an empty list when it is whole."""
        chained = await self._db.rows(_Chained, "alerts/chain")
        head = await self._db.one(_Head, "alerts/chain_head")
        assert head is not None
        problems, spine = _numbering(chained, head.raised), audit.GENESIS
        for start in range(0, len(chained), CHAIN_PAGE):
            page = chained[start : start + CHAIN_PAGE]
            events = await self._page(page)
            for row in page:
                own = events.get(row.alert_id, [])
                problems += audit.check(own, spine, row.version)
                spine = own[0].hash if own else spine
        if spine != head.head:
            problems.append(
                ChainProblem(alert_id="", seq=0, text="the spine's head is not the newest alert's first step")
            )
        return problems

    async def _page(self, page: Sequence[_Chained]) -> dict[str, list[Event]]:
        rows = await self._db.rows(EventRow, "alerts/chain_page", first=page[0].chain_no, last=page[-1].chain_no)
        events: dict[str, list[Event]] = {}
        for row in rows:
            events.setdefault(row.alert_id, []).append(event_of(row))
        return events


def _order(outcome: Outcome) -> tuple[bool, str]:
    """Return the order of locks: alerts by id, then the spine, which only raising needs; so nobody waits in a ring."""
    return bool(outcome.events) and outcome.events[0].seq == 1, outcome.alert.alert_id


async def _keep(tx: Executor, outcome: Outcome) -> None:
    chain_no = None
    events = outcome.events
    if events:
        head, chain_no = await _head_for(tx, outcome)
        events = audit.seal(events, head)
        if chain_no is not None:
            await tx.execute("alerts/move_chain", head=events[0].hash, raised=chain_no)
    row = row_of(outcome.alert) | {"chain_no": chain_no}
    if outcome.before_version is None:
        await tx.execute("alerts/insert", **row)
    elif await tx.execute("alerts/update", **row, before_version=outcome.before_version) != 1:
        raise AlertConflictError(MOVED_ON)
    if events:
        await tx.execute_many("alerts/insert_event", [event_row_of(event) for event in events])


async def _head_for(tx: Executor, outcome: Outcome) -> tuple[str, int | None]:
    first = outcome.events[0]
    if first.seq == 1:
        spine = await tx.one(_Head, "alerts/lock_chain")
        assert spine is not None
        return spine.head, spine.raised + 1
    head: Any = await tx.value("alerts/last_hash", alert_id=first.alert_id, seq=first.seq - 1)
    if head is None:
        raise AlertConflictError("The step before this one is not there: load the alert again.")
    return str(head), None


def _numbering(chained: Sequence[_Chained], raised: int) -> list[ChainProblem]:
    problems = [
        ChainProblem(alert_id=row.alert_id, seq=0, text=f"alert {expected} of the spine is missing before it")
        for expected, row in enumerate(chained, start=1)
        if row.chain_no != expected
    ][:1]
    if len(chained) != raised:
        problems.append(ChainProblem(alert_id="", seq=0, text=f"{raised} alerts were raised, {len(chained)} are kept"))
    return problems
