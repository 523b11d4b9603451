"""Official CAP warnings: kept, overtaken, cancelled, and told to everyone inside, from a folder and from a feed."""

import threading
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from alerts import rules
from alerts.cap import CapArea, CapInfo, CapMessage, CapReference, Sender
from alerts.directory import Address, ChannelKind, Contact, Scope, ScopeKind
from core.finding import Condition, Finding, Place, Severity, Subject, SubjectKind
from services import cap_feed, cap_xml
from services.alerting import AlertDesk
from services.cap_in import CapInbox, CapSettings
from store.store import Store

RULES = rules.load(Path(__file__).parents[2] / "config" / "rules")
AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
NEAR = ((27.5, 120.9), (28.1, 120.9), (28.1, 121.6), (27.5, 121.6), (27.5, 120.9))


def warning(
    number: int, kind: str = "Alert", refs: tuple[int, ...] = (), status: str = "Actual", **more: object
) -> CapMessage:
    info = CapInfo(
        language="zh-CN", category=("Met",), event="海浪", urgency="Expected", severity="Moderate", certainty="Likely",
        expires_at=AT + timedelta(hours=24), sender_name="浙江海洋预报", headline="洞头近岸海浪黄色警报",
        instruction="请船只回港", areas=(CapArea(description="洞头近岸", polygons=(NEAR,)),),
    )  # fmt: skip
    return CapMessage(
        identifier=f"w{number}", sender="cma@example.cn", sent_at=AT + timedelta(minutes=number), status=status,
        msg_type=kind, scope="Public", infos=(info,),
        references=tuple(
            CapReference(sender="cma@example.cn", identifier=f"w{n}", sent_at=AT + timedelta(minutes=n)) for n in refs
        ),
    )  # fmt: skip


@pytest.fixture
async def sea(store: Store) -> Store:
    async with store.db.transaction() as tx:
        await tx.connection.execute(
            "insert into farm (farm_id, name_zh, district_id, lat_deg, lon_deg) values "
            "('dt01', '东屏渔场', 'dongtou', 27.8, 121.2), ('dt02', '南麂渔场', 'dongtou', 26.5, 121.1)"
        )
    for number, farm in enumerate(("dt01", "dt02"), start=1):
        await store.contacts.save(
            Contact(contact_id=f"f{number}", name_zh=f"场主{number}", role="farmer",
                    addresses=(Address(kind=ChannelKind.SMS, address=f"1990000000{number}"),)),
            [(Scope(kind=ScopeKind.FARM, id=farm), 0)],
        )  # fmt: skip
    return store


@pytest.fixture
async def inbox(sea: Store, tmp_path: Path) -> AsyncIterator[CapInbox]:
    box = CapInbox(sea, RULES.wording, CapSettings(folder=tmp_path))
    yield box
    await box.close()


async def test_warning_in_the_folder_is_told_once_to_those_inside(sea: Store, inbox: CapInbox, tmp_path: Path) -> None:
    (tmp_path / "w1.xml").write_bytes(cap_xml.write(warning(1)))
    (tmp_path / "broken.xml").write_bytes(b"<alert")
    assert await inbox.once(AT) == {"taken": 1, "relayed": 1}
    assert await inbox.once(AT) == {"taken": 0, "relayed": 0}
    [message] = await sea.outbox.recent()
    assert (message.address, message.priority) == ("19900000001", 3)
    assert message.text == "【黄鱼守望】浙江海洋预报：洞头近岸海浪黄色警报。请船只回港至11-24 18:00"


async def test_cancel_puts_out_of_force_and_is_told_to_whom_the_warning_was(sea: Store, inbox: CapInbox) -> None:
    await inbox.take(cap_xml.write(warning(1)), "test", AT)
    await inbox.relay(AT)
    assert len(await sea.official.active(AT)) == 1
    await inbox.take(cap_xml.write(warning(2, "Cancel", (1,))), "test", AT)
    await inbox.relay(AT)
    assert await sea.official.active(AT) == []
    texts = {row.text: row.address for row in await sea.outbox.recent()}
    assert texts["【黄鱼守望】浙江海洋预报：海浪预警已解除"] == "19900000001"
    assert len(texts) == 2


async def test_update_arriving_before_its_warning_wins(sea: Store, inbox: CapInbox) -> None:
    await inbox.take(cap_xml.write(warning(2, "Update", (1,))), "test", AT)
    await inbox.take(cap_xml.write(warning(1)), "test", AT)
    assert [row.identifier for row in await sea.official.active(AT)] == ["w2"]


@pytest.mark.parametrize("status", ["Test", "System", "Draft"])
async def test_message_that_is_no_warning_is_kept_and_told_to_nobody(sea: Store, inbox: CapInbox, status: str) -> None:
    assert await inbox.take(cap_xml.write(warning(1, status=status)), "test", AT)
    assert await inbox.relay(AT) == 0
    assert await sea.outbox.recent() == []


async def test_exercise_is_a_drill(sea: Store, inbox: CapInbox) -> None:
    await inbox.take(cap_xml.write(warning(1, status="Exercise")), "test", AT)
    await inbox.relay(AT)
    [message] = await sea.outbox.recent()
    assert (message.drill, message.kind) == (True, "recorder")
    assert "【演练】" in message.text


async def test_feed_of_links_is_followed_once(sea: Store) -> None:
    rows = [warning(1), warning(2, "Update", (1,))]
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            links = "".join(f'<entry><link href="/m/{m.identifier}"/></entry>' for m in rows)
            body = f'<feed xmlns="http://www.w3.org/2005/Atom">{links}</feed>'.encode()
            if self.path != "/feed":
                body = cap_xml.write(next(m for m in rows if self.path.endswith(m.identifier)))
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    address = f"http://127.0.0.1:{server.server_address[1]}/feed"
    box = CapInbox(sea, RULES.wording, CapSettings(url=(address, "http://127.0.0.1:1/away")))
    assert (await box.once(AT))["taken"] == 2
    assert (await box.once(AT))["taken"] == 0
    assert asked.count("/m/w1") == 1
    await box.close()
    server.shutdown()
    server.server_close()


async def test_our_feed_lists_public_alerts_as_valid_cap(sea: Store) -> None:
    def finding(rule: str, key: str) -> Finding:
        return Finding(
            key=key, rule=rule, rule_version="1", condition=Condition.ACTIVE, severity=Severity.RED,
            subject=Subject(kind=SubjectKind.FARM, id="dt01", name="东屏渔场"), observed_at=AT, reason_zh="浪高6.2m",
            reason_en="Hs 6.2 m", place=Place(lat_deg=27.8, lon_deg=121.2),
        )  # fmt: skip

    await AlertDesk(sea, RULES).apply(
        [finding("waves.forecast", "waves.forecast:dt01"), finding("vessels.identity.unregistered", "v:1")], AT
    )
    rows = await cap_feed.messages(sea, RULES.policies, Sender(), public_only=True)
    assert [alert.rule for alert, _ in rows] == ["waves.forecast"]
    atom = cap_feed.feed(rows, "https://shore.example", "黄鱼守望", AT)
    root = cap_xml.parse_safely(atom)
    assert (
        root.findtext("{http://www.w3.org/2005/Atom}entry/{http://www.w3.org/2005/Atom}title")
        == "红色海浪预警：东屏渔场"
    )
    message = cap_xml.read(cap_xml.write(rows[0][1]))
    assert len(message.infos[0].areas[0].polygons[0]) == 25
    everything = await cap_feed.messages(sea, RULES.policies, Sender(), public_only=False)
    assert len(everything) == 2


async def test_warning_in_gb18030_is_kept_readable_and_told(sea: Store, inbox: CapInbox, tmp_path: Path) -> None:
    text = cap_xml.text_of(cap_xml.write(warning(1)))
    octets = ('<?xml version="1.0" encoding="GB18030"?>' + text).encode("gb18030")
    (tmp_path / "w1.xml").write_bytes(octets)
    assert await inbox.once(AT) == {"taken": 1, "relayed": 1}
    [message] = await sea.outbox.recent()
    assert "洞头近岸海浪黄色警报" in message.text


async def test_file_that_cannot_be_read_does_not_stop_the_next(sea: Store, inbox: CapInbox, tmp_path: Path) -> None:
    (tmp_path / "a.xml").symlink_to(tmp_path / "nowhere")
    (tmp_path / "b.xml").mkdir()
    (tmp_path / "w1.xml").write_bytes(cap_xml.write(warning(1)))
    assert await inbox.once(AT) == {"taken": 1, "relayed": 1}


async def test_address_that_is_none_is_passed_over(sea: Store) -> None:
    box = CapInbox(sea, RULES.wording, CapSettings(url=("http://[bad", "http://127.0.0.1:1/x", "no address")))
    assert await box.once(AT) == {"taken": 0, "relayed": 0}
    await box.close()
