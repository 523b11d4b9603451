"""Who is told: contacts of farms, cages, vessels, groups and districts, the duty rota, quiet hours, opt-outs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from core.finding import Severity

LOCAL = ZoneInfo("Asia/Shanghai")
"""People's clock: quiet hours, shifts and message texts are in it."""


class ChannelKind(StrEnum):
    """How a person is reached; `recorder` writes to a file and reaches nobody."""

    SMS = "sms"
    CHAT = "chat"
    RECORDER = "recorder"


class ScopeKind(StrEnum):
    """What a contact answers for."""

    CAGE = "cage"
    FARM = "farm"
    VESSEL = "vessel"
    GROUP = "group"
    DISTRICT = "district"


@dataclass(frozen=True, kw_only=True, order=True)
class Scope:
    """One thing somebody answers for: a cage, a farm, a boat (by MMSI), a formation group, a district."""

    kind: ScopeKind
    id: str


@dataclass(frozen=True, kw_only=True)
class Address:
    """Where a message goes: a phone number, a chat address (apprise URL name), or the recorder."""

    kind: ChannelKind
    address: str


@dataclass(frozen=True, kw_only=True)
class Contact:
    """A person who may be told; `quiet_from` to `quiet_until` is local time, `test_list` people get drills."""

    contact_id: str
    name_zh: str
    role: str
    addresses: tuple[Address, ...] = ()
    language: str = "zh"
    quiet_from: time | None = None
    quiet_until: time | None = None
    opted_out_at: datetime | None = None
    test_list: bool = False


@dataclass(frozen=True, kw_only=True)
class Link:
    """That a contact answers for a scope; level 0 is told first, level 1 next when nobody acknowledges."""

    contact_id: str
    scope: Scope
    level: int = 0


@dataclass(frozen=True, kw_only=True)
class Shift:
    """One duty of one contact at a district's desk, `starts_at` included, `ends_at` not."""

    district_id: str
    contact_id: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, kw_only=True)
class Directory:
    """Everything needed to decide who is told, as loaded for one decision."""

    contacts: dict[str, Contact]
    links: tuple[Link, ...] = ()
    shifts: tuple[Shift, ...] = ()


@dataclass(frozen=True, kw_only=True)
class QuietRule:
    """Which colours respect quiet hours; everything graver, and all that is life safety, never does."""

    up_to: Severity = Severity.YELLOW

    def applies(self, severity: Severity, life_safety: bool) -> bool:
        """Return whether a message of this colour waits for the morning."""
        return severity <= self.up_to and not life_safety


@dataclass(frozen=True, kw_only=True)
class Addressee:
    """One person at one address, to be told not before `due_at`."""

    contact: Contact
    address: Address
    due_at: datetime


AUDIENCES = ("subject", "next", "desk", "callers", "leader", "technician")
"""Words an escalation step may use in `tell`."""


def audience(directory: Directory, scopes: Sequence[Scope], tell: Iterable[str], at: datetime) -> list[Contact]:
    """Return the contacts of the named audiences, each once, in the order of the names and of their level.

    Where the subject has nobody at all, the desk is told instead: an alert never goes to no one in silence.
    """
    found: dict[str, Contact] = {}
    for word in tell:
        people = _people(directory, scopes, word, at)
        if not people and word in ("subject", "next"):
            people = _people(directory, scopes, "desk", at)
        found |= {contact.contact_id: contact for contact in people}
    return list(found.values())


def addressees(
    contacts: Iterable[Contact],
    *,
    severity: Severity,
    life_safety: bool,
    drill: bool,
    quiet: QuietRule,
    at: datetime,
) -> list[Addressee]:
    """Return where and when each contact is reached: quiet hours, opt-outs and drills applied.

    Somebody who opted out still gets what is about life safety. A drill reaches only the recorder and the test list.
    """
    rows = []
    for contact in contacts:
        if contact.opted_out_at is not None and not life_safety:
            continue
        due_at = wake(contact, at) if quiet.applies(severity, life_safety) else at
        rows += [
            Addressee(contact=contact, address=address, due_at=due_at)
            for address in contact.addresses
            if not drill or contact.test_list or address.kind is ChannelKind.RECORDER
        ]
    return rows


def wake(contact: Contact, at: datetime) -> datetime:
    """Return `at`, or the end of the contact's quiet hours where `at` falls into them (may span midnight)."""
    start, end = contact.quiet_from, contact.quiet_until
    if start is None or end is None or start == end:
        return at
    local = at.astimezone(LOCAL)
    clock = local.time()
    inside = start <= clock < end if start < end else clock >= start or clock < end
    if not inside:
        return at
    day = local.date() if clock < end else local.date() + timedelta(days=1)
    return datetime.combine(day, end, tzinfo=LOCAL).astimezone(UTC)


def on_duty(directory: Directory, districts: Iterable[str], at: datetime) -> list[Contact]:
    """Return who has duty in the districts at this instant, in the order of their shifts."""
    wanted = set(districts)
    ids = [s.contact_id for s in directory.shifts if s.district_id in wanted and s.starts_at <= at < s.ends_at]
    return [directory.contacts[i] for i in dict.fromkeys(ids) if i in directory.contacts]


def _people(directory: Directory, scopes: Sequence[Scope], word: str, at: datetime) -> list[Contact]:
    districts = [scope.id for scope in scopes if scope.kind is ScopeKind.DISTRICT]
    if word == "desk":
        return on_duty(directory, districts, at) or _linked(directory, scopes, roles=("duty",))
    if word in ("leader", "callers", "technician"):
        return _linked(directory, scopes, roles=(word.removesuffix("s"),))
    narrow = [scope for scope in scopes if scope.kind is not ScopeKind.DISTRICT]
    return _linked(directory, narrow, levels=(0,) if word == "subject" else (1, 2, 3))


def _linked(
    directory: Directory, scopes: Sequence[Scope], *, roles: tuple[str, ...] = (), levels: tuple[int, ...] = ()
) -> list[Contact]:
    wanted = set(scopes)
    links = sorted((link.level, link.contact_id) for link in directory.links if link.scope in wanted)
    contacts = [
        directory.contacts[i] for level, i in links if i in directory.contacts and (not levels or level in levels)
    ]
    return [c for c in contacts if c.role in roles] if roles else [c for c in contacts if c.role != "leader"]
