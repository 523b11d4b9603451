"""What findings and time do to an alert: `step` for a finding, `tick` for the clock; people: `alerts.handling`.

The condition axis: ACTIVE must hold for ``raise_for_s`` before an alert is raised, CLEARED for ``clear_for_s`` before
it is cleared, and UNKNOWN does neither: no data never clears anything. While an alert is open the same key never makes
a second one; a recurrence is a step of the same alert.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from alerts.model import (
    FINAL,
    SYSTEM,
    Actor,
    Alert,
    Event,
    Handling,
    Notice,
    NoticeKind,
    Outcome,
    Step,
    alert_id_of,
    facts_of,
)
from alerts.policy import Policies, Policy
from core.finding import Condition, Finding, Severity

REFRESH_AFTER = timedelta(seconds=60)
"""A fact that did not change its words is written again at most this often, to spare the database."""
_AUTO_CLOSABLE = (Handling.RAISED, Handling.NOTIFIED, Handling.ACKNOWLEDGED, Handling.DISPOSED)
_EXPIRABLE = (Handling.RAISED, Handling.NOTIFIED, Handling.ACKNOWLEDGED)


def step(alert: Alert | None, finding: Finding, *, at: datetime, policies: Policies) -> Outcome | None:
    """Return what a finding does to the open (or pending) alert of its key, None where it does nothing.

    Raises
    ------
    ValueError
        When the alert is of another key or is final: the caller looked up the wrong alert.
    """
    policy = policies.of(finding.rule)
    if alert is None:
        over = finding.valid_until is not None and finding.valid_until < at
        return _first(finding, at, policy, policies) if finding.condition is Condition.ACTIVE and not over else None
    if alert.key != finding.key or alert.handling in FINAL:
        raise ValueError(f"finding {finding.key} does not belong to alert {alert.key} ({alert.handling})")
    if finding.condition is Condition.UNKNOWN:
        return _silent(alert, clear_since=None) if alert.clear_since else None
    if finding.condition is Condition.ACTIVE:
        return _active(alert, finding, at, policy, policies)
    return _inactive(alert, finding, at, policy)


def tick(alert: Alert, *, at: datetime, policies: Policies) -> Outcome | None:
    """Return what the passing of time alone does to an open alert: expire, end a shelf, close, escalate; else None."""
    policy = policies.of(alert.rule)
    if not alert.is_open:
        return None
    if alert.valid_until is not None and alert.valid_until < at and alert.handling in _EXPIRABLE:
        return move(alert, Step.EXPIRED, at, to=Handling.EXPIRED, closed_at=at, escalate_at=None)
    if alert.shelved_until is not None and alert.shelved_until <= at:
        return _end_shelf(alert, at, policy, policies)
    if _closes(alert, at, policy):
        return move(alert, Step.CLOSED, at, to=Handling.CLOSED, note="已恢复，自动办结", closed_at=at, escalate_at=None)
    if alert.escalate_at is not None and alert.escalate_at <= at and not alert.is_shelved(at):
        return _escalate(alert, at, policies)
    return None


def move(
    alert: Alert,
    step_taken: Step,
    at: datetime,
    *,
    to: Handling | None = None,
    actor: Actor = SYSTEM,
    note: str = "",
    detail: Mapping[str, object] | None = None,
    notices: tuple[tuple[NoticeKind, int], ...] = (),
    **changes: Any,
) -> Outcome:
    """Return the outcome of one step: the alert one version on, its event, and notices of that event."""
    seq = alert.version + 1
    target = alert.handling if to is None else to
    event = Event(
        alert_id=alert.alert_id,
        seq=seq,
        at=at,
        actor=actor.id,
        actor_name=actor.name,
        step=step_taken,
        from_handling=alert.handling,
        to_handling=target,
        note=note,
        detail=dict(detail or {}),
    )
    after = replace(alert, handling=target, version=seq, **changes)
    told = tuple(Notice(kind=kind, seq=seq, level=level) for kind, level in notices)
    return Outcome(alert=after, before_version=alert.version, events=(event,), notices=told)


def notified(alert: Alert, *, at: datetime, detail: Mapping[str, object]) -> Outcome | None:
    """Return the step that a provider has accepted the first message about the alert, None when that is old news."""
    if alert.handling is not Handling.RAISED:
        return None
    return move(alert, Step.NOTIFIED, at, to=Handling.NOTIFIED, detail=detail)


def inhibit(outcome: Outcome, source_key: str) -> Outcome:
    """Return the outcome with its notices silenced by the open alert `source_key`, as one more event."""
    at = outcome.events[-1].at
    extra = move(outcome.alert, Step.INHIBITED, at, note=source_key, inhibited_by=source_key, escalate_at=None)
    return replace(outcome, alert=extra.alert, events=outcome.events + extra.events, notices=())


def release(alert: Alert, *, at: datetime, policies: Policies) -> Outcome:
    """Return the step that nothing silences the alert any more: people are told now if it is still so."""
    active = alert.condition is Condition.ACTIVE and not alert.is_shelved(at)
    notices = ((NoticeKind.RAISED, 0),) if active else ()
    changes = _told(alert, at) | _timers(alert, at, policies) if active else {}
    return move(alert, Step.RELEASED, at, notices=notices, inhibited_by=None, **changes)


def _first(finding: Finding, at: datetime, policy: Policy, policies: Policies) -> Outcome:
    born = Alert(
        alert_id=alert_id_of(finding.key, at),
        key=finding.key,
        rule=finding.rule,
        subject=finding.subject,
        condition=Condition.ACTIVE,
        handling=Handling.PENDING,
        first_active_at=at,
        last_active_at=at,
        pending_since=at,
        **facts_of(finding),
    )
    if policy.raise_for_s > 0:
        return Outcome(alert=born, before_version=None)
    return replace(_raise(born, at, policies), before_version=None)


def _raise(alert: Alert, at: datetime, policies: Policies) -> Outcome:
    return move(
        alert,
        Step.RAISED,
        at,
        to=Handling.RAISED,
        note=alert.reason_zh,
        detail={"severity": alert.severity.name.lower(), "rule_version": alert.rule_version},
        notices=((NoticeKind.RAISED, 0),),
        raised_at=at,
        pending_since=None,
        condition=Condition.ACTIVE,
        **_told(alert, at),
        **_timers(alert, at, policies),
    )


def _active(alert: Alert, finding: Finding, at: datetime, policy: Policy, policies: Policies) -> Outcome | None:
    fresh = replace(alert, last_active_at=at, clear_since=None, **facts_of(finding))
    if alert.handling is Handling.PENDING:
        return _pending(fresh, at, policy, policies)
    if alert.condition is Condition.CLEARED:
        return _recur(alert, fresh, at, policy, policies)
    if fresh.severity > alert.severity:
        return _worsen(alert, fresh, at, policies)
    if fresh.severity < alert.severity:
        return _ease(alert, fresh, at, policies)
    worded_anew = fresh.reason_zh != alert.reason_zh or alert.clear_since is not None
    if worded_anew or at - alert.last_active_at >= REFRESH_AFTER:
        return Outcome(alert=fresh, before_version=alert.version)
    return None


def _pending(fresh: Alert, at: datetime, policy: Policy, policies: Policies) -> Outcome:
    since = min(fresh.pending_since or at, at)  # a clock set back must not put the alert off
    if (at - since).total_seconds() >= policy.raise_for_s:
        return _raise(replace(fresh, first_active_at=since), at, policies)
    return Outcome(alert=replace(fresh, pending_since=since), before_version=fresh.version)


def _worsen(before: Alert, fresh: Alert, at: datetime, policies: Policies) -> Outcome:
    tell = fresh.told_severity is None or fresh.severity > fresh.told_severity
    silent = before.inhibited_by is not None or before.is_shelved(at)
    changes = _told(fresh, at) | _timers(fresh, at, policies) if tell and not silent else {}
    notices = ((NoticeKind.WORSENED, 0),) if tell and not silent else ()
    detail = _colours(before, fresh)
    return move(fresh, Step.WORSENED, at, note=fresh.reason_zh, detail=detail, notices=notices, **changes)


def _ease(before: Alert, fresh: Alert, at: datetime, policies: Policies) -> Outcome:
    """Return the step to a lighter colour; a timer that the lighter colour's plan does not have is stopped."""
    planned = fresh.escalation_level + 1 < len(policies.steps_of(fresh.rule, fresh.severity))
    timer = fresh.escalate_at if planned else None
    return move(fresh, Step.EASED, at, note=fresh.reason_zh, detail=_colours(before, fresh), escalate_at=timer)


def _recur(before: Alert, fresh: Alert, at: datetime, policy: Policy, policies: Policies) -> Outcome:
    graver = before.told_severity is None or fresh.severity > before.told_severity
    old_news = before.told_at is not None and abs((at - before.told_at).total_seconds()) < policy.renotify_s
    silent = before.inhibited_by is not None or before.is_shelved(at) or (old_news and not graver)
    disposed = before.handling is Handling.DISPOSED
    again = Handling.NOTIFIED if disposed else before.handling
    # What was done did not last: whoever is there may take it; the log keeps who had disposed of it and how.
    freed: dict[str, Any] = {"assignee": None, "assignee_name": None, "disposal": None} if disposed else {}
    return move(
        fresh,
        Step.RECURRED,
        at,
        to=again,
        note=fresh.reason_zh,
        detail=_colours(before, fresh),
        notices=() if silent else ((NoticeKind.RECURRED, 0),),
        condition=Condition.ACTIVE,
        cleared_at=None,
        **freed,
        **({} if silent else _told(fresh, at) | _timers(fresh, at, policies)),
    )


def _inactive(alert: Alert, finding: Finding, at: datetime, policy: Policy) -> Outcome | None:
    if alert.handling is Handling.PENDING:
        return _silent(alert, pending_since=None) if alert.pending_since else None
    if alert.condition is Condition.CLEARED:
        return None
    if finding.values.get("retracts"):
        return move(
            alert, Step.RETRACTED, at, to=Handling.RETRACTED, note=finding.reason_zh, closed_at=at, escalate_at=None,
            notices=((NoticeKind.RETRACTED, 0),) if alert.told_at else (),
        )  # fmt: skip
    since = min(alert.clear_since or at, at)
    if (at - since).total_seconds() < policy.clear_for_s:
        return _silent(alert, clear_since=since) if alert.clear_since is None else None
    return _clear(alert, finding, at, policy)


def _clear(alert: Alert, finding: Finding, at: datetime, policy: Policy) -> Outcome:
    tells = policy.tell_clear and alert.told_at is not None and not alert.told_clear and not alert.is_shelved(at)
    return move(
        alert,
        Step.CLEARED,
        at,
        note=finding.reason_zh,
        notices=((NoticeKind.CLEARED, 0),) if tells and alert.inhibited_by is None else (),
        condition=Condition.CLEARED,
        cleared_at=at,
        clear_since=None,
        escalate_at=None,
        told_clear=alert.told_clear or tells,
    )


def _escalate(alert: Alert, at: datetime, policies: Policies) -> Outcome:
    steps, level = policies.steps_of(alert.rule, alert.severity), alert.escalation_level + 1
    if level >= len(steps):  # the plan file was shortened meanwhile
        return _silent(alert, escalate_at=None)
    following = steps[level + 1].after_s - steps[level].after_s if level + 1 < len(steps) else None
    return move(
        alert,
        Step.ESCALATED,
        at,
        detail={"level": level, "tell": list(steps[level].tell)},
        notices=((NoticeKind.ESCALATED, level),),
        escalation_level=level,
        escalate_at=None if following is None else at + timedelta(seconds=following),
    )


def _end_shelf(alert: Alert, at: datetime, policy: Policy, policies: Policies) -> Outcome:
    active = alert.condition is Condition.ACTIVE and alert.inhibited_by is None
    unseen = alert.handling in (Handling.RAISED, Handling.NOTIFIED)
    notices = ((NoticeKind.RAISED, 0),) if active and unseen else ()
    changes = _told(alert, at) | _timers(alert, at, policies) if notices else {}
    return move(alert, Step.UNSHELVED, at, notices=notices, shelved_until=None, shelve_reason="", **changes)


def _closes(alert: Alert, at: datetime, policy: Policy) -> bool:
    if alert.condition is not Condition.CLEARED or alert.cleared_at is None or alert.handling not in _AUTO_CLOSABLE:
        return False
    if policy.needs_disposal and alert.handling is not Handling.DISPOSED:
        return False
    open_recognition = alert.recognition is not None and alert.recognition.state == "proposed"
    return not open_recognition and (at - alert.cleared_at).total_seconds() >= policy.close_after_s


def _told(alert: Alert, at: datetime) -> dict[str, Any]:
    graver = alert.severity if alert.told_severity is None else max(alert.severity, alert.told_severity)
    return {"told_severity": graver, "told_at": at, "told_clear": False}


def _timers(alert: Alert, at: datetime, policies: Policies) -> dict[str, Any]:
    steps = policies.steps_of(alert.rule, alert.severity)
    due = at + timedelta(seconds=steps[1].after_s) if len(steps) > 1 else None
    return {"escalation_level": 0, "escalate_at": due}


def _colours(before: Alert, after: Alert) -> dict[str, Any]:
    def word(severity: Severity) -> str:
        return severity.name.lower()

    return {"from": word(before.severity), "to": word(after.severity)}


def _silent(alert: Alert, **changes: Any) -> Outcome:
    return Outcome(alert=replace(alert, **changes), before_version=alert.version)
