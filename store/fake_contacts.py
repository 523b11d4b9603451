"""Contacts and the duty rota in memory, held to `store.contacts` by the contract suite."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from alerts.directory import Contact, Directory, Link, Scope, ScopeKind, Shift


class FakeContacts:
    """`store.contacts.Contacts` on dictionaries; it knows no register, so no owners."""

    def __init__(self) -> None:
        self._contacts: dict[str, Contact] = {}
        self._links: dict[str, tuple[Link, ...]] = {}
        self._shifts: dict[tuple[str, str, datetime], Shift] = {}

    async def save(
        self,
        contact: Contact,
        scopes: Iterable[tuple[Scope, int]] = (),
        *,
        farm_id: str | None = None,
        district_id: str | None = None,
    ) -> None:
        """Enter or correct a contact; whoever opted out stays so."""
        known = self._contacts.get(contact.contact_id)
        kept = replace(contact, opted_out_at=known.opted_out_at) if known else contact
        self._contacts[contact.contact_id] = kept
        self._links[contact.contact_id] = tuple(
            Link(contact_id=contact.contact_id, scope=scope, level=level) for scope, level in scopes
        )

    async def add_shift(self, shift: Shift) -> None:
        """Enter a duty, or move the end of one that is there."""
        self._shifts[shift.district_id, shift.contact_id, shift.starts_at] = shift

    async def shifts(self, district_ids: Sequence[str], since: datetime, until: datetime) -> tuple[Shift, ...]:
        """Return the duties that touch a stretch of time, in order."""
        rows = [
            s
            for s in self._shifts.values()
            if s.district_id in district_ids and s.ends_at > since and s.starts_at < until
        ]
        return tuple(sorted(rows, key=lambda s: (s.starts_at, s.contact_id)))

    async def contacts(self, contact_ids: Sequence[str] | None = None) -> dict[str, Contact]:
        """Return contacts by id, all or some."""
        return {i: c for i, c in sorted(self._contacts.items()) if contact_ids is None or i in contact_ids}

    async def links(self, scopes: Iterable[Scope]) -> tuple[Link, ...]:
        """Return who answers for these scopes."""
        wanted = set(scopes)
        found = [link for links in self._links.values() for link in links if link.scope in wanted]
        return tuple(sorted(found, key=lambda link: (link.level, link.contact_id)))

    async def directory(self, scopes: Iterable[Scope], at: datetime) -> Directory:
        """Return everybody who answers for these scopes or has duty in their districts now."""
        wanted = set(scopes)
        links = await self.links(wanted)
        districts = {scope.id for scope in wanted if scope.kind is ScopeKind.DISTRICT}
        shifts = tuple(s for s in self._shifts.values() if s.district_id in districts and s.starts_at <= at < s.ends_at)
        ids = sorted({link.contact_id for link in links} | {shift.contact_id for shift in shifts})
        return Directory(contacts=await self.contacts(ids), links=links, shifts=shifts)

    async def opt_out(self, address: str, at: datetime | None) -> int:
        """Note that whoever has this address wants nothing but life safety (None: takes it back)."""
        touched = [c for c in self._contacts.values() if any(a.address == address for a in c.addresses)]
        for contact in touched:
            self._contacts[contact.contact_id] = replace(contact, opted_out_at=at)
        return len(touched)

    async def remove(self, contact_id: str) -> None:
        """Delete a contact with its addresses and duties."""
        self._contacts.pop(contact_id, None)
        self._links.pop(contact_id, None)
        self._shifts = {key: s for key, s in self._shifts.items() if s.contact_id != contact_id}
