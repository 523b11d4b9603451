"""A database that is away for one moment loses no official warning, no relay and no officer's order."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from alerts.campaign import Recipient
from alerts.cap import CapInfo, CapMessage
from alerts.rules import load
from services import cap_xml
from services.campaign_orders import carry_out
from services.cap_in import CapInbox, CapSettings
from store.errors import StoreUnavailableError

AT = datetime(2026, 11, 24, tzinfo=UTC)
WORDING = load(Path(__file__).parents[3] / "config" / "rules").wording
TYPHOON = cap_xml.write(
    CapMessage(
        identifier="w1", sender="cma@x.cn", sent_at=AT, status="Actual", msg_type="Alert", scope="Public",
        infos=(CapInfo(
            language="zh-CN", category=("Met",), event="台风", urgency="Immediate", severity="Extreme",
            certainty="Likely", headline="台风红色预警",
        ),),
    )
)  # fmt: skip


@dataclass
class AwayOnce:
    """A store that refuses the first write and takes the next; what it took is kept."""

    refusals: int = 1
    taken: list[str] = field(default_factory=list)
    relayed_ids: list[str] = field(default_factory=list)
    begun: list[str] = field(default_factory=list)
    ended: list[tuple[str, str]] = field(default_factory=list)

    def _refuse(self) -> None:
        if self.refusals:
            self.refusals -= 1
            raise StoreUnavailableError("away")

    async def take(self, message: CapMessage, *_: Any) -> bool:
        self._refuse()
        self.taken.append(message.identifier)
        return True

    async def to_relay(self, _at: datetime) -> Sequence[Any]:
        row = SimpleNamespace(
            xml=TYPHOON.decode(), identifier="w1", event="台风", severity=4, sender="cma@x.cn", sent_at=AT
        )
        return [] if self.relayed_ids or not self.relaying else [row]

    relaying: bool = False

    async def relayed(self, row: Any, _at: datetime) -> None:
        self.relayed_ids.append(row.identifier)

    async def people(self, _district: str) -> list[Recipient]:
        return [Recipient(recipient_id="a", name_zh="浙洞渔00001", address="19900000001")]

    async def begin(self, campaign: Any, *_: Any) -> bool:
        self._refuse()
        self.begun.append(campaign.name_zh)
        return True

    async def orders(self) -> Sequence[Any]:
        order = SimpleNamespace(
            order_id="o1", name_zh="台风", district_id="dongtou", severity=4, text_zh="回港避风", text_en="",
            drill=False, ordered_by="officer", ordered_at=AT,
        )  # fmt: skip
        return [] if self.ended else [order]

    async def order_done(self, order_id: str, *, at: datetime, outcome: str) -> None:
        self.ended.append((order_id, outcome))


@pytest.fixture
def store() -> Any:
    one = AwayOnce()
    return SimpleNamespace(official=one, campaigns=one, one=one)


async def test_warning_in_a_folder_is_read_again_until_it_is_kept(store: Any, tmp_path: Path) -> None:
    (tmp_path / "w1.xml").write_bytes(TYPHOON)
    inbox = CapInbox(store, WORDING, CapSettings(folder=tmp_path))
    for _ in range(3):
        await inbox.once(AT)
    await inbox.close()
    assert store.one.taken == ["w1"], "kept at the second look, and once"


async def test_warning_not_relayed_for_a_moment_is_relayed_at_the_next_look(store: Any) -> None:
    store.one.relaying = True
    inbox = CapInbox(store, WORDING, CapSettings())
    await inbox.relay(AT)
    assert (store.one.begun, store.one.relayed_ids) == ([], [])
    await inbox.relay(AT)
    await inbox.relay(AT)
    await inbox.close()
    assert len(store.one.begun) == 1
    assert store.one.relayed_ids == ["w1"]


async def test_officers_order_waits_for_the_database_and_is_carried_out_once(store: Any) -> None:
    for _ in range(3):
        await carry_out(store, WORDING, AT)
    assert store.one.begun == ["台风"]
    assert len(store.one.ended) == 1
