"""Campaigns: one storm, everyone who must be told, and who still is not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from alerts.campaign import Campaign, CampaignTally, Recipient
from alerts.message import Message
from core.finding import Severity
from store.database import Executor
from store.outbox import queue_messages


@dataclass(frozen=True, kw_only=True)
class CampaignRow:
    """A campaign as lists show it."""

    campaign_id: str
    kind: str
    name_zh: str
    name_en: str
    district_id: str
    severity: int
    started_at: datetime
    ended_at: datetime | None
    started_by: str
    drill: bool


@dataclass(frozen=True, kw_only=True)
class Left:
    """Somebody who is still to be reached, for the phone list."""

    recipient_id: str
    name_zh: str
    address: str
    mmsi: int | None
    farm_id: str | None
    state: str
    sent_at: datetime | None
    delivered_at: datetime | None
    called_at: datetime | None
    called_by: str | None
    call_result: str
    note: str


@dataclass(frozen=True, kw_only=True)
class _Person:
    recipient_id: str
    name_zh: str
    address: str
    mmsi: int | None
    farm_id: str | None
    language: str
    test_list: bool


@dataclass(frozen=True, kw_only=True)
class OrderRow:
    """An order to call a district that the sender has not taken yet."""

    order_id: str
    district_id: str
    name_zh: str
    severity: int
    text_zh: str
    text_en: str
    drill: bool
    ordered_by: str
    ordered_at: datetime


class Campaigns:
    """The tables ``campaign`` and ``campaign_recipient``."""

    def __init__(self, db: Executor) -> None:
        self._db = db

    async def begin(self, campaign: Campaign, recipients: Sequence[Recipient], messages: Sequence[Message]) -> bool:
        """Keep a campaign, its recipients and their messages in one transaction; False when it was begun before."""
        sent_to = {message.contact_id: message.message_id for message in messages}
        async with self._db.transaction() as tx:
            if await tx.execute("campaigns/insert", **_columns(campaign)) == 0:
                return False
            await queue_messages(tx, messages, ())
            await tx.execute(
                "campaigns/insert_recipients",
                campaign_id=campaign.campaign_id,
                recipient_ids=[r.recipient_id for r in recipients],
                names=[r.name_zh for r in recipients],
                addresses=[r.address for r in recipients],
                mmsis=[r.mmsi for r in recipients],
                farm_ids=[r.farm_id for r in recipients],
                message_ids=[sent_to.get(r.recipient_id) for r in recipients],
            )
        return True

    async def people(self, district_id: str) -> list[Recipient]:
        """Return everyone of a district who must hear of a storm; some may be named twice."""
        rows = await self._db.rows(_Person, "campaigns/people", district_id=district_id)
        return [Recipient(**row.__dict__) for row in rows]

    async def tally(self, campaign_id: str) -> CampaignTally:
        """Return how far a campaign is."""
        found = await self._db.one(CampaignTally, "campaigns/tally", campaign_id=campaign_id)
        assert found is not None
        return found

    async def left(self, campaign_id: str) -> list[Left]:
        """Return who is still to be reached, the worst first."""
        return await self._db.rows(Left, "campaigns/left", campaign_id=campaign_id)

    async def list(self, district_id: str | None = None, limit: int = 50) -> Sequence[CampaignRow]:
        """Return campaigns, the newest first."""
        return await self._db.rows(CampaignRow, "campaigns/list", district_id=district_id, limit=limit)

    async def orders(self) -> Sequence[OrderRow]:
        """Return the orders that nobody has carried out yet, the oldest first."""
        return await self._db.rows(OrderRow, "campaigns/orders")

    async def order_done(self, order_id: str, *, at: datetime, outcome: str) -> int:
        """Note that an order was taken, and why it could not begin ('' when it did)."""
        return await self._db.execute("campaigns/order_done", order_id=order_id, at=at, outcome=outcome)

    async def answered(self, message_id: str, at: datetime) -> int:
        """Note that the recipient of a message answered; return how many entries that settles."""
        return await self._db.execute("campaigns/answered", message_id=message_id, at=at)

    async def called(
        self, campaign_id: str, recipient_id: str, *, by: str, result: str, at: datetime, note: str = ""
    ) -> bool:
        """Note a phone call (reached, no_answer, wrong_number); False when nobody of that id is in the campaign."""
        touched = await self._db.execute(
            "campaigns/called",
            campaign_id=campaign_id,
            recipient_id=recipient_id,
            by=by,
            result=result,
            at=at,
            note=note,
        )
        return touched == 1

    async def end(self, campaign_id: str, at: datetime) -> bool:
        """End a campaign: what is still queued is not sent any more; False when it is over already."""
        async with self._db.transaction() as tx:
            ended = await tx.execute("campaigns/end", campaign_id=campaign_id, at=at) == 1
            await tx.execute("campaigns/cancel_queued", campaign_id=campaign_id)
            return ended


def _columns(campaign: Campaign) -> dict[str, object]:
    names = (
        "campaign_id", "kind", "name_zh", "name_en", "district_id", "started_at", "started_by", "alert_id",
        "cap_identifier", "drill",
    )  # fmt: skip
    return {name: getattr(campaign, name) for name in names} | {"severity": int(Severity(campaign.severity))}
