"""From raw lines to positions, statics and texts: the one border where AIS and radar sentences are understood.

A block of lines is decoded at once with arrays (`vessels.sentences`, `vessels.ais_bits`); multi-part messages are put
together between blocks. Types without use for a target's position or identity keep their MMSI and time, for coverage;
their application data is `vessels.ais_explain`'s (pyais).
"""

from collections import Counter, OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property

import numpy as np

from core.position import Position, PositionSource
from vessels import ais_columns, ais_texts, radar
from vessels.ais_bits import invalid_before, unarmour
from vessels.ais_columns import Payloads, PositionColumns
from vessels.reports import BadLine, OtherReport, RadarTarget, SafetyText, StaticReport
from vessels.sentences import REASONS, Floats, Index, LineKind, Lines, join, scan

MAX_FRAGMENTS = 4096
"""Unfinished multi-part messages that one decoder keeps; AIS reuses a sequence id within seconds."""
FRAGMENT_AGE_S = 60.0
"""Parts further apart than this belong to different messages (sequence ids 0..9 come round in seconds)."""


@dataclass(kw_only=True)
class Batch:
    """Everything that a block of lines said.

    Parameters
    ----------
    columns
        Positions as arrays; `positions` gives the same as a list of `Position`.
    bad
        Lines that could not be read; neighbours are unharmed.
    counts
        Lines by outcome: ``ais``, ``other``, ``comment``, ``blank``, each reason of `bad`, ``bad_tag``, ``type_N``.
    line_mmsi
        MMSI by line for each line (last part of a multi-part message) that was decoded.
    """

    columns: PositionColumns
    statics: list[StaticReport] = field(default_factory=list)
    texts: list[SafetyText] = field(default_factory=list)
    radar: list[RadarTarget] = field(default_factory=list)
    others: list[OtherReport] = field(default_factory=list)
    bad: list[BadLine] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    line_mmsi: dict[int, int] = field(default_factory=dict)
    static_line: list[int] = field(default_factory=list)
    text_line: list[int] = field(default_factory=list)
    receivers: list[str] = field(default_factory=list)

    @cached_property
    def positions(self) -> list[Position]:
        """Return the positions in line order."""
        return self.columns.positions()

    @property
    def position_line(self) -> list[int]:
        """Return the line of each position."""
        line: list[int] = self.columns.line.tolist()
        return line


@dataclass(kw_only=True)
class _Fragments:
    """Parts of one message that have come so far."""

    parts: list[bytes | None]
    lines: list[int]
    raw: list[bytes]
    channel: int
    time_s: float
    begun_s: float


class Decoder:
    """Decodes one feed; give every block of one receiver's feed to the same decoder.

    Parameters
    ----------
    hold_fragments
        Keep unfinished multi-part messages for the next block. With False they are reported as bad at the end of each
        block: for records that carry whole messages, as a gateway sends them.
    """

    def __init__(self, *, hold_fragments: bool = True) -> None:
        self._hold = hold_fragments
        self._open: OrderedDict[tuple[str, int, int], _Fragments] = OrderedDict()

    def feed(
        self,
        lines: Sequence[str | bytes],
        received: Sequence[datetime] | datetime | None = None,
        receivers: Sequence[str] | str = "",
    ) -> Batch:
        """Return what `lines` say; an item may hold several sentences of one message, joined by an end of line.

        A line's time is its tag block's, else `received`; its receiver is the tag block's, else `receivers`.
        """
        times = _times(received, len(lines))
        names = [receivers] * len(lines) if isinstance(receivers, str) else list(receivers)
        block, item = _flatten(lines)
        return self.feed_block(block, times, names, item=item)

    def feed_block(
        self, block: bytes, times: Floats, receivers: Sequence[str], *, item: Index | None = None, first_line: int = 0
    ) -> Batch:
        """Return what a block of lines says; `times` and `receivers` by item, `item` the item of each line.

        With one time and one receiver they hold for every line.
        """
        found = scan(block) if block else None
        if found is None:
            return Batch(columns=PositionColumns.empty())
        count = len(found.start)
        owner = np.arange(count) if item is None else item
        defaults = np.full(count, times[0]) if len(times) == 1 else times[owner]
        work = _Work(
            found=found,
            line=owner + first_line,
            time_s=np.where(np.isnan(found.time_s), defaults, found.time_s),
            receivers=receivers if len(receivers) > 1 else [receivers[0] if receivers else ""],
            owner=owner,
        )
        batch = self._decode(work)
        if not self._hold:
            batch.bad.extend(self.flush())
            batch.counts["incomplete message"] += len(batch.bad) - batch.counts["_bad"]
        batch.counts.pop("_bad", None)
        return batch

    def flush(self) -> list[BadLine]:
        """Return the parts of messages that were never completed, and forget them."""
        bad = [_incomplete(parts) for parts in self._open.values()]
        self._open.clear()
        return bad

    def _decode(self, work: "_Work") -> Batch:
        found = work.found
        bad, counts = _bad_lines(work)
        single = np.flatnonzero((found.kind == LineKind.AIS) & (found.total == 1))
        six = unarmour(found.buf)
        payloads = Payloads(
            six=six,
            start=found.payload_start[single],
            length=found.payload_end[single] - found.payload_start[single],
            fill=found.fill_bits[single].astype(np.int64),
            line=work.line[single],
            time_s=work.time_s[single],
            invalid=invalid_before(six),
        )
        parts = [payloads]
        multiple = np.flatnonzero((found.kind == LineKind.AIS) & (found.total > 1))
        if len(multiple):
            parts.append(self._assemble(work, multiple, bad, counts))
        batch = _merge(parts, counts)
        batch.bad = bad + [replace(line, raw=work.raw(line.line_no)) for line in batch.bad]
        _other_sentences(work, batch)
        batch.counts["_bad"] = len(batch.bad)
        return batch

    def _assemble(self, work: "_Work", rows: Index, bad: list[BadLine], counts: Counter[str]) -> Payloads:
        found, whole = work.found, []
        for row in rows.tolist():
            key = (work.receiver(row), int(found.sequence[row]), int(found.total[row]))
            time_s = float(work.time_s[row])
            parts = self._open.get(key)
            number, channel = int(found.number[row]), int(found.channel[row])
            if parts is not None and _other_message(parts, number, channel, time_s):
                bad.append(_incomplete(self._open.pop(key)))
                counts["incomplete message"] += 1
                parts = None
            if parts is None:
                parts = self._begin(key, channel, time_s, bad, counts)
            start, end = int(found.payload_start[row]), int(found.payload_end[row])
            parts.parts[number - 1] = found.buf[start:end].tobytes()
            parts.lines.append(int(work.line[row]))
            parts.raw.append(found.raw(row))
            if np.isnan(parts.time_s):
                parts.time_s = time_s
            if all(part is not None for part in parts.parts):
                del self._open[key]
                payload = b"".join(part for part in parts.parts if part is not None)
                whole.append((payload, int(found.fill_bits[row]), parts.lines[-1], parts.time_s))
        return Payloads.joined(whole)

    def _begin(
        self, key: tuple[str, int, int], channel: int, time_s: float, bad: list[BadLine], counts: Counter[str]
    ) -> _Fragments:
        if len(self._open) >= MAX_FRAGMENTS:
            bad.append(_incomplete(self._open.popitem(last=False)[1]))
            counts["incomplete message"] += 1
        empty: list[bytes | None] = [None] * key[2]
        parts = _Fragments(parts=empty, lines=[], raw=[], channel=channel, time_s=time_s, begun_s=time_s)
        self._open[key] = parts
        return parts


@dataclass(frozen=True, kw_only=True)
class _Work:
    """One block being decoded: its lines, and the time and receiver of each."""

    found: Lines
    line: Index
    time_s: Floats
    receivers: Sequence[str]
    owner: Index

    def raw(self, line: int) -> bytes:
        """Return the text of one item, all its lines."""
        first, last = np.searchsorted(self.line, (line, line + 1)).tolist()
        return b"\n".join(self.found.raw(row) for row in range(first, last))

    def receiver(self, row: int) -> str:
        named = self.found.source(row)
        if named or not self.receivers:
            return named
        return self.receivers[0] if len(self.receivers) == 1 else self.receivers[int(self.owner[row])]


def decode_line(line: str | bytes, received_at: datetime | None = None, receiver: str = "") -> Batch:
    """Return what one line (or one whole multi-part message, its lines joined) says."""
    return Decoder(hold_fragments=False).feed([line], received_at, receiver)


def is_distress(position: Position) -> bool:
    """Return whether a position is an alarm by itself: a distress device's number, or status 14 (AIS-SART active)."""
    return position.source is PositionSource.AIS_SART or position.nav_status == 14


def _times(received: Sequence[datetime] | datetime | None, count: int) -> Floats:
    if received is None:
        return np.full(1, np.nan)
    if isinstance(received, datetime):
        return np.full(1, received.timestamp())
    if len(received) != count:
        raise ValueError(f"{len(received)} receive times for {count} lines")
    return np.array([at.timestamp() for at in received])


def _flatten(lines: Sequence[str | bytes]) -> tuple[bytes, Index]:
    """Return the block and, for each line of it, the item that it came from."""
    parts = [line.encode("utf-8", "replace") if isinstance(line, str) else line for line in lines]
    if not any(b"\n" in part for part in parts):
        return join(parts), np.arange(len(parts))
    flat = [(piece, number) for number, part in enumerate(parts) for piece in part.rstrip(b"\r\n").split(b"\n")]
    return join([piece for piece, _ in flat]), np.array([number for _, number in flat])


def _other_message(parts: _Fragments, number: int, channel: int, time_s: float) -> bool:
    """Return whether a part cannot belong to the message begun under the same sequence id."""
    if parts.parts[number - 1] is not None:
        return True
    if parts.channel and channel and parts.channel != channel:
        return True
    return abs(time_s - parts.begun_s) > FRAGMENT_AGE_S


def _incomplete(parts: _Fragments) -> BadLine:
    return BadLine(line_no=parts.lines[0], reason="incomplete message", raw=b"\n".join(parts.raw))


def _bad_lines(work: _Work) -> tuple[list[BadLine], Counter[str]]:
    found = work.found
    kinds, numbers = np.unique(found.kind, return_counts=True)
    counts: Counter[str] = Counter()
    for kind, number in zip(kinds.tolist(), numbers.tolist(), strict=True):
        counts[REASONS.get(LineKind(kind), LineKind(kind).name.lower())] += number
    if found.bad_tag.any():
        counts["bad_tag"] += int(found.bad_tag.sum())
    rows = np.flatnonzero(found.kind < 0).tolist()
    bad = [BadLine(line_no=int(work.line[r]), reason=REASONS[LineKind(found.kind[r])], raw=found.raw(r)) for r in rows]
    return bad, counts


def _merge(parts: Iterable[Payloads], counts: Counter[str]) -> Batch:
    columns, batch = [], Batch(columns=PositionColumns.empty(), counts=counts)
    statics: list[tuple[int, StaticReport]] = []
    texts: list[tuple[int, SafetyText]] = []
    others: list[tuple[int, OtherReport]] = []
    for payloads in parts:
        decoded = ais_columns.decode(payloads)
        columns.append(decoded.columns)
        statics += decoded.statics
        texts += ais_texts.decode(payloads, decoded)
        others += decoded.others
        batch.bad += [BadLine(line_no=line, reason=reason, raw=b"") for line, reason in decoded.bad]
        counts.update({name: amount for name, amount in decoded.counts.items() if amount})
        batch.line_mmsi.update(zip(decoded.line.tolist(), decoded.mmsi.tolist(), strict=True))
    batch.columns = PositionColumns.concatenate(columns)
    for pairs in (statics, texts, others):
        pairs.sort(key=lambda pair: pair[0])
    batch.statics, batch.static_line = [report for _, report in statics], [line for line, _ in statics]
    batch.texts, batch.text_line = [report for _, report in texts], [line for line, _ in texts]
    batch.others = [report for _, report in others]
    return batch


def _other_sentences(work: _Work, batch: Batch) -> None:
    """Add the radar targets among a block's non-AIS sentences."""
    found = work.found
    for row in np.flatnonzero(found.kind == LineKind.OTHER).tolist():
        begin = int(found.bang[row])
        if found.buf[begin + 3 : begin + 6].tobytes() not in radar.FORMATTERS:
            continue
        time_s = float(work.time_s[row])
        if np.isnan(time_s):
            batch.counts["no_time"] += 1
            continue
        sentence = found.buf[begin : found.end[row]].tobytes()
        target = radar.parse(sentence, observed_at=datetime.fromtimestamp(time_s, UTC), receiver=work.receiver(row))
        if target is None:
            batch.bad.append(BadLine(line_no=int(work.line[row]), reason=radar.REASON, raw=found.raw(row)))
            batch.counts[radar.REASON] += 1
        else:
            batch.radar.append(target)
            batch.counts["radar"] += 1
