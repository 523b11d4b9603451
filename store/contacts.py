"""Contacts, what they answer for, and the duty rota."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from alerts.directory import Address, ChannelKind, Contact, Directory, Link, Scope, ScopeKind, Shift
from alerts.replies import plain_number
from store.database import Executor


@dataclass(frozen=True, kw_only=True)
class _ContactRow:
    contact_id: str
    name_zh: str
    role: str
    language: str
    quiet_from: time | None
    quiet_until: time | None
    opted_out_at: datetime | None
    test_list: bool
    farm_id: str | None
    district_id: str | None
    kinds: list[str]
    addresses: list[str]


@dataclass(frozen=True, kw_only=True)
class _LinkRow:
    contact_id: str
    kind: str
    id: str
    level: int


@dataclass(frozen=True, kw_only=True)
class _Owner:
    mmsi: str
    name_zh: str
    owner_phone: str


class Contacts:
    """The tables ``contact``, ``contact_channel``, ``contact_scope`` and ``duty_shift``."""

    def __init__(self, db: Executor) -> None:
        self._db = db

    async def save(
        self,
        contact: Contact,
        scopes: Iterable[tuple[Scope, int]] = (),
        *,
        farm_id: str | None = None,
        district_id: str | None = None,
    ) -> None:
        """Enter or correct a contact with all its addresses and what it answers for (scope, level)."""
        async with self._db.transaction() as tx:
            await tx.execute("contacts/upsert", **_columns(contact), farm_id=farm_id, district_id=district_id)
            await tx.execute("contacts/clear_channels", contact_id=contact.contact_id)
            await tx.execute("contacts/clear_scopes", contact_id=contact.contact_id)
            channels = [
                {"contact_id": contact.contact_id, "kind": str(a.kind), "address": a.address, "rank": rank}
                for rank, a in enumerate(contact.addresses)
            ]
            links = [
                {"contact_id": contact.contact_id, "kind": str(scope.kind), "id": scope.id, "level": level}
                for scope, level in scopes
            ]
            if channels:
                await tx.execute_many("contacts/insert_channel", channels)
            if links:
                await tx.execute_many("contacts/insert_scope", links)

    async def add_shift(self, shift: Shift) -> None:
        """Enter a duty, or move the end of one that is there."""
        await self._db.execute("contacts/insert_shift", **shift.__dict__)

    async def shifts(self, district_ids: Sequence[str], since: datetime, until: datetime) -> tuple[Shift, ...]:
        """Return the duties that touch a stretch of time, in order."""
        rows = await self._db.rows(Shift, "contacts/shifts", district_ids=list(district_ids), since=since, until=until)
        return tuple(rows)

    async def contacts(self, contact_ids: Sequence[str] | None = None) -> dict[str, Contact]:
        """Return contacts by id, all or some."""
        wanted = None if contact_ids is None else list(contact_ids)
        rows = await self._db.rows(_ContactRow, "contacts/contacts", contact_ids=wanted)
        return {row.contact_id: _contact(row) for row in rows}

    async def links(self, scopes: Iterable[Scope]) -> tuple[Link, ...]:
        """Return who answers for these scopes."""
        wanted = sorted(set(scopes))
        rows = await self._db.rows(
            _LinkRow, "contacts/links", kinds=[str(s.kind) for s in wanted], ids=[s.id for s in wanted]
        )
        return tuple(
            Link(contact_id=row.contact_id, scope=Scope(kind=ScopeKind(row.kind), id=row.id), level=row.level)
            for row in rows
        )

    async def directory(self, scopes: Iterable[Scope], at: datetime) -> Directory:
        """Return everybody who answers for these scopes or has duty in their districts now."""
        wanted = set(scopes)
        links = await self.links(wanted)
        districts = [scope.id for scope in wanted if scope.kind is ScopeKind.DISTRICT]
        touching = await self.shifts(districts, at, at + timedelta(seconds=1))
        shifts = tuple(s for s in touching if s.starts_at <= at < s.ends_at)
        ids = sorted({link.contact_id for link in links} | {shift.contact_id for shift in shifts})
        known = {link.scope for link in links}
        owners = await self.owners([s.id for s in wanted if s.kind is ScopeKind.VESSEL and s not in known])
        found = await self.contacts(ids) if ids else {}
        return Directory(
            contacts=found | {contact.contact_id: contact for contact, _ in owners},
            links=(*links, *(link for _, link in owners)),
            shifts=shifts,
        )

    async def owners(self, mmsis: Sequence[str]) -> list[tuple[Contact, Link]]:
        """Return the owners by the register of boats that nobody entered a contact for."""
        rows = await self._db.rows(_Owner, "contacts/owners", mmsis=list(mmsis)) if mmsis else []
        return [_owner(row) for row in rows]

    async def opt_out(self, address: str, at: datetime | None) -> int:
        """Note that whoever has this address wants nothing but life safety (None: takes it back); return how many."""
        return await self._db.execute("contacts/opt", address=address, at=at)

    async def remove(self, contact_id: str) -> None:
        """Delete a contact with its addresses and duties; messages it was sent stay."""
        await self._db.execute("contacts/remove", contact_id=contact_id)


def _columns(contact: Contact) -> dict[str, object]:
    names = ("contact_id", "name_zh", "role", "language", "quiet_from", "quiet_until", "opted_out_at", "test_list")
    return {name: getattr(contact, name) for name in names}


def _owner(row: _Owner) -> tuple[Contact, Link]:
    contact = Contact(
        contact_id=f"mmsi:{row.mmsi}",
        name_zh=row.name_zh,
        role="owner",
        addresses=(Address(kind=ChannelKind.SMS, address=plain_number(row.owner_phone)),),
    )
    return contact, Link(contact_id=contact.contact_id, scope=Scope(kind=ScopeKind.VESSEL, id=row.mmsi))


def _contact(row: _ContactRow) -> Contact:
    addresses = tuple(
        Address(kind=ChannelKind(kind), address=address) for kind, address in zip(row.kinds, row.addresses, strict=True)
    )
    return Contact(
        contact_id=row.contact_id,
        name_zh=row.name_zh,
        role=row.role,
        language=row.language,
        quiet_from=row.quiet_from,
        quiet_until=row.quiet_until,
        opted_out_at=row.opted_out_at,
        test_list=row.test_list,
        addresses=addresses,
    )
