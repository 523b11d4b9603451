"""`store.gateways.Gateways` in memory."""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from store.fake_places import FakePlaces
from store.gateways import Beat, Gap, GatewayRow, Health, HealthPoint, Quarantined, QuarantineRow, SeqTotal


class FakeGateways:
    """Gateways in dictionaries."""

    def __init__(self, places: FakePlaces) -> None:
        self._places = places
        self._rows: dict[str, GatewayRow] = {}
        self._seqs: dict[str, set[int]] = {}
        self._gaps: dict[tuple[str, str, int], Gap] = {}
        self._health: dict[tuple[str, str, str], Health] = {}
        self._health_points: dict[tuple[str, str, str, datetime], HealthPoint] = {}
        self._aside: dict[tuple[str, str | None, int | None], QuarantineRow] = {}

    async def ensure(self, gateway_ids: Collection[str]) -> None:
        """Make the rows of gateways heard of for the first time."""
        for gateway_id in gateway_ids:
            self._row(gateway_id)

    async def known(self, gateway_ids: Sequence[str], seqs: Sequence[int]) -> set[int]:
        """Return the row numbers of sequence numbers that are committed."""
        pairs = enumerate(zip(gateway_ids, seqs, strict=True))
        return {row for row, (gateway, seq) in pairs if seq in self._seqs.get(gateway, ())}

    async def mark_committed(self, gateway_id: str, seqs: Iterable[int], received_at: datetime) -> None:
        """Note sequence numbers as kept."""
        self._seqs.setdefault(gateway_id, set()).update(seqs)

    async def touch(self, beats: Iterable[Beat], received_at: datetime) -> None:
        """Note that batches came."""
        for beat in beats:
            row = self._row(beat.gateway_id)
            self._rows[beat.gateway_id] = replace(
                row, boot_id=beat.boot_id, clock=int(beat.clock), state="online",
                last_batch_at=max(row.last_batch_at or received_at, received_at),
                state_at=row.state_at or received_at,
            )  # fmt: skip

    async def set_state(self, gateway_id: str, state: str, at: datetime, status: dict[str, Any]) -> None:
        """Note a birth message or last will."""
        row = self._row(gateway_id)
        if row.state_at is None or row.state_at <= at:
            self._rows[gateway_id] = replace(row, state=state, state_at=at, status=status)

    async def all(self) -> list[GatewayRow]:
        """Return every gateway, by id."""
        for gateway_id in self._places.gateway_farms:
            self._row(gateway_id)
        farms, names = self._places.gateway_farms, self._places.gateway_names
        return [
            replace(row, farm_id=farms.get(key), name_zh=names.get(key, "")) for key, row in sorted(self._rows.items())
        ]

    async def totals(self) -> list[SeqTotal]:
        """Return how many sequence numbers of each gateway are in."""
        rows = await self.all()
        seqs = {row.gateway_id: self._seqs.get(row.gateway_id, set()) for row in rows}
        return [SeqTotal(gateway_id=g, committed=len(s), last_seq=max(s, default=None)) for g, s in seqs.items()]

    async def save_gaps(self, gaps: Sequence[Gap]) -> None:
        """Store reports of lost records; repeats are harmless."""
        for gap in gaps:
            self._gaps.setdefault((gap.gateway_id, gap.stream, gap.first_seq), gap)

    async def gaps(self, since: datetime, gateway_id: str | None = None) -> list[Gap]:
        """Return the losses reported since a time."""
        found = [gap for gap in self._gaps.values() if gap.received_at >= since]
        chosen = [gap for gap in found if gateway_id is None or gap.gateway_id == gateway_id]
        return sorted(chosen, key=lambda gap: (gap.gateway_id, gap.first_seq))

    async def save_health(self, records: Sequence[Health]) -> None:
        """Store health records, history and newest."""
        for record in records:
            key = (record.gateway_id, record.kind, record.name)
            point = HealthPoint(
                gateway_id=record.gateway_id, kind=record.kind, name=record.name, observed_at=record.observed_at,
                detail=record.detail,
            )  # fmt: skip
            self._health_points.setdefault((*key, record.observed_at), point)
            there = self._health.get(key)
            if there is None or there.observed_at < record.observed_at:
                self._health[key] = record

    async def health(self, gateway_id: str | None = None, kind: str | None = None) -> list[Health]:
        """Return the newest health record of each kind and name."""
        found = [record for _, record in sorted(self._health.items())]
        return [r for r in found if gateway_id in (None, r.gateway_id) and kind in (None, r.kind)]

    async def health_history(self, gateway_id: str, kind: str, since: datetime, until: datetime) -> list[HealthPoint]:
        """Return a gateway's health records of one kind in a time span, by name and time."""
        found = [p for p in self._health_points.values() if (p.gateway_id, p.kind) == (gateway_id, kind)]
        return sorted((p for p in found if since <= p.observed_at < until), key=lambda p: (p.name, p.observed_at))

    async def quarantine(self, items: Sequence[Quarantined], received_at: datetime) -> None:
        """Put aside what could not be taken; the same bytes again only count up."""
        for item in items:
            digest = hashlib.md5(item.raw, usedforsecurity=False).hexdigest()
            key = (digest, item.gateway_id, item.seq)
            there = self._aside.get(key)
            if there is not None:
                self._aside[key] = replace(there, n=there.n + 1, last_at=max(there.last_at, received_at))
                continue
            self._aside[key] = QuarantineRow(
                **item.__dict__, quarantine_id=len(self._aside) + 1, received_at=received_at, last_at=received_at, n=1
            )

    async def quarantined(self, since: datetime, limit: int = 1000) -> list[QuarantineRow]:
        """Return what was put aside since a time, newest first."""
        found = [row for row in self._aside.values() if row.last_at >= since]
        return sorted(found, key=lambda row: -row.quarantine_id)[:limit]

    def _row(self, gateway_id: str) -> GatewayRow:
        blank = GatewayRow(
            gateway_id=gateway_id, farm_id=None, name_zh="", state="unknown", state_at=None, status=None, boot_id=None,
            clock=None, last_batch_at=None,
        )  # fmt: skip
        return self._rows.setdefault(gateway_id, blank)
