"""From steps that people must hear of to messages: audience, quiet hours, grouping, wording. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from alerts import directory as book
from alerts.directory import Addressee, Directory, Scope
from alerts.message import DISTRESS_PRIORITY, Message, message_id_of
from alerts.model import Alert, Notice, NoticeKind
from alerts.policy import Policy
from alerts.rules import AlertRules
from alerts.segments import measure
from alerts.wording import write
from core.finding import Severity

GroupSlot = tuple[str, str, str]
"""(contact id, address, group key): where messages wait for each other."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """One alert (after its step) and one notice about it, with what answers for its subject."""

    alert: Alert
    notice: Notice
    scopes: tuple[Scope, ...]


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """A message of a group that is queued but not yet taken by a sender, with the alerts it tells of."""

    message_id: str
    told: tuple[Told, ...]
    due_at: datetime


@dataclass(frozen=True, kw_only=True)
class GroupState:
    """What the outbox knows of the groups concerned: what waits, and when and how gravely people were last told."""

    waiting: Mapping[GroupSlot, Waiting] = field(default_factory=dict)
    last: Mapping[GroupSlot, tuple[datetime, int]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Mail:
    """Messages to queue, the waiting ones they replace, and the steps that found nobody to tell."""

    messages: tuple[Message, ...] = ()
    replaces: tuple[str, ...] = ()
    unheard: tuple[Told, ...] = ()


def mail_of(told: Iterable[Told], directory: Directory, groups: GroupState, rules: AlertRules, at: datetime) -> Mail:
    """Return the messages for all notices of one pass: per person and group one message, repeats replaced."""
    slots: dict[GroupSlot, list[tuple[Told, Addressee]]] = defaultdict(list)
    unheard = []
    for item in told:
        if not _speaks(item, rules):
            continue
        people = _addressees(item, directory, rules, at)
        if not people:
            unheard.append(item)
        for addressee in people:
            slot = (addressee.contact.contact_id, addressee.address.address, group_key(item, rules))
            slots[slot].append((item, addressee))
    messages = [_message(slot, rows, groups, rules, at) for slot, rows in slots.items()]
    replaced = [groups.waiting[slot].message_id for slot in slots if slot in groups.waiting]
    return Mail(messages=tuple(messages), replaces=tuple(replaced), unheard=tuple(unheard))


def group_key(item: Told, rules: AlertRules) -> str:
    """Return the key under which messages become one: same kind of trouble, same farm, district or subject."""
    alert, policy = item.alert, rules.policies.of(item.alert.rule)
    place = {"farm": alert.farm_id, "district": alert.district_id}.get(policy.grouping)
    return f"{place or alert.subject.id}|{alert.rule}|{item.notice.kind}"


def _speaks(item: Told, rules: AlertRules) -> bool:
    policy = rules.policies.of(item.alert.rule)
    floor = next(severity for severity in Severity if severity.name.lower() == policy.tell_from)
    return item.alert.severity >= floor and bool(_tell(item, rules))


def _tell(item: Told, rules: AlertRules) -> tuple[str, ...]:
    """Return the audiences of a notice: its own level, or all levels reached when the trouble is over."""
    steps = rules.policies.steps_of(item.alert.rule, item.alert.severity)
    if item.notice.kind in (NoticeKind.CLEARED, NoticeKind.RETRACTED):
        reached = steps[: item.alert.escalation_level + 1]
        return tuple(dict.fromkeys(word for step in reached for word in step.tell))
    return steps[item.notice.level].tell


def _addressees(item: Told, directory: Directory, rules: AlertRules, at: datetime) -> list[Addressee]:
    policy, alert = rules.policies.of(item.alert.rule), item.alert
    contacts = book.audience(directory, item.scopes, _tell(item, rules), at)
    return book.addressees(
        contacts,
        severity=alert.severity,
        life_safety=policy.life_safety,
        drill=alert.drill,
        quiet=rules.quiet,
        at=at,
    )


def _message(
    slot: GroupSlot, rows: Sequence[tuple[Told, Addressee]], groups: GroupState, rules: AlertRules, at: datetime
) -> Message:
    earlier = groups.waiting.get(slot)
    told = _distinct([*(earlier.told if earlier else ()), *(item for item, _ in rows)])
    addressee, head = rows[0][1], max((item.alert for item in told), key=lambda alert: alert.severity)
    policy, notice = rules.policies.of(head.rule), rows[0][0].notice
    language = addressee.contact.language
    drill = any(item.alert.drill for item in told)
    written = write(rules.wording, [item.alert for item in told], notice.kind, language, at, drill)
    steps = tuple((item.alert.alert_id, item.notice.seq) for item in told)
    due_at = max([_due(slot, head, groups, rules, at), *(row.due_at for _, row in rows)])
    return Message(
        message_id=message_id_of(steps, addressee.contact.contact_id, addressee.address.address),
        contact_id=addressee.contact.contact_id,
        contact_name=addressee.contact.name_zh,
        kind=addressee.address.kind,
        address=addressee.address.address,
        language=language,
        text=written.text,
        fields=written.fields,
        rule=head.rule,
        notice=str(notice.kind),
        steps=steps,
        priority=_priority(policy, head),
        due_at=min(due_at, earlier.due_at) if earlier else due_at,
        expires_at=_expires(head, rules, at),
        group_key=slot[2],
        segments=measure(written.text).segments,
        drill=drill,
        life_safety=policy.life_safety,
        farm_id=head.farm_id,
        district_id=head.district_id,
    )


def _distinct(told: Iterable[Told]) -> list[Told]:
    return list({(item.alert.alert_id, item.notice.seq): item for item in told}.values())


def _due(slot: GroupSlot, head: Alert, groups: GroupState, rules: AlertRules, at: datetime) -> datetime:
    due = at + timedelta(seconds=rules.grouping.wait_s[head.severity - 1])
    last = groups.last.get(slot)
    if last is None or head.severity > last[1] or rules.policies.of(head.rule).life_safety:
        return due
    return max(due, min(last[0], at) + timedelta(seconds=rules.grouping.update_s))


def _priority(policy: Policy, head: Alert) -> int:
    return DISTRESS_PRIORITY if policy.life_safety else 1 + Severity.RED - head.severity


def _expires(head: Alert, rules: AlertRules, at: datetime) -> datetime:
    limit = at + timedelta(seconds=rules.grouping.expire_s[head.severity - 1])
    return min(limit, head.valid_until) if head.valid_until and head.valid_until > at else limit
