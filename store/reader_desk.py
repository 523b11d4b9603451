"""What the duty desk, the technician and the administrator ask for, in the scope of one session."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from forecasting.grids.fields import SeaField
from store.forecast_rows import GridRunRow
from store.grids import LEAST_AHEAD, field_of, unpack_field
from store.reader import MessageRow
from store.scoped import Scope


@dataclass(frozen=True, kw_only=True)
class GatewayRow:
    """A gateway with its newest health records by kind."""

    gateway_id: str
    farm_id: str | None
    name_zh: str
    state: str
    state_at: datetime | None
    status: dict[str, Any] | None
    clock: int | None
    last_batch_at: datetime | None
    lost_7d: int
    health: dict[str, dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class QuarantineRow:
    """Bytes that could not be taken; `excerpt` is escaped ASCII."""

    quarantine_id: int
    received_at: datetime
    gateway_id: str | None
    topic: str
    reason: str
    excerpt: str


@dataclass(frozen=True, kw_only=True)
class ServiceRow:
    """Newest sign of life of a shore service."""

    name: str
    version: str
    started_at: datetime
    beat_at: datetime
    state: str
    period_s: float


@dataclass(frozen=True, kw_only=True)
class VerdictRow:
    """What the identity rules hold of a target; `limbs` by name, each {state, reason_zh, reason_en}."""

    target_id: str
    mmsi: int
    target_class: str
    probability: float
    limbs: dict[str, dict[str, Any]]
    reasons_zh: list[str]
    reasons_en: list[str]
    boat_id: str | None
    rule_version: str
    first_seen_at: datetime
    last_seen_at: datetime
    judged_at: datetime


@dataclass(frozen=True, kw_only=True)
class BoatRow:
    """The current register row of a boat, without the owner's phone."""

    boat_id: str
    name_zh: str
    mmsi: int | None
    call_sign: str | None
    certificate_no: str | None
    registration_until: date | None
    inspection_no: str | None
    inspection_until: date | None
    permit_no: str | None
    permit_until: date | None
    port: str | None
    gear: str | None
    vessel_type: str | None
    length_m: float | None
    power_kw: float | None
    wind_class_bft: int | None
    hs_limit_m: float | None
    min_crew: int | None
    max_persons: int | None
    beidou_id: str | None
    group_name: str | None
    owner: str | None
    exempt_kind: str | None


@dataclass(frozen=True, kw_only=True)
class TripRow:
    """A boat that reported leaving and not yet coming back."""

    mmsi: int
    kind: str
    at: datetime
    port: str
    persons: int | None
    name_zh: str | None
    heard_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class WatchRow:
    """A boat on the inspection list."""

    mmsi: int
    reason_zh: str
    reason_en: str
    points: int
    added_by: str
    added_at: datetime
    until: datetime | None
    name_zh: str | None


@dataclass(frozen=True, kw_only=True)
class CampaignRow:
    """A storm campaign with its tally."""

    campaign_id: str
    kind: str
    name_zh: str
    name_en: str
    severity: int
    started_at: datetime
    ended_at: datetime | None
    drill: bool
    total: int
    told: int
    answered: int
    called: int


@dataclass(frozen=True, kw_only=True)
class RecipientRow:
    """Someone who has not answered yet."""

    recipient_id: str
    name_zh: str
    mmsi: int | None
    farm_id: str | None
    called_at: datetime | None
    called_by: str | None
    call_result: str


@dataclass(frozen=True, kw_only=True)
class SeasonRow:
    """A closed season of the district."""

    rule_id: str
    name_zh: str
    gears: list[str]
    except_gears: list[str]
    lat_from_deg: float
    lat_until_deg: float
    closed_from: datetime
    closed_until: datetime
    source: str
    version: str


@dataclass(frozen=True, kw_only=True)
class ContactRow:
    """A contact; channels and scopes are ``kind:value`` texts, visible to the administrator only."""

    contact_id: str
    name_zh: str
    role: str
    language: str
    farm_id: str | None
    district_id: str | None
    opted_out_at: datetime | None
    test_list: bool
    channels: list[str]
    scopes: list[str]


@dataclass(frozen=True, kw_only=True)
class ShiftRow:
    """One line of the rota."""

    district_id: str
    contact_id: str
    name_zh: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, kw_only=True)
class StormRow:
    """The newest track of a storm; `points` as the agency gave them."""

    storm_id: str
    source: str
    issued_at: datetime
    kind: str
    name_zh: str
    name_en: str
    points: list[dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class ColleagueRow:
    """Another officer of the district."""

    login: str
    name_zh: str


@dataclass(frozen=True, kw_only=True)
class EvidenceRow:
    """A bundle that was made."""

    bundle_no: int
    alert_id: str
    made_at: datetime
    actor: str
    file_name: str
    manifest_sha256: str


def gateways(scope: Scope) -> list[GatewayRow]:
    """Return the gateways in scope with their health."""
    return scope.rows(GatewayRow, "reader/gateways")


def quarantine(scope: Scope, since: datetime) -> list[QuarantineRow]:
    """Return what was put aside since then, newest first."""
    return scope.rows(QuarantineRow, "reader/quarantine", since=since)


def dead_letters(scope: Scope, since: datetime) -> list[MessageRow]:
    """Return the messages that never arrived, newest first."""
    return scope.rows(MessageRow, "reader/dead_letters", since=since)


def services(scope: Scope) -> list[ServiceRow]:
    """Return the shore's services."""
    return scope.rows(ServiceRow, "reader/services")


def verdicts(scope: Scope, mmsi: int) -> list[VerdictRow]:
    """Return what is held of each boat on a number."""
    return scope.rows(VerdictRow, "reader/verdict", mmsi=mmsi)


def boats_of(scope: Scope, mmsi: int) -> list[BoatRow]:
    """Return the register rows that carry a number."""
    return scope.rows(BoatRow, "reader/boat", mmsi=mmsi)


def own_boats(scope: Scope) -> list[BoatRow]:
    """Return the person's own boats."""
    return scope.rows(BoatRow, "reader/own_boats")


def find_boats(scope: Scope, text: str) -> list[BoatRow]:
    """Return register rows whose name, number or permit contains the text; wildcards in it are plain characters."""
    plain = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return scope.rows(BoatRow, "reader/find_boats", like=f"%{plain}%")


def not_back(scope: Scope) -> list[TripRow]:
    """Return the boats that left and have not reported back, longest out first."""
    return scope.rows(TripRow, "reader/not_back")


def watch_list(scope: Scope) -> list[WatchRow]:
    """Return the inspection list."""
    return scope.rows(WatchRow, "reader/watch_list")


def campaigns(scope: Scope) -> list[CampaignRow]:
    """Return the storm campaigns, running ones first."""
    return scope.rows(CampaignRow, "reader/campaigns")


def unanswered(scope: Scope, campaign_id: str) -> list[RecipientRow]:
    """Return who has not answered a campaign."""
    return scope.rows(RecipientRow, "reader/unanswered", campaign_id=campaign_id)


def seasons(scope: Scope) -> list[SeasonRow]:
    """Return the closed seasons that the district entered."""
    return scope.rows(SeasonRow, "reader/seasons")


def contacts(scope: Scope) -> list[ContactRow]:
    """Return the contacts in scope."""
    return scope.rows(ContactRow, "reader/contacts")


def shifts(scope: Scope) -> list[ShiftRow]:
    """Return the rota from now on."""
    return scope.rows(ShiftRow, "reader/shifts")


def storms(scope: Scope, now: datetime) -> list[StormRow]:
    """Return the storms of the last two days."""
    return scope.rows(StormRow, "reader/storms", since=now - timedelta(days=2))


def sea_field(scope: Scope, now: datetime) -> SeaField | None:
    """Return the newest gridded forecast that says something of waves and reaches half a day on, None without one."""
    for run in scope.rows(GridRunRow, "reader/grid_runs", since=now - timedelta(hours=36), until=now):
        rows = [unpack_field(*row.values()) for row in scope.dicts("reader/sea_fields", grid_run_id=run.grid_run_id)]
        field = field_of(run, rows)
        if field is not None and "hs_m" in field.values and _ahead(field, now) >= LEAST_AHEAD:
            return field
    return None


def _ahead(field: SeaField, now: datetime) -> timedelta:
    return field.init_at + timedelta(hours=float(field.lead_h[-1])) - now


@dataclass(frozen=True, kw_only=True)
class HeardCell:
    """A square of 0.1 degree and how many different numbers were heard in it; south-west corner. [deg]"""

    south_deg: float
    west_deg: float
    n: int


def heard_cells(scope: Scope, now: datetime) -> list[HeardCell]:
    """Return where anybody was heard in the last hour."""
    return scope.rows(HeardCell, "reader/heard_cells", since=now - timedelta(hours=1), until=now)


@dataclass(frozen=True, kw_only=True)
class CampaignOrderRow:
    """An order to call a district, and what became of it."""

    district_id: str
    name_zh: str
    severity: int
    drill: bool
    ordered_by: str
    ordered_at: datetime
    done_at: datetime | None
    outcome: str


def orders(scope: Scope, now: datetime) -> list[CampaignOrderRow]:
    """Return the orders of the last day, newest first."""
    return scope.rows(CampaignOrderRow, "reader/orders", since=now - timedelta(days=1))


def districts(scope: Scope) -> list[str]:
    """Return the districts that this session's person may call."""
    return [row["district_id"] for row in scope.dicts("reader/districts")]


def colleagues(scope: Scope) -> list[ColleagueRow]:
    """Return the other officers of the district."""
    return scope.rows(ColleagueRow, "reader/colleagues")


def evidence(scope: Scope, alert_id: str) -> list[EvidenceRow]:
    """Return the bundles made for an alert, newest first."""
    return scope.rows(EvidenceRow, "reader/evidence", alert_id=alert_id)


@dataclass(frozen=True, kw_only=True)
class ContactCheckRow:
    """One hourly contact: who called which boat, and whether it answered."""

    mmsi: int
    at: datetime
    by_login: str
    reached: bool
    note: str
    name_zh: str | None


def contact_checks(scope: Scope, since: datetime) -> list[ContactCheckRow]:
    """Return the contacts since a time, newest first."""
    return scope.rows(ContactCheckRow, "reader/contact_checks", since=since)
