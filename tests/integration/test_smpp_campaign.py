"""A storm campaign over SMPP to an SMS centre on loopback: everyone told once, receipts matched, replies counted."""

import asyncio
import socket
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alerts import rules
from alerts.campaign import Campaign, Recipient
from alerts.directory import Address, ChannelKind, Contact, Scope, ScopeKind
from alerts.model import Handling
from core.errors import AppError
from core.finding import Condition, Finding, Severity, Subject, SubjectKind
from firmware_sim.smsc import Smsc
from services import campaigns
from services.alerting import AlertDesk
from services.campaign_orders import carry_out
from services.channels.recorder import Recorder
from services.channels.smpp import SmppChannel, SmppSettings
from services.sender import SenderRules
from services.sms import SmsService
from store.store import Store

RULES = rules.load(Path(__file__).parents[2] / "config" / "rules")
TEXT_ZH = "台风将至，{name}须于{latest}前回{shelter}避风。{reply}"
TEXT_EN = "Typhoon: {name} must leave for {shelter} by {latest}. {reply}"


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.fixture
async def smsc() -> AsyncIterator[Smsc]:
    centre = Smsc(port=free_port())
    await centre.start()
    yield centre
    await centre.stop()


@pytest.fixture
async def smpp(smsc: Smsc, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SmppChannel]:
    monkeypatch.setenv("HUANGYU_SMPP_PASSWORD", "secret")
    channel = SmppChannel(
        "smpp", SmppSettings(host="127.0.0.1", port=smsc.port, system_id="huangyu", source_addr="1069")
    )
    yield channel
    await channel.close()


@pytest.mark.parametrize("known", [True, False])
async def test_order_of_a_screen_begins_one_campaign_or_says_why_not(store: Store, known: bool) -> None:
    at = datetime.now(UTC)
    if known:
        captain = Contact(
            contact_id="c1",
            name_zh="船老大",
            role="skipper",
            addresses=(Address(kind=ChannelKind.SMS, address="19900000011"),),
        )
        await store.contacts.save(captain, [(Scope(kind=ScopeKind.VESSEL, id="412345678"), 0)])
    order = {
        "district_id": "dongtou",
        "name_zh": "演练",
        "severity": 3,
        "text_zh": "演练",
        "text_en": "Drill",
        "drill": True,
        "login": "officer",
    }
    await store.db.execute("reader/order_campaign", **order)
    assert await carry_out(store, RULES.wording, at) == int(known)
    assert await carry_out(store, RULES.wording, at) == 0
    begun = [(c.name_zh, c.drill, c.started_by) for c in await store.campaigns.list("dongtou")]
    assert begun == ([("演练", True, "officer")] if known else [])


def boats(count: int) -> list[Recipient]:
    return [
        Recipient(
            recipient_id=f"mmsi:{412000000 + n}", name_zh=f"浙洞渔{n:05d}", address=f"199{n:08d}", mmsi=412000000 + n,
            words={"latest": "23日18时", "shelter": "东沙港"},
        )
        for n in range(count)
    ]  # fmt: skip


async def begin(store: Store, people: list[Recipient], **more: object) -> Campaign:
    return await campaigns.begin(
        store, RULES.wording, name_zh="第29号台风", district_id="dongtou", severity=Severity.RED, text_zh=TEXT_ZH,
        text_en=TEXT_EN, by="officer", at=datetime.now(UTC), recipients=people, **more,  # type: ignore[arg-type]
    )  # fmt: skip


async def settle(service: SmsService, smsc: Smsc, done: object) -> None:
    for _ in range(200):
        await service.once()
        if await done():  # type: ignore[operator]
            return
        await asyncio.sleep(0.02)
    raise AssertionError("did not settle in time")


async def test_campaign_tells_every_boat_once_and_counts_answers(store: Store, smsc: Smsc, smpp: SmppChannel) -> None:
    smsc.answer = lambda message: "1" if int(message.address[-1]) < 8 else None
    smsc.throttle = 0.05
    people = [*boats(60), Recipient(recipient_id="mmsi:412999999", name_zh="浙洞渔99999", mmsi=412999999)]
    campaign = await begin(store, people)
    service = SmsService(store, {"smpp": smpp}, RULES.policies, rules=SenderRules(workers=3, batch=10))

    async def answered() -> bool:
        tally = await store.campaigns.tally(campaign.campaign_id)
        return tally.delivered == 60 and tally.answered == 48

    await settle(service, smsc, answered)
    tally = await store.campaigns.tally(campaign.campaign_id)
    assert (tally.total, tally.no_number, tally.told, tally.left, tally.possible_repeats) == (61, 1, 60, 13, 0)
    assert Counter(message.address for message in smsc.received) == {
        person.address: 1 for person in people if person.address
    }
    assert smsc.received[0].text.startswith("【黄鱼守望】台风将至，浙洞渔")
    left = await store.campaigns.left(campaign.campaign_id)
    assert left[0].recipient_id == "mmsi:412999999", "a boat without a number is phoned first"
    assert await store.campaigns.called(
        campaign.campaign_id, "mmsi:412999999", by="officer", result="reached", at=datetime.now(UTC)
    )
    assert (await store.campaigns.tally(campaign.campaign_id)).left == 12
    sheet = campaigns.phone_list(await store.campaigns.left(campaign.campaign_id))
    assert sheet.startswith("\ufeff序号,名称,电话") and len(sheet.splitlines()) == 13


async def test_campaign_begun_twice_is_refused(store: Store) -> None:
    campaign = await begin(store, boats(2))
    with pytest.raises(AppError, match="已开始"):
        await campaigns.begin(
            store, RULES.wording, name_zh=campaign.name_zh, district_id="dongtou", severity=Severity.RED, text_zh="x",
            text_en="x", by="officer", at=campaign.started_at, recipients=boats(2),
        )  # fmt: skip


async def test_drill_reaches_only_the_recorder_and_the_test_list(
    store: Store, smsc: Smsc, smpp: SmppChannel, tmp_path: Path
) -> None:
    people = [replace(boat, test_list=boat.recipient_id.endswith("3")) for boat in boats(10)]
    campaign = await begin(store, people, drill=True)
    channels = {"smpp": smpp, "recorder": Recorder(tmp_path / "sms.jsonl")}
    service = SmsService(store, channels, RULES.policies)

    async def told() -> bool:
        return (await store.campaigns.tally(campaign.campaign_id)).told == 10

    await settle(service, smsc, told)
    assert [message.address for message in smsc.received] == ["19900000003"]
    assert all("【演练】" in message.text for message in smsc.received)
    lines = (tmp_path / "sms.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 9 and all("【演练】" in line for line in lines)


async def test_bad_number_is_dead_and_the_rest_goes_on(store: Store, smsc: Smsc, smpp: SmppChannel) -> None:
    smsc.bad_numbers = frozenset({"19900000001"})
    campaign = await begin(store, boats(3))
    service = SmsService(store, {"smpp": smpp}, RULES.policies)

    async def done() -> bool:
        return (await store.campaigns.tally(campaign.campaign_id)).delivered == 2

    await settle(service, smsc, done)
    [dead] = await store.outbox.dead_letters()
    assert (dead.address, dead.state) == ("19900000001", "dead")
    assert "number" in dead.last_error


async def test_smsc_away_fails_over_to_the_next_channel(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUANGYU_SMPP_PASSWORD", "secret")
    away = SmppChannel("smpp", SmppSettings(host="127.0.0.1", port=free_port(), system_id="huangyu"))
    await begin(store, boats(3))
    service = SmsService(store, {"smpp": away, "recorder": Recorder(tmp_path / "sms.jsonl")}, RULES.policies)
    for _ in range(3):
        tally = await service.once()
    assert tally.away == ("smpp",)
    rows = await store.outbox.recent()
    assert {(row.state, row.provider) for row in rows} == {("sent", "recorder")}


async def test_reply_1_acknowledges_the_alert_and_stops_its_escalation(
    store: Store, smsc: Smsc, smpp: SmppChannel
) -> None:
    smsc.answer = lambda message: "１。"
    await store.db.execute("contacts/opt", address="nobody", at=None)
    await store.contacts.save(
        Contact(
            contact_id="skipper", name_zh="船老大", role="skipper",
            addresses=(Address(kind=ChannelKind.SMS, address="19900000009"),),
        ),
        [(Scope(kind=ScopeKind.VESSEL, id="412345678"), 0)],
    )  # fmt: skip
    at = datetime.now(UTC)
    storm = Finding(
        key="vessels.storm:412345678", rule="vessels.storm", rule_version="1", condition=Condition.ACTIVE,
        severity=Severity.RED, subject=Subject(kind=SubjectKind.VESSEL, id="412345678", name="浙洞渔12345"),
        observed_at=at, reason_zh="今夜22时起浪高4.5米", reason_en="Hs 4.5 m from 22:00",
        advice_zh="18时前回东沙港避风", advice_en="Be in Dongsha by 18:00", valid_until=at + timedelta(hours=12),
    )  # fmt: skip
    desk = AlertDesk(store, RULES)
    assert (await desk.apply([storm], at)).messages == 1
    service = SmsService(store, {"smpp": smpp}, RULES.policies)

    async def acknowledged() -> bool:
        [alert] = await store.alerts.queue()
        return alert.handling is Handling.ACKNOWLEDGED

    await settle(service, smsc, acknowledged)
    [alert] = await store.alerts.queue()
    assert alert.escalate_at is None
    assert (await store.alerts.events(alert.alert_id))[-1].actor == "sms:skipper"
    assert smsc.received[0].text == "【黄鱼守望】红色告警 浙洞渔12345 今夜22时起浪高4.5米。18时前回东沙港避风。" + (
        f"{(at + timedelta(hours=8)):%H:%M} 回1收到"
    )


async def test_long_text_goes_in_parts_and_arrives_whole(store: Store, smsc: Smsc, smpp: SmppChannel) -> None:
    long_text = "大风预警：" + "风力十级，浪高五米，请立即回港避风。" * 8
    people = boats(1)
    campaign = await campaigns.begin(
        store, RULES.wording, name_zh="长文", district_id="dongtou", severity=Severity.RED, text_zh=long_text,
        text_en="x", by="officer", at=datetime.now(UTC), recipients=people,
    )  # fmt: skip
    service = SmsService(store, {"smpp": smpp}, RULES.policies)

    async def delivered() -> bool:
        return (await store.campaigns.tally(campaign.campaign_id)).delivered == 1

    await settle(service, smsc, delivered)
    assert smsc.submits == 3
    assert smsc.received[0].text == "【黄鱼守望】" + long_text
