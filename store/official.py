"""Official warnings: CAP messages as received, what is in force, and what is still to be relayed."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from alerts.cap import CapMessage, Point
from core.finding import Severity
from store.database import Executor, jsonb


@dataclass(frozen=True, kw_only=True)
class OfficialRow:
    """One message as kept."""

    sender: str
    identifier: str
    sent_at: datetime
    msg_type: str
    status: str
    scope: str
    state: str
    severity: int
    event: str
    expires_at: datetime | None
    source: str
    xml: str
    received_at: datetime
    relayed_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class _Place:
    id: str
    lat_deg: float
    lon_deg: float


@dataclass(frozen=True, kw_only=True)
class OfficialWarning:
    """A warning in force, for rules and maps: texts of its Chinese (else first) info, areas of all infos."""

    identifier: str
    sender: str
    sent_at: datetime
    event: str
    severity: Severity
    headline: str
    description: str
    onset_at: datetime | None
    expires_at: datetime | None
    polygons: tuple[tuple[Point, ...], ...]
    circles: tuple[tuple[Point, float], ...]
    areas: tuple[str, ...]
    parameters: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class _Infos:
    identifier: str
    sender: str
    sent_at: datetime
    severity: int
    infos: list[dict[str, Any]]


class Official:
    """The table ``cap_message``."""

    def __init__(self, db: Executor) -> None:
        self._db = db

    async def take(self, message: CapMessage, xml: str, source: str, at: datetime) -> bool:
        """Keep a message and put out of force what it updates or cancels; False when it is there already."""
        refs = [{"sender": one.sender, "identifier": one.identifier} for one in message.references]
        async with self._db.transaction() as tx:
            fresh = await tx.execute(
                "official/insert",
                sender=message.sender,
                identifier=message.identifier,
                sent_at=message.sent_at,
                msg_type=message.msg_type,
                status=message.status,
                scope=message.scope,
                state=await _state(tx, message),
                refs=jsonb(refs),
                infos=jsonb([_plain(asdict(info)) for info in message.infos]),
                severity=int(message.severity),
                event=message.infos[0].event if message.infos else "",
                expires_at=message.expires_at,
                source=source,
                xml=xml,
                received_at=at,
            )
            if fresh and message.msg_type in ("Update", "Cancel"):
                state = "cancelled" if message.msg_type == "Cancel" else "superseded"
                await tx.execute("official/overtake", refs=jsonb(refs), state=state)
        return fresh == 1

    async def active(self, at: datetime) -> list[OfficialRow]:
        """Return what is in force, the gravest and newest first."""
        return await self._db.rows(OfficialRow, "official/active", at=at)

    async def official_warnings(self, at: datetime) -> list[OfficialWarning]:
        """Return the warnings in force with their areas, exercises left out."""
        return [_warning(row) for row in await self._db.rows(_Infos, "official/warnings", at=at) if row.infos]

    async def to_relay(self, at: datetime) -> list[OfficialRow]:
        """Return messages that people still have to be told of."""
        return await self._db.rows(OfficialRow, "official/to_relay", at=at)

    async def relayed(self, row: OfficialRow, at: datetime) -> None:
        """Note that those inside were told."""
        await self._db.execute(
            "official/relayed", sender=row.sender, identifier=row.identifier, sent_at=row.sent_at, at=at
        )

    async def farm_places(self, district_id: str) -> dict[str, Point]:
        """Return where a district's farms are, by id."""
        rows = await self._db.rows(_Place, "official/farm_places", district_id=district_id)
        return {row.id: (row.lat_deg, row.lon_deg) for row in rows}

    async def boat_places(self, since: datetime) -> dict[str, Point]:
        """Return where boats were last heard since a time, by MMSI."""
        rows = await self._db.rows(_Place, "official/boat_places", since=since)
        return {row.id: (row.lat_deg, row.lon_deg) for row in rows}

    async def told_before(self, identifiers: Sequence[str]) -> frozenset[str]:
        """Return the recipients that messages with these identifiers were relayed to."""
        rows = await self._db.tuples("official/told_before", identifiers=list(identifiers))
        return frozenset(recipient for (recipient,) in rows)


def _warning(row: _Infos) -> OfficialWarning:
    info = next((one for one in row.infos if one["language"].lower().startswith("zh")), row.infos[0])
    areas = [area for one in row.infos for area in one["areas"]]
    rings = [tuple((lat, lon) for lat, lon in ring) for area in areas for ring in area["polygons"]]
    circles = [((centre[0], centre[1]), radius) for area in areas for centre, radius in area["circles"]]
    return OfficialWarning(
        identifier=row.identifier,
        sender=row.sender,
        sent_at=row.sent_at,
        event=info["event"],
        severity=Severity(row.severity),
        headline=info["headline"],
        description=info["description"],
        onset_at=_time(info["onset_at"]),
        expires_at=_time(info["expires_at"]),
        polygons=tuple(dict.fromkeys(rings)),
        circles=tuple(dict.fromkeys(circles)),
        areas=tuple(dict.fromkeys(area["description"] for area in areas)),
        parameters=tuple((name, value) for name, value in info["parameters"]),
    )


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


async def _state(tx: Executor, message: CapMessage) -> str:
    if message.msg_type not in ("Alert", "Update") or message.status not in ("Actual", "Exercise"):
        return "logged"
    newer = await tx.value("official/overtaken_by", sender=message.sender, identifier=message.identifier)
    return {None: "active", "Update": "superseded", "Cancel": "cancelled"}[newer]


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return value.isoformat() if isinstance(value, datetime) else value
