"""What an alert is: its two axes, its steps, and what one step leaves behind.

An alert has a *condition* (is the thing so?) and a *handling* (what have people done about it?). The condition moves
with findings, the handling with people and timers; neither ever stands for the other.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from core.errors import AppError
from core.finding import Condition, Evidence, Finding, Place, Severity, Subject

ALERT_NAMESPACE = uuid.UUID("6f2b6c1e-5f6e-5a0b-9a53-7c1d9f8e2a10")
"""Namespace of alert and message ids: the same alert or message always gets the same id, so a repeat is seen."""


class Handling(StrEnum):
    """How far people are with an alert; the last four are final."""

    PENDING = "pending"
    RAISED = "raised"
    NOTIFIED = "notified"
    ACKNOWLEDGED = "acknowledged"
    IN_DISPOSAL = "in_disposal"
    DISPOSED = "disposed"
    CLOSED = "closed"
    RETRACTED = "retracted"
    EXPIRED = "expired"
    MERGED = "merged"

    @property
    def zh(self) -> str:
        """Return the Chinese word shown to people."""
        return _HANDLING_ZH[self]


_HANDLING_ZH = {
    Handling.PENDING: "观察中",
    Handling.RAISED: "已发现",
    Handling.NOTIFIED: "已通知",
    Handling.ACKNOWLEDGED: "已确认",
    Handling.IN_DISPOSAL: "处置中",
    Handling.DISPOSED: "已处置",
    Handling.CLOSED: "已办结",
    Handling.RETRACTED: "已撤回",
    Handling.EXPIRED: "已过期",
    Handling.MERGED: "已并案",
}
FINAL = frozenset({Handling.CLOSED, Handling.RETRACTED, Handling.EXPIRED, Handling.MERGED})
OPEN = frozenset(Handling) - FINAL - {Handling.PENDING}


class Step(StrEnum):
    """What happened to an alert; every step but the silent refresh is one event of the audit log."""

    RAISED = "raised"
    WORSENED = "worsened"
    EASED = "eased"
    CLEARED = "cleared"
    RECURRED = "recurred"
    NOTIFIED = "notified"
    ESCALATED = "escalated"
    INHIBITED = "inhibited"
    RELEASED = "released"
    ACKNOWLEDGED = "acknowledged"
    TAKEN = "taken"
    HANDED_OVER = "handed_over"
    DISPOSED = "disposed"
    REOPENED = "reopened"
    CLOSED = "closed"
    SHELVED = "shelved"
    UNSHELVED = "unshelved"
    RETRACTED = "retracted"
    EXPIRED = "expired"
    MERGED = "merged"
    NOTED = "noted"
    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"


class StepRefusedError(AppError):
    """A step does not fit the alert's state or the person: the text says which step is possible instead."""


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Who takes a step: a person with a role of the house, or the system itself."""

    id: str
    name: str
    role: str


SYSTEM = Actor(id="system", name="系统", role="system")


@dataclass(frozen=True, kw_only=True)
class Disposal:
    """What was done about an alert, by whom, with what proof (photos and files by reference)."""

    done: str
    by: str
    by_name: str
    at: datetime
    false_alarm: bool = False
    attachments: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Recognition:
    """认定: what one officer proposed after boarding, and who of the others confirmed or rejected it."""

    result: str
    basis: str
    proposed_by: str
    proposed_at: datetime
    state: str = "proposed"
    decided_by: str | None = None
    decided_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Alert:
    """One trouble while it is open, and its record afterwards.

    Parameters
    ----------
    version
        Counts the events; a step that was decided on an older version is refused by the store.
    pending_since, clear_since
        Since when the condition has been so without a break, for the delays before raising and clearing.
    told_severity, told_at, told_clear
        The gravest colour people were told, when, and whether they were told that it is over.
    escalation_level, escalate_at
        The last step of the escalation plan carried out, and when the next one is due.
    """

    alert_id: str
    key: str
    rule: str
    rule_version: str
    subject: Subject
    severity: Severity
    condition: Condition
    handling: Handling
    first_active_at: datetime
    last_active_at: datetime
    observed_at: datetime
    reason_zh: str
    reason_en: str
    advice_zh: str = ""
    advice_en: str = ""
    raised_at: datetime | None = None
    cleared_at: datetime | None = None
    closed_at: datetime | None = None
    pending_since: datetime | None = None
    clear_since: datetime | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    place: Place | None = None
    probability: float | None = None
    values: Mapping[str, float | str | None] = field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()
    farm_id: str | None = None
    district_id: str | None = None
    assignee: str | None = None
    assignee_name: str | None = None
    told_severity: Severity | None = None
    told_at: datetime | None = None
    told_clear: bool = False
    escalation_level: int = 0
    escalate_at: datetime | None = None
    inhibited_by: str | None = None
    shelved_until: datetime | None = None
    shelve_reason: str = ""
    disposal: Disposal | None = None
    recognition: Recognition | None = None
    merged_into: str | None = None
    drill: bool = False
    version: int = 0

    @property
    def is_open(self) -> bool:
        """Return whether people still have to do with it."""
        return self.handling in OPEN

    def is_shelved(self, at: datetime) -> bool:
        """Return whether somebody put it aside until after `at`."""
        return self.shelved_until is not None and self.shelved_until > at


@dataclass(frozen=True, kw_only=True)
class Event:
    """One step of one alert; `seq` counts from 1, hashes are filled by `alerts.audit` when the step is kept."""

    alert_id: str
    seq: int
    at: datetime
    actor: str
    actor_name: str
    step: Step
    from_handling: Handling
    to_handling: Handling
    note: str = ""
    detail: Mapping[str, object] = field(default_factory=dict)
    prev_hash: str = ""
    hash: str = ""


class NoticeKind(StrEnum):
    """Why people are told something."""

    RAISED = "raised"
    WORSENED = "worsened"
    RECURRED = "recurred"
    ESCALATED = "escalated"
    CLEARED = "cleared"
    RETRACTED = "retracted"


@dataclass(frozen=True, kw_only=True)
class Notice:
    """That people have to be told of one event (`seq`) of an alert, at one level of the escalation plan."""

    kind: NoticeKind
    seq: int
    level: int


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What one step leaves: the alert after it, its events, and who has to be told.

    `before_version` is the version the step was decided on, None for a new alert. Without events the outcome is a
    silent refresh (newer facts, same version); `changed` tells whether there is anything to keep at all.
    """

    alert: Alert
    before_version: int | None
    events: tuple[Event, ...] = ()
    notices: tuple[Notice, ...] = ()
    changed: bool = True


def alert_id_of(key: str, first_active_at: datetime) -> str:
    """Return the id of the alert that a key gets when it becomes active at this instant."""
    return str(uuid.uuid5(ALERT_NAMESPACE, f"{key}@{first_active_at.isoformat()}"))


def facts_of(finding: Finding) -> dict[str, Any]:
    """Return the fields of an alert that follow its newest finding."""
    return {
        "rule_version": finding.rule_version,
        "severity": finding.severity,
        "observed_at": finding.observed_at,
        "reason_zh": finding.reason_zh,
        "reason_en": finding.reason_en,
        "advice_zh": finding.advice_zh,
        "advice_en": finding.advice_en,
        "valid_from": finding.valid_from,
        "valid_until": finding.valid_until,
        "place": finding.place,
        "probability": finding.probability,
        "values": dict(finding.values),
        "evidence": finding.evidence,
    }
