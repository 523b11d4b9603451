"""The outbox: messages queued with their step, claimed by lease, sent once, receipted, answered.

A sender claims a batch in one short transaction, sends it in order with at most `window` messages unanswered, and marks
each before it goes on. When it is killed its lease runs out, the batch goes back, and only the first `window` unmarked
messages can have been sent: these, and no others, carry ``possible_repeat``.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from alerts.message import Message
from store.database import Executor, jsonb
from store.errors import StoreConflictError

MATCH_WITHIN = timedelta(days=3)
"""Receipts later than that are kept but not matched any more (providers give up within 72 h)."""
ANSWER_WITHIN = timedelta(days=2)
"""A reply answers the newest message of the last two days."""


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """A message leased to a sender."""

    message_id: str
    lease_no: int
    lease_rank: int
    contact_id: str
    contact_name: str
    kind: str
    address: str
    language: str
    text: str
    fields: dict[str, str]
    rule: str
    notice: str
    priority: int
    segments: int
    drill: bool
    life_safety: bool
    attempts: int
    possible_repeat: bool
    due_at: datetime
    expires_at: datetime | None = None
    tried: list[str] = field(default_factory=list)
    campaign_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Sent:
    """That a provider accepted a message, with its id for each part."""

    message_id: str
    lease_no: int
    provider: str
    provider_ids: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Failed:
    """That an attempt failed: queued (again at `due_at`) or dead; `tried` names a channel not to use again."""

    message_id: str
    lease_no: int
    state: str
    error: str
    due_at: datetime | None = None
    tried: str | None = None
    possible_repeat: bool = False


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What a provider says became of one part of a message."""

    provider: str
    provider_id: str
    status: str
    at: datetime
    received_at: datetime
    error: str = ""
    raw: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What a person sent back, sorted by `alerts.replies`."""

    provider: str
    address: str
    text: str
    received_at: datetime
    meaning: str
    dedup: str
    message_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class LastMessage:
    """The newest message to an address and the alerts it tells of."""

    message_id: str
    campaign_id: str | None
    contact_id: str
    contact_name: str
    alert_ids: list[str]


@dataclass(frozen=True, kw_only=True)
class MessageRow:
    """A message as screens and reports show it."""

    message_id: str
    campaign_id: str | None
    contact_id: str
    contact_name: str
    kind: str
    address: str
    language: str
    text: str
    rule: str
    notice: str
    priority: int
    segments: int
    drill: bool
    state: str
    attempts: int
    possible_repeat: bool
    provider: str | None
    created_at: datetime
    due_at: datetime
    sent_at: datetime | None
    delivered_at: datetime | None
    last_error: str
    farm_id: str | None
    district_id: str | None


@dataclass(frozen=True, kw_only=True)
class WaitingRow:
    """A queued message of a group, with the steps it tells of."""

    message_id: str
    contact_id: str
    address: str
    group_key: str
    due_at: datetime
    alert_ids: list[str]
    seqs: list[int]


@dataclass(frozen=True, kw_only=True)
class LastTold:
    """When somebody was last sent something of a group, and its gravest priority."""

    contact_id: str
    address: str
    group_key: str
    at: datetime
    priority: int


@dataclass(frozen=True, kw_only=True)
class Count:
    """Messages sent to an address since some time."""

    address: str
    n: int
    first_at: datetime


@dataclass(frozen=True, kw_only=True)
class _Released:
    message_id: str
    possible_repeat: bool


@dataclass(frozen=True, kw_only=True)
class _State:
    state: str
    n: int


class Outbox:
    """The tables ``message_outbox``, ``message_part``, ``message_receipt`` and ``message_reply``."""

    def __init__(self, db: Executor) -> None:
        self._db = db

    async def queue(self, messages: Sequence[Message]) -> None:
        """Queue messages that belong to no alert step (campaigns); a message that is there already is left alone."""
        async with self._db.transaction() as tx:
            await queue_messages(tx, messages, ())

    async def clock(self) -> datetime:
        """Return the database's time, UTC: what leases of senders on several hosts are counted by."""
        ((told,),) = await self._db.tuples("outbox/clock")
        return cast("datetime", told).astimezone(UTC)

    async def claim(
        self, worker: str, kinds: Sequence[str], *, at: datetime, limit: int, lease_s: float, window: int = 1
    ) -> list[Claimed]:
        """Lease up to `limit` due messages to a sender, the gravest first; return them in sending order."""
        until = at + timedelta(seconds=lease_s)
        rows = await self._db.rows(
            Claimed,
            "outbox/claim",
            worker=worker,
            kinds=list(kinds),
            at=at,
            limit=limit,
            window=window,
            lease_until=until,
        )
        return sorted(rows, key=lambda row: row.lease_rank)

    async def release_expired(self, at: datetime, *, wait_s: float = 0.0) -> int:
        """Give back batches whose sender is gone; return how many of them are possible repeats.

        A possible repeat waits `wait_s` first: its receipt may still prove that it was sent. [s]
        """
        rows = await self._db.rows(_Released, "outbox/release_expired", at=at, wait_s=wait_s)
        return sum(row.possible_repeat for row in rows)

    async def expire(self, at: datetime) -> int:
        """Give up messages that nobody needs any more; return how many."""
        return await self._db.execute("outbox/expire", at=at)

    async def mark_sent(self, sent: Sequence[Sent]) -> None:
        """Keep that providers accepted these messages."""
        if not sent:
            return
        parts = [(row, number, one) for row in sent for number, one in enumerate(row.provider_ids, start=1)]
        await self._db.execute(
            "outbox/mark_sent",
            ids=[row.message_id for row in sent],
            lease_nos=[row.lease_no for row in sent],
            providers=[row.provider for row in sent],
            ats=[row.at for row in sent],
            part_providers=[row.provider for row, _, _ in parts],
            provider_ids=[one for _, _, one in parts],
            part_ids=[row.message_id for row, _, _ in parts],
            parts=[number for _, number, _ in parts],
        )

    async def mark_failed(self, failed: Failed) -> bool:
        """Keep that an attempt failed; False when the lease was lost meanwhile."""
        return await self._db.execute(
            "outbox/mark_failed",
            message_id=failed.message_id,
            lease_no=failed.lease_no,
            state=failed.state,
            due_at=failed.due_at,
            error=failed.error[:500],
            tried=failed.tried,
            possible_repeat=failed.possible_repeat,
        ) == 1  # fmt: skip

    async def keep_receipts(self, receipts: Sequence[Receipt]) -> None:
        """Keep receipts; a repeat of one is ignored. They are matched by `match_receipts`."""
        if not receipts:
            return
        await self._db.execute(
            "outbox/insert_receipts",
            providers=[row.provider for row in receipts],
            provider_ids=[storable(row.provider_id) for row in receipts],
            statuses=[row.status for row in receipts],
            ats=[row.at for row in receipts],
            received_ats=[row.received_at for row in receipts],
            errors=[storable(row.error) for row in receipts],
            raws=[jsonb(storable(row.raw)) for row in receipts],
        )

    async def match_receipts(self, at: datetime) -> int:
        """Join receipts to messages and settle those whose parts are all known; return how many were settled."""
        async with self._db.transaction() as tx:
            moved = await tx.tuples("outbox/match_receipts", since=at - MATCH_WITHIN)
            if not moved:
                return 0
            return await tx.execute("outbox/settle", ids=[message_id for (message_id,) in moved], at=at)

    async def keep_reply(self, reply: Reply) -> bool:
        """Keep a reply; False when it was told before."""
        return await self._db.execute("outbox/insert_reply", **storable(reply.__dict__)) == 1

    async def last_to(self, address: str, at: datetime) -> LastMessage | None:
        """Return the message that a reply from this address answers, None when there was none lately."""
        since = at - ANSWER_WITHIN
        return await self._db.one(LastMessage, "outbox/last_to", address=storable(address), since=since)

    async def counts(self, addresses: Iterable[str], provider: str, since: datetime) -> dict[str, Count]:
        """Return how many messages each address was sent by a provider since a time."""
        rows = await self._db.rows(Count, "outbox/counts", addresses=list(addresses), provider=provider, since=since)
        return {row.address: row for row in rows}

    async def waiting(self, group_keys: Sequence[str]) -> list[WaitingRow]:
        """Return queued messages of these groups."""
        return await self._db.rows(WaitingRow, "outbox/waiting", group_keys=list(group_keys))

    async def last_told(self, group_keys: Sequence[str], since: datetime) -> list[LastTold]:
        """Return when people were last told of these groups."""
        return await self._db.rows(LastTold, "outbox/last_told", group_keys=list(group_keys), since=since)

    async def recent(self, *, states: Sequence[str] | None = None, limit: int = 200) -> list[MessageRow]:
        """Return the newest messages, of all states or of some."""
        wanted = None if states is None else list(states)
        return await self._db.rows(MessageRow, "outbox/recent", states=wanted, limit=limit)

    async def dead_letters(self, limit: int = 200) -> list[MessageRow]:
        """Return messages that reached nobody: given up, undelivered, expired."""
        return await self.recent(states=("dead", "failed", "expired"), limit=limit)

    async def of_alert(self, alert_id: str) -> list[MessageRow]:
        """Return the messages that tell of an alert."""
        return await self._db.rows(MessageRow, "outbox/of_alert", alert_id=alert_id)

    async def of_campaign(self, campaign_id: str) -> list[MessageRow]:
        """Return the messages of a campaign."""
        return await self._db.rows(MessageRow, "outbox/of_campaign", campaign_id=campaign_id)

    async def requeue(self, message_id: str, at: datetime) -> bool:
        """Send a dead letter again; False when it is not one."""
        async with self._db.transaction() as tx:
            again = await tx.execute("outbox/requeue", message_id=message_id, at=at) == 1
            await tx.execute("outbox/wake")
            return again

    async def cancel_for(self, alert_ids: Sequence[str]) -> int:
        """Cancel queued messages that tell of nothing but these alerts; return how many."""
        return await self._db.execute("outbox/cancel_alert", alert_ids=list(alert_ids))

    async def tally(self, since: datetime) -> dict[str, int]:
        """Return how many messages created since a time are in each state."""
        return {row.state: row.n for row in await self._db.rows(_State, "outbox/tally", since=since)}


def storable(value: Any) -> Any:
    """Return a value from outside without what PostgreSQL's text and jsonb have no place for: NUL, lone surrogates."""
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, dict):
        return {storable(name): storable(one) for name, one in value.items()}
    if isinstance(value, list):
        return [storable(one) for one in value]
    return value


async def queue_messages(tx: Executor, messages: Sequence[Message], replaces: Sequence[str]) -> None:
    """Queue messages inside a transaction and take back those they replace, then wake the senders.

    Raises
    ------
    StoreConflictError
        When a message to be replaced is just being sent.
    """
    if replaces and await tx.execute("outbox/replace", ids=list(replaces)) != len(set(replaces)):
        raise StoreConflictError("A waiting message was just sent: decide again.")
    if replaces:
        await tx.execute("outbox/unlink", ids=list(replaces))
    if not messages:
        return
    await tx.execute_many("outbox/insert", [_parameters(message) for message in messages])
    links = [link for message in messages for link in _links(message)]
    if links:
        await tx.execute_many("outbox/insert_link", links)
    await tx.execute("outbox/wake")


def _parameters(message: Message) -> dict[str, Any]:
    names = (
        "message_id", "campaign_id", "contact_id", "contact_name", "address", "language", "text", "rule", "notice",
        "priority", "group_key", "segments", "drill", "life_safety", "farm_id", "district_id", "due_at", "expires_at",
    )  # fmt: skip
    values = {name: getattr(message, name) for name in names}
    return values | {"kind": str(message.kind), "fields": jsonb(dict(message.fields))}


def _links(message: Message) -> list[dict[str, Any]]:
    return [
        {
            "alert_id": alert_id,
            "seq": seq,
            "contact_id": message.contact_id,
            "address": message.address,
            "message_id": message.message_id,
        }
        for alert_id, seq in message.steps
    ]
