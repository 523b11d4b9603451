"""Alerts and events as rows of the database and back; used by the asynchronous and the synchronous side alike."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from alerts.model import Alert, Disposal, Event, Handling, Recognition, Step
from core.finding import Condition, Evidence, Place, Severity, Subject, SubjectKind
from store.database import jsonb


@dataclass(frozen=True, kw_only=True)
class AlertRow:
    """One row of ``alert`` as the queries of ``store/queries/alerts`` select it."""

    alert_id: str
    key: str
    rule: str
    rule_version: str
    subject_kind: str
    subject_id: str
    subject_name: str
    severity: int
    condition: str
    handling: str
    first_active_at: datetime
    last_active_at: datetime
    observed_at: datetime
    raised_at: datetime | None
    cleared_at: datetime | None
    closed_at: datetime | None
    pending_since: datetime | None
    clear_since: datetime | None
    valid_from: datetime | None
    valid_until: datetime | None
    lat_deg: float | None
    lon_deg: float | None
    probability: float | None
    reason_zh: str
    reason_en: str
    advice_zh: str
    advice_en: str
    values: dict[str, Any]
    evidence: list[dict[str, Any]]
    farm_id: str | None
    district_id: str | None
    assignee: str | None
    assignee_name: str | None
    told_severity: int | None
    told_at: datetime | None
    told_clear: bool
    escalation_level: int
    escalate_at: datetime | None
    inhibited_by: str | None
    shelved_until: datetime | None
    shelve_reason: str
    disposal: dict[str, Any] | None
    recognition: dict[str, Any] | None
    merged_into: str | None
    drill: bool
    version: int


@dataclass(frozen=True, kw_only=True)
class EventRow:
    """One row of ``alert_event``."""

    alert_id: str
    seq: int
    at: datetime
    actor: str
    actor_name: str
    step: str
    from_handling: str
    to_handling: str
    note: str
    detail: dict[str, Any]
    prev_hash: str
    hash: str


_PLAIN = frozenset(field.name for field in fields(AlertRow)) & frozenset(field.name for field in fields(Alert))


def alert_of(row: AlertRow) -> Alert:
    """Return the alert that a row keeps."""
    plain = {name: getattr(row, name) for name in _PLAIN}
    place = None
    if row.lat_deg is not None and row.lon_deg is not None:
        place = Place(lat_deg=row.lat_deg, lon_deg=row.lon_deg)
    return Alert(
        **plain
        | {
            "subject": Subject(kind=SubjectKind(row.subject_kind), id=row.subject_id, name=row.subject_name),
            "severity": Severity(row.severity),
            "told_severity": None if row.told_severity is None else Severity(row.told_severity),
            "condition": Condition(row.condition),
            "handling": Handling(row.handling),
            "place": place,
            "evidence": tuple(_evidence(item) for item in row.evidence),
            "disposal": _disposal(row.disposal),
            "recognition": _recognition(row.recognition),
        }
    )


def row_of(alert: Alert) -> dict[str, Any]:
    """Return an alert as named parameters of the queries ``alerts/insert`` and ``alerts/update``."""
    plain = {name: getattr(alert, name) for name in _PLAIN}
    return plain | {
        "subject_kind": str(alert.subject.kind),
        "subject_id": alert.subject.id,
        "subject_name": alert.subject.name,
        "severity": int(alert.severity),
        "told_severity": None if alert.told_severity is None else int(alert.told_severity),
        "condition": str(alert.condition),
        "handling": str(alert.handling),
        "lat_deg": alert.place.lat_deg if alert.place else None,
        "lon_deg": alert.place.lon_deg if alert.place else None,
        "values": jsonb(dict(alert.values)),
        "evidence": jsonb([_plain(asdict(item)) for item in alert.evidence]),
        "disposal": jsonb(_plain(asdict(alert.disposal))) if alert.disposal else None,
        "recognition": jsonb(_plain(asdict(alert.recognition))) if alert.recognition else None,
    }


def event_of(row: EventRow) -> Event:
    """Return the event that a row keeps."""
    values = {field.name: getattr(row, field.name) for field in fields(EventRow)}
    return Event(
        **values
        | {
            "step": Step(row.step),
            "from_handling": Handling(row.from_handling),
            "to_handling": Handling(row.to_handling),
        }
    )


def event_row_of(event: Event) -> dict[str, Any]:
    """Return an event as named parameters of ``alerts/insert_event``."""
    values = {field.name: getattr(event, field.name) for field in fields(EventRow)}
    return values | {
        "step": str(event.step),
        "from_handling": str(event.from_handling),
        "to_handling": str(event.to_handling),
        "detail": jsonb(dict(event.detail)),
    }


def _evidence(item: Mapping[str, Any]) -> Evidence:
    observed = item.get("observed_at")
    return Evidence(
        kind=item["kind"],
        text=item["text"],
        ref=item.get("ref", ""),
        observed_at=datetime.fromisoformat(observed) if observed else None,
    )


def _disposal(item: Mapping[str, Any] | None) -> Disposal | None:
    if item is None:
        return None
    timed = {"at": datetime.fromisoformat(item["at"]), "attachments": tuple(item["attachments"])}
    return Disposal(**dict(item) | timed)


def _recognition(item: Mapping[str, Any] | None) -> Recognition | None:
    if item is None:
        return None
    decided = item.get("decided_at")
    return Recognition(
        **dict(item)
        | {
            "proposed_at": datetime.fromisoformat(item["proposed_at"]),
            "decided_at": datetime.fromisoformat(decided) if decided else None,
        }
    )


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()}
