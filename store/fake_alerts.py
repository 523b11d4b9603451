"""Alerts in memory, held to `store.alerts` by the contract suite; a decision on an old version is refused here too."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from alerts import audit
from alerts.audit import ChainProblem
from alerts.message import Message
from alerts.model import FINAL, OPEN, Alert, Event, Handling, Outcome
from core.errors import StoreError
from core.finding import Condition, Severity, Subject, SubjectKind
from store.alerts import DECIDE_ATTEMPTS, MOVED_ON, AlertConflictError, Decision, SubjectPlace
from store.errors import StoreConflictError
from store.fake_outbox import FakeOutbox
from store.fake_places import FakePlaces


class FakeAlerts:
    """`store.alerts.Alerts` on dictionaries."""

    def __init__(self, outbox: FakeOutbox, places: FakePlaces) -> None:
        self._outbox, self._places = outbox, places
        self._alerts: dict[str, Alert] = {}
        self._events: dict[str, list[Event]] = {}
        self._order: list[str] = []

    async def open_keys(self) -> frozenset[str]:
        """Return the keys whose alert is open and active."""
        return frozenset(a.key for a in self._open() if a.condition is Condition.ACTIVE)

    async def not_final(self, keys: Sequence[str] | None = None) -> dict[str, Alert]:
        """Return the open and pending alerts by key, of all keys or of the given ones."""
        found = sorted((a for a in self._alerts.values() if a.handling not in FINAL), key=lambda a: a.key)
        return {a.key: a for a in found if keys is None or a.key in keys}

    async def open_alert(self, key: str) -> Alert | None:
        """Return the open or pending alert of a key."""
        return (await self.not_final([key])).get(key)

    async def open_alerts(self) -> list[Alert]:
        """Return every open alert, the gravest and newest first."""
        return _ranked(self._open())

    async def get(self, alert_id: str) -> Alert | None:
        """Return one alert."""
        return self._alerts.get(alert_id)

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
        wanted = {"farm_id": farm_id, "district_id": district_id}
        rows = [
            a
            for a in self._alerts.values()
            if a.raised_at is not None
            and (handlings is None or a.handling in handlings)
            and (min_severity is None or a.severity >= min_severity)
            and all(value is None or getattr(a, name) == value for name, value in wanted.items())
            and (subject_id is None or a.subject.id == subject_id)
            and (since is None or a.raised_at >= since)
        ]
        return _ranked(rows)[:limit]

    async def raised_and_told(self) -> list[Alert]:
        """Return alerts still marked raised of which a provider has accepted a message."""
        told = self._outbox.told_alerts()
        return [a for a in self._open() if a.handling is Handling.RAISED and a.alert_id in told]

    async def owed(self, since: datetime) -> list[Alert]:
        """Return alerts retracted by a person since a time whose people have not been told that."""
        steps = self._outbox.steps()
        return [
            a
            for a in self._alerts.values()
            if a.handling is Handling.RETRACTED
            and a.told_at is not None
            and a.closed_at is not None
            and a.closed_at > since
            and (a.alert_id, a.version) not in steps
        ]

    async def events(self, alert_id: str) -> list[Event]:
        """Return the audit log of one alert."""
        return list(self._events.get(alert_id, []))

    async def places_of(self, subjects: Sequence[Subject]) -> dict[tuple[str, str], SubjectPlace]:
        """Return farm and district by (kind, id)."""
        districts = {farm.farm_id: farm.district_id for farm in await self._places.farms()}
        return {(str(s.kind), s.id): self._place(s, districts) for s in subjects}

    async def commit(
        self, outcomes: Sequence[Outcome], messages: Sequence[Message] = (), replaces: Sequence[str] = ()
    ) -> list[Alert]:
        """Keep outcomes and messages, all or nothing."""
        changed = [o for o in outcomes if o.changed]
        for outcome in changed:
            self._check(outcome)
        try:
            self._outbox.keep(messages, replaces)
        except StoreConflictError as exc:
            raise AlertConflictError(f"Another process was faster: {exc}") from exc
        for outcome in changed:
            self._keep(outcome)
        return [o.alert for o in outcomes]

    async def commit_outcome(self, outcome: Outcome, messages: Sequence[Message] = ()) -> Alert:
        """Keep one outcome with its messages."""
        return (await self.commit([outcome], messages))[0]

    async def decide(self, alert_id: str, decision: Decision, *, version: int | None = None) -> Alert:
        """Load an alert, take a step on it and keep it."""
        for _ in range(DECIDE_ATTEMPTS):
            alert = self._alerts.get(alert_id)
            if alert is None:
                raise StoreError(f"No alert has the id {alert_id}: take it from the list.")
            if version is not None and alert.version != version:
                raise AlertConflictError(MOVED_ON)
            return await self.commit_outcome(decision(alert))
        raise AlertConflictError(MOVED_ON)

    async def forget_pending(self, at: datetime, unseen: timedelta) -> int:
        """Take away pending alerts that no judge confirmed lately; return how many."""
        gone = [
            a.alert_id
            for a in self._alerts.values()
            if a.handling is Handling.PENDING and abs(at - a.last_active_at) > unseen
        ]
        for alert_id in gone:
            del self._alerts[alert_id]
        return len(gone)

    async def verify_chain(self) -> list[ChainProblem]:
        """Return every break of the audit log."""
        problems, spine = [], audit.GENESIS
        for alert_id in self._order:
            events = self._events[alert_id]
            problems += audit.check(events, spine, self._alerts[alert_id].version)
            spine = events[0].hash
        return problems

    def _open(self) -> list[Alert]:
        return [a for a in self._alerts.values() if a.handling in OPEN]

    def _check(self, outcome: Outcome) -> None:
        known = self._alerts.get(outcome.alert.alert_id)
        if outcome.before_version is None:
            others = (a for a in self._alerts.values() if a.key == outcome.alert.key and a.handling not in FINAL)
            if known is not None or any(others):
                raise AlertConflictError(f"Another process was faster: {outcome.alert.key} is open already")
        elif known is None or known.version != outcome.before_version:
            raise AlertConflictError(MOVED_ON)

    def _keep(self, outcome: Outcome) -> None:
        log = self._events.setdefault(outcome.alert.alert_id, [])
        if outcome.events:
            first = not log
            spine = self._events[self._order[-1]][0].hash if self._order else audit.GENESIS
            log += audit.seal(outcome.events, spine if first else log[-1].hash)
            if first:
                self._order.append(outcome.alert.alert_id)
        self._alerts[outcome.alert.alert_id] = outcome.alert

    def _place(self, subject: Subject, districts: dict[str, str]) -> SubjectPlace:
        kinds = (SubjectKind.CAGE, SubjectKind.SENSOR, SubjectKind.FORECAST)
        cage = subject.id.split(".")[0]
        row = self._places.cage_rows.get(cage)
        farm_id = (row.farm_id if row else None) if subject.kind in kinds else subject.id
        known = farm_id if farm_id in districts else None
        return SubjectPlace(
            kind=str(subject.kind), id=subject.id, farm_id=known, district_id=districts.get(known or "")
        )


def _ranked(alerts: Sequence[Alert]) -> list[Alert]:
    newest = sorted(alerts, key=lambda a: a.raised_at or a.first_active_at, reverse=True)
    return sorted(newest, key=lambda a: -a.severity)
