"""Everything the screens, light pages, exports and the read API ask for, in the scope of one session.

Each function takes a `store.scoped.Scope`; the database decides which rows that session may see.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from store.scoped import Scope


@dataclass(frozen=True, kw_only=True)
class FarmRow:
    """A farm."""

    farm_id: str
    name_zh: str
    name_en: str
    district_id: str
    lat_deg: float
    lon_deg: float


@dataclass(frozen=True, kw_only=True)
class CageRow:
    """A cage, platform or buoy of a farm."""

    cage_id: str
    farm_id: str
    kind: str
    name_zh: str
    name_en: str
    lat_deg: float | None
    lon_deg: float | None


@dataclass(frozen=True, kw_only=True)
class LatestRow:
    """The newest reading of one series; `value` is None when the instrument had none, `qc` a QARTOD flag."""

    series_id: int
    cage_id: str
    point: str
    quantity: str
    unit: str
    depth_m: float | None
    observed_at: datetime
    value: float | None
    qc: int
    received_at: datetime
    clock: int


@dataclass(frozen=True, kw_only=True)
class Freshness:
    """When the newest data came in, and which shore services have gone silent."""

    readings_at: datetime | None
    targets_at: datetime | None
    services: int
    silent: list[str] | None


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """Smallest, largest and mean usable value of one series in one bucket that starts at `at`."""

    series_id: int
    at: datetime
    low: float | None
    high: float | None
    mean: float | None


@dataclass(frozen=True, kw_only=True)
class TargetRow:
    """A live target: newest position, class and the name it sends."""

    mmsi: int
    lat_deg: float
    lon_deg: float
    sog_kn: float | None
    cog_deg: float | None
    heading_deg: float | None
    observed_at: datetime
    target_class: str
    probability: float | None
    source: str
    name: str | None


@dataclass(frozen=True, kw_only=True)
class Fix:
    """One dated position of a track."""

    observed_at: datetime
    lat_deg: float
    lon_deg: float
    sog_kn: float | None
    cog_deg: float | None


STRIDES_S = (60, 300, 600, 1800, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 86_400)
HOUR_S = 3600


def farms(scope: Scope) -> list[FarmRow]:
    """Return the farms in scope."""
    return scope.rows(FarmRow, "reader/farms")


def cages(scope: Scope) -> list[CageRow]:
    """Return the cages, platforms and buoys of the farms in scope."""
    return scope.rows(CageRow, "reader/cages")


def latest(scope: Scope, cage_id: str | None = None) -> list[LatestRow]:
    """Return the newest reading of every series in scope, or of one cage."""
    return scope.rows(LatestRow, "reader/latest", cage_id=cage_id)


def freshness(scope: Scope, *, silent_s: int) -> Freshness:
    """Return how old the newest data are, and the services that have not beaten for `silent_s`."""
    found = scope.one(Freshness, "reader/freshness", silent_s=silent_s)
    assert found is not None  # an aggregate always has a row
    return found


def stride_s(since: datetime, until: datetime, points: int) -> int:
    """Return the smallest round bucket that gives at most `points` buckets between two instants. [s]"""
    wanted = (until - since).total_seconds() / max(points, 1)
    return next((s for s in STRIDES_S if s >= wanted), STRIDES_S[-1])


def buckets(
    scope: Scope, series: Sequence[int], since: datetime, until: datetime, *, points: int = 1000
) -> list[Bucket]:
    """Return at most about `points` buckets a series; hourly roll-ups where they are fine enough, else readings."""
    stride = stride_s(since, until, points)
    name = "reader/buckets" if stride >= HOUR_S else "reader/fine_buckets"
    return scope.rows(Bucket, name, series=list(series), since=since, until=until, stride_s=stride)


def targets(scope: Scope, *, now: datetime, age_s: int, mmsi: int | None = None) -> list[TargetRow]:
    """Return the targets heard in the last `age_s` seconds, or one of them."""
    return scope.rows(TargetRow, "reader/targets", since=now - timedelta(seconds=age_s), mmsi=mmsi)


def track(scope: Scope, mmsi: int, since: datetime, until: datetime) -> list[Fix]:
    """Return the fixes of one number, oldest first, at most 20,000."""
    return scope.rows(Fix, "reader/track", mmsi=mmsi, since=since, until=until)


@dataclass(frozen=True, kw_only=True)
class AlertRow:
    """One alert as lists and pages show it; its steps are `alert_events`."""

    alert_id: str
    key: str
    rule: str
    subject_kind: str
    subject_id: str
    subject_name: str
    severity: int
    condition: str
    handling: str
    raised_at: datetime
    observed_at: datetime
    cleared_at: datetime | None
    closed_at: datetime | None
    valid_from: datetime | None
    valid_until: datetime | None
    lat_deg: float | None
    lon_deg: float | None
    probability: float | None
    reason_zh: str
    reason_en: str
    advice_zh: str
    advice_en: str
    values: dict[str, object]
    farm_id: str | None
    district_id: str | None
    assignee: str | None
    assignee_name: str | None
    shelved_until: datetime | None
    shelve_reason: str
    recognition: dict[str, str | None] | None
    drill: bool
    version: int


@dataclass(frozen=True, kw_only=True)
class EventRow:
    """One step of an alert."""

    seq: int
    at: datetime
    actor: str
    actor_name: str
    step: str
    from_handling: str
    to_handling: str
    note: str


@dataclass(frozen=True, kw_only=True)
class MessageRow:
    """One message that an alert caused; the address stays in the database."""

    message_id: str
    contact_name: str
    kind: str
    text: str
    state: str
    created_at: datetime
    sent_at: datetime | None
    delivered_at: datetime | None
    last_error: str
    drill: bool


@dataclass(frozen=True, kw_only=True)
class PhoneRow:
    """A number shown to the officer who handles an alert; the showing is in the audit trail."""

    who: str
    role: str
    number: str


def alerts(
    scope: Scope,
    *,
    still_open: bool | None = True,
    since: datetime | None = None,
    subject_id: str | None = None,
    limit: int = 500,
) -> list[AlertRow]:
    """Return alerts in scope, open ones first, worst and newest first; `still_open` None gives closed ones too."""
    asked: dict[str, object] = {"since": since, "subject_id": subject_id, "limit": limit}
    if still_open:
        return scope.rows(AlertRow, "reader/alerts_open", **asked)
    return scope.rows(AlertRow, "reader/alerts", open=still_open, **asked)


def alert(scope: Scope, alert_id: str) -> AlertRow | None:
    """Return one alert, None when there is none or it is out of scope."""
    try:
        known = UUID(alert_id)
    except ValueError:
        return None
    return scope.one(AlertRow, "reader/alert", alert_id=known)


def alert_events(scope: Scope, alert_id: str) -> list[EventRow]:
    """Return the steps of an alert, first to last; `alert_id` must be a UUID."""
    return scope.rows(EventRow, "reader/alert_events", alert_id=alert_id)


def alert_messages(scope: Scope, alert_id: str) -> list[MessageRow]:
    """Return the messages that an alert caused."""
    return scope.rows(MessageRow, "reader/alert_messages", alert_id=alert_id)


def phones(scope: Scope, alert_id: str) -> list[PhoneRow]:
    """Return the numbers of an alert's people; ForbiddenError unless this officer handles the open alert. Audited."""
    return scope.rows(PhoneRow, "reader/phones", alert_id=alert_id)


@dataclass(frozen=True, kw_only=True)
class ClassCount:
    """How many live targets have a class."""

    target_class: str
    n: int


@dataclass(frozen=True, kw_only=True)
class ZoneRow:
    """A zone; `geometry` is GeoJSON."""

    zone_id: str
    name_zh: str
    name_en: str
    purpose: str
    geometry: dict[str, object]
    buffer_m: float
    farm_id: str | None
    valid_from: datetime | None
    valid_until: datetime | None
    source: str
    version: str


def target_counts(scope: Scope, *, now: datetime, age_s: int) -> dict[str, int]:
    """Return the number of live targets by class."""
    rows = scope.rows(ClassCount, "reader/target_counts", since=now - timedelta(seconds=age_s))
    return {row.target_class: row.n for row in rows}


def zones(scope: Scope) -> list[ZoneRow]:
    """Return every zone."""
    return scope.rows(ZoneRow, "reader/zones")
