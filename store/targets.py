"""Targets as they are now: newest position, particulars, safety texts."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from core.mmsi import classify
from core.position import Position
from store.columns import SOURCE_NAMES
from store.database import Executor
from store.positions import Box, positions_of

_ROT_CODE = 4.733  # ITU-R M.1371-5 section 3.3.2


@dataclass(frozen=True, kw_only=True)
class Particulars:
    """What one AIS message says of a target itself; None where it does not say.

    `part` is the message that carries it: 5, 19, 21, 24A or 24B.
    """

    mmsi: int
    part: str
    name: str | None = None
    call_sign: str | None = None
    imo: int | None = None
    ship_type: int | None = None
    to_bow_m: int | None = None
    to_stern_m: int | None = None
    to_port_m: int | None = None
    to_starboard_m: int | None = None
    draught_m: float | None = None
    destination: str | None = None
    eta: str | None = None
    vendor: str | None = None
    parent_mmsi: int | None = None

    def digest(self) -> str:
        """Return a fingerprint: the same particulars again are the same row."""
        return hashlib.md5(repr(self).encode(errors="replace"), usedforsecurity=False).hexdigest()


@dataclass(frozen=True, kw_only=True)
class StaticRow(Particulars):
    """Particulars and when they were sent."""

    first_seen_at: datetime
    last_seen_at: datetime
    n: int


@dataclass(frozen=True, kw_only=True)
class SafetyTextRow:
    """A stored safety text (AIS types 12 and 14)."""

    mmsi: int
    observed_at: datetime
    text: str
    addressee_mmsi: int | None = None
    gateway_id: str = ""
    receiver: str = ""
    received_at: datetime


@dataclass(frozen=True, kw_only=True)
class _LiveRow:
    observed_at: datetime
    mmsi: int
    lat: int
    lon: int
    sog: int
    cog: int
    heading: int
    rot: int
    nav_status: int
    source: int
    received_at: datetime
    gateway_id: str
    receiver: str
    mmsi_class: str
    first_seen_at: datetime
    name: str
    call_sign: str
    imo: int | None
    ship_type: int | None
    to_bow_m: int | None
    to_stern_m: int | None
    to_port_m: int | None
    to_starboard_m: int | None
    draught_m: float | None
    destination: str


@dataclass(frozen=True, kw_only=True)
class LiveTarget:
    """A target's newest position and what it says of itself.

    Parameters
    ----------
    position
        Newest position.
    received_at
        When the shore got it.
    gateway_id, receiver
        Who heard it.
    mmsi_class
        Station kind by the digits alone (core.mmsi).
    length_m, beam_m
        From the antenna offsets; None when not sent. [m]
    """

    position: Position
    received_at: datetime
    gateway_id: str
    receiver: str
    mmsi_class: str
    first_seen_at: datetime
    name: str
    call_sign: str
    imo: int | None
    ship_type: int | None
    length_m: float | None
    beam_m: float | None
    draught_m: float | None
    destination: str

    @property
    def mmsi(self) -> int:
        """Return the target's number."""
        return self.position.mmsi


def _live(row: _LiveRow) -> LiveTarget:
    return LiveTarget(
        position=_position(row), received_at=row.received_at, gateway_id=row.gateway_id, receiver=row.receiver,
        mmsi_class=row.mmsi_class, first_seen_at=row.first_seen_at, name=row.name, call_sign=row.call_sign,
        imo=row.imo, ship_type=row.ship_type, length_m=span(row.to_bow_m, row.to_stern_m),
        beam_m=span(row.to_port_m, row.to_starboard_m), draught_m=row.draught_m, destination=row.destination,
    )  # fmt: skip


def span(one: int | None, other: int | None) -> float | None:
    """Return the sum of two antenna offsets, None when neither says anything. [m]"""
    total = (one or 0) + (other or 0)
    return float(total) if total else None


def _position(row: _LiveRow) -> Position:
    return Position(
        mmsi=row.mmsi, observed_at=row.observed_at, lat_deg=row.lat / 600_000, lon_deg=row.lon / 600_000,
        source=SOURCE_NAMES[row.source], sog_kn=None if row.sog == 1023 else row.sog / 10,
        cog_deg=None if row.cog == 3600 else row.cog / 10,
        heading_deg=None if row.heading == 511 else float(row.heading),
        rot_deg_min=None if row.rot == -128 else (1 if row.rot >= 0 else -1) * (row.rot / _ROT_CODE) ** 2,
        nav_status=None if row.nav_status == -1 else row.nav_status,
    )  # fmt: skip


class Targets:
    """Family of tables target, target_latest, target_static, safety_text."""

    def __init__(self, db: Executor) -> None:
        self._db = db

    async def live(self, since: datetime, received_after: datetime | None = None) -> list[LiveTarget]:
        """Return every target heard since `since` (and stored after `received_after`), by number."""
        rows = await self._db.rows(_LiveRow, "targets/live", since=since, received_after=received_after)
        return [_live(row) for row in rows]

    async def live_in_box(self, box: Box, since: datetime) -> list[Position]:
        """Return the newest positions in a box of targets heard since a time."""
        return positions_of(await self._db.tuples("targets/live_box", since=since, **box.limits()))

    async def save_statics(self, reports: Sequence[tuple[datetime, Particulars]]) -> None:
        """Store particulars with their edge times; the same ones again only move their last time."""
        if not reports:
            return
        ordered = sorted(((p.mmsi, p.digest(), at, p) for at, p in reports), key=lambda row: row[:3])
        async with self._db.transaction() as tx:
            first = {mmsi: at for mmsi, _, at, _ in reversed(ordered)}
            await tx.execute(
                "targets/ensure", mmsi=list(first), mmsi_class=[classify(m).value for m in first],
                first_seen_at=list(first.values()),
            )  # fmt: skip
            await tx.execute_many(
                "targets/upsert_static",
                [asdict(p) | {"digest": digest, "observed_at": at} for _, digest, at, p in ordered],
            )

    async def statics(self, since: datetime, mmsis: Collection[int] | None = None) -> list[StaticRow]:
        """Return every set of particulars sent since a time, by number and first time."""
        chosen = None if mmsis is None else list(mmsis)
        return await self._db.rows(StaticRow, "targets/statics", since=since, mmsis=chosen)

    async def save_texts(self, texts: Sequence[SafetyTextRow]) -> None:
        """Store safety texts; repeats are harmless."""
        if texts:
            await self._db.execute_many("targets/insert_text", [asdict(text) for text in texts])

    async def texts(self, since: datetime, until: datetime) -> list[SafetyTextRow]:
        """Return the safety texts of a time span, by time."""
        return await self._db.rows(SafetyTextRow, "targets/texts", since=since, until=until)

    async def notify_distress(self, mmsis: Collection[int]) -> None:
        """Wake listeners of channel ``huangyu_distress`` when the transaction commits."""
        for mmsi in sorted(set(mmsis)):
            await self._db.value("targets/notify_distress", mmsi=mmsi)
