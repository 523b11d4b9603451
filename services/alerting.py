"""The alert desk: takes findings, keeps what follows from them, and moves the timers of open alerts.

One pass is: load the open alerts of the findings' keys, take the pure step of each, silence what is inhibited, find out
who is told, and keep everything in one transaction. When a person was faster the whole pass is decided again.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from alerts import lifecycle
from alerts.directory import Scope, ScopeKind
from alerts.inhibition import silenced_by
from alerts.model import FINAL, Alert, Handling, Notice, NoticeKind, Outcome, Step
from alerts.notify import GroupState, Mail, Told, Waiting, group_key, mail_of
from alerts.rules import AlertRules
from core.finding import Condition, Finding, Subject, SubjectKind
from store.alerts import AlertConflictError
from store.errors import StoreConflictError

log = logging.getLogger(__name__)
ATTEMPTS = 5
"""How often a pass is decided anew when people keep moving its alerts."""
UNSEEN_AFTER = timedelta(seconds=120)
"""Twenty-four passes of the watch at its usual period of 5 s; value ours."""
GROUP_MEMORY = timedelta(hours=1)
"""How far back the outbox is asked when a group was last told; longer than any ``update_s``."""


@dataclass(frozen=True, kw_only=True)
class Applied:
    """What one pass did, in counts."""

    raised: int = 0
    changed: int = 0
    cleared: int = 0
    messages: int = 0
    unheard: int = 0


@dataclass(frozen=True, kw_only=True)
class Home:
    """Where findings belong whose subject the database knows no district of (boats, areas)."""

    district_id: str = "dongtou"


class AlertDesk:
    """Applies findings to alerts; several desks may work on one database.

    Parameters
    ----------
    home
        Where findings without a known district belong.
    drill
        Whether every new alert is part of a drill.
    unseen
        A pending alert that no judge confirmed for so long vanishes; at least some periods of the watch.
    """

    def __init__(
        self,
        store: Any,
        rules: AlertRules,
        *,
        home: Home | None = None,
        drill: bool = False,
        unseen: timedelta = UNSEEN_AFTER,
    ) -> None:
        self._store = store
        self._unseen = unseen
        self._rules = rules
        self._home = home or Home()
        self._drill = drill

    async def open_keys(self) -> frozenset[str]:
        """Return the keys whose alert is open and active, for the rules' hysteresis."""
        keys: frozenset[str] = await self._store.alerts.open_keys()
        return keys

    async def apply(self, findings: Sequence[Finding], at: datetime) -> Applied:
        """Keep what follows from the findings; of several findings with one key the gravest counts."""
        await self._store.alerts.forget_pending(at, self._unseen)
        newest = _gravest(findings)
        if not newest:
            return Applied()

        async def decide() -> list[Outcome]:
            known = await self._store.alerts.not_final(sorted(newest))
            return [out for key, finding in newest.items() if (out := self._step(known.get(key), finding, at))]

        return await self._keep(decide, at)

    async def tick(self, at: datetime) -> Applied:
        """Move timers: expiry, shelves, closing, escalation, released inhibitions, first accepted messages."""

        async def decide() -> list[Outcome]:
            alerts = await self._store.alerts.open_alerts()
            told = {alert.alert_id for alert in await self._store.alerts.raised_and_told()}
            return [out for alert in alerts if (out := self._tick_one(alert, alerts, told, at))]

        applied = await self._keep(decide, at)
        await self._tell_retractions(at)
        return applied

    async def _tell_retractions(self, at: datetime) -> None:
        """Tell people that what they were told of was retracted by a person (whose page sends nothing itself)."""
        owed = await self._store.alerts.owed(at - GROUP_MEMORY)
        if not owed:
            return
        await self._store.outbox.cancel_for([alert.alert_id for alert in owed])
        told = [_retracted(alert) for alert in owed]
        mail = await self._write(told, at)
        if mail.messages:
            try:
                await self._store.outbox.queue(mail.messages)
            except StoreConflictError:
                log.info("another desk told of a retraction")

    def _step(self, alert: Alert | None, finding: Finding, at: datetime) -> Outcome | None:
        outcome = lifecycle.step(alert, finding, at=at, policies=self._rules.policies)
        if outcome is None or alert is not None:
            return outcome
        return replace(outcome, alert=replace(outcome.alert, drill=self._drill))

    def _tick_one(self, alert: Alert, alerts: Sequence[Alert], told: set[str], at: datetime) -> Outcome | None:
        policies = self._rules.policies
        if alert.inhibited_by is not None and silenced_by(alert, alerts, policies.inhibitions) is None:
            return lifecycle.release(alert, at=at, policies=policies)
        moved = lifecycle.tick(alert, at=at, policies=policies)
        if moved is None and alert.alert_id in told:
            return lifecycle.notified(alert, at=at, detail={})
        return moved

    async def _keep(self, decide: Callable[[], Any], at: datetime) -> Applied:
        for attempt in range(1, ATTEMPTS + 1):
            outcomes = await self._silence(await self._place(await decide()))
            mail = await self._mail(outcomes, at)
            try:
                await self._store.alerts.commit(outcomes, mail.messages, mail.replaces)
            except AlertConflictError:
                if attempt == ATTEMPTS:
                    raise
                continue
            await self._drop_stale(outcomes)
            return _count(outcomes, mail)
        raise AssertionError("unreachable")

    async def _place(self, outcomes: list[Outcome]) -> list[Outcome]:
        """Return the outcomes with farm and district filled in where the alert is new."""
        fresh = [out.alert.subject for out in outcomes if out.before_version is None]
        if not fresh:
            return outcomes
        places = await self._store.alerts.places_of(fresh)
        return [self._placed(out, places) if out.before_version is None else out for out in outcomes]

    def _placed(self, outcome: Outcome, places: Any) -> Outcome:
        subject = outcome.alert.subject
        place = places.get((str(subject.kind), subject.id))
        farm_id = place.farm_id if place else None
        district_id = (place.district_id if place else None) or self._home.district_id
        return replace(outcome, alert=replace(outcome.alert, farm_id=farm_id, district_id=district_id))

    async def _silence(self, outcomes: list[Outcome]) -> list[Outcome]:
        """Return the outcomes with those silenced that an open alert, or one of this very pass, inhibits."""
        speaking = [out for out in outcomes if any(n.kind in _INHIBITABLE for n in out.notices)]
        if not speaking or not self._rules.policies.inhibitions:
            return outcomes
        now = {alert.key: alert for alert in await self._store.alerts.open_alerts()}
        now |= {out.alert.key: out.alert for out in outcomes}
        return [self._silenced(out, now.values()) if out in speaking else out for out in outcomes]

    def _silenced(self, outcome: Outcome, others: Iterable[Alert]) -> Outcome:
        source = silenced_by(outcome.alert, others, self._rules.policies.inhibitions)
        if source is None:
            return outcome
        quiet = replace(outcome.alert, told_severity=None, told_at=None)
        return lifecycle.inhibit(replace(outcome, alert=quiet), source.key)

    async def _mail(self, outcomes: Sequence[Outcome], at: datetime) -> Mail:
        told = [
            Told(alert=out.alert, notice=notice, scopes=scopes_of(out.alert))
            for out in outcomes
            for notice in out.notices
        ]
        mail = await self._write(told, at)
        for item in mail.unheard:
            log.warning("nobody to tell", extra={"alert_key": item.alert.key, "notice": str(item.notice.kind)})
        return mail

    async def _write(self, told: Sequence[Told], at: datetime) -> Mail:
        if not told:
            return Mail()
        directory = await self._store.contacts.directory({scope for item in told for scope in item.scopes}, at)
        groups = await self._groups(sorted({group_key(item, self._rules) for item in told}), at)
        return mail_of(told, directory, groups, self._rules, at)

    async def _groups(self, keys: list[str], at: datetime) -> GroupState:
        rows = await self._store.outbox.waiting(keys)
        last = await self._store.outbox.last_told(keys, at - GROUP_MEMORY)
        return GroupState(
            waiting={(r.contact_id, r.address, r.group_key): await self._waiting(r) for r in rows},
            last={(r.contact_id, r.address, r.group_key): (r.at, 5 - r.priority) for r in last},
        )

    async def _waiting(self, row: Any) -> Waiting:
        told = []
        for alert_id, seq in zip(row.alert_ids, row.seqs, strict=True):
            alert = await self._store.alerts.get(alert_id)
            notice = Notice(kind=NoticeKind.RAISED, seq=seq, level=0)
            told.append(Told(alert=alert, notice=notice, scopes=()))
        return Waiting(message_id=row.message_id, told=tuple(told), due_at=row.due_at)

    async def _drop_stale(self, outcomes: Sequence[Outcome]) -> None:
        """Cancel what was still to be said of alerts that are over by other ways than clearing."""
        over = [
            o.alert.alert_id for o in outcomes if o.alert.handling in FINAL and o.alert.handling is not Handling.CLOSED
        ]
        kept = {o.alert.alert_id for o in outcomes if o.notices}
        if stale := [alert_id for alert_id in over if alert_id not in kept]:
            await self._store.outbox.cancel_for(stale)


def _retracted(alert: Alert) -> Told:
    notice = Notice(kind=NoticeKind.RETRACTED, seq=alert.version, level=0)
    return Told(alert=alert, notice=notice, scopes=scopes_of(alert))


_INHIBITABLE = (NoticeKind.RAISED, NoticeKind.WORSENED, NoticeKind.RECURRED)


def scopes_of(alert: Alert) -> tuple[Scope, ...]:
    """Return what people can answer for in an alert: its cage, farm, boat, group and district."""
    subject, found = alert.subject, []
    if subject.kind in (SubjectKind.CAGE, SubjectKind.SENSOR, SubjectKind.FORECAST):
        found.append(Scope(kind=ScopeKind.CAGE, id=subject.id.split(".")[0]))
    if subject.kind in (SubjectKind.VESSEL, SubjectKind.TARGET):
        found += [Scope(kind=ScopeKind.VESSEL, id=mmsi) for mmsi in _numbers(alert)]
    if group := alert.values.get("group"):
        found.append(Scope(kind=ScopeKind.GROUP, id=str(group)))
    if alert.farm_id:
        found.append(Scope(kind=ScopeKind.FARM, id=alert.farm_id))
    if alert.district_id:
        found.append(Scope(kind=ScopeKind.DISTRICT, id=alert.district_id))
    return tuple(dict.fromkeys(found))


def _numbers(alert: Alert) -> list[str]:
    """Return the MMSIs an alert is about: `412345678`, `412345678-2` (second boat), `4123…-4130…` (a pair)."""
    parts = alert.subject.id.removeprefix("mmsi:").split("-")
    return [part for part in parts if part.isdigit() and len(part) == 9] or [parts[0]]


def _gravest(findings: Iterable[Finding]) -> dict[str, Finding]:
    rank = {Condition.ACTIVE: 2, Condition.CLEARED: 1, Condition.UNKNOWN: 0}
    chosen: dict[str, Finding] = {}
    for finding in findings:
        other = chosen.get(finding.key)
        if other is None or (rank[finding.condition], finding.severity) > (rank[other.condition], other.severity):
            chosen[finding.key] = finding
    return chosen


def _count(outcomes: Sequence[Outcome], mail: Mail) -> Applied:
    steps = [event.step for outcome in outcomes for event in outcome.events]
    return Applied(
        raised=steps.count(Step.RAISED),
        changed=sum(bool(outcome.events) for outcome in outcomes),
        cleared=steps.count(Step.CLEARED),
        messages=len(mail.messages),
        unheard=len(mail.unheard),
    )


__all__ = ["AlertDesk", "Applied", "Home", "Subject", "scopes_of"]
