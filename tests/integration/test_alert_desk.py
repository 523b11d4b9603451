"""Findings to alerts to messages to the recorder, on a real PostgreSQL."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alerts import handling, rules
from alerts.directory import Address, ChannelKind, Contact, Scope, ScopeKind, Shift
from alerts.model import Actor, Handling
from core.errors import StoreError
from core.finding import Condition, Finding, Place, Severity, Subject, SubjectKind
from services.alerting import AlertDesk
from services.channels.recorder import Recorder
from services.sms import send_once
from store.alerts import AlertConflictError
from store.database import Database
from store.store import Store

AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
RULES = rules.load(Path(__file__).parents[2] / "config" / "rules")
OFFICER = Actor(id="officer", name="值班员甲", role="regulator")
OTHER = Actor(id="officer2", name="值班员乙", role="regulator")


def finding(
    rule: str = "cages.oxygen",
    kind: SubjectKind = SubjectKind.CAGE,
    subject: str = "dt01-c01",
    name: str = "1号网箱",
    condition: Condition = Condition.ACTIVE,
    severity: Severity = Severity.ORANGE,
    reason: str = "2米溶氧2.8mg/L，低于3",
    advice: str = "请开增氧、停喂",
    at: datetime = AT,
) -> Finding:
    return Finding(
        key=f"{rule}:{subject}", rule=rule, rule_version="t1", condition=condition, severity=severity,
        subject=Subject(kind=kind, id=subject, name=name), observed_at=at,
        reason_zh=reason, reason_en="DO 2.8 mg/L at 2 m, below 3", advice_zh=advice, advice_en="Aerate, stop feeding",
        place=Place(lat_deg=27.8, lon_deg=121.2), values={"do_mg_l": 2.8},
    )  # fmt: skip


def person(contact_id: str, role: str, number: str) -> Contact:
    return Contact(
        contact_id=contact_id, name_zh=contact_id, role=role,
        addresses=(Address(kind=ChannelKind.SMS, address=number),),
    )  # fmt: skip


@pytest.fixture
async def sea(store: Store) -> Store:
    """A farm of 12 cages with a farmer, and a district with somebody on duty."""
    async with store.db.transaction() as tx:
        connection = tx.connection
        await connection.execute(
            "insert into farm (farm_id, name_zh, district_id, lat_deg, lon_deg) "
            "values ('dt01', '东屏渔场', 'dongtou', 27.8, 121.2)"
        )
        for number in range(1, 13):
            await connection.execute(
                "insert into cage (cage_id, farm_id, name_zh) values (%s, 'dt01', %s)",
                (f"dt01-c{number:02d}", f"{number}号网箱"),
            )
    await store.contacts.save(
        person("farmer1", "farmer", "19900000001"), [(Scope(kind=ScopeKind.FARM, id="dt01"), 0)], farm_id="dt01"
    )
    await store.contacts.save(
        person("duty1", "duty", "19900000002"), [(Scope(kind=ScopeKind.DISTRICT, id="dongtou"), 0)]
    )
    await store.contacts.add_shift(
        Shift(
            district_id="dongtou", contact_id="duty1", starts_at=AT - timedelta(hours=2), ends_at=AT + timedelta(days=1)
        )
    )
    return store


def texts(path: Path) -> list[str]:
    return [json.loads(line)["text"] for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


async def test_low_oxygen_raises_one_alert_and_one_chinese_sms(sea: Store, tmp_path: Path) -> None:
    desk, record = AlertDesk(sea, RULES), tmp_path / "sms.jsonl"
    applied = await desk.apply([finding()], AT)
    assert (applied.raised, applied.messages, applied.unheard) == (1, 1, 0)
    assert await send_once(sea, {"recorder": Recorder(record)}, RULES.policies, AT) == 1
    assert texts(record) == ["【黄鱼守望】橙色告警 1号网箱 2米溶氧2.8mg/L，低于3。请开增氧、停喂。18:00 回1收到"]
    await desk.tick(AT + timedelta(seconds=5))
    [alert] = await sea.alerts.queue()
    assert (alert.handling, alert.farm_id, alert.district_id) == (Handling.NOTIFIED, "dt01", "dongtou")
    assert [event.step for event in await sea.alerts.events(alert.alert_id)] == ["raised", "notified"]
    assert await sea.alerts.verify_chain() == []


async def test_twelve_cages_of_one_owner_make_one_sms(sea: Store, tmp_path: Path) -> None:
    desk = AlertDesk(sea, RULES)
    found = [finding(subject=f"dt01-c{n:02d}", name=f"{n}号网箱") for n in range(1, 13)]
    applied = await desk.apply(found, AT)
    assert (applied.raised, applied.messages) == (12, 1)
    record = tmp_path / "sms.jsonl"
    await send_once(sea, {"recorder": Recorder(record)}, RULES.policies, AT)
    [text] = texts(record)
    assert "等12处" in text


async def test_two_officers_cannot_take_one_alert(sea: Store) -> None:
    desk = AlertDesk(sea, RULES)
    await desk.apply([finding(rule="vessels.identity.unregistered", kind=SubjectKind.TARGET, subject="412000001")], AT)
    [alert] = await sea.alerts.queue()
    taken = await sea.alerts.decide(
        alert.alert_id, lambda a: handling.take(a, actor=OFFICER, at=AT), version=alert.version
    )
    assert (taken.handling, taken.assignee) == (Handling.IN_DISPOSAL, "officer")
    with pytest.raises(AlertConflictError, match="已被他人处理"):
        await sea.alerts.decide(alert.alert_id, lambda a: handling.take(a, actor=OTHER, at=AT), version=alert.version)
    stale = handling.take(alert, actor=OTHER, at=AT)
    with pytest.raises(AlertConflictError):
        await sea.alerts.commit_outcome(stale)


async def test_audit_log_altered_row_is_found(sea: Store, database_dsn: str) -> None:
    desk = AlertDesk(sea, RULES)
    for number in range(1, 4):
        await desk.apply([finding(subject=f"dt01-c{number:02d}")], AT)
    async with Database.session(database_dsn) as database, database.transaction() as tx:
        await tx.connection.execute("alter table alert_event disable trigger user")
        await tx.connection.execute(
            "update alert_event set note = 'x' where seq = 1 and alert_id = (select alert_id from alert limit 1)"
        )
    problems = await sea.alerts.verify_chain()
    assert [problem.text for problem in problems] == ["its contents do not match its hash"]


async def test_services_role_has_every_right_it_needs_and_no_more(
    sea: Store, role_dsn: Callable[[str], str], tmp_path: Path
) -> None:
    async with Database.session(role_dsn("huangyu_services"), application="test") as database:
        store = Store(database)
        desk = AlertDesk(store, RULES)
        boat = finding(rule="vessels.storm", kind=SubjectKind.VESSEL, subject="412000001", severity=Severity.RED)
        await desk.apply([finding(), boat], AT)
        assert await send_once(store, {"recorder": Recorder(tmp_path / "r.jsonl")}, RULES.policies, AT) == 2
        await desk.tick(AT + timedelta(minutes=16))
        for alert in await store.alerts.queue():
            await store.alerts.decide(alert.alert_id, lambda a: handling.take(a, actor=OFFICER, at=AT))
        assert await store.alerts.verify_chain() == []
        with pytest.raises(StoreError):
            async with database.transaction() as tx:
                await tx.connection.execute("update alert_event set note = 'x'")
