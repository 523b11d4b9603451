"""The outbox's promises on a real PostgreSQL: claimed once, gone senders, repeats marked, receipts in any order."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alerts import handling, rules
from alerts.delivery import ErrorKind
from alerts.directory import Address, ChannelKind, Contact, Scope, ScopeKind
from alerts.limits import Limits
from alerts.message import Message, message_id_of
from alerts.model import Actor, Handling
from core.finding import Condition, Finding, Severity, Subject, SubjectKind
from services.alerting import AlertDesk
from services.channels.base import Accepted, ChannelError, Inbox, Outgoing
from services.sender import SenderRules
from services.sms import SmsService, send_once
from store.outbox import Receipt, Sent
from store.store import Store

AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
RULES = rules.load(Path(__file__).parents[2] / "config" / "rules")


def message(number: int, **more: object) -> Message:
    fields: dict[str, object] = {
        "message_id": message_id_of([number], "c", "a"), "contact_id": f"c{number}", "contact_name": "船老大",
        "kind": ChannelKind.SMS, "address": f"199{number:08d}", "text": f"回港 {number}", "rule": "campaign.storm",
        "notice": "campaign", "due_at": AT, "priority": 2,
    }  # fmt: skip
    return Message(**(fields | more))  # type: ignore[arg-type]


class Pipe:
    """A channel into a list, with errors on command: a real implementation of the protocol, no provider behind it."""

    kinds = frozenset({"sms"})
    repeat_safe = False

    def __init__(self, name: str = "pipe", limits: Limits | None = None) -> None:
        self.name, self.limits = name, limits or Limits()
        self.sent: list[Outgoing] = []
        self.errors: list[ErrorKind] = []

    async def send(self, message: Outgoing) -> Accepted:
        if self.errors:
            raise ChannelError(self.errors.pop(0), "on command")
        self.sent.append(message)
        return Accepted(provider_ids=(f"{self.name}-{len(self.sent)}",))

    async def inbox(self) -> Inbox:
        return Inbox()

    async def close(self) -> None: ...


async def test_two_senders_never_claim_the_same_message(store: Store) -> None:
    await store.outbox.queue([message(n) for n in range(200)])

    async def claim(worker: str) -> list[str]:
        found = []
        while rows := await store.outbox.claim(worker, ["sms"], at=AT, limit=7, lease_s=60):
            found += [row.message_id for row in rows]
        return found

    first, second = await asyncio.gather(claim("a"), claim("b"))
    assert len(first) + len(second) == 200
    assert not set(first) & set(second)


async def test_message_queued_twice_is_one(store: Store) -> None:
    await store.outbox.queue([message(1)])
    await store.outbox.queue([message(1)])
    assert len(await store.outbox.recent()) == 1


async def test_gone_sender_leaves_one_possible_repeat_the_first_unmarked(store: Store) -> None:
    await store.outbox.queue([message(n) for n in range(5)])
    claimed = await store.outbox.claim("dead", ["sms"], at=AT, limit=5, lease_s=60)
    first = claimed[0]
    await store.outbox.mark_sent(
        [Sent(message_id=first.message_id, lease_no=first.lease_no, provider="p", provider_ids=("1",), at=AT)]
    )
    assert await store.outbox.release_expired(AT + timedelta(seconds=59)) == 0, "the lease still holds"
    assert await store.outbox.release_expired(AT + timedelta(seconds=61), wait_s=30) == 1
    again = await store.outbox.claim("next", ["sms"], at=AT + timedelta(seconds=62), limit=9, lease_s=60)
    assert [row.possible_repeat for row in again] == [False, False, False], "the repeat waits for its receipt"
    later = await store.outbox.claim("next", ["sms"], at=AT + timedelta(seconds=92), limit=9, lease_s=60)
    assert [(row.message_id, row.possible_repeat) for row in later] == [(claimed[1].message_id, True)]


async def test_sender_that_was_too_slow_marks_its_message_as_a_possible_repeat(store: Store) -> None:
    await store.outbox.queue([message(1)])
    [slow] = await store.outbox.claim("slow", ["sms"], at=AT, limit=1, lease_s=1)
    await store.outbox.release_expired(AT + timedelta(seconds=2))
    await store.outbox.claim("fast", ["sms"], at=AT + timedelta(seconds=2), limit=1, lease_s=60)
    await store.outbox.mark_sent(
        [Sent(message_id=slow.message_id, lease_no=slow.lease_no, provider="p", provider_ids=("1",), at=AT)]
    )
    [row] = await store.outbox.recent()
    assert (row.state, row.possible_repeat) == ("sent", True)


async def test_receipt_before_the_mark_and_twice_settles_once(store: Store) -> None:
    await store.outbox.queue([message(1)])
    receipts = [
        Receipt(provider="p", provider_id=part, status="delivered", at=AT, received_at=AT)
        for part in ("x1", "x2", "x2")
    ]
    await store.outbox.keep_receipts(receipts)
    assert await store.outbox.match_receipts(AT) == 0
    [claimed] = await store.outbox.claim("w", ["sms"], at=AT, limit=1, lease_s=60)
    await store.outbox.mark_sent(
        [Sent(message_id=claimed.message_id, lease_no=claimed.lease_no, provider="p", provider_ids=("x1", "x2"), at=AT)]
    )
    assert await store.outbox.match_receipts(AT) == 1
    await store.outbox.keep_receipts(receipts)
    assert await store.outbox.match_receipts(AT) == 0
    assert [row.state for row in await store.outbox.recent()] == ["delivered"]


async def test_message_of_two_parts_is_delivered_when_both_are_and_failed_when_one_is(store: Store) -> None:
    await store.outbox.queue([message(1), message(2)])
    for row in await store.outbox.claim("w", ["sms"], at=AT, limit=2, lease_s=60):
        ids = (f"{row.address}-1", f"{row.address}-2")
        await store.outbox.mark_sent(
            [Sent(message_id=row.message_id, lease_no=row.lease_no, provider="p", provider_ids=ids, at=AT)]
        )
    statuses = {"19900000001-1": "delivered", "19900000002-1": "delivered", "19900000002-2": "failed"}
    await store.outbox.keep_receipts(
        [Receipt(provider="p", provider_id=k, status=v, at=AT, received_at=AT) for k, v in statuses.items()]
    )
    await store.outbox.match_receipts(AT)
    assert {row.address[-1]: row.state for row in await store.outbox.recent()} == {"1": "sent", "2": "failed"}


async def test_red_goes_before_blue_and_stale_is_not_sent(store: Store) -> None:
    stale = message(3, expires_at=AT - timedelta(seconds=1))
    await store.outbox.queue([message(1, priority=4), message(2, priority=1), stale])
    pipe = Pipe()
    assert await send_once(store, {"pipe": pipe}, RULES.policies, AT) == 2
    assert [one.text for one in pipe.sent] == ["回港 2", "回港 1"]
    assert {row.address[-1]: row.state for row in await store.outbox.recent()}["3"] == "expired"


async def test_passing_fault_is_tried_again_later_and_once_only(store: Store) -> None:
    await store.outbox.queue([message(1)])
    pipe = Pipe()
    pipe.errors = [ErrorKind.RETRY, ErrorKind.THROTTLED]
    for after_s, sent in ((0, 0), (1, 0), (3, 0), (8, 1), (60, 1)):
        await send_once(store, {"pipe": pipe}, RULES.policies, AT + timedelta(seconds=after_s))
        assert len(pipe.sent) == sent, after_s


async def test_refused_text_goes_by_the_next_channel(store: Store) -> None:
    await store.outbox.queue([message(1)])
    cloud, modem = Pipe("cloud"), Pipe("modem")
    cloud.errors = [ErrorKind.CONTENT]
    await send_once(store, {"cloud": cloud, "modem": modem}, RULES.policies, AT)
    assert (len(cloud.sent), len(modem.sent)) == (0, 1)


async def test_number_that_had_its_day_goes_by_the_next_channel(store: Store) -> None:
    await store.outbox.queue([message(n, address="19900000001") for n in range(5)])
    cloud, modem = Pipe("cloud", Limits(number_per_day=3)), Pipe("modem")
    service = SmsService(
        store, {"cloud": cloud, "modem": modem}, RULES.policies, rules=SenderRules(workers=1, batch=1), now=lambda: AT
    )
    await service.once()
    assert (len(cloud.sent), len(modem.sent)) == (3, 2)


async def test_dead_letter_can_be_sent_again_by_a_person(store: Store) -> None:
    await store.outbox.queue([message(1)])
    pipe = Pipe()
    pipe.errors = [ErrorKind.NUMBER]
    await send_once(store, {"pipe": pipe}, RULES.policies, AT)
    [dead] = await store.outbox.dead_letters()
    assert await store.outbox.requeue(dead.message_id, AT)
    await send_once(store, {"pipe": pipe}, RULES.policies, AT)
    assert len(pipe.sent) == 1
    assert not await store.outbox.requeue(dead.message_id, AT)


def storm(severity: Severity = Severity.RED) -> Finding:
    return Finding(
        key="vessels.storm:412000001", rule="vessels.storm", rule_version="1", condition=Condition.ACTIVE,
        severity=severity, subject=Subject(kind=SubjectKind.VESSEL, id="412000001", name="浙洞渔1"), observed_at=AT,
        reason_zh="浪高4.5米", reason_en="Hs 4.5 m",
    )  # fmt: skip


@pytest.fixture
async def crew(store: Store) -> Store:
    rows = (
        ("skipper", "skipper", "1", ScopeKind.VESSEL, "412000001"),
        ("duty", "duty", "2", ScopeKind.DISTRICT, "dongtou"),
        ("caller", "caller", "3", ScopeKind.DISTRICT, "dongtou"),
        ("boss", "leader", "4", ScopeKind.DISTRICT, "dongtou"),
    )
    for name, role, digit, kind, scope in rows:
        await store.contacts.save(
            Contact(contact_id=name, name_zh=name, role=role,
                    addresses=(Address(kind=ChannelKind.SMS, address=f"1990000000{digit}"),)),
            [(Scope(kind=kind, id=scope), 0)],
        )  # fmt: skip
    return store


async def test_unacknowledged_red_goes_up_to_the_leader_in_half_an_hour(crew: Store) -> None:
    desk = AlertDesk(crew, RULES)
    await desk.apply([storm()], AT)
    for minute in range(1, 61):
        await desk.tick(AT + timedelta(minutes=minute))
    told = {row.contact_id: row.due_at - AT for row in await crew.outbox.recent()}
    minutes = {name: wait // timedelta(minutes=1) for name, wait in told.items()}
    assert minutes == {"skipper": 0, "duty": 5, "caller": 15, "boss": 30}


async def test_retraction_by_a_person_is_told_to_those_who_were_told(crew: Store) -> None:
    desk, pipe = AlertDesk(crew, RULES), Pipe()
    await desk.apply([storm()], AT)
    await send_once(crew, {"pipe": pipe}, RULES.policies, AT)
    [alert] = await crew.alerts.queue()
    officer = Actor(id="o", name="周岚", role="regulator")
    await crew.alerts.decide(alert.alert_id, lambda a: handling.retract(a, actor=officer, at=AT, reason="浮标数据有误"))
    for _ in range(2):
        await desk.tick(AT + timedelta(seconds=5))
    later = AT + timedelta(minutes=6)
    await send_once(crew, {"pipe": pipe}, RULES.policies, later)
    assert [one.address for one in pipe.sent] == ["19900000001", "19900000001"]
    assert "此前告警作废" in pipe.sent[1].text


async def test_silenced_alert_speaks_when_its_silencer_ends(crew: Store) -> None:
    desk = AlertDesk(crew, RULES)

    def wave(rule: str, severity: Severity, condition: Condition = Condition.ACTIVE) -> Finding:
        return Finding(
            key=f"{rule}:dt01", rule=rule, rule_version="1", condition=condition, severity=severity,
            subject=Subject(kind=SubjectKind.FARM, id="dt01", name="东屏渔场"), observed_at=AT, reason_zh="浪高",
            reason_en="waves",
        )  # fmt: skip

    async with crew.db.transaction() as tx:
        await tx.connection.execute(
            "insert into farm (farm_id, name_zh, district_id, lat_deg, lon_deg) "
            "values ('dt01', '东', 'dongtou', 27.8, 121.2)"
        )
    await crew.contacts.save(
        Contact(contact_id="farmer", name_zh="场主", role="farmer",
                addresses=(Address(kind=ChannelKind.SMS, address="19900000009"),)),
        [(Scope(kind=ScopeKind.FARM, id="dt01"), 0)],
    )  # fmt: skip
    await desk.apply([wave("waves.now", Severity.RED), wave("waves.forecast", Severity.BLUE)], AT)
    quiet = await crew.alerts.open_alert("waves.forecast:dt01")
    assert quiet is not None and quiet.inhibited_by == "waves.now:dt01" and quiet.told_at is None
    assert [row.rule for row in await crew.outbox.recent()] == ["waves.now"]
    for after_s in (10, 2000):
        await desk.apply([wave("waves.now", Severity.RED, Condition.CLEARED)], AT + timedelta(seconds=after_s))
    await desk.tick(AT + timedelta(seconds=2001))
    speaks = await crew.alerts.open_alert("waves.forecast:dt01")
    assert speaks is not None and speaks.inhibited_by is None and speaks.told_at is not None
    assert sorted(row.rule for row in await crew.outbox.recent()) == ["waves.forecast", "waves.now"]
    assert await crew.alerts.verify_chain() == []


async def test_two_desks_raising_the_same_key_make_one_alert_and_one_message(crew: Store) -> None:
    desks = [AlertDesk(crew, RULES) for _ in range(4)]
    await asyncio.gather(*(desk.apply([storm()], AT + timedelta(milliseconds=n)) for n, desk in enumerate(desks)))
    assert len(await crew.alerts.queue()) == 1
    assert len(await crew.outbox.recent()) == 1
    [alert] = await crew.alerts.queue()
    assert alert.handling is Handling.RAISED
