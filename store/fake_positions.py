"""`store.positions.Positions` and `store.targets.Targets` in memory."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.mmsi import classify
from core.position import Position
from store.columns import PositionColumns, RawColumns, from_unix_us, position_at, position_columns
from store.positions import Box, Origin, RawLine
from store.targets import LiveTarget, Particulars, SafetyTextRow, StaticRow, span


@dataclass(frozen=True, kw_only=True)
class _Newest:
    position: Position
    received_at: datetime
    gateway_id: str
    receiver: str


class FakePositions:
    """Positions in dictionaries."""

    def __init__(self) -> None:
        self.first_seen: dict[int, datetime] = {}
        self.newest: dict[int, _Newest] = {}
        self._rows: dict[tuple[int, datetime], Position] = {}
        self._raw: dict[tuple[str, int, datetime], RawLine] = {}

    def see(self, mmsi: int, at: datetime) -> None:
        """Note a number seen for the first time."""
        self.first_seen.setdefault(mmsi, at)

    async def insert(self, batch: PositionColumns, received_at: datetime, origin: Origin | None = None) -> int:
        """Store a batch; return how many were new."""
        before = len(self._rows)
        positions = [position_at(batch, row) for row in range(len(batch))]
        for position in sorted(positions, key=lambda p: p.observed_at):
            self.see(position.mmsi, position.observed_at)
        for row, position in enumerate(positions):
            self._rows.setdefault((position.mmsi, position.observed_at), position)
            there = self.newest.get(position.mmsi)
            if there is None or there.position.observed_at < position.observed_at:
                gateway, receiver = (origin.gateway_ids[row], origin.receivers[row]) if origin else ("", "")
                self.newest[position.mmsi] = _Newest(
                    position=position, received_at=received_at, gateway_id=gateway, receiver=receiver
                )
        return len(self._rows) - before

    async def add(self, positions: Sequence[Position], received_at: datetime) -> int:
        """Store plain positions."""
        return await self.insert(position_columns(positions), received_at)

    async def insert_raw(self, lines: RawColumns) -> int:
        """Store raw sentences; return how many were new."""
        rows = zip(lines.observed_us.tolist(), lines.gateway_id, lines.seq, lines.receiver, lines.line, strict=True)
        return await self.add_raw(
            [
                RawLine(observed_at=from_unix_us(at), gateway_id=gateway, seq=seq, receiver=receiver, line=line)
                for at, gateway, seq, receiver, line in rows
            ]
        )

    async def add_raw(self, lines: Sequence[RawLine]) -> int:
        """Store raw sentences one by one described; return how many were new."""
        before = len(self._raw)
        for line in lines:
            self._raw.setdefault((line.gateway_id, line.seq, line.observed_at), line)
        return len(self._raw) - before

    async def track(self, mmsi: int, since: datetime, until: datetime) -> list[Position]:
        """Return one target's positions by time."""
        return await self.since(since, until, [mmsi])

    async def since(self, since: datetime, until: datetime, mmsis: Collection[int] | None = None) -> list[Position]:
        """Return all positions of some targets (of all where None) in a time span, by target and time."""
        keys = sorted(k for k in self._rows if since <= k[1] < until and (mmsis is None or k[0] in mmsis))
        return [self._rows[key] for key in keys]

    async def in_box(self, box: Box, since: datetime, until: datetime) -> list[Position]:
        """Return all positions in a box and a time span, by target and time."""
        return [p for p in await self.since(since, until) if inside(box, p)]

    async def raw(self, since: datetime, until: datetime, gateway_id: str | None = None) -> list[RawLine]:
        """Return the raw sentences of a time span, by time."""
        found = [line for line in self._raw.values() if since <= line.observed_at < until]
        chosen = [line for line in found if gateway_id is None or line.gateway_id == gateway_id]
        return sorted(chosen, key=lambda line: (line.observed_at, line.gateway_id, line.seq))


def inside(box: Box, position: Position) -> bool:
    """Return whether a position lies in a box, edges included, at AIS resolution."""
    edge = box.limits()
    lat, lon = round(position.lat_deg * 600_000), round(position.lon_deg * 600_000)
    return edge["lat_min"] <= lat <= edge["lat_max"] and edge["lon_min"] <= lon <= edge["lon_max"]


class FakeTargets:
    """Targets and what they say of themselves."""

    def __init__(self, positions: FakePositions) -> None:
        self._positions = positions
        self._statics: dict[tuple[int, str], StaticRow] = {}
        self._texts: dict[tuple[int, datetime, str], SafetyTextRow] = {}
        self.notified: list[int] = []

    async def live(self, since: datetime, received_after: datetime | None = None) -> list[LiveTarget]:
        """Return every target heard since `since` (and stored after `received_after`), by number."""
        return [
            self._live(newest)
            for _, newest in sorted(self._positions.newest.items())
            if newest.position.observed_at >= since and (received_after is None or newest.received_at > received_after)
        ]

    async def live_in_box(self, box: Box, since: datetime) -> list[Position]:
        """Return the newest positions in a box of targets heard since a time."""
        found = (newest.position for newest in self._positions.newest.values())
        return [position for position in found if position.observed_at >= since and inside(box, position)]

    async def save_statics(self, reports: Sequence[tuple[datetime, Particulars]]) -> None:
        """Store particulars with their edge times."""
        for at, particulars in sorted(reports, key=lambda report: report[0]):
            self._positions.see(particulars.mmsi, at)
            key = (particulars.mmsi, particulars.digest())
            there = self._statics.get(key)
            fields = {name: getattr(particulars, name) for name in Particulars.__dataclass_fields__}
            self._statics[key] = StaticRow(
                **fields,
                first_seen_at=min(at, there.first_seen_at) if there else at,
                last_seen_at=max(at, there.last_seen_at) if there else at,
                n=(there.n + (at > there.last_seen_at)) if there else 1,
            )

    async def statics(self, since: datetime, mmsis: Collection[int] | None = None) -> list[StaticRow]:
        """Return every set of particulars sent since a time, by number and first time."""
        found = [row for row in self._statics.values() if row.last_seen_at >= since]
        chosen = [row for row in found if mmsis is None or row.mmsi in mmsis]
        return sorted(chosen, key=lambda row: (row.mmsi, row.first_seen_at, row.part))

    async def save_texts(self, texts: Sequence[SafetyTextRow]) -> None:
        """Store safety texts; repeats are harmless."""
        for text in texts:
            self._texts.setdefault((text.mmsi, text.observed_at, text.text), text)

    async def texts(self, since: datetime, until: datetime) -> list[SafetyTextRow]:
        """Return the safety texts of a time span, by time."""
        found = [text for text in self._texts.values() if since <= text.observed_at < until]
        return sorted(found, key=lambda text: (text.observed_at, text.mmsi))

    async def notify_distress(self, mmsis: Collection[int]) -> None:
        """Keep the numbers in `notified`."""
        self.notified += sorted(set(mmsis))

    def _live(self, newest: _Newest) -> LiveTarget:
        mmsi = newest.position.mmsi
        known = _Merged([row for (number, _), row in self._statics.items() if number == mmsi])
        return LiveTarget(
            position=newest.position, received_at=newest.received_at, gateway_id=newest.gateway_id,
            receiver=newest.receiver, mmsi_class=classify(mmsi).value, first_seen_at=self._positions.first_seen[mmsi],
            name=known.newest("name") or "", call_sign=known.newest("call_sign") or "", imo=known.newest("imo"),
            ship_type=known.newest("ship_type"), length_m=span(known.newest("to_bow_m"), known.newest("to_stern_m")),
            beam_m=span(known.newest("to_port_m"), known.newest("to_starboard_m")),
            draught_m=known.newest("draught_m"), destination=known.newest("destination") or "",
        )  # fmt: skip


class _Merged:
    """The newest known value of each particular."""

    def __init__(self, rows: Sequence[StaticRow]) -> None:
        self._rows = sorted(rows, key=lambda row: row.last_seen_at, reverse=True)

    def newest(self, name: str) -> Any:
        return next((value for row in self._rows if (value := getattr(row, name)) is not None), None)
