"""Gateways: how they are, which sequence numbers are in, what they lost, what could not be taken."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from core.reading import ClockState
from store import arrays
from store.database import Executor, jsonb

BLOCK_BITS = 12
"""Sequence numbers are kept in blocks of 4096, as in ``gateways/known.sql``."""


@dataclass(frozen=True, kw_only=True)
class GatewayRow:
    """A gateway as last heard of; `status` is its birth or last will."""

    gateway_id: str
    farm_id: str | None
    name_zh: str
    state: str
    state_at: datetime | None
    status: dict[str, Any] | None
    boot_id: str | None
    clock: int | None
    last_batch_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Gap:
    """Records that a gateway gave up, by its own report: lost, not late."""

    gateway_id: str
    stream: str
    first_seq: int
    last_seq: int
    n: int
    reason: str
    observed_from: datetime | None
    observed_until: datetime | None
    received_at: datetime


@dataclass(frozen=True, kw_only=True)
class Health:
    """One health record: `kind` gateway, receiver, unit …, `name` which of them, `detail` as sent."""

    gateway_id: str
    kind: str
    name: str
    observed_at: datetime
    received_at: datetime
    detail: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class HealthPoint:
    """One health record of the past."""

    gateway_id: str
    kind: str
    name: str
    observed_at: datetime
    detail: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Quarantined:
    """Something that came and could not be taken; `seq` None for a whole payload."""

    gateway_id: str | None
    topic: str
    seq: int | None
    reason: str
    raw: bytes


@dataclass(frozen=True, kw_only=True)
class QuarantineRow(Quarantined):
    """Where and when it stands, and how often it came."""

    quarantine_id: int
    received_at: datetime
    last_at: datetime
    n: int


@dataclass(frozen=True, kw_only=True)
class SeqTotal:
    """How many sequence numbers of a gateway are in, and the highest."""

    gateway_id: str
    committed: int
    last_seq: int | None


@dataclass(frozen=True, kw_only=True)
class Beat:
    """What a batch says of its gateway."""

    gateway_id: str
    boot_id: str
    clock: ClockState


def ranges_of(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Return ascending inclusive ranges of the numbers."""
    found: list[list[int]] = []
    for number in sorted(set(numbers)):
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return [(first, last) for first, last in found]


def split_by_block(first: int, last: int) -> list[tuple[int, int]]:
    """Return the parts of an inclusive range that lie in one block each."""
    edges = range((first >> BLOCK_BITS) + 1, (last >> BLOCK_BITS) + 1)
    starts = [first, *(edge << BLOCK_BITS for edge in edges)]
    return [(start, end - 1) for start, end in zip(starts, [*starts[1:], last + 1], strict=True)]


class Gateways:
    """Family of tables gateway, gateway_seq, gateway_gap, gateway_health, gateway_health_latest, quarantine."""

    def __init__(self, db: Executor) -> None:
        self._db = db

    async def ensure(self, gateway_ids: Collection[str]) -> None:
        """Make the rows of gateways heard of for the first time."""
        if gateway_ids:
            await self._db.execute("gateways/ensure", gateway_ids=sorted(set(gateway_ids)))

    async def known(self, gateway_ids: Sequence[str], seqs: Sequence[int]) -> set[int]:
        """Return the row numbers of sequence numbers that are committed, and hold them until the transaction ends.

        Holding means: another ingester with the same numbers waits, so that both never take them.
        """
        blocks = sorted({(gateway, seq >> BLOCK_BITS) for gateway, seq in zip(gateway_ids, seqs, strict=True)})
        if not blocks:
            return set()
        columns = {
            "gateway_id": arrays.text([gateway for gateway, _ in blocks]),
            "block": arrays.int8([block for _, block in blocks]),
        }
        await self._db.execute("gateways/lock_blocks", **columns)
        await self._db.tuples("gateways/read_blocks", **columns)
        rows = await self._db.tuples("gateways/known", gateway_id=arrays.text(gateway_ids), seq=arrays.int8(seqs))
        return {row for (row,) in rows}

    async def mark_committed(self, gateway_id: str, seqs: Iterable[int], received_at: datetime) -> None:
        """Note sequence numbers as in the database; call `known` on them first."""
        parts = [part for first, last in ranges_of(seqs) for part in split_by_block(first, last)]
        if parts:
            await self._db.execute(
                "gateways/mark_committed", gateway_id=arrays.text([gateway_id] * len(parts)),
                first_seq=arrays.int8([first for first, _ in parts]), last_seq=arrays.int8([last for _, last in parts]),
                received_at=received_at,
            )  # fmt: skip

    async def touch(self, beats: Iterable[Beat], received_at: datetime) -> None:
        """Note that batches came: newest boot and clock of each gateway."""
        newest = {beat.gateway_id: beat for beat in beats}
        rows = [newest[gateway] for gateway in sorted(newest)]
        if rows:
            await self._db.execute(
                "gateways/touch", gateway_id=[b.gateway_id for b in rows], boot_id=[b.boot_id for b in rows],
                clock=[int(b.clock) for b in rows], received_at=received_at,
            )  # fmt: skip

    async def set_state(self, gateway_id: str, state: str, at: datetime, status: dict[str, Any]) -> None:
        """Note a birth message (``online``) or last will (``offline``)."""
        await self._db.execute("gateways/set_state", gateway_id=gateway_id, state=state, at=at, status=jsonb(status))

    async def all(self) -> list[GatewayRow]:
        """Return every gateway, by id."""
        return await self._db.rows(GatewayRow, "gateways/all")

    async def totals(self) -> list[SeqTotal]:
        """Return how many sequence numbers of each gateway are in."""
        return await self._db.rows(SeqTotal, "gateways/totals")

    async def save_gaps(self, gaps: Sequence[Gap]) -> None:
        """Store reports of lost records; repeats are harmless."""
        if gaps:
            await self._db.execute_many("gateways/insert_gap", [asdict(gap) for gap in gaps])

    async def gaps(self, since: datetime, gateway_id: str | None = None) -> list[Gap]:
        """Return the losses reported since a time."""
        return await self._db.rows(Gap, "gateways/gaps", since=since, gateway_id=gateway_id)

    async def save_health(self, records: Sequence[Health]) -> None:
        """Store health records, history and newest."""
        if not records:
            return
        ordered = sorted(records, key=lambda r: (r.gateway_id, r.kind, r.name, r.observed_at))
        rows = [{**_shallow(record), "detail": jsonb(record.detail)} for record in ordered]
        async with self._db.transaction() as tx:
            await tx.execute_many("gateways/insert_health", rows)
            await tx.execute_many("gateways/upsert_health", rows)

    async def health(self, gateway_id: str | None = None, kind: str | None = None) -> list[Health]:
        """Return the newest health record of each kind and name."""
        return await self._db.rows(Health, "gateways/health", gateway_id=gateway_id, kind=kind)

    async def health_history(self, gateway_id: str, kind: str, since: datetime, until: datetime) -> list[HealthPoint]:
        """Return a gateway's health records of one kind in a time span, by name and time."""
        return await self._db.rows(
            HealthPoint, "gateways/health_history", gateway_id=gateway_id, kind=kind, since=since, until=until
        )

    async def quarantine(self, items: Sequence[Quarantined], received_at: datetime) -> None:
        """Put aside what could not be taken; the same bytes again only count up."""
        if items:
            ordered = sorted(items, key=lambda i: (i.raw, i.gateway_id or "", -1 if i.seq is None else i.seq))
            await self._db.execute_many(
                "gateways/quarantine", [asdict(item) | {"received_at": received_at} for item in ordered]
            )

    async def quarantined(self, since: datetime, limit: int = 1000) -> list[QuarantineRow]:
        """Return what was put aside since a time, newest first."""
        return await self._db.rows(QuarantineRow, "gateways/quarantined", since=since, limit=limit)


def _shallow(record: Health) -> dict[str, Any]:
    return {name: getattr(record, name) for name in Health.__dataclass_fields__}
