"""One contract for alerts, outbox and contacts: the real families and the fakes do the same."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from alerts import handling, lifecycle, rules
from alerts.directory import Address, ChannelKind, Contact, Scope, ScopeKind, Shift
from alerts.limits import Limits
from alerts.model import Actor, Handling
from core.finding import Condition, Finding, Severity, Subject, SubjectKind
from services.alerting import AlertDesk
from services.channels.base import Inbox
from services.channels.recorder import Recorder
from services.sender import Tally
from services.sms import SharedClock, SmsService, send_once
from store.alerts import AlertConflictError
from store.database import Database
from store.errors import StoreUnavailableError
from store.fake import FakeStore
from store.outbox import Failed, Receipt, Reply, Sent
from store.places import Cage, Farm
from store.store import Store

AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
RULES = rules.load(Path(__file__).parents[2] / "config" / "rules")
OFFICER = Actor(id="o", name="周岚", role="regulator")
FARM, DISTRICT = Scope(kind=ScopeKind.FARM, id="dt01"), Scope(kind=ScopeKind.DISTRICT, id="dongtou")


@pytest.fixture(params=["fake", "real"])
async def families(request: pytest.FixtureRequest, database_dsn: str) -> AsyncIterator[Any]:
    if request.param == "fake":
        yield await _peopled(FakeStore())
        return
    async with Database.session(database_dsn, application="test") as database:
        yield await _peopled(Store(database))


async def _peopled(store: Any) -> Any:
    """Return the store with a farm of two cages, its farmer, and somebody for the desk."""
    await store.places.save_farm(
        Farm(farm_id="dt01", name_zh="东屏", name_en="", district_id="dongtou", lat_deg=27.8, lon_deg=121.2)
    )
    for number in (1, 2):
        await store.places.save_cage(
            Cage(cage_id=f"dt01-c0{number}", farm_id="dt01", kind="cage", name_zh=f"{number}号", name_en="",
                 lat_deg=27.8, lon_deg=121.2)
        )  # fmt: skip
    for name, role, number, scope in (("farmer", "farmer", 1, FARM), ("duty", "duty", 2, DISTRICT)):
        address = Address(kind=ChannelKind.SMS, address=f"1990000000{number}")
        await store.contacts.save(Contact(contact_id=name, name_zh=name, role=role, addresses=(address,)), [(scope, 0)])
    return store


def found(number: int = 1, severity: Severity = Severity.RED, condition: Condition = Condition.ACTIVE) -> Finding:
    return Finding(
        key=f"cages.oxygen:dt01-c0{number}", rule="cages.oxygen", rule_version="1", condition=condition,
        severity=severity,
        subject=Subject(kind=SubjectKind.CAGE, id=f"dt01-c0{number}", name=f"{number}号网箱"), observed_at=AT,
        reason_zh="溶氧低", reason_en="DO low",
    )  # fmt: skip


async def test_alert_is_kept_with_its_place_log_and_message(families: Any) -> None:
    await AlertDesk(families, RULES).apply([found(1), found(2)], AT)
    alerts = await families.alerts.queue()
    assert [(a.farm_id, a.district_id, a.handling) for a in alerts] == [("dt01", "dongtou", Handling.RAISED)] * 2
    assert await families.alerts.open_keys() == {"cages.oxygen:dt01-c01", "cages.oxygen:dt01-c02"}
    [message] = await families.outbox.recent()
    assert (message.contact_id, message.state, message.farm_id) == ("farmer", "queued", "dt01")
    assert {row.message_id for a in alerts for row in await families.outbox.of_alert(a.alert_id)} == {
        message.message_id
    }
    assert [e.step for e in await families.alerts.events(alerts[0].alert_id)] == ["raised"]
    assert await families.alerts.verify_chain() == []


async def test_step_on_an_old_version_is_refused(families: Any) -> None:
    await AlertDesk(families, RULES).apply([found()], AT)
    [seen] = await families.alerts.queue()
    await families.alerts.decide(seen.alert_id, lambda a: handling.take(a, actor=OFFICER, at=AT), version=seen.version)
    with pytest.raises(AlertConflictError):
        await families.alerts.decide(
            seen.alert_id, lambda a: handling.add_note(a, actor=OFFICER, at=AT, text="x"), version=seen.version
        )
    with pytest.raises(AlertConflictError):
        await families.alerts.commit_outcome(handling.take(seen, actor=OFFICER, at=AT))
    kept = await families.alerts.get(seen.alert_id)
    assert (kept.handling, kept.version, kept.assignee) == (Handling.IN_DISPOSAL, 2, "o")


async def test_key_open_already_is_refused(families: Any) -> None:
    for second in (0, 1):
        outcome = lifecycle.step(None, found(), at=AT + timedelta(seconds=second), policies=RULES.policies)
        assert outcome is not None
        if second == 0:
            await families.alerts.commit_outcome(outcome)
        else:
            with pytest.raises(AlertConflictError):
                await families.alerts.commit_outcome(outcome)


async def test_sent_message_makes_the_alert_notified(families: Any, tmp_path: Path) -> None:
    desk = AlertDesk(families, RULES)
    await desk.apply([found()], AT)
    assert await families.alerts.raised_and_told() == []
    assert await send_once(families, {"recorder": Recorder(tmp_path / "r.jsonl")}, RULES.policies, AT) == 1
    await desk.tick(AT)
    [alert] = await families.alerts.queue(handlings=["notified"])
    assert alert.version == 2
    assert (await families.outbox.last_to("19900000001", AT)).alert_ids == [alert.alert_id]
    assert (await families.outbox.counts(["19900000001"], "recorder", AT - timedelta(hours=1)))["19900000001"].n == 1


async def test_lease_failure_and_repeat(families: Any) -> None:
    await AlertDesk(families, RULES).apply([found()], AT)
    [one] = await families.outbox.claim("w", ["sms"], at=AT, limit=5, lease_s=60)
    assert await families.outbox.claim("x", ["sms"], at=AT, limit=5, lease_s=60) == []
    failed = Failed(
        message_id=one.message_id, lease_no=one.lease_no, state="queued", error="e", due_at=AT, tried="smpp"
    )
    assert await families.outbox.mark_failed(failed)
    assert not await families.outbox.mark_failed(failed), "the lease is gone"
    [again] = await families.outbox.claim("w", ["sms"], at=AT, limit=5, lease_s=60)
    assert (again.attempts, again.tried, again.possible_repeat) == (2, ["smpp"], False)
    assert await families.outbox.release_expired(AT + timedelta(seconds=61)) == 1
    [third] = await families.outbox.claim("w", ["sms"], at=AT + timedelta(seconds=61), limit=5, lease_s=60)
    assert third.possible_repeat


async def test_receipts_settle_once(families: Any) -> None:
    await AlertDesk(families, RULES).apply([found()], AT)
    [one] = await families.outbox.claim("w", ["sms"], at=AT, limit=5, lease_s=60)
    await families.outbox.mark_sent(
        [Sent(message_id=one.message_id, lease_no=one.lease_no, provider="p", provider_ids=("1", "2"), at=AT)]
    )
    for part, settled in (("1", 0), ("1", 0), ("2", 1)):
        await families.outbox.keep_receipts(
            [Receipt(provider="p", provider_id=part, status="delivered", at=AT, received_at=AT)]
        )
        assert await families.outbox.match_receipts(AT) == settled
    assert [row.state for row in await families.outbox.recent()] == ["delivered"]


async def test_reply_is_kept_once_and_opting_out_is_remembered(families: Any) -> None:
    reply = Reply(provider="p", address="1", text="1", received_at=AT, meaning="received", dedup="d")
    assert await families.outbox.keep_reply(reply)
    assert not await families.outbox.keep_reply(reply)
    assert await families.contacts.opt_out("19900000001", AT) == 1
    farmer = (await families.contacts.contacts(["farmer"]))["farmer"]
    await families.contacts.save(farmer, [(FARM, 0)])
    assert (await families.contacts.contacts(["farmer"]))["farmer"].opted_out_at == AT


async def test_rota_says_who_has_duty(families: Any) -> None:
    await families.contacts.add_shift(
        Shift(district_id="dongtou", contact_id="duty", starts_at=AT, ends_at=AT + timedelta(hours=8))
    )
    for at, on_duty in ((AT, 1), (AT + timedelta(hours=8), 0)):
        book = await families.contacts.directory({FARM, DISTRICT}, at)
        assert len(book.shifts) == on_duty
        assert sorted(book.contacts) == ["duty", "farmer"]


async def test_pending_alert_that_no_judge_confirms_vanishes(families: Any) -> None:
    desk = AlertDesk(families, RULES)
    blind = Finding(
        key="cages.blind:x", rule="cages.blind", rule_version="1", condition=Condition.ACTIVE, severity=Severity.BLUE,
        subject=Subject(kind=SubjectKind.CAGE, id="dt01-c01"), observed_at=AT, reason_zh="无数据", reason_en="no data",
    )  # fmt: skip
    await desk.apply([blind, found()], AT)
    await desk.apply([], AT + timedelta(seconds=100))
    assert set(await families.alerts.not_final()) == {"cages.blind:x", "cages.oxygen:dt01-c01"}
    await desk.apply([], AT + timedelta(seconds=121))
    assert set(await families.alerts.not_final()) == {"cages.oxygen:dt01-c01"}
    assert await families.alerts.verify_chain() == []


async def test_reply_and_receipt_with_nul_are_kept(families: Any) -> None:
    reply = Reply(provider="p", address="199\0", text="收\0到\ud800", received_at=AT, meaning="words", dedup="x\0")
    assert await families.outbox.keep_reply(reply)
    receipt = Receipt(
        provider="p", provider_id="7\0", status="delivered", at=AT, received_at=AT, error="\0",
        raw={"text": "id:7\0 \ud800", "list": ["\0"]},
    )  # fmt: skip
    await families.outbox.keep_receipts([receipt])
    assert await families.outbox.last_to("199\0", AT) is None


class Mouth:
    """A channel that brings one receipt once."""

    name, kinds, repeat_safe, limits = "mouth", frozenset({"sms"}), False, Limits()

    def __init__(self, receipts: list[Receipt]) -> None:
        self.receipts = receipts

    async def inbox(self) -> Inbox:
        receipts, self.receipts = self.receipts, []
        return Inbox(receipts=receipts)


async def test_receipt_that_came_while_the_database_was_away_is_kept_afterwards(
    families: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await AlertDesk(families, RULES).apply([found()], AT)
    [one] = await families.outbox.claim("w", ["sms"], at=AT, limit=5, lease_s=60)
    await families.outbox.mark_sent(
        [Sent(message_id=one.message_id, lease_no=one.lease_no, provider="mouth", provider_ids=("1",), at=AT)]
    )
    mouth = Mouth([Receipt(provider="mouth", provider_id="1", status="delivered", at=AT, received_at=AT)])
    service = SmsService(families, {"mouth": mouth}, RULES.policies, now=lambda: AT)  # type: ignore[dict-item]

    async def away(_receipts: object) -> None:
        raise StoreUnavailableError("away")

    with monkeypatch.context() as patch:
        patch.setattr(families.outbox, "keep_receipts", away)
        with pytest.raises(StoreUnavailableError):
            await service.collect(Tally())
    await service.collect(Tally())
    assert [row.state for row in await families.outbox.recent()] == ["delivered"]


async def test_senders_clock_is_the_databases_however_wrong_the_host(
    families: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ahead = timedelta(hours=3)

    async def told() -> datetime:
        return datetime.now(UTC) + ahead

    monkeypatch.setattr(families.outbox, "clock", told)
    clock = SharedClock(families)
    await clock.look()
    assert abs(clock.now() - datetime.now(UTC) - ahead) < timedelta(seconds=2)
    monkeypatch.undo()
    await clock.look()
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=2)
