"""The outbox in memory, held to `store.outbox` by the contract suite."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta

from alerts.message import Message
from store.errors import StoreConflictError
from store.outbox import (
    ANSWER_WITHIN,
    Claimed,
    Count,
    Failed,
    LastMessage,
    LastTold,
    MessageRow,
    Receipt,
    Reply,
    Sent,
    WaitingRow,
)


@dataclass(kw_only=True)
class _Row:
    message: Message
    created_at: datetime
    state: str = "queued"
    due_at: datetime
    attempts: int = 0
    lease_no: int | None = None
    lease_rank: int = 0
    lease_window: int = 1
    lease_until: datetime | None = None
    possible_repeat: bool = False
    provider: str | None = None
    sent_at: datetime | None = None
    delivered_at: datetime | None = None
    last_error: str = ""
    tried: list[str] = field(default_factory=list)
    parts: dict[str, str] = field(default_factory=dict)


class FakeOutbox:
    """`store.outbox.Outbox` on dictionaries; created_at is the message's due time."""

    def __init__(self) -> None:
        self._rows: dict[str, _Row] = {}
        self._receipts: dict[tuple[str, str, str], Receipt] = {}
        self._matched: set[tuple[str, str, str]] = set()
        self._replies: dict[str, Reply] = {}
        self._lease = 0

    def keep(self, messages: Sequence[Message], replaces: Sequence[str]) -> None:
        """Queue messages and take back those they replace, as in one transaction."""
        if any(self._rows[one].state != "queued" for one in replaces):
            raise StoreConflictError("A waiting message was just sent: decide again.")
        for one in replaces:
            self._rows[one].state = "replaced"
        for message in messages:
            row = _Row(message=message, created_at=message.due_at, due_at=message.due_at)
            self._rows.setdefault(message.message_id, row)

    def steps(self) -> set[tuple[str, int]]:
        """Return the steps that some message tells of."""
        return {step for row in self._rows.values() if row.state != "replaced" for step in row.message.steps}

    def told_alerts(self) -> set[str]:
        """Return the alerts of which a provider has accepted a message."""
        return {alert_id for row in self._rows.values() if row.sent_at for alert_id, _ in row.message.steps}

    async def queue(self, messages: Sequence[Message]) -> None:
        """Queue messages; one that is there already is left alone."""
        self.keep(messages, ())

    async def clock(self) -> datetime:
        """Return this machine's time: the store in memory has no other."""
        return datetime.now(UTC)

    async def claim(
        self, worker: str, kinds: Sequence[str], *, at: datetime, limit: int, lease_s: float, window: int = 1
    ) -> list[Claimed]:
        """Lease up to `limit` due messages, the gravest first."""
        due = [r for r in self._rows.values() if r.state == "queued" and r.due_at <= at and r.message.kind in kinds]
        chosen = sorted(due, key=lambda r: (r.message.priority, r.due_at))[:limit]
        self._lease += 1
        for rank, row in enumerate(chosen, start=1):
            row.state, row.lease_no, row.lease_rank, row.lease_window = "leased", self._lease, rank, window
            row.lease_until, row.attempts = at + timedelta(seconds=lease_s), row.attempts + 1
        return [_claimed(row) for row in chosen]

    async def release_expired(self, at: datetime, *, wait_s: float = 0.0) -> int:
        """Give back batches whose sender is gone; return how many of them are possible repeats."""
        gone = [r for r in self._rows.values() if r.state == "leased" and r.lease_until and r.lease_until < at]
        repeats = 0
        for lease_no in {row.lease_no for row in gone}:
            batch = sorted((r for r in gone if r.lease_no == lease_no), key=lambda r: r.lease_rank)
            for place, row in enumerate(batch, start=1):
                in_the_air = place <= row.lease_window
                row.possible_repeat |= in_the_air
                repeats += row.possible_repeat
                row.due_at = at + timedelta(seconds=wait_s) if in_the_air else row.due_at
                row.state, row.lease_no = "queued", None
        return repeats

    async def expire(self, at: datetime) -> int:
        """Give up messages that nobody needs any more."""
        rows = [r for r in self._rows.values() if r.state == "queued" and _over(r, at)]
        for row in rows:
            row.state, row.last_error = "expired", "not sent in time"
        return len(rows)

    async def mark_sent(self, sent: Sequence[Sent]) -> None:
        """Keep that providers accepted these messages."""
        for one in sent:
            row = self._rows[one.message_id]
            row.possible_repeat |= row.lease_no != one.lease_no
            row.state = row.state if row.state in ("delivered", "failed") else "sent"
            row.provider, row.sent_at, row.lease_no, row.last_error = one.provider, row.sent_at or one.at, None, ""
            row.parts |= {part: row.parts.get(part, "accepted") for part in one.provider_ids}

    async def mark_failed(self, failed: Failed) -> bool:
        """Keep that an attempt failed; False when the lease was lost meanwhile."""
        row = self._rows[failed.message_id]
        if row.lease_no != failed.lease_no:
            return False
        row.state, row.lease_no, row.last_error = failed.state, None, failed.error[:500]
        row.due_at = failed.due_at or row.due_at
        row.possible_repeat |= failed.possible_repeat
        row.tried += [failed.tried] if failed.tried else []
        return True

    async def keep_receipts(self, receipts: Sequence[Receipt]) -> None:
        """Keep receipts; a repeat of one is ignored."""
        for one in receipts:
            self._receipts.setdefault((one.provider, one.provider_id, one.status), one)

    async def match_receipts(self, at: datetime) -> int:
        """Join receipts to messages and settle those whose parts are all known."""
        touched = []
        for key, one in self._receipts.items():
            row = self._by_part(one.provider, one.provider_id)
            if row is None or key in self._matched:
                continue
            self._matched.add(key)
            if one.status != "accepted" and row.parts[one.provider_id] not in ("delivered", "failed"):
                row.parts[one.provider_id] = one.status
                touched.append(row)
        return sum(_settle(row, at) for row in {id(row): row for row in touched}.values())

    async def keep_reply(self, reply: Reply) -> bool:
        """Keep a reply; False when it was told before."""
        fresh = reply.dedup not in self._replies
        self._replies.setdefault(reply.dedup, reply)
        return fresh

    async def last_to(self, address: str, at: datetime) -> LastMessage | None:
        """Return the message that a reply from this address answers."""
        since = at - ANSWER_WITHIN
        rows = [
            (row.sent_at, row)
            for row in self._rows.values()
            if row.message.address == address and row.message.kind == "sms" and row.sent_at and row.sent_at > since
        ]
        if not rows:
            return None
        message = max(rows, key=lambda pair: pair[0])[1].message
        return LastMessage(
            message_id=message.message_id, campaign_id=message.campaign_id, contact_id=message.contact_id,
            contact_name=message.contact_name, alert_ids=[alert_id for alert_id, _ in message.steps],
        )  # fmt: skip

    async def counts(self, addresses: Iterable[str], provider: str, since: datetime) -> dict[str, Count]:
        """Return how many messages each address was sent by a provider since a time."""
        found: dict[str, Count] = {}
        for address in addresses:
            times = [
                row.sent_at
                for row in self._rows.values()
                if row.message.address == address and row.provider == provider and row.sent_at and row.sent_at > since
            ]
            if times:
                found[address] = Count(address=address, n=len(times), first_at=min(times))
        return found

    async def waiting(self, group_keys: Sequence[str]) -> list[WaitingRow]:
        """Return queued messages of these groups."""
        return [
            WaitingRow(
                message_id=m.message_id, contact_id=m.contact_id, address=m.address, group_key=m.group_key,
                due_at=row.due_at, alert_ids=[a for a, _ in sorted(m.steps)], seqs=[s for _, s in sorted(m.steps)],
            )
            for row in self._rows.values()
            if (m := row.message).group_key in group_keys and m.steps and row.state == "queued" and row.attempts == 0
        ]  # fmt: skip

    async def last_told(self, group_keys: Sequence[str], since: datetime) -> list[LastTold]:
        """Return when people were last told of these groups."""
        found: dict[tuple[str, str, str], LastTold] = {}
        for row in self._rows.values():
            m = row.message
            if m.group_key not in group_keys or row.created_at <= since or row.state not in _TOLD:
                continue
            slot = (m.contact_id, m.address, m.group_key)
            old, at = found.get(slot), row.sent_at or row.due_at
            found[slot] = LastTold(
                contact_id=m.contact_id, address=m.address, group_key=m.group_key,
                at=max(at, old.at) if old else at, priority=min(m.priority, old.priority) if old else m.priority,
            )  # fmt: skip
        return list(found.values())

    async def recent(self, *, states: Sequence[str] | None = None, limit: int = 200) -> list[MessageRow]:
        """Return the newest messages, of all states or of some."""
        rows = [row for row in self._rows.values() if states is None or row.state in states]
        return [_shown(row) for row in sorted(rows, key=lambda r: r.created_at, reverse=True)[:limit]]

    async def dead_letters(self, limit: int = 200) -> list[MessageRow]:
        """Return messages that reached nobody."""
        return await self.recent(states=("dead", "failed", "expired"), limit=limit)

    async def of_alert(self, alert_id: str) -> list[MessageRow]:
        """Return the messages that tell of an alert."""
        return [_shown(r) for r in self._rows.values() if any(a == alert_id for a, _ in r.message.steps)]

    async def of_campaign(self, campaign_id: str) -> list[MessageRow]:
        """Return the messages of a campaign."""
        return [_shown(r) for r in self._rows.values() if r.message.campaign_id == campaign_id]

    async def requeue(self, message_id: str, at: datetime) -> bool:
        """Send a dead letter again; False when it is not one."""
        row = self._rows.get(message_id)
        if row is None or row.state not in ("dead", "failed", "expired"):
            return False
        row.possible_repeat |= row.state == "failed"
        row.state, row.due_at, row.tried, row.last_error = "queued", at, [], ""
        return True

    async def cancel_for(self, alert_ids: Sequence[str]) -> int:
        """Cancel queued messages that tell of nothing but these alerts."""
        rows = [
            row
            for row in self._rows.values()
            if row.state == "queued" and row.message.steps and {a for a, _ in row.message.steps} <= set(alert_ids)
        ]
        for row in rows:
            row.state = "cancelled"
        return len(rows)

    async def tally(self, since: datetime) -> dict[str, int]:
        """Return how many messages created since a time are in each state."""
        states = [row.state for row in self._rows.values() if row.created_at > since]
        return {state: states.count(state) for state in set(states)}

    def _by_part(self, provider: str, part: str) -> _Row | None:
        return next((r for r in self._rows.values() if r.provider == provider and part in r.parts), None)


_TOLD = ("leased", "sent", "delivered")


def _over(row: _Row, at: datetime) -> bool:
    return row.message.expires_at is not None and row.message.expires_at <= at


def _settle(row: _Row, at: datetime) -> bool:
    states = set(row.parts.values())
    if row.state != "sent" or not (states & {"failed", "expired"} or states == {"delivered"}):
        return False
    row.state = "failed" if states & {"failed", "expired"} else "delivered"
    row.delivered_at = at if row.state == "delivered" else None
    row.last_error = "undelivered" if row.state == "failed" else row.last_error
    return True


def _claimed(row: _Row) -> Claimed:
    shared = {f.name: getattr(row.message, f.name) for f in fields(Claimed) if hasattr(row.message, f.name)}
    return Claimed(
        **shared
        | {
            "kind": str(row.message.kind),
            "fields": dict(row.message.fields),
            "lease_no": row.lease_no,
            "lease_rank": row.lease_rank,
            "attempts": row.attempts,
            "possible_repeat": row.possible_repeat,
            "due_at": row.due_at,
            "tried": list(row.tried),
        }
    )


def _shown(row: _Row) -> MessageRow:
    values = {
        f.name: getattr(row, f.name) if hasattr(row, f.name) else getattr(row.message, f.name)
        for f in fields(MessageRow)
    }
    return MessageRow(**values | {"kind": str(row.message.kind)})
